"""The writer on a SQLite connection: what is done in the loop, what on the thread, and what becomes of work that fails."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot.model import Reply
from bot.store import Queued, StoreError
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


# --- what the loop does meanwhile ----------------------------------------------------------------------------------------


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[tuple[Writer, sqlite3.Connection]]:
    with closing(sqlite3.connect(tmp_path / "any.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE kept (name TEXT)")
        found = Writer(connection)
        yield found, connection
        await found.close()


def keep(connection: sqlite3.Connection, name: str) -> None:
    """A piece of work."""
    connection.execute("INSERT INTO kept VALUES (?)", (name,)).close()


def kept(tmp_path: Path) -> list[str]:
    """What another program would find."""
    with closing(sqlite3.connect(tmp_path / "any.db")) as other:
        return [name for (name,) in other.execute("SELECT name FROM kept ORDER BY rowid")]


async def test_another_program_holds_up_nobody_else(writer: tuple[Writer, sqlite3.Connection], tmp_path: Path) -> None:
    """While it writes, our work waits, and the loop, which has calls to make, does not. Then all is kept, in order."""
    submit, connection = writer[0].submit, writer[1]
    with closing(sqlite3.connect(tmp_path / "any.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = [submit(lambda name=name: keep(connection, name)) for name in "abc"]  # type: ignore[misc]
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not any(job.done() for job in asked)
        other.execute("COMMIT")
        await asyncio.gather(*asked)
    assert kept(tmp_path) == ["a", "b", "c"]


async def test_long_work_is_not_done_in_the_loop(writer: tuple[Writer, sqlite3.Connection], tmp_path: Path) -> None:
    """And what was asked after it comes after it, unless it is urgent."""
    submit, connection = writer[0].submit, writer[1]
    go_on = threading.Event()

    def work() -> str:
        go_on.wait(10)
        keep(connection, "long")
        return threading.current_thread().name

    long = submit(work, long=True)
    after = submit(lambda: keep(connection, "after"))
    await asyncio.sleep(0.01)
    urgent = submit(lambda: keep(connection, "urgent"), urgent=True)
    assert not any(job.done() for job in (long, after))
    go_on.set()
    assert await long != threading.main_thread().name
    await asyncio.gather(after, urgent)
    assert kept(tmp_path) == ["long", "urgent", "after"]


async def test_a_commit_that_fails_keeps_nothing(writer: tuple[Writer, sqlite3.Connection], tmp_path: Path) -> None:
    """Who waits hears of it, and the work after it goes on."""
    submit, connection = writer[0].submit, writer[1]
    for statement in (
        "PRAGMA foreign_keys = ON",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    ):
        connection.execute(statement)
    first = submit(lambda: keep(connection, "a"))
    wrong = submit(lambda: connection.execute("INSERT INTO child VALUES (7)").close())  # is found at the commit
    outcomes = await asyncio.gather(first, wrong, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
    await submit(lambda: keep(connection, "b"))
    assert kept(tmp_path) == ["b"]


async def test_closing_finishes_what_was_asked(tmp_path: Path, writer: tuple[Writer, sqlite3.Connection]) -> None:
    asked = [writer[0].submit(lambda: keep(writer[1], "a")) for _ in range(100)]
    await writer[0].close()
    assert all(job.done() for job in asked)
    assert len(kept(tmp_path)) == 100
    with pytest.raises(StoreError, match="closed"):
        writer[0].submit(lambda: None)


def test_a_loop_that_ended_in_the_middle_holds_up_no_later_one(tmp_path: Path) -> None:
    """What it asked for is done; nobody is there to be told."""
    with closing(sqlite3.connect(tmp_path / "any.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE kept (name TEXT)")
        writer = Writer(connection)
        go_on = threading.Event()

        async def first() -> None:
            writer.submit(lambda: go_on.wait(10), long=True)
            writer.submit(lambda: keep(connection, "a"))
            await asyncio.sleep(0.01)

        asyncio.run(first())
        go_on.set()

        async def second() -> None:
            await asyncio.wait_for(writer.submit(lambda: keep(connection, "b")), 10)
            await writer.close()

        while writer._busy:  # noqa: SLF001 - the thread has it until then
            time.sleep(0.01)
        asyncio.run(second())
    assert kept(tmp_path) == ["a", "b"]
