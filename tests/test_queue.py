"""`python -m bot queue` without a bot: what it says of what was put aside, in either kind of database, and of what it cannot do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.model import Reply
from bot.store import DAY, Poison
from bot.store.aside import DROPPED, GONE_ON, NO_SUCH, SENT_AGAIN, TOO_LATE, UNREADABLE, Shelf
from bot.store.beside import opened_beside
from bot.store.migrations import VERSION
from bot.store.opening import SQLITE
from tests.conversing import START
from tests.keeping import ANN, KINDS, Database, a_card, a_database, a_session, a_word, opened, queue, save

SECRET: Final = "my secret words"
MESSAGE: Final = {"message_id": 1, "from": {"id": 1, "first_name": SECRET}, "text": SECRET, SECRET: 1}


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """A database of each kind that there is, and the settings name it; there is nothing in it yet."""
    found = a_database(request.param, request, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", found.url)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["queue", *arguments], prog_name="python -m bot")


def put_aside(database: Database, *, updates: Iterable[Any] = (), letters: Iterable[Reply] = (), turn: int = 1) -> None:
    """Fill a database: updates that could not be handled, replies to Ann that could not be sent, her session at a turn."""

    async def fill() -> None:
        async with opened(database) as store:
            await save(store, ANN, a_session(turn))
            for number, raw in enumerate(updates):
                await store.put_aside(Poison(f"tg:{number}", ANN, json.dumps(raw), "KeyError", START + number))
            for number, reply in enumerate(letters, 100):
                [queued] = await queue(store, ANN, reply)
                await store.bury(queued, "sendMessage: no", START + number)

    asyncio.run(fill())


def look(database: Database, query: str) -> list[tuple[Any, ...]]:
    return asyncio.run(database.rows(query))


def change(database: Database, statement: str) -> None:
    asyncio.run(database.rows(statement))


class TestEitherKind:
    """What holds on SQLite and on PostgreSQL."""

    def test_list(self, database: Database) -> None:
        """Each line has the id, the time, the conversation and the reason; the oldest comes first, and no words of anybody are shown."""
        put_aside(database, updates=[{"update_id": 0, "message": MESSAGE}, [SECRET]], letters=[a_word()])
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
    def test_show_an_update(self, database: Database, raw: Any, holds: str) -> None:
        """What an update consists of is told in names that we know, whatever stands in it."""
        put_aside(database, updates=[raw])
        result = run("show", "tg:0")
        assert result.exit_code == 0
        assert result.output.splitlines()[-1] == f"holds: {holds}"
        assert SECRET not in result.output

    def test_show_a_letter(self, database: Database) -> None:
        """What a reply consists of is told in the names of its texts."""
        put_aside(database, letters=[a_card(), a_word("privacy")])
        assert run("show", "letter-1").output.splitlines()[-1] == "holds: card: menu"
        assert run("show", "letter-2").output.splitlines()[-1] == "holds: privacy"

    def test_a_reply_is_sent_again(self, database: Database) -> None:
        """A reply goes back into the queue, due at once, and is no dead letter any more."""
        put_aside(database, letters=[a_word(), a_card(turn=1)], turn=1)
        assert run("replay", "--all").output == f"letter-1: {SENT_AGAIN}\nletter-2: {SENT_AGAIN}\n"
        assert look(database, "SELECT conversation, chat, is_card, edit, not_before FROM reply_queue ORDER BY id") == [
            (ANN, "tg:1", 0, None, 0),
            (ANN, "tg:1", 1, None, 0),
        ]
        assert look(database, "SELECT * FROM dead_letter") == []

    @pytest.mark.parametrize("card", [a_card(turn=1), replace(a_card(turn=2), session="another")])
    def test_an_old_card_is_not_sent(self, database: Database, card: Reply) -> None:
        """A card of a step that is over, or of a session that is, would take the place of the one on the screen."""
        put_aside(database, letters=[card], turn=2)
        assert run("replay", "letter-1").output == f"letter-1: {GONE_ON}\n"
        assert look(database, "SELECT * FROM reply_queue") == []

    def test_a_card_of_nobody_is_not_sent(self, database: Database) -> None:
        """Of somebody whose session is not there any more, or cannot be read, no card is sent."""
        put_aside(database, letters=[a_card(turn=1)])
        change(database, "UPDATE conversation SET session = 'x'")
        assert run("replay", "letter-1").output == f"letter-1: {GONE_ON}\n"

    def test_what_is_not_kept_any_more(self, database: Database) -> None:
        """After 24 hours there is only the reason, and nothing to replay."""
        put_aside(database, updates=[{"update_id": 0}], letters=[a_word()])

        async def purge() -> None:
            async with opened(database) as store:
                await store.purge(START + 2 * DAY, 0)

        asyncio.run(purge())
        for id_ in ("tg:0", "letter-1"):
            assert run("show", id_).output.splitlines()[-1] == "holds: nothing any more, so it cannot be replayed"
            assert run("replay", id_).output == f"{id_}: {TOO_LATE}\n"
        assert run("replay", "--all").output == ""

    def test_a_reply_that_cannot_be_read(self, database: Database) -> None:
        """A reply that another version wrote is left where it is."""
        put_aside(database, letters=[a_word()])
        change(database, "UPDATE dead_letter SET reply = '[]'")
        assert run("replay", "letter-1").output == f"letter-1: {UNREADABLE}\n"

    def test_drop(self, database: Database) -> None:
        """What is dropped is gone, and nothing else is."""
        put_aside(database, updates=[{}, {}], letters=[a_word(), a_word()])
        for id_ in ("tg:0", "letter-1"):
            assert run("drop", id_).output == f"{id_}: {DROPPED}\n"
        assert [line.split()[0] for line in run().output.splitlines()] == ["tg:1", "letter-2", "2"]

    @pytest.mark.parametrize("id_", ["tg:7", "letter-7", "letter-", "letter-x", "letter-" + "9" * 99, "nonsense"])
    @pytest.mark.parametrize("command", ["show", "replay", "drop"])
    def test_no_such_id(self, database: Database, command: str, id_: str) -> None:
        """An id that there is nothing of is one line, and an error."""
        put_aside(database)
        result = run(command, id_)
        assert (result.exit_code, result.output) == (1, f"Error: {id_}: {NO_SUCH}\n")

    def test_replay_of_what(self, database: Database) -> None:
        """Without an id, or with both, it is asked which."""
        for arguments in (("replay",), ("replay", "tg:1", "--all")):
            result = run(*arguments)
            assert (result.exit_code, "give an id, or --all" in result.output) == (2, True)

    def test_beside_a_running_bot(self, database: Database) -> None:
        """An open store finds by itself what is to be handled again, and what is to be sent again."""

        async def work() -> None:
            async with opened(database) as store:
                await asyncio.to_thread(run, "replay", "--all")
                assert [poison.update for poison in await store.to_replay(10)] == ["tg:0"]
                assert [queued.reply for queued in await store.waiting(START, 10)] == [a_word()]

        put_aside(database, updates=[{"update_id": 0}], letters=[a_word()])
        asyncio.run(work())

    def test_two_operators(self, database: Database) -> None:
        """When two replay the same reply at the same time, it is sent once."""

        async def replayed() -> str:
            async with opened_beside(database.url) as connection:
                return await Shelf(connection).replay("letter-1")

        async def work() -> list[str]:
            return await asyncio.gather(*(replayed() for _ in range(4)))

        put_aside(database, letters=[a_word()])
        assert sorted(asyncio.run(work())) == sorted([SENT_AGAIN, NO_SUCH, NO_SUCH, NO_SUCH])
        assert look(database, "SELECT count(*) FROM reply_queue") == [(1,)]

    @pytest.mark.parametrize(("by", "cure"), [(-1, "start the bot once"), (1, "update Backup Medic")])
    def test_another_version(self, database: Database, by: int, cure: str) -> None:
        """A database of another version is left as it is, and one line says what to do."""
        put_aside(database)
        file = database.url.startswith(SQLITE)
        change(database, f"PRAGMA user_version = {VERSION + by}" if file else f"UPDATE schema_version SET version = version + {by}")  # noqa: S608
        result = run()
        assert (result.exit_code, cure in result.output) == (1, True)
        assert look(database, "PRAGMA user_version" if file else "SELECT version FROM schema_version") == [(VERSION + by,)]

    def test_nothing_there(self, database: Database, tmp_path: Path) -> None:
        """Where no bot has kept anything yet, one line says so, and nothing is made."""
        result = run()
        assert (result.exit_code, result.output.count("\n")) == (1, 1)
        assert "is it there, and one of ours?" in result.output or "start the bot once" in result.output
        assert list(tmp_path.iterdir()) == []


def test_no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server that cannot be reached is one line, and no password is in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hush@127.0.0.1:1/bot")
    result = run()
    assert (result.exit_code, result.output.count("\n"), "hush" in result.output) == (1, 1, False)
    assert "cannot reach the database" in result.output
