"""Of many replicas one polls. The others only deliver what is queued and mind the timers, until it is their turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from bot.metrics import LEADER
from bot.store import Store

log = logging.getLogger(__name__)

AT_ONCE: Final = 0.5
"""Seconds for which it is not worth saying that another one polls."""


async def poll_in_turn(store: Store, poll: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """Poll whenever this replica is the one that does, until told to stop. poll: polls until the event that it is given is set."""
    LEADER.set(0)
    while (over := await _turn(store, stop)) is not None:
        LEADER.set(1)
        async with _first_of(stop, over) as ends:
            await poll(ends)
        LEADER.set(0)
        if not stop.is_set():
            log.warning("this replica polls no more")


async def _turn(store: Store, stop: asyncio.Event) -> asyncio.Event | None:
    """Wait for the turn of this replica; what is set when it is over. None when told to stop before."""
    leads = asyncio.create_task(store.lead())
    stops = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({leads, stops}, timeout=AT_ONCE, return_when=asyncio.FIRST_COMPLETED)
        if not leads.done() and not stop.is_set():
            log.info("another replica polls; this one delivers, and polls when that one is gone")
            await asyncio.wait({leads, stops}, return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else leads.result()
    finally:
        leads.cancel()
        stops.cancel()
        await asyncio.gather(leads, stops, return_exceptions=True)


@asynccontextmanager
async def _first_of(*events: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """An event that is set as soon as one of these is."""
    first = asyncio.Event()

    async def watch(event: asyncio.Event) -> None:
        await event.wait()
        first.set()

    watching = [asyncio.create_task(watch(event)) for event in events]
    try:
        yield first
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
