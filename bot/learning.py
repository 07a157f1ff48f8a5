"""What experience says of an order: how sure it is, by what people told, that a card should stand before another.

People pass the cards in order, and each card heals some of those who have come to it. How many is a Beta distribution for each card, so
the shares of the causes are a generalized Dirichlet; the author's word is a prior worth `PRIOR` people at each card. Only "it worked" and
"didn't help" speak of the cause. Who could not do a fix, had done it before, declined it or fell silent tells nothing: they are censored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from bot.model import Guide, Intent, Outcome
from bot.ordering import Card, cards, may_precede, rest

PRIOR: Final = 30
"""How many people the author's word counts for, at each card."""
FEWEST: Final = 50
"""Outcomes of an intent, below which nothing is said of its order."""
SURE: Final = 0.95
"""How probable it must be that a change is for the better."""
DRAWS: Final = 4000
"""Draws from the posterior: enough to know 95 % to within a third of a percent."""

Told = Mapping[str, Mapping[Outcome, int]]
"""Fix -> outcome -> how many told it."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What people told of a card: how many it healed, and how many not."""

    worked: int
    didnt: int

    @property
    def tried(self) -> int:
        return self.worked + self.didnt


@dataclass(frozen=True, slots=True)
class Swap:
    """A card that should stand before another, and how probable that is."""

    card: Card
    before: Card
    sure: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better order of an intent's steps (by their places in the file), the swaps that lead to it, and what is known of each card."""

    intent: str
    order: tuple[int, ...]
    swaps: tuple[Swap, ...]
    experience: Mapping[int, Experience]


def experience(card: Card, told: Told) -> Experience:
    """What was told of a card. Its fixes are tried together; one that was tried elsewhere before has fewer outcomes here."""
    worked, didnt = (max(told.get(fix.id, {}).get(outcome, 0) for fix in card.fixes) for outcome in (Outcome.WORKED, Outcome.DIDNT_HELP))
    return Experience(worked, didnt)


def suggested(guide: Guide, intent: Intent, told: Told, seed: int = 1) -> Suggestion | None:
    """A better order, if experience is large enough and sure of it. The guard rails hold; the same seed gives the same answer."""
    listed = cards(guide, intent)
    found = {card.place: experience(card, told) for card in listed}
    if sum(one.tried for one in found.values()) < FEWEST:
        return None
    worths = _worths(listed, [found[card.place] for card in listed], rest(guide, intent), seed)
    order, swaps = list(range(len(intent.steps))), []
    ranking = list(listed)
    while (swap := _next_swap(intent, ranking, worths)) is not None:
        swaps.append(swap)
        place = ranking.index(swap.before)
        ranking[place : place + 2] = [swap.card, swap.before]
        order.remove(swap.card.place)
        order.insert(order.index(swap.before.place), swap.card.place)
    return Suggestion(intent.id, tuple(order), tuple(swaps), found) if swaps else None


def _next_swap(intent: Intent, ranking: Sequence[Card], worths: Mapping[int, Sequence[float]]) -> Swap | None:
    """The first pair of neighbours that surely stands the wrong way round. A swap puts a pair right for good, so they come to an end."""
    for earlier, later in pairwise(ranking):
        if may_precede(intent, later, earlier):
            better = sum(one > other for one, other in zip(worths[later.place], worths[earlier.place], strict=True)) / DRAWS
            if better > SURE:
                return Swap(later, earlier, better)
    return None


def _worths(listed: Sequence[Card], found: Sequence[Experience], left: float, seed: int) -> dict[int, list[float]]:
    """Place -> draws of the card's chance to cure for each minute that it costs, as experience and the author's word have it together."""
    chance = Random(seed)  # noqa: S311 - chance here need not be secret
    beliefs = []
    for card, one in zip(reversed(listed), reversed(found), strict=True):
        left += card.weight
        expected = card.weight / left
        beliefs.append((PRIOR * expected + one.worked, PRIOR * (1 - expected) + one.didnt))
    beliefs.reverse()
    worths: dict[int, list[float]] = {card.place: [] for card in listed}
    for _ in range(DRAWS):
        still_ill = 1.0
        for card, (worked, didnt) in zip(listed, beliefs, strict=True):
            heals = chance.betavariate(worked, didnt)
            worths[card.place].append(still_ill * heals / card.minutes)
            still_ill *= 1 - heals
    return worths
