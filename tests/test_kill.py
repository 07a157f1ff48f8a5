"""The bot is killed again and again while people talk to it, and every conversation ends as if nothing had been.

A few kills in each mode, at each point in turn; `make soak` does the same a thousand times (docs/reliability.md).
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import pytest

from tests.fake_telegram import FakeTelegram
from tests.on_telegram import ERROR, OFF, WHERE_WE_ARE, asked, history_of, private, said, until
from tests.postgres_server import PostgresServer
from tests.running_bot import RunningBot
from tests.soak.killed_bot import DOOM, DOOMED, Point, doom
from tests.soak.people import Story, repetitions
from tests.soak.rush import rush
from tests.soak.trial import MODES, Mode, Trial, killed_besides

PEOPLE: Final = 4
SERVER_KILLED: Final = 2
"""PostgreSQL is killed when so many bots were."""
RUSH: Final = 30
"""People who write at the same moment."""
LIVES: Final = 3
LIFE_SECONDS: Final = 30.0
LATE_SECONDS: Final = 5.0
"""Enough for a new life to answer what the old one was about to, and the press after it."""


@pytest.mark.parametrize("mode", [mode for mode in MODES if not mode.on_postgres], ids=lambda mode: mode.name)
async def test_kills_lose_nothing(mode: Mode, stories: list[Story], tmp_path: Path) -> None:
    """With kill -9 at each point of handling an update, everybody sees the same, and every conversation ends the same, as without."""
    figures = await Trial(mode, tuple(Point), kills=len(Point), people=PEOPLE, stories=stories, folder=tmp_path).run()
    assert figures.repeated <= figures.at_most


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.on_postgres], ids=lambda mode: mode.name)
async def test_kills_of_replicas_and_of_the_server_lose_nothing(
    mode: Mode, stories: list[Story], postgres: PostgresServer, tmp_path: Path
) -> None:
    """The same with three replicas, behind a load balancer or with one that polls, and with kill -9 of their PostgreSQL."""
    trial = Trial(mode, tuple(Point), kills=len(Point), people=PEOPLE, stories=stories, folder=tmp_path, database=postgres.new_database())
    async with killed_besides(postgres, [trial], SERVER_KILLED):
        figures = await trial.run()
    assert figures.repeated <= figures.at_most


async def test_kills_in_a_rush_repeat_few(tmp_path: Path) -> None:
    """When everybody writes at once, and the bot is killed in the middle of answering, again and again, each kill repeats hardly one."""
    figures = await rush(RUSH, tmp_path)
    assert figures.repeated <= figures.at_most


async def test_a_bot_that_dies_again_and_again_gets_on(tmp_path: Path) -> None:
    """Though more updates wait than it handles in a life, each life acknowledges some: nobody waits until it lives for a whole batch."""
    async with FakeTelegram() as telegram:
        everybody = [await telegram.user(f"Person {number}") for number in range(4 * LIVES)]
        for person in everybody:
            await person.chat.send(ERROR)
        bot = RunningBot(telegram.url, telegram.token, tmp_path, **{DOOM: doom(Point.INSIDE, 4)})
        bot.module = DOOMED
        for life in range(LIVES):
            await bot.start()
            assert await bot.ended(LIFE_SECONDS) == -signal.SIGKILL
            assert (await telegram.counters())["acknowledged"] == 3 * (life + 1)
        bot.module = "bot"
        async with bot:
            for person in everybody:
                await person.chat.wait_for(lambda messages: any(shown.by is None for shown in messages), LIFE_SECONDS)


@pytest.mark.parametrize("method", ["editMessageText", "sendMessage"])
async def test_a_call_that_outlives_its_bot(method: str, tmp_path: Path) -> None:
    """A call that Telegram executes when the next life has already gone on shows an old card; its button leads back to the present one."""
    async with FakeTelegram() as telegram, RunningBot(telegram.url, telegram.token, tmp_path) as bot:
        chat = (await telegram.user("Ann")).chat
        await asked(chat, OFF)
        await telegram.fault("delay", method=method, seconds=LATE_SECONDS)
        calls = telegram.world.calls[method.lower()]
        await (chat.press("Didn't help") if method == "editMessageText" else chat.send("that did not help"))
        await until(lambda: telegram.world.calls[method.lower()] > calls)
        await bot.kill()
        await bot.start()
        second = await said(chat, "Fix 2")
        await chat.press("Didn't help", message=second.id)
        third = await said(chat, "Fix 3")
        old = await said(chat, "Fix 2", 2 * LATE_SECONDS)
        assert (old.id == third.id) == (method == "editMessageText"), "it takes the place of the present card, or stands below it"
        await chat.press("Didn't help", message=old.id)
        assert "Fix 3" in (await said(chat, WHERE_WE_ARE)).text
        await chat.press("Didn't help")
        await said(chat, "at hand")
        fixes = [fix for kind, fix, _ in history_of(bot, private(chat)) if kind == "tried"]
        assert len(fixes) == len(set(fixes)) == 3


async def test_what_a_crowd_was_told_is_compared() -> None:
    """A message that comes again is counted; one that is missing, out of order or strange is an error."""
    story = [(text, ()) for text in ("one", "two", "one", "three")]
    assert repetitions(story, story) == 0
    assert repetitions([story[0], *story, story[1]], story) == 2
    for told in (story[:-1], [story[1], story[0], *story[2:]], [*story, ("four", ())]):
        with pytest.raises(AssertionError, match=r"never said|never to be said"):
            repetitions(told, story)
