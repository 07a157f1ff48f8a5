"""The one thread that works on a SQLite connection, with group commit.

All work that waits is done in one transaction, each piece under its savepoint: one commit (and one write to the disk) serves
many, and a piece that fails takes nobody with it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar, cast

from bot.store import StoreError

T = TypeVar("T")

GROUP: Final = 32
"""Pieces of work in one commit at most: what is urgent waits for no more than these."""
_OF_ONE: Final = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Errors that lie in what one piece of work wanted to keep: it would fail again, and the others would not."""


class Writer:
    """Does pieces of work on a connection, in their order; urgent ones before all others, and in a commit of their own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._urgent: deque[_Job[Any]] = deque()
        self._waiting: deque[_Job[Any]] = deque()
        self._closing = False
        self._to_empty = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], T], *, urgent: bool = False) -> asyncio.Future[T]:
        """Have a piece of work done; its result or its own error once it is committed. Raises StoreError, also in the future."""
        job = _Job(work, asyncio.get_running_loop())
        with self._changed:
            if self._closing:
                raise StoreError("SQLite: the store is closed")
            (self._urgent if urgent else self._waiting).append(job)
            self._changed.notify()
        return job.future

    def empty_log(self) -> None:
        """To be called by a piece of work: once it is committed, the write-ahead log is emptied, which still holds what was deleted."""
        self._to_empty = True

    async def close(self) -> None:
        """Finish what was asked before, and take no more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    # --- on the thread ---

    def _write(self) -> None:
        """Take all that waits, do it in one transaction, and only then tell who waits for it."""
        while group := self._next_group():
            self._commit(group)
            self._empty_log()
            _tell(group)

    def _next_group(self) -> list[_Job[Any]]:
        """What is to be committed together; nothing at the end."""
        with self._changed:
            while not (self._urgent or self._waiting or self._closing):
                self._changed.wait()
            jobs = self._urgent or self._waiting
            return [jobs.popleft() for _ in range(min(len(jobs), GROUP))]

    def _commit(self, group: list[_Job[Any]]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                connection.execute("SAVEPOINT piece")
                try:
                    job.result = _taken_off(job.work())
                except Exception as error:
                    if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE):
                        raise
                    connection.execute("ROLLBACK TO piece")
                    job.error = error
                connection.execute("RELEASE piece")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # whatever happens, this thread lives on
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            for job in group:
                job.error = StoreError(f"SQLite: {error}")

    def _empty_log(self) -> None:
        """Empty the log if that was asked for. Where somebody else is reading it, or the disk is full, the next time will do."""
        if self._to_empty:
            self._to_empty = False
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _taken_off(result: T) -> T:
    """A result that may leave the thread. A cursor may not: dropping it resets its statement, which this thread may be running again."""
    if isinstance(result, sqlite3.Cursor):
        raise TypeError("a cursor must not leave the writer's thread: close it, or return its rows")
    return result


class _Job(Generic[T]):
    """A piece of work, and who waits for its result."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self.result: T | None = None
        self.error: Exception | None = None

    def tell(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(cast("T", self.result))


def _tell(group: list[_Job[Any]]) -> None:
    """Wake everyone who waits, with one call into their loop."""
    loop = group[0].loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(_tell_all, group)


def _tell_all(group: list[_Job[Any]]) -> None:
    for job in group:
        job.tell()
