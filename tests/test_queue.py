"""`python -m bot queue` without a bot: what it says of what was put aside, and of what it cannot do."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.model import Reply
from bot.store import DAY, Poison
from bot.store.aside import DROPPED, GONE_ON, NO_SUCH, SENT_AGAIN, TOO_LATE, UNREADABLE
from bot.store.migrations import VERSION
from bot.store.sqlite import open_sqlite
from tests.conversing import START
from tests.keeping import ANN, a_card, a_session, a_word, queue, save

SECRET: Final = "my secret words"
MESSAGE: Final = {"message_id": 1, "from": {"id": 1, "first_name": SECRET}, "text": SECRET, SECRET: 1}


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    return tmp_path / "bot.db"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["queue", *arguments], prog_name="python -m bot")


def put_aside(path: Path, *, updates: Iterable[Any] = (), letters: Iterable[Reply] = (), turn: int = 1) -> None:
    """Fill a database: updates that could not be handled, replies to Ann that could not be sent, her session at a turn."""

    async def fill() -> None:
        store = open_sqlite(path)
        await save(store, ANN, a_session(turn))
        for number, raw in enumerate(updates):
            await store.put_aside(Poison(f"tg:{number}", ANN, json.dumps(raw), "KeyError", START + number))
        for number, reply in enumerate(letters, 100):
            [queued] = await queue(store, ANN, reply)
            await store.bury(queued, "sendMessage: no", START + number)
        await store.close()

    asyncio.run(fill())


def look(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_list(path: Path) -> None:
    """Each line has the id, the time, the conversation and the reason; the oldest comes first, and no words of anybody are shown."""
    put_aside(path, updates=[{"update_id": 0, "message": MESSAGE}, [SECRET]], letters=[a_word()])
    result = run()
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "tg:0  2025-06-15 15:06:40 UTC  tg:1:0:1  KeyError",
        "tg:1  2025-06-15 15:06:41 UTC  tg:1:0:1  KeyError",
        "letter-1  2025-06-15 15:08:20 UTC  tg:1:0:1  sendMessage: no",
        "3 put aside; show ID, replay ID or drop ID tells and does more",
    ]


@pytest.mark.parametrize(
    ("raw", "holds"),
    [
        ({"update_id": 0, "message": MESSAGE}, "message (from, message_id, text)"),
        ({"update_id": 0, "message": SECRET, SECRET: {}}, "message"),
        ({SECRET: SECRET}, "of no known kind"),
        ([SECRET], "of no known kind"),
    ],
)
def test_show_an_update(path: Path, raw: Any, holds: str) -> None:
    """What an update consists of is told in names that we know, whatever stands in it."""
    put_aside(path, updates=[raw])
    result = run("show", "tg:0")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == f"holds: {holds}"
    assert SECRET not in result.output


def test_show_a_letter(path: Path) -> None:
    """What a reply consists of is told in the names of its texts."""
    put_aside(path, letters=[a_card(), a_word("privacy")])
    assert run("show", "letter-1").output.splitlines()[-1] == "holds: card: menu"
    assert run("show", "letter-2").output.splitlines()[-1] == "holds: privacy"


def test_a_reply_is_sent_again(path: Path) -> None:
    """A reply goes back into the queue, due at once, and is no dead letter any more."""
    put_aside(path, letters=[a_word(), a_card(turn=1)], turn=1)
    assert run("replay", "--all").output == f"letter-1: {SENT_AGAIN}\nletter-2: {SENT_AGAIN}\n"
    assert look(path, "SELECT conversation, chat, is_card, edit, not_before FROM reply_queue ORDER BY id") == [
        (ANN, "tg:1", 0, None, 0),
        (ANN, "tg:1", 1, None, 0),
    ]
    assert look(path, "SELECT * FROM dead_letter") == []


@pytest.mark.parametrize("card", [a_card(turn=1), replace(a_card(turn=2), session="another")])
def test_an_old_card_is_not_sent(path: Path, card: Reply) -> None:
    """A card of a step that is over, or of a session that is, would take the place of the one on the screen."""
    put_aside(path, letters=[card], turn=2)
    assert run("replay", "letter-1").output == f"letter-1: {GONE_ON}\n"
    assert look(path, "SELECT * FROM reply_queue") == []


def test_a_card_of_nobody_is_not_sent(path: Path) -> None:
    """Of somebody whose session is not there any more, or cannot be read, no card is sent."""
    put_aside(path, letters=[a_card(turn=1)])
    change(path, "UPDATE conversation SET session = 'x'")
    assert run("replay", "letter-1").output == f"letter-1: {GONE_ON}\n"


def test_what_is_not_kept_any_more(path: Path) -> None:
    """After 24 hours there is only the reason, and nothing to replay."""
    put_aside(path, updates=[{"update_id": 0}], letters=[a_word()])

    async def purge() -> None:
        store = open_sqlite(path)
        await store.purge(START + 2 * DAY, 0)
        await store.close()

    asyncio.run(purge())
    for id_ in ("tg:0", "letter-1"):
        assert run("show", id_).output.splitlines()[-1] == "holds: nothing any more, so it cannot be replayed"
        assert run("replay", id_).output == f"{id_}: {TOO_LATE}\n"
    assert run("replay", "--all").output == ""


def test_a_reply_that_cannot_be_read(path: Path) -> None:
    """A reply that another version wrote is left where it is."""
    put_aside(path, letters=[a_word()])
    change(path, "UPDATE dead_letter SET reply = '[]'")
    assert run("replay", "letter-1").output == f"letter-1: {UNREADABLE}\n"


def test_drop(path: Path) -> None:
    """What is dropped is gone, and nothing else is."""
    put_aside(path, updates=[{}, {}], letters=[a_word(), a_word()])
    for id_ in ("tg:0", "letter-1"):
        assert run("drop", id_).output == f"{id_}: {DROPPED}\n"
    assert [line.split()[0] for line in run().output.splitlines()] == ["tg:1", "letter-2", "2"]


@pytest.mark.parametrize("id_", ["tg:7", "letter-7", "letter-", "letter-x", "letter-" + "9" * 99, "nonsense"])
@pytest.mark.parametrize("command", ["show", "replay", "drop"])
def test_no_such_id(path: Path, command: str, id_: str) -> None:
    """An id that there is nothing of is one line, and an error."""
    put_aside(path)
    result = run(command, id_)
    assert (result.exit_code, result.output) == (1, f"Error: {id_}: {NO_SUCH}\n")


def test_replay_of_what(path: Path) -> None:
    """Without an id, or with both, it is asked which."""
    for arguments in (("replay",), ("replay", "tg:1", "--all")):
        result = run(*arguments)
        assert (result.exit_code, "give an id, or --all" in result.output) == (2, True)


def test_no_database(path: Path) -> None:
    """Where there is no database, none is made."""
    result = run()
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "is it there, and one of ours?" in result.output
    assert not path.exists()


@pytest.mark.parametrize(("version", "cure"), [(VERSION - 1, "start the bot once"), (VERSION + 1, "update Backup Medic")])
def test_another_version(path: Path, version: int, cure: str) -> None:
    """A database of another version is left as it is, and one line says what to do."""
    put_aside(path)
    change(path, f"PRAGMA user_version = {version}")
    result = run()
    assert (result.exit_code, cure in result.output) == (1, True)
    assert look(path, "PRAGMA user_version") == [(version,)]
