"""Fixes that are skipped because a message said that they were done: marked in the history in one note, which can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.model import Guide, Mark, Note, Outcome, Problem, Session, Stage
from bot.road import SEPARATOR, outcomes


def pending(guide: Guide, session: Session) -> tuple[str, ...]:
    """The reported fixes that the history does not know yet."""
    return _untried(guide, session.problem, session.reported)


def with_pending(guide: Guide, problem: Problem | None, reported: Sequence[str], now: int) -> Problem | None:
    """A problem with the reported fixes marked as done already; None where there is nothing to mark."""
    fixes = _untried(guide, problem, reported)
    if problem is None or not fixes:
        return None
    note = Note(Mark.TRIED, SEPARATOR.join(fixes), Outcome.ALREADY.value, now)
    return replace(problem, history=(*problem.history, note))


def _untried(guide: Guide, problem: Problem | None, fixes: Sequence[str]) -> tuple[str, ...]:
    """Those of some fixes that the guide has and the problem's history does not."""
    tried = outcomes(problem) if problem and fixes else {}
    return tuple(fix for fix in fixes if fix in guide.fixes and fix not in tried)


def is_skipped(session: Session, note: Note) -> bool:
    """Whether a note marks fixes that a message reported, and not those of a card."""
    return note.mark is Mark.TRIED and note.value == Outcome.ALREADY.value and set(note.key.split(SEPARATOR)) <= set(session.reported)


def just_skipped(guide: Guide, session: Session) -> tuple[str, ...]:
    """The fixes that the card says are skipped: those of the last note, or those that wait for a problem."""
    if session.stage is Stage.SOLVED:
        return ()
    if session.problem is None or session.stage is Stage.CHOOSING:
        return pending(guide, session)
    last = session.problem.history[-1]
    return tuple(fix for fix in last.key.split(SEPARATOR) if fix in guide.fixes) if is_skipped(session, last) else ()


def without_skipped(guide: Guide, session: Session) -> Session:
    """The session as it was before the fixes that its card says are skipped were reported."""
    skipped = just_skipped(guide, session)
    problem = session.problem
    if problem is not None and is_skipped(session, problem.history[-1]):
        problem = replace(problem, history=problem.history[:-1])
    return replace(session, problem=problem, reported=tuple(fix for fix in session.reported if fix not in skipped))
