"""What an update costs the store, from 1,000 to 1,000,000 conversations in it. `make bench` prints the table of docs/performance.md."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.assistant import Assistant
from bot.content import content_dir, load_guide
from bot.model import Guide, Kind, Pressed
from bot.store import Arrival
from bot.store.codec import encode_session
from bot.store.sqlite import open_sqlite
from tests.bench.bots import onwards, steps, table

SIZES: Final = tuple(int(size) for size in os.environ.get("BENCH_CONVERSATIONS", "1000 10000 100000 1000000").split())
NOW: Final = 1_800_000_000
AT_ONCE: Final = 64
ROUNDS: Final = 12
"""Each size in turn, again and again, so that whatever else the machine does meets them all alike."""
ALONE: Final = 15
"""Updates of a round that come one at a time; so many rounds of both fit into 1,000 conversations, each used once."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A session as it is kept, in two halves around its id; and what is pressed next."""

    before: str
    after: str
    press: Pressed

    def kept(self, session: str) -> str:
        return f"{self.before}{session}{self.after}"


@dataclass(slots=True)
class Cost:
    """Seconds per update of each round: by the clock alone and among others, and of CPU among others."""

    alone: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def samples(guide: Guide) -> list[Sample]:
    """Every session on the way down every error's road."""
    found = []
    for intent in guide.intents.values():
        if intent.kind is Kind.ERROR:
            for session, reply in steps(guide, intent.id, NOW):
                button = onwards(reply)
                if button is not None:
                    before, _, after = encode_session(session).partition("bench-id")
                    found.append(Sample(before, after, Pressed("", session.turn, button.action, button.value)))
    return found


def fill(path: Path, conversations: int, found: Sequence[Sample]) -> None:
    """Fill a new database, with one row in the list of seen updates for each conversation."""

    def rows() -> Iterator[tuple[str, str, str, int, int]]:
        for number in range(conversations):
            yield f"tg:{number}:0:{number}", f"tg:{number}", found[number % len(found)].kept(f"id{number}"), number, NOW - number % 86_400

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany("INSERT INTO conversation (conversation, chat, session, card, seen) VALUES (?, ?, ?, ?, ?)", rows())
        seen = ((f"tg:{number}", NOW - number % 86_400) for number in range(conversations))
        connection.executemany("INSERT INTO seen_update VALUES (?, ?)", seen)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _one(assistant: Assistant, number: int, size: int, sample: Sample) -> None:
    press = Pressed(f"id{number}", sample.press.turn, sample.press.action, sample.press.value)
    arrival = Arrival(f"tg:{size + number}", f"tg:{number}:0:{number}", f"tg:{number}", press, card=number)
    handled = await assistant.handle(arrival)
    assert handled.queued
    for queued in handled.queued:
        await assistant.store.sent(queued, number)


async def _round(assistant: Assistant, size: int, numbers: Sequence[int], found: Sequence[Sample], cost: Cost) -> None:
    taken = []
    for number in numbers[:ALONE]:
        start = time.perf_counter()
        await _one(assistant, number, size, found[number % len(found)])
        taken.append(time.perf_counter() - start)
    cost.alone.append(statistics.median(taken))
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_one(assistant, number, size, found[number % len(found)]) for number in numbers[ALONE:]))
    cost.wall.append((time.perf_counter() - start) / AT_ONCE)
    cost.cpu.append((time.process_time() - cpu) / AT_ONCE)


async def test_conversations() -> None:
    """Prints one row for each number of conversations."""
    guide = load_guide(content_dir())
    found = samples(guide)
    length = statistics.mean(len(json.dumps(sample.before + sample.after)) for sample in found)
    chance = random.Random(1)
    costs = [Cost() for _ in SIZES]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{size}.db" for size in SIZES]
        for path, size in zip(paths, SIZES, strict=True):
            await open_sqlite(path).close()
            fill(path, size, found)
        megabytes = [path.stat().st_size / 1e6 for path in paths]
        assistants = [Assistant(guide, open_sqlite(path), lambda: NOW) for path in paths]
        chosen = [chance.sample(range(size), min(size, ROUNDS * (ALONE + AT_ONCE))) for size in SIZES]
        for number in range(ROUNDS):
            places = slice(number * (ALONE + AT_ONCE), (number + 1) * (ALONE + AT_ONCE))
            for assistant, size, numbers, cost in zip(assistants, SIZES, chosen, costs, strict=True):
                await _round(assistant, size, numbers[places], found, cost)
        for assistant in assistants:
            await assistant.store.close()
    rows = []
    for size, megabyte, cost in zip(SIZES, megabytes, costs, strict=True):
        cells = []
        for of in ("cpu", "wall", "alone"):
            value, first = statistics.median(getattr(cost, of)), statistics.median(getattr(costs[0], of))
            cells += [f"{value * 1e6:,.0f} µs", f"{value / first:.2f}"]
        rows.append([f"{size:,}", f"{megabyte:,.0f} MB", *cells])
    table(
        f"A press, by conversations in the database (sessions of {length:.0f} characters)",
        ["conversations", "file", f"CPU, {AT_ONCE} at once", "ratio", f"clock, {AT_ONCE} at once", "ratio", "clock, one alone", "ratio"],
        rows,
    )
