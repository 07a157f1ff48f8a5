"""A database, opened beside a running bot: it takes no lock that would keep the bot out, and changes no version."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.store import Readable, StoreError
from bot.store.migrations import VERSION
from bot.store.opening import POSTGRESQL, need_asyncpg, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS: Final = 10


class Database(Readable, Protocol):
    """Plain SQL on either kind. All methods raise StoreError."""

    async def do(self, statement: str, *values: Any) -> int:
        """Run a statement; how many rows it hit."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """All that is done inside is kept, or nothing."""


@asynccontextmanager
async def opened_beside(url: str) -> AsyncIterator[Database]:
    """The database at an address. One that is not there, or of another version, is a StoreError, and left as it is."""
    if not url.startswith(POSTGRESQL):
        with _sqlite(sqlite_path(url)) as file:
            yield file
        return
    need_asyncpg()
    from bot.store.server import connect, shown  # noqa: PLC0415 - only with the extra

    link = await connect(url)
    try:
        if await link.row("SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL") is None:
            raise StoreError(f"the database {shown(url)} is empty: start the bot once, or name another")
        row = await link.row("SELECT version FROM schema_version")
        _check(row[0] if row is not None else 0, shown(url))
        yield link
    finally:
        await link.close()


class _SqliteFile:
    """One connection to a SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str, *values: Any) -> Sequence[Any]:
        return self._connection.execute(statement.replace("$", "?"), values).fetchall()

    async def do(self, statement: str, *values: Any) -> int:
        return self._connection.execute(statement.replace("$", "?"), values).rowcount

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def _sqlite(path: Path) -> Iterator[_SqliteFile]:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            _check(version, str(path))
            connection.execute("PRAGMA secure_delete = ON")
            yield _SqliteFile(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"cannot use the database {path}: {error}; is it there, and one of ours?") from error


def _check(version: int, name: str) -> None:
    if version != VERSION:
        cure = "start the bot once, and it is brought up to date" if version < VERSION else "update Backup Medic"
        raise StoreError(f"the database {name} is of version {version}, and this program knows version {VERSION}: {cure}")
