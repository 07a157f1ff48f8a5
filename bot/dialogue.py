"""The state machine: a literal table of what happens at each stage on each trigger, and `step`, which looks it up.

An event is first read as a trigger (what the person means at this stage); the table then names the transition. All
transitions stand in `transitions`, but the one that looks into the table itself. Time and ids are passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.model import Event, Guide, Outcome, Part, Session, Showed, Stage, Turn
from bot.reminding import (
    ask_again,
    ask_of_the_night,
    didnt_run,
    finished,
    other_message,
    ran,
    remind,
    set_zone,
    solved,
    stop,
    timezone,
    wait,
)
from bot.resuming import caught_up
from bot.road import SEPARATOR
from bot.transitions.asides import (
    answer,
    fix_costs,
    fix_steps,
    forget,
    language,
    leaflet,
    mention,
    restart,
    show,
    show_menu,
    show_tried,
    shown,
    silence,
    welcome,
    why,
)
from bot.transitions.choosing import choose, next_later, no_later, none_of_these, not_found, pass_on, take
from bot.transitions.fixing import cannot_tell, confirm, did_it, reopen, safety, tell, tried
from bot.transitions.undoing import back, offer_again
from bot.triggers import ACTS, BUTTONS, COMMANDS, Scene, read_event, trigger_of_intent
from bot.turns import Transition, answer_only, say, stay

__all__ = ["ACTS", "BUTTONS", "COMMANDS", "TABLE", "step"]


# --- the table ----------------------------------------------------------------------------------------------------------------


def at(*transitions: Transition) -> Mapping[Stage, Transition]:
    """One row of the table: a transition for each stage, in their order."""
    return dict(zip(Stage, transitions, strict=True))


def anywhere(transition: Transition) -> Mapping[Stage, Transition]:
    """A row with the same transition at every stage."""
    return dict.fromkeys(Stage, transition)


def the_only_choice(scene: Scene) -> Turn:
    """Yes, where one choice is on the table, takes it."""
    choices = scene.session.subject.split(SEPARATOR)
    return _taken_or_answered(replace(scene, about=choices[0])) if len(choices) == 1 else stay(scene)


def _taken_or_answered(scene: Scene) -> Turn:
    if scene.about not in scene.guide.intents:
        return stay(scene)
    return TABLE[trigger_of_intent(scene.guide, scene.about)][scene.session.stage](scene)


didnt, couldnt, already, declined = (tried(o) for o in (Outcome.DIDNT_HELP, Outcome.COULDNT, Outcome.ALREADY, Outcome.DECLINED))
lost = say("nothing-open")
ask_still = say("answer-first")
press = say("press-one")
which_one = say("choose-first")
ended = say("support-done")
here = say("hello-again")
glad = answer_only("glad")
no_hurry = say("take-your-time")
help_ = say("help")
why_asked = say("why-asked")
how_asked = say("how-asked")
how_confirmed = say("how-confirmed")

# fmt: off
TABLE: Final[Mapping[str, Mapping[Stage, Transition]]] = {
    # trigger          HOME       CHOOSING         ASKING       CONFIRMING  FIXING     SOLVED      SUPPORT
    # what a text means, or a button that stands for it
    "take":         at(take,      take,            take,        take,       take,      take,       take),
    "answer":       at(answer,    answer,          answer,      answer,     answer,    answer,     answer),
    "choose":       at(choose,    choose,          choose,      choose,     choose,    choose,     choose),
    "not-found":    at(not_found, not_found,       not_found,   not_found,  not_found, not_found,  not_found),
    "none":         at(show_menu, none_of_these,   ask_still,   press,      press,     show_menu,  ended),
    "mention":      anywhere(mention),
    "pass-on":      anywhere(pass_on),
    # one fix by itself: a link leads to it
    "fix":          anywhere(fix_costs),
    "fix-steps":    anywhere(fix_steps),
    # what became of a fix
    "worked":       at(solved,    solved,          solved,      solved,     solved,    glad,       solved),
    "didnt":        at(lost,      none_of_these,   ask_still,   press,      didnt,     reopen,     ended),
    "couldnt":      at(lost,      none_of_these,   cannot_tell, declined,   couldnt,   reopen,     ended),
    "already":      at(lost,      which_one,       ask_still,   already,    already,   glad,       ended),
    "done":         at(lost,      which_one,       ask_still,   press,      did_it,    glad,       ended),
    "next":         at(lost,      which_one,       cannot_tell, declined,   couldnt,   lost,       ended),
    "yes":          at(welcome,   the_only_choice, ask_still,   confirm,    did_it,    next_later, next_later),
    "no":           at(welcome,   none_of_these,   ask_still,   declined,   didnt,     no_later,   ended),
    "reported":     at(lost,      which_one,       stay,        stay,       stay,      here,       stay),
    "offer-again":  at(offer_again, offer_again,   offer_again, offer_again, offer_again, lost,    offer_again),
    # questions of the card
    "tell":         at(lost,      lost,            tell,        lost,       tell,      lost,       lost),
    "confirm":      at(lost,      lost,            lost,        confirm,    lost,      lost,       lost),
    "decline":      at(lost,      lost,            lost,        declined,   lost,      lost,       lost),
    "safety":       at(lost,      lost,            lost,        safety,     lost,      lost,       lost),
    "why":          at(help_,     which_one,       why_asked,   why,        why,       help_,      ended),
    "show":         at(lost,      which_one,       how_asked, how_confirmed, show,     lost,       ended),
    "wait":         at(lost,      no_hurry,        no_hurry,    no_hurry,   wait,      no_hurry,   ended),
    "remind":       at(lost,      which_one,       no_hurry,    no_hurry,   remind,    no_hurry,   ended),
    "timer":        at(silence,   silence,         silence,     silence,    ask_again, ask_of_the_night, silence),
    "late-timer":   anywhere(silence),
    "finished":     at(lost,      which_one,       ask_still,   press,      finished,  glad,       ended),
    "other-message": at(lost,     which_one,       ask_still,   press,      other_message, lost,   ended),
    "ran":          at(lost,      which_one,       ask_still,   press,      press,     ran,        ended),
    "didnt-run":    at(lost,      which_one,       ask_still,   press,      press,     didnt_run,  ended),
    "stop":         anywhere(stop),
    "zone":         anywhere(set_zone),
    "timezone":     anywhere(timezone),
    # moving about
    "back":         at(lost,      back,            back,        back,       back,      back,       back),
    "menu":         anywhere(show_menu),
    "start":        anywhere(welcome),
    "restart":      anywhere(restart),
    "tried":        at(show_tried, show_tried,     show_tried,  show_tried, show_tried, show_tried, stay),
    "leaflet":      anywhere(leaflet),
    "language":     anywhere(language),
    "forget":       anywhere(forget),
    "showed":       anywhere(shown),
    "old-button":   anywhere(say("old-button")),
    # said in passing
    "hello":        at(welcome,   here,            here,        here,       here,      welcome,    here),
    "help":         anywhere(help_),
    "privacy":      anywhere(say("privacy")),
    "thanks":       anywhere(answer_only("welcome-thanks")),
    "goodbye":      anywhere(answer_only("goodbye")),
    "about":        anywhere(say("about-bot")),
    "upset":        anywhere(say("upset")),
}
# fmt: on


# --- one step ---------------------------------------------------------------------------------------------------------------------


def step(guide: Guide, session: Session, event: Event, now: int) -> Turn:
    """What one event leads to.

    guide: all content. session: where the conversation stands (a new one for a new conversation). now: seconds since 1970.
    Total: every event at every stage has a row in the table, whatever it says.
    """
    current, notes = caught_up(guide, session, now, event)
    trigger, scene = read_event(Scene(guide, current, now), event)
    turn = TABLE[trigger][scene.session.stage](scene)
    if scene.heard.disclosed is not None:
        notes = (Part(f"disclosed-{scene.heard.disclosed.value}"), *notes)
    return _under(notes, _quoting(event, turn), moved=turn.session.turn != current.turn)


def _quoting(event: Event, turn: Turn) -> Turn:
    """The turn under the line that was read in a picture, if one was."""
    if not isinstance(event, Showed) or not event.line or not turn.replies:
        return turn
    first = turn.replies[0]
    line = Part("read-in-picture", "", {"line": event.line})
    return replace(turn, replies=(replace(first, parts=(line, *first.parts)), *turn.replies[1:]))


def _under(notes: tuple[Part, ...], turn: Turn, *, moved: bool) -> Turn:
    """The turn under the notes on what happened meanwhile. Where the card moved on anyway, or says so itself, a greeting is too much."""
    if not notes or not turn.replies or turn.replies[0].picture:  # below a picture there is room for its steps alone
        return turn
    first = turn.replies[0]
    if notes == (Part("welcome-back"),) and (moved or any(part.template in SAYS_WHERE for part in first.parts)):
        return turn
    kept = tuple(part for part in first.parts if part.template not in SAYS_WHERE)
    return replace(turn, replies=(replace(first, parts=(*notes, *kept)), *turn.replies[1:]))


SAYS_WHERE: Final = ("hello-again", "old-button")
"""The notes that themselves say that this is where we are."""
