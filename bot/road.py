"""The road through a problem: what comes next, by the guide's order, the facts known and what was tried.

Everything here is derived from a problem's history; nothing is stored twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import UNKNOWN, Conditions, Fix, Guide, Intent, Mark, Outcome, Problem, Session, Stage, Step

SEPARATOR: Final = "+"
"""Joins the fixes that share one card."""

OPEN: Final = (Stage.ASKING, Stage.CONFIRMING, Stage.FIXING)
"""The stages with something of a problem on the table."""
UNTRIED: Final[tuple[Outcome, ...]] = ()
COULDNT_ONCE: Final = (Outcome.COULDNT,)
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the road leads next: a stage, and what it is about (a fact, or the fixes on one card)."""

    stage: Stage
    subject: str = ""


def told(problem: Problem | None) -> dict[str, str]:
    """The facts that were told in answer to questions of this problem."""
    history = problem.history if problem else ()
    return {note.key: note.value for note in history if note.mark is Mark.TOLD}


def known(session: Session) -> dict[str, str]:
    """All facts of the session: heard in passing, and told in answer to a question."""
    return {**session.facts, **told(session.problem)}


def with_implied(guide: Guide, facts: Mapping[str, str]) -> Mapping[str, str]:
    """The facts, and what follows from them; what was told of a fact itself goes first."""
    implied: dict[str, str] = {}
    for fact, value in facts.items():
        if fact in guide.facts:
            implied.update(guide.facts[fact].implies.get(value, {}))
    return {**implied, **facts} if implied else facts


def intent_of(guide: Guide, problem: Problem | None) -> Intent | None:
    """The intent that the problem is about now: the last one taken that the guide still has."""
    history = problem.history if problem else ()
    for note in reversed(history):
        if note.mark is Mark.TOOK and note.key in guide.intents:
            return guide.intents[note.key]
    return None


Tried = Mapping[str, tuple[Outcome, ...]]
"""Fix -> its outcomes in this problem, in order."""


def outcomes(problem: Problem) -> Tried:
    """Every fix tried in this problem, with its outcomes in order."""
    tried: dict[str, tuple[Outcome, ...]] = {}
    for note in problem.history:
        if note.mark is Mark.TRIED:
            for fix in note.key.split(SEPARATOR):
                tried[fix] = (*tried.get(fix, UNTRIED), _OUTCOMES[note.value])
    return tried


def steps(guide: Guide, intent: Intent, facts: Mapping[str, str]) -> Iterator[tuple[str, Step]]:
    """Every step from this intent on, in order, each with the intent in whose file it stands.

    Hand-overs are followed, once each, where the facts decide them.

    A hand-over that no fact decides yet is given out itself, so that its fact can be asked for.
    """
    used: set[tuple[str, str]] = set()
    walked: set[str] = set()
    current: Intent | None = intent
    while current is not None:
        walked.add(current.id)
        towards = current.then
        for step in current.steps:
            if step.go is None:
                yield current.id, step
            elif step.go not in walked:
                if holds(step.only_if, facts):
                    towards = step.go
                    break
                yield current.id, step
        if towards is None or (current.id, towards) in used:
            return
        used.add((current.id, towards))
        current = guide.intents.get(towards)


def holds(conditions: Conditions, facts: Mapping[str, str]) -> bool:
    """Whether every condition is known to be met."""
    return all(facts.get(fact) in values for fact, values in conditions.items())


def ruled_out(guide: Guide, conditions: Conditions, facts: Mapping[str, str]) -> bool:
    """Whether some condition is known not to be met.

    What the person could not tell rules nothing out; but what only a look can find out must have been found.
    """
    for fact, values in conditions.items():
        value = facts.get(fact, UNKNOWN)
        if value not in values and (value != UNKNOWN or fact in guide.looks):
            return True
    return False


def _on_road(guide: Guide, problem: Problem, facts: Mapping[str, str]) -> Iterator[tuple[str, Step]]:
    """The steps of the road that the problem is on."""
    intent = intent_of(guide, problem)
    return iter(()) if intent is None else steps(guide, intent, facts)


def next_stop(guide: Guide, problem: Problem, facts: Mapping[str, str]) -> Stop:
    """What to ask or try next. What couldn't be done comes once more before Apple Support, what was given up just now as the last of it."""
    intent = intent_of(guide, problem)
    if intent is None:
        return Stop(Stage.HOME)
    tried = outcomes(problem)
    facts = with_implied(guide, facts)
    on_road = list(steps(guide, intent, facts))
    for so_far, put_off in ((UNTRIED, ()), (COULDNT_ONCE, _just_tried(problem)), (COULDNT_ONCE, ())):
        for _, step in on_road:
            fixes = [fix for fix in _open_fixes(guide, step, facts, tried, so_far) if fix.id not in put_off]
            stop = _stop_at(guide, step, facts, fixes)
            if stop is not None:
                return stop
    return Stop(Stage.SUPPORT)


def _just_tried(problem: Problem) -> Sequence[str]:
    last = problem.history[-1]
    return last.key.split(SEPARATOR) if last.mark is Mark.TRIED else ()


def _stop_at(guide: Guide, step: Step, facts: Mapping[str, str], fixes: list[Fix]) -> Stop | None:
    if step.go is not None:
        question = _first_question(guide, step.only_if, facts)
        return Stop(Stage.ASKING, question) if question and not ruled_out(guide, step.only_if, facts) else None
    if not fixes:
        return None
    wanted = [*step.only_if, *(fact for fix in fixes for fact in (*fix.only_if, *fix.needs))]
    if question := _first_question(guide, wanted, facts):
        return Stop(Stage.ASKING, question)
    stage = Stage.CONFIRMING if any(fix.confirm for fix in fixes) else Stage.FIXING
    return Stop(stage, SEPARATOR.join(fix.id for fix in fixes))


def _open_fixes(guide: Guide, step: Step, facts: Mapping[str, str], tried: Tried, so_far: tuple[Outcome, ...]) -> list[Fix]:
    """The fixes of a step that may be offered: those with just these outcomes so far that no known fact rules out."""
    if step.only_if and ruled_out(guide, step.only_if, facts):
        return []
    return [
        fix
        for named in step.fixes
        if tried.get(named, UNTRIED) == so_far
        and (fix := guide.fixes.get(named)) is not None
        and not (fix.ends or fix.asks in facts or (fix.only_if and ruled_out(guide, fix.only_if, facts)))
    ]


def _first_question(guide: Guide, wanted: Mapping[str, object] | list[str], facts: Mapping[str, str]) -> str | None:
    """The first fact that is neither known nor found out by looking: the one to ask for."""
    return next((fact for fact in wanted if fact not in facts and fact not in guide.looks and fact in guide.facts), None)


def offered_before(problem: Problem, subject: str) -> bool:
    """Whether the card offers once more what couldn't be done before."""
    tried = outcomes(problem)
    return any(tried.get(fix, UNTRIED)[-1:] == COULDNT_ONCE for fix in subject.split(SEPARATOR))


@dataclass(frozen=True, slots=True)
class Ahead:
    """What may still come. cards: the fixes on each card of the error under way. goes_on: whether the road of another error follows."""

    cards: tuple[tuple[str, ...], ...]
    goes_on: bool


def ahead(guide: Guide, problem: Problem, facts: Mapping[str, str]) -> Ahead:
    """What may still come, the current card included: the cards with fixes that were not tried and that no known fact rules out, in order.

    The cards of another error's road are not told before it is reached: nobody should face twenty at once.
    """
    tried = outcomes(problem)
    facts = with_implied(guide, facts)
    under_way: str | None = None
    cards: list[tuple[str, ...]] = []
    goes_on = False
    for owner, step in _on_road(guide, problem, facts):
        is_other = under_way is not None and owner != under_way
        if is_other and goes_on:
            continue
        if fixes := _open_fixes(guide, step, facts, tried, UNTRIED):
            if is_other:
                goes_on = True
            else:
                under_way = owner
                cards.append(tuple(fix.id for fix in fixes))
    return Ahead(tuple(dict.fromkeys(cards)), goes_on)


def step_of(guide: Guide, problem: Problem, facts: Mapping[str, str], fix: str) -> Step | None:
    """The step of the road that holds this fix, if it is on the road at all."""
    return next((step for _, step in _on_road(guide, problem, with_implied(guide, facts)) if fix in step.fixes), None)


def overtaken(guide: Guide, problem: Problem, facts: Mapping[str, str], stop: Stop) -> bool:
    """Whether what is known by now leaves nothing of a stop: its question is answered, or one of its fixes is ruled out."""
    facts = with_implied(guide, facts)
    if stop.stage is Stage.ASKING:
        return stop.subject in facts
    for fix in stop.subject.split(SEPARATOR):
        step = step_of(guide, problem, facts, fix)
        if ruled_out(guide, guide.fixes[fix].only_if, facts) or (step is not None and ruled_out(guide, step.only_if, facts)):
            return True
    return False


def cures(guide: Guide, problem: Problem, facts: Mapping[str, str], subject: str) -> bool:
    """Whether success with the fixes of this card ends the problem."""
    fixes = [guide.fixes[fix] for fix in subject.split(SEPARATOR) if fix in guide.fixes]
    step = step_of(guide, problem, facts, fixes[0].id) if fixes else None
    if step is not None and step.cures is not None:
        return step.cures
    return all(fix.cures for fix in fixes)
