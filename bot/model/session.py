"""Where a conversation stands: its session, the problem being worked on, and what was noted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class LanguageFrom(IntEnum):
    """How it is known in which language to answer. What ranks higher is not overruled by what ranks lower."""

    NOTHING = 0
    APP = 1
    SCREEN = 2
    WORDS = 3
    CHOICE = 4


class Stage(StrEnum):
    """What the conversation waits for."""

    HOME = "home"
    CHOOSING = "choosing"
    ASKING = "asking"
    CONFIRMING = "confirming"
    FIXING = "fixing"
    SOLVED = "solved"
    SUPPORT = "support"


class Mark(StrEnum):
    """What an entry of a problem's history records."""

    TOOK = "took"
    TOLD = "told"
    TRIED = "tried"


class Outcome(StrEnum):
    """What became of a fix. Only DIDNT_HELP speaks against the cause that the fix cures."""

    WORKED = "worked"
    DIDNT_HELP = "didnt-help"
    COULDNT = "couldnt"
    ALREADY = "already"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a problem's history: took (intent), told (fact, value) or tried (fixes, outcome). Back removes the last."""

    mark: Mark
    key: str
    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One error being worked on, since `turn`. All else follows from its history: the intent, the facts told, the fixes tried."""

    turn: int
    history: tuple[Note, ...]


class Decision(StrEnum):
    """How sure the matching is: one intent, a few too close to call, or nothing found."""

    MATCH = "match"
    CHOOSE = "choose"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A message that was not understood: nothing was found in it (`none`), or none of those to choose from fitted (`choose`).

    `intents`: what it was nearest to. `language`, `length`: what it is counted by. `message`: how its transport names it, where it can be
    passed on to the operators. `passed_on`: that was asked for.
    """

    decision: Decision
    intents: tuple[str, ...]
    language: str
    length: str
    message: str = ""
    passed_on: bool = False

    @property
    def can_be_passed_on(self) -> bool:
        return bool(self.message) and not self.passed_on


class Check(StrEnum):
    """What a reminder asks about: how a fix went, or whether last night's backup ran by itself."""

    FIX = "fix"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is asked again at `due`. `turn` tells its timer from all others. `rang`: it was asked, and has no answer yet."""

    check: Check
    turn: int
    due: int
    rang: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Where one conversation stands. `id` and `turn` are what buttons carry; `turn` grows whenever the state changes.

    `subject` is what the stage is about: the fixes on the card joined by `+`, the fact asked for, or the intents to choose from.
    `later` holds problems to come back to; `seen` is when the person was last heard. `unmatched` is their last message, while the
    conversation has not moved on, if that was not understood or still may turn out so. `reported`: the fixes that a message said were
    done already. `zone`: the time zone that was told, `unknown` by who could not. `reminder`: the only one; it ends with what it is about.
    `unreminded`: nobody wants to be reminded in this problem. `checked`: the turn of the problem after which the night was asked about.
    """

    id: str
    turn: int = 0
    stage: Stage = Stage.HOME
    subject: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    later: tuple[str, ...] = ()
    language: str = ""
    language_from: LanguageFrom = LanguageFrom.NOTHING
    seen: int = 0
    unmatched: Unmatched | None = None
    reported: tuple[str, ...] = ()
    zone: str = ""
    reminder: Reminder | None = None
    unreminded: bool = False
    checked: int = 0
