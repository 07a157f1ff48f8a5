"""Tells the operators when the bot is in trouble: a line on what happened and what to do, and not the same again for a while.

Best effort: what is reported here is kept nowhere and waits for nothing. It goes neither through the store nor through the reply queue,
so no alert depends on what it tells of; and nothing is reported of the sending, so no alert brings another.
What Telegram itself must not hear of, or cannot carry (it is away, the token was refused), stands in the log and the metrics only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.metrics import OPERATOR_ALERTS, REPLIES, STORE_ERRORS, UPDATES, Counter

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 2.0
QUIET_SECONDS: Final = 15 * 60
"""For so long after an alert, others of its kind are held back and counted."""
LONG_LAG: Final = 120
"""Seconds: a reply that has waited for so long in this process is late for everybody."""

Send = Callable[[str], Awaitable[bool]]


@dataclass(slots=True)
class _Kind:
    """Troubles of one kind: how many are held back since when, the newest line, and until when all is quiet."""

    line: str = ""
    times: int = 0
    since: float = 0.0
    quiet_until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rule:
    """A counter that should stand still; `only` limits it to some values of its labels."""

    kind: str
    counter: Counter
    only: dict[str, str]
    line: str


RULES: Final = (
    _Rule(
        "poison",
        UPDATES,
        {"outcome": "put_aside"},
        "an update could not be handled, and is put aside for 24 hours. The log says where; `python -m bot queue` lists and replays it",
    ),
    _Rule(
        "dead-letters",
        REPLIES,
        {"outcome": "dead_letter"},
        "Telegram will not take a reply, and it is put aside for 24 hours. `python -m bot queue` says why",
    ),
    _Rule(
        "store",
        STORE_ERRORS,
        {},
        "the store did not work. Look at the disk, or at the PostgreSQL server; the log says what it answered. Nothing is lost meanwhile",
    ),
)


class Alerts:
    """Collects troubles and tells of them.

    name: who tells. send: brings a text to the operators, and says whether it could. lag: seconds that the oldest reply has waited.
    clock: seconds that only grow.
    """

    def __init__(self, name: str, send: Send, lag: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._send = send
        self._lag = lag
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}
        self._seen = [rule.counter.total(**rule.only) for rule in RULES]
        self._failing = False

    def report(self, kind: str, line: str, times: int = 1) -> None:
        """Note a trouble; it is told as soon as its kind may be."""
        found = self._kinds.setdefault(kind, _Kind())
        if not found.times:
            found.since = self._clock()
        found.line, found.times = line, found.times + times

    async def run(self) -> None:
        """Look for troubles and tell of them, until cancelled."""
        while True:
            self.look()
            for kind, text in list(self._due()):
                await self._tell(kind, text)
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Report what the metrics show to be wrong."""
        for place, rule in enumerate(RULES):
            total = rule.counter.total(**rule.only)
            if total > self._seen[place]:
                self.report(rule.kind, rule.line, total - self._seen[place])
                self._seen[place] = total
        lag = self._lag()
        if lag > LONG_LAG:
            self.report("delivery-lag", f"a reply has waited for {lag} s to be sent. Telegram may be slow or refuse: look at the log")

    def _due(self) -> Iterator[tuple[str, str]]:
        """The alerts that may go now, as kind and text. Others of their kinds are held back from now on."""
        now = self._clock()
        for name, kind in self._kinds.items():
            if kind.times and now >= kind.quiet_until:
                often = f" ({kind.times} times within {_span(now - kind.since)})" if kind.times > 1 else ""
                yield name, f"{self._name}: {kind.line}{often}."
                kind.times, kind.quiet_until = 0, now + QUIET_SECONDS

    async def _tell(self, kind: str, text: str) -> None:
        """Send an alert; that it could not be sent is said once in the log, until one is sent again."""
        sent = await self._send(text)
        OPERATOR_ALERTS.add(kind, "sent" if sent else "failed")
        if not sent and not self._failing:
            log.warning("an alert could not be sent to OPERATOR_CHAT_IDS")
        self._failing = not sent


def _span(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min" if seconds >= 60 else f"{max(1, round(seconds))} s"
