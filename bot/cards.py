"""What is shown at each stage: the parts and buttons of the card, built anew from the session whenever it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.hours import told_zone, zone_of
from bot.illustrating import has_picture
from bot.model import UNKNOWN, Button, Decision, Guide, Kind, Mark, Note, Outcome, Part, Reply, Risk, Session, Stage, Unmatched, Value
from bot.road import SEPARATOR, ahead, cures, intent_of, known, outcomes
from bot.skipping import is_skipped, just_skipped

Rows = tuple[tuple[Button, ...], ...]
Body = tuple[tuple[Part, ...], Rows]

COMPUTER_BACKUP: Final = "back-up-to-computer"
"""The fix that is offered as a safety net before anything risky."""

MOST_SKIPPED: Final = 6
"""Fixes that are named in the line on what is skipped: it must fit above any card."""
LONG_WAIT: Final = 60
"""Minutes of waiting from which on they are told apart from those of one's own."""
FEW: Final = 3
"""With so many things to try, nothing need be said of their order."""
MORE: Final = ("",)
"""Stands for the rest of them."""


def present(guide: Guide, session: Session, *notes: Part) -> Reply:
    """The card of the session's stage, under the notes on what has happened and on what is skipped."""
    parts, buttons = BODIES[session.stage](guide, session)
    if (skipped := just_skipped(guide, session)) and session.stage is not Stage.SUPPORT:  # its list names them already
        more = MORE if len(skipped) > MOST_SKIPPED else ()
        parts = (Part("skipped", "", {"fixes": (*skipped[:MOST_SKIPPED], *more)}), *parts)
        buttons = (*buttons, (Button("offer-again"),))
    return reply(session, *notes, *parts, buttons=(*buttons, *_pass_on(session)))


def _pass_on(session: Session) -> Rows:
    """Offers to pass a message on that was not understood; while there is a choice of what it means, that is not known yet."""
    heard = session.unmatched
    open_choice = session.stage is Stage.CHOOSING and heard is not None and heard.decision is Decision.CHOOSE
    if heard is None or not heard.can_be_passed_on or open_choice:
        return ()
    return ((Button("pass-on", heard.message),),)


def copy(unmatched: Unmatched, language: str, *, tells: bool) -> Reply:
    """The copy of a message for an operator, with what the bot made of it below. tells: its writer hears of it if it is gone."""
    made_of = Button("made-of", f"{unmatched.decision.value}:{unmatched.language}")
    buttons = ((made_of,), *((Button("nearest", intent),) for intent in unmatched.intents))
    parts = (Part("not-passed-on"),) if tells else ()
    return Reply(parts, buttons, language=language, copies=unmatched.message)


def reply(session: Session, *parts: Part, buttons: Rows = ()) -> Reply:
    """A reply of these parts, with what its words and buttons need to know of the session."""
    return Reply(
        parts=parts,
        buttons=buttons,
        session=session.id,
        turn=session.turn,
        facts=known(session),
        language=session.language,
        card=bool(buttons),
    )


def menu(guide: Guide) -> Rows:
    """The commonest errors, a row each, in the order that their files give."""
    listed = sorted((i for i in guide.intents.values() if i.menu is not None), key=lambda i: (i.menu, i.id))
    return tuple((Button("take", intent.id),) for intent in listed)


def summary(guide: Guide, session: Session, template: str = "summary") -> Part:
    """Everything that was found out and tried, and what is left, as ids: what Apple Support wants to know. template: in which form."""
    return Part(template, "", {**_account(guide, session), **_left(guide, session), **_when(session)})


def has_summary(guide: Guide, session: Session) -> bool:
    """Whether there is anything to sum up."""
    return any(_account(guide, session).values())


def account(guide: Guide, session: Session, page: str = "") -> Reply:
    """The same as a message by itself, which is no card; of a conversation in which nothing was done yet, that.

    page: what a button for the leaflet carries, in a chat that is not the conversation's own; without it there is none.
    """
    if not has_summary(guide, session):
        return reply(session, Part("tried-nothing"))
    buttons = ((Button("leaflet", page),),) if page else ()
    return replace(reply(session, summary(guide, session), buttons=buttons), card=False)


def leaflet(guide: Guide, session: Session) -> Reply:
    """The summary on one page, as a message of its own; where there is nothing to sum up, that."""
    if not has_summary(guide, session):
        return reply(session, Part("tried-nothing"))
    return reply(session, summary(guide, session, "leaflet"))


def tried(guide: Guide, session: Session) -> Part:
    """What was tried so far, as ids."""
    done = bool(session.problem and outcomes(session.problem))
    return Part("tried" if done else "tried-nothing", "", _account(guide, session) if done else {})


def _account(guide: Guide, session: Session) -> Mapping[str, Value]:
    history = session.problem.history if session.problem else ()
    errors = dict.fromkeys(note.key for note in history if note.mark is Mark.TOOK and _is_error(guide, note.key))
    tries = [note for note in history if note.mark is Mark.TRIED]
    last = {fix: note for note in tries for fix in note.key.split(SEPARATOR) if fix in guide.fixes}
    fixes = tuple(f"{fix}:{note.value}:{note.at}" for fix, note in last.items())
    facts = tuple(f"{fact}:{value}" for fact, value in known(session).items() if _is_summed_up(guide, fact, value))
    return {"errors": tuple(errors), "fixes": fixes, "facts": facts}


def _left(guide: Guide, session: Session) -> Mapping[str, Value]:
    """The fixes of the error under way that were not tried."""
    if session.problem is None or session.stage is Stage.SOLVED:
        return {"left": ()}
    return {"left": tuple(fix for card in ahead(guide, session.problem, known(session)).cards for fix in card)}


def _when(session: Session) -> Mapping[str, Value]:
    """When it is summed up, and by which zone: times of day are told where the person told theirs, else days alone."""
    zone = zone_of(session, session.seen)
    return {"at": session.seen, "zone": zone.key if zone else "", "timed": int(told_zone(session) is not None)}


def _is_summed_up(guide: Guide, fact: str, value: str) -> bool:
    return fact in guide.facts and guide.facts[fact].summary and value in (*guide.facts[fact].values, UNKNOWN)


def _is_error(guide: Guide, intent: str) -> bool:
    return intent in guide.intents and guide.intents[intent].kind is Kind.ERROR


# --- one body for each stage -------------------------------------------------------------------------------------------


def _home(guide: Guide, session: Session) -> Body:
    return (), menu(guide)


def _choosing(guide: Guide, session: Session) -> Body:
    choices = tuple((Button("take", intent),) for intent in session.subject.split(SEPARATOR) if intent in guide.intents)
    return (Part("which" if len(choices) > 1 else "meant"),), (*choices, (Button("none"),))


def _asking(guide: Guide, session: Session) -> Body:
    fact = guide.facts[session.subject]
    return (Part("ask", fact.id),), (*_options(guide, fact.id), (Button("tell", f"{fact.id}:{UNKNOWN}"), *_back_button(session)))


def _options(guide: Guide, fact: str) -> Rows:
    return tuple((Button("tell", f"{fact}:{value}"),) for value in guide.facts[fact].values)


def _confirming(guide: Guide, session: Session) -> Body:
    rows: list[tuple[Button, ...]] = [(Button("confirm"),)]
    if wants_safety_net(guide, session):
        rows.append((Button("safety"),))
    rows += [(Button("already"), Button("decline")), *_back(session)]
    safety = {"safety": guide.fixes[COMPUTER_BACKUP].minutes} if wants_safety_net(guide, session) else {}
    return (Part("confirm", session.subject, {**_place(guide, session), **safety}),), tuple(rows)


def wants_safety_net(guide: Guide, session: Session) -> bool:
    """Whether a computer backup is worth offering before what is to be confirmed: it is not made, and there may be a computer.

    Who could not or would not make one earlier is offered it again: now something is at stake.
    """
    so_far = outcomes(session.problem).get(COMPUTER_BACKUP, ()) if session.problem else ()
    open_still = all(outcome in (Outcome.COULDNT, Outcome.DECLINED) for outcome in so_far)
    risky = any(guide.fixes[fix].risk is not Risk.MONEY for fix in session.subject.split(SEPARATOR))
    return COMPUTER_BACKUP in guide.fixes and risky and open_still and known(session).get("computer") != "none"


def _fixing(guide: Guide, session: Session) -> Body:
    fixes = [guide.fixes[fix] for fix in session.subject.split(SEPARATOR)]
    rows: list[tuple[Button, ...]] = []
    look = fixes[0].asks
    if look is not None:
        rows += [*_options(guide, look)]
        last: tuple[Button, ...] = (Button("tell", f"{look}:{UNKNOWN}"),)
    else:
        heals = session.problem is None or cures(guide, session.problem, known(session), session.subject)
        rows += [(Button("worked", session.subject), Button("didnt")) if heals else (Button("made", session.subject),)]
        rows += [(Button("couldnt"), Button("already"))]
        last = ()
    if any(fix.wait for fix in fixes):
        rows.append((Button("wait"), *((Button("stop"),) if is_reminded(session) else ())))
    last += ((Button("show"),) if pictured(guide, session) else ()) + _back_button(session)
    return (Part("step", session.subject, _place(guide, session)),), (*rows, last) if last else tuple(rows)


def pictured(guide: Guide, session: Session) -> tuple[str, ...]:
    """The fixes on the card that have a picture."""
    if session.stage is not Stage.FIXING:
        return ()
    facts = known(session)
    return tuple(fix for fix in session.subject.split(SEPARATOR) if has_picture(guide.fixes[fix], facts))


def _place(guide: Guide, session: Session) -> Mapping[str, Value]:
    """Where on the road the card stands: its number, how many may still follow, its minutes, and what is done.

    waits: it takes a long wait besides. goes_on: another error's road follows this one's.
    """
    if session.problem is None:
        return {}
    facts = known(session)
    history = session.problem.history
    stands = [note for note in history if note.mark is Mark.TRIED and not is_skipped(session, note)]
    looked = [note for note in history if note.mark is Mark.TOLD and note.key in guide.looks]
    number = len({note.key for note in (*stands, *looked)}) + 1
    fixes = session.subject.split(SEPARATOR)
    minutes = sum(guide.fixes[fix].minutes for fix in fixes)
    still = ahead(guide, session.problem, facts)
    more = max(len(still.cards) - 1, 0)
    told = {"waits": any(guide.fixes[fix].wait >= LONG_WAIT for fix in fixes), "goes_on": still.goes_on}
    marks = {name: 1 for name, is_so in told.items() if is_so}
    return {"number": number, "more": more, "minutes": minutes, "done": _done(guide, session, history), **marks}


def _done(guide: Guide, session: Session, history: Sequence[Note]) -> tuple[str, ...]:
    """What was looked at and tried, in order, each fix once with its last outcome; but not the one on the card."""
    done: dict[str, str] = {}
    for note in history:
        if note.mark is Mark.TRIED:
            done.update(dict.fromkeys(note.key.split(SEPARATOR), note.value))
        elif note.mark is Mark.TOLD and note.key in guide.looks:
            done[guide.looks[note.key]] = Outcome.COULDNT.value if note.value == UNKNOWN else ""
    here = session.subject.split(SEPARATOR)
    return tuple(f"{fix}:{outcome}" for fix, outcome in done.items() if fix in guide.fixes and fix not in here)


def is_reminded(session: Session) -> bool:
    """Whether a reminder is to come."""
    return session.reminder is not None and not session.reminder.rang


def _solved(guide: Guide, session: Session) -> Body:
    intent = intent_of(guide, session.problem)
    last = session.problem.history[-1] if session.problem else None
    mended = last is None or last.value != Outcome.WORKED.value or intent is None or intent.kind is Kind.ERROR
    copied = last is not None and COMPUTER_BACKUP in last.key.split(SEPARATOR)
    ending = Part("solved") if mended else Part("solved-copy") if copied else Part("solved-hand-in")
    offer = (Part("later-offer", session.later[0]),) if session.later else ()
    row = (*((Button("came-back"),) if mended else ()), Button("tried"), Button("restart"))
    announced = (Part("night-announced"),) if is_reminded(session) else ()
    stop = ((Button("stop"),),) if is_reminded(session) else ()
    return (ending, *announced, *offer), (*_later(session), row, *stop)


def _support(guide: Guide, session: Session) -> Body:
    account = summary(guide, session)
    summed_up = bool(account.values["fixes"] or account.values["facts"])
    told = (account,) if summed_up else ()
    offer = (Part("go-on-offer", session.later[0]),) if session.later else ()
    page = ((Button("leaflet"),),) if summed_up else ()
    rows = (*_later(session), *page, (Button("worked"),), *_back(session), (Button("restart"),))
    return (Part("support"), *told, *offer), rows


def _later(session: Session) -> Rows:
    return tuple((Button("take", intent),) for intent in session.later)


def _back(session: Session) -> Rows:
    button = _back_button(session)
    return (button,) if button else ()


def _back_button(session: Session) -> tuple[Button, ...]:
    history = session.problem.history if session.problem else ()
    return (Button("back"),) if len(history) > 1 else ()


BODIES: Final[Mapping[Stage, Callable[[Guide, Session], Body]]] = {
    Stage.HOME: _home,
    Stage.CHOOSING: _choosing,
    Stage.ASKING: _asking,
    Stage.CONFIRMING: _confirming,
    Stage.FIXING: _fixing,
    Stage.SOLVED: _solved,
    Stage.SUPPORT: _support,
}


def opening(guide: Guide, session: Session) -> tuple[Part, ...]:
    """What an error means, and in which order things are tried where there are many: said once, when it is taken up."""
    intent = intent_of(guide, session.problem)
    if intent is None or session.problem is None:
        return ()
    if intent.kind is not Kind.ERROR:
        return (Part("answer", intent.id),)
    many = len(ahead(guide, session.problem, known(session)).cards) > FEW
    return (Part("means", intent.id), *((Part("road"),) if many else ()))
