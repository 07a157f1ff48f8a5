"""Conversations for tests, told as transcripts: say, press, ask, and look at what came back.

    talk = Talk(guide, matcher).say("Not enough iCloud storage").press("tell full_storage:icloud")
    assert talk.at == "fixing last-date"

Buttons and parts are written as in the code, `<action> <value>` and `<template> <about>`. Every step of a `Talk` is
rendered, and held to what must be true of any step (`checked`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Final

from bot.content import content_dir, load_guide
from bot.dialogue import step
from bot.markup import html, plain
from bot.matching import Matcher
from bot.model import Asked, Button, Event, Guide, Heard, Message, Part, Pressed, Reply, Session, Showed, Stage, TimerFired, Turn
from bot.rendering import render

START: Final = 1_750_000_000
MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60
LONGEST_MESSAGE: Final = 4096
"""Characters of one message that Telegram allows."""


@cache
def shipped_guide() -> Guide:
    return load_guide(content_dir())


@cache
def shipped_matcher() -> Matcher:
    return Matcher(shipped_guide())


def checked(guide: Guide, session: Session, event: Event, now: int) -> Turn:
    """One step, held to what is true of every step: an answer that can be sent, with buttons that fit the session."""
    turn = step(guide, session, event, now)
    assert turn.replies or isinstance(event, TimerFired), f"silence after {event}"
    for reply in turn.replies:
        message = render(guide, reply)
        assert message.text.strip(), f"an empty message after {event}"
        assert len(html(message.text)) <= LONGEST_MESSAGE, f"a message of {len(html(message.text))} characters after {event}"
        if reply.buttons:
            assert (reply.session, reply.turn) == (turn.session.id, turn.session.turn), "buttons that are old from the start"
    return turn


@dataclass(slots=True)
class Talk:
    """One person's conversation, with what was last answered."""

    guide: Guide
    matcher: Matcher | None = None
    session: Session = field(default_factory=lambda: Session("tests"))
    now: int = START
    turn: Turn = field(default_factory=lambda: Turn(Session("tests")))
    cards: tuple[Reply, ...] = ()

    # --- what a person does; each gives the talk back, so that a transcript reads as a chain ---

    def send(self, event: Event) -> Talk:
        self.turn = checked(self.guide, self.session, event, self.now)
        self.session = self.turn.session
        self.cards += tuple(reply for reply in self.turn.replies if reply.buttons)
        return self

    def say(self, text: str, *, edited: bool = False) -> Talk:
        """Type a text, understood by the real matching."""
        assert self.matcher is not None
        return self.send(self.matcher.read(text, edited=edited, today=datetime.fromtimestamp(self.now, UTC).date()))

    def mean(self, intent: str) -> Talk:
        """Type something that surely means this act."""
        return self.send(Heard(act=intent))

    def press(self, *buttons: str) -> Talk:
        """Press buttons of the card on the screen, one after the other. AssertionError when a card does not have it."""
        for wanted in buttons:
            found = [button for button in buttons_of(self.cards[-1]) if name_of(button) == wanted]
            assert found, f"no button {wanted!r} at {self.at!r}, only {self.buttons}"
            self.send(press_on(self.cards[-1], found[0]))
        return self

    def ask(self, command: str, argument: str = "") -> Talk:
        return self.send(Asked(command, argument))

    def take(self, intent: str) -> Talk:
        """Come by a link that leads to this intent."""
        return self.ask("start", intent)

    def show(self, what: str) -> Talk:
        return self.send(Showed(what))

    def later(self, seconds: int) -> Talk:
        """Let time pass."""
        self.now += seconds
        return self

    def under(self, guide: Guide) -> Talk:
        """Go on under other content."""
        self.guide = guide
        return self

    def fork(self) -> Talk:
        """The same conversation, to be led elsewhere."""
        return replace(self)

    # --- what came back ---

    @property
    def at(self) -> str:
        """The stage and what it is about."""
        return f"{self.session.stage} {self.session.subject}".strip()

    @property
    def parts(self) -> list[str]:
        return [name_of_part(part) for reply in self.turn.replies for part in reply.parts]

    @property
    def buttons(self) -> list[str]:
        """The buttons under what was last answered."""
        return [name_of(button) for reply in self.turn.replies for button in buttons_of(reply)]

    @property
    def messages(self) -> list[Message]:
        return [render(self.guide, reply) for reply in self.turn.replies]

    @property
    def text(self) -> str:
        """What the person reads."""
        return "\n\n".join(plain(message.text) for message in self.messages)

    @property
    def history(self) -> list[str]:
        """The problem's history, one line a note."""
        notes = self.session.problem.history if self.session.problem else ()
        return [f"{note.mark} {note.key} {note.value}".strip() for note in notes]


# --- reading replies ---------------------------------------------------------------------------------------------------


def buttons_of(reply: Reply) -> list[Button]:
    return [button for row in reply.buttons for button in row]


def press_on(card: Reply, button: Button) -> Pressed:
    """The press of a card's button."""
    return Pressed(card.session, card.turn, button.action, button.value)


def name_of(button: Button) -> str:
    return f"{button.action} {button.value}".strip()


def name_of_part(part: Part) -> str:
    return f"{part.template} {part.about}".strip()


def text_of(guide: Guide, reply: Reply, part: Part) -> str:
    """One paragraph as the person reads it within its reply."""
    return plain(render(guide, replace(reply, parts=(part,), buttons=())).text)


# --- walking a road --------------------------------------------------------------------------------------------------------

Choice = Callable[[Talk], str]
"""Which button a person presses on the card before them."""


def answering(*wishes: str, facts: Mapping[str, str] | None = None) -> Choice:
    """A person who tells these facts, cannot tell any other, and takes the first wish that a card has: a button's name or action."""
    known = facts or {}

    def choose(talk: Talk) -> str:
        names = talk.buttons
        told = [name for name in names if name.startswith("tell ")]
        for name in told:
            fact, _, value = name.removeprefix("tell ").partition(":")
            if known.get(fact, "unknown") == value:
                return name
        if told:
            return "couldnt"
        found = [name for wish in wishes for name in names if wish in (name, name.split()[0])]
        assert found, f"none of {wishes} at {talk.at!r}, only {names}"
        return found[0]

    return choose


def walk(talk: Talk, choose: Choice, *, until: str = "", most: int = 150) -> list[str]:
    """Press on until a stop (`<stage> <subject>`) that starts with `until`, or the end of the road. Returns the stops passed.

    AssertionError when the road has more than `most` stops: every road ends.
    """
    passed: list[str] = []
    while talk.session.stage not in (Stage.SUPPORT, Stage.SOLVED) and not (until and talk.at.startswith(until)):
        passed.append(talk.at)
        assert len(passed) <= most, f"no end after {passed}"
        talk.press(choose(talk))
    assert not until or talk.at.startswith(until), f"never came to {until!r}: {passed}, {talk.at!r}"
    return passed
