"""Connections to a PostgreSQL server. Whatever goes wrong with the server is a StoreError here, in one line and without a secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bot.store import StoreAway, StoreError

T = TypeVar("T")
Row = asyncpg.Record

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 15.0
"""An answer that takes longer never comes: the network hangs. The server's own limits, below, are shorter."""
COPY_SECONDS: Final = 3600.0
LIMITS: Final = {
    "application_name": "backup-medic",
    "default_transaction_isolation": "read committed",  # what waited for a lock sees what the one before it kept
    "idle_in_transaction_session_timeout": "10s",  # a program that stands still must not keep a conversation locked
    "lock_timeout": "5s",
    "statement_timeout": "10s",
    "tcp_keepalives_count": "3",  # the server knows after about ten seconds that a machine is gone, and frees its locks
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
}
"""What the server holds each of our connections to."""
OF_ONE: Final = (asyncpg.DataError, asyncpg.exceptions.DataError, asyncpg.IntegrityConstraintViolationError)
"""Errors that lie in what one piece of work wanted to keep: it would fail again."""
_TROUBLE: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_AWAY: Final = (
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""Those that come of a server, or a connection, that goes away under our hands."""
_FOR_THE_OPERATOR: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.exceptions.ClientConfigurationError,
)
"""Answers to a connection that stay the same until an operator changes something."""


class Link:
    """One connection. Its statements raise StoreError, StoreAway when the server is gone; an error in their values is passed on."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection

    async def do(self, statement: str, *values: object) -> int:
        """Run a statement; how many rows it hit."""
        status = await _told(self._connection.execute(statement, *values))
        hit = status.rpartition(" ")[2]
        return int(hit) if hit.isdigit() else 0

    async def row(self, statement: str, *values: object) -> Row | None:
        """The first row of what a statement finds."""
        return await _told(self._connection.fetchrow(statement, *values))

    async def rows(self, statement: str, *values: object) -> list[Row]:
        """All that a statement finds."""
        return await _told(self._connection.fetch(statement, *values))

    async def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Put many rows into a table; how many they were. A row that cannot be kept is a StoreError too."""
        try:
            status: str = await _told(self._connection.copy_records_to_table(table, columns=columns, records=rows, timeout=COPY_SECONDS))
        except (TypeError, ValueError, OverflowError, *OF_ONE) as error:
            raise StoreError(f"PostgreSQL cannot keep a row of the table {table} ({type(error).__name__})") from error
        return int(status.rpartition(" ")[2])

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that is done inside is kept, or nothing."""
        await self.do("BEGIN")
        try:
            yield
        except StoreError:
            raise  # `Links` throws the connection away, and the server undoes what was done
        except Exception:
            await self.do("ROLLBACK")
            raise
        await self.do("COMMIT")

    @property
    def closed(self) -> bool:
        """Whether the connection is known to be gone."""
        return self._connection.is_closed()

    def cut(self) -> None:
        """Close it at once, whatever is under way."""
        self._connection.terminate()

    async def close(self) -> None:
        """Close it in order, if the server still listens."""
        try:
            await _told(self._connection.close(timeout=CONNECT_SECONDS))
        except StoreError:
            self.cut()


async def connect(url: str) -> Link:
    """A new connection. Raises StoreAway when the server may come back by itself, StoreError when something must be changed.

    Who is cancelled meanwhile waits for the answer, or for CONNECT_SECONDS.
    """
    try:
        return Link(await _finished(asyncpg.connect(url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=LIMITS)))
    except _FOR_THE_OPERATOR as error:
        raise StoreError(f"cannot use the database {shown(url)}: {_words(error)}; put it right in DATABASE_URL") from error
    except (*_TROUBLE, ValueError) as error:
        raise StoreAway(f"cannot reach the database {shown(url)}: {_words(error)}") from error


class Links:
    """Connections to be used again and again, at most so many; those who want one more wait in line."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._room = asyncio.Semaphore(size)
        self._idle: list[Link] = []
        self.closed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Link]:
        """A connection for one piece of work, which ends its own transaction. One that broke, or was left in the middle, is thrown away."""
        async with self._room:
            if self.closed:
                raise StoreError("PostgreSQL: the store is closed")
            link = self._taken() or await connect(self._url)
            try:
                yield link
            except Exception as error:
                if isinstance(error, StoreError):
                    link.cut()
                raise
            except BaseException:
                link.cut()
                raise
            finally:
                if not link.closed:
                    self._idle.append(link)

    async def close(self) -> None:
        """Take no more work, and close all connections once what was begun is finished."""
        for _ in range(self._size):  # the line is fair: all that was asked before is done
            await self._room.acquire()
        self.closed = True
        await asyncio.gather(*(link.close() for link in self._idle))
        self._idle.clear()
        for _ in range(self._size):
            self._room.release()

    def _taken(self) -> Link | None:
        """An idle connection that is not known to be gone."""
        while self._idle:
            link = self._idle.pop()
            if not link.closed:
                return link
        return None


def shown(url: str) -> str:
    """The address of a database without what is secret in it: no password, and no parameters."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, user.partition(":")[0] + at + place, parts.path, "", ""))


async def _finished(connecting: Coroutine[Any, Any, asyncpg.Connection[asyncpg.Record]]) -> asyncpg.Connection[asyncpg.Record]:
    """A connection, made to its end even when nobody wants it any more.

    asyncpg, cancelled in the middle, leaves an error behind that nobody asks for: at a stop it stood in the log like a fault.
    """
    task = asyncio.ensure_future(connecting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and task.exception() is None:
            task.result().terminate()
        raise


async def _told(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except OF_ONE:
        raise
    except _AWAY as error:
        raise StoreAway(f"PostgreSQL: {_words(error)}") from error
    except _TROUBLE as error:
        raise StoreError(f"PostgreSQL: {_words(error)}") from error


def _words(error: BaseException) -> str:
    """What is wrong, in one line."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return " ".join(str(error).split()) or type(error).__name__
