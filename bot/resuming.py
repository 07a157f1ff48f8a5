"""What happened to a session while nobody looked: the person was away, or the guide changed under it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.model import UNKNOWN, Event, Guide, Part, Session, Stage, TimerFired
from bot.road import OPEN, SEPARATOR, Stop, intent_of, known, next_stop

DAY: Final = 24 * 60 * 60
IDLE: Final = 14 * DAY
"""After this long a problem counts as over, and the conversation starts anew."""
AWAY: Final = DAY // 2
"""After this long the person is told where we were."""


def without_problem(guide: Guide, session: Session) -> Session:
    """The session with nothing on the table. The facts that outlive a problem, such as the model of the phone, are kept."""
    lasting = {
        fact: value for fact, value in known(session).items() if fact in guide.facts and guide.facts[fact].lasting and value != UNKNOWN
    }
    return replace(
        session,
        stage=Stage.HOME,
        subject="",
        problem=None,
        later=(),
        reported=(),
        facts=lasting,
        unmatched=None,
        reminder=None,
        unreminded=False,
    )


def caught_up(guide: Guide, session: Session, now: int, event: Event) -> tuple[Session, tuple[Part, ...]]:
    """The session as it stands now, and what is to be said of it: two idle weeks end a problem; what left the guide is re-asked.

    After an idle day nobody is offered to pass on a message of before.

    Whoever does something was seen now; a timer that fires is nobody.
    """
    alone = isinstance(event, TimerFired)
    idle = now - session.seen if session.seen and not alone else 0
    later = tuple(intent for intent in session.later if intent in guide.intents)
    unmatched = session.unmatched and replace(session.unmatched, message=session.unmatched.message if idle <= DAY else "")
    session = replace(session, later=later, seen=session.seen if alone else now, unmatched=unmatched)
    if session.problem is not None and idle > IDLE:
        return replace(without_problem(guide, session), turn=session.turn + 1), (Part("been-a-while"),)
    if not stands(guide, session):
        return _repaired(guide, session), (Part("guide-changed"),)
    rang = session.reminder is not None and session.reminder.rang  # that was the greeting
    return session, (Part("welcome-back"),) if idle > AWAY and session.stage in OPEN and not rang else ()


def _repaired(guide: Guide, session: Session) -> Session:
    """The session at the next stop that the guide still has."""
    stop = next_stop(guide, session.problem, known(session)) if session.problem else Stop(Stage.HOME)
    if stop.stage is Stage.HOME:
        return replace(without_problem(guide, session), turn=session.turn + 1)
    return replace(session, stage=stop.stage, subject=stop.subject, turn=session.turn + 1, reminder=None)


def stands(guide: Guide, session: Session) -> bool:
    """Whether the guide still has what the session is about."""
    if session.problem is not None and intent_of(guide, session.problem) is None:
        return False
    match session.stage:
        case Stage.ASKING:
            return session.problem is not None and session.subject in guide.facts
        case Stage.CONFIRMING | Stage.FIXING:
            return session.problem is not None and all(fix in guide.fixes for fix in session.subject.split(SEPARATOR))
        case Stage.CHOOSING:
            return any(intent in guide.intents for intent in session.subject.split(SEPARATOR))
        case _:
            return True
