"""The tables of a PostgreSQL database, brought up to date by the steps of `migrations`."""

from __future__ import annotations

from typing import Final

from bot.store import StoreError
from bot.store.migrations import MIGRATIONS, VERSION, for_postgresql
from bot.store.server import Link, shown

MIGRATING: Final = 1_647_003
"""The lock under which one program at a time looks after the tables."""


async def migrate(link: Link, url: str) -> None:
    """Apply the steps that are missing, all of them or none. Of many replicas that ask for it at once, one does it.

    Raises StoreError, also when a newer version has been there.
    """
    async with link.transaction():
        await link.do("SET LOCAL statement_timeout = 0")
        await link.do("SET LOCAL lock_timeout = 0")
        await link.row("SELECT pg_advisory_xact_lock($1, 0)", MIGRATING)
        version = await _version(link)
        if version > VERSION:
            cure = "update Backup Medic, or name another database"
            raise StoreError(f"the database {shown(url)} is of version {version}, and this program knows versions up to {VERSION}: {cure}")
        for number in range(version, VERSION):
            for statement in MIGRATIONS[number]:
                await link.do(for_postgresql(statement))
        await link.do("UPDATE schema_version SET version = $1 WHERE version < $1", VERSION)


async def _version(link: Link) -> int:
    """How many steps were applied to this database; it is noted in a table of one row."""
    await link.do("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    row = await link.row("SELECT version FROM schema_version")
    if row is None:
        await link.do("INSERT INTO schema_version (version) VALUES (0)")
    return int(row[0]) if row is not None else 0
