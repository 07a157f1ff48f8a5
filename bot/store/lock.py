"""One program at a time on one SQLite file: a lock that the kernel takes back when its holder dies, however it dies.

The lock is on a file of its own beside the database: SQLite's own locks are lost as soon as anybody closes the database's file once more.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from bot.store import InUse

SUFFIX: Final = "-lock"
"""Beside `-wal` and `-shm`, which SQLite makes. The file stays: to delete it would let two hold it."""


def take_lock(database: Path) -> int:
    """Lock a database for this program, until the returned descriptor is closed. Raises InUse when another has it, and OSError."""
    whole = database.resolve()  # by whatever name it is called
    descriptor = os.open(whole.with_name(whole.name + SUFFIX), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise InUse(f"another Backup Medic uses the database {database}: stop that one, or name another file") from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
