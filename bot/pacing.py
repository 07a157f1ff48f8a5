"""How many new messages are under way at once: as few as the pace allows, since a kill repeats those that nobody has noted as sent.

And, once Telegram has refused the bot as a whole, how many a second: those that it takes. More would be refused, and then everybody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

NEW_AT_ONCE: Final = 10
"""New messages under way at most: Telegram takes about 30 a second from a bot, which so many carry where a call takes a third of one."""
MORE_AFTER: Final = 25
"""After so many messages one more may be under way; at the start it is one, so that a program that dies again and again repeats one."""
PER_SECOND: Final = 30
"""New messages that Telegram takes from a bot in a second. Some bots are allowed more: only one that was refused is held to it."""
CATCH_UP: Final = 0.2
"""Seconds by which a late message may make the following ones sooner."""
HANGS_AFTER: Final = 2.0
"""Seconds after which a message no longer keeps others waiting: a call that hangs must not hold up everybody."""


class Turnstile:
    """Lets few messages through at a time: one at first, one more after each `MORE_AFTER` that went well, `NEW_AT_ONCE` at most."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(1)
        self._size = 1
        self._passed = 0
        self._paced = False
        self._next = 0.0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """Wait for a place, and hold it from before the message is sent until it is noted as sent (or fails, or hangs)."""
        await self._room.acquire()
        place = Place(self._room, self._one_more)
        try:
            yield place
        finally:
            place.give_back()

    def slow_down(self) -> None:
        """From now on, let no more begin in a second than Telegram takes."""
        self._paced = True

    async def turn(self) -> None:
        """Whoever has a place waits here until the message may begin."""
        if not self._paced:
            return
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + 1 / PER_SECOND, now - CATCH_UP)
        if self._next > now:
            await asyncio.sleep(self._next - now)

    def _one_more(self) -> None:
        self._passed += 1
        if self._size < NEW_AT_ONCE and self._passed >= self._size * MORE_AFTER:
            self._size += 1
            self._room.release()


class Place:
    """One place, given back once: at the end, or when its holder hangs. went_well: to be called when the message is noted as sent."""

    def __init__(self, room: asyncio.Semaphore, went_well: Callable[[], None]) -> None:
        self._room: asyncio.Semaphore | None = room
        self._timer = asyncio.get_running_loop().call_later(HANGS_AFTER, self.give_back)
        self.went_well = went_well

    def give_back(self) -> None:
        """Let the next one in."""
        room, self._room = self._room, None
        if room is not None:
            self._timer.cancel()
            room.release()
