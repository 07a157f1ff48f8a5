"""Tells the other replicas that this one is alive, and lets one of them poll: by advisory locks on a connection of its own.

The server gives a lock back as soon as its connection ends, however the process or its machine died. So nobody has to wait for
a dead leader, and what a dead replica was sending is taken over.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from bot.store import StoreAway, StoreError
from bot.store.server import Link

log = logging.getLogger(__name__)

ALIVE: Final = 1_647_001
"""The first number of the lock that says who is alive; the second is the replica's own. Numbers of ours, of no meaning."""
POLLS: Final = 1_647_002
"""The first number of the lock of the one that polls; the second is 0."""
BEAT: Final = 1.0
"""Seconds between two looks whether the connection holds, and whether it is our turn to poll."""
ANSWERS_WITHIN: Final = 4.0
"""Seconds after which a connection that does not answer counts as lost: the server may have given our locks to another."""
_TRY: Final = "SELECT pg_try_advisory_lock($1, $2)"


class Presence:
    """The locks of one replica, held as long as it lives. connect: makes its connection."""

    def __init__(self, connect: Callable[[], Awaitable[Link]]) -> None:
        self.owner: Final = secrets.randbelow(2**31 - 1) + 1
        self._connect = connect
        self._wants_to_poll = False
        self._hurry = asyncio.Event()
        self._polls = asyncio.Event()
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Be there from now on. Raises StoreError when the server cannot be reached at all."""
        link = await self._connect()
        locks: set[int] = set()
        try:
            await self._look_after(link, locks)
        except BaseException:
            link.cut()
            raise
        self._task = asyncio.create_task(self._stay(link, locks))

    async def lead(self) -> asyncio.Event:
        """Wait to be the one that polls; what is returned is set when that is over."""
        self._wants_to_poll = True
        self._hurry.set()
        while not self._polls.is_set():
            await self._polls.wait()
        return self._lost

    async def close(self) -> None:
        """Be there no more: the locks go to whoever wants them."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self, first: Link, locks: set[int]) -> None:
        """Hold the locks; when the connection is lost, take another."""
        link: Link | None = first
        told = False
        while True:
            try:
                if link is None:
                    link, locks = await self._connect(), set()
                await self._look_after(link, locks)
                if told:
                    log.warning("the database answers again")
                    told = False
                await self._rest()
            except StoreError as error:
                if not told:
                    log.warning("this replica has lost its connection to the database (%s); it tries again", error)
                    told = True
                self._lose(link)
                link = None
                await asyncio.sleep(BEAT)
            except BaseException:
                self._lose(link)
                raise

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), BEAT)
        self._hurry.clear()

    async def _look_after(self, link: Link, locks: set[int]) -> None:
        """Take what locks are wanted and free; at the least, make sure that the connection holds. Raises StoreError."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await link.do("SELECT 1")
                for name, number, wanted in ((ALIVE, self.owner, True), (POLLS, 0, self._wants_to_poll)):
                    if wanted and name not in locks and (row := await link.row(_TRY, name, number)) and row[0]:
                        locks.add(name)
        except TimeoutError as error:
            raise StoreAway("PostgreSQL: no answer in time") from error
        if POLLS in locks:
            self._polls.set()

    def _lose(self, link: Link | None) -> None:
        if link is not None:
            link.cut()
        if self._polls.is_set():
            self._polls.clear()
            self._lost.set()
            self._lost = asyncio.Event()
