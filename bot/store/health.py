"""How a store is, for operators: what waits, and what was put aside."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import Readable


@dataclass(frozen=True, slots=True)
class Health:
    """queue: replies that are not sent yet. late: seconds by which the oldest of them is overdue. retried: those that were tried before.

    poison: updates that could not be handled. dead_letters: replies that could not be sent.
    """

    queue: int
    late: int
    retried: int
    poison: int
    dead_letters: int


async def health_of(database: Readable, now: int) -> Health:
    """How the store is now. Raises StoreError."""
    [(queue, first, retried)] = await database.rows(
        "SELECT count(*), min(not_before), count(CASE WHEN attempts > 0 THEN 1 END) FROM reply_queue"
    )
    [(poison,)] = await database.rows("SELECT count(*) FROM poison")
    [(dead_letters,)] = await database.rows("SELECT count(*) FROM dead_letter")
    return Health(queue, max(0, now - first) if first else 0, retried, poison, dead_letters)
