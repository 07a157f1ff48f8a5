"""A thousand kills: the bot in each mode, killed at each point, while people talk, calls go wrong, and PostgreSQL is killed as well.

`make soak` runs it; KILLS says how often at each point of each mode (default 50: 1,000 in all). The trials of a mode run side by side.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import pytest

from tests.postgres_server import PostgresServer
from tests.soak.killed_bot import Point
from tests.soak.people import Story
from tests.soak.rush import rush
from tests.soak.trial import HEAD, MODES, Figures, Mode, Trial, killed_besides

KILLS: Final = int(os.environ.get("KILLS", "50"))
PEOPLE: Final = 8
"""Who talk at a time, in each trial."""
SERVER_KILLED: Final = 25
"""PostgreSQL is killed when so many bots were."""
RUSH: Final = 10 * KILLS
"""People who write at the same moment."""
EVEN_FROM: Final = 20
"""With so many kills at each point chance evens out, and there is at most one repeated message for each over a mode."""


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
async def test_nothing_is_lost(mode: Mode, stories: list[Story], postgres: PostgresServer, tmp_path: Path) -> None:
    """Whatever is killed at whatever point, everybody sees the same and ends in the same state as without; few messages are repeated."""
    trials = []
    for point in Point:
        folder = tmp_path / point
        folder.mkdir()
        database = postgres.new_database() if mode.on_postgres else ""
        trials.append(Trial(mode, (point,), kills=KILLS, people=PEOPLE, stories=stories, folder=folder, database=database))
    server = killed_besides(postgres, trials, SERVER_KILLED) if mode.on_postgres else nullcontext(list[int]())
    async with server as server_kills, asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(trial.run()) for trial in trials]
    figures = [one.result() for one in running]
    tell(mode, figures, len(server_kills))
    assert [one for one in figures if one.repeated > one.at_most] == []
    if KILLS >= EVEN_FROM:
        assert sum(one.repeated for one in figures) <= sum(one.kills for one in figures), "more than one for each kill"


async def test_a_rush(tmp_path: Path) -> None:
    """Hundreds write at the same moment, and the bot is killed in the middle of answering: each kill repeats hardly one."""
    figures = await rush(RUSH, tmp_path)
    print(f"\n\n{RUSH} people at once: {figures.kills} kills, {figures.repeated} messages repeated, {figures.at_most} at most")  # noqa: T201
    assert figures.repeated <= figures.at_most


def tell(mode: Mode, figures: list[Figures], server_kills: int) -> None:
    """Print the mode's table, as it stands in docs/reliability.md."""
    print(f"\n\n{mode.name}: {sum(one.kills for one in figures)} kills of the bot, {server_kills} of PostgreSQL\n\n{HEAD}")  # noqa: T201
    for one in figures:
        print(one.row())  # noqa: T201
