"""Processes of the tests' making: stores that can be made to die, to fail, or to stand still after any statement that they run.

All of them live in the process of the tests. Connections count what is done on them; when the time has come, nothing more happens for this
process (it is dead), the answer to a statement is lost (fail), or everything waits (hold).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from enum import Enum
from typing import Any, Final, cast

import asyncpg

from bot.store import Store
from bot.store.lock import take_lock
from bot.store.opening import SQLITE, sqlite_path
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore, connect_sqlite
from tests.postgres_server import ask

STATEMENTS: Final = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})
"""What a connection of either database does that counts."""
Bury = Callable[[], Awaitable[None]]
"""What the kernel and the server do when a process was killed: what it held is let go."""


class End(Enum):
    """What comes after the n-th statement or call."""

    DIE = "the process is killed"
    FAIL = "the connection breaks, and the answer is lost"
    HOLD = "the process stands still"


class Fate:
    """What becomes of one process. changed: set when it dies or stands still."""

    def __init__(self) -> None:
        self.dead = False
        self.held = False
        self.changed = asyncio.Event()
        self.connections: list[Any] = []
        self._loop = asyncio.get_running_loop()
        self._goes = asyncio.Event()
        self._end: End | None = None
        self._left = 0

    def foretell(self, end: End | None, after: int) -> None:
        """Have it end so after so many statements and calls from now on; with no end, what was foretold does not come."""
        self._end, self._left = end, after

    def met(self) -> End | None:
        """One more was done, on whatever thread: what comes of that."""
        self._left -= 1
        if self._end is None or self._left > 0:
            return None
        end, self._end = self._end, None
        if end is not End.FAIL:
            self.dead, self.held = end is End.DIE, end is End.HOLD
            self._loop.call_soon_threadsafe(self.changed.set)
        return end

    def die(self) -> None:
        """From now on nothing of this process happens."""
        self.dead, self.held = True, False

    def go_on(self) -> None:
        """It stands still no more."""
        self.held = False
        self.changed.clear()
        self._goes.set()
        self._goes = asyncio.Event()

    async def passes(self) -> None:
        """Wait while it stands still; for ever once it is dead."""
        while self.held:
            await self._goes.wait()
        if self.dead:
            await asyncio.Event().wait()


FATE: Final[ContextVar[Fate | None]] = ContextVar("FATE", default=None)
"""Whose tasks these are: the connections to PostgreSQL that they open count for it."""


# --- PostgreSQL --------------------------------------------------------------------------------------------------------------

_connect: Final = asyncpg.connect


async def connect_counting(*given: Any, **more: Any) -> Any:
    """To be used in the place of asyncpg's own `connect`."""
    connection, fate = await _connect(*given, **more), FATE.get()
    if fate is None:
        return connection
    fate.connections.append(connection)
    return _OnPostgres(connection, fate)


class _OnPostgres:
    """A connection of a process that has a fate."""

    def __init__(self, connection: Any, fate: Fate) -> None:
        self._connection = connection
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return self._counted(found) if name in STATEMENTS else found

    def _counted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def run(*given: Any, **more: Any) -> Any:
            await self._fate.passes()
            answer = await call(*given, **more)
            if self._fate.met() is End.FAIL:
                self._connection.terminate()
                raise asyncpg.ConnectionDoesNotExistError("the test has cut the connection")
            await self._fate.passes()
            return answer

        return run


async def _open_postgres(url: str, fate: Fate) -> tuple[Store, Bury]:
    """A store on a database whose tables are there."""
    store = PostgresStore(url)
    await store.begin()

    async def bury() -> None:
        """Wait, too, until the server has noticed: it takes a moment."""
        pids = [connection.get_server_pid() for connection in fate.connections if not connection.is_closed()]
        for connection in fate.connections:
            connection.terminate()
        await store._presence.close()  # noqa: SLF001 - what the kernel does, nothing else can
        there = "SELECT FROM pg_stat_activity WHERE pid = ANY($1::int[]) UNION ALL SELECT FROM pg_locks WHERE objid::bigint = $2"
        while await ask(url, there, pids, store._presence.owner):  # noqa: ASYNC110, SLF001 - the server tells nobody
            await asyncio.sleep(0.001)

    return store, bury


# --- SQLite ------------------------------------------------------------------------------------------------------------------


class _Killed(BaseException):
    """Ends what the loop was doing for a process that is dead; the loop, which is the tests' too, goes on without a word."""


def _not_of_the_dead(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A handler of exceptions. To log one would keep all that it knows of, a cursor of the dead among it."""
    if not isinstance(context.get("exception"), _Killed):
        loop.default_exception_handler(context)


class _OnSqlite:
    """A connection of a process that has a fate. The writer ends with the process, in the loop and on its thread."""

    def __init__(self, connection: sqlite3.Connection, fate: Fate) -> None:
        self._connection = connection
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return self._counted(found) if name in STATEMENTS else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            self._check_lives()
            answer = call(*given)
            if self._fate.met() is End.FAIL:
                raise sqlite3.OperationalError("the test has lost the answer")
            self._check_lives()
            return answer

        return run

    def _check_lives(self) -> None:
        if self._fate.dead:
            in_the_loop = threading.current_thread() is threading.main_thread()
            raise _Killed if in_the_loop else SystemExit  # which ends a thread without a word


async def _open_sqlite(url: str, fate: Fate) -> tuple[Store, Bury]:
    path = sqlite_path(url)
    asyncio.get_running_loop().set_exception_handler(_not_of_the_dead)
    lock = take_lock(path)
    connection = connect_sqlite(path)
    connection.execute("PRAGMA synchronous = OFF")  # a killed process loses nothing by it; only a power cut would
    store = SqliteStore(cast("sqlite3.Connection", _OnSqlite(connection, fate)), lock)

    async def bury() -> None:
        writer = store._writer  # noqa: SLF001 - what the kernel does, nothing else can
        writer._handed.put(None)  # noqa: SLF001 - where the thread waits for work, it ends
        await asyncio.to_thread(writer._thread.join)  # noqa: SLF001 - the same
        connection.rollback()
        connection.close()
        os.close(lock)

    return store, bury


async def open_with_fate(url: str, fate: Fate) -> tuple[Store, Bury]:
    """The store at an address, for a process that has this fate; and what is to be done when that was killed."""
    return await (_open_sqlite if url.startswith(SQLITE) else _open_postgres)(url, fate)
