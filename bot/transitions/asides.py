"""What moves nobody along the road: an answer, a fix by itself, the list of what was tried, the menu, another language."""

from __future__ import annotations

from dataclasses import replace

from bot import cards
from bot.identifying import closest
from bot.model import Button, LanguageFrom, Part, Session, Stage, Turn
from bot.resuming import without_problem
from bot.road import OPEN, SEPARATOR, Stop, overtaken
from bot.transitions.choosing import resume
from bot.triggers import Scene
from bot.turns import proceed, stay

SHOWN = ("photo", "unreadable", "unknown", "refused", "busy", "voice", "sticker", "empty", "edited")
"""What is answered in words of its own when it is shown."""


def answer(scene: Scene) -> Turn:
    """Answer a question or point to a neighbour's help, then show again where we are."""
    intent = scene.guide.intents[scene.about]
    answered = Part("answer", intent.id)
    if scene.session.stage in OPEN:
        return stay(scene, answered, Part("back-to-it"))
    buttons = ((Button("fix-it", intent.then),),) if intent.then else ()
    return Turn(scene.session, (cards.reply(scene.session, answered, buttons=(*buttons, (Button("menu"),))),))


def mention(scene: Scene) -> Turn:
    """What was said of the phone is noted; the card follows from it, or gives way where it leaves nothing of the card."""
    told = (Part("noted-fact"), *(Part("noted", f"{fact}:{value}") for fact, value in scene.heard.facts.items()))
    session, problem = scene.session, scene.session.problem
    if session.stage is Stage.SOLVED:
        return Turn(session, (cards.reply(session, *told),))
    here = Stop(session.stage, session.subject)
    if session.stage in OPEN and problem is not None and overtaken(scene.guide, problem, scene.facts, here):
        return proceed(scene, problem, *told)
    return stay(scene, *told, *((Part("menu"),) if session.stage is Stage.HOME else ()))


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


def why(scene: Scene) -> Turn:
    """Say why this fix, above its card."""
    return stay(scene, Part("why", scene.session.subject))


def show(scene: Scene) -> Turn:
    """The pictures of the card on the table, each a message of its own with all steps in words. The card stays the card.

    Where the card has none, the steps of its fixes by themselves.
    """
    session = scene.session
    pictured = cards.pictured(scene.guide, session)
    fixes = pictured or session.subject.split(SEPARATOR)
    replies = [replace(cards.reply(session, Part("picture", fix)), picture=fix if pictured else "") for fix in fixes]
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
    back_to = Button("menu" if scene.session.stage in (Stage.HOME, Stage.SOLVED) else "go-on")
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
    return resume(scene) if scene.session.stage is Stage.CHOOSING else stay(scene)


def _busy(scene: Scene) -> bool:
    return scene.session.problem is not None and scene.session.stage is not Stage.SOLVED


def _at_home(scene: Scene, *notes: Part) -> Turn:
    session = without_problem(scene.guide, scene.session)
    passing = scene.heard.facts.keys() - session.facts.keys()  # said with these words, and let go with them
    if session != replace(scene.session, facts={fact: value for fact, value in scene.session.facts.items() if fact not in passing}):
        session = replace(session, turn=session.turn + 1)
    return Turn(session, (cards.present(scene.guide, session, *notes),))


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
