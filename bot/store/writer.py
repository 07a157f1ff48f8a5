"""All work on a SQLite connection, in its order, with group commit.

What waits is done in one transaction, each piece under its savepoint: one commit (and one write to the disk) serves many, and a
piece that fails takes nobody with it. Pieces are short, so they run in the loop; the commit, which waits for the disk, has a thread.
To run them there too would have two threads take Python's one lock from each other at every statement (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar, cast

from bot.store import StoreError

T = TypeVar("T")

GROUP: Final = 8
"""Pieces of work in one commit at most: what is urgent waits for no more than these, and so does the loop."""
BUSY_MS: Final = 5000
"""How long a transaction waits where another program writes into the database."""
_PRIMARY: Final = 0xFF
"""The part of SQLite's codes of errors that all kinds of one error share."""
_OF_ONE: Final = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Errors that lie in what one piece of work wanted to keep: it would fail again, and the others would not."""


class Writer:
    """Does pieces of work on a connection, in their order; urgent ones before all others, and in a commit of their own.

    While the thread has the connection (`_busy`), the loop leaves it alone.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop: asyncio.AbstractEventLoop
        self._urgent: deque[_Job[Any]] = deque()
        self._waiting: deque[_Job[Any]] = deque()
        self._busy = False
        self._failed = False
        self._closing = False
        self._to_empty = False
        self._handed: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._thread.start()
        connection.execute("PRAGMA busy_timeout = 0")  # the loop does not wait for another program: the thread does

    def submit(self, work: Callable[[], T], *, urgent: bool = False, long: bool = False) -> asyncio.Future[T]:
        """Have a piece of work done; its result or its own error once it is committed. Raises StoreError, also in the future.

        long: it may take more than a moment; it has a transaction of its own, all of it on the thread.
        """
        if self._closing:
            raise StoreError("SQLite: the store is closed")
        self._loop = asyncio.get_running_loop()
        job = _Job(work, self._loop, long=long)
        (self._urgent if urgent else self._waiting).append(job)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._next)
        return job.future

    def empty_log(self) -> None:
        """To be called by a piece of work: once it is committed, the write-ahead log is emptied, which still holds what was deleted."""
        self._to_empty = True

    async def close(self) -> None:
        """Finish what was asked before, and take no more."""
        if self._closing:
            return
        last = self.submit(lambda: None)
        self._closing = True
        await asyncio.wait({last})
        self._handed.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    # --- in the loop ---

    def _next(self) -> None:
        """Begin the next transaction; the thread ends it."""
        group, self._failed = self._next_group(), False
        if not group:
            self._busy = False
        elif group[0].long or not self._done_here(group):
            self._handed.put(lambda: self._do_all(group))
        else:
            self._handed.put(lambda: self._end(group))

    def _next_group(self) -> list[_Job[Any]]:
        """What is to be committed together. What may take long goes alone."""
        jobs = self._urgent or self._waiting
        if jobs and jobs[0].long:
            return [jobs.popleft()]
        group: list[_Job[Any]] = []
        while jobs and len(group) < GROUP and not jobs[0].long:
            group.append(jobs.popleft())
        return group

    def _done_here(self, group: list[_Job[Any]]) -> bool:
        """Do the pieces in the loop, if no other program is writing; whether they are done, or have failed."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY:  # only SQLite's own errors have one
                return False
            self._fail(group, error)
        else:
            self._do(group)
        return True

    def _told(self, group: list[_Job[Any]]) -> None:
        for job in group:
            job.tell()
        self._next()

    # --- on the thread ---

    def _serve(self) -> None:
        while (work := self._handed.get()) is not None:
            work()

    def _do_all(self, group: list[_Job[Any]]) -> None:
        """The whole transaction, however long it takes and whoever else is writing."""
        with suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._fail(group, error)
        else:
            self._do(group)
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")
        self._end(group)

    def _end(self, group: list[_Job[Any]]) -> None:
        """Commit, and only then tell who waits for it, with one call into their loop."""
        try:
            if not self._failed:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(group, error)
        self._empty_log()
        if self._loop.is_closed():
            self._busy = False
        else:
            self._loop.call_soon_threadsafe(self._told, group)

    def _empty_log(self) -> None:
        """Empty the log if that was asked for. Where somebody else is reading it, or the disk is full, the next time will do."""
        if self._to_empty:
            self._to_empty = False
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    # --- on either ---

    def _do(self, group: list[_Job[Any]]) -> None:
        """Do the pieces of work in the transaction that has begun. A piece that fails is undone alone."""
        connection = self._connection
        try:
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
        except sqlite3.Error as error:
            self._fail(group, error)

    def _fail(self, group: list[_Job[Any]], error: sqlite3.Error) -> None:
        """Nothing of this transaction is kept."""
        self._failed = True
        with suppress(sqlite3.Error):  # whatever happens, the work after it goes on
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for job in group:
            job.error = StoreError(f"SQLite: {error}")


def _taken_off(result: T) -> T:
    """A result that may leave the transaction. A cursor may not: dropping it resets its statement, which may be running again by then."""
    if isinstance(result, sqlite3.Cursor):
        raise TypeError("a cursor must not leave its transaction: close it, or return its rows")
    return result


class _Job(Generic[T]):
    """A piece of work, and who waits for its result."""

    __slots__ = ("error", "future", "long", "loop", "result", "work")

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop, *, long: bool) -> None:
        self.work = work
        self.loop = loop
        self.long = long
        self.future: asyncio.Future[T] = loop.create_future()
        self.result: T | None = None
        self.error: Exception | None = None

    def tell(self) -> None:
        if self.future.cancelled() or self.loop.is_closed():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(cast("T", self.result))
