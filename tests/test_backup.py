"""`python -m bot backup`: a copy of the database under a running bot, from which it can go on."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import StoreError
from bot.store.backup import back_up
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import PATIENCE
from tests.running_bot import RunningBot


async def test_a_copy_under_a_running_bot_is_where_it_can_go_on(bot: RunningBot, telegram: FakeTelegram, tmp_path: Path) -> None:
    ann = await telegram.user("Ann")
    await ann.chat.send("The last backup could not be completed")
    before = await ann.chat.answer(PATIENCE)
    code, said = await bot.command("backup", str(tmp_path / "copies"))
    assert code == 0, said
    (copy,) = (tmp_path / "copies").iterdir()
    assert str(copy) == said.strip()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    await ann.chat.press(before.labels[0])
    await ann.chat.answer(PATIENCE)  # the bot did not stop; this is not in the copy

    await bot.stop()
    went_on = _sessions(bot.database)
    _put_back(copy, bot.database)
    assert _sessions(bot.database) != went_on
    await bot.start()
    await bot.ready()
    await ann.chat.send("it worked")
    assert "Your backup runs" in (await ann.chat.answer(PATIENCE)).text


def test_only_the_newest_copies_stay_and_other_files_do(tmp_path: Path) -> None:
    url = _database(tmp_path)
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "notes.txt").touch()
    for day in (3, 1, 2):
        back_up(url, folder, f"2026010{day}T000000Z", keep=2)
    assert sorted(path.name for path in folder.iterdir()) == [
        "backup-medic-20260102T000000Z.db",
        "backup-medic-20260103T000000Z.db",
        "notes.txt",
    ]


def test_a_copy_that_fails_leaves_the_earlier_ones_and_no_part(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    good = back_up(_database(tmp_path), folder, "20260101T000000Z", keep=1)
    (tmp_path / "other.db").write_bytes(b"no database at all, and long enough to be looked at" * 20)
    for url in (f"sqlite:///{tmp_path}/other.db", f"sqlite:///{tmp_path}/missing.db", "postgresql://somewhere/database"):
        with pytest.raises(StoreError):
            back_up(url, folder, "20260102T000000Z", keep=1)
    assert list(folder.iterdir()) == [good]
    assert not (tmp_path / "missing.db").exists()


def test_a_database_of_somebody_else_is_not_taken_for_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE something (id)")
    with pytest.raises(StoreError, match="none of ours"):
        back_up(f"sqlite:///{tmp_path}/other.db", tmp_path / "copies", "20260101T000000Z", keep=1)


def _database(folder: Path) -> str:
    """The address of a new database of ours."""
    path = folder / "backup-medic.db"
    if not path.exists():
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 1")
    return f"sqlite:///{path}"


def _put_back(copy: Path, database: Path) -> None:
    """As the runbook says."""
    for leftover in database.parent.glob(f"{database.name}*"):
        leftover.unlink()
    shutil.copy(copy, database)


def _sessions(database: Path) -> list[tuple[str]]:
    """Where the conversations of a database stand."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT session FROM conversation").fetchall()
