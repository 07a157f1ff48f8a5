"""`python -m bot migrate`: a live bot moves from SQLite to PostgreSQL, and nothing of any conversation is lost on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.assistant import Assistant
from bot.cli import main
from bot.model import Asked, Guide, Timer
from bot.store import LEASE, Arrival, InUse, Kept, StoreError, moving
from bot.store.moving import bring_up_to_date, move
from bot.store.opening import NO_ASYNCPG, open_store
from bot.store.sqlite import open_sqlite
from tests.conversing import START, buttons_of, press_on
from tests.keeping import ANN, BEN, Clock, Database, a_card, a_database, a_session, a_word, card_in, opened, queue, save

PLENTY = 1000


@pytest.fixture
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return a_database("sqlite", request, tmp_path)


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return a_database("postgresql", request, tmp_path)


async def told_by_move(source: str, target: str) -> str:
    """The one line in which a move is refused."""
    with pytest.raises(StoreError) as caught:
        await move(source, target)
    told = str(caught.value)
    assert "\n" not in told
    return told


async def test_a_live_bot_moves(old: Database, new: Database, guide: Guide) -> None:
    """Conversations in the middle go on in the new database as if nothing had been: every row, the queue's order, who was seen."""
    clock = Clock()
    async with opened(old) as store:
        assistant = Assistant(guide, store, clock)
        for number in range(20):
            key, chat = f"tg:{number}:0:{number}", f"tg:{number}"
            card = card_in(await assistant.handle(Arrival(f"tg:{number}", key, chat, Asked("start", "storage-full"))))
            await assistant.handle(Arrival(f"tg:{100 + number}", key, chat, press_on(card, buttons_of(card)[number % 2])))
        await store.run(lambda tx: tx.set_timer(ANN, "tg:1", Timer(START, "abc", 1)))
        [sent, refused] = await queue(store, BEN, a_card(3), a_word("gone"))
        await store.sent(sent, 77)
        await store.bury(refused, "no", START)
        await store.run(lambda tx: tx.move_chat("tg:-5", "tg:-1000", START))
    before = await old.everything()
    assert all(before[table] for table in ("conversation", "seen_update", "reply_queue", "timer", "dead_letter", "moved_chat"))
    moved = await move(old.url, new.url)
    assert moved == {table: len(rows) for table, rows in before.items()}
    assert await new.everything() == before
    assert await old.everything() == before, "the old one is there as long as the operator wants it"

    async with opened(new) as store:
        assistant = Assistant(guide, store, clock)
        repeated = await assistant.handle(Arrival("tg:1", ANN, "tg:1", Asked("start", "storage-full")))
        assert repeated.repeated
        assert (await assistant.handle(Arrival("tg:900", ANN, "tg:1", Asked("tried")))).queued, "numbers go on behind those of the old rows"
        waiting = await store.waiting(START + LEASE, PLENTY)
        places = [queued.id for queued in waiting if queued.conversation == "tg:7:0:7"]
        assert places == sorted(places)
        assert len(places) == len([row for row in before["reply_queue"] if row[1] == "tg:7:0:7"])


async def test_leases_do_not_move(old: Database, new: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the old bot was sending when it was stopped waits for nobody."""
    monkeypatch.setattr("bot.store.moving.time.time", lambda: START + 1.0)
    async with opened(old) as store:
        await queue(store, ANN, a_word("a"))
        [later] = await queue(store, BEN, a_word("b"))
        await store.postpone([later], START + 5 * LEASE)
    await move(old.url, new.url)
    async with opened(new) as store:
        assert [queued.reply for queued in await store.waiting(START + 1, PLENTY)] == [a_word("a")]


async def test_refused_while_a_bot_runs(old: Database, new: Database) -> None:
    """A file that a bot uses is not moved, nor anything into a database that one uses."""
    async with opened(old):
        assert "another Backup Medic" in await told_by_move(old.url, new.url)
    async with opened(new):
        assert "stop it first" in await told_by_move(old.url, new.url)
    await move(old.url, new.url)


async def test_refused_when_the_target_is_not_empty(old: Database, new: Database) -> None:
    """What is in the target already is not mixed with what comes, and not touched."""
    async with opened(new) as store:
        await save(store, ANN, a_session(7))
    async with opened(old) as store:
        await save(store, ANN, a_session(1))
    assert "not empty" in await told_by_move(old.url, new.url)
    async with opened(new) as store:
        assert await store.run(lambda tx: tx.load(ANN)) == Kept(a_session(7))


async def test_all_or_nothing(old: Database, new: Database) -> None:
    """When a row cannot be moved, nothing is; the target can be used for the next attempt."""
    async with opened(old) as store:
        await save(store, ANN, a_session())
        await queue(store, ANN, a_word())
    await old.rows("UPDATE reply_queue SET attempts = 'many'")
    assert "reply_queue" in await told_by_move(old.url, new.url)
    assert not any((await new.everything()).values())
    await old.rows("UPDATE reply_queue SET attempts = 1")
    assert (await move(old.url, new.url))["conversation"] == 1


async def test_two_moves_at_once(old: Database, new: Database, tmp_path: Path) -> None:
    """Of two moves into one database, one is done and the other refused."""
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    for database in (old, other):
        async with opened(database) as store:
            await save(store, ANN, a_session())
    outcomes = await asyncio.gather(move(old.url, new.url), move(other.url, new.url), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [StoreError]
    assert len(await new.rows("SELECT * FROM conversation")) == 1


async def test_what_is_no_move(tmp_path: Path, new: Database) -> None:
    """A file that is not there is not made; and only SQLite moves, only to PostgreSQL."""
    missing = tmp_path / "missing.db"
    assert "missing.db" in await told_by_move(f"sqlite:///{missing}", new.url)
    assert not missing.exists()
    assert "sqlite" in await told_by_move(new.url, f"sqlite:///{missing}")
    (tmp_path / "pictures.db").write_bytes(b"holiday pictures\n" * 500)
    assert "pictures.db" in await told_by_move(f"sqlite:///{tmp_path / 'pictures.db'}", new.url)


async def test_many_bring_a_file_up_to_date(old: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many may bring a file up to date at once; while a bot uses it, one line says so."""
    await asyncio.gather(*(bring_up_to_date(old.url) for _ in range(5)))
    monkeypatch.setattr(moving, "PATIENCE", 0.2)
    async with opened(old):
        with pytest.raises(InUse, match="another Backup Medic"):
            await bring_up_to_date(old.url)


async def test_without_the_extra(new: Database, old: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asyncpg, one line says what to install."""
    open_sqlite(None)
    monkeypatch.setitem(__import__("sys").modules, "asyncpg", None)
    for trying in (open_store(new.url), bring_up_to_date(new.url), move(old.url, new.url)):
        with pytest.raises(StoreError, match=r'pip install "backup-medic\[postgres\]"') as caught:
            await trying
        assert str(caught.value) == NO_ASYNCPG


def test_the_command(old: Database, new: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says in one line what it did, what is to be done next, or why it did nothing."""
    monkeypatch.setenv("DATABASE_URL", old.url)

    def ran(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["migrate", *arguments])
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    assert ran() == (0, "the tables are up to date\n")
    code, told = ran("--from", old.url, "--to", new.url)
    assert code == 0
    assert told.startswith("moved 0 conversations")
    assert "now set DATABASE_URL" in told
    monkeypatch.setenv("DATABASE_URL", new.url)
    assert ran() == (0, "the tables are up to date\n")
    code, told = ran("--from", "sqlite:///missing.db", "--to", new.url)
    assert (code, told) == (1, "Error: there is no database missing.db\n")
    assert ran("--from", old.url)[0] == 2
