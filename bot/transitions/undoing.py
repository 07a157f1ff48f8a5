"""Taking back what was said, and what was skipped because of it."""

from __future__ import annotations

from dataclasses import replace

from bot import cards
from bot.model import Guide, Mark, Note, Outcome, Part, Problem, Stage, Turn
from bot.road import SEPARATOR, Stop, intent_of, next_stop
from bot.skipping import is_skipped, just_skipped, without_skipped
from bot.transitions.choosing import resume
from bot.triggers import Scene
from bot.turns import go, proceed, stay


def back(scene: Scene) -> Turn:
    """Take back the last thing that was said, and show again what it was said of."""
    problem = scene.session.problem
    if scene.session.stage is Stage.CHOOSING or problem is None:
        return resume(scene)
    if _only_the_end(scene, problem) or _at_the_safety_net(scene, problem):
        return proceed(scene, problem, Part("went-back"))
    if is_skipped(scene.session, problem.history[-1]):
        return offer_again(scene)
    undone, rest = problem.history[-1], replace(problem, history=problem.history[:-1])
    if not rest.history:
        return stay(scene, Part("first-step"))
    stop = _asked_again(scene.guide, undone)
    if stop is None:
        under_way = intent_of(scene.guide, rest)
        later = tuple(intent for intent in scene.session.later if under_way is None or intent != under_way.id)
        return proceed(replace(scene, session=replace(scene.session, later=later)), rest, Part("went-back"))
    return go(scene, stop, Part("went-back"), problem=rest)


def offer_again(scene: Scene) -> Turn:
    """What was skipped because a message said that it was done is offered after all."""
    if not just_skipped(scene.guide, scene.session):
        return stay(scene)
    session = without_skipped(scene.guide, scene.session)
    before = replace(scene, session=session)
    here = Stop(session.stage, session.subject)
    problem = scene.session.problem
    if problem is not None and session.problem is not None and here == next_stop(scene.guide, problem, scene.facts):
        return proceed(before, session.problem, Part("went-back"))
    return go(before, here, Part("went-back"))


def _only_the_end(scene: Scene, problem: Problem) -> bool:
    """Whether the end was reached without an entry in the history, so that nothing but the end is to be taken back."""
    if scene.session.stage is Stage.SOLVED:
        return problem.history[-1].value != Outcome.WORKED.value
    return scene.session.stage is Stage.SUPPORT and next_stop(scene.guide, problem, scene.facts).stage is not Stage.SUPPORT


def _at_the_safety_net(scene: Scene, problem: Problem) -> bool:
    """Whether the computer backup is on the table only because it is offered before something risky."""
    here = Stop(scene.session.stage, scene.session.subject)
    return here == Stop(Stage.FIXING, cards.COMPUTER_BACKUP) and here != next_stop(scene.guide, problem, scene.facts)


def _asked_again(guide: Guide, undone: Note) -> Stop | None:
    """The card on which the undone entry was made, where the guide still has it."""
    if undone.mark is Mark.TRIED and all(fix in guide.fixes for fix in undone.key.split(SEPARATOR)):
        risky = any(guide.fixes[fix].confirm for fix in undone.key.split(SEPARATOR))
        return Stop(Stage.CONFIRMING if risky else Stage.FIXING, undone.key)
    if undone.mark is Mark.TOLD and undone.key in guide.facts:
        look = guide.looks.get(undone.key)
        return Stop(Stage.FIXING, look) if look else Stop(Stage.ASKING, undone.key)
    return None
