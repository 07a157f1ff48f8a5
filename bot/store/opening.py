"""A database's address -> its store."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from bot.store import Store, StoreAway, StoreError
from bot.store.sqlite import open_sqlite

log = logging.getLogger(__name__)

SQLITE: Final = "sqlite:///"
POSTGRESQL: Final = ("postgresql://", "postgres://")
NO_ASYNCPG: Final = 'PostgreSQL needs one more package: pip install "backup-medic[postgres]"'
LONGEST_WAIT: Final = 8.0


async def wait_for_store(url: str) -> Store:
    """The same as `open_store`, and when a server cannot be reached, it is tried again and again. Raises StoreError."""
    wait = 1.0
    while True:
        try:
            return await open_store(url)
        except StoreAway as error:
            log.warning("%s; trying again in %.0f s", error, wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def open_store(url: str) -> Store:
    """The store at an address, its tables brought up to date.

    Raises StoreAway when a server cannot be reached now, StoreError with one line that says what to do for everything else.
    """
    if url.startswith(POSTGRESQL):
        need_asyncpg()
        from bot.store.postgres import open_postgres  # noqa: PLC0415 - only with the extra

        return await open_postgres(url)
    return open_sqlite(sqlite_path(url))


def sqlite_path(url: str) -> Path:
    """The file that a SQLite address names."""
    return Path(url.removeprefix(SQLITE))


def need_asyncpg() -> None:
    """Make sure that the extra for PostgreSQL is installed. Raises StoreError with what to do when it is not."""
    try:
        import asyncpg  # noqa: F401, PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise StoreError(NO_ASYNCPG) from error
