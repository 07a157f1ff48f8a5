"""Faults on demand: which calls go wrong, and how.

A fault names the calls that it is for (method, chat, from the nth on, how many of them) and what becomes of each:

  error       answered with `code`, `description` and `parameters`; not executed
  delay       executed `seconds` later, whether the bot still lives then or not
  held        executed `seconds` later, unless the caller has gone: as behind a proxy that drops what nobody waits for
  slow        executed at once, answered `seconds` later
  reset       the connection is cut before the call is executed
  lost        executed, then the connection is cut: the bot cannot know
  silent      never answered and not executed
  truncated   executed; half of the answer arrives, then the connection is cut
  garbage     executed; 200 and a body that is not JSON
  hollow      executed; 200 and JSON without a result
  gateway     502 with a page of HTML; not executed
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.fake_telegram.rules import Json, Refusal, integer_of, text_of

KINDS: Final = ("error", "delay", "held", "slow", "reset", "lost", "silent", "truncated", "garbage", "hollow", "gateway")
LATE: Final = frozenset({"delay", "held"})
"""The faults under which the call is executed later."""
BEFORE: Final = frozenset({"error", "reset", "silent", "gateway"})
"""The faults under which the call is not executed."""
GATEWAY: Final = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<h1>502 Bad Gateway</h1>\r\n</body>\r\n</html>\r\n"


@dataclass(slots=True)
class Fault:
    """What goes wrong, for which calls. `nth`: the first call that it is for, from 1; `times`: how many from there, 0 for all."""

    kind: str
    method: str = ""
    chat: int = 0
    text: str = ""
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is none of {', '.join(KINDS)}")
        self.method = self.method.lower()

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.code, self.description, **self.parameters)

    def hits(self, method: str, parameters: Json) -> bool:
        if (self.method and self.method != method) or (self.chat and self.chat != integer_of(parameters, "chat_id")):
            return False
        if self.text and self.text not in text_of(parameters, "text"):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times and self.done >= self.times):
            return False
        self.done += 1
        return True


def first(faults: list[Fault], method: str, parameters: Json) -> Fault | None:
    """The fault that this call meets, if any."""
    return next((fault for fault in faults if fault.hits(method, parameters)), None)
