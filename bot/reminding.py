"""The transitions of waiting: when to ask again, what is asked then, and the morning after. Each takes the scene and returns a Turn.

A session has one reminder at most. A timer of any other is silent, so none comes twice, and none after what it is about has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from bot import cards
from bot.hours import (
    DAY,
    HOUR,
    MINUTE,
    TOMORROW,
    TONIGHT,
    by_day,
    choices,
    clock,
    due,
    found_zone,
    is_by_the_clock,
    is_night,
    is_tomorrow,
    local,
    morning_after,
    told_zone,
    wants_zone,
    zone_of,
)
from bot.model import UNKNOWN, Button, Check, Kind, Mark, Part, Reminder, Session, Stage, Timer, Turn, Value
from bot.road import OPEN, SEPARATOR, intent_of
from bot.transitions.asides import silence
from bot.transitions.fixing import did_it, reopen, worked
from bot.triggers import Scene, offered_times
from bot.turns import noted, proceed, stay

BY_ITSELF: Final = "requirements-not-met"
"""The error of a backup that never starts by itself."""
EVENING_BEGINS, NOON = 17, 12
SIDE_BY_SIDE: Final = 2
"""Cities in a row."""


# --- when ----------------------------------------------------------------------------------------------------------------


def wait(scene: Scene) -> Turn:
    """Not now, or not yet: let the person choose when to be asked, where the fix on the card takes its time."""
    offered = offered_times(scene)
    if not offered:
        return stay(scene, Part("take-your-time"))
    rows = tuple((Button("remind", choice),) for choice in offered)
    return _beside(scene, Part("when-again"), *rows)


def remind(scene: Scene) -> Turn:
    """Ask again at the chosen time; where that is a time of day and the zone is not known, ask for that first, once."""
    if wants_zone(scene.session, scene.about):
        return _ask_zone(scene, scene.about)
    zone = zone_of(scene.session, scene.now)
    wanted = due(scene.about, scene.now, zone)
    reminder = Reminder(Check.FIX, scene.session.turn + 1, by_day(wanted, zone))
    session = replace(scene.session, turn=reminder.turn, reminder=reminder, unreminded=False)
    turn = stay(replace(scene, session=session), _promise(scene, wanted, reminder.due, zone))
    return replace(turn, timers=(_timer(turn.session, reminder),))


def _promise(scene: Scene, wanted: int, agreed: int, zone: ZoneInfo | None) -> Part:
    """What is said of the time: the night is kept free, and a time of day is told by the clock."""
    if zone is not None and agreed != wanted:
        return Part("will-ask-morning", "", {"clock": clock(agreed, zone)})
    if scene.about.isdigit() or zone is None:
        return Part("will-ask", "", {"minutes": (agreed - scene.now) // MINUTE})
    values: Mapping[str, Value] = {"clock": clock(agreed, zone)}
    if is_tomorrow(scene.about):
        return Part("will-ask-tomorrow-at", "", values)
    there = local(agreed, zone)
    if scene.about == TONIGHT or (is_by_the_clock(scene.about) and there.hour >= EVENING_BEGINS and agreed - scene.now < DAY // 2):
        return Part("will-ask-tonight", "", values)
    if scene.about == TOMORROW or (there.hour < NOON and there.date() != local(scene.now, zone).date()):
        return Part("will-ask-tomorrow", "", values)
    hours = max(round((agreed - scene.now) / HOUR), 1)
    return Part("will-ask", "", {"minutes": hours * HOUR // MINUTE})


def _timer(session: Session, reminder: Reminder) -> Timer:
    return Timer(reminder.due, session.id, reminder.turn)


def stop(scene: Scene) -> Turn:
    """No reminder any more, in this problem, unless the person asks for one."""
    session = replace(scene.session, reminder=None, unreminded=True)
    return stay(replace(scene, session=session), Part("reminders-off"))


# --- where ---------------------------------------------------------------------------------------------------------------


def timezone(scene: Scene) -> Turn:
    """Take the zone that is named, or show which there are to choose from."""
    zone = found_zone(scene.about)
    return set_zone(replace(scene, about=f"@{zone}")) if zone else _ask_zone(scene, "")


def set_zone(scene: Scene) -> Turn:
    """The zone is told (or cannot be told), and what was to be done with it goes on."""
    choice, _, zone = scene.about.partition("@")
    told = zone or scene.session.zone or UNKNOWN
    grown = scene.session.turn + (told != scene.session.zone and not choice)  # a reminder lets it grow itself
    there = replace(scene, session=replace(scene.session, zone=told, turn=grown), about=choice)
    if choice:
        return remind(there)
    known = told_zone(there.session)
    if known is None:
        return stay(there, Part("zone-unset"))
    return stay(there, Part("zone-set", told, {"clock": clock(scene.now, known)}))


def _ask_zone(scene: Scene, choice: str) -> Turn:
    """Which city is nearest in time. choice: the time of day to which the answer leads back."""
    cities = [Button("zone", f"{choice}@{zone}") for zone in choices(scene.session.language)]
    rows = [tuple(cities[place : place + SIDE_BY_SIDE]) for place in range(0, len(cities), SIDE_BY_SIDE)]
    return _beside(scene, Part("zone-ask"), *rows, (Button("zone", f"{choice}@"),))


# --- what is asked then --------------------------------------------------------------------------------------------------


def ask_again(scene: Scene) -> Turn:
    """Ask whether it finished: the time that was agreed on has come."""
    if is_night(scene.now, zone_of(scene.session, scene.now)):
        return _put_off(scene)
    rows = ((Button("finished"),), (Button("other-message"),), (Button("still-running"),), (Button("stop"),))
    return _beside(_rung(scene), Part("asking-again"), *rows)


def ask_of_the_night(scene: Scene) -> Turn:
    """Ask once in a problem, the morning after, whether last night's backup ran by itself."""
    if is_night(scene.now, zone_of(scene.session, scene.now)):
        return _put_off(scene)
    rung = _rung(scene)
    problem = rung.session.problem
    session = replace(rung.session, checked=problem.turn if problem else 0)
    buttons = ((Button("ran"), Button("didnt-run")), (Button("stop"),))
    return Turn(session, (cards.reply(session, Part("night-asked"), buttons=buttons),))


def _rung(scene: Scene) -> Scene:
    reminder = scene.session.reminder
    return replace(scene, session=replace(scene.session, reminder=reminder and replace(reminder, rang=True)))


def _put_off(scene: Scene) -> Turn:
    """It became due by day and was held up, or the clock or the zone was changed: the night is kept free all the same."""
    reminder = scene.session.reminder
    if reminder is None:
        return silence(scene)
    later = replace(reminder, due=by_day(scene.now, zone_of(scene.session, scene.now)))
    session = replace(scene.session, reminder=later)
    return Turn(session, timers=(_timer(session, later),))


def finished(scene: Scene) -> Turn:
    """What was waited for has finished. If that was not the backup itself, it is tested now."""
    if any(scene.guide.fixes[fix].test for fix in scene.session.subject.split(SEPARATOR)):
        return did_it(scene)
    return solved(replace(scene, about=""))


def other_message(scene: Scene) -> Turn:
    """Another message came instead: it is to be pasted, and what was tried stays."""
    return _beside(scene, Part("paste-it"))


def ran(scene: Scene) -> Turn:
    """It ran by itself: all is well."""
    session = replace(scene.session, reminder=None)
    return Turn(session, (cards.reply(session, Part("night-ran"), buttons=((Button("restart"),),)),))


def didnt_run(scene: Scene) -> Turn:
    """It runs by hand but not by itself: the road of what an automatic backup needs, with all that was tried."""
    reopened = reopen(scene, Part("night-failed"))
    problem = reopened.session.problem
    under_way = intent_of(scene.guide, problem)
    if under_way is None or under_way.id == BY_ITSELF or BY_ITSELF not in scene.guide.intents:
        return reopened
    taken = noted(replace(scene, session=reopened.session), Mark.TOOK, BY_ITSELF, "")
    session = replace(scene.session, problem=taken)
    return proceed(replace(scene, session=session), taken, Part("night-failed"), *cards.opening(scene.guide, session))


def solved(scene: Scene) -> Turn:
    """The backup runs. If that was an error that is mended, ask about the next night, unless that was done or nobody wants it."""
    turn = worked(scene)
    session = turn.session
    if scene.session.stage is Stage.SOLVED or not _is_checked(scene, session):
        return turn
    reminder = Reminder(Check.NIGHT, session.turn, morning_after(scene.now, zone_of(session, scene.now)))
    session = replace(session, reminder=reminder)
    reply = cards.present(scene.guide, session, *_notes(turn))
    return replace(turn, session=session, replies=(reply,), timers=(_timer(session, reminder),))


def _is_checked(scene: Scene, session: Session) -> bool:
    """Whether the morning after is worth asking about: an error ended here, and the person has not said stop."""
    problem = session.problem
    intent = intent_of(scene.guide, problem)
    ended = session.stage is Stage.SOLVED and intent is not None and intent.kind is Kind.ERROR
    return ended and problem is not None and problem.turn != session.checked and not session.unreminded


def _notes(turn: Turn) -> tuple[Part, ...]:
    """What stands above the card of the end."""
    parts = turn.replies[0].parts
    first = next((place for place, part in enumerate(parts) if part.template.startswith("solved")), 0)
    return parts[:first]


def _beside(scene: Scene, said: Part, *rows: tuple[Button, ...]) -> Turn:
    """Ask something beside the card; its buttons lead back there."""
    on = Button("go-on" if scene.session.stage in OPEN else "menu")
    return Turn(scene.session, (cards.reply(scene.session, said, buttons=(*rows, (on,))),))
