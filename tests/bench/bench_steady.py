"""From update to queued reply, at a fixed number of updates a second, on one core. `make bench` prints the table of docs/performance.md.

By webhook the bot is a process with a core of its own, and the delay runs to its HTTP 200; in the process, to the end of `receive`.
The schedule does not wait for the bot: an update that has to wait counts from the moment when it was due.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.assistant import Assistant
from bot.building import BackgroundMatcher
from bot.clocks import SteadyClock
from bot.content import content_dir, load_guide
from bot.delivery import Delivery
from bot.model import Message
from bot.store import Queued
from bot.store.opening import open_store
from bot.transports.channel import body_of
from bot.transports.receiving import Receiver
from bot.transports.updates import address_of
from tests.bench.bench_telegram import PASTED
from tests.bench.bots import CONNECTIONS, SECRET, Bot, as_installed, serving, table
from tests.bench.steady import Crowd, QuickApi, Sender, Submit
from tests.postgres_server import PostgresServer
from tests.running_bot import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gives cores to processes")

RATES: Final = tuple(int(rate) for rate in os.environ.get("BENCH_RATES", "100 250 500").split())
SECONDS: Final = 4.0
ROUNDS: Final = 3
"""Of so many the middle one counts, by its p99: a shared disk stands still for 0.1 s or more now and then."""
WARM_UP: Final = 2.0
Row = list[str]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process, and the threads that it begins, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def _measured(name: str, crowd: Crowd, submit: Submit, bot: Bot) -> list[Row]:
    """One row for each rate."""
    numbers = count(1)
    rows = []
    for rate in RATES:
        await crowd.write(submit, rate, WARM_UP, numbers)
        rounds = [await _round(crowd, submit, bot, rate, numbers) for _ in range(ROUNDS)]
        rounds.sort(key=itemgetter(1))
        p50, p99, longest, load, late = rounds[ROUNDS // 2]
        slowest = rounds[-1][1]
        times = [f"{seconds * 1000:.2f} ms" for seconds in (p50, p99, longest, slowest)]
        rows.append([name, str(rate), *times, f"{load:.0%}", f"{late:.1%}"])
    return rows


async def _round(crowd: Crowd, submit: Submit, bot: Bot, rate: int, numbers: count[int]) -> tuple[float, ...]:
    """p50, p99 and p99.9 in seconds, the load of the core, and the share of updates that were sent late."""
    crowd.delays, crowd.late = [], 0
    cpu, begun = bot.cpu(), time.perf_counter()
    await crowd.write(submit, rate, SECONDS, numbers)
    load = (bot.cpu() - cpu) / (time.perf_counter() - begun)
    delays = sorted(crowd.delays)
    return *(delays[int(len(delays) * share)] for share in (0.5, 0.99, 0.999)), load, crowd.late / len(delays)


async def test_steady(tmp_path: Path, postgres: PostgresServer) -> None:
    """Prints one row for each way in and each rate."""
    cores = sorted(os.sched_getaffinity(0))
    await asyncio.to_thread(os.sync)  # what other benchmarks wrote would be on its way to the disk while commits wait for it
    rows: list[Row] = []
    for name, database in (("webhook", ""), ("webhook, PostgreSQL", postgres.new_database())):
        crowd = Crowd(list(PASTED))
        (tmp_path / name).mkdir()
        with on_core(cores[-1]):
            async with QuickApi(crowd) as api, _served(api.url, database, tmp_path / name, cores[0]) as (bot, port):
                sender = Sender(port, "/hook", SECRET, CONNECTIONS)
                rows += await _measured(name, crowd, sender.post, bot)
                sender.close()
    with on_core(cores[0]):
        rows += await _in_process(tmp_path)
    table(
        f"From update to queued reply, by a fixed schedule on one core: the middle of {ROUNDS} rounds (aim: p99 under 10 ms at 500)",
        ["way in", "updates a second", "p50", "p99", "p99.9", "p99 of the worst round", "the core's load", "sent over 2 ms late"],
        rows,
    )


@asynccontextmanager
async def _served(api: str, database: str, folder: Path, core: int) -> AsyncIterator[tuple[Bot, int]]:
    """The bot as a process on a core of its own, ready behind its webhook."""
    port = free_port()
    environment = {
        **as_installed(folder),
        "TELEGRAM_BOT_TOKEN": "1:a",
        "TELEGRAM_API_URL": api,
        "DATABASE_URL": database or f"sqlite:///{folder / 'bot.db'}",
        "LOG_LEVEL": "ERROR",
        **serving(port),
    }
    command = ["-c", f"import os; os.sched_setaffinity(0, {{{core}}}); from bot.cli import main; main(['run'])"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=folder, env=environment)
    try:
        async with aiohttp.ClientSession() as session:
            while not await _is_ready(session, port):  # noqa: ASYNC110 - it is asked, and tells nobody
                await asyncio.sleep(0.05)
        yield Bot(process.pid), port
    finally:
        process.terminate()
        await process.wait()


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


class _Screen:
    """Shows messages at once, as a channel does."""

    pictures = False

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._numbers = count(100)

    async def send(self, queued: Queued, message: Message) -> int:
        number = next(self._numbers)
        await self.edit(queued, message, number)
        return number

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        self._crowd.shown(address_of(queued.conversation)["chat_id"], card, body_of(message).get("reply_markup"))

    async def close_card(self, queued: Queued, card: int) -> None:
        """Nobody looks at old cards."""


async def _in_process(folder: Path) -> list[Row]:
    """The same without HTTP, and with the people on the same core."""
    guide = load_guide(content_dir())
    matcher = BackgroundMatcher(guide, content_dir())
    matcher.built()
    clock = SteadyClock()
    crowd = Crowd(list(PASTED))
    store = await open_store(f"sqlite:///{folder / 'process.db'}")
    delivery = Delivery(lambda: guide, store, _Screen(crowd), clock)
    receiver = Receiver(Assistant(guide, store, clock), delivery, matcher.read, "bench_bot")

    async def submit(update: bytes) -> None:
        raw: Any = json.loads(update)
        await receiver.receive(raw)

    rows = await _measured("in the process", crowd, submit, Bot(os.getpid()))
    await delivery.drain(5)
    await store.close()
    return rows
