"""A rush: everybody writes at the same moment, and the bot is killed in the middle of answering them, again and again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.on_telegram import ERROR
from tests.running_bot import RunningBot
from tests.soak.people import PATIENCE, asking, settled
from tests.soak.trial import fast_telegram, may_repeat

MOST: Final = 40
"""New messages after which the bot is killed, at most."""


@dataclass(frozen=True, slots=True)
class Rushed:
    """What happened: kills, messages that were repeated, and how many could be."""

    kills: int
    repeated: int
    at_most: int


async def rush(people: int, folder: Path) -> Rushed:
    """Have so many people write at once, and the bot killed until everybody has an answer. Raises AssertionError when somebody has none."""
    kills = at_most = 0
    chance = random.Random(13)
    async with fast_telegram() as telegram, RunningBot(telegram.url, telegram.token, folder) as bot:
        everybody = [await telegram.user(f"Person {number}") for number in range(people)]
        await asyncio.gather(*(person.chat.send(ERROR) for person in everybody))
        calls = telegram.world.calls
        while telegram.world.counts["sent"] < people:
            before = calls["sendmessage"]
            async with asyncio.timeout(PATIENCE):
                while calls["sendmessage"] < min(before + chance.randrange(1, MOST), people):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.005)
            await bot.kill()
            kills += 1
            at_most += may_repeat(calls["sendmessage"] - before)
            await bot.start()
        await settled(telegram, asking(bot))
        assert await bot.stop() == 0
        assert "Traceback" not in bot.stderr
        cards = [sum(shown.by is None and bool(shown.rows) for shown in await person.chat.messages()) for person in everybody]
        assert min(cards) == 1
        return Rushed(kills, sum(cards) - people, at_most)
