"""The anonymous counts, for `python -m bot report`: read beside a running bot."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.beside import Database


@dataclass(frozen=True, slots=True)
class UnmatchedTotal:
    """How many messages of a language and a class of length were not understood, and how many of these were nearly: the bot asked."""

    language: str
    length: str
    none: int
    choose: int


async def unmatched_since(database: Database, day: str) -> list[UnmatchedTotal]:
    """The totals since a day (`2026-11-22`), the most frequent first. Raises StoreError."""
    rows = await database.rows(
        """SELECT language, length, CAST(sum(CASE decision WHEN 'none' THEN total ELSE 0 END) AS BIGINT),
                  CAST(sum(CASE decision WHEN 'choose' THEN total ELSE 0 END) AS BIGINT)
           FROM unmatched_count WHERE day >= $1
           GROUP BY language, length ORDER BY sum(total) DESC, language, length""",
        day,
    )
    return [UnmatchedTotal(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OutcomeTotal:
    """How often a fix of an intent had an outcome, in all languages."""

    intent: str
    fix: str
    outcome: str
    total: int


async def outcomes_since(database: Database, day: str) -> list[OutcomeTotal]:
    """The totals since a day. Raises StoreError."""
    rows = await database.rows(
        """SELECT intent, fix, outcome, CAST(sum(total) AS BIGINT) FROM outcome_count WHERE day >= $1
           GROUP BY intent, fix, outcome ORDER BY intent, fix, outcome""",
        day,
    )
    return [OutcomeTotal(*row) for row in rows]
