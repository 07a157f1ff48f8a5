"""The anonymous counts of progress: they always say where each problem stands, and hold nothing of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given

from bot.counting import day_of, progress
from bot.matching import Matcher
from bot.model import Asked, Event, Guide, Heard, Part, Session, TimerFired, Turn
from bot.store.counted import SPANS, Milestone, Progress
from tests.conversing import DAY, HOUR, MINUTE, START, Talk, answering, walk
from tests.moves import Move, any_conversation, moments

ERROR: Final = "last-backup-failed"
TODAY: Final = day_of(START)
Key = tuple[Any, ...]


class Counting(Talk):
    """A conversation that is counted as it goes on."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.counted: Counter[Key] = Counter()

    def send(self, event: Event) -> Talk:
        before = self.session
        super().send(event)
        add(self.counted, progress(before, event, self.turn, self.now))
        return self

    def of(self, milestone: Milestone) -> dict[Key, int]:
        """The counts of a milestone: its other fields that hold something -> how many."""
        return {tuple(filter(None, key[1:])): total for key, total in self.counted.items() if key[0] is milestone and total}


def add(counted: Counter[Key], changes: Iterator[Progress]) -> None:
    for one in changes:
        counted[one.milestone, one.day, one.intent, one.value, one.language] += one.change


def until(talk: Talk, button: str) -> None:
    """Go along the road to a card with this button."""
    while button not in talk.buttons:
        talk.press(answering("didnt", "decline", "made")(talk))


def worked(talk: Talk) -> str:
    """The button that says that it worked."""
    return next(name for name in talk.buttons if name.startswith("worked"))


@pytest.fixture
def talk(guide: Guide, matcher: Matcher) -> Counting:
    return Counting(guide, matcher)


# --- of a problem ----------------------------------------------------------------------------------------------------------


@given(any_conversation)
def test_each_problem_stands_in_one_place(moves: list[Move]) -> None:
    """Whatever happens, as many problems stand somewhere as began, nothing is counted below zero, and who solved saw a fix before."""
    counted: Counter[Key] = Counter()
    for moment in moments(moves):
        add(counted, progress(moment.before, moment.event, moment.turn, moment.now))
        assert min(counted.values(), default=0) >= 0, counted
    by_problem = {milestone: Counter[Key]() for milestone in Milestone}
    for (milestone, day, intent, _, _), total in counted.items():
        by_problem[milestone][day, intent] += total
    assert by_problem[Milestone.STANDS] == by_problem[Milestone.BEGAN]
    for more, fewer in ((Milestone.BEGAN, Milestone.OFFERED), (Milestone.OFFERED, Milestone.TRIED), (Milestone.TRIED, Milestone.SOLVED_IN)):
        assert by_problem[fewer] <= by_problem[more]


def test_a_road_to_the_end(talk: Counting) -> None:
    """A problem is counted where it stands now, on the day on which it began, by the error that it began with."""
    talk.take(ERROR)
    assert talk.of(Milestone.STANDS) == {(TODAY, ERROR, talk.at): 1}
    until(talk, "didnt")
    here = talk.at
    assert talk.of(Milestone.OFFERED) == {(TODAY, ERROR): 1}
    talk.later(DAY).press("didnt")
    assert (TODAY, ERROR, here) not in talk.of(Milestone.STANDS)
    assert talk.of(Milestone.TRIED) == {(TODAY, ERROR): 1}
    talk.take("storage-full")
    walk(talk, answering("didnt", "decline", "made"))
    assert talk.of(Milestone.STANDS) == {(TODAY, ERROR, "support"): 1}
    assert talk.of(Milestone.BEGAN) == {(TODAY, ERROR): 1}


def test_solved_and_come_back(talk: Counting) -> None:
    """What was solved and came back is solved no longer; the time that it took is that until it was solved for good."""
    talk.take(ERROR)
    until(talk, "didnt")
    talk.later(4 * MINUTE).press(worked(talk))
    assert talk.of(Milestone.SOLVED_IN) == {(TODAY, ERROR, str(SPANS[0])): 1}
    talk.press("came-back")
    assert talk.of(Milestone.SOLVED_IN) == {}
    assert talk.of(Milestone.STANDS) == {(TODAY, ERROR, talk.at): 1}
    until(talk, "didnt")
    talk.later(5 * HOUR).press(worked(talk))
    assert talk.of(Milestone.SOLVED_IN) == {(TODAY, ERROR, "360"): 1}
    assert talk.of(Milestone.STANDS) == {(TODAY, ERROR, "solved"): 1}


@pytest.mark.parametrize("leave", ["restart", "forget", "silence"])
def test_who_leaves_stays_counted_there(talk: Counting, leave: str) -> None:
    """Started over, forgotten or silent for long: the problem stays counted at its last card, and the next one is another."""
    talk.take(ERROR)
    last = talk.at
    if leave == "silence":
        talk.later(15 * DAY)
    else:
        talk.ask(leave)
    talk.take("storage-full")
    stands = talk.of(Milestone.STANDS)
    assert stands[TODAY, ERROR, last] == 1
    assert sum(stands.values()) == sum(talk.of(Milestone.BEGAN).values()) == 2


# --- of a conversation -------------------------------------------------------------------------------------------------------


def test_a_conversation_counts_once_a_day(talk: Counting) -> None:
    talk.say("iCloud Backup Off").say("thank you").later(DAY).say("hello").send(TimerFired("tests", 1))
    assert talk.of(Milestone.CAME) == {(TODAY, "en"): 1, (day_of(START + DAY), "en"): 1}


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("The last backup could not be completed.", "match"),
        ("my backup is way too big for my plan", "choose"),
        ("seven purple elephants danced a waltz", "none"),
        ("thank you so much", "match"),
    ],
)
def test_how_a_message_was_read(talk: Counting, text: str, decision: str) -> None:
    """By what the bot did; an edit is the same message again, and a press is none."""
    talk.say(text).say(text, edited=True).ask("help")
    assert [(key[1], total) for key, total in talk.of(Milestone.READ).items()] == [(decision, 1)]


def test_an_answer_is_understood(talk: Counting) -> None:
    """An answer to the card on the table is understood, though by itself it would be none of ours."""
    talk.take(ERROR)
    until(talk, "didnt")
    talk.say("still the same")
    assert [key[1] for key in talk.of(Milestone.READ)] == ["match"]


def test_reminders(talk: Counting) -> None:
    """Agreed, asked and answered are counted once each, the last when the person goes on from there."""
    talk.take("poor-network")
    until(talk, "wait")
    talk.press("wait")
    talk.press(next(name for name in talk.buttons if name.startswith("remind ") and name.split()[1].isdigit()))
    [timer] = talk.turn.timers
    talk.now = timer.due
    talk.send(TimerFired(timer.session, timer.turn)).send(TimerFired(timer.session, timer.turn))
    assert {key[1]: total for key, total in talk.of(Milestone.REMINDED).items()} == {"fix agreed": 1, "fix asked": 1}
    talk.press("finished").press("didnt")
    assert talk.of(Milestone.REMINDED)[day_of(talk.now), "fix answered"] == 1


# --- nothing of anybody ------------------------------------------------------------------------------------------------------


def test_no_words_and_no_ids() -> None:
    """What is counted has no place for a conversation, a time of day or words; and the session's id gets nowhere."""
    assert set(Progress._fields) == {"day", "milestone", "intent", "value", "language", "change"}
    after = Session("secret-id", 7, seen=START, language="en")
    heard = Heard(message="secret-message")
    turn = Turn(after, (), ())
    assert "secret" not in repr(list(progress(Session("secret-id"), heard, turn, START)))


def test_a_command_is_no_message(guide: Guide) -> None:
    talk = Counting(guide)
    talk.send(Asked("privacy"))
    assert talk.of(Milestone.READ) == {}
    assert Part("privacy") in talk.turn.replies[0].parts
