"""The laws of the dialogue, each held over random conversations (see `tests.moves`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cards, hours
from bot.dialogue import ACTS, BUTTONS, COMMANDS, TABLE
from bot.model import (
    UNKNOWN,
    Asked,
    Check,
    Decision,
    Guide,
    Heard,
    Intent,
    Kind,
    Mark,
    Outcome,
    Pressed,
    Problem,
    Risk,
    Session,
    Showed,
    Stage,
    TimerFired,
)
from bot.rendering import render
from bot.road import intent_of, known, outcomes, ruled_out
from bot.store.codec import decode_session as decode
from bot.store.codec import encode_session as encode
from tests.conversing import DAY, Talk, answering, buttons_of, checked, name_of_part, press_on, walk
from tests.moves import (
    BOT,
    ERRORS,
    MARK,
    MOVES,
    OPEN,
    TEXTS,
    Moment,
    Move,
    any_conversation,
    changed,
    conversations,
    marked,
    moments,
    quiet_conversation,
    understood,
)

CARDS: Final = (Stage.CONFIRMING, Stage.FIXING)
ACCOUNT: Final = frozenset(("sign-out-in", "two-factor"))
"""The fixes for which the password and a trusted device must be at hand."""
BESIDE: Final = ("when-again", "asking-again", "paste-it", "zone-ask")
"""What is asked beside the card, with buttons that lead back to it."""
IN_PASSING: Final = ("glad", "welcome-thanks", "goodbye", "picture", *BESIDE)
"""What is answered alone: the card on the screen stays the card."""
LONGEST_ROAD: Final = 120
"""Presses from an error to the end, with every fix refused twice."""


# --- law 1: the table is total -------------------------------------------------------------------------------------------


@given(any_conversation)
def test_whatever_is_sent_is_answered(moves: list[Move]) -> None:
    """Law 1: every event but a timer ends in an answer of at most 4,096 characters; nothing raises."""
    for moment in moments(moves):
        if moment.turn.timers:
            assert all(timer.due > moment.now for timer in moment.turn.timers)


@given(any_conversation)
def test_what_is_on_the_table_is_always_shown(moves: list[Move]) -> None:
    """Law 1: while something is on the table, every answer shows its card again, but a list of languages and a word in passing."""
    for moment in moments(moves):
        if (
            moment.after.stage in OPEN
            and moment.turn.replies
            and not {"languages", *IN_PASSING} & {part.split()[0] for part in moment.parts}
        ):
            template = {Stage.ASKING: "ask", Stage.CONFIRMING: "confirm", Stage.FIXING: "step"}[moment.after.stage]
            assert f"{template} {moment.after.subject}" in moment.parts


# --- law 2: what was tried is not offered again ---------------------------------------------------------------------------


@given(any_conversation)
def test_what_did_not_help_is_not_offered_again(moves: list[Move]) -> None:
    """Law 2: a fix that didn't help, or was already done, or left out, comes back only through Back; one that couldn't be done, once."""
    for moment in moments(moves):
        problem = moment.after.problem
        if problem is None or not _newly_offered(moment) or "went-back" in moment.parts:
            continue
        for fix in moment.after.subject.split("+"):
            before = outcomes(problem).get(fix, ())
            assert before in ((), (Outcome.COULDNT,)), f"{fix} is offered again after {before}"


def _newly_offered(moment: Moment) -> bool:
    """Whether this moment leads to another card with fixes on it."""
    here, there = moment.before, moment.after
    return there.stage in CARDS and (here.problem != there.problem or here.stage not in CARDS or here.subject != there.subject)


@given(any_conversation)
def test_what_was_tried_is_kept_when_another_error_takes_over(moves: list[Move]) -> None:
    """Law 2: taking up another intent adds to the history and takes nothing from it."""
    for moment in moments(moves):
        before, after = moment.before.problem, moment.after.problem
        if before is None or after is None or "been-a-while" in moment.parts or before.turn != after.turn:
            continue
        if any(part.startswith("switched") for part in moment.parts):
            kept = {fix: listed for fix, listed in outcomes(after).items() if fix not in _reported(moment)}
            assert kept == outcomes(before)


# --- law 2: what a message says was done is skipped, that alone, and not for ever -----------------------------------------


def _reported(moment: Moment) -> set[str]:
    """The fixes that this moment marks as done because a message said so."""
    before = outcomes(moment.before.problem) if moment.before.problem else {}
    after = outcomes(moment.after.problem) if moment.after.problem else {}
    return {fix for fix, listed in after.items() if fix not in before and listed == (Outcome.ALREADY,)} & set(moment.after.reported)


@given(any_conversation)
def test_only_what_was_named_is_skipped(moves: list[Move]) -> None:
    """Law 2: what the session holds as reported was named in a message, and is marked as nothing but done already."""
    named: set[str] = set()
    for moment in moments(moves):
        if isinstance(moment.event, Heard):
            named |= set(moment.event.reported)
        assert set(moment.after.reported) <= named
        if moment.after.problem is not None and moment.after.stage in OPEN and not {*IN_PASSING} & set(moment.parts):
            known_outcomes = outcomes(moment.after.problem)
            for fix in moment.after.reported:
                assert known_outcomes.get(fix, (Outcome.ALREADY,))[0] is not Outcome.WORKED


@given(any_conversation)
def test_what_was_skipped_is_offered_again_on_request(moves: list[Move]) -> None:
    """Law 6: a card that says what it skips has a button that takes it back: the history is as if it had not been said."""
    for moment in moments(moves):
        for reply in moment.turn.replies:
            if any(part.template == "skipped" for part in reply.parts):
                again = next(button for button in buttons_of(reply) if button.action == "offer-again")
                turn = checked(moment.guide, moment.after, press_on(reply, again), moment.now)
                skipped = next(part.values["fixes"] for part in reply.parts if part.template == "skipped")
                assert isinstance(skipped, tuple)
                assert set(skipped).isdisjoint(turn.session.reported)
                if moment.after.problem is not None and moment.after.stage in OPEN:
                    assert turn.session.problem is not None
                    assert turn.session.problem.history == moment.after.problem.history[:-1]
                    assert set(skipped).isdisjoint(outcomes(turn.session.problem))


@given(any_conversation, st.sampled_from([text for text in TEXTS if "restarted" in text or "bought" in text]))
def test_a_report_twice_is_one(moves: list[Move], text: str) -> None:
    """Law 4: the same report again marks nothing more."""
    for moment in list(moments(moves))[-1:]:
        once = checked(BOT, moment.after, understood(text), moment.now)
        twice = checked(BOT, once.session, understood(text), moment.now)
        if once.session.problem is not None and twice.session.problem is not None and once.session.stage in OPEN:
            assert outcomes(twice.session.problem) == outcomes(once.session.problem)
            assert twice.session.reported == once.session.reported


# --- law 3: safe before risky, and never without a word --------------------------------------------------------------------


@given(any_conversation)
def test_safe_fixes_come_before_risky_ones(moves: list[Move]) -> None:
    """Law 3: no fix with risk data or settings is offered while an untried one without risk stands in the same intent's list."""
    for moment in moments(moves):
        if moment.after.problem is None or not _newly_offered(moment) or "went-back" in moment.parts:
            continue
        facts = known(moment.after)
        for fix in moment.after.subject.split("+"):
            if moment.guide.fixes[fix].risk in (Risk.DATA, Risk.SETTINGS):
                left = _safe_left(moment.guide, moment.after.problem, facts, fix)
                assert not left, f"{fix} comes before {left}"


def _safe_left(guide: Guide, problem: Problem, facts: Mapping[str, str], risky: str) -> list[str]:
    """The untried fixes without risk in the list that holds the risky one, of those on the road of the problem."""
    intent = intent_of(guide, problem)
    owners = (
        [intent]
        if intent and _holds(intent, risky)
        else [guide.intents[key] for key in _handed_to(guide, intent) if _holds(guide.intents[key], risky)]
    )
    tried = outcomes(problem)
    return [
        fix.id
        for owner in owners[:1]
        for step in owner.steps
        if not ruled_out(guide, step.only_if, facts)
        for fix in (guide.fixes[key] for key in step.fixes)
        if fix.risk is Risk.NONE
        and fix.id not in tried
        and not fix.ends
        and not ruled_out(guide, fix.only_if, facts)
        and fix.asks not in facts
    ]


def _holds(intent: Intent, fix: str) -> bool:
    return any(fix in step.fixes for step in intent.steps)


def _handed_to(guide: Guide, intent: Intent | None) -> Iterator[str]:
    """The intents that an intent hands over to, directly."""
    if intent is not None:
        yield from (step.go for step in intent.steps if step.go is not None)
        if intent.then is not None:
            yield intent.then


@given(any_conversation)
def test_no_risky_step_without_a_yes(moves: list[Move]) -> None:
    """Law 3: the steps of a fix that must be confirmed are first shown right after a yes to its confirmation."""
    agreed: set[tuple[int, str]] = set()
    for moment in moments(moves):
        problem = moment.after.problem
        shown = problem is not None and moment.after.stage is Stage.FIXING
        confirmed = any(moment.guide.fixes[fix].confirm for fix in moment.after.subject.split("+")) if shown else False
        if problem is None or not confirmed:
            continue
        if moment.before.stage is Stage.CONFIRMING and moment.before.subject == moment.after.subject:
            assert (isinstance(moment.event, Pressed) and moment.event.action == "confirm") or (
                isinstance(moment.event, Heard) and moment.event.act == "yes"
            )
            agreed.add((problem.turn, moment.after.subject))
        assert (problem.turn, moment.after.subject) in agreed, f"the steps of {moment.after.subject} without a yes"


@given(any_conversation)
def test_the_account_is_touched_only_with_password_and_device_at_hand(moves: list[Move]) -> None:
    """Law 3: a fix that could lock somebody out of their account comes only once they said that they have both at hand."""
    for moment in moments(moves):
        if moment.after.stage in CARDS and not ACCOUNT.isdisjoint(moment.after.subject.split("+")):
            assert known(moment.after).get("trusted") == "yes", f"{moment.after.subject} is offered to who may not have both"


def test_the_fixes_that_need_the_account_say_so(guide: Guide) -> None:
    """The fixes that the law above is about are there, and on somebody's road."""
    for fix in ACCOUNT:
        assert guide.fixes[fix].only_if["trusted"] == ("yes",)
        assert any(fix in step.fixes for intent in guide.intents.values() for step in intent.steps)


@given(any_conversation)
def test_the_price_is_named_and_a_copy_offered(moves: list[Move]) -> None:
    """Law 3: a confirmation says what is lost and what stays, and offers a computer backup unless it was made or there is no computer."""
    for moment in moments(moves):
        session = moment.after
        if (
            session.stage is not Stage.CONFIRMING
            or session.problem is None
            or not moment.turn.replies
            or {"languages", *IN_PASSING} & set(moment.parts)
        ):
            continue
        reply = moment.turn.replies[-1]
        text = render(moment.guide, reply).text
        assert "What is lost or changed" in text
        assert "What stays" in text
        offered = any(button.action == "safety" for button in buttons_of(reply))
        so_far = outcomes(session.problem).get(cards.COMPUTER_BACKUP, ())
        pointless = bool({*so_far} - {Outcome.COULDNT, Outcome.DECLINED}) or known(session).get("computer") == "none"
        assert offered != pointless, f"safety {offered}, pointless {pointless}"


# --- law 4: repeating is harmless -----------------------------------------------------------------------------------------


@given(any_conversation)
def test_the_same_press_twice_is_the_same_press(moves: list[Move]) -> None:
    """Law 4: a press that comes twice leads to where it led once, and skips nothing."""
    for moment in moments(moves):
        if isinstance(moment.event, Pressed):
            twice = checked(moment.guide, moment.after, moment.event, moment.now)
            assert twice.session == moment.after, f"{moment.event} twice"


@given(any_conversation)
def test_old_and_forged_buttons_change_nothing(moves: list[Move]) -> None:
    """Law 4: a press that is not for the card on the screen leaves the session as it is, but for a late "it worked"."""
    for moment in moments(moves):
        event = moment.event
        if not isinstance(event, Pressed) or (event.session, event.turn) == (moment.before.id, moment.before.turn) or _caught_up(moment):
            continue
        same = replace(moment.after, seen=moment.before.seen, unmatched=moment.before.unmatched)
        if event.action in ("worked", "made") and event.session == moment.before.id and same != moment.before:
            _is_a_late_success(moment, event)
        else:
            assert same == moment.before
            assert "old-button" in moment.parts or event.action in ("worked", "made")


def _is_a_late_success(moment: Moment, event: Pressed) -> None:
    before, after = moment.before.problem, moment.after.problem
    assert before is not None
    assert after is not None
    added = after.history[len(before.history) :]
    assert after.history[: len(before.history)] == before.history
    assert [(note.mark, note.key, note.value) for note in added] in ([], [(Mark.TRIED, event.value, Outcome.WORKED)])
    assert added or moment.after.stage is Stage.SOLVED


def _caught_up(moment: Moment) -> bool:
    """Whether the session had first to be brought up to date: idle for two weeks, or under other content."""
    return "been-a-while" in moment.parts or "guide-changed" in moment.parts


@given(any_conversation)
def test_a_timer_changes_nothing(moves: list[Move]) -> None:
    """Law 4: a timer asks what it was set for, or is silent; either way all but the reminder stays as it is."""
    for moment in moments(moves):
        if isinstance(moment.event, TimerFired):
            assert replace(moment.after, reminder=moment.before.reminder, checked=moment.before.checked) == moment.before
            assert moment.parts in ([], ["asking-again"], ["night-asked"])


@given(any_conversation)
def test_the_turn_grows_when_something_changes_and_only_then(moves: list[Move]) -> None:
    """Law 4: buttons grow old when what they are about changes, and stay good as long as it does not, in whatever language they are."""
    for moment in moments(moves):
        here, there = moment.before, moment.after
        moved = (here.stage, here.subject, here.later) != (there.stage, there.subject, there.later)
        noted = _marks(here) != _marks(there)
        if there.turn == here.turn:
            assert not moved, f"the turn stays while {here.stage} {here.subject} becomes {there.stage} {there.subject}"
            assert not noted
        else:
            assert there.turn == here.turn + 1 or _caught_up(moment)
            same = replace(there, turn=here.turn, seen=here.seen) == here
            assert not same or moment.turn.forget, "the turn grows, and nothing has changed"


def _marks(session: Session) -> tuple[int, list[tuple[Mark, str]]] | None:
    """The problem without the values of its history: facts corrected in passing leave the card as it is."""
    problem = session.problem
    return (problem.turn, [(note.mark, note.key) for note in problem.history]) if problem else None


@given(any_conversation)
def test_a_button_on_the_screen_works(moves: list[Move]) -> None:
    """Law 4: a press on the newest card, also one that was shown again, is never called old."""
    for moment in moments(moves):
        for reply in moment.turn.replies:
            for button in buttons_of(reply):
                turn = checked(moment.guide, moment.after, press_on(reply, button), moment.now)
                assert all(part.template not in ("old-button", "nothing-open") for answer in turn.replies for part in answer.parts), button


# --- law 5: questions in the middle ----------------------------------------------------------------------------------------


QUESTIONS: Final = sorted(i.id for i in BOT.intents.values() if i.kind in (Kind.QUESTION, Kind.ELSEWHERE) and not i.steps)


@given(any_conversation, st.sampled_from(QUESTIONS))
def test_a_question_in_the_middle_leads_back(moves: list[Move], question: str) -> None:
    """Law 5: a question in the middle of a fix is answered, then the fix is shown again, and its buttons are still good."""
    for moment in list(moments(moves))[-3:]:
        if moment.after.stage in OPEN:
            turn = checked(BOT, moment.after, Heard(Decision.MATCH, (question,)), moment.now + 1)
            assert replace(turn.session, seen=moment.after.seen) == moment.after
            parts = [name_of_part(part) for reply in turn.replies for part in reply.parts]
            assert parts[:2] == [f"answer {question}", "back-to-it"]
            shown = [part.split()[0] for part in parts[2:]]
            assert shown[shown[0] == "skipped"] in ("ask", "confirm", "step")


@given(any_conversation, st.sampled_from(ERRORS))
def test_a_new_error_in_the_middle_switches(moves: list[Move], error: str) -> None:
    """Law 5: another error in the middle is worked on from then on, and what was tried stays in the account."""
    for moment in list(moments(moves))[-3:]:
        intent = intent_of(BOT, moment.after.problem)
        if moment.after.stage in OPEN and intent and intent.id != error:
            turn = checked(BOT, moment.after, Heard(Decision.MATCH, (error,)), moment.now + 1)
            assert turn.session.problem is not None
            assert moment.after.problem is not None
            assert intent_of(BOT, turn.session.problem) == BOT.intents[error]
            assert turn.session.problem.history[:-1] == moment.after.problem.history


# --- law 6: undo ---------------------------------------------------------------------------------------------------------------


@given(quiet_conversation)
def test_back_takes_back_the_last_answer(moves: list[Move]) -> None:
    """Law 6: after an answer, Back restores the history as it was, and shows what was answered."""
    for moment in moments(moves):
        before, after = moment.before.problem, moment.after.problem
        if before is None or after is None or after.history[:-1] != before.history or after.history == before.history:
            continue
        turn = checked(BOT, moment.after, Heard(act="back"), moment.now)
        assert turn.session.problem is not None
        assert turn.session.problem.history == before.history
        if moment.before.stage in OPEN and after.history[-1].mark is not Mark.TOOK:
            assert (turn.session.subject == moment.before.subject) or moment.event == Pressed(
                moment.before.id, moment.before.turn, "worked"
            ), moment


@given(quiet_conversation)
def test_back_from_the_end_takes_back_only_the_end(moves: list[Move]) -> None:
    """Law 6: "it worked" that was said of no fix is taken back alone; the answers before it stay."""
    for moment in list(moments(moves))[-2:]:
        if moment.after.stage is Stage.ASKING:
            solved = checked(BOT, moment.after, Heard(act="it-worked"), moment.now)
            turn = checked(BOT, solved.session, Heard(act="back"), moment.now)
            assert solved.session.stage is Stage.SOLVED
            assert turn.session.problem == moment.after.problem
            assert (turn.session.stage, turn.session.subject) == (moment.after.stage, moment.after.subject)


@given(any_conversation)
def test_back_leads_to_the_first_step(moves: list[Move]) -> None:
    """Law 6: Back, pressed on and on, comes to the first step and stays there."""
    talk = Talk(BOT)
    for moment in moments(moves):
        talk.session, talk.now = moment.after, moment.now
    length = len(talk.session.problem.history) if talk.session.problem else 0
    for _ in range(length + 2):
        talk.ask("back")
    if talk.session.problem is not None:
        assert len(talk.session.problem.history) == 1
        assert talk.session.stage not in (Stage.SOLVED, Stage.SUPPORT) or talk.session.problem.history[0].key == "human"
        assert talk.ask("back").parts[0] == "first-step"


# --- law 7: every road ends --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["didnt", "couldnt", "already", "decline"])
@pytest.mark.parametrize("error", ERRORS)
def test_every_road_of_no_ends_at_apple_support(guide: Guide, error: str, wish: str) -> None:
    """Law 7: who always gives the same answer short of success comes to Apple Support, with everything tried in the account."""
    talk = Talk(guide).take(error)
    walk(talk, answering(wish, "confirm", "couldnt"), most=LONGEST_ROAD)
    assert talk.session.stage is Stage.SUPPORT
    assert_all_accounted_for(talk)


@given(st.sampled_from(ERRORS), st.lists(st.integers(0, 11), max_size=LONGEST_ROAD))
def test_every_mixed_road_ends_at_apple_support(error: str, choices: list[int]) -> None:
    """Law 7: any mixture of answers that go on ends at Apple Support, with everything tried in the account."""
    talk = Talk(BOT).take(error)
    wandering = iter(choices)

    def choose(talk: Talk) -> str:
        onward = [
            name
            for name in talk.buttons
            if name.split()[0] in ("tell", "confirm", "didnt", "couldnt", "already", "decline", "made", "safety")
        ]
        return onward[next(wandering, 0) % len(onward)]

    walk(talk, choose, most=LONGEST_ROAD)
    assert talk.session.stage is Stage.SUPPORT
    assert_all_accounted_for(talk)


@pytest.mark.parametrize("stop", range(0, 40, 3))
@pytest.mark.parametrize("error", ERRORS)
def test_every_road_of_yes_ends_in_success(guide: Guide, error: str, stop: int) -> None:
    """Law 7: from anywhere on the road, doing what is asked until "it worked" ends in success."""
    talk = Talk(guide).take(error)
    for _ in range(stop):
        if talk.session.stage is not Stage.SUPPORT:
            talk.press(answering("didnt", "confirm", "already")(talk))
    if talk.session.stage is Stage.SUPPORT:
        talk.press("worked")
    walk(talk, answering("worked", "made", "confirm"), most=30)
    if talk.session.stage is Stage.SUPPORT:
        talk.press("worked")
    assert talk.at == "solved"


def assert_all_accounted_for(talk: Talk) -> None:
    """At Apple Support the summary holds every fix tried with its last outcome, and the text names each."""
    assert talk.session.problem is not None
    tried = [f"{fix}:{listed[-1].value}" for fix, listed in outcomes(talk.session.problem).items()]
    summary = next(part for reply in talk.turn.replies for part in reply.parts if part.template == "summary")
    listed = summary.values["fixes"]
    assert isinstance(listed, tuple)
    assert tried == [str(one).rpartition(":")[0] for one in listed]  # the last is the time
    titles = talk.guide.responses["en"].groups["fixes"]
    plain_titles = [str(titles[fix]["title"]).split("{")[0] for fix in outcomes(talk.session.problem)]
    assert all(title in talk.text for title in plain_titles)


# --- law 8: content changes under open sessions --------------------------------------------------------------------------------


@given(conversations(st.one_of(MOVES, MOVES, changed)))
def test_changed_content_never_breaks_a_conversation(moves: list[Move]) -> None:
    """Law 8: whatever leaves the guide, every event is answered, and what is on the table is something that the guide has."""
    for moment in moments(moves):
        assert_current(moment.guide, moment.after)


def assert_current(guide: Guide, session: Session) -> None:
    subjects = session.subject.split("+")
    match session.stage:
        case Stage.ASKING:
            assert session.subject in guide.facts
        case Stage.CONFIRMING | Stage.FIXING:
            assert set(subjects) <= guide.fixes.keys()
        case _:
            pass


# --- law 9: no word is kept ------------------------------------------------------------------------------------------------------


@given(conversations(marked))
def test_no_word_is_kept_or_repeated(moves: list[Move]) -> None:
    """Law 9: of what a person writes, nothing stands in the session, in a reply or in a message; the session holds known ids only."""
    ids = {*BOT.intents, *BOT.fixes, *BOT.facts, *(value for fact in BOT.facts.values() for value in fact.values)}
    ids |= {UNKNOWN, "tests", "", *BOT.responses, *Stage, *Mark, *Outcome, *Check, *hours.ZONES["en"]}
    for moment in moments(moves):
        kept = json.loads(encode(replace(moment.after, unmatched=None)))
        assert {part for text in texts_in(kept) for part in text.split("+")} <= ids
        assert MARK not in repr(moment.turn).casefold()
        assert not any(MARK in render(BOT, reply).text.casefold() for reply in moment.turn.replies)


@given(conversations(marked))
def test_of_a_message_that_was_not_understood_no_word_is_kept(moves: list[Move]) -> None:
    """Law 9: it is kept as its number, ids of intents, a language and a class of length; and as nothing where none was heard lately."""
    for moment in moments(moves):
        kept = moment.after.unmatched
        if kept is not None:
            assert re.fullmatch(r"(7:[0-9]+)?", kept.message)
            assert {*kept.intents} <= BOT.intents.keys()
            assert kept.language in {UNKNOWN, *(phrase.language for intent in BOT.intents.values() for phrase in intent.phrases)}
            assert kept.length in ("", "1-20", "21-100", "101-400", "401+")


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a session's JSON that could hold a word: values, and the keys of facts."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts_in(item)
        case dict():
            yield from value.get("facts", {})
            for item in value.values():
                yield from texts_in(item)
        case _:
            pass


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_understood_holds_no_word(text: str) -> None:
    """Law 9: what is understood of a text holds nothing of the text itself."""
    assert MARK not in repr(understood(f"{MARK} {text} {MARK}")).casefold()


@given(any_conversation)
def test_forgetting_leaves_nothing(moves: list[Move]) -> None:
    """Law 9: /forget asks for everything to be deleted, and leaves a session that knows nothing."""
    for moment in list(moments(moves))[-1:]:
        turn = checked(BOT, moment.after, Asked("forget"), moment.now)
        assert turn.forget
        assert turn.session == Session(turn.session.id, turn.session.turn, language=turn.session.language, seen=moment.now)


@given(conversations(st.one_of(MOVES, MOVES, changed)))
def test_every_session_survives_being_stored(moves: list[Move]) -> None:
    """Each session that a conversation comes to is the same after it was stored and loaded."""
    for moment in moments(moves):
        assert decode(encode(moment.after)) == moment.after


# --- passing a message on ------------------------------------------------------------------------------------------------------


@given(any_conversation)
def test_a_message_is_passed_on_only_on_purpose_and_once(moves: list[Move]) -> None:
    """Only a press on the button of that very message passes it on, and a second press does not."""
    passed: list[tuple[str, int]] = []
    for moment in moments(moves):
        wanted = moment.turn.pass_on
        if wanted is not None:
            assert moment.event == Pressed(moment.before.id, moment.before.turn, "pass-on", wanted.message)
            assert wanted.message
            assert "passed-on" in moment.parts
            assert not any(button.action == "pass-on" for reply in moment.turn.replies for button in buttons_of(reply))
            passed.append((wanted.message, moment.now))
            twice = checked(moment.guide, moment.after, moment.event, moment.now)
            assert twice.pass_on is None
            assert twice.replies == moment.turn.replies


@given(any_conversation)
def test_passing_on_is_offered_for_the_last_message_that_was_not_understood(moves: list[Move]) -> None:
    """The button names the newest message, nothing older; and nothing is offered of one that was understood."""
    last = ""
    for moment in moments(moves):
        last = moment.event.message if isinstance(moment.event, Heard) and moment.event.message else last
        offered = {button.value for reply in moment.turn.replies for button in buttons_of(reply) if button.action == "pass-on"}
        assert offered <= {moment.after.unmatched.message} if moment.after.unmatched else not offered
        if isinstance(moment.event, Heard) and offered:
            assert {"not-found", "not-understood", "none-then"} & set(moment.parts) or moment.event.act or offered != {last}


@given(any_conversation)
def test_a_message_is_let_go_when_the_conversation_moves_on(moves: list[Move]) -> None:
    """With another step, another problem, a new start, a day without a word or /forget the number of a message is gone."""
    for moment in moments(moves):
        here, there = moment.before, moment.after
        moved = here.problem != there.problem and _marks(here) != _marks(there)
        if moved or moment.turn.forget or "been-a-while" in moment.parts or "restarted" in moment.parts:
            of_this_message = (
                isinstance(moment.event, Heard | Showed) and there.unmatched is not here.unmatched
            )  # after success, unsure again
            assert there.unmatched is None or of_this_message
        if not isinstance(moment.event, Heard | TimerFired) and here.seen and moment.now - here.seen > DAY:
            assert there.unmatched is None or not there.unmatched.message


# --- the table itself -----------------------------------------------------------------------------------------------------------


def test_every_row_has_every_stage() -> None:
    """Law 1: each trigger of the table says what happens at each stage, and everything that can be read has a row."""
    assert all(set(row) == set(Stage) for row in TABLE.values())
    assert {*ACTS.values(), *COMMANDS.values(), *BUTTONS.values()} <= TABLE.keys()


def test_every_act_is_read(guide: Guide) -> None:
    """Law 1: each act of the content means something to the dialogue, and the other way round."""
    assert {intent.id for intent in guide.intents.values() if intent.kind is Kind.ACT} == ACTS.keys()
