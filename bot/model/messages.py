"""Messages: replies in words, ready for an output, with their keys, pictures and leaflets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.model.replies import Button
from bot.model.session import Outcome


class Tap(StrEnum):
    """What is done with a row of Settings."""

    OPEN = "open"
    PERSON = "person"
    PRESS = "press"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of Settings that is tapped: its label, the English one where that is given too, and what stands before it."""

    label: str
    original: str = ""
    tap: Tap = Tap.OPEN
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """What is done with the buttons at the edge of a phone: which, their names, how, and whether they are held."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    how: str
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows, in one language: either the rows of Settings to tap, page after page, or the buttons to press."""

    language: str
    title: str = ""
    rows: tuple[Row, ...] = ()
    presses: tuple[Press, ...] = ()


Lines = tuple[str, ...]
"""The same in each language of a leaflet, the person's own first; what is the same in both stands once."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fix on a leaflet: what became of it, as told, and when, as far as that is known."""

    title: Lines
    outcome: Outcome
    told: Lines
    when: Lines


@dataclass(frozen=True, slots=True)
class Leaflet:
    """The summary of a problem on one page, to be shown at a shop's counter.

    `by`: who made it. `facts`: name and value; one that is not known is to be written in. `screen`: the error as iOS words it.
    `problems`: the errors that were worked on. `left`: what was not tried. `words`: all of it as lines of text.
    """

    languages: tuple[str, ...]
    by: str
    title: Lines
    made: Lines
    facts: tuple[tuple[Lines, Lines], ...]
    screen_label: Lines
    screen: Lines
    problems: Lines
    tried_label: Lines
    tried: tuple[Attempt, ...]
    left_label: Lines
    left: tuple[Lines, ...]
    notes_label: Lines
    words: str


@dataclass(frozen=True, slots=True)
class Key:
    """A labelled button of a message; `style` is `success`, `danger` or empty.

    `copies`: pressing it copies this, and tells the bot nothing.
    """

    label: str
    button: Button
    style: str = ""
    copies: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A reply in words, marked up as in responses/ (each output renders that), with its rows of keys.

    `copies`: the message that goes out is a copy of that one, and not the text.
    """

    text: str
    keys: tuple[tuple[Key, ...], ...] = ()
    session: str = ""
    turn: int = 0
    card: bool = False
    copies: str = ""
    picture: Picture | None = None
    leaflet: Leaflet | None = None
