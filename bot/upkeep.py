"""What goes on beside the updates, however they come in: looking for unsent replies, timers, and deleting what was kept long enough."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from bot.assistant import Assistant
from bot.delivery import STORE_TROUBLE
from bot.store import Queued, StoreError
from bot.store.timing import timed

log = logging.getLogger(__name__)

TIMERS_EVERY: Final = 5.0
REPLAYS_EVERY: Final = 2.0
PURGE_EVERY: Final = 60 * 60
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
DRAIN_SECONDS: Final = 5.0
DAY: Final = 24 * 60 * 60

Work = Callable[[], Awaitable[None]]


class Outlet(Protocol):
    """What replies get to people by: the delivery, or pages that wait for them."""

    def post(self, queued: Iterable[Queued]) -> None:
        """See to it that these get to people soon."""

    async def recover(self) -> None:
        """Look again and again for what nobody has seen to."""

    async def drain(self, seconds: float) -> None:
        """Begin nothing more, and finish what is under way, for at most so long."""


class Upkeep:
    """Keeps the bot in order while it runs.

    outlet: by which the replies of timers get to people.
    retention_days: how long an idle conversation is kept. replay: handles what an operator wants to be handled again.
    reload: waits for new content, again and again.
    """

    def __init__(self, assistant: Assistant, outlet: Outlet, retention_days: int, replay: Work, reload: Work) -> None:
        self._assistant = assistant
        self._outlet = outlet
        self._retention = retention_days * DAY
        self._replay = replay
        self._reload = reload

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Run as long as the block does; then finish what is being sent, within seconds."""
        running = asyncio.create_task(self.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self._outlet.drain(DRAIN_SECONDS)

    async def run(self) -> None:
        """Go on until cancelled. What fails is begun again: each of them may fail without the others, and without the bot."""
        await asyncio.gather(
            keep_going("looking for unsent replies", self._outlet.recover),
            keep_going("looking for timers", self._timers),
            keep_going("replaying updates", self._replays),
            keep_going("reloading the content", self._reload),
            keep_going("deleting what is old", self._housekeeping),
        )

    async def _timers(self) -> None:
        while True:
            await asyncio.sleep(TIMERS_EVERY)
            try:
                await self._assistant.fire_due(self._outlet.post)
            except StoreError as error:
                log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback

    async def _replays(self) -> None:
        while True:
            try:
                await self._replay()
            except StoreError as error:
                log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback
            await asyncio.sleep(REPLAYS_EVERY)

    async def _housekeeping(self) -> None:
        """Delete what is old, once an hour; but not by a clock that has just leapt, which may be wrong: an hour later it has been set."""
        steady = asyncio.get_running_loop().time
        expected = float(self._assistant.clock())
        while True:
            now, begun = self._assistant.clock(), steady()
            if now - expected > DAY:
                log.warning("the clock went on by %d days at once; nothing is deleted for now", round((now - expected) / DAY))
            else:
                try:
                    await timed("purge", self._assistant.store.purge(now, now - self._retention))
                except StoreError as error:
                    log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback
            await asyncio.sleep(PURGE_EVERY)
            expected = now + steady() - begun


async def keep_going(name: str, work: Work) -> None:
    """Do work that has no end. When it ends in an error, say so in one line and begin it again, after a wait that doubles."""
    clock = asyncio.get_running_loop().time
    wait = FIRST_WAIT
    while True:
        began = clock()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the bot goes on
            wait = FIRST_WAIT if clock() - began > LONGEST_WAIT else wait
            log.error("%s failed (%s); it begins again in %.0f s", name, told(error), wait)  # noqa: TRY400 - one line
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def told(error: Exception) -> str:
    """What an error is and where it was raised. Not its text: that could hold anything."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f" at {Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where is not None else ""
    return type(error).__name__ + place
