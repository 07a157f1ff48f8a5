"""The writer's thread keeps its cursors to itself: one that is dropped elsewhere resets a statement under way, and innocent work fails."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot.model import Reply
from bot.store import Queued
from bot.store.sqlite import open_sqlite
from bot.store.writer import Writer

AT_ONCE: Final = 40
EACH: Final = 150


async def test_statements_without_rows_at_once(tmp_path: Path) -> None:
    """Many who write the same statements at once: nobody's work fails, while the event loop drops the results."""
    store = open_sqlite(tmp_path / "backup-medic.db")

    async def one() -> None:
        for until in range(EACH):
            await store.postpone([Queued(number, "tg:1:0:1", "tg:1", Reply(()), None) for number in range(3)], until)
            await store.replayed("tg:1", "still wrong")

    try:
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    finally:
        await store.close()


async def test_a_cursor_does_not_leave() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)) as connection:
        writer = Writer(connection)
        with pytest.raises(TypeError, match="close it, or return its rows"):
            await writer.submit(lambda: connection.execute("SELECT 1"))
        assert await writer.submit(lambda: connection.execute("SELECT 1").fetchone()) == (1,)
        await writer.close()
