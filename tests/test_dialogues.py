"""The conversations of tests/dialogues/, played in the process: texts through the real matching, presses through callback data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bot.dialogue import BUTTONS, COMMANDS
from bot.markup import plain
from bot.matching import Matcher
from bot.model import Asked, Event, Guide, Heard, Kind, Pressed, Reply, Session, Showed, Stage, Timer, TimerFired
from bot.rendering import render
from bot.store.codec import encode_session
from bot.transports.presses import from_data, to_data
from tests.conversing import MINUTE, START, buttons_of, checked, name_of_part
from tests.playing import Dialogue, Exchange, Seen, button_name, complaints, dialogues, read, run

ON_CARD: Final = {
    Stage.CHOOSING: {"none"},
    Stage.ASKING: {"tell"},
    Stage.CONFIRMING: {"confirm", "decline", "already"},
    Stage.SUPPORT: {"worked", "restart"},
}
"""Stage -> the buttons of its card."""
IN_PASSING: Final = {"welcome-thanks", "goodbye", "glad", "picture", "leaflet"}
"""What is said alone; the card on the screen stays the card."""
BESIDE: Final = {"languages", "when-again", "asking-again", "paste-it", "zone-ask"}
"""What is asked beside the card, with buttons that lead back to it."""
WITHOUT_CARD: Final = {Stage.CHOOSING: {"answer", *BESIDE}, Stage.SUPPORT: {"answer", *BESIDE}}
"""Stage -> what may be said there without its card; elsewhere only what is asked beside it."""

ALL: Final = dialogues()


class InProcess:
    """Talks to the dialogue directly, and keeps its timers. Remembers what was understood, pressed, shown and asked."""

    def __init__(self, guide: Guide, matcher: Matcher) -> None:
        self._guide, self._matcher = guide, matcher
        self._strangers = self._said = 0
        self._session = Session("talk0000")
        self._timers: list[Timer] = []
        self._now = START
        self._cards: list[Reply] = []
        self.understood: set[str] = set()
        self.pressed: set[str] = set()
        self.asked: set[str] = set()
        self.showed: set[str] = set()

    def play(self, turn: Exchange) -> Seen:
        self._now += MINUTE
        replies = [reply for event in self._events(turn) for reply in self._answers(event)]
        return Seen(
            text="\n\n".join(plain(render(self._guide, reply).text) for reply in replies),
            buttons=tuple(map(button_name, buttons_of(replies[-1]))) if replies else (),
            parts=tuple(name_of_part(part) for reply in replies for part in reply.parts),
            stage=self._session.stage.value,
            kept=encode_session(self._session),
        )

    # --- what happens ---

    def _events(self, turn: Exchange) -> Iterator[Event]:
        match turn.deed:
            case "you" | "you edited":
                yield self._heard(turn.on * turn.times, edited=turn.deed == "you edited")
            case "press" | "press old":
                yield self._press(turn.on, old=turn.deed == "press old")
            case "forged":
                drawn = {"session": self._session.id, "turn": self._session.turn, "action": "", "value": ""}
                yield Pressed(**{**drawn, **turn.on})
            case "command":
                command, _, argument = turn.on.removeprefix("/").partition(" ")
                self.asked.add(command)
                yield Asked(command, argument)
            case "showed":
                self.showed.add(turn.on)
                yield Showed(turn.on)
            case "later":
                self._now += turn.on
                yield from (TimerFired(timer.session, timer.turn) for timer in self._due())
            case "guide loses":
                self._lose(turn.on)

    def _due(self) -> list[Timer]:
        """The timers whose time has come, off the list."""
        due = [timer for timer in self._timers if timer.due <= self._now]
        self._timers = [timer for timer in self._timers if timer.due > self._now]
        return due

    def _heard(self, text: str, *, edited: bool) -> Heard:
        self._said += not edited
        heard = self._matcher.read(text, edited=edited, today=datetime.fromtimestamp(self._now, UTC).date())
        heard = replace(heard, message=f"1:{self._said}")
        self.understood |= {*heard.intents[:1], *([heard.act] if heard.act else [])}
        return heard

    def _press(self, name: str, *, old: bool) -> Pressed:
        newest = self._cards[-1]
        cards = [card for card in reversed(self._cards) if (card.session, card.turn) != (newest.session, newest.turn)] if old else [newest]
        for card in cards:
            for button in buttons_of(card):
                if name in (button_name(button), button.action):
                    self.pressed.add(button.action)
                    return from_data(to_data(card.session, card.turn, button))
        shown = ", ".join(map(button_name, buttons_of(newest)))
        raise LookupError(f"no earlier card has a button {name}" if old else f"there is no button {name}; there are {shown}")

    def _lose(self, gone: str) -> None:
        assert gone in self._guide.intents or gone in self._guide.fixes, f"the guide has no {gone} to lose"
        intents = {key: intent for key, intent in self._guide.intents.items() if key != gone}
        fixes = {key: fix for key, fix in self._guide.fixes.items() if key != gone}
        self._guide = replace(self._guide, intents=intents, fixes=fixes)

    # --- what comes of it ---

    def _answers(self, event: Event) -> tuple[Reply, ...]:
        turn = checked(self._guide, self._session, event, self._now)
        if turn.forget:
            self._strangers += 1
            self._session = Session(f"talk{self._strangers:04}")
            self._timers = []
        else:
            self._session = turn.session
            asked = {(timer.session, timer.turn) for timer in turn.timers}
            self._timers = [*(timer for timer in self._timers if (timer.session, timer.turn) not in asked), *turn.timers]
        for reply in turn.replies:
            _check_card(turn.session.stage, reply)
        self._cards += [reply for reply in turn.replies if reply.buttons]
        return turn.replies


def _check_card(stage: Stage, reply: Reply) -> None:
    """A stage's card has its buttons, and nothing else comes without it but a word in passing."""
    if len(reply.parts) == 1 and reply.parts[0].template in IN_PASSING and not reply.card:
        return
    if {part.template for part in reply.parts}.isdisjoint(WITHOUT_CARD.get(stage, BESIDE)):
        there = {button.action for button in buttons_of(reply)}
        missing = ON_CARD.get(stage, set()) - there
        if stage is Stage.FIXING and not there & {"tell", "couldnt"}:
            missing = {"tell or couldnt"}
        assert not missing, f"a message at {stage.value} without the buttons {', '.join(sorted(missing))}"


@pytest.mark.parametrize("dialogue", ALL, ids=lambda dialogue: dialogue.name)
def test_dialogue(dialogue: Dialogue, guide: Guide, matcher: Matcher) -> None:
    """The conversation goes as its file says."""
    run(dialogue, InProcess(guide, matcher))


# --- what the conversations cover together -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played(guide: Guide, matcher: Matcher) -> InProcess:
    """Whoever has played all conversations, whatever came back."""
    player = InProcess(guide, matcher)
    for dialogue in ALL:
        one = InProcess(guide, matcher)
        for turn in dialogue.turns:
            try:
                one.play(turn)
            except LookupError:  # its own test fails
                break
        player.understood |= one.understood
        player.pressed |= one.pressed
        player.asked |= one.asked
        player.showed |= one.showed
    return player


def test_every_error_and_question_starts_a_dialogue(guide: Guide) -> None:
    """Each error and question has a conversation that begins with a typed text and that is first answered with it."""
    starts = {part for dialogue in ALL for turn in dialogue.turns[:1] if turn.deed == "you" for part in turn.bot or ()}
    wanted = {
        f"{'means' if intent.kind is Kind.ERROR else 'answer'} {intent.id}"
        for intent in guide.intents.values()
        if intent.kind in (Kind.ERROR, Kind.QUESTION)
    }
    assert wanted <= starts


def test_every_intent_is_understood_in_a_dialogue(guide: Guide, played: InProcess) -> None:
    """Each act and each neighbour topic is typed in some conversation, and understood."""
    assert guide.intents.keys() <= played.understood


def test_every_button_is_pressed(played: InProcess) -> None:
    """Each button that the bot can draw is pressed in some conversation."""
    assert set(BUTTONS) == played.pressed


def test_every_command_is_used(played: InProcess) -> None:
    """Each chat command is used in some conversation, and one that does not exist."""
    assert set(COMMANDS) < played.asked


def test_every_law_is_shown() -> None:
    """Each law of the dialogue is shown in some conversation, and no other is named."""
    assert {law for dialogue in ALL for law in dialogue.laws} == set(range(1, 10))


def test_every_kind_of_showing_is_used(played: InProcess) -> None:
    """Pictures, voice messages, stickers and empty messages are met in some conversation, and something unheard of."""
    assert {"photo", "voice", "sticker", "empty"} < played.showed


def test_enough_dialogues() -> None:
    """There are at least 45 conversations, each with a sentence on what it shows."""
    assert len(ALL) >= 45
    assert all(dialogue.about.endswith((".", "?")) and len(dialogue.turns) > 0 for dialogue in ALL)


# --- the files themselves ------------------------------------------------------------------------------------------------


def test_what_differs_is_told() -> None:
    """A turn that goes otherwise than its file says is told with all that differs: parts, buttons, words, and words that are kept."""
    turn = Exchange("you", "my secret phone", bot=("step a",), buttons=("worked",), says=("Open",), never=("Delete",))
    seen = Seen("Delete it", ("why",), ("step b", "road"), "fixing", kept='{"x":"my secret phone"}')
    assert complaints(turn, seen) == [
        "bot: [step b, road]",
        "  not [step a]",
        "buttons: [why]",
        "  not [worked]",
        'it should say "Open"',
        'it should not say "Delete"',
        "the person's words are kept",
    ]
    assert complaints(Exchange("press", "why"), Seen("")) == ["it says nothing"]


def test_an_output_that_shows_only_words_is_held_to_words() -> None:
    """Where parts, stage and kept state cannot be seen, the words and buttons alone are compared."""
    turn = Exchange("you", "hello there you", bot=("step a",), buttons=("why",), says=("Open",))
    assert complaints(turn, Seen("Open it", ("why",))) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("about: x\nturns:\n  - {you: a, press: b}", "turn 1 needs exactly one of"),
        ("about: x\nturns:\n  - {bot: [a]}", "it has none"),
        ("about: x\nturns:\n  - {you: a, sais: b}", "there is no field sais in turn 1"),
        ("about: x\nlaw: [1]\nturns: []", "there is no field law"),
        ("turns: []", "about is missing"),
        ("about: x\nturns:\n  - {later: soon}", '"soon" is no time'),
        ("about: x\nturns:\n  - {you: a", "x.yaml"),
    ],
)
def test_a_badly_written_file_is_told(tmp_path: Path, written: str, told: str) -> None:
    """A mistake in a conversation's file is told with the file's name and the turn."""
    path = tmp_path / "x.yaml"
    path.write_text(written)
    with pytest.raises(ValueError, match=r"x\.yaml") as caught:
        read(path)
    assert told in str(caught.value)
