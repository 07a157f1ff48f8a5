"""The best possible order: what it would cost to know how often each cause is met, and every fact of everybody's phone.

Causes exclude each other, so within one risk of one error the order of falling chance over cost is the best (Kadane and Simon 1977). Law 3
makes a chain of each error: what risks nothing, then what costs money, then the rest. Chains are merged by their best beginnings (Sidney
1975): of all prefixes of all chains the one with the greatest chance over cost comes next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.model import Fix, Guide, Intent, Step
from bot.ordering import RANK, cost, may_cure, worst
from bot.simulation.followers import READING, cards_for
from bot.simulation.people import Cause, Person

Entry = tuple[str, ...]
"""A card, by its fixes."""


def _sums() -> defaultdict[Entry, float]:
    return defaultdict(float)


@dataclass(slots=True)
class Spent:
    """What people with one cause spend on average: on each card where nothing heals them, and after all cards.

    until: card that heals -> the minutes on each card, of those whom it heals. healed: that card -> how many they are.
    """

    in_vain: defaultdict[Entry, float] = field(default_factory=_sums)
    after: float = 0.0
    until: defaultdict[Entry, defaultdict[Entry, float]] = field(default_factory=lambda: defaultdict(_sums))
    healed: defaultdict[Entry, float] = field(default_factory=_sums)


class Best:
    """The best order of each world, for these people. It asks nothing, looks at nothing, and leaves out what cures nothing."""

    def __init__(self, guide: Guide, intent: Intent, found: Sequence[Cause], crowds: Sequence[Sequence[Person]]) -> None:
        self._guide = guide
        self._owners: dict[Entry, str] = {}
        self._support = max((fix.minutes for fix in guide.fixes.values() if fix.ends), default=0)
        self._spent = [self._spending(intent, cause, crowd) for cause, crowd in zip(found, crowds, strict=True)]

    def _spending(self, intent: Intent, cause: Cause, crowd: Sequence[Person]) -> Spent:
        spent, part = Spent(), 1 / len(crowd)
        for one in crowd:
            done = self._doable(intent, one)
            cure = next((entry for entry, fixes in done.items() if cause.fix in {fix.id for fix in fixes}), None)
            minutes = spent.in_vain if cure is None else spent.until[cure]
            for entry, fixes in done.items():
                minutes[entry] += part * (cost(self._guide, fixes) + READING)
            if cure is not None:
                spent.healed[cure] += part
            else:
                later = one.can(cause.fix, 1) and cause.fix in self._guide.fixes
                spent.after += part * (cost(self._guide, [self._guide.fixes[cause.fix]]) if later else self._support)
        return spent

    def _doable(self, intent: Intent, one: Person) -> dict[Entry, list[Fix]]:
        """The cards for a person that may cure, each with the fixes that they can do and have not done."""
        done: dict[Entry, list[Fix]] = {}
        for owner, entry in cards_for(self._guide, intent.id, one):
            fixes = [self._guide.fixes[fix] for fix in entry]
            if may_cure(Step(), fixes):
                self._owners.setdefault(entry, owner)
                done[entry] = [fix for fix in fixes if fix.id not in one.already and one.can(fix.id, 0)]
        return done

    def minutes(self, shares: Sequence[float]) -> float:
        """What the best order costs in a world with these shares."""
        place = {entry: number for number, entry in enumerate(self.order(shares))}
        total = 0.0
        for share, spent in zip(shares, self._spent, strict=True):
            until = sum(minutes for cure, by in spent.until.items() for entry, minutes in by.items() if place[entry] <= place[cure])
            total += share * (sum(spent.in_vain.values()) + spent.after + until)
        return total

    def order(self, shares: Sequence[float]) -> list[Entry]:
        """All cards in the best order of a world."""
        chances, costs = _sums(), _sums()
        for share, spent in zip(shares, self._spent, strict=True):
            for by in (spent.in_vain, *spent.until.values()):
                for entry, minutes in by.items():
                    costs[entry] += share * minutes
            for cure, healed in spent.healed.items():
                chances[cure] += share * healed
        chains: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(costs, key=lambda entry: (self._rank(entry), -chances[entry] / costs[entry], entry)):
            chains[self._owners[entry]].append(entry)
        return merged(list(chains.values()), chances, costs)

    def _rank(self, entry: Entry) -> int:
        return RANK[worst(self._guide.fixes[fix] for fix in entry)]


def merged(chains: Sequence[Sequence[Entry]], chances: Mapping[Entry, float], costs: Mapping[Entry, float]) -> list[Entry]:
    """The chains in one, each in its own order, so that what is promised comes as early as it can for its cost."""
    left = [list(chain) for chain in chains]
    order: list[Entry] = []
    while any(left):
        prefixes = [chain[: end + 1] for chain in left for end in range(len(chain))]
        best = max(prefixes, key=lambda prefix: sum(chances[one] for one in prefix) / sum(costs[one] for one in prefix))
        chain = next(chain for chain in left if chain[: len(best)] == best)
        order += best
        del chain[: len(best)]
    return order
