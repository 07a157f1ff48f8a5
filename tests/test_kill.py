"""The bot is killed again and again while people talk to it, and every conversation ends as if nothing had been.

KILLS says how often (default 6); `KILLS=50 python -m pytest tests/test_kill.py -s` prints what happened.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from bot.pacing import MORE_AFTER, NEW_AT_ONCE
from tests.fake_telegram import Chat, FakeTelegram, Shown
from tests.running_bot import RunningBot, WebhookBot, registered

KILLS: Final = int(os.environ.get("KILLS", "6"))
PEOPLE: Final = 30
ALIVE: Final = (0.0, 0.5)
"""Seconds for which the bot lives once it polls, or every other time once it works: chosen anew for each kill."""
THINKING: Final = 0.15 * KILLS
"""Seconds that a person thinks between two deeds, on average: so that they have something to do until the last kill."""
RETRY_PACE: Final = 0.01
"""A webhook that does not listen is tried again so much sooner than in life."""
CALL_SECONDS: Final = 0.02
"""How long Telegram takes for a call: so that kills hit calls under way."""
PATIENCE: Final = 60.0
MANY_KILLS: Final = 50
"""From so many on chance evens out, and there is at most one repeated message for each."""
RUSH: Final = 60
"""People who write at the same moment."""

# What people do: a text that they type, or `[label]`, a button that they press.
WAYS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "The last backup could not be completed.",
        "[1-4 weeks ago]",
        "it fits",
        "[Didn't help]",
        "[Didn't help]",
        "how long does it take",
        "[Didn't help]",
        "[Why?]",
        "[Back]",
        "[Can't do this]",
        "/tried",
    ),
    (
        "iCloud Backup Off",
        "[Didn't help]",
        "[Already did]",
        "[Didn't help]",
        "[Back]",
        "still the same",
        "[Can't do this]",
        "/tried",
    ),
    (
        "The last backup could not be completed because of poor network conditions.",
        "[In the last few days]",
        "[Didn't help]",
        "still the same",
        "[Didn't help]",
        "[Already did]",
        "[Yes, show me the steps]",
        "/tried",
    ),
    (
        "iPhone Not Backed Up",
        "I think it was last week",
        "[Didn't help]",
        "[Why?]",
        "go back",
        "already did that",
        "what have I tried so far",
        "[Can't do this]",
        "[It worked]",
        "thank you so much",
    ),
    (
        "/start",
        "my iPad says iCloud Backup Off",
        "[Didn't help]",
        "is icloud down?",
        "[Ask me later]",
        "[Didn't help]",
        "/restart",
        "The last backup could not be completed.",
        "[Longer ago]",
    ),
)


@dataclass(slots=True)
class Told:
    """What one person saw after each deed: the words, and the buttons' labels."""

    cards: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def _last(messages: Sequence[Shown]) -> Shown | None:
    """The newest message of the bot."""
    return next((message for message in reversed(messages) if message.by is None), None)


def _as_seen(shown: Shown) -> tuple[str, tuple[str, ...]]:
    return shown.text, shown.labels


async def _talk(chat: Chat, way: Sequence[str], expected: Told | None, chance: random.Random) -> Told:
    """Go the way, and after each deed wait for an answer: in a quiet run for any, else for the one that came in the quiet run."""
    told = Told()
    for number, deed in enumerate(way):
        await asyncio.sleep(chance.uniform(0, 2 * THINKING) if expected else 0)
        before = {message.id: message.version for message in await chat.messages()}
        if deed.startswith("["):
            await chat.press(deed[1:-1])
        else:
            await chat.send(deed)
        wanted = expected.cards[number] if expected else None

        def answer(
            messages: list[Shown], before: dict[int, int] = before, wanted: tuple[str, tuple[str, ...]] | None = wanted, deed: str = deed
        ) -> Shown | None:
            last = _last(messages)
            if last is None or before.get(last.id) == last.version or (not deed.startswith("[") and last.id in before):
                return None
            return last if wanted in (None, _as_seen(last)) else None

        found = await chat.wait_for(answer, PATIENCE)
        assert found is not None
        told.cards.append(_as_seen(found))
    return told


def _kept(bot: RunningBot) -> list[dict[str, Any]]:
    """All sessions in the order of their people, without what differs from run to run: ids and times."""
    sessions = []
    for (raw,) in bot.rows("SELECT session FROM conversation ORDER BY length(conversation), conversation"):
        session = json.loads(raw)
        session.pop("id")
        session.pop("seen")
        for note in (session["problem"] or {"history": ()})["history"]:
            note.pop()
        sessions.append(session)
    return sessions


async def _everybody(telegram: FakeTelegram, told: Sequence[Told] | None) -> list[Told]:
    people = [await telegram.user(f"Person {number}") for number in range(PEOPLE)]
    chance = random.Random(7)
    ways = [WAYS[number % len(WAYS)] for number in range(PEOPLE)]
    talks = [_talk(person.chat, ways[n], told[n] if told else None, random.Random(chance.random())) for n, person in enumerate(people)]
    return list(await asyncio.gather(*talks))


async def _settled(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Wait until nothing is under way any more."""
    await telegram.drained(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while bot.rows("SELECT id FROM reply_queue"):  # noqa: ASYNC110 - a file knows no events
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", [RunningBot, WebhookBot], ids=["polling", "webhook"])
async def test_kills_lose_nothing(tmp_path: Path, kind: type[RunningBot]) -> None:
    """With kill -9 again and again, everybody sees the same cards, and every conversation ends in the same state, as without."""
    async with FakeTelegram(pace=RETRY_PACE) as telegram, kind(telegram.url, telegram.token, tmp_path, name="quiet") as bot:
        await registered(telegram, bot)
        told = await _everybody(telegram, None)
        await _settled(telegram, bot)
        quiet = _kept(bot)

    killer = Killer()
    chance = random.Random(11)
    async with fast_telegram() as telegram, kind(telegram.url, telegram.token, tmp_path) as bot:
        await registered(telegram, bot)
        talking = asyncio.create_task(_everybody(telegram, told))
        while killer.kills < KILLS:
            await bot.ready()
            if killer.kills % 2:
                await _at_work(telegram)
            await asyncio.sleep(chance.uniform(*ALIVE))
            await killer.kill(telegram, bot)
            await bot.start()
        seen = await talking
        await _settled(telegram, bot)
        assert await bot.stop() == 0
        counters = await telegram.counters()
        updates = bot.rows("SELECT count(*) FROM seen_update")[0][0]
        kept = _kept(bot)

    print(  # noqa: T201 - a measurement
        f"\n{killer.kills} kills, {PEOPLE} conversations, {counters['pushed']} updates: {updates} handled, "
        f"{counters['redelivered']} delivered again, {counters['expired'] + counters['lost']} lost; {counters['duplicates']} messages "
        f"repeated (at most {killer.under_way} were under way), {counters['not_modified']} edits repeated"
    )
    assert [one.cards for one in seen] == [one.cards for one in told]
    assert kept == quiet
    assert updates == counters["pushed"] == counters["acknowledged"] == sum(len(WAYS[number % len(WAYS)]) for number in range(PEOPLE))
    assert counters["expired"] == counters["lost"] == counters["dropped"] == 0
    assert counters["duplicates"] <= killer.under_way
    if KILLS >= MANY_KILLS:
        assert counters["duplicates"] <= KILLS, "more than one for each kill"
    _unharmed(bot)


async def test_kills_in_a_rush_repeat_few(tmp_path: Path) -> None:
    """When everybody writes at once, and the bot is killed in the middle of answering, again and again, each kill repeats hardly one."""
    killer = Killer()
    chance = random.Random(13)
    async with fast_telegram() as telegram, RunningBot(telegram.url, telegram.token, tmp_path) as bot:
        people = [await telegram.user(f"Person {number}") for number in range(RUSH)]
        await asyncio.gather(*(person.chat.send("The last backup could not be completed.") for person in people))
        while telegram.world.counts["sent"] < RUSH:
            await _called(telegram, "sendmessage", min(telegram.world.calls["sendmessage"] + chance.randrange(1, 40), RUSH))
            await killer.kill(telegram, bot)
            await bot.start()
        await _settled(telegram, bot)
        assert await bot.stop() == 0
        counters = await telegram.counters()
    print(  # noqa: T201 - a measurement
        f"\n{killer.kills} kills, {RUSH} people at once: {counters['duplicates']} messages repeated "
        f"(at most {killer.under_way} were under way)"
    )
    assert all([await _cards(person.chat) for person in people])
    assert counters["duplicates"] == counters["sent"] - RUSH <= killer.under_way
    _unharmed(bot)


def fast_telegram() -> FakeTelegram:
    """Calls take their time, but a new process is let in, and tried, sooner than in life."""
    return FakeTelegram(delay=CALL_SECONDS, conflict_pause=0.1, pace=RETRY_PACE)


@dataclass(slots=True)
class Killer:
    """Kills a bot, and keeps count of the new messages that can have been under way: all that a kill may repeat."""

    kills: int = 0
    under_way: int = 0
    _calls: int = 0

    async def kill(self, telegram: FakeTelegram, bot: RunningBot) -> None:
        await bot.kill()
        self.kills += 1
        calls = telegram.world.calls["sendmessage"]
        self.under_way += min(NEW_AT_ONCE, 1 + (calls - self._calls) // MORE_AFTER)
        self._calls = calls


async def _called(telegram: FakeTelegram, method: str, times: int) -> None:
    """Wait until a method was called so often."""
    async with asyncio.timeout(PATIENCE):
        while telegram.world.calls[method] < times:  # noqa: ASYNC110 - the server knows no such event
            await asyncio.sleep(0.005)


async def _at_work(telegram: FakeTelegram) -> None:
    """Wait until the bot has called something after its poll, if there is anything for it: so that it gets on, however slow the machine."""
    calls = telegram.world.calls.total()
    async with asyncio.timeout(PATIENCE):
        while telegram.world.queue.pending and telegram.world.calls.total() == calls:  # noqa: ASYNC110 - the server knows no such event
            await asyncio.sleep(0.005)


async def _cards(chat: Chat) -> list[Shown]:
    return [message for message in await chat.messages() if message.by is None and message.rows]


def _unharmed(bot: RunningBot) -> None:
    """Nothing was put aside, and nothing raised."""
    assert "Traceback" not in bot.stderr
    assert bot.rows("SELECT count(*) FROM poison") == bot.rows("SELECT count(*) FROM dead_letter") == [(0,)]
