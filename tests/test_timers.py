"""Asked to come back later, over restarts: due once, whatever is killed, and silent when it is of no use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.fake_telegram import Chat, FakeTelegram
from tests.on_telegram import ERROR, asked, asked_for_later, private, said, session_of, troubled, until
from tests.running_bot import RunningBot

BACK: Final = "You asked me to come back"
A_MOMENT: Final = 0.5
"""Seconds in which a reply that is queued is sent."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(conflict_pause=0.1) as found:
        yield found


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with troubled(telegram, tmp_path) as found:
        yield found


async def restarted_when_due(bot: RunningBot) -> None:
    """Kill the bot, let all timers become due meanwhile, and start it again."""
    await bot.kill()
    assert bot.write("UPDATE timer SET due = 1") == 1
    await bot.start()
    await bot.ready()


async def reminders(chat: Chat) -> int:
    return sum(BACK in message.text for message in await chat.messages())


async def all_rung(bot: RunningBot) -> None:
    """Wait until no timer is left, and all that it says is said."""
    await until(lambda: not bot.rows("SELECT due FROM timer") and not bot.rows("SELECT id FROM reply_queue"))


async def test_rings_once_over_kills(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Killed just before it rings, just after, and once more: it rings, and never twice after it was shown."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    await restarted_when_due(bot)
    await bot.kill()
    await bot.start()
    await said(ann.chat, BACK)
    await all_rung(bot)
    await bot.kill()
    await bot.start()
    await bot.ready()
    await asyncio.sleep(A_MOMENT)
    assert await reminders(ann.chat) == 1


async def test_killed_while_it_rings(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Killed while the reminder is on its way: it is in the queue by then, so it comes, and its timer does not ring again."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    await telegram.fault("silent", method="sendMessage")
    bot.write("UPDATE timer SET due = 1")
    await until(lambda: bot.rows("SELECT id FROM reply_queue") and not bot.rows("SELECT due FROM timer"))
    await bot.kill()
    await bot.start()
    await said(ann.chat, BACK)
    await all_rung(bot)
    assert await reminders(ann.chat) == 1


async def test_due_for_long(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A reminder that became due while the bot was away comes late, but it comes, with buttons that work."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    await restarted_when_due(bot)
    await said(ann.chat, BACK)
    turn = session_of(bot, private(ann.chat))["turn"]
    await ann.chat.press("Didn't help")
    await until(lambda: session_of(bot, private(ann.chat))["turn"] > turn)


@pytest.mark.parametrize("end", ["it worked", "/restart", "/forget", "a step further"])
async def test_silent_after_the_end(telegram: FakeTelegram, bot: RunningBot, end: str) -> None:
    """When the problem ended before it was due, or its step is over, it says nothing after a restart; and no row of it is left."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    if end == "a step further":
        await asked(ann.chat, ERROR)
    else:
        await ann.chat.send(end)
        await ann.chat.answer()
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    await bot.kill()
    bot.write("UPDATE timer SET due = 1 WHERE turn = (SELECT min(turn) FROM timer)")  # a success has one of its own, for the morning after
    before = len(await ann.chat.messages())
    await bot.start()
    await bot.ready()
    await until(lambda: not bot.rows("SELECT due FROM timer WHERE due = 1"))
    await asyncio.sleep(A_MOMENT)
    assert len(await ann.chat.messages()) == before
