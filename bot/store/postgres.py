"""The store for many replicas: PostgreSQL, with a row lock for each conversation, leases with an owner, and one replica that polls.

A lease ends early when its owner is gone: each replica is `present` by a lock that the server takes back when the replica dies.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from bot.model import Timer
from bot.store import (
    LEASE,
    LONGEST_WAIT,
    PUT_ASIDE_FOR,
    RENEW_AT,
    SEEN_FOR,
    Backlog,
    PictureKey,
    Poison,
    Queued,
    Shown,
    StoreError,
    Work,
    pages,
)
from bot.store.migrations import BACKLOG, CONVERSATION_TABLES
from bot.store.optimistic import NeedsLock, Optimist, OptimisticTransaction
from bot.store.postgres_queue import Notes, bury, lease
from bot.store.postgres_schema import migrate
from bot.store.postgres_work import PostgresTransaction
from bot.store.presence import ALIVE, Presence
from bot.store.server import Link, Links, connect
from bot.store.strays import Strays
from bot.store.turns import Turns

T = TypeVar("T")

FOR_WORK: Final = 5
"""Connections for transactions of a replica at most. With the one of its presence and those below it has eight."""
FOR_NOTES: Final = 2
"""Connections for noting what was sent: it must not wait behind a crowd of updates, since a kill repeats what is not noted."""
ABSENT_FOR: Final = 10.0
"""Seconds after which what an absent replica had leased is taken over. One that lives is back by then, after a restart of the server."""
NOTE_FOR: Final = 30.0
"""Seconds for which noting what was sent is tried again, while the server restarts. A lease lasts longer."""
NOTE_AGAIN: Final = 0.5
IN_ONE: Final = 5000
"""Rows that are deleted by one statement at most: it must end within the server's limit of time."""
NAME_PICTURE: Final = """INSERT INTO picture (digest, language, scheme, name, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (digest, language, scheme) DO UPDATE SET name = excluded.name, at = excluded.at"""
_NEWER: Final = pages.for_postgresql(pages.NEWER)
_ABSENT: Final = """owner <> $2 AND owner NOT IN (SELECT objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND classid::bigint = $3 AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
"""Whose lock of presence nobody holds."""


class PostgresStore:
    """Keeps everything in one PostgreSQL database, beside other replicas. Made by `open_postgres`."""

    def __init__(self, url: str) -> None:
        self._work = Links(url, FOR_WORK)
        self._notes = Links(url, FOR_NOTES)
        self._turns = Turns()
        self._presence = Presence(lambda: connect(url))
        self._absent: dict[int, float] = {}
        self._sent = Notes(self._notes, self._presence.owner)
        self._optimist = Optimist(self._work, self._presence.owner)
        self._under_way: set[OptimisticTransaction | PostgresTransaction] = set()
        self._strays = Strays()

    async def begin(self) -> None:
        """Be there for the other replicas. Raises StoreError."""
        await self._presence.begin()

    # --- the protocol ---

    async def run(self, work: Work[T], of: str = "") -> T:
        """Do work in one transaction: without a lock if that will do. Work of one conversation waits for its turn here."""
        async with self._turns.of(of):
            if of:
                with suppress(NeedsLock):
                    return await self._run_optimistically(work, of)
            return await self._run_locked(work, of)

    async def waiting(self, now: int, limit: int, held: Collection[int] = ()) -> list[Queued]:
        """Replies that nobody is sending, oldest first; leased to this replica."""
        async with self._work.one() as link, link.transaction():
            await self._renew(link, held, now)
            await self._free_strays(link, held, now)
            await self._free_of_absent(link, now)
            await link.do("UPDATE reply_queue SET not_before = $1 WHERE not_before > $2", now, now + LONGEST_WAIT)
            return await lease(link, self._presence.owner, now, limit)

    async def release(self, now: int) -> None:
        """The leases of replicas that are no longer there end."""
        statement = f"UPDATE reply_queue SET not_before = $1, owner = NULL WHERE not_before > $1 AND {_ABSENT}"  # noqa: S608 - ours
        await self._do(statement, now, self._presence.owner, ALIVE)

    async def renew(self, queued: Queued, now: int) -> bool:
        """Lease a reply anew; whether no other replica has taken it."""
        async with self._work.one() as link:
            statement = "UPDATE reply_queue SET not_before = $2 WHERE id = $1 AND owner = $3"
            return await link.do(statement, queued.id, now + LEASE, self._presence.owner) > 0

    async def sent(self, queued: Queued, message: int | None) -> int | None:
        """Off the queue; a card's message is noted, and the one before it returned. Tried again while the server restarts."""
        deadline = time.monotonic() + NOTE_FOR
        while True:
            try:
                return await self._sent.sent(queued, message)
            except StoreError:
                if time.monotonic() > deadline or self._notes.closed:
                    raise
            await asyncio.sleep(NOTE_AGAIN)

    async def postpone(self, queued: Sequence[Queued], until: int) -> None:
        """Try replies again later."""
        mine = "UPDATE reply_queue SET not_before = $2, attempts = attempts + 1, owner = NULL WHERE id = ANY($1::bigint[]) AND owner = $3"
        await self._do(mine, [row.id for row in queued], until, self._presence.owner)

    async def bury(self, queued: Queued, reason: str, now: int) -> None:
        """Off the queue, kept as a dead letter."""
        async with self._work.one() as link, link.transaction():
            await bury(link, queued.id, reason, now)

    async def shown(self, conversation: str, since: int) -> list[Shown]:
        """The messages on a web page that are newer than a revision."""
        async with self._work.one() as link:
            return pages.read(await link.rows(_NEWER, conversation, since))

    async def revisions(self, conversations: Collection[str]) -> dict[str, int]:
        """The newest revision of each of these web pages."""
        statement = "SELECT conversation, max(revision) FROM shown_message WHERE conversation = ANY($1::text[]) GROUP BY conversation"
        async with self._work.one() as link:
            return {row[0]: row[1] for row in await link.rows(statement, list(conversations))}

    async def due(self, now: int, limit: int, of: str = "") -> list[tuple[str, str, Timer]]:
        """Timers whose time has come."""
        async with self._work.one() as link:
            statement = """SELECT conversation, chat, due, session, turn FROM timer
                WHERE due <= $1 AND starts_with(conversation, $3) ORDER BY due LIMIT $2"""
            rows = await link.rows(statement, now, limit, of)
        return [(conversation, chat, Timer(due, session, turn)) for conversation, chat, due, session, turn in rows]

    async def put_aside(self, poison: Poison) -> None:
        """Keep an update that could not be handled."""
        statement = "INSERT INTO poison (update_id, conversation, raw, reason, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        await self._do(statement, poison.update, poison.conversation, poison.raw, poison.reason, poison.at)

    async def to_replay(self, limit: int, of: str = "") -> list[Poison]:
        """Updates put aside that an operator wants to be handled again. Two replicas may both try one: by its number it counts once."""
        statement = """SELECT update_id, conversation, raw, reason, at FROM poison
            WHERE replay = 1 AND raw IS NOT NULL AND starts_with(update_id, $2) ORDER BY at LIMIT $1"""
        async with self._work.one() as link:
            return [Poison(*row) for row in await link.rows(statement, limit, of)]

    async def replayed(self, update: str, reason: str | None) -> None:
        """Handled, and gone; or (with a reason) still put aside."""
        if reason is None:
            await self._do("DELETE FROM poison WHERE update_id = $1", update)
        else:
            await self._do("UPDATE poison SET replay = 0, reason = $2 WHERE update_id = $1", update, reason)

    async def backlog(self, now: int) -> Backlog:
        """How much waits."""
        async with self._work.one() as link:
            row = await link.row(BACKLOG)
        replies, since, updates, letters = row if row is not None else (0, None, 0, 0)
        return Backlog(replies, max(0, now - since) if since else 0, updates, letters)

    async def picture_name(self, picture: PictureKey) -> str | None:
        """The name under which Telegram has a picture."""
        async with self._work.one() as link:
            row = await link.row("SELECT name FROM picture WHERE digest = $1 AND language = $2 AND scheme = $3", *picture)
        return str(row[0]) if row is not None else None

    async def name_picture(self, picture: PictureKey, name: str | None, now: int) -> None:
        """Keep that name; None: Telegram has it no longer."""
        if name is None:
            await self._do("DELETE FROM picture WHERE digest = $1 AND language = $2 AND scheme = $3", *picture)
        else:
            await self._do(NAME_PICTURE, *picture, name, now)

    async def rows(self, statement: str, *values: Any) -> Sequence[Any]:
        """What a query finds."""
        async with self._work.one() as link:
            return await link.rows(statement, *values)

    async def purge(self, now: int, idle_before: int) -> None:
        """Delete what has been kept long enough, a part at a time."""
        await self._do("UPDATE poison SET raw = NULL, replay = 0 WHERE at < $1 AND raw IS NOT NULL", now - PUT_ASIDE_FOR)
        await self._do("UPDATE dead_letter SET reply = NULL WHERE at < $1 AND reply IS NOT NULL", now - PUT_ASIDE_FOR)
        await self._delete_in_parts("seen_update", "at", now - SEEN_FOR)
        for table in ("poison", "dead_letter", "moved_chat", "picture", "shown_message"):  # of somebody of whom nothing else is kept
            await self._delete_in_parts(table, "at", idle_before)
        while await self._forget_idle(idle_before) == IN_ONE:
            pass

    async def lead(self) -> asyncio.Event:
        """Wait until no other replica polls; over when the server may have given our place to another."""
        return await self._presence.lead()

    async def close(self) -> None:
        """Finish what was begun, leave what is unsent to the other replicas, and close."""
        with suppress(StoreError):
            await self._do("UPDATE reply_queue SET not_before = 0, owner = NULL WHERE owner = $1", self._presence.owner)
        await asyncio.gather(self._work.close(), self._notes.close())
        await self._presence.close()

    # --- its parts ---

    async def _run_optimistically(self, work: Work[T], of: str) -> T:
        """Raises NeedsLock when nothing was kept."""
        transaction = self._optimist.transaction(of)
        with self._having(transaction):
            result = await work(transaction)
            await self._optimist.keep(transaction)
        return result

    async def _run_locked(self, work: Work[T], of: str) -> T:
        async with self._work.one() as link:
            transaction = PostgresTransaction(link, self._presence.owner, of)
            with self._having(transaction):
                async with link.transaction():
                    result = await work(transaction)
                    await transaction.finish()
            return result

    @contextmanager
    def _having(self, transaction: OptimisticTransaction | PostgresTransaction) -> Iterator[None]:
        """What it queues is in its hands. Nothing is waited for between its end and the sender, who has it then."""
        self._under_way.add(transaction)
        try:
            yield
        finally:
            self._under_way.remove(transaction)

    async def _do(self, statement: str, *values: object) -> None:
        async with self._work.one() as link:
            await link.do(statement, *values)

    async def _renew(self, link: Link, held: Collection[int], now: int) -> None:
        if held:
            statement = "UPDATE reply_queue SET not_before = $2 WHERE id = ANY($1::bigint[]) AND owner = $3 AND not_before < $4"
            await link.do(statement, list(held), now + LEASE, self._presence.owner, now + RENEW_AT)

    async def _free_strays(self, link: Link, held: Collection[int], now: int) -> None:
        """End our own leases that nobody here holds. What a transaction under way has queued is in its hands, committed or not."""
        mine = self._presence.owner
        leased = await link.rows("SELECT id FROM reply_queue WHERE owner = $1 AND not_before > $2", mine, now)
        queued = (id_ for transaction in self._under_way for id_ in transaction.queued)
        if strays := self._strays.found({row[0] for row in leased}.difference(held, queued), now):
            freed = "UPDATE reply_queue SET not_before = $2, owner = NULL WHERE id = ANY($1::bigint[]) AND owner = $3"
            await link.do(freed, strays, now, mine)

    async def _free_of_absent(self, link: Link, now: int) -> None:
        """End the leases of replicas that have been gone for a while."""
        statement = f"SELECT DISTINCT owner FROM reply_queue WHERE not_before > $1 AND {_ABSENT}"  # noqa: S608 - our own words
        found = {row[0] for row in await link.rows(statement, now, self._presence.owner, ALIVE)}
        moment = time.monotonic()
        self._absent = {owner: self._absent.get(owner, moment) for owner in found}
        gone = [owner for owner, since in self._absent.items() if moment - since >= ABSENT_FOR]
        if gone:
            statement = "UPDATE reply_queue SET not_before = $1, owner = NULL WHERE owner = ANY($2::bigint[]) AND not_before > $1"
            await link.do(statement, now, gone)

    async def _delete_in_parts(self, table: str, column: str, before: int) -> None:
        statement = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {column} < $1 LIMIT {IN_ONE}))"  # noqa: S608
        while True:
            async with self._work.one() as link:
                if await link.do(statement, before) < IN_ONE:
                    return

    async def _forget_idle(self, idle_before: int) -> int:
        """Delete a part of the conversations that were idle too long, from every table; how many."""
        statement = f"""DELETE FROM conversation WHERE seen < $1 AND conversation IN
            (SELECT conversation FROM conversation WHERE seen < $1 LIMIT {IN_ONE}) RETURNING conversation"""  # noqa: S608 - our own words
        async with self._work.one() as link, link.transaction():
            idle = [row[0] for row in await link.rows(statement, idle_before)]
            for table in CONVERSATION_TABLES:
                await link.do(f"DELETE FROM {table} WHERE conversation = ANY($1::text[])", idle)  # noqa: S608 - our own table names
        return len(idle)


# --- opening -------------------------------------------------------------------------------------------------------------


async def open_postgres(url: str) -> PostgresStore:
    """The store in a database, its tables brought up to date.

    Raises StoreAway when the server cannot be reached now, StoreError with one line that says what to do for everything else.
    """
    link = await connect(url)
    try:
        await migrate(link, url)
    finally:
        await link.close()
    store = PostgresStore(url)
    await store.begin()
    return store
