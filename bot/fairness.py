"""A fair share for each conversation: one person's flood of messages must not keep the others waiting. Pure: times are passed in.

Who sends more than `SHARE` messages within `WITHIN` seconds is asked once to slow down; what comes then is passed over until they have
sent nothing for as long. Times are those at which messages were sent, so that what piled up while the bot was away is no flood.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

SHARE: Final = 30
WITHIN: Final = 10
KEPT: Final = 4096
"""Conversations that are remembered; beyond that, those that have been quiet are forgotten."""


class Ruling(Enum):
    """What is to become of a message."""

    HANDLE = "handle"
    ASK = "ask to slow down"
    PASS_OVER = "pass over"  # noqa: S105 - no password


class FairShare:
    """Counts messages by conversation. The same message again (its first handling was not kept) gets the same ruling."""

    def __init__(self) -> None:
        self._conversations: dict[str, _Recent] = {}

    def rule(self, conversation: str, message: int, at: int) -> Ruling:
        """What is to become of a message (its number, and when it was sent)."""
        recent = self._conversations.get(conversation)
        if recent is None:
            if len(self._conversations) >= KEPT:
                self._forget_the_quiet(at)
            recent = self._conversations[conversation] = _Recent()
        return recent.rule(message, at)

    def _forget_the_quiet(self, now: int) -> None:
        self._conversations = {key: recent for key, recent in self._conversations.items() if abs(now - recent.last) < WITHIN}


class _Recent:
    """The messages of one conversation that still count."""

    __slots__ = ("_asked", "_handled", "last")

    def __init__(self) -> None:
        self._handled: dict[int, int] = {}
        """Messages that were let through, and when they were sent."""
        self._asked: int | None = None
        """The message that was one too many; None while they keep to their share."""
        self.last = 0

    def rule(self, message: int, at: int) -> Ruling:
        if message in self._handled:
            return Ruling.HANDLE
        if message == self._asked:
            return Ruling.ASK
        quiet, self.last = at - self.last >= WITHIN, max(at, self.last)
        if self._asked is not None and not quiet:
            return Ruling.PASS_OVER
        self._asked = None
        self._handled = {number: sent for number, sent in self._handled.items() if at - sent < WITHIN}
        if len(self._handled) >= SHARE:
            self._asked = message
            return Ruling.ASK
        self._handled[message] = at
        return Ruling.HANDLE
