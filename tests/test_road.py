"""The road through a problem, on guides small enough to see at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.model import UNKNOWN, Fact, Fix, Guide, Intent, Kind, Mark, Note, Outcome, Problem, Risk, Session, Stage, Step
from bot.road import Ahead, Stop, ahead, cures, holds, intent_of, known, next_stop, outcomes, ruled_out, steps, told

FACTS = {fact: Fact(fact, ("yes", "no")) for fact in ("rich", "old", "seen")}


def small_guide(roads: Mapping[str, tuple[Step, ...]], *fixes: Fix, then: Mapping[str, str] | None = None) -> Guide:
    intents = {key: Intent(key, Kind.ERROR, steps=road, then=(then or {}).get(key)) for key, road in roads.items()}
    named = {fix: Fix(fix, 1) for road in roads.values() for step in road for fix in step.fixes}
    return Guide(intents, {**named, **{fix.id: fix for fix in fixes}}, FACTS)


def tries(*fixes: str) -> tuple[Step, ...]:
    return tuple(Step((fix,)) for fix in fixes)


def problem(error: str, *history: str) -> Problem:
    """A problem whose history is given as `fix outcome`, `fact:value` or `-> error`."""
    notes = [Note(Mark.TOOK, error, "", 0)]
    for entry in history:
        if entry.startswith("-> "):
            notes.append(Note(Mark.TOOK, entry.removeprefix("-> "), "", 0))
        elif ":" in entry:
            fact, _, value = entry.partition(":")
            notes.append(Note(Mark.TOLD, fact, value, 0))
        else:
            fix, _, outcome = entry.partition(" ")
            notes.append(Note(Mark.TRIED, fix, outcome, 0))
    return Problem(1, tuple(notes))


def next_of(guide: Guide, error: str, *history: str) -> str:
    """Where the road leads after this history, as `<stage> <subject>`."""
    so_far = problem(error, *history)
    stop = next_stop(guide, so_far, known(Session("s", problem=so_far)))
    return f"{stop.stage} {stop.subject}".strip()


def test_fixes_come_in_the_order_of_the_file() -> None:
    """The first fix that was not tried is next; after the last comes Apple Support."""
    guide = small_guide({"broken": tries("one", "two")})
    assert next_of(guide, "broken") == "fixing one"
    assert next_of(guide, "broken", "one didnt-help") == "fixing two"
    assert next_of(guide, "broken", "one already", "two declined") == "support"


def test_what_could_not_be_done_comes_once_more_at_the_end() -> None:
    """A fix that couldn't be done comes again after all others, once."""
    guide = small_guide({"broken": tries("one", "two")})
    assert next_of(guide, "broken", "one couldnt") == "fixing two"
    assert next_of(guide, "broken", "one couldnt", "two didnt-help") == "fixing one"
    assert next_of(guide, "broken", "one couldnt", "two didnt-help", "one couldnt") == "support"


def test_a_card_of_several_fixes_shows_those_left() -> None:
    """Of fixes that share a card, those already tried elsewhere are left out."""
    guide = small_guide({"broken": (Step(("one", "two", "three")),)})
    assert next_of(guide, "broken") == "fixing one+two+three"
    assert next_of(guide, "broken", "two didnt-help") == "fixing one+three"
    assert next_of(guide, "broken", "one+two+three didnt-help") == "support"


def test_a_fact_is_asked_for_before_the_fix_that_it_decides() -> None:
    """A fix whose condition is unknown is preceded by the question; the answer offers it or rules it out."""
    guide = small_guide({"broken": tries("one", "buy", "last")}, Fix("buy", 1, only_if={"rich": ("yes",)}))
    assert next_of(guide, "broken") == "fixing one"
    assert next_of(guide, "broken", "one didnt-help") == "asking rich"
    assert next_of(guide, "broken", "one didnt-help", "rich:yes") == "fixing buy"
    assert next_of(guide, "broken", "one didnt-help", "rich:no") == "fixing last"


def test_what_follows_from_a_fact_is_not_asked_for() -> None:
    """A fact that another implies counts as told; told otherwise, it counts as it was told."""
    facts = {**FACTS, "old": Fact("old", ("yes", "no"), implies={"yes": {"rich": "no"}})}
    guide = replace(small_guide({"broken": tries("buy", "last")}, Fix("buy", 1, only_if={"rich": ("yes",)})), facts=facts)
    assert next_of(guide, "broken", "old:no") == "asking rich"
    assert next_of(guide, "broken", "old:yes") == "fixing last"
    assert next_of(guide, "broken", "old:yes", "rich:yes") == "fixing buy"
    so_far = problem("broken", "old:yes")
    assert ahead(guide, so_far, told(so_far)).cards == (("last",),)


def test_what_cannot_be_told_rules_nothing_out() -> None:
    """After "I can't tell" the fix is offered, and the question is not asked again."""
    guide = small_guide({"broken": tries("buy")}, Fix("buy", 1, only_if={"rich": ("yes",)}))
    assert next_of(guide, "broken", "rich:unknown") == "fixing buy"


def test_what_only_a_look_finds_out_is_never_asked_barely() -> None:
    """A fact that a card finds out is not asked for by another; a fix that depends on it waits until it was found."""
    look, after = Fix("look", 1, asks="seen"), Fix("after", 1, only_if={"seen": ("yes",)})
    guide = small_guide({"broken": tries("look", "after", "last")}, look, after)
    assert next_of(guide, "broken") == "fixing look"
    assert next_of(guide, "broken", "seen:yes") == "fixing after"
    assert next_of(guide, "broken", "seen:no") == "fixing last"
    assert next_of(guide, "broken", "seen:unknown") == "fixing last"


def test_a_look_is_skipped_when_its_fact_is_known() -> None:
    """A fact heard in passing spares the look."""
    guide = small_guide({"broken": tries("look", "last")}, Fix("look", 1, asks="seen"))
    assert next_stop(guide, problem("broken"), {"seen": "no"}) == Stop(Stage.FIXING, "last")


def test_words_that_depend_on_a_fact_ask_for_it() -> None:
    """A fix that needs a fact for its words asks for it, but no answer rules the fix out."""
    guide = small_guide({"broken": tries("one")}, Fix("one", 1, needs=("old",)))
    assert next_of(guide, "broken") == "asking old"
    assert {next_of(guide, "broken", f"old:{value}") for value in ("yes", "no", "unknown")} == {"fixing one"}


def test_a_risky_fix_is_confirmed_first() -> None:
    """A fix that must be confirmed leads to its confirmation, not to its steps."""
    guide = small_guide({"broken": tries("wipe")}, Fix("wipe", 1, risk=Risk.DATA, confirm=True))
    assert next_of(guide, "broken") == "confirming wipe"


def test_a_fix_that_ends_the_road_is_no_card() -> None:
    """Apple Support is where the road ends, not one fix among others."""
    guide = small_guide({"broken": tries("one", "call")}, Fix("call", 1, ends=True))
    assert next_of(guide, "broken", "one couldnt") == "fixing one"
    assert next_of(guide, "broken", "one didnt-help") == "support"


def test_a_road_goes_on_where_it_hands_over() -> None:
    """After the last own fix, `then` leads on; what was tried before does not come again."""
    guide = small_guide({"broken": tries("one", "two"), "other": tries("two", "three")}, then={"broken": "other"})
    assert next_of(guide, "broken", "one didnt-help", "two didnt-help") == "fixing three"


def test_a_hand_over_asks_for_its_fact_and_skips_the_rest() -> None:
    """A hand-over with a condition is asked about at its place; where it holds, the rest of the list is left out."""
    guide = small_guide({"broken": (*tries("one"), Step(go="other", only_if={"rich": ("yes",)}), *tries("two")), "other": tries("three")})
    assert next_of(guide, "broken", "one didnt-help") == "asking rich"
    assert next_of(guide, "broken", "one didnt-help", "rich:yes") == "fixing three"
    assert next_of(guide, "broken", "one didnt-help", "rich:no") == "fixing two"
    assert next_of(guide, "broken", "one didnt-help", "rich:unknown") == "fixing two"


def test_hand_overs_in_a_ring_come_to_an_end() -> None:
    """Two errors that hand over to each other end all the same, and no fix is left out or comes twice."""
    here = (*tries("one"), Step(go="other", only_if={"rich": ("yes",)}), *tries("two"))
    there = (*tries("three"), Step(go="broken", only_if={"rich": ("yes",)}), *tries("four"))
    guide = small_guide({"broken": here, "other": there}, then={"broken": "other", "other": "broken"})
    met: list[str] = []
    history = ["rich:yes"]
    while (stop := next_of(guide, "broken", *history)) != "support":
        met.append(stop.removeprefix("fixing "))
        history.append(f"{met[-1]} didnt-help")
    assert met == ["one", "three", "four", "two"]


def test_a_hand_over_to_what_was_walked_is_passed_by() -> None:
    """A condition that leads back to an error already gone through does not cut off the rest of the road."""
    back = (*tries("two"), Step(go="broken", only_if={"rich": ("yes",)}), *tries("three"))
    guide = small_guide({"broken": tries("one"), "other": back}, then={"broken": "other"})
    assert next_of(guide, "broken", "rich:yes", "one didnt-help", "two didnt-help") == "fixing three"


def test_what_has_left_the_guide_is_passed_by() -> None:
    """A fix or an error that the guide no longer has is skipped; without any error left there is no road."""
    guide = small_guide({"broken": tries("one", "two")})
    smaller = Guide(guide.intents, {"two": guide.fixes["two"]}, FACTS)
    assert next_of(smaller, "broken") == "fixing two"
    assert next_of(guide, "broken", "-> gone") == "fixing one"
    assert next_of(guide, "gone") == "home"


def test_the_last_error_taken_is_the_one_worked_on() -> None:
    """The intent of a problem is the last one taken; what was tried counts for all of them."""
    guide = small_guide({"broken": tries("one", "two"), "other": tries("one", "three")})
    so_far = problem("broken", "one didnt-help", "-> other")
    assert intent_of(guide, so_far) == guide.intents["other"]
    assert next_stop(guide, so_far, {}) == Stop(Stage.FIXING, "three")


def test_outcomes_are_kept_for_each_fix_in_order() -> None:
    """Each fix of a shared card has the card's outcome, and a fix may have several."""
    so_far = problem("broken", "one+two couldnt", "one didnt-help")
    assert outcomes(so_far) == {"one": (Outcome.COULDNT, Outcome.DIDNT_HELP), "two": (Outcome.COULDNT,)}


def test_what_was_told_beats_what_was_heard() -> None:
    """An answer to a question counts more than a fact heard in passing."""
    assert known(Session("s", facts={"rich": "no", "old": "yes"}, problem=problem("broken", "rich:yes"))) == {"rich": "yes", "old": "yes"}


@pytest.mark.parametrize(
    ("facts", "met", "out"),
    [({}, False, False), ({"rich": "yes"}, True, False), ({"rich": "no"}, False, True), ({"rich": UNKNOWN}, False, False)],
)
def test_conditions(facts: dict[str, str], met: bool, out: bool) -> None:
    """A condition holds only when it is known to be met, and rules out only when it is known not to be."""
    conditions = {"rich": ("yes",)}
    assert (holds(conditions, facts), ruled_out(small_guide({}), conditions, facts)) == (met, out)


def test_what_is_ahead_are_the_cards_of_the_error_under_way() -> None:
    """What may still follow are cards, not fixes, without those ruled out and without another error's; that its road follows is told."""
    road = (Step(("one", "two")), *tries("buy", "last"))
    guide = small_guide({"broken": road, "other": tries("three")}, Fix("buy", 1, only_if={"rich": ("yes",)}), then={"broken": "other"})
    assert ahead(guide, problem("broken"), {}) == Ahead((("one", "two"), ("buy",), ("last",)), goes_on=True)
    assert ahead(guide, problem("broken"), {"rich": "no"}) == Ahead((("one", "two"), ("last",)), goes_on=True)
    assert ahead(guide, problem("broken", "one+two didnt-help"), {"rich": "no"}) == Ahead((("last",),), goes_on=True)
    tried = problem("broken", "one+two didnt-help", "buy didnt-help", "last didnt-help")
    assert ahead(guide, tried, {}) == Ahead((("three",),), goes_on=False)


@pytest.mark.parametrize(
    ("of_fix", "of_step", "ends"), [(True, None, True), (False, None, False), (False, True, True), (True, False, False)]
)
def test_what_cures_is_said_by_the_step_or_else_by_the_fix(of_fix: bool, of_step: bool | None, ends: bool) -> None:
    """Success ends a problem where the step says so, else where the fix does."""
    guide = small_guide({"broken": (Step(("copy",), cures=of_step),)}, Fix("copy", 1, cures=of_fix))
    assert cures(guide, problem("broken"), {}, "copy") is ends


def test_steps_name_the_intent_in_whose_file_they_stand() -> None:
    """Every step of the road comes with its owner."""
    guide = small_guide({"broken": tries("one"), "other": tries("two")}, then={"broken": "other"})
    assert [(owner, step.fixes) for owner, step in steps(guide, guide.intents["broken"], {})] == [("broken", ("one",)), ("other", ("two",))]


def test_every_road_of_the_guide_is_finite(guide: Guide) -> None:
    """Whatever is known, the steps from each intent come to an end."""
    for intent in guide.intents.values():
        for value in ("yes", "no", "full", "room", "icloud", "phone"):
            facts: dict[str, Any] = dict.fromkeys(guide.facts, value)
            assert len(list(steps(guide, intent, facts))) < 100
