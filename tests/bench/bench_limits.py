"""Telegram's own limits: how fast a backlog drains at 30 messages a second, and who waits behind somebody's flood.

`make bench` prints the tables of docs/performance.md.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.bench.bench_telegram import WAITED
from tests.bench.bots import ours, running, table
from tests.bench.crowd import CrowdedTelegram
from tests.fake_telegram import User
from tests.on_telegram import asked
from tests.test_floods import FLOOD, LONG, NEIGHBOURS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PEOPLE: Final = 2000
TOTAL_RATE: Final = 30.0
CHAT_RATE: Final = 1.0
QUIET: Final = 10.0
AT_ONCE: Final = 200
"""Messages of the flood that one request to the fake Telegram brings."""


async def test_backlog_at_the_limits(tmp_path: Path) -> None:
    """Prints what a backlog comes to when Telegram takes no more than it says."""
    async with CrowdedTelegram() as telegram, running(ours, telegram, tmp_path) as bot:
        await telegram.options(total_rate=TOTAL_RATE, chat_rate=CHAT_RATE)
        before, cpu, begun = await telegram.counters(), bot.cpu(), time.monotonic()
        updates = await telegram.call("burst", people=PEOPLE, texts=list(WAITED))
        seconds = await _until_quiet(telegram) - begun
        after, cpu = await telegram.counters(), bot.cpu() - cpu
    sent = after["sent"] - before["sent"]
    refused = sum(_refusals(after).values()) - sum(_refusals(before).values())
    assert not after["pending"], after
    table(
        f"A backlog of {updates:,} updates at Telegram's limits ({TOTAL_RATE:.0f} messages a second, {CHAT_RATE:.0f} in a chat)",
        ["", "figure"],
        [
            ["updates", f"{updates:,}"],
            ["messages that they came to (of several cards in a row only the newest is sent)", f"{sent:,}"],
            ["seconds to the last call", f"{seconds:.1f}"],
            ["messages a second", f"{sent / seconds:.1f}"],
            ["calls refused with 429", f"{refused:,}"],
            ["CPU of the bot", f"{cpu / seconds:.0%} of a core"],
        ],
    )


async def _until_quiet(telegram: CrowdedTelegram) -> float:
    """When the last message was sent: none has followed for a while, longer than Telegram asks a bot to wait."""
    last, sent = time.monotonic(), -1
    while time.monotonic() < last + QUIET:
        await asyncio.sleep(0.25)
        if (now := (await telegram.counters())["sent"]) != sent:
            last, sent = time.monotonic(), now
    return last


def _refusals(counters: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = counters["refusals"]
    return found


async def test_neighbours_of_a_flood(tmp_path: Path) -> None:
    """Prints how long others wait for their answer while thousands of one person's messages wait."""
    rows = []
    for name, floods in (("nobody else writes", False), (f"{FLOOD:,} long messages of one person wait", True)):
        async with CrowdedTelegram() as telegram, running(ours, telegram, tmp_path):
            await telegram.options(chat_rate=CHAT_RATE)
            await asked((await telegram.user("Carl")).chat)  # so that the matching is there
            ann = await telegram.user("Ann")
            neighbours = [await telegram.user(f"Neighbour {number}") for number in range(NEIGHBOURS)]
            if floods:
                await _flood(telegram, ann.id)
            delays = await asyncio.gather(*(_answered_in(neighbour) for neighbour in neighbours))
            rows.append([name, *_told(delays)])
    table(f"{NEIGHBOURS} people ask at the same time: seconds to their answer", ["while", "median", "slowest"], rows)


async def _flood(telegram: CrowdedTelegram, person: int) -> None:
    for first in range(0, FLOOD, AT_ONCE):
        texts = [f"{LONG} {number}" for number in range(first, first + AT_ONCE)]
        await telegram.call("burst", people=1, texts=texts, first=person)


async def _answered_in(user: User) -> float:
    began = time.monotonic()
    await asked(user.chat)
    return time.monotonic() - began


def _told(delays: Sequence[float]) -> list[str]:
    return [f"{statistics.median(delays):.2f} s", f"{max(delays):.2f} s"]
