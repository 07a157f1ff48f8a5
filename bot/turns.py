"""What every transition is made of: to stay, to go to a stop, to proceed along the road. Nothing is changed; a Turn is returned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot import cards
from bot.model import Mark, Note, Part, Problem, Turn, Unmatched
from bot.road import Stop, next_stop, offered_before, told
from bot.triggers import Scene

Transition = Callable[[Scene], Turn]
"""What follows from a trigger at a stage."""


def stay(scene: Scene, *notes: Part) -> Turn:
    """Say something, and show again where we are. Nothing changes, so the buttons shown before stay good."""
    return Turn(scene.session, (cards.present(scene.guide, scene.session, *notes),))


def say(template: str) -> Transition:
    """A transition that says one thing and stays."""
    return lambda scene: stay(scene, Part(template))


def answer_only(template: str) -> Transition:
    """A transition that says one thing and nothing else; the card on the screen stays the card."""
    return lambda scene: Turn(scene.session, (cards.reply(scene.session, Part(template)),))


def go(
    scene: Scene,
    stop: Stop,
    *notes: Part,
    problem: Problem | None = None,
    later: tuple[str, ...] | None = None,
    unmatched: Unmatched | None = None,
) -> Turn:
    """Move to a stop (with the problem's new history, if any) and show its card. A message that was not understood is let go."""
    session = replace(
        scene.session,
        stage=stop.stage,
        subject=stop.subject,
        turn=scene.session.turn + 1,
        problem=problem or scene.session.problem,
        later=scene.session.later if later is None else later,
        unmatched=unmatched,
    )
    return Turn(session, (cards.present(scene.guide, session, *notes),))


def proceed(scene: Scene, problem: Problem, *notes: Part, unmatched: Unmatched | None = None) -> Turn:
    """Go wherever the road leads next."""
    stop = next_stop(scene.guide, problem, {**scene.session.facts, **told(problem)})
    again = (Part("once-more"),) if offered_before(problem, stop.subject) else ()
    return go(scene, stop, *notes, *again, problem=problem, unmatched=unmatched)


def noted(scene: Scene, mark: Mark, key: str, value: str) -> Problem:
    """The problem with one more entry in its history."""
    problem = scene.session.problem or Problem(scene.session.turn + 1, ())
    return Problem(problem.turn, (*problem.history, Note(mark, key, value, scene.now)))
