"""What a turn adds to the anonymous counts: whole days, ids of the guide, languages, and nothing of anybody.

Where a problem stands is counted as a state, not as something that happens: the count goes on with the problem, and stays where that fell
silent. So the counts of a day always say where the problems stand that began on it, and nothing has to be closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from bot.model import (
    ENGLISH,
    UNKNOWN,
    Decision,
    Event,
    Guide,
    Heard,
    Mark,
    Note,
    Outcome,
    Problem,
    Reminder,
    Session,
    Showed,
    Stage,
    TimerFired,
    Turn,
    Unmatched,
)
from bot.road import SEPARATOR, intent_of
from bot.store.counted import LONGER, SPANS, Count, Milestone, Progress, UnmatchedCount

MINUTE: Final = 60
DAY: Final = 24 * 60 * MINUTE
ENDED: Final = (Stage.SOLVED, Stage.SUPPORT)

Reached = Mapping[tuple[Milestone, str], tuple[str, str]]
"""Milestone and value -> day and intent of the problem that has come to it."""


def outcomes(guide: Guide, before: Session, turn: Turn, now: int) -> Iterator[Count]:
    """Each fix whose outcome the turn added."""
    problem = turn.session.problem
    old = before.problem.history if before.problem else ()
    if problem is None or not _goes_on(problem.history, old):
        return
    for place, note in enumerate(problem.history[len(old) :], len(old)):
        intent = intent_of(guide, Problem(problem.turn, problem.history[:place]))
        if note.mark is Mark.TRIED and intent is not None:
            for fix in note.key.split(SEPARATOR):
                yield Count(day_of(now), intent.id, fix, Outcome(note.value), turn.session.language or ENGLISH)


def _goes_on(history: tuple[Note, ...], old: tuple[Note, ...]) -> bool:
    """Whether a history is the old one and more. What was told may have been corrected on the way."""
    return [(note.mark, note.key, note.at) for note in history[: len(old)]] == [(note.mark, note.key, note.at) for note in old]


def unmatched(found: Unmatched, now: int) -> UnmatchedCount:
    """A message that was not understood."""
    return UnmatchedCount(day_of(now), found.language, found.length, found.decision.value)


def progress(before: Session, event: Event, turn: Turn, now: int) -> Iterator[Progress]:
    """What the conversation came to by this turn, and where its problem stands now instead of before."""
    yield from _came(before, event, turn, now)
    yield from _read(event, turn, now)
    yield from _reminded(before.reminder, turn.session.reminder, event, now)
    yield from _moved(before, turn.session)


def day_of(now: int) -> str:
    """The day by UTC: `2026-11-22`."""
    return _day(now // DAY)


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    """The day of this number since 1970. A turn asks for it several times, and all turns of a day for the same one."""
    return time.strftime("%Y-%m-%d", time.gmtime(number * DAY))


# --- of a conversation ---------------------------------------------------------------------------------------------------


def _came(before: Session, event: Event, turn: Turn, now: int) -> Iterator[Progress]:
    if not isinstance(event, TimerFired) and (not before.seen or day_of(before.seen) != day_of(now)):
        yield Progress(day_of(now), Milestone.CAME, language=turn.session.language or ENGLISH)


def _read(event: Event, turn: Turn, now: int) -> Iterator[Progress]:
    """How sure the bot was of a message: by what it did, because an answer to a card is understood whatever else it may mean."""
    heard = event if isinstance(event, Heard) else event.heard if isinstance(event, Showed) else None
    if heard is None or heard.edited:
        return
    if turn.unmatched is not None and turn.unmatched.decision is Decision.NONE:
        decision = Decision.NONE
    else:
        asked = turn.session.stage is Stage.CHOOSING and heard.decision is Decision.CHOOSE
        decision = Decision.CHOOSE if asked else Decision.MATCH
    yield Progress(day_of(now), Milestone.READ, value=decision.value, language=heard.language or UNKNOWN)


def _reminded(old: Reminder | None, new: Reminder | None, event: Event, now: int) -> Iterator[Progress]:
    def reminded(reminder: Reminder, what: str) -> Progress:
        return Progress(day_of(now), Milestone.REMINDED, value=f"{reminder.check.value} {what}")

    same = old is not None and new is not None and (old.check, old.turn) == (new.check, new.turn)
    if new is not None and not same:
        yield reminded(new, "agreed")
    if new is not None and new.rang and not (old is not None and old.rang):
        yield reminded(new, "asked")
    if old is not None and old.rang and not same and not isinstance(event, TimerFired):
        yield reminded(old, "answered")


# --- of a problem ----------------------------------------------------------------------------------------------------------


def _moved(before: Session, after: Session) -> Iterator[Progress]:
    """The difference between two sessions. A problem that is gone stays counted where it stood."""
    goes_on = (
        before.problem is not None and after.problem is not None and (before.id, before.problem.turn) == (after.id, after.problem.turn)
    )
    old: Reached = _reached(before) if goes_on else {}
    new: Reached = _reached(after)
    yield from _changes(old, new.keys(), -1)
    yield from _changes(new, old.keys(), 1)


def _changes(reached: Reached, but: Iterable[tuple[Milestone, str]], change: int) -> Iterator[Progress]:
    for (milestone, value), (day, intent) in reached.items():
        if (milestone, value) not in but:
            yield Progress(day, milestone, intent, value, change=change)


def _reached(session: Session) -> Reached:
    """What the problem of a session has come to; nothing where there is none."""
    problem = session.problem
    first = next((note for note in problem.history if note.mark is Mark.TOOK), None) if problem is not None else None
    if problem is None or first is None:
        return {}
    told = any(note.mark is Mark.TRIED for note in problem.history)
    milestones = [(Milestone.BEGAN, ""), (Milestone.STANDS, _standing(session))]
    if told or session.stage in {*ENDED, Stage.CONFIRMING, Stage.FIXING}:
        milestones.append((Milestone.OFFERED, ""))
    if told or session.stage in ENDED:
        milestones.append((Milestone.TRIED, ""))
    last = problem.history[-1]
    if session.stage is Stage.SOLVED and last.value == Outcome.WORKED.value:
        milestones.append((Milestone.SOLVED_IN, _span(last.at - first.at)))
    return dict.fromkeys(milestones, (day_of(first.at), first.key))


def _standing(session: Session) -> str:
    """`solved`, `support`, or the card on the table with what it is about; of a choice that would be what the person may have meant."""
    about = session.subject if session.stage in {Stage.ASKING, Stage.CONFIRMING, Stage.FIXING} else ""
    return f"{session.stage.value} {about}".strip()


def _span(seconds: int) -> str:
    return next((str(span) for span in SPANS if seconds <= span * MINUTE), LONGER)
