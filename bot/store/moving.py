"""`python -m bot migrate`: brings a database's tables up to date, or moves all that SQLite keeps to PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.store import LEASE, InUse, StoreError
from bot.store.lock import take_lock
from bot.store.migrations import NUMBERED, TABLES
from bot.store.opening import POSTGRESQL, SQLITE, need_asyncpg, sqlite_path
from bot.store.sqlite import connect_sqlite, open_sqlite

if TYPE_CHECKING:
    from bot.store.server import Link

PATIENCE: Final = 5.0
"""Seconds for which we wait for another program that brings the same file up to date."""


async def bring_up_to_date(url: str) -> None:
    """Apply the steps that are missing to a database; many programs may ask for it at once. Raises StoreError."""
    if not url.startswith(POSTGRESQL):
        await _bring_file_up_to_date(sqlite_path(url))
        return
    need_asyncpg()
    from bot.store.postgres_schema import migrate  # noqa: PLC0415 - only with the extra
    from bot.store.server import connect  # noqa: PLC0415 - the same

    link = await connect(url)
    try:
        await migrate(link, url)
    finally:
        await link.close()


async def move(source: str, target: str) -> dict[str, int]:
    """Copy everything from a SQLite file to an empty PostgreSQL database, all of it or nothing; table -> its rows.

    Raises StoreError with one line that says what to do: when either is in use, or the target is not empty.
    """
    if not source.startswith(SQLITE) or not target.startswith(POSTGRESQL):
        raise StoreError("only a move from sqlite:///… to postgresql://… is possible")
    need_asyncpg()
    from bot.store.server import connect, shown  # noqa: PLC0415 - only with the extra

    with _file(sqlite_path(source)) as connection:
        await bring_up_to_date(target)
        link = await connect(target)
        try:
            async with link.transaction():
                await _make_sure_that_it_is_ours(link, shown(target))
                return await _copy(connection, link)
        finally:
            await link.close()


async def _bring_file_up_to_date(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            store = open_sqlite(path)
        except InUse:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return await store.close()


@contextmanager
def _file(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file that no bot uses, its tables brought up to date."""
    if not path.is_file():
        raise StoreError(f"there is no database {path}")
    lock = take_lock(path)
    try:
        with closing(connect_sqlite(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"cannot use the database {path}: {error}") from error
    finally:
        os.close(lock)


async def _make_sure_that_it_is_ours(link: Link, name: str) -> None:
    """Have the tables to ourselves until the commit. Raises StoreError when there is something in them, or somebody at work."""
    from bot.store.presence import ALIVE  # noqa: PLC0415 - only with the extra

    await link.do("SET LOCAL statement_timeout = 0")
    await link.do("SET LOCAL idle_in_transaction_session_timeout = 0")
    await link.do(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE")
    at_work = """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = $1 AND objsubid = 2 AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    if await link.row(at_work, ALIVE):
        raise StoreError(f"a Backup Medic runs on the database {name}: stop it first")
    for table in TABLES:
        if await link.row(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - our own table names
            raise StoreError(f"the database {name} is not empty ({table} has rows): name an empty one")


async def _copy(connection: sqlite3.Connection, link: Link) -> dict[str, int]:
    """Copy all tables. Who had a lease has stopped; so the replies that wait for their lease's end wait no longer."""
    moved: dict[str, int] = {}
    for table in TABLES:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - our own table names
        moved[table] = await link.fill(table, columns, rows)
    for table in NUMBERED:
        following = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"  # noqa: S608
        await link.row(following)
    now = int(time.time())
    await link.do("UPDATE reply_queue SET not_before = $1 WHERE not_before > $1 AND not_before <= $2", now, now + LEASE)
    return moved
