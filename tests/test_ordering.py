"""What an order of fixes is worth: costs, guard rails, and when to stop, on guides small enough to see at a glance."""

from __future__ import annotations

import pytest

from bot.model import Fix, Guide, Intent, Kind, Likely, Outcome, Risk, Step
from bot.ordering import cards, cost, may_precede, too_dear, worst
from bot.road import Stop, next_stop, outcomes
from tests.test_road import problem, small_guide, tries

TEST = Fix("try", 15)
SUPPORT = Fix("apple-support", 240, ends=True)


def guide_of(*steps: Step, fixes: tuple[Fix, ...]) -> tuple[Guide, Intent]:
    intent = Intent("broken", Kind.ERROR, steps=steps)
    return Guide({"broken": intent}, {fix.id: fix for fix in (*fixes, TEST, SUPPORT)}, {}), intent


def test_a_test_is_paid_once_for_a_card() -> None:
    """Two quick fixes with the same test cost their own minutes and one test; an hour of waiting costs one minute."""
    one, two, slow = Fix("one", 1, test="try"), Fix("two", 2, test="try"), Fix("slow", 5, wait=120)
    guide, _ = guide_of(fixes=(one, two, slow))
    assert cost(guide, [one]) == 16
    assert cost(guide, [one, two]) == 18
    assert cost(guide, [slow]) == pytest.approx(7)
    assert cost(guide, []) == 0


def test_the_worst_risk_of_a_card_counts() -> None:
    """A card risks as much as the riskiest of its fixes."""
    safe, paid, risky = Fix("a", 1), Fix("b", 1, Risk.MONEY), Fix("c", 1, Risk.DATA)
    assert [worst([safe]), worst([safe, paid]), worst([paid, risky])] == [Risk.NONE, Risk.MONEY, Risk.DATA]


def test_only_what_may_cure_is_weighed() -> None:
    """Looks, safety nets, hand-overs, the end, and what a look has to find first are no cards that could be moved."""
    look, net, found, own = (
        Fix("look", 1, asks="seen"),
        Fix("net", 9, cures=False),
        Fix("found", 1, only_if={"seen": ("yes",)}),
        Fix("own", 1),
    )
    steps = (Step(("look",)), Step(("found",)), Step(("net",)), Step(go="other", only_if={"old": ("yes",)}), Step(("own",)))
    guide, intent = guide_of(*steps, Step(("net",), cures=True), Step(("apple-support",)), fixes=(look, net, found, own))
    assert [(card.place, card.name) for card in cards(guide, intent)] == [(4, "own"), (5, "net")]


def test_guard_rails() -> None:
    """What risks something is never moved before what does not, and nothing is moved past a hand-over."""
    fixes = (Fix("safe", 60), Fix("paid", 1, Risk.MONEY), Fix("wipe", 1, Risk.DATA), Fix("reset", 1, Risk.SETTINGS), Fix("late", 1))
    steps = (Step(("safe",)), Step(("paid",)), Step(("wipe",)), Step(("reset",)), Step(go="x", only_if={"old": ("yes",)}), Step(("late",)))
    guide, intent = guide_of(*steps, fixes=fixes)
    safe, paid, wipe, reset, late = cards(guide, intent)
    assert not any(may_precede(intent, later, safe) for later in (paid, wipe, reset, late))
    assert not may_precede(intent, wipe, paid)
    assert may_precede(intent, reset, wipe)


def test_what_costs_more_than_it_promises() -> None:
    """A card is too dear once its chance, after all before it failed, times the cost of Apple Support is less than its own."""
    fixes = (Fix("often", 60), Fix("rarely", 60))
    steps = (Step(("often",), likely=Likely.OFTEN), Step(("rarely",), likely=Likely.RARELY), Step(("apple-support",)))
    guide, intent = guide_of(*steps, fixes=fixes)
    [(card, chance)] = too_dear(guide, intent)
    assert card.name == "rarely"
    assert chance == pytest.approx(0.05 / (0.05 + 0.2))
    cheap, same = guide_of(*steps, fixes=(fixes[0], Fix("rarely", 40)))
    assert too_dear(cheap, same) == []


def test_no_shipped_fix_costs_more_than_it_promises(guide: Guide) -> None:
    """Apple Support comes before whatever would cost more than it promises."""
    assert [card.name for intent in guide.intents.values() for card, _ in too_dear(guide, intent)] == []


@pytest.mark.parametrize(("outcome", "then"), [("didnt-help", "support"), ("already", "support"), ("couldnt", "fixing one")])
def test_three_facts_about_a_fix(outcome: str, then: str) -> None:
    """Only what did not help, or was done before, is over; what could not be done comes once more."""
    guide = small_guide({"broken": tries("one")})
    so_far = problem("broken", f"one {outcome}")
    stop = next_stop(guide, so_far, {})
    assert f"{stop.stage} {stop.subject}".strip() == then
    assert isinstance(stop, Stop)
    assert outcomes(so_far) == {"one": (Outcome(outcome),)}
