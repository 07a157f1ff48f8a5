"""The people who are played: each comes with an error, has one hidden cause, a phone and a life of their own.

Each fix cures one cause. So an error's causes are its fixes, those of the errors to which it leads, and one that nobody but Apple Support
can cure. How often each is met follows from `likely`, the author's word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from bot.model import UNKNOWN, Conditions, Fact, Fix, Guide, Intent, Step
from bot.ordering import WORTH, may_cure, rest

COULDNT: Final = 0.1
"""How often a fix cannot be done at the first try; at the second try half of them can."""
ALREADY: Final = 0.1
"""How often a fix that is not the cure was done before."""
UNSURE: Final = 0.1
"""How often a question cannot be answered."""
SILENT: Final = 0.3
"""How many never say that the backup runs again."""
NOBODY: Final = ""
"""The fix of a cause that none of ours cures."""
TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Cause:
    """What may be wrong: the fix that cures it, how often it is met, and the values that facts can have then."""

    fix: str
    share: float
    facts: Conditions


@dataclass(frozen=True, slots=True)
class Person:
    """One person: what cures them, what is true of their phone, what they cannot tell or do, and whether they say goodbye.

    failing: how many times each fix cannot be done. already: the fixes that they did before.
    """

    cure: str
    facts: Mapping[str, str]
    unsure: frozenset[str]
    failing: Mapping[str, int]
    already: frozenset[str]
    silent: bool

    def can(self, fix: str, attempt: int) -> bool:
        """Whether they can do a fix at this attempt (0 is the first)."""
        return self.failing.get(fix, 0) <= attempt

    def dares(self, guide: Guide, fix: Fix) -> bool:
        """Whether they do a fix that is only for who is sure of something: that the password is at hand, for one. Lists warn of it too."""
        wanted = only_if_sure(guide, fix)
        return all((guide.facts[fact].unsure if fact in self.unsure else self.facts[fact]) in fix.only_if[fact] for fact in wanted)

    def tells(self, fact: str) -> str:
        """What they answer to a question."""
        return UNKNOWN if fact in self.unsure else self.facts[fact]


def only_if_sure(guide: Guide, fix: Fix) -> tuple[str, ...]:
    """The facts of which one must be sure before this fix."""
    return tuple(fact for fact in fix.only_if if guide.facts[fact].unsure != UNKNOWN)


# --- what may be wrong ---------------------------------------------------------------------------------------------------


def causes(guide: Guide, intent: Intent) -> tuple[Cause, ...]:
    """The causes of an error; their shares sum up to one."""
    merged: dict[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], Cause] = {}
    for cause in _causes(guide, intent, Way()):
        key = (cause.fix, tuple(sorted(cause.facts.items())))
        before = merged[key].share if key in merged else 0.0
        merged[key] = Cause(cause.fix, before + cause.share, cause.facts)
    total = sum(cause.share for cause in merged.values())
    return tuple(Cause(cause.fix, cause.share / total, cause.facts) for cause in merged.values())


@dataclass(frozen=True, slots=True)
class Way:
    """How the road leads to an error: for which share of the people, with which facts, through which errors, past which fixes."""

    share: float = 1.0
    facts: Conditions = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


def _causes(guide: Guide, intent: Intent, way: Way) -> Iterator[Cause]:
    """The causes of an error to which this way leads, and of those beyond it."""
    errors = (*way.errors, intent.id)
    over = [step for step in intent.steps if step.go and step.go in guide.intents and step.go not in errors]
    own = [step for step in intent.steps if _curing(guide, step) and not set(step.fixes) <= set(way.fixes)]
    left = rest(guide, intent)
    part = way.share / (sum(WORTH[step.likely] for step in (*over, *own)) + left)
    refused: list[Conditions] = []
    for step in over:
        there = _met(guide, _unmet(guide, way.facts, refused), step.only_if)
        refused.append(step.only_if)
        if there is not None:
            yield from _causes(guide, guide.intents[step.go or ""], Way(part * WORTH[step.likely], there, errors, way.fixes))
    here = _unmet(guide, way.facts, refused)
    for step in own:
        fixes = [fix for fix in step.fixes if fix in guide.fixes and fix not in way.fixes]
        for fix in fixes:
            met = _met(guide, _met(guide, here, step.only_if), guide.fixes[fix].only_if)
            if met is not None:
                yield Cause(fix, part * WORTH[step.likely] / len(fixes), _unseen(guide, met))
    beyond = guide.intents.get(intent.then or "")
    if beyond is not None and beyond.id not in errors:
        passed = (*way.fixes, *(fix for step in own for fix in step.fixes))
        yield from _causes(guide, beyond, Way(part * left, here, errors, passed))
    else:
        yield Cause(NOBODY, part * left, _unseen(guide, here))


def _curing(guide: Guide, step: Step) -> bool:
    fixes = [guide.fixes[fix] for fix in step.fixes if fix in guide.fixes]
    return bool(fixes) and may_cure(step, fixes)


def _met(guide: Guide, facts: Conditions | None, conditions: Conditions) -> Conditions | None:
    """The facts narrowed down to those under which the conditions hold; None where they cannot."""
    if facts is None:
        return None
    narrowed = dict(facts)
    for fact, values in conditions.items():
        narrowed[fact] = tuple(value for value in narrowed.get(fact, guide.facts[fact].values) if value in values)
        for other, implied in _implied(guide, fact, narrowed[fact]).items():
            narrowed[other] = tuple(value for value in narrowed.get(other, guide.facts[other].values) if value == implied)
    return narrowed if all(narrowed.values()) else None


def _implied(guide: Guide, fact: str, values: Sequence[str]) -> Mapping[str, str]:
    """What follows where a fact is known to have one value."""
    return guide.facts[fact].implies.get(values[0], {}) if len(values) == 1 else {}


def _unmet(guide: Guide, facts: Conditions, refused: Sequence[Conditions]) -> Conditions:
    """The facts narrowed down to those under which none of these conditions holds, as far as they can."""
    narrowed = dict(facts)
    for conditions in refused:
        for fact, values in conditions.items():
            other = tuple(value for value in narrowed.get(fact, guide.facts[fact].values) if value not in values)
            if other:
                narrowed[fact] = other
    return narrowed


def _unseen(guide: Guide, facts: Conditions) -> Conditions:
    """The facts of a cause, where no look finds what would point to another one."""
    elsewhere = [
        {fact: values} for fix in guide.fixes.values() for fact, values in fix.only_if.items() if fact in guide.looks and fact not in facts
    ]
    return _unmet(guide, facts, elsewhere)


# --- who has it ------------------------------------------------------------------------------------------------------------


def person(guide: Guide, cause: Cause, chance: Random) -> Person:
    """Somebody with this cause. All else about them is drawn: the same chance gives the same person."""
    facts = {fact: chance.choice(cause.facts.get(fact) or _possible(cause, found)) for fact, found in guide.facts.items()}
    for fact, value in list(facts.items()):
        facts.update({other: implied for other, implied in guide.facts[fact].implies.get(value, {}).items() if other not in cause.facts})
    fixes = [fix.id for fix in guide.fixes.values() if fix.asks is None]  # everybody can look
    return Person(
        cure=cause.fix,
        facts=facts,
        unsure=frozenset(fact for fact in facts if chance.random() < UNSURE),
        failing={fix: chance.randint(1, TRIES) for fix in fixes if chance.random() < COULDNT},
        already=frozenset(fix for fix in fixes if chance.random() < ALREADY) - {cause.fix},
        silent=chance.random() < SILENT,
    )


def _possible(cause: Cause, fact: Fact) -> Sequence[str]:
    """The values of a fact that imply nothing against the cause."""
    implied = {value: fact.implies.get(value, {}) for value in fact.values}
    return [value for value in fact.values if all(its in cause.facts.get(other, (its,)) for other, its in implied[value].items())]


def perturbed(shares: Sequence[float], by: float, chance: Random) -> list[float]:
    """The shares in another world: each off by up to `by` of itself either way."""
    moved = [share * chance.uniform(1 - by, 1 + by) for share in shares]
    return [share / sum(moved) for share in moved]
