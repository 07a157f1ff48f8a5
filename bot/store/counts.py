"""The anonymous counts, for operators: added to by the transactions of turns, read for `/status`, and for `report` beside a running bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.store import Readable
from bot.store.counted import Milestone

ADD_OUTCOME: Final = """INSERT INTO outcome_count (day, intent, fix, outcome, language, total) VALUES (?, ?, ?, ?, ?, 1)
    ON CONFLICT (day, intent, fix, outcome, language) DO UPDATE SET total = total + 1"""
ADD_UNMATCHED: Final = """INSERT INTO unmatched_count (day, language, length, decision, total) VALUES (?, ?, ?, ?, 1)
    ON CONFLICT (day, language, length, decision) DO UPDATE SET total = total + 1"""
ADD_PROGRESS: Final = """INSERT INTO progress_count (day, milestone, intent, value, language, part, total) VALUES (?, ?, ?, ?, ?, 0, ?)
    ON CONFLICT (day, milestone, intent, value, language, part) DO UPDATE SET total = total + excluded.total"""
"""How SQLite adds to each; PostgreSQL adds many at once."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from one to another, both included, by UTC: `2026-11-01`, `2026-11-30`."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class UnmatchedTotal:
    """How many messages of a language and a class of length were not understood, and how many of these were nearly: the bot asked."""

    language: str
    length: str
    none: int
    choose: int


async def unmatched_in(database: Readable, period: Period) -> list[UnmatchedTotal]:
    """The totals of a period, the most frequent first. Raises StoreError."""
    rows = await database.rows(
        """SELECT language, length, CAST(sum(CASE decision WHEN 'none' THEN total ELSE 0 END) AS BIGINT),
                  CAST(sum(CASE decision WHEN 'choose' THEN total ELSE 0 END) AS BIGINT)
           FROM unmatched_count WHERE day BETWEEN $1 AND $2
           GROUP BY language, length ORDER BY sum(total) DESC, language, length""",
        period.first,
        period.last,
    )
    return [UnmatchedTotal(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OutcomeTotal:
    """How often a fix of an intent had an outcome, in all languages."""

    intent: str
    fix: str
    outcome: str
    total: int


async def outcomes_in(database: Readable, period: Period) -> list[OutcomeTotal]:
    """The totals of a period. Raises StoreError."""
    rows = await database.rows(
        """SELECT intent, fix, outcome, CAST(sum(total) AS BIGINT) FROM outcome_count WHERE day BETWEEN $1 AND $2
           GROUP BY intent, fix, outcome ORDER BY intent, fix, outcome""",
        period.first,
        period.last,
    )
    return [OutcomeTotal(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ProgressTotal:
    """How many came to a milestone. Which of the other fields hold something goes by the milestone."""

    day: str
    milestone: Milestone
    intent: str
    value: str
    language: str
    total: int


async def progress_in(database: Readable, period: Period) -> list[ProgressTotal]:
    """The totals of each day of a period, in its order; nothing of milestones that this version does not know. Raises StoreError."""
    rows = await database.rows(
        """SELECT day, milestone, intent, value, language, CAST(sum(total) AS BIGINT) FROM progress_count WHERE day BETWEEN $1 AND $2
           GROUP BY day, milestone, intent, value, language HAVING sum(total) <> 0 ORDER BY day, milestone, intent, value, language""",
        period.first,
        period.last,
    )
    known = {milestone.value: milestone for milestone in Milestone}
    return [ProgressTotal(row[0], known[row[1]], *row[2:]) for row in rows if row[1] in known]
