"""The store on one machine: SQLite from the standard library, with group commit.

WAL and synchronous=FULL: what is committed survives a power cut. One program at a time has the file (see `lock`).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Collection, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

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
from bot.store.codec import decode_reply
from bot.store.lock import take_lock
from bot.store.migrations import BACKLOG, MIGRATIONS, VERSION
from bot.store.sqlite_work import OWNER, SqliteTransaction, forget_conversation
from bot.store.strays import Strays
from bot.store.writer import BUSY_MS, Writer

T = TypeVar("T")

NAME_OF_PICTURE: Final = "SELECT name FROM picture WHERE digest = ? AND language = ? AND scheme = ?"
NAME_PICTURE: Final = """INSERT INTO picture (digest, language, scheme, name, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (digest, language, scheme) DO UPDATE SET name = excluded.name, at = excluded.at"""


class SqliteStore:
    """Keeps everything in one SQLite file. Made by `open_sqlite`."""

    def __init__(self, connection: sqlite3.Connection, lock: int | None) -> None:
        self._connection = connection
        self._lock = lock
        self._writer = Writer(connection)
        self._strays = Strays()

    # --- the protocol ---

    async def run(self, work: Work[T], of: str = "") -> T:  # noqa: ARG002 - everything is done in the order of asking
        """Do work in one transaction, together with what else waits."""
        return await self._writer.submit(lambda: _finish(cast("Coroutine[Any, Any, T]", work(SqliteTransaction(self._connection)))))

    async def waiting(self, now: int, limit: int, held: Collection[int] = ()) -> list[Queued]:
        """Replies that nobody is sending, oldest first; leased to the caller."""

        def work() -> list[Queued]:
            renewed = "UPDATE reply_queue SET not_before = ? WHERE id = ? AND owner IS NOT NULL AND not_before < ?"
            self._connection.executemany(renewed, [(now + LEASE, id_, now + RENEW_AT) for id_ in held])
            self._free_strays(held, now)
            return self._lease(now, limit)

        return await self._writer.submit(work)

    async def release(self, now: int) -> None:
        """Whoever had the file before is gone: all leases end. A reply postponed for less than a lease is tried again too."""
        await self._execute("UPDATE reply_queue SET not_before = ? WHERE not_before > ? AND not_before <= ?", now, now, now + LEASE)

    async def renew(self, queued: Queued, now: int) -> bool:
        """Lease a reply anew; whether it is still on the queue: there is nobody else who could have taken it."""
        statement = "UPDATE reply_queue SET not_before = ? WHERE id = ? AND owner IS NOT NULL"
        return await self._writer.submit(lambda: self._connection.execute(statement, (now + LEASE, queued.id)).rowcount > 0)

    async def sent(self, queued: Queued, message: int | None) -> int | None:
        """Off the queue; a card's message is noted, and the one before it returned. For a new message this is urgent: a kill repeats it."""

        def work() -> int | None:
            gone = self._connection.execute("DELETE FROM reply_queue WHERE id = ?", (queued.id,)).rowcount == 0
            if gone or message is None or not queued.reply.card:
                return None
            row = self._connection.execute("SELECT card FROM conversation WHERE conversation = ?", (queued.conversation,)).fetchone()
            if row is None or row[0] == message:
                return None
            self._connection.execute("UPDATE conversation SET card = ? WHERE conversation = ?", (message, queued.conversation))
            return cast("int | None", row[0])

        return await self._writer.submit(work, urgent=message is not None and message != queued.edit)

    async def postpone(self, queued: Sequence[Queued], until: int) -> None:
        """Try replies again later."""
        values = [(until, row.id) for row in queued]
        statement = "UPDATE reply_queue SET not_before = ?, attempts = attempts + 1, owner = NULL WHERE id = ?"
        await self._writer.submit(lambda: self._connection.executemany(statement, values).close())

    async def bury(self, queued: Queued, reason: str, now: int) -> None:
        """Off the queue, kept as a dead letter."""
        await self._writer.submit(lambda: self._bury(queued.id, reason, now))

    async def shown(self, conversation: str, since: int) -> list[Shown]:
        """The messages on a web page that are newer than a revision."""
        return pages.read(await self._writer.submit(lambda: self._connection.execute(pages.NEWER, (conversation, since)).fetchall()))

    async def revisions(self, conversations: Collection[str]) -> dict[str, int]:
        """The newest revision of each of these web pages."""

        def work() -> dict[str, int]:
            newest = {one: self._connection.execute(pages.NEWEST, (one,)).fetchone()[0] for one in conversations}
            return {one: revision for one, revision in newest.items() if revision is not None}

        return await self._writer.submit(work)

    async def due(self, now: int, limit: int, of: str = "") -> list[tuple[str, str, Timer]]:
        """Timers whose time has come."""
        statement = """SELECT conversation, chat, due, session, turn FROM timer
            WHERE due <= ? AND substr(conversation, 1, ?) = ? ORDER BY due LIMIT ?"""
        rows = await self._writer.submit(lambda: self._connection.execute(statement, (now, len(of), of, limit)).fetchall())
        return [(conversation, chat, Timer(due, session, turn)) for conversation, chat, due, session, turn in rows]

    async def put_aside(self, poison: Poison) -> None:
        """Keep an update that could not be handled."""
        await self._execute(
            "INSERT INTO poison (update_id, conversation, raw, reason, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            poison.update,
            poison.conversation,
            poison.raw,
            poison.reason,
            poison.at,
        )

    async def to_replay(self, limit: int, of: str = "") -> list[Poison]:
        """Updates put aside that an operator wants to be handled again."""
        statement = """SELECT update_id, conversation, raw, reason, at FROM poison
            WHERE replay = 1 AND raw IS NOT NULL AND substr(update_id, 1, ?) = ? ORDER BY at LIMIT ?"""
        rows = await self._writer.submit(lambda: self._connection.execute(statement, (len(of), of, limit)).fetchall())
        return [Poison(*row) for row in rows]

    async def replayed(self, update: str, reason: str | None) -> None:
        """Handled, and gone; or (with a reason) still put aside."""
        if reason is None:
            await self._execute("DELETE FROM poison WHERE update_id = ?", update)
        else:
            await self._execute("UPDATE poison SET replay = 0, reason = ? WHERE update_id = ?", reason, update)

    async def backlog(self, now: int) -> Backlog:
        """How much waits."""
        replies, since, updates, letters = await self._writer.submit(lambda: self._connection.execute(BACKLOG).fetchone(), long=True)
        return Backlog(replies, max(0, now - since) if since else 0, updates, letters)

    async def picture_name(self, picture: PictureKey) -> str | None:
        """The name under which Telegram has a picture."""
        row = await self._writer.submit(lambda: self._connection.execute(NAME_OF_PICTURE, picture).fetchone())
        return str(row[0]) if row is not None else None

    async def name_picture(self, picture: PictureKey, name: str | None, now: int) -> None:
        """Keep that name; None: Telegram has it no longer."""
        if name is None:
            await self._execute("DELETE FROM picture WHERE digest = ? AND language = ? AND scheme = ?", *picture)
        else:
            await self._execute(NAME_PICTURE, *picture, name, now)

    async def rows(self, statement: str, *values: Any) -> Sequence[Any]:
        """What a query finds."""
        return await self._writer.submit(lambda: self._connection.execute(statement.replace("$", "?"), values).fetchall(), long=True)

    async def purge(self, now: int, idle_before: int) -> None:
        """Delete what has been kept long enough."""

        def work() -> None:
            execute = self._connection.execute
            execute("DELETE FROM seen_update WHERE at < ?", (now - SEEN_FOR,))
            execute("UPDATE poison SET raw = NULL, replay = 0 WHERE at < ? AND raw IS NOT NULL", (now - PUT_ASIDE_FOR,))
            execute("UPDATE dead_letter SET reply = NULL WHERE at < ? AND reply IS NOT NULL", (now - PUT_ASIDE_FOR,))
            for table in ("poison", "dead_letter", "moved_chat", "picture", "shown_message"):  # of somebody of whom nothing else is kept
                execute(f"DELETE FROM {table} WHERE at < ?", (idle_before,))  # noqa: S608 - our own table names
            idle = execute("SELECT conversation FROM conversation WHERE seen < ?", (idle_before,)).fetchall()
            for (conversation,) in idle:
                forget_conversation(self._connection, conversation)
            self._writer.empty_log()

        await self._writer.submit(work, long=True)

    async def lead(self) -> asyncio.Event:
        """Whoever has the file is alone with it, and stays so."""
        return asyncio.Event()

    async def close(self) -> None:
        """Finish what was begun, and close."""
        await self._writer.close()
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- its parts ---

    async def _execute(self, statement: str, *values: object) -> None:
        await self._writer.submit(lambda: self._connection.execute(statement, values).close())

    def _free_strays(self, held: Collection[int], now: int) -> None:
        """End the leases that nobody holds. The results of earlier work are handed over before that of a later look."""
        leased = self._connection.execute("SELECT id FROM reply_queue WHERE owner IS NOT NULL AND not_before > ?", (now,)).fetchall()
        strays = self._strays.found({id_ for (id_,) in leased}.difference(held), now)
        freed = "UPDATE reply_queue SET not_before = ?, owner = NULL WHERE id = ?"
        self._connection.executemany(freed, [(now, id_) for id_ in strays])

    def _lease(self, now: int, limit: int) -> list[Queued]:
        """The first waiting replies of each conversation whose first reply may go now, in order."""
        self._connection.execute("UPDATE reply_queue SET not_before = ? WHERE not_before > ?", (now, now + LONGEST_WAIT))
        rows = self._connection.execute(
            """SELECT id, conversation, chat, reply, edit, attempts FROM reply_queue AS row
               WHERE not_before <= ? AND NOT EXISTS
                   (SELECT 1 FROM reply_queue AS earlier
                    WHERE earlier.conversation = row.conversation AND earlier.id < row.id AND earlier.not_before > ?)
               ORDER BY id LIMIT ?""",
            (now, now, limit),
        ).fetchall()
        leases = [(now + LEASE, OWNER, row[0]) for row in rows]
        self._connection.executemany("UPDATE reply_queue SET not_before = ?, owner = ? WHERE id = ?", leases)
        leased: list[Queued] = []
        for id_, conversation, chat, reply, edit, attempts in rows:
            try:
                leased.append(Queued(id_, conversation, chat, decode_reply(reply), edit, attempts, leased=now))
            except ValueError:  # another version wrote it: it must not hold up the rest
                self._bury(id_, "the reply in the queue cannot be read", now)
        return leased

    def _bury(self, id_: int, reason: str, now: int) -> None:
        self._connection.execute(
            """INSERT INTO dead_letter (conversation, chat, reply, reason, at)
               SELECT conversation, chat, reply, ?, ? FROM reply_queue WHERE id = ?""",
            (reason, now, id_),
        )
        self._connection.execute("DELETE FROM reply_queue WHERE id = ?", (id_,))


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end. SQLite's transaction never waits for anything, so the coroutine never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    work.close()
    raise RuntimeError("work in a transaction waited for something outside it")


# --- opening -------------------------------------------------------------------------------------------------------------


def open_sqlite(path: Path | None) -> SqliteStore:
    """The store in a file (None: in memory), its tables brought up to date.

    Raises StoreError with one line that says what to do, when the file cannot be used, comes from a newer version, or is in use.
    """
    lock = None
    try:
        lock = take_lock(path) if path is not None else None
        return SqliteStore(connect_sqlite(path), lock)
    except BaseException as error:
        if lock is not None:
            os.close(lock)
        if isinstance(error, sqlite3.Error | OSError):
            cure = "is the folder there, writable, and the file one of ours?"
            raise StoreError(f"cannot use the database {path}: {error}; {cure}") from error
        raise


def connect_sqlite(path: Path | None) -> sqlite3.Connection:
    """A connection to a file (None: in memory), its tables brought up to date. Raises StoreError for a newer version, and sqlite3.Error."""
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        _prepare(connection)
        _migrate(connection, str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {BUSY_MS}", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(connection: sqlite3.Connection, name: str) -> None:
    """Apply the steps that are missing, all of them or none."""
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        connection.execute("ROLLBACK")
        cure = "update Backup Medic, or name another file"
        raise StoreError(f"the database {name} is of version {version}, and this program knows versions up to {VERSION}: {cure}")
    for number in range(version, VERSION):
        for statement in MIGRATIONS[number]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number + 1}")
    connection.execute("COMMIT")
