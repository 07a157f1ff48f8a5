"""Tells systemd that the event loop turns. When it stands still for WatchdogSec, systemd ends the process and starts it anew."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

ALIVE: Final = b"WATCHDOG=1"
MICRO: Final = 1e-6


@asynccontextmanager
async def watched(environment: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """As long as the block runs, tell systemd twice in each of its intervals that we live; do nothing where it does not ask for that."""
    address, interval = environment.get("NOTIFY_SOCKET"), environment.get("WATCHDOG_USEC")
    if not address or not interval:
        yield
        return
    telling = asyncio.create_task(_tell(address, int(interval) * MICRO / 2))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(address: str, seconds: float) -> None:
    """Tell it now and then. A word that is lost is no matter: the next one is early enough."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
        notice.settimeout(0)
        while True:
            with suppress(OSError):
                notice.sendto(ALIVE, address.replace("@", "\0", 1) if address.startswith("@") else address)
            await asyncio.sleep(seconds)
