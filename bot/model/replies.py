"""Replies: what is said, as ids and values; and the turn that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.session import Session, Unmatched

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it does, and on what."""

    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of a reply: its template, what it is about (an id), and the values for its placeholders."""

    template: str
    about: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to be, as ids and values: the words are chosen when it is rendered.

    `session` and `turn` are what its buttons will carry; `facts` is what its words depend on.
    `card` marks the one live message that holds the current step. `picture`: the fix whose picture is shown above the words.
    `quotes` names the message that it answers, where others read along and would else not know.
    `copies` names a message of somebody's, of which this is the copy for an operator; its parts are then what that person is told
    should the message not be there any more.
    """

    parts: tuple[Part, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    session: str = ""
    turn: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    card: bool = False
    copies: str = ""
    picture: str = ""
    quotes: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """Remind at `due`, as was agreed on at this turn of this session."""

    due: int
    session: str
    turn: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event leads to. `forget` asks the store to delete everything it holds of this conversation.

    `unmatched`: a message turned out not to be understood, which is counted. `pass_on`: the person wants one to be passed on.
    """

    session: Session
    replies: tuple[Reply, ...] = ()
    timers: tuple[Timer, ...] = ()
    forget: bool = False
    unmatched: Unmatched | None = None
    pass_on: Unmatched | None = None
