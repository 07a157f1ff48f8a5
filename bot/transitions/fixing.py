"""Working through a problem: what became of a fix, what was found out, what was confirmed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot import cards
from bot.model import UNKNOWN, Mark, Outcome, Part, Stage, Turn
from bot.road import SEPARATOR, Stop, cures
from bot.triggers import Scene, looks_for
from bot.turns import Transition, go, noted, proceed, stay

REOPENED: Final = Part("reopened")
LOOK_FIRST: Final = Part("look-first")


def tried(outcome: Outcome) -> Transition:
    """The fixes on the card are done with, with this outcome."""

    def transition(scene: Scene) -> Turn:
        if look := looks_for(scene):
            seen_nothing = outcome in (Outcome.COULDNT, Outcome.DECLINED)
            return tell(replace(scene, about=f"{look}:{UNKNOWN}")) if seen_nothing else stay(scene, LOOK_FIRST)
        return proceed(scene, noted(scene, Mark.TRIED, scene.session.subject, outcome.value), Part(f"noted-{outcome.value}"))

    return transition


def worked(scene: Scene) -> Turn:
    """The backup runs: the end, unless the fix was a safety net and the error itself is still there."""
    problem = scene.session.problem
    if problem is None:
        return stay(scene, Part("glad"))
    fixes = scene.about or (scene.session.subject if scene.session.stage is Stage.FIXING and not looks_for(scene) else "")
    if not fixes or any(fix not in scene.guide.fixes for fix in fixes.split(SEPARATOR)):
        mended = {note.key for note in problem.history if note.mark is Mark.TOOK}
        return go(scene, Stop(Stage.SOLVED), later=tuple(intent for intent in scene.session.later if intent not in mended))
    credited = noted(scene, Mark.TRIED, fixes, Outcome.WORKED.value)
    if cures(scene.guide, problem, scene.facts, fixes):
        return go(scene, Stop(Stage.SOLVED), problem=credited)
    return proceed(scene, credited, Part("safe-now"))


def reopen(scene: Scene, said: Part = REOPENED) -> Turn:
    """It did not last: what "worked" did not help after all, and the road goes on."""
    problem = scene.session.problem
    if problem is None:
        return stay(scene, Part("not-understood"))
    history = tuple(
        replace(note, value=Outcome.DIDNT_HELP.value)
        if note.value == Outcome.WORKED.value and note.mark is Mark.TRIED and cures(scene.guide, problem, scene.facts, note.key)
        else note
        for note in problem.history
    )
    return proceed(scene, replace(problem, history=history), said)


def tell(scene: Scene) -> Turn:
    """A fact was told in answer to its question, or found out by looking."""
    fact, _, value = scene.about.partition(":")
    if value == UNKNOWN:
        value = scene.guide.facts[fact].unsure if fact in scene.guide.facts else UNKNOWN
    problem = noted(scene, Mark.TOLD, fact, value)
    return proceed(scene, problem, Part("go-on-without") if value == UNKNOWN else Part("noted", f"{fact}:{value}"))


def did_it(scene: Scene) -> Turn:
    """Done, whatever came of it: a copy is made; after a fix it must be said whether the backup ran; a look has answers of its own."""
    problem = scene.session.problem
    if looks_for(scene):
        return stay(scene, LOOK_FIRST)
    if problem is not None and not cures(scene.guide, problem, scene.facts, scene.session.subject):
        return worked(scene)
    return stay(scene, Part("did-it-help"))


def cannot_tell(scene: Scene) -> Turn:
    """The fact asked for cannot be told: go on without it."""
    return tell(replace(scene, about=f"{scene.session.subject}:{UNKNOWN}"))


def confirm(scene: Scene) -> Turn:
    """The person knows what is lost and wants it: show the steps."""
    return go(scene, Stop(Stage.FIXING, scene.session.subject))


def safety(scene: Scene) -> Turn:
    """A computer backup first; the road then leads back to what was to be confirmed."""
    if not cards.wants_safety_net(scene.guide, scene.session):
        return stay(scene)
    return go(scene, Stop(Stage.FIXING, cards.COMPUTER_BACKUP), Part("safety-first"))
