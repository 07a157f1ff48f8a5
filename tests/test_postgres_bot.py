"""The bot on PostgreSQL, end to end: real processes, which are killed, and so is the server; and a live bot that moves there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fake_telegram import FakeTelegram, Shown, User
from tests.on_telegram import ERROR, OFF, asked, asked_for_later, private, said, secrets_told, until
from tests.postgres_server import PostgresServer, ask
from tests.running_bot import RunningBot

PEOPLE: Final = 6
CALL_SECONDS: Final = 0.02
PATIENCE: Final = 60.0
STOP_SECONDS: Final = 25.0
SECONDS_WITHOUT_LEADER: Final = 10.0
ROAD: Final = ("Didn't help", "Already did", "Didn't help", "I can't tell")


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(delay=CALL_SECONDS, conflict_pause=0.1) as found:
        yield found


def a_bot(telegram: FakeTelegram, folder: Path, database: str, name: str = "bot") -> RunningBot:
    return RunningBot(telegram.url, telegram.token, folder, name=name, DATABASE_URL=database)


async def walk(person: User, chance: random.Random) -> str:
    """Go a road press by press, each when the card before it has come; then ask what was tried: the bot's list."""
    chat = person.chat
    await asked(chat, OFF)
    for label in ROAD:
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        before = {message.id: message.version for message in await chat.messages()}
        await chat.press(label)
        await chat.wait_for(partial(new_cards, before), PATIENCE)
    await chat.send("/tried")
    shown = await said(chat, "tried", PATIENCE)
    return shown.text


def new_cards(before: dict[int, int], messages: Sequence[Shown]) -> list[Shown]:
    """The cards that were not there before, or said something else."""
    return [one for one in messages if one.by is None and one.rows and before.get(one.id) != one.version]


async def settled(telegram: FakeTelegram, database: str) -> None:
    """Wait until nothing is under way any more."""
    await telegram.drained(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while await ask(database, "SELECT id FROM reply_queue"):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)


async def nothing_was_lost(telegram: FakeTelegram, database: str, *bots: RunningBot) -> dict[str, Any]:
    """Every update counts once, nothing was put aside, nobody quoted or raised; Telegram's counters."""
    counters: dict[str, Any] = await telegram.counters()
    assert await ask(database, "SELECT count(*) FROM seen_update") == [(counters["pushed"],)]
    assert counters["pushed"] == counters["acknowledged"]
    assert counters["expired"] == counters["lost"] == counters["dropped"] == 0
    assert await ask(database, "SELECT count(*) FROM poison") == await ask(database, "SELECT count(*) FROM dead_letter") == [(0,)]
    for bot in bots:
        assert "Traceback" not in bot.stderr
        assert secrets_told(telegram, bot) == []
    return counters


async def everybody(telegram: FakeTelegram) -> list[User]:
    return [await telegram.user(f"Person {number}") for number in range(PEOPLE)]


class Replica:
    """A bot among others. It says whether it polls; what its earlier processes said does not count."""

    def __init__(self, bot: RunningBot) -> None:
        self.bot = bot
        self._begun = 0

    @property
    def polls(self) -> bool:
        return self.bot.running and " polls\n" in self.bot.stderr[self._begun :]

    @property
    def waits(self) -> bool:
        return self.bot.running and "another replica polls" in self.bot.stderr[self._begun :] and not self.polls

    async def die(self) -> None:
        await self.bot.kill()
        self._begun = len(self.bot.stderr)


async def test_the_one_that_polls_is_killed(telegram: FakeTelegram, database: str, tmp_path: Path) -> None:
    """Of three replicas one polls, and says so; when it is killed another does within seconds, and people notice nothing."""
    people = await everybody(telegram)
    async with AsyncExitStack() as stack:
        replicas = [Replica(await stack.enter_async_context(a_bot(telegram, tmp_path, database, name))) for name in "abc"]
        walking = asyncio.gather(*(walk(person, random.Random(number)) for number, person in enumerate(people)))
        await until(lambda: all(replica.polls or replica.waits for replica in replicas), PATIENCE)
        [leader] = [replica for replica in replicas if replica.polls]
        await leader.die()
        await until(lambda: any(replica.polls for replica in replicas), SECONDS_WITHOUT_LEADER)
        await leader.bot.start()
        ends = await walking
        await settled(telegram, database)
        await until(lambda: all(replica.polls or replica.waits for replica in replicas), PATIENCE)
        for replica in replicas:
            assert await replica.bot.stop() == 0
    assert len(set(ends)) == 1
    bots = [replica.bot for replica in replicas]
    await nothing_was_lost(telegram, database, *bots)
    assert not any("another program polls" in bot.stderr for bot in bots), "two polled at once"


async def test_the_server_is_not_there_at_the_start(
    telegram: FakeTelegram, postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    """A bot that finds no server says so in one line without the password, waits, and begins when there is one."""
    await asyncio.to_thread(postgres.stop)
    try:
        async with a_bot(telegram, tmp_path, database.replace("tests@", "tests:secret@")) as bot:
            await until(lambda: "cannot reach the database postgresql://tests@" in bot.stderr)
            await asyncio.to_thread(postgres.start)
            await bot.ready()
            await asked((await telegram.user("Ann")).chat)
            assert await bot.stop() == 0
        assert "secret" not in bot.stderr
        assert "Traceback" not in bot.stderr
    finally:
        await asyncio.to_thread(postgres.start)


async def test_stopped_while_the_server_is_away(telegram: FakeTelegram, postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    """A bot can be stopped while the server is away; what it could not handle is not acknowledged, and handled by the next one."""
    ann = await telegram.user("Ann")
    async with a_bot(telegram, tmp_path, database) as bot:
        await bot.ready()
        await asyncio.to_thread(postgres.kill)
        try:
            await ann.chat.send(OFF)
            await until(lambda: "1 updates wait" in bot.stderr, PATIENCE)
            bot.terminate()
            assert await bot.ended(STOP_SECONDS) == 0
        finally:
            await asyncio.to_thread(postgres.start)
        await bot.start()
        await said(ann.chat, "Fix 1", PATIENCE)
        await settled(telegram, database)
        assert await bot.stop() == 0
    await nothing_was_lost(telegram, database, bot)


async def test_a_live_bot_moves(telegram: FakeTelegram, database: str, tmp_path: Path) -> None:
    """A bot with people under way moves from SQLite to PostgreSQL: what they press meanwhile counts, and their reminders stay."""
    old = RunningBot(telegram.url, telegram.token, tmp_path)
    ann, ben, cat = [await telegram.user(name) for name in ("Ann", "Ben", "Cat")]
    async with old:
        await old.ready()
        await asked(ann.chat, ERROR)
        await asked(ben.chat, OFF)
        await asked_for_later(cat.chat)
        code, told = await old.command("migrate", "--from", f"sqlite:///{old.database}", "--to", database)
        assert (code, "another Backup Medic" in told) == (1, True)
        assert await old.stop() == 0
    kept = old.rows("SELECT conversation, session FROM conversation ORDER BY conversation")
    await ben.chat.press("Didn't help")
    code, told = await old.command("migrate", "--from", f"sqlite:///{old.database}", "--to", database)
    assert (code, told[:21]) == (0, "moved 3 conversations"), told
    assert await ask(database, "SELECT conversation, session FROM conversation ORDER BY conversation") == kept
    async with a_bot(telegram, tmp_path, database, "new") as new:
        await said(ben.chat, "Fix 2", PATIENCE)
        await ann.chat.press("1-4 weeks ago")
        await said(ann.chat, "Fix 1", PATIENCE)
        assert await ask(database, "SELECT conversation FROM timer") == [(private(cat.chat),)]
        await settled(telegram, database)
        assert await new.stop() == 0
    await nothing_was_lost(telegram, database, new)
