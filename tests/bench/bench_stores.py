"""What an update costs on each kind of store, in turns in one run. `make bench` prints the table of docs/performance.md."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path
from typing import Final

import pytest

from bot.assistant import Assistant
from bot.content import content_dir, load_guide
from bot.model import Asked
from bot.store import Arrival
from tests.bench.bots import table
from tests.conversing import START
from tests.keeping import KINDS, a_database

ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "12"))
AT_ONCE: Final = 64
ALONE: Final = 30
WARM_UP: Final = 2
"""Rounds that do not count: statements are prepared, connections made."""


async def _one(assistant: Assistant, update: int) -> None:
    """An update of somebody who has a conversation, answered, and the answer noted as sent."""
    person = update % AT_ONCE
    handled = await assistant.handle(Arrival(f"tg:{update}", f"tg:{person}:0:{person}", f"tg:{person}", Asked("start", "storage-full")))
    for queued in handled.queued:
        await assistant.store.sent(queued, update)


async def test_stores(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Prints one row for each kind of store."""
    guide = load_guide(content_dir())
    stores = {kind: await a_database(kind, request, tmp_path).open() for kind in KINDS}
    costs: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
    number = 0
    for turn in range(ROUNDS + WARM_UP):
        for kind, store in stores.items():
            assistant = Assistant(guide, store, lambda: START)
            begun, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(_one(assistant, number + update) for update in range(AT_ONCE)))
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            number += AT_ONCE
            alone = []
            for _ in range(ALONE):
                begun = time.perf_counter()
                await _one(assistant, number := number + 1)
                alone.append(time.perf_counter() - begun)
            if turn >= WARM_UP:
                costs[kind].append((cpu / AT_ONCE, wall / AT_ONCE, statistics.median(alone)))
    for store in stores.values():
        await store.close()
    rows = []
    for kind, cost in costs.items():
        rows.append([kind, *(f"{statistics.median(column) * 1e6:,.0f} µs" for column in zip(*cost, strict=True))])
    table(
        f"An update and its answer, by the kind of store (medians of {ROUNDS} rounds)",
        ["store", f"CPU, {AT_ONCE} at once", f"clock, {AT_ONCE} at once", "clock, one alone"],
        rows,
    )
