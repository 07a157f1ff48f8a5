"""Which problem: taking one up, choosing between several, finding none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import cards
from bot.model import UNKNOWN, Decision, Kind, Mark, Part, Stage, Turn, Unmatched
from bot.resuming import without_problem
from bot.road import OPEN, SEPARATOR, Stop, intent_of
from bot.skipping import pending, with_pending
from bot.triggers import Scene, trigger_of_intent
from bot.turns import answer_only, go, noted, proceed, stay

NEAREST: Final = 3
"""Intents that an author is told of a message in which nothing was found."""


def take(scene: Scene) -> Turn:
    """Work on an error: begin, or let it take over. What was tried in this problem is kept."""
    taken = intent_of(scene.guide, scene.session.problem)
    if taken is not None and taken.id == scene.about and scene.session.stage in OPEN:
        return stay(scene, Part("same-problem", scene.about))
    started = scene if _goes_on(scene) else _started_anew(scene)
    taken_up = noted(started, Mark.TOOK, scene.about, "")
    problem = with_pending(scene.guide, taken_up, started.session.reported, scene.now) or taken_up
    session = replace(started.session, problem=problem, later=_kept_for_later(started))
    errors = taken is not None and taken.kind is Kind.ERROR and scene.guide.intents[scene.about].kind is Kind.ERROR
    switched = (Part("switched", scene.about),) if errors and scene.session.stage is not Stage.SOLVED else ()
    also = (Part("also-heard", other) for other in session.later if other not in scene.session.later and other in scene.heard.intents)
    return proceed(replace(started, session=session), problem, *switched, *cards.opening(scene.guide, session), *also)


def _goes_on(scene: Scene) -> bool:
    """Whether this intent belongs to the problem under way; after success only what was kept for later does."""
    return scene.session.problem is not None and (scene.session.stage is not Stage.SOLVED or scene.about in scene.session.later)


def _started_anew(scene: Scene) -> Scene:
    if scene.session.problem is None:  # what was heard before a choice was made still counts
        return scene
    fresh = without_problem(scene.guide, scene.session)
    session = replace(fresh, facts={**fresh.facts, **scene.heard.facts}, reported=scene.heard.reported)
    return replace(scene, session=session)


def _kept_for_later(scene: Scene) -> tuple[str, ...]:
    """What is offered again at the end: the second problem of the same message, and an error that a question with fixes interrupts."""
    later = [intent for intent in scene.session.later if intent != scene.about]
    interrupted = intent_of(scene.guide, scene.session.problem)
    if interrupted and interrupted.kind is Kind.ERROR and scene.guide.intents[scene.about].kind is not Kind.ERROR:
        later.append(interrupted.id)
    later += [intent for intent in scene.heard.intents[1:2] if scene.heard.decision is Decision.MATCH and _can_be_taken(scene, intent)]
    return tuple(intent for intent in dict.fromkeys(later) if intent != scene.about)


def _can_be_taken(scene: Scene, intent: str) -> bool:
    return trigger_of_intent(scene.guide, intent) == "take"


def choose(scene: Scene) -> Turn:
    """Too close to call: let the person choose."""
    heard = _unmatched(scene, Decision.CHOOSE, scene.about.split(SEPARATOR))
    if scene.session.stage is Stage.CHOOSING and scene.session.subject == scene.about:
        return stay(replace(scene, session=replace(scene.session, unmatched=heard)))
    return go(_started_anew(scene) if scene.session.stage is Stage.SOLVED else scene, Stop(Stage.CHOOSING, scene.about), unmatched=heard)


def not_found(scene: Scene) -> Turn:
    """Nothing was understood: say so, and offer to pass the message on where that can be done. An edit is the same message again."""
    heard = _unmatched(scene, Decision.NONE, [candidate.intent for candidate in scene.heard.candidates[:NEAREST]])
    still = Part("not-understood" if scene.session.stage in OPEN else "not-found")
    turn = stay(replace(scene, session=replace(scene.session, unmatched=heard)), still, *_offer(heard))
    return replace(turn, unmatched=None if scene.heard.edited else heard)


def _unmatched(scene: Scene, decision: Decision, intents: Sequence[str]) -> Unmatched:
    return Unmatched(decision, tuple(intents), scene.heard.language or UNKNOWN, scene.heard.length, scene.heard.message)


def _offer(unmatched: Unmatched | None) -> tuple[Part, ...]:
    return (Part("pass-on-offer"),) if unmatched is not None and unmatched.can_be_passed_on else ()


def none_of_these(scene: Scene) -> Turn:
    """None of the choices fits: back to the problem under way, or to the menu. So the message was not understood."""
    heard = scene.session.unmatched
    turned_out = heard if heard is not None and heard.decision is Decision.CHOOSE else None  # a later one is counted already
    offer = () if pending(scene.guide, scene.session) else _offer(heard)  # marking what was reported is a move, which lets it go
    return replace(resume(scene, Part("none-then"), *offer), unmatched=turned_out)


def pass_on(scene: Scene) -> Turn:
    """Pass the message that was not understood on to the operators, once; pressed again, say the same again."""
    unmatched = scene.session.unmatched
    if unmatched is None:
        return stay(scene)
    passed = replace(unmatched, passed_on=True)
    at_home = (Part("menu"),) if scene.session.stage is Stage.HOME else ()
    turn = stay(replace(scene, session=replace(scene.session, unmatched=passed)), Part("passed-on"), *at_home)
    return replace(turn, pass_on=None if unmatched.passed_on else unmatched)


def resume(scene: Scene, *notes: Part) -> Turn:
    """Back to the problem under way, or to the menu, with nothing chosen: what was heard may still be passed on."""
    heard = scene.session.unmatched
    if scene.session.problem is not None:
        return proceed(scene, scene.session.problem, *notes, unmatched=heard)
    return go(scene, Stop(Stage.HOME), *(notes or (Part("menu"),)), unmatched=heard)


def no_later(scene: Scene) -> Turn:
    """No: what was kept for later is let go; where nothing was, that is all there is to say."""
    if scene.session.later:
        return go(scene, Stop(Stage.SOLVED), Part("later-declined"), later=())
    return answer_only("later-declined")(scene)


def next_later(scene: Scene) -> Turn:
    """Yes: the problem that was kept for later, if there is one."""
    if not scene.session.later:
        return answer_only("glad")(scene)
    return take(replace(scene, about=scene.session.later[0]))
