"""Several replicas behind a load balancer, on one PostgreSQL: real processes, of which one is stopped and one killed, or stands still."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp import web

from bot.store import SURE_FOR
from bot.transports.updates import ALLOWED
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import ERROR, said, until
from tests.postgres_server import PostgresServer, ask
from tests.running_bot import WebhookBot, free_port
from tests.test_postgres_bot import CALL_SECONDS, PATIENCE, everybody, nothing_was_lost, settled, walk

PACE: Final = 0.01
"""Telegram tries again so much sooner than in life."""
CROWD: Final = 12


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(delay=CALL_SECONDS, pace=PACE) as found:
        yield found


class Balancer:
    """Hands each update to any of the replicas that take it. handed: how many each has taken, by its place."""

    def __init__(self, replicas: list[WebhookBot]) -> None:
        self.handed = [0] * len(replicas)
        self._replicas = replicas
        self._chance = random.Random(5)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        application = web.Application()
        application.router.add_post(WebhookBot.path, self._hand_on)
        runner = web.AppRunner(application)
        async with aiohttp.ClientSession() as self._session:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            try:
                yield
            finally:
                await runner.cleanup()

    async def _hand_on(self, request: web.Request) -> web.Response:
        """One try: what a replica that is gone does not take, Telegram sends again."""
        place = self._chance.randrange(len(self._replicas))
        replica, body = self._replicas[place], await request.read()
        try:
            async with self._session.post(replica.address + replica.path, data=body, headers=request.headers) as answer:
                self.handed[place] += answer.status == 200
                return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")
        except aiohttp.ClientError:
            return web.Response(status=502)


@asynccontextmanager
async def replicas(telegram: FakeTelegram, database: str, folder: Path, names: str) -> AsyncIterator[tuple[list[WebhookBot], Balancer]]:
    """Replicas that run, and Telegram sending to all of them."""
    port = free_port()
    address = f"http://127.0.0.1:{port}{WebhookBot.path}"
    bots = [WebhookBot(telegram.url, telegram.token, folder, name=name, DATABASE_URL=database, WEBHOOK_URL=address) for name in names]
    balancer = Balancer(bots)
    parameters = {"url": address, "secret_token": WebhookBot.secret, "allowed_updates": list(ALLOWED)}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(balancer.listening(port))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        async with session.post(f"{telegram.url}/bot{telegram.token}/setWebhook", json=parameters) as answer:
            assert answer.status == 200
        for bot in bots:
            await stack.enter_async_context(bot)
        for bot in bots:
            await bot.ready()
        yield bots, balancer


async def test_one_is_stopped_and_one_killed(telegram: FakeTelegram, database: str, tmp_path: Path) -> None:
    """Everybody's updates go to any replica, and everybody gets to the same end in the same order; each update counts once."""
    people = await everybody(telegram)
    async with replicas(telegram, database, tmp_path, "abc") as (bots, balancer):
        walking = asyncio.gather(*(walk(person, random.Random(number)) for number, person in enumerate(people)))
        await until(lambda: min(balancer.handed) > 1)  # each has begun
        assert await bots[0].stop() == 0
        await asyncio.sleep(0.3)
        await bots[1].kill()
        await asyncio.sleep(0.3)
        await bots[0].start()
        ends = await walking
        await settled(telegram, database)
        await bots[0].ready()  # told to stop before, it would end as any process does
        for bot in (bots[0], bots[2]):
            assert await bot.stop() == 0
    assert len(set(ends)) == 1, "somebody's press was lost, or counted twice"
    assert min(balancer.handed) > 0
    counters = await nothing_was_lost(telegram, database, *bots)
    assert counters["duplicates"] <= 1, "more than the one message that was under way"


async def test_one_stands_still(telegram: FakeTelegram, database: str, tmp_path: Path) -> None:
    """Another sends what a replica had that stood still until its leases ran out; when that one goes on, it repeats none of it."""
    people = [await telegram.user(f"Person {number}") for number in range(CROWD)]
    await telegram.options(delay=0.4)
    async with replicas(telegram, database, tmp_path, "a") as ([bot], _):
        await asyncio.gather(*(person.chat.send(ERROR) for person in people))
        await telegram.drained(PATIENCE)
        await until(lambda: telegram.world.counts["sent"] > 0)
        bot.signal(signal.SIGSTOP)
        await telegram.options(delay=0)
        async with replicas(telegram, database, tmp_path, "b") as ([other], _):
            await ask(database, "UPDATE reply_queue SET not_before = 0")  # as if a minute had passed
            await asyncio.gather(*(said(person.chat, "Fix 1", PATIENCE) for person in people))
            await settled(telegram, database)
            await asyncio.sleep(SURE_FOR)
            bot.signal(signal.SIGCONT)
            await asyncio.sleep(1)
            assert await bot.stop() == 0
            assert await other.stop() == 0
    counters = await nothing_was_lost(telegram, database, bot, other)
    assert counters["duplicates"] <= 1, "more than the one message that was under way"
