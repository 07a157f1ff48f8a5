"""What work may do in a transaction on PostgreSQL: the statements, each one way to the server and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from random import randrange
from typing import Any, Final, cast

from bot.model import Reply, Session, Timer
from bot.store import COPY, LEASE, BrokenSession, Kept, Queued, copies_of, pages
from bot.store.codec import decode_session, encode_reply, encode_session
from bot.store.counted import Count, Progress, UnmatchedCount
from bot.store.migrations import CONVERSATION_TABLES, COPY_TABLES
from bot.store.server import Link, Row


def _numbered_from(statement: str, first: int) -> str:
    """The statement with its values' numbers moved on: $1 becomes $<first>."""
    return re.sub(r"\$(\d+)", lambda number: f"${int(number[1]) + first - 1}", statement)


_LOAD: Final = "SELECT session, card FROM conversation WHERE conversation = $1 FOR UPDATE"
_SEEN_AND_LOAD: Final = """
    WITH noted AS (INSERT INTO seen_update (update_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT seen.new, kept.session, kept.card
    FROM (SELECT count(*) > 0 AS new FROM noted) AS seen
    LEFT JOIN (SELECT session, card FROM conversation WHERE conversation = $3 FOR UPDATE) AS kept ON true"""
_SAVE: Final = """
    INSERT INTO conversation (conversation, chat, session, seen) VALUES ($1, $2, $3, $4)
    ON CONFLICT (conversation) DO UPDATE SET session = excluded.session, seen = excluded.seen"""
_QUEUE: Final = """
    WITH replaced AS (DELETE FROM reply_queue WHERE conversation = $1 AND $4 = 1 AND is_card = 1 AND not_before <= $7 RETURNING id)
    INSERT INTO reply_queue (conversation, chat, reply, is_card, edit, not_before, owner, queued) VALUES ($1, $2, $3, $4, $5, $6, $8, $7)
    RETURNING id, EXISTS (SELECT 1 FROM reply_queue WHERE conversation = $1 AND id NOT IN (SELECT id FROM replaced))"""
_QUEUE_ALONE: Final = _QUEUE.replace("WITH", "WITH written AS (UPDATE conversation SET seen = seen WHERE conversation = $1),", 1)
"""Who queues a reply of a conversation writes its row: by that, others who hold no lock see that it was changed (`optimistic`)."""
_SAVE_AND_QUEUE: Final = _QUEUE.replace("WITH", "WITH saved AS (" + _SAVE.replace("$3, $4", "$9, $10") + "),")
_COUNT: Final = """
    INSERT INTO outcome_count AS kept (day, intent, fix, outcome, language, total)
    SELECT day, intent, fix, outcome, language, count(*)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS new (day, intent, fix, outcome, language)
    GROUP BY day, intent, fix, outcome, language ORDER BY day, intent, fix, outcome, language
    ON CONFLICT (day, intent, fix, outcome, language) DO UPDATE SET total = kept.total + excluded.total"""
_COUNT_UNMATCHED: Final = """
    INSERT INTO unmatched_count AS kept (day, language, length, decision, total) VALUES ($1, $2, $3, $4, 1)
    ON CONFLICT (day, language, length, decision) DO UPDATE SET total = kept.total + 1"""
_PROGRESS: Final = """
    INSERT INTO progress_count AS kept (day, milestone, intent, value, language, part, total)
    SELECT day, milestone, intent, value, language, $7::int, sum(change)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
        AS new (day, milestone, intent, value, language, change)
    GROUP BY day, milestone, intent, value, language ORDER BY day, milestone, intent, value, language
    ON CONFLICT (day, milestone, intent, value, language, part) DO UPDATE SET total = kept.total + excluded.total"""
_COUNTS: Final = f"counted AS ({_COUNT}), progressed AS ({_numbered_from(_PROGRESS, 6)})"
"""Both in one order wherever they stand, so that two transactions do not wait for each other."""
_COUNT_ALONE: Final = f"WITH {_COUNTS} SELECT 1"
_SAVE_COUNT_AND_QUEUE: Final = _SAVE_AND_QUEUE.replace("WITH", f"WITH {_numbered_from(_COUNTS, 11)},", 1)
PARTS: Final = 8
"""Rows over which a count of progress is spread, so that replicas seldom wait for each other."""
_OF_CHAT: Final = "conversation >= $1 AND conversation < $2"
"""The conversations of one chat, by the index that each table has on them."""
_KEY: Final = "$3 || substr(conversation, $4)"
_MOVED: Final = {
    "conversation": ", chat = $3, card = NULL",
    "reply_queue": ", edit = NULL",
    "timer": ", chat = $3",
}
"""What changes with a chat's id besides the keys of its conversations: messages have other numbers in the new one."""


class PostgresTransaction:
    """The transaction under way on a connection.

    owner: this replica. of: the conversation that the work is about, if it said so: it is loaded on the way of the first statement.
    queued: the ids of the replies that were queued.
    """

    def __init__(self, link: Link, owner: int, of: str) -> None:
        self._link = link
        self._owner = owner
        self._of = of
        self._loaded: Row | None = None
        self._to_save: tuple[str, str, Session] | None = None
        self._to_count: list[Count] = []
        self._progress: list[Progress] = []
        self._unmatched: list[UnmatchedCount] = []
        self.queued: list[int] = []

    async def seen(self, update: str, now: int) -> bool:
        if not self._of:
            return await self._link.do("INSERT INTO seen_update (update_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING", update, now) == 0
        row = cast("Row", await self._link.row(_SEEN_AND_LOAD, update, now, self._of))
        self._loaded = row if row[1] is not None else None
        return not row[0]

    async def load(self, conversation: str) -> Kept | None:
        """The conversation, its row locked. One that has no row yet is locked by its key: two replicas must not both begin it."""
        await self.finish()
        if self._loaded is not None and conversation == self._of:
            _, session, card = self._loaded
            self._loaded = None
            return _read(session, card)
        row = await self._link.row(_LOAD, conversation)
        if row is None:
            await self._link.row("SELECT pg_advisory_xact_lock($1)", _number_of(conversation))
            row = await self._link.row(_LOAD, conversation)  # another may have begun it while we waited
        return _read(*row) if row is not None else None

    async def finish(self) -> None:
        """Save what is to be saved. A session and counts wait for the statement that queues their reply, to go along with it."""
        if self._to_save is not None:
            conversation, chat, session = self._to_save
            self._to_save = None
            await self._link.do(_SAVE, conversation, chat, encode_session(session), session.seen)
        if self._to_count or self._progress:
            await self._link.row(_COUNT_ALONE, *self._counted())
        while self._unmatched:  # as late as can be: everybody's messages of a day share few rows, and these are locked until the commit
            count = self._unmatched.pop()
            await self._link.do(_COUNT_UNMATCHED, count.day, count.language, count.length, count.decision)

    async def discard(self, conversation: str, reason: str, now: int) -> None:
        await self._settle()
        await self._link.do("DELETE FROM conversation WHERE conversation = $1", conversation)
        await self._link.do("INSERT INTO dead_letter (conversation, reason, at) VALUES ($1, $2, $3)", conversation, reason, now)

    async def save(self, conversation: str, chat: str, session: Session) -> None:
        await self._settle()
        self._to_save = conversation, chat, session

    async def queue(self, conversation: str, chat: str, reply: Reply, edit: int | None, now: int) -> Queued:
        values = (conversation, chat, encode_reply(reply), int(reply.card), edit, now + LEASE, now, self._owner)
        if self._to_save is not None and self._to_save[:2] == (conversation, chat):
            session = self._to_save[2]
            self._to_save = None
            saved = (encode_session(session), session.seen)
            if self._to_count or self._progress:
                row = await self._link.row(_SAVE_COUNT_AND_QUEUE, *values, *saved, *self._counted())
            else:
                row = await self._link.row(_SAVE_AND_QUEUE, *values, *saved)
        else:
            row = await self._link.row(_QUEUE_ALONE, *values)
        id_, behind = cast("Row", row)
        self.queued.append(id_)
        return Queued(id_, conversation, chat, reply, edit, behind=behind, leased=now)

    async def show(self, conversation: str, reply: Reply, card: int | None, now: int) -> int:
        return await pages.show(self, conversation, reply, card, now)

    async def do(self, statement: str, *values: object) -> int:
        return await self._link.do(pages.for_postgresql(statement), *values)

    async def row(self, statement: str, *values: object) -> Row | None:
        return await self._link.row(pages.for_postgresql(statement), *values)

    async def set_timer(self, conversation: str, chat: str, timer: Timer) -> None:
        statement = "INSERT INTO timer (conversation, chat, session, turn, due) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        await self._link.do(statement, conversation, chat, timer.session, timer.turn, timer.due)

    async def take_timer(self, conversation: str, timer: Timer) -> bool:
        statement = "DELETE FROM timer WHERE conversation = $1 AND session = $2 AND turn = $3"
        return await self._link.do(statement, conversation, timer.session, timer.turn) > 0

    async def count(self, count: Count) -> None:
        self._to_count.append(count)

    async def count_unmatched(self, count: UnmatchedCount) -> None:
        self._unmatched.append(count)

    async def count_progress(self, progress: Progress) -> None:
        self._progress.append(progress)

    def _counted(self) -> list[list[Any] | int]:
        """What is to be counted, column by column, as values of `_COUNTS`; it counts as done."""
        counts, self._to_count = self._to_count, []
        progress, self._progress = self._progress, []
        outcomes = columns([(c.day, c.intent, c.fix, c.outcome.value, c.language) for c in counts], 5)
        return [*outcomes, *columns(progress, 6), randrange(PARTS)]  # noqa: S311 - not for secrets

    async def forget(self, conversation: str) -> None:
        await self._settle()
        for table in CONVERSATION_TABLES:
            await self._link.do(f"DELETE FROM {table} WHERE conversation = $1", conversation)  # noqa: S608 - our own table names
        for table in COPY_TABLES:
            await self._link.do(f"DELETE FROM {table} WHERE {_OF_CHAT}", *copies_of(conversation))  # noqa: S608 - our own table names

    async def abandon(self, chat: str) -> None:
        await self._settle()
        await self._link.do("DELETE FROM timer WHERE chat = $1", chat)
        await self._link.do("DELETE FROM reply_queue WHERE chat = $1 AND strpos(conversation, $2) = 0", chat, COPY)

    async def move_chat(self, old: str, new: str, now: int) -> None:
        await self._settle()
        await self._link.do("INSERT INTO moved_chat (chat, new, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", old, new, now)
        values = (f"{old}:", f"{old};", new, len(old) + 1)  # the character after the colon
        # Who wrote in the new chat before we knew goes on from there.
        known = f"DELETE FROM conversation WHERE {_OF_CHAT} AND {_KEY} IN (SELECT conversation FROM conversation)"  # noqa: S608 - our own words
        await self._link.do(known, *values)
        for table in CONVERSATION_TABLES:
            statement = f"UPDATE {table} SET conversation = {_KEY}{_MOVED.get(table, '')} WHERE {_OF_CHAT}"  # noqa: S608 - our own words
            await self._link.do(statement, *values)
        for table in COPY_TABLES:  # whoever it is that wrote: the chat of a copy is the operator's
            await self._link.do(f"UPDATE {table} SET chat = $2 WHERE chat = $1", old, new)  # noqa: S608 - our own table names

    async def moved_to(self, chat: str) -> str | None:
        row = await self._link.row("SELECT new FROM moved_chat WHERE chat = $1", chat)
        return row[0] if row is not None else None

    async def _settle(self) -> None:
        """Before rows change: save what is to be saved, and do not rely on what was loaded before."""
        await self.finish()
        self._loaded = None


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, so many also where there is no row."""
    return [[row[place] for row in rows] for place in range(width)]


def _read(session: str, card: int | None) -> Kept:
    try:
        return Kept(decode_session(session), card)
    except ValueError as error:
        raise BrokenSession from error


def _number_of(conversation: str) -> int:
    """A number for a lock on a conversation. That two share one, by chance, makes one of them wait and harms nobody."""
    return int.from_bytes(blake2b(conversation.encode(), digest_size=8).digest(), signed=True)
