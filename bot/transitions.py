"""The transitions, which the table in `dialogue` names. Each takes the scene and returns a Turn, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import cards
from bot.identifying import closest
from bot.model import (
    UNKNOWN,
    Button,
    Decision,
    Guide,
    Kind,
    LanguageFrom,
    Mark,
    Note,
    Outcome,
    Part,
    Problem,
    Session,
    Stage,
    Turn,
    Unmatched,
)
from bot.resuming import OPEN, without_problem
from bot.road import SEPARATOR, Stop, cures, intent_of, next_stop
from bot.skipping import is_skipped, just_skipped, pending, with_pending, without_skipped
from bot.triggers import Scene, looks_for, trigger_of_intent
from bot.turns import Transition, answer_only, go, noted, proceed, stay

HOME, CHOOSING, ASKING, CONFIRMING, FIXING, SOLVED, SUPPORT = Stage
REOPENED: Final = Part("reopened")
NEAREST: Final = 3
"""Intents that an author is told of a message in which nothing was found."""
SHOWN = ("photo", "unreadable", "unknown", "refused", "busy", "voice", "sticker", "empty", "edited")
"""What is answered in words of its own when it is shown."""


# --- taking up a problem, answering, choosing ---------------------------------------------------------------------------


def take(scene: Scene) -> Turn:
    """Work on an error: begin, or let it take over. What was tried in this problem is kept."""
    taken = intent_of(scene.guide, scene.session.problem)
    if taken is not None and taken.id == scene.about and scene.session.stage in OPEN:
        return stay(scene, Part("same-problem", scene.about))
    started = scene if _goes_on(scene) else _started_anew(scene)
    problem = noted(started, Mark.TOOK, scene.about, "")
    session = replace(started.session, problem=problem, later=_kept_for_later(started))
    problem = with_pending(scene.guide, session, scene.now) or problem
    session = replace(session, problem=problem)
    errors = taken is not None and taken.kind is Kind.ERROR and scene.guide.intents[scene.about].kind is Kind.ERROR
    switched = (Part("switched", scene.about),) if errors and scene.session.stage is not SOLVED else ()
    also = (Part("also-heard", other) for other in session.later if other not in scene.session.later and other in scene.heard.intents)
    return proceed(replace(started, session=session), problem, *switched, *cards.opening(scene.guide, session), *also)


def _goes_on(scene: Scene) -> bool:
    """Whether this intent belongs to the problem under way; after success only what was kept for later does."""
    return scene.session.problem is not None and (scene.session.stage is not SOLVED or scene.about in scene.session.later)


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


def answer(scene: Scene) -> Turn:
    """Answer a question or point to a neighbour's help, then show again where we are."""
    intent = scene.guide.intents[scene.about]
    answered = Part("answer", intent.id)
    if scene.session.stage in OPEN:
        return stay(scene, answered, Part("back-to-it"))
    buttons = ((Button("fix-it", intent.then),),) if intent.then else ()
    return Turn(scene.session, (cards.reply(scene.session, answered, buttons=(*buttons, (Button("menu"),))),))


def fix_costs(scene: Scene) -> Turn:
    """Show one fix by itself, as an answer. What it costs comes first, where it costs something; its steps then take a press."""
    if not scene.guide.fixes[scene.about].confirm:
        return fix_steps(scene)
    on = Button("go-on" if scene.session.stage in OPEN else "menu")  # not the card itself: it may have a button of the same name
    buttons = ((Button("confirm", scene.about),), (on,))
    return Turn(scene.session, (cards.reply(scene.session, Part("confirm", scene.about), buttons=buttons),))


def fix_steps(scene: Scene) -> Turn:
    """Show the steps of one fix by itself, as an answer."""
    steps = Part("fix", scene.about)
    if scene.session.stage in OPEN:
        return stay(scene, steps, Part("back-to-it"))
    return Turn(scene.session, (cards.reply(scene.session, steps, buttons=((Button("menu"),),)),))


def choose(scene: Scene) -> Turn:
    """Too close to call: let the person choose."""
    heard = _unmatched(scene, Decision.CHOOSE, scene.about.split(SEPARATOR))
    if scene.session.stage is CHOOSING and scene.session.subject == scene.about:
        return stay(replace(scene, session=replace(scene.session, unmatched=heard)))
    return go(_started_anew(scene) if scene.session.stage is SOLVED else scene, Stop(CHOOSING, scene.about), unmatched=heard)


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
    at_home = (Part("menu"),) if scene.session.stage is HOME else ()
    turn = stay(replace(scene, session=replace(scene.session, unmatched=passed)), Part("passed-on"), *at_home)
    return replace(turn, pass_on=None if unmatched.passed_on else unmatched)


def resume(scene: Scene, *notes: Part) -> Turn:
    """Back to the problem under way, or to the menu, with nothing chosen: what was heard may still be passed on."""
    heard = scene.session.unmatched
    if scene.session.problem is not None:
        return proceed(scene, scene.session.problem, *notes, unmatched=heard)
    return go(scene, Stop(HOME), *(notes or (Part("menu"),)), unmatched=heard)


# --- what became of a fix -------------------------------------------------------------------------------------------------


def tried(outcome: Outcome) -> Transition:
    """The fixes on the card are done with, with this outcome."""

    def transition(scene: Scene) -> Turn:
        if look := looks_for(scene):
            return tell(replace(scene, about=f"{look}:{UNKNOWN}"))
        return proceed(scene, noted(scene, Mark.TRIED, scene.session.subject, outcome.value), Part(f"noted-{outcome.value}"))

    return transition


def worked(scene: Scene) -> Turn:
    """The backup runs: the end, unless the fix was a safety net and the error itself is still there."""
    problem = scene.session.problem
    if problem is None:
        return stay(scene, Part("glad"))
    fixes = scene.about or (scene.session.subject if scene.session.stage is FIXING and not looks_for(scene) else "")
    if not fixes or any(fix not in scene.guide.fixes for fix in fixes.split(SEPARATOR)):
        mended = {note.key for note in problem.history if note.mark is Mark.TOOK}
        return go(scene, Stop(SOLVED), later=tuple(intent for intent in scene.session.later if intent not in mended))
    credited = noted(scene, Mark.TRIED, fixes, Outcome.WORKED.value)
    if cures(scene.guide, problem, scene.facts, fixes):
        return go(scene, Stop(SOLVED), problem=credited)
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
        return stay(scene, Part("press-one"))
    if problem is not None and not cures(scene.guide, problem, scene.facts, scene.session.subject):
        return worked(scene)
    return stay(scene, Part("did-it-help"))


def cannot_tell(scene: Scene) -> Turn:
    """The fact asked for cannot be told: go on without it."""
    return tell(replace(scene, about=f"{scene.session.subject}:{UNKNOWN}"))


def confirm(scene: Scene) -> Turn:
    """The person knows what is lost and wants it: show the steps."""
    return go(scene, Stop(FIXING, scene.session.subject))


def safety(scene: Scene) -> Turn:
    """A computer backup first; the road then leads back to what was to be confirmed."""
    if not cards.wants_safety_net(scene.guide, scene.session):
        return stay(scene)
    return go(scene, Stop(FIXING, cards.COMPUTER_BACKUP), Part("safety-first"))


def back(scene: Scene) -> Turn:
    """Take back the last thing that was said, and show again what it was said of."""
    problem = scene.session.problem
    if scene.session.stage is CHOOSING or problem is None:
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
    if scene.session.stage is SOLVED:
        return problem.history[-1].value != Outcome.WORKED.value
    return scene.session.stage is SUPPORT and next_stop(scene.guide, problem, scene.facts).stage is not SUPPORT


def _at_the_safety_net(scene: Scene, problem: Problem) -> bool:
    """Whether the computer backup is on the table only because it is offered before something risky."""
    here = Stop(scene.session.stage, scene.session.subject)
    return here == Stop(FIXING, cards.COMPUTER_BACKUP) and here != next_stop(scene.guide, problem, scene.facts)


def _asked_again(guide: Guide, undone: Note) -> Stop | None:
    """The card on which the undone entry was made, where the guide still has it."""
    if undone.mark is Mark.TRIED and all(fix in guide.fixes for fix in undone.key.split(SEPARATOR)):
        risky = any(guide.fixes[fix].confirm for fix in undone.key.split(SEPARATOR))
        return Stop(CONFIRMING if risky else FIXING, undone.key)
    if undone.mark is Mark.TOLD and undone.key in guide.facts:
        look = guide.looks.get(undone.key)
        return Stop(FIXING, look) if look else Stop(ASKING, undone.key)
    return None


# --- everything else ----------------------------------------------------------------------------------------------------------


def why(scene: Scene) -> Turn:
    """Say why this fix, above its card."""
    return stay(scene, Part("why", scene.session.subject))


def show(scene: Scene) -> Turn:
    """The pictures of the card on the table, each a message of its own with the steps in words. The card stays the card."""
    session = scene.session
    fixes = cards.pictured(scene.guide, session)
    if not fixes:
        return stay(scene)
    replies = [replace(cards.reply(session, Part("picture", fix)), picture=fix) for fix in fixes]
    replies[-1] = replace(replies[-1], buttons=((Button("go-on"),),))  # the card has moved up: this brings it back
    return Turn(session, tuple(replies))


def show_tried(scene: Scene) -> Turn:
    """The list of what was tried, then where we are; with a button for the leaflet."""
    listed = cards.tried(scene.guide, scene.session)
    turn = stay(scene, listed)
    if listed.template == "tried-nothing":
        return turn
    last = turn.replies[-1]
    return replace(turn, replies=(*turn.replies[:-1], replace(last, buttons=(*last.buttons, (Button("leaflet"),)))))


def leaflet(scene: Scene) -> Turn:
    """The summary on one page, a message of its own. The card stays the card."""
    back_to = Button("menu" if scene.session.stage in (HOME, SOLVED) else "go-on")
    page = replace(cards.leaflet(scene.guide, scene.session), buttons=((back_to,),))
    return Turn(scene.session, (page,))


def restart(scene: Scene) -> Turn:
    """A new start. What is known of the phone itself is kept."""
    return _at_home(scene, Part("restarted"))


def welcome(scene: Scene) -> Turn:
    """The greeting, with the menu; in the middle of a problem, where we are."""
    return stay(scene, Part("hello-again")) if _busy(scene) else _at_home(scene, Part("welcome"))


def show_menu(scene: Scene) -> Turn:
    """The menu, unless a problem is under way."""
    if not _busy(scene):
        return _at_home(scene, Part("menu"))
    return resume(scene) if scene.session.stage is CHOOSING else stay(scene)


def _busy(scene: Scene) -> bool:
    return scene.session.problem is not None and scene.session.stage is not SOLVED


def _at_home(scene: Scene, *notes: Part) -> Turn:
    session = without_problem(scene.guide, scene.session)
    passing = scene.heard.facts.keys() - session.facts.keys()  # said with these words, and let go with them
    if session != replace(scene.session, facts={fact: value for fact, value in scene.session.facts.items() if fact not in passing}):
        session = replace(session, turn=session.turn + 1)
    return Turn(session, (cards.present(scene.guide, session, *notes),))


def no_later(scene: Scene) -> Turn:
    """No: what was kept for later is let go."""
    return go(scene, Stop(SOLVED), Part("later-declined"), later=()) if scene.session.later else stay(scene)


def next_later(scene: Scene) -> Turn:
    """Yes: the problem that was kept for later, if there is one."""
    if not scene.session.later:
        return answer_only("glad")(scene)
    return take(replace(scene, about=scene.session.later[0]))


def language(scene: Scene) -> Turn:
    """Speak another language, or show which ones there are."""
    wanted = closest(scene.about, scene.guide.responses) if scene.about else None
    if wanted is not None:
        session = replace(scene.session, language=wanted, language_from=LanguageFrom.CHOICE, turn=scene.session.turn + 1)
        return stay(replace(scene, session=session), Part("language-set", wanted))
    choices = tuple((Button("language", code),) for code in sorted(scene.guide.responses))
    parts = (Part("languages", "", {"languages": tuple(sorted(scene.guide.responses))}),)
    on = Button("go-on" if scene.session.stage in OPEN else "menu")
    return Turn(scene.session, (cards.reply(scene.session, *parts, buttons=(*choices, (on,))),))


def forget(scene: Scene) -> Turn:
    """Delete everything about this conversation, at once."""
    old = scene.session
    session = Session(old.id, turn=old.turn + 1, language=old.language, seen=old.seen)
    return Turn(session, (cards.reply(session, Part("forgotten")),), forget=True)


def shown(scene: Scene) -> Turn:
    """Something other than words: say what to send instead."""
    known_kind = scene.about if scene.about in SHOWN else "other"
    return stay(scene, Part(f"showed-{known_kind}"))


def silence(scene: Scene) -> Turn:
    """A timer whose moment has passed says nothing."""
    return Turn(scene.session)
