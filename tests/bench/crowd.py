"""The fake Telegram with people in front of it, as one process: `python -m tests.bench.crowd` prints its port.

People act inside the server's process, so that what is measured is the bot, and not the way from here to the people.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import aiohttp

from tests.fake_telegram import FakeTelegram, SpawnedTelegram
from tests.fake_telegram.control import ACTIONS
from tests.fake_telegram.rules import Json
from tests.fake_telegram.user import ROOT
from tests.fake_telegram.world import Post, Room, World, buttons

PRESSES: Final = 5
"""A conversation: a text, so many presses but one on "Didn't help" (or an answer to what is asked), and one on "It worked"."""
PATIENCE: Final = 60.0
SETTLED: Final = 1.0
"""A backlog is drained when the bot has called nothing for so long."""

_ids = itertools.count(5_000_000)


# --- in the server's process ----------------------------------------------------------------------------------------------------


async def crowd(fake: FakeTelegram, people: int, seconds: float, texts: list[str]) -> Json:
    """So many people talk to the bot at a time; whoever is done is followed by a new one.

    Returns updates, the seconds that they took, and all delays (seconds from what was done to what was seen), in order of size.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    delays: list[float] = []

    async def one_after_the_other() -> None:
        while loop.time() < start + seconds:
            number = next(_ids)
            await _conversation(fake.world, number, texts[number % len(texts)], delays, start + seconds)

    await asyncio.gather(*(one_after_the_other() for _ in range(people)))
    return {"updates": len(delays), "seconds": loop.time() - start, "delays": sorted(delays)}


async def _conversation(world: World, number: int, text: str, delays: list[float], deadline: float) -> None:
    loop = asyncio.get_running_loop()
    person = world.add_person(f"Person {number}", id=number)
    room = world.rooms[number]
    started = loop.time()
    world.says(person, room, text)
    for press in range(PRESSES + 1):
        shown = await _shown(room, room.version, needs_buttons=press < PRESSES)
        delays.append(loop.time() - started)
        if press == PRESSES or loop.time() > deadline:
            return
        started = loop.time()
        world.presses(person, room, shown.id, _choice(shown, "It worked" if press == PRESSES - 1 else "Didn't help"))


def _choice(post: Post, label: str) -> str:
    """The data of the button with this label; where there is none, of the first one."""
    found = {str(button["text"]): str(button["callback_data"]) for button in buttons(post) if "callback_data" in button}
    return found.get(label) or next(iter(found.values()))


async def _shown(room: Room, since: int, *, needs_buttons: bool) -> Post:
    """The first message of the bot's that is newer than this version of the chat."""
    while True:
        post = next(reversed(room.posts.values()))
        if post.by is None and post.version > since and (post.keyboard or not needs_buttons):
            return post
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        room.waiters.append(changed)
        await asyncio.wait_for(changed, PATIENCE)


async def backlog(fake: FakeTelegram, people: int, texts: list[str], seconds: float) -> Json:
    """So many people have sent these texts, one after the other, before the bot gets the first.

    Returns updates, the bot's calls, and the seconds to its last call; it is given at most so many seconds.
    """
    loop = asyncio.get_running_loop()
    world = fake.world
    everyone = [world.add_person(f"Person {number}", id=number) for number in itertools.islice(_ids, people)]
    for text in texts:
        for person in everyone:
            world.says(person, world.rooms[person.id], text)
    start = last = loop.time()
    before = calls = _calls(fake)
    while (now := loop.time()) < start + seconds and (world.queue.pending or now < last + SETTLED):
        if _calls(fake) != calls:
            calls, last = _calls(fake), now
        await asyncio.sleep(0.002)
    updates = len(everyone) * len(texts)
    return {"updates": updates, "calls": calls - before, "seconds": last - start, "left": world.queue.pending}


def _calls(fake: FakeTelegram) -> int:
    return fake.world.calls.total() - fake.world.calls["getupdates"]


async def polled(fake: FakeTelegram, before: int) -> int:
    """Wait until getUpdates was called more often than before; returns how often."""
    while fake.world.calls["getupdates"] <= before:  # noqa: ASYNC110 - calls know no events
        await asyncio.sleep(0.0005)
    return fake.world.calls["getupdates"]


ACTIONS.update(crowd=crowd, backlog=backlog, polled=polled)


async def _serve() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeTelegram(keep_calls=False) as telegram:
        print(telegram.port, flush=True)
        await stop.wait()


# --- in the measuring process ---------------------------------------------------------------------------------------------------


class CrowdedTelegram(SpawnedTelegram):
    """The process above, started and ended: `async with CrowdedTelegram() as telegram:`."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.crowd", stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(await self._process.stdout.readline())}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600))
        self.token = await self.call("token")
        return self

    async def talked(self, people: int, seconds: float, texts: Sequence[str]) -> Json:
        found: Json = await self.call("crowd", people=people, seconds=seconds, texts=list(texts))
        return found

    async def drained_backlog(self, people: int, texts: Sequence[str], seconds: float) -> Json:
        found: Json = await self.call("backlog", people=people, texts=list(texts), seconds=seconds)
        return found

    async def polls(self) -> int:
        calls: dict[str, Any] = (await self.counters())["calls"]
        return int(calls.get("getupdates", 0))

    async def polled(self, before: int) -> None:
        await self.call("polled", before=before)


if __name__ == "__main__":
    gc.set_threshold(100_000, 50, 100)  # it keeps all that was ever said, so looking for garbage often only costs time
    asyncio.run(_serve())
