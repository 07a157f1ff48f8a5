"""What experience says of an order, in worlds that are known: where it must say something, and where it must not.

The counts are those that the real dialogue adds up when simulated people have talked to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

import pytest

from bot.learning import FEWEST, SURE, Suggestion, Told, suggested
from bot.model import Guide, Intent, Mark, Outcome, Risk
from bot.ordering import cards
from bot.road import SEPARATOR
from bot.simulation.followers import Place, at_first_card, with_bot
from bot.simulation.people import causes, person, perturbed
from tests.conversing import shipped_guide
from tests.sampling import sample

ERROR: Final = "last-backup-failed"
CENSORED: Final = (Outcome.COULDNT, Outcome.ALREADY, Outcome.DECLINED)


@cache
def start() -> Place:
    """Where everybody begins; one for all worlds, since a place is played but once."""
    return at_first_card(shipped_guide(), ERROR)


def told_in(guide: Guide, intent: Intent, favoured: Mapping[str, float], people: int, seed: int = 1) -> dict[str, dict[Outcome, int]]:
    """The outcomes of people in a world where the causes with these fixes are so many times as frequent as the author says."""
    chance = Random(seed)
    found = causes(guide, intent)
    shares = [cause.share * favoured.get(cause.fix, 1.0) for cause in found]
    told: dict[str, dict[Outcome, int]] = {}
    for cause in chance.choices(found, shares, k=people):
        for note in with_bot(guide, start(), person(guide, cause, chance)).history:
            for fix in note.key.split(SEPARATOR) if note.mark is Mark.TRIED else ():
                by = told.setdefault(fix, {})
                by[Outcome(note.value)] = by.get(Outcome(note.value), 0) + 1
    return told


def new_order(intent: Intent, found: Suggestion | None) -> list[str]:
    assert found is not None
    return [SEPARATOR.join(intent.steps[place].fixes) for place in found.order]


@pytest.fixture
def intent(guide: Guide) -> Intent:
    return guide.intents[ERROR]


@pytest.fixture(scope="module")
def toggling(guide: Guide) -> Told:
    """What is told where switching the backup off and on is what mostly helps."""
    return told_in(guide, guide.intents[ERROR], {"toggle": 8.0}, 400)


def test_as_the_author_says(guide: Guide, intent: Intent) -> None:
    """Where the world is as the author says, no order is contradicted, also by five hundred people."""
    assert suggested(guide, intent, told_in(guide, intent, {}, 500)) is None


def test_a_late_fix_that_mostly_helps_goes_up(guide: Guide, intent: Intent, toggling: Told) -> None:
    """Where switching the backup off and on is what mostly helps, it goes before the restart, and stays behind what is as good."""
    found = suggested(guide, intent, toggling)
    order = new_order(intent, found)
    assert order.index("toggle") < order.index("restart")
    assert sorted(order) == sorted(SEPARATOR.join(step.fixes) for step in intent.steps)
    assert found is not None
    assert all(swap.sure > SURE for swap in found.swaps)


def test_a_slow_fix_must_help_more(guide: Guide, intent: Intent) -> None:
    """What cures as often as others but takes an hour stays behind them."""
    found = suggested(guide, intent, told_in(guide, intent, {"update": 1.5}, 500))
    assert found is None or [swap.card.name for swap in found.swaps] == []


def test_risky_fixes_never_go_before_safe_ones(guide: Guide, intent: Intent) -> None:
    """Law 3 holds though nothing but a reset helps: it may go before other risky fixes only."""
    order = new_order(intent, suggested(guide, intent, told_in(guide, intent, {"network-reset": 60.0}, 600)))
    assert order.index("network-reset") < order.index("sign-out-in")
    safe = [card.name.replace(" ", "") for card in cards(guide, intent) if card.risk is Risk.NONE]
    assert max(order.index(name) for name in safe) < order.index("network-reset")


def test_too_few_outcomes_say_nothing(guide: Guide, intent: Intent) -> None:
    """Below fifty outcomes nothing is said, however clear they are."""
    told = {"restart": {Outcome.DIDNT_HELP: FEWEST - 5}, "toggle": {Outcome.WORKED: 4}}
    assert suggested(guide, intent, told) is None


@pytest.mark.parametrize("outcome", CENSORED)
def test_only_didnt_help_speaks_against_a_fix(guide: Guide, intent: Intent, toggling: Told, outcome: Outcome) -> None:
    """Who could not do a fix, had done it before or declined it says nothing of what it cures: ten thousand of them change nothing."""
    more = {fix: {**toggling.get(fix, {}), outcome: 10_000} for fix in guide.fixes}
    assert suggested(guide, intent, more) == suggested(guide, intent, toggling)
    assert suggested(guide, intent, {fix: {outcome: 10_000} for fix in guide.fixes}) is None
    against = {**toggling, "toggle": {**toggling["toggle"], Outcome.DIDNT_HELP: 10_000}}
    changed = suggested(guide, intent, against)
    assert changed is None or "toggle" not in [swap.card.name for swap in changed.swaps]


def test_the_same_counts_give_the_same_answer(guide: Guide, intent: Intent, toggling: Told) -> None:
    """Nothing depends on chance that is not seeded."""
    assert suggested(guide, intent, toggling) == suggested(guide, intent, toggling)


@pytest.mark.sampled
def test_swaps_are_right_as_often_as_they_are_sure(guide: Guide, intent: Intent) -> None:
    """In worlds where every share may be off by nine tenths, nine of ten swaps are for the better there."""
    worlds, right = sample(range(12), 3), []
    for seed in worlds:
        shares = perturbed([cause.share for cause in causes(guide, intent)], 0.9, Random(seed))
        favoured = {cause.fix: share / cause.share for cause, share in zip(causes(guide, intent), shares, strict=True)}
        found = suggested(guide, intent, told_in(guide, intent, favoured, 400, seed))
        for swap in found.swaps if found else ():
            card, before = (
                sum(replace(one, weight=one.weight * favoured[fix.id] / len(one.fixes)).worth for fix in one.fixes)
                for one in (swap.card, swap.before)
            )
            right.append(card > before)
    assert len(right) >= len(worlds) // 2
    assert sum(right) >= 0.9 * len(right)
