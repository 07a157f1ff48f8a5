"""What an order of fixes is worth: how often each card cures by the author's word, what it costs, and what may stand before what.

One fault and fixes that are independent of each other: the expected cost is least in the order of falling chance over cost (Kadane and
Simon 1977). The guard rails come first: what risks nothing before what costs money, that before what changes data or settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Fix, Guide, Intent, Likely, Risk, Step

RISKY: Final = (Risk.DATA, Risk.SETTINGS)
RANK: Final[Mapping[Risk, int]] = {Risk.NONE: 0, Risk.MONEY: 1, Risk.DATA: 2, Risk.SETTINGS: 2}
"""Law 3: what ranks higher comes later."""
WORTH: Final[Mapping[Likely, float]] = {Likely.OFTEN: 0.5, Likely.SOMETIMES: 0.2, Likely.RARELY: 0.05}
"""How often a card is taken to cure, by the author's word for it. Only their relation counts."""
WAITED: Final = 1 / 60
"""Minutes of one's own that a minute of waiting counts: a day costs as much as 24 minutes of work."""


@dataclass(frozen=True, slots=True)
class Card:
    """A step that may cure: its place in the intent's list, its fixes, and what it costs and promises."""

    place: int
    step: Step
    fixes: tuple[Fix, ...]
    minutes: float
    risk: Risk
    weight: float

    @property
    def worth(self) -> float:
        """Its chance to cure for each minute that it costs."""
        return self.weight / self.minutes

    @property
    def name(self) -> str:
        return " + ".join(fix.id for fix in self.fixes)


def cost(guide: Guide, fixes: Iterable[Fix]) -> float:
    """The minutes that these fixes cost together: their own, their waits, and each test once."""
    done = tuple(fixes)
    tests = {fix.test for fix in done if fix.test is not None}
    tested = sum(guide.fixes[test].minutes for test in tests if test in guide.fixes)
    return tested + sum(fix.minutes + fix.wait * WAITED for fix in done)


def worst(fixes: Iterable[Fix]) -> Risk:
    """The risk that counts, of several fixes on one card."""
    return max((fix.risk for fix in fixes), key=RANK.__getitem__, default=Risk.NONE)


def cards(guide: Guide, intent: Intent) -> list[Card]:
    """The cards of an intent that may cure it, in order. What only looks, ends the road or is a safety net does not.

    Neither is a card listed here that is only offered where a look has found what it cures: its place is after that look.
    """
    found = []
    for place, step in enumerate(intent.steps):
        fixes = tuple(guide.fixes[fix] for fix in step.fixes if fix in guide.fixes)
        if fixes and may_cure(step, fixes) and not _found_by_looking(guide, step, fixes):
            found.append(Card(place, step, fixes, cost(guide, fixes), worst(fixes), WORTH[step.likely]))
    return found


def may_cure(step: Step, fixes: Sequence[Fix]) -> bool:
    """Whether success with a step ends the problem."""
    if any(fix.asks is not None or fix.ends for fix in fixes):
        return False
    return all(fix.cures for fix in fixes) if step.cures is None else step.cures


def _found_by_looking(guide: Guide, step: Step, fixes: Sequence[Fix]) -> bool:
    return any(fact in guide.looks for conditions in (step.only_if, *(fix.only_if for fix in fixes)) for fact in conditions)


def rest(guide: Guide, intent: Intent) -> float:
    """The weight of what none of the intent's own cards cures: Apple Support's, or that of the error that it leads on to."""
    ends = [step for step in intent.steps if any(guide.fixes[fix].ends for fix in step.fixes if fix in guide.fixes)]
    return WORTH[ends[0].likely if ends else Likely.SOMETIMES]


# --- the guard rails -----------------------------------------------------------------------------------------------------


def may_precede(intent: Intent, later: Card, earlier: Card) -> bool:
    """Whether a later card may stand directly before an earlier one: both risk the same, and no hand-over lies between them."""
    return RANK[later.risk] == RANK[earlier.risk] and not any(step.go for step in intent.steps[earlier.place : later.place])


# --- when to stop ----------------------------------------------------------------------------------------------------------


def too_dear(guide: Guide, intent: Intent) -> list[tuple[Card, float]]:
    """The cards that cost more than they promise, each with its chance to cure once all cards before it have failed.

    One more card is worth its cost only while that is less than its chance times the cost of the end (Apple Support).
    """
    ends = [fix.minutes for fix in guide.fixes.values() if fix.ends]
    if not ends:
        return []
    found, left = [], rest(guide, intent)
    for card in reversed(cards(guide, intent)):
        left += card.weight
        if card.minutes >= card.weight / left * max(ends):
            found.append((card, card.weight / left))
    return found[::-1]
