"""Ours (by polling, by webhook, on PostgreSQL) and a typical bot side by side: processes of their own, against the fake Telegram's.

`make bench` prints the table of docs/performance.md. Nothing is asserted about time: machines differ, so the ratio counts.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bot.content import content_dir, load_guide
from bot.model import Guide
from tests.bench.bots import Bot, Command, ours, running, table, typical, write_content
from tests.bench.crowd import CrowdedTelegram
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PASTED: Final = (
    "The last backup could not be completed.",
    "There is not enough iCloud storage available to back up this iPhone.",
    "my iphone says Estimating time remaining since yesterday and the backup never finishes",
)
"""Texts for which both bots have a card with buttons."""
WAITED: Final = ("The last backup could not be completed", "still the same", "how long does a backup take", "it worked", "thank you")
"""What each person of a backlog has sent."""
MANY: Final = 80
SLOW: Final = 0.05
WAITS: Final = (0.05, 0.1, 0.2, 0.3)
"""Seconds that a call takes: Telegram's own data centre, and ever farther away (or the first, for a processor so much slower)."""
"""Seconds that a call of a faraway API takes."""
STARTS: Final = 5
LIMIT: Final = 300.0
"""Seconds that a backlog may take."""


@dataclass(slots=True)
class Figures:
    """What was measured of one bot. Times in seconds where nothing else is said."""

    cpu: float = 0.0
    cpu_slow: float = 0.0
    rate: float = 0.0
    rate_slow: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    memory: float = 0.0
    starts: list[float] = field(default_factory=list)
    drained: float = 0.0
    drained_slow: float = 0.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot, and what it is given to do: seconds of talk at 50 ms, and the people of the backlogs (at once, at 50 ms)."""

    command: Command
    slow_seconds: float
    people: int
    people_slow: int
    webhook: bool = False
    server: PostgresServer | None = None

    def running(self, telegram: CrowdedTelegram, folder: Path) -> AbstractAsyncContextManager[Bot]:
        """The bot as a process, until the block ends; on PostgreSQL with a new database."""
        database = self.server.new_database() if self.server is not None else ""
        return running(self.command, telegram, folder, webhook=self.webhook, database=database)


FULL: Final = 2_000
"""People of the whole backlog; where fewer are given, the time is multiplied: the typical bot would take minutes."""
THRIFT: Final = int(os.environ.get("BENCH_THRIFT", "1"))
"""The backlogs are so many times smaller, for a machine that has other things to do."""


@pytest.fixture(scope="module")
def guide() -> Guide:
    return load_guide(content_dir())


async def test_side_by_side(guide: Guide, tmp_path: Path, postgres: PostgresServer) -> None:
    """Prints one row for each thing measured."""
    content = tmp_path / "content.json"
    write_content(guide, content)
    contenders = [
        Contender(ours, 8, FULL, FULL // 5),
        Contender(ours, 8, FULL, FULL // 5, webhook=True),
        Contender(ours, 8, FULL, FULL // 5, webhook=True, server=postgres),
        Contender(typical(content), 10, FULL // 5, FULL // 100),
    ]
    found = [Figures() for _ in contenders]
    for figures, contender in zip(found, contenders, strict=True):
        await _talk(figures, contender, tmp_path)
        figures.drained = await _drain(contender, tmp_path, contender.people // THRIFT, 0)
        figures.drained_slow = await _drain(contender, tmp_path, contender.people_slow // THRIFT, SLOW)
    async with CrowdedTelegram() as telegram:
        for _ in range(STARTS):
            for figures, contender in zip(found, contenders, strict=True):
                start = time.perf_counter()
                async with contender.running(telegram, tmp_path):
                    figures.starts.append(time.perf_counter() - start)
    _print(*found)


async def test_waits(guide: Guide, tmp_path: Path) -> None:
    """Prints how many updates a second each bot handles by how long a call takes: from where the processor is no longer the limit."""
    content = tmp_path / "content.json"
    write_content(guide, content)
    contenders = [Contender(ours, 8, 0, 0), Contender(ours, 8, 0, 0, webhook=True), Contender(typical(content), 12, 0, 0)]
    rates = [await _rates(contender, tmp_path) for contender in contenders]
    rows = [
        [f"{delay * 1000:.0f} ms", *map(_whole, found[:-1]), f"{found[-1]:.1f}", *(_ratio(one / found[-1]) for one in found[:-1])]
        for delay, *found in zip(WAITS, *rates, strict=True)
    ]
    table(f"Updates per second, {MANY} chats", ["a call takes", "polling", "webhook", "typical bot", "/ typical", "/ typical"], rows)


async def _rates(contender: Contender, folder: Path) -> list[float]:
    """Updates a second of one bot, for each of `WAITS`."""
    rates = []
    async with CrowdedTelegram() as telegram, contender.running(telegram, folder):
        await telegram.talked(MANY, 1, PASTED)
        for delay in WAITS:
            await telegram.options(delay=delay)
            found = await telegram.talked(MANY, contender.slow_seconds, PASTED)
            rates.append(found["updates"] / found["seconds"])
    return rates


async def _talk(figures: Figures, contender: Contender, folder: Path) -> None:
    """People talk to one bot: many, one alone, and many with a slow API."""
    async with CrowdedTelegram() as telegram, contender.running(telegram, folder) as bot:
        await telegram.talked(MANY, 1, PASTED)
        before = bot.cpu()
        found = await telegram.talked(MANY, 8, PASTED)
        figures.cpu = (bot.cpu() - before) / found["updates"]
        figures.rate = found["updates"] / found["seconds"]
        alone = (await telegram.talked(1, 6, PASTED))["delays"]
        figures.p50, figures.p99 = statistics.median(alone), alone[len(alone) * 99 // 100]
        figures.memory = bot.memory()
        await telegram.options(delay=SLOW)
        before = bot.cpu()
        found = await telegram.talked(MANY, contender.slow_seconds, PASTED)
        figures.cpu_slow = (bot.cpu() - before) / found["updates"]
        figures.rate_slow = found["updates"] / found["seconds"]


async def _drain(contender: Contender, folder: Path, people: int, delay: float) -> float:
    """Seconds for the backlog of so many people, made up to that of all."""
    async with CrowdedTelegram() as telegram, contender.running(telegram, folder):
        await telegram.options(delay=delay)
        found = await telegram.drained_backlog(people, WAITED, LIMIT)
        assert not found["left"], f"{found['left']} updates still wait after {LIMIT} s"
        return float(found["seconds"]) * FULL / people


def _print(polling: Figures, webhook: Figures, postgres: Figures, other: Figures) -> None:
    updates = FULL * len(WAITED)
    mine = (polling, webhook, postgres)
    rows: list[tuple[str, Callable[[Figures], float], Callable[[float], str], str]] = [
        ("CPU per update, API answers at once", lambda f: f.cpu, _ms, "0.167 by webhook, 0.2 on PostgreSQL"),
        ("CPU per update, each call takes 50 ms", lambda f: f.cpu_slow, _ms, ""),
        (f"updates per second, {MANY} chats, API answers at once", lambda f: f.rate, _whole, ""),
        (f"updates per second, {MANY} chats, each call takes 50 ms", lambda f: f.rate_slow, _whole, "60 times"),
        ("one chat: from update to reply, p50", lambda f: f.p50, _ms, ""),
        ("one chat: from update to reply, p99", lambda f: f.p99, _ms, ""),
        (f"backlog of {updates:,} updates, API answers at once", lambda f: f.drained, _seconds, ""),
        (f"backlog of {updates:,} updates, each call takes 50 ms", lambda f: f.drained_slow, _seconds, ""),
        ("resident memory after the run", lambda f: f.memory, lambda mib: f"{mib:.0f} MiB", "under 60 MiB"),
        (
            f"start-up to the first getUpdates, or to readiness, median of {STARTS}",
            lambda f: statistics.median(f.starts),
            _seconds,
            "under 0.6 s",
        ),
    ]
    table(
        f"Backup Medic and a typical bot ({MANY} chats: a text, five presses each)",
        ["", "polling", "webhook", "webhook, PostgreSQL", "typical bot", *("/ typical" for _ in mine), "aim"],
        [
            [name, *(tell(of(one)) for one in (*mine, other)), *(_ratio(of(one) / of(other)) for one in mine), aim]
            for name, of, tell, aim in rows
        ],
    )


def _ratio(value: float) -> str:
    return f"{value:.3f}" if value < 0.3 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 100 else f"{value:,.0f} s"
