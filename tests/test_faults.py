"""Faults of the machine, each with its outcome: the disk full, the database locked, the clock moved, a step that raises. The real bot."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fake_telegram import FakeTelegram
from tests.on_telegram import ERROR, PATIENCE, asked, history_of, private, said, secrets_told, session_of, until
from tests.running_bot import ROOT, RunningBot

HOUR: Final = 60 * 60
WAITING: Final = "updates wait: "


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(conflict_pause=0.1) as found:
        yield found


class SpoiltBot(RunningBot):
    """A bot that can be spoilt from within (see sabotage/sitecustomize.py)."""

    customs = str(ROOT / "tests" / "sabotage")

    def __init__(self, telegram: FakeTelegram, folder: Path) -> None:
        super().__init__(telegram.url, telegram.token, folder, SABOTAGE=str(folder))
        self.folder = folder

    def move_clock(self, seconds: float) -> None:
        (self.folder / "clock").write_text(str(seconds))

    def spoil_step(self) -> None:
        (self.folder / "step").touch()

    def mend_step(self) -> None:
        (self.folder / "step").unlink()


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[SpoiltBot]:
    async with SpoiltBot(telegram, tmp_path) as bot:
        await bot.ready()
        yield bot
        assert await bot.stop() == 0
    assert "Traceback" not in bot.stderr
    assert "what somebody wrote" not in bot.stderr
    assert secrets_told(telegram, bot) == []


# --- the disk, and the database ----------------------------------------------------------------------------------------------


def let_files_grow(bot: RunningBot, to: int) -> None:
    """Let the running bot's files get so large at most, as a full disk does."""
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (to, resource.RLIM_INFINITY))


async def test_disk_full(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """While nothing can be written, nothing is acknowledged, and the log says why; then everything is handled, once, in order."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await asked(ann.chat)
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    let_files_grow(bot, 4096)
    await ann.chat.send("/tried")
    await bob.chat.send(ERROR)
    await until(lambda: bot.stderr.count(WAITING) > 1)
    assert (await telegram.counters())["pending"] == 2
    assert bot.running
    let_files_grow(bot, resource.RLIM_INFINITY)
    await said(bob.chat, "Fix 1")
    await said(ann.chat, "tried")
    await telegram.drained(PATIENCE)
    assert (await telegram.counters())["repeats"] == 0
    assert bot.rows("SELECT count(*) FROM poison") == [(0,)]


async def test_disk_full_after_a_message_is_sent(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """When it cannot be written down that a message was sent, it is not sent again."""
    await telegram.options(delay=1.0)
    ann = await telegram.user("Ann")
    await ann.chat.send(ERROR)
    await until(lambda: telegram.world.calls["sendmessage"])
    let_files_grow(bot, 4096)
    await until(lambda: bot.stderr.count("the store does not work") > 1)
    let_files_grow(bot, resource.RLIM_INFINITY)
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    assert (await telegram.counters())["sent"] == 1
    await ann.chat.press("1-4 weeks ago")
    await said(ann.chat, "Fix 2")


async def test_database_locked(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """While another program holds the database, for longer than SQLite waits, nothing is acknowledged; then everything is handled."""
    ann = await telegram.user("Ann")
    with closing(sqlite3.connect(bot.database, isolation_level=None, timeout=PATIENCE)) as other:
        other.execute("BEGIN IMMEDIATE")
        await ann.chat.send(ERROR)
        await until(lambda: WAITING in bot.stderr)
        assert (await telegram.counters())["pending"] == 1
        other.execute("ROLLBACK")
    await said(ann.chat, "Fix 1")
    await telegram.drained(PATIENCE)
    assert (await telegram.counters())["sent"] == 1


# --- the clock -----------------------------------------------------------------------------------------------------------------


async def refuse_once(telegram: FakeTelegram, chat: int) -> None:
    """Let the next message to a chat fail, so that it has to wait."""
    await telegram.fault("error", method="sendMessage", chat=chat)


@pytest.mark.parametrize("moved", [-600, -30 * HOUR, 30 * HOUR])
async def test_clock_moved(telegram: FakeTelegram, bot: SpoiltBot, moved: int) -> None:
    """Back a little, back a lot, or forward: what waits for its time is sent all the same, once, and so is all that is new."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await refuse_once(telegram, ann.id)
    await ann.chat.send(ERROR)
    await until(lambda: "the reply waits" in bot.stderr)
    bot.move_clock(moved)
    await asked(bob.chat)
    await said(ann.chat, "Fix 1")
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    assert (await telegram.counters())["sent"] == 2


@pytest.mark.parametrize("moved", [-30 * HOUR, 30 * HOUR])
async def test_clock_moved_while_it_was_off(telegram: FakeTelegram, bot: SpoiltBot, moved: int) -> None:
    """What a killed bot had on its way is sent by the next one, wherever the clock stands by then."""
    await telegram.options(delay=0.5)
    ann = await telegram.user("Ann")
    await ann.chat.send(ERROR)
    await until(lambda: bot.rows("SELECT id FROM reply_queue"))
    await bot.kill()
    bot.move_clock(moved)
    await bot.start()
    await said(ann.chat, "Fix 1")
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))


async def test_clock_far_ahead_deletes_nothing(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """When the clock goes to the year 2100 and back, people are still where they were."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    bot.move_clock(75 * 365 * 24 * HOUR)
    await asyncio.sleep(0.5)
    bot.move_clock(0)
    await ann.chat.press("1-4 weeks ago")
    await said(ann.chat, "Fix 2")


# --- a step that raises, and what the operator does about it ----------------------------------------------------------------------


async def put_aside(telegram: FakeTelegram, bot: SpoiltBot) -> tuple[Any, str]:
    """Somebody whose message could not be handled, and the id of what was put aside."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    bot.spoil_step()
    await ann.chat.send("a week ago, and my name is Ann")
    await until(lambda: bot.rows("SELECT update_id FROM poison"))
    await telegram.drained(PATIENCE)
    bot.mend_step()
    return ann.chat, bot.rows("SELECT update_id FROM poison")[0][0]


async def test_step_that_raises(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """What a step raises on is put aside and acknowledged; those behind it are handled, and the person goes on where they were."""
    chat, id_ = await put_aside(telegram, bot)
    before = session_of(bot, private(chat))
    assert f"update {id_.removeprefix('tg:')} could not be handled (ZeroDivisionError at sitecustomize.py:" in bot.stderr
    await chat.send("/privacy")
    await said(chat, "no words, no pictures")
    assert session_of(bot, private(chat))["turn"] == before["turn"]


async def test_replay_beside_the_bot(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """`queue` lists it without its words; `queue replay` has the running bot handle it, once, and then it is no longer there."""
    chat, id_ = await put_aside(telegram, bot)
    turn = session_of(bot, private(chat))["turn"]
    for arguments in ((), ("show", id_)):
        code, told = await bot.command("queue", *arguments)
        assert code == 0
        assert id_ in told
        assert "ZeroDivisionError" in told
        assert "my name is" not in told
    assert await bot.command("queue", "replay", id_) == (0, f"{id_}: will be handled again\n")
    await until(lambda: not bot.rows("SELECT update_id FROM poison"))
    assert session_of(bot, private(chat))["turn"] == turn + 1
    code, told = await bot.command("queue", "replay", id_)
    assert (code, "there is nothing of this id" in told) == (1, True)
    assert session_of(bot, private(chat))["turn"] == turn + 1
    assert (await bot.command("queue"))[1] == "nothing was put aside\n"


async def test_replay_at_the_next_start(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """What is to be replayed while no bot runs is handled at the next start; a kill in between changes nothing of that."""
    chat, id_ = await put_aside(telegram, bot)
    turn, history = session_of(bot, private(chat))["turn"], history_of(bot, private(chat))
    await bot.kill()
    assert await bot.command("queue", "replay", "--all") == (0, f"{id_}: will be handled again\n")
    await bot.start()
    await until(lambda: session_of(bot, private(chat))["turn"] == turn + 1)
    await bot.kill()
    await bot.start()
    await bot.ready()
    await until(lambda: not bot.rows("SELECT update_id FROM poison"))
    assert session_of(bot, private(chat))["turn"] == turn + 1
    assert len(history_of(bot, private(chat))) == len(history) + 1


async def test_replay_that_fails_again(telegram: FakeTelegram, bot: SpoiltBot) -> None:
    """What still cannot be handled stays put aside, and is not tried again by itself; dropped, it is gone."""
    _, id_ = await put_aside(telegram, bot)
    bot.spoil_step()
    await bot.command("queue", "replay", id_)
    await until(lambda: "could not be handled again" in bot.stderr)
    await until(lambda: bot.rows("SELECT replay FROM poison") == [(0,)])
    bot.mend_step()
    assert await bot.command("queue", "drop", id_) == (0, f"{id_}: dropped\n")
    assert bot.rows("SELECT * FROM poison") == []
    assert bot.stderr.count("could not be handled again") == 1
