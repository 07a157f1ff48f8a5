"""The reply queue on PostgreSQL: what is leased, noted as sent, and buried."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from bot.store import LEASE, Queued
from bot.store.batching import Batcher
from bot.store.codec import decode_reply
from bot.store.server import Link, Links, Row

_OURS: Final = "(owner = $2 OR owner IS NULL)"
"""A reply that another has taken stays on the queue until that one has sent it, also when our note comes late, from a replica that is
dead by now: else the next reply would not wait for it, and edit a card with another one below it."""


_NOTE: Final = f"""
    WITH noted AS (SELECT * FROM unnest($1::bigint[], $3::text[], $4::bigint[]) AS noted (id, conversation, card)),
    gone AS (DELETE FROM reply_queue WHERE id = ANY($1::bigint[]) AND {_OURS} RETURNING id),
    moved AS (
        UPDATE conversation AS kept SET card = noted.card FROM noted JOIN gone USING (id)
        WHERE kept.conversation = noted.conversation AND kept.card IS DISTINCT FROM noted.card AND noted.card IS NOT NULL
        RETURNING noted.id, (SELECT old.card FROM conversation AS old WHERE old.conversation = noted.conversation) AS before)
    SELECT id, before FROM moved"""  # noqa: S608 - our own words
"""Off the queue, and the card's message noted. What it returns as the card before may be older still when two of a conversation are noted
at once: harmless, it is old then."""


class Notes:
    """Notes what was sent. Edits that were sent at the same time share a statement; a new message waits for nobody: a kill repeats it.

    links: connections of its own, so that it does not wait behind a crowd of updates. owner: this replica.
    """

    def __init__(self, links: Links, owner: int) -> None:
        self._links = links
        self._owner = owner
        self._edits: Batcher[tuple[int, str, int | None], int | None] = Batcher(self._note, at_once=1)

    async def sent(self, queued: Queued, message: int | None) -> int | None:
        """Off the queue; a card's message is noted, and the one before it returned. Raises StoreError."""
        note = (queued.id, queued.conversation, message if queued.reply.card else None)
        if message is None or message == queued.edit:
            return await self._edits.ask(note)
        return (await self._note([note]))[0]

    async def _note(self, notes: Sequence[tuple[int, str, int | None]]) -> list[int | None]:
        ids, conversations, cards = zip(*notes, strict=True)
        async with self._links.one() as link:
            before = {row[0]: row[1] for row in await link.rows(_NOTE, ids, self._owner, conversations, cards)}
        return [before.get(id_) for id_ in ids]


async def lease(link: Link, owner: int, now: int, limit: int) -> list[Queued]:
    """The first waiting replies of each conversation whose first reply may go now, in order."""
    found = await link.rows(
        """SELECT id FROM reply_queue AS mine
           WHERE not_before <= $1 AND NOT EXISTS
               (SELECT 1 FROM reply_queue AS earlier
                WHERE earlier.conversation = mine.conversation AND earlier.id < mine.id AND earlier.not_before > $1)
           ORDER BY id LIMIT $2 FOR UPDATE OF mine SKIP LOCKED""",
        now,
        limit,
    )
    # Another replica may have had hold of an earlier reply of a conversation: then those behind it are not ours to take.
    rows = found and await link.rows(
        """UPDATE reply_queue AS mine SET not_before = $2, owner = $3
           WHERE id = ANY($1::bigint[]) AND NOT EXISTS
               (SELECT 1 FROM reply_queue AS earlier
                WHERE earlier.conversation = mine.conversation AND earlier.id < mine.id AND earlier.id <> ALL($1::bigint[]))
           RETURNING id, conversation, chat, reply, edit, attempts""",
        [row[0] for row in found],
        now + LEASE,
        owner,
    )
    return [queued for row in sorted(rows, key=itemgetter(0)) if (queued := await _read(link, row, now)) is not None]


async def _read(link: Link, row: Row, now: int) -> Queued | None:
    id_, conversation, chat, reply, edit, attempts = row
    try:
        return Queued(id_, conversation, chat, decode_reply(reply), edit, attempts, leased=now)
    except ValueError:  # another version wrote it: it must not hold up the rest
        await bury(link, id_, "the reply in the queue cannot be read", now)
        return None


async def bury(link: Link, id_: int, reason: str, now: int) -> None:
    await link.do(
        """WITH gone AS (DELETE FROM reply_queue WHERE id = $1 RETURNING conversation, chat, reply)
           INSERT INTO dead_letter (conversation, chat, reply, reason, at) SELECT conversation, chat, reply, $2, $3 FROM gone""",
        id_,
        reason,
        now,
    )
