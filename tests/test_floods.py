"""One person sends two thousand messages: they are answered once, kindly, and nobody else waits. The real bot, the fake Telegram."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.fairness import SHARE
from tests.fake_telegram import FakeTelegram, User
from tests.on_telegram import ERROR, PATIENCE, asked, said, troubled, until
from tests.running_bot import RunningBot

FLOOD: Final = 2000
LONG: Final = "My backup never ends and I have tried everything that I could think of, and so has my neighbour. " * 30
TOO_MUCH: Final = "That was a lot at once"
NEIGHBOURS: Final = 10
SOON: Final = 25
"""Times what as many people wait without a flood. It takes about 8, for the flood is fetched; if all of it were read, 60 and more."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(chat_rate=1.0) as found:
        yield found


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with troubled(telegram, tmp_path) as found:
        yield found


async def flood(telegram: FakeTelegram, text: str = LONG) -> User:
    ann = await telegram.user("Ann")
    await telegram.call("burst", people=1, texts=[f"{text} {number}" for number in range(FLOOD)], first=ann.id)
    return ann


async def answered_in(user: User) -> float:
    began = time.monotonic()
    await asked(user.chat)
    return time.monotonic() - began


async def slowest(telegram: FakeTelegram, name: str) -> float:
    """Ten people ask at the same moment: the seconds until the last of them is answered."""
    people = [await telegram.user(f"{name} {number}") for number in range(NEIGHBOURS)]
    return max(await asyncio.gather(*(answered_in(one) for one in people)))


async def test_a_flood_harms_nobody_else(telegram: FakeTelegram, bot: RunningBot) -> None:
    """While two thousand long messages of one person wait, the others are answered as ever."""
    await asked((await telegram.user("Carl")).chat)  # so that the matching is there
    calm = await slowest(telegram, "Early")
    await flood(telegram)
    assert await slowest(telegram, "Neighbour") < SOON * calm


async def test_a_flood_is_answered_once(telegram: FakeTelegram, bot: RunningBot) -> None:
    """They hear once that it was too much; all of it is acknowledged, and of what was not read nothing is kept."""
    ann = await flood(telegram)
    await said(ann.chat, TOO_MUCH)
    await telegram.drained(PATIENCE)
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    told = [message.text for message in await ann.chat.messages() if message.by is None]
    assert len([text for text in told if TOO_MUCH in text]) == 1
    assert len(told) <= SHARE + 1
    assert bot.rows("SELECT count(*) FROM seen_update") == [(SHARE + 1,)]
    assert bot.rows("SELECT * FROM poison") == []
    assert [line for line in bot.complaints if "sends more than can be read" not in line] == []
    assert len(bot.complaints) == 1


async def test_a_flood_while_the_bot_is_away(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A flood that waits at the start is answered once too, who comes behind it is helped, and after it the flooder is heard again."""
    await bot.stop()
    ann = await flood(telegram)
    bob = await telegram.user("Bob")
    await bob.chat.send(ERROR)
    await bot.start()
    await said(bob.chat, "Fix 1")
    await said(ann.chat, TOO_MUCH)
    await telegram.advance(60)  # what is sent from now on is sent a minute later
    await telegram.options(chat_rate=0)
    await ann.chat.send("/privacy")
    await said(ann.chat, "no words, no pictures")
    assert [TOO_MUCH in message.text for message in await ann.chat.messages() if message.by is None].count(True) == 1
