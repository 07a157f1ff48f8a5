"""What every transition is made of: to stay, to go to a stop, to proceed along the road. Nothing is changed; a Turn is returned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot import cards
from bot.model import Mark, Note, Part, Problem, Stage, Turn, Unmatched
from bot.road import OPEN, SEPARATOR, Stop, next_stop, offered_before, told
from bot.skipping import with_pending
from bot.triggers import Scene

Transition = Callable[[Scene], Turn]
"""What follows from a trigger at a stage."""


def stay(scene: Scene, *notes: Part) -> Turn:
    """Say something, and show again where we are. Nothing changes, so the buttons shown before stay good.

    Unless the text said besides that some fixes are done: they are marked, and the card gives way if it is about one of them.
    """
    if scene.heard.reported and scene.session.stage in (*OPEN, Stage.SUPPORT):
        problem = with_pending(scene.guide, scene.session.problem, scene.session.reported, scene.now)
        if problem is not None:
            return _skip(scene, problem, *notes)
    return Turn(scene.session, (cards.present(scene.guide, scene.session, *notes),))


def _skip(scene: Scene, problem: Problem, *notes: Part) -> Turn:
    """The card again, or the next one if fixes on it are now skipped. problem: with these fixes marked."""
    skipped = set(problem.history[-1].key.split(SEPARATOR))
    asking = scene.session.stage is Stage.ASKING  # perhaps only for the sake of a fix that is now skipped
    if not asking and skipped.isdisjoint(scene.session.subject.split(SEPARATOR)):
        return go(scene, Stop(scene.session.stage, scene.session.subject), *notes, problem=problem)
    return proceed(scene, problem, *notes)


def say(template: str) -> Transition:
    """A transition that says one thing and stays."""
    return lambda scene: stay(scene, Part(template))


def answer_only(template: str) -> Transition:
    """A transition that says one thing and nothing else; the card on the screen stays the card, unless there is more to be done."""
    alone = Part(template)
    return lambda scene: stay(scene, alone) if scene.heard.reported else Turn(scene.session, (cards.reply(scene.session, alone),))


def go(
    scene: Scene,
    stop: Stop,
    *notes: Part,
    problem: Problem | None = None,
    later: tuple[str, ...] | None = None,
    unmatched: Unmatched | None = None,
) -> Turn:
    """Move to a stop (with the problem's new history, if any) and show its card.

    A message that was not understood is let go, and so is a reminder of what is left.
    """
    stays = (stop.stage, stop.subject) == (scene.session.stage, scene.session.subject)
    session = replace(
        scene.session,
        stage=stop.stage,
        subject=stop.subject,
        turn=scene.session.turn + 1,
        problem=problem or scene.session.problem,
        later=scene.session.later if later is None else later,
        unmatched=unmatched,
        reminder=scene.session.reminder if stays else None,
    )
    return Turn(session, (cards.present(scene.guide, session, *notes),))


def proceed(scene: Scene, problem: Problem, *notes: Part, unmatched: Unmatched | None = None) -> Turn:
    """Go wherever the road leads next, past the fixes that were reported as done."""
    skipping = with_pending(scene.guide, problem, scene.session.reported, scene.now)
    problem, unmatched = (skipping, None) if skipping is not None else (problem, unmatched)
    stop = next_stop(scene.guide, problem, {**scene.session.facts, **told(problem)})
    again = (Part("once-more"),) if offered_before(problem, stop.subject) else ()
    return go(scene, stop, *notes, *again, problem=problem, unmatched=unmatched)


def noted(scene: Scene, mark: Mark, key: str, value: str) -> Problem:
    """The problem with one more entry in its history."""
    problem = scene.session.problem or Problem(scene.session.turn + 1, ())
    return Problem(problem.turn, (*problem.history, Note(mark, key, value, scene.now)))
