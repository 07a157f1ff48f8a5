"""The conversations of tests/dialogues/, played in the process: text through the real matching, presses through callback data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from bot.dialogue import ACTS, BUTTONS, COMMANDS, step
from bot.matching import Matcher
from bot.model import Asked, Event, Guide, Heard, Kind, Pressed, Reply, Session, Showed, TimerFired, Timer
from bot.rendering import html, plain, render
from bot.store.codec import decode, encode
from bot.transports.presses import from_data, to_data
from tests.playing import LONGEST, Dialogue, Exchange, Seen, complaints, dialogues, name_of, read, run

START: Final = 1_767_225_600
MINUTE: Final = 60
ON_CARD: Final = {
    "choosing": {"none"},
    "asking": {"tell"},
    "confirming": {"confirm", "decline", "already", "why"},
    "fixing": {"couldnt", "why"},
}
"""Stage -> the buttons that each message shown at it must have, but for one that lists the languages."""

ALL: Final = dialogues()


class InProcess:
    """Talks to the dialogue directly. Remembers what was understood and what was pressed."""

    def __init__(self, guide: Guide, matcher: Matcher) -> None:
        self._guide, self._matcher = guide, matcher
        self._conversations = 0
        self._session = self._stranger()
        self._now = START
        self._timers: list[Timer] = []
        self._cards: list[Reply] = []
        self.understood: set[str] = set()
        self.pressed: set[str] = set()

    def play(self, turn: Exchange) -> Seen:
        replies = [reply for event in self._events(turn) for reply in self._answers(event)]
        messages = [render(self._guide, reply) for reply in replies]
        for reply, message in zip(replies, messages, strict=True):
            assert len(message.text) <= LONGEST, f"a message of {len(message.text)} characters"
            assert len(html(message.text)) >= len(plain(message.text))
            self._check_card(reply)
        return Seen(
            text="\n\n".join(plain(message.text) for message in messages),
            buttons=tuple(name_of(button) for row in (replies[-1].buttons if replies else ()) for button in row),
            parts=tuple(f"{part.template} {part.about}".strip() for reply in replies for part in reply.parts),
            stage=self._session.stage.value,
            kept=encode(self._session),
        )

    def _check_card(self, reply: Reply) -> None:
        actions = {button.action for row in reply.buttons for button in row}
        if all(part.template != "languages" for part in reply.parts):
            wanted = ON_CARD.get(self._session.stage.value, set())
            assert wanted <= actions, f"at {self._session.stage.value} a message without the buttons {', '.join(wanted - actions)}"

    # --- what happens ---

    def _events(self, turn: Exchange) -> Iterator[Event]:
        self._now += MINUTE
        match turn.deed:
            case "you" | "you edited":
                yield self._heard(turn.on * turn.times, edited=turn.deed == "you edited")
            case "press" | "press old":
                yield self._press(turn.on, old=turn.deed == "press old")
            case "forged":
                yield Pressed(
                    turn.on.get("session", self._session.id),
                    turn.on.get("turn", self._session.turn),
                    turn.on.get("action", ""),
                    turn.on.get("value", ""),
                )
            case "command":
                command, _, argument = turn.on.removeprefix("/").partition(" ")
                yield Asked(command, argument)
            case "showed":
                yield Showed(turn.on)
            case "later":
                yield from self._time_passes(turn.on)
            case "guide loses":
                self._lose(turn.on)

    def _heard(self, text: str, *, edited: bool) -> Heard:
        heard = self._matcher.read(text, edited=edited)
        self.understood |= {*heard.intents[:1], *([heard.act] if heard.act else [])}
        return heard

    def _press(self, name: str, *, old: bool) -> Pressed:
        newest = self._cards[-1]
        for card in reversed(self._cards):
            if (card is newest) if not old else (card.session, card.turn) != (newest.session, newest.turn):
                for button in (button for row in card.buttons for button in row if name in (name_of(button), button.action)):
                    self.pressed.add(button.action)
                    return from_data(to_data(card.session, card.turn, button))
        raise LookupError(f"no {'older' if old else 'such'} button {name}; the newest card has {', '.join(name_of(b) for r in newest.buttons for b in r)}")

    def _time_passes(self, span: int) -> Iterator[Event]:
        self._now += span
        due = [timer for timer in self._timers if timer.due <= self._now]
        self._timers = [timer for timer in self._timers if timer not in due]
        yield from (TimerFired(timer.session, timer.turn) for timer in due)

    def _lose(self, gone: str) -> None:
        assert gone in self._guide.intents or gone in self._guide.fixes, f"the guide has no {gone} to lose"
        intents = {key: intent for key, intent in self._guide.intents.items() if key != gone}
        fixes = {key: fix for key, fix in self._guide.fixes.items() if key != gone}
        self._guide = replace(self._guide, intents=intents, fixes=fixes)

    # --- what comes of it ---

    def _answers(self, event: Event) -> tuple[Reply, ...]:
        turn = step(self._guide, self._session, event, self._now)
        self._session = self._stranger() if turn.forget else decode(encode(turn.session))
        self._timers = [] if turn.forget else [*self._timers, *turn.timers]
        self._cards += [reply for reply in turn.replies if reply.buttons]
        return turn.replies

    def _stranger(self) -> Session:
        self._conversations += 1
        return Session(f"talk{self._conversations:04}")


@pytest.mark.parametrize("dialogue", ALL, ids=lambda dialogue: dialogue.name)
def test_dialogue(dialogue: Dialogue, guide: Guide, matcher: Matcher) -> None:
    """The conversation goes as its file says."""
    run(dialogue, InProcess(guide, matcher))
