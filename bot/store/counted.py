"""What is counted for operators and authors, one at a time and of nobody by name; `counts` keeps and reads the totals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from bot.model import Outcome

SPANS: Final = (5, 15, 60, 6 * 60, 24 * 60, 3 * 24 * 60)
"""Minutes: each solved problem took at most one of these, or longer than the last (`LONGER`)."""
LONGER: Final = "longer"


@dataclass(frozen=True, slots=True)
class Count:
    """One anonymous outcome, for the operator: no conversation, no words."""

    day: str
    intent: str
    fix: str
    outcome: Outcome
    language: str


@dataclass(frozen=True, slots=True)
class UnmatchedCount:
    """One message that was not understood, for the author: no conversation, no words. decision: `none` or `choose`."""

    day: str
    language: str
    length: str
    decision: str


class Milestone(StrEnum):
    """What a conversation or a problem has come to. In brackets: what its counts hold besides the day.

    Of a conversation, on the day when it happens:
    CAME: a person wrote or pressed for the first time that day (language). READ: a message was read (language; `match`, `choose`, `none`).
    REMINDED: a reminder (what it asks about, and `agreed`, `asked` or `answered`).
    Of a problem, on the day when it began, by the intent that it began with: where all problems that began on a day stand now.
    BEGAN. OFFERED: a fix was shown. TRIED: what became of one was told. STANDS: the one place where it stands (`solved`, `support`, or
    the card on the table). SOLVED_IN: how long it took (see `SPANS`).
    """

    CAME = "came"
    READ = "read"
    REMINDED = "reminded"
    BEGAN = "began"
    OFFERED = "offered"
    TRIED = "tried"
    STANDS = "stands"
    SOLVED_IN = "solved-in"


class Progress(NamedTuple):
    """One more that came to a milestone, for the operator, or (change -1) one that left it again: no conversation, no words."""

    day: str
    milestone: Milestone
    intent: str = ""
    value: str = ""
    language: str = ""
    change: int = 1
