"""Events: what happens to a conversation. A text was read, a button pressed, a command sent, a picture shown; the time came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from bot.model.session import Decision, LanguageFrom


class Disclosure(StrEnum):
    """What a message gives away that nobody should send to a bot, the gravest first."""

    PASSWORD = "password"  # noqa: S105 - the kind of thing, not one
    CODE = "code"
    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"


class Candidate(NamedTuple):
    """An intent that a text may mean, with its score from 0 to 100."""

    intent: str
    score: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A text was read. Holds no word of it: only what it may mean.

    `intents`: the one matched (and a second problem of the same message), or those to choose from, best first.
    `act`: what it means as an answer while something is on the table. `facts`: what it says of the phone.
    `answers`: what it would mean as an answer to each fact's question. `edited`: it is an older message, corrected.
    `screen`: what decided is a text that iOS itself shows.
    `language`: the one that it is most likely written in. `language_from`: whether that is sure enough to answer in it: from words
    of their own, from what a screen showed, or (NOTHING) not. `length`: its class of length. `message`: how the transport names it,
    opaque to all else; empty where it cannot be passed on. `reported`: the fixes that it says were done already.
    `disclosed`: what it gives away that nobody should send to a bot. `when`: when it asks to be asked again, as `hours.due` takes it.
    """

    decision: Decision = Decision.NONE
    intents: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    act: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    language_from: LanguageFrom = LanguageFrom.NOTHING
    edited: bool = False
    length: str = ""
    message: str = ""
    reported: tuple[str, ...] = ()
    disclosed: Disclosure | None = None
    screen: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: whose session and turn it was drawn for, what it does, and on what."""

    session: str
    turn: int
    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command was sent: its name without the slash, and what followed it."""

    command: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Showed:
    """Something other than words was sent: `photo`, `voice`, `sticker`, `empty` and the like.

    A picture that was read is `read`, with what it means and the line that told it; else `unknown` (no error in it), `unreadable`,
    `refused` or `busy`. A `photo` is one that nobody could read here.
    """

    what: str
    heard: Heard | None = None
    line: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time came for the reminder that was set at that turn of that session."""

    session: str
    turn: int


Event = Heard | Pressed | Asked | Showed | TimerFired
