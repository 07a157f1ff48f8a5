"""A copy of the SQLite file while the bot runs: whole, checked, and as of one moment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from bot.store import StoreError
from bot.store.opening import POSTGRESQL, sqlite_path

NAME: Final = "backup-medic-{}.db"
"""Of a copy; what stands for {} sorts by time."""
BUSY_SECONDS: Final = 10


def back_up(url: str, folder: Path, when: str, keep: int) -> Path:
    """Copy the database at an address into a folder, and of the copies there leave the newest; the path of the new one.

    when: the time, such as 20260131T235959Z. keep: how many stay. Raises StoreError; then all earlier copies are there still.
    """
    if url.startswith(POSTGRESQL):
        raise StoreError("a PostgreSQL database is copied by its own tool: pg_dump --format=custom (docs/runbook.md)")
    copy = folder / NAME.format(when)
    part = copy.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)  # of a copy that was interrupted in this very second
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))  # it holds what the database holds
        _copy(sqlite_path(url), part)
        part.rename(copy)
        for older in sorted(folder.glob(NAME.format("*")))[:-keep]:
            older.unlink()
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"the database {sqlite_path(url)} cannot be copied into {folder}: {error}") from error
    return copy


def _copy(database: Path, part: Path) -> None:
    """Copy in one read transaction: in WAL mode the bot goes on writing beside it. Raises sqlite3.Error, OSError."""
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
    with closing(source), closing(sqlite3.connect(part)) as target:
        if source.execute("PRAGMA user_version").fetchone() == (0,):
            raise sqlite3.DatabaseError("it is none of ours")
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    with part.open("rb") as written:
        os.fsync(written.fileno())
