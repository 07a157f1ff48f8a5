"""systemd hears that the event loop turns, and hears nothing when it stands still."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from bot.notifying import ALIVE, watched
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import PATIENCE
from tests.running_bot import RunningBot

Ear = tuple[socket.socket, dict[str, str]]


@pytest.fixture
def ear() -> Iterator[Ear]:
    """What systemd listens with, and what it tells a service of that: an interval of 0.1 s."""
    name = f"backup-medic-{uuid4()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(0)
        yield listener, {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "100000"}


def heard(listener: socket.socket) -> list[bytes]:
    """All that has come."""
    found = []
    while True:
        try:
            found.append(listener.recv(100))
        except BlockingIOError:
            return found


async def test_it_is_told_as_long_as_the_loop_turns(ear: Ear) -> None:
    listener, environment = ear
    async with watched(environment):
        await asyncio.sleep(0.3)
        told = heard(listener)
        assert len(told) >= 3
        assert set(told) == {ALIVE}
        time.sleep(0.3)  # noqa: ASYNC251 - the loop stands still
        assert heard(listener) == []
    await asyncio.sleep(0.1)
    heard(listener)
    await asyncio.sleep(0.1)
    assert heard(listener) == []


async def test_nobody_listens(ear: Ear) -> None:
    listener, environment = ear
    listener.close()
    async with watched(environment), watched({}):
        await asyncio.sleep(0.1)  # it goes on


async def test_the_running_bot_tells_it(ear: Ear, telegram: FakeTelegram, tmp_path: Path) -> None:
    listener, environment = ear
    async with RunningBot(telegram.url, telegram.token, tmp_path, **environment) as bot:
        await bot.ready()
        heard(listener)
        async with asyncio.timeout(PATIENCE):
            assert await asyncio.get_running_loop().sock_recv(listener, 100) == ALIVE
