"""Why no work should come to a process now: what /readyz says, in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.store import Store, StoreError, Transaction
from bot.store.timing import timed
from bot.transports.receiving import Receiver

LONGEST_LAG: Final = 300
"""Seconds that a reply may wait in the hands of this process: one that cannot keep up should be sent no more."""
LONGEST_SILENCE: Final = 90.0
"""Seconds without an answer of Telegram's to who polls: getUpdates answers after 30 at the latest."""
STORE_SECONDS: Final = 2.0
"""How long the store may take to say that it works."""


@dataclass(slots=True)
class PollingReadiness:
    """Of a bot that polls. stop: is set when it is told to stop. receiver: none before Telegram was reached.

    silence: for how many seconds Telegram has not answered; 0 while another replica polls.
    """

    store: Store
    stop: asyncio.Event
    receiver: Receiver | None = None
    silence: Callable[[], float] = float

    async def trouble(self) -> str:
        """Why it is not ready; empty when it is."""
        silence = self.silence()
        if silence > LONGEST_SILENCE and not self.stop.is_set():
            return f"Telegram has not answered for {silence:.0f} s"
        return await trouble_of(self.store, self.receiver, leaving=self.stop.is_set())

    def lag(self) -> int:
        """How many seconds the oldest reply in hand has waited."""
        return self.receiver.lag() if self.receiver is not None else 0


async def trouble_of(store: Store, receiver: Receiver | None, *, leaving: bool) -> str:
    """Why a bot should be sent no updates now; empty when it should. receiver: none before Telegram was reached."""
    if leaving:
        return "stopping"
    if receiver is None:
        return "Telegram was not reached yet"
    if (lag := receiver.lag()) > LONGEST_LAG:
        return f"a reply has waited for {lag} s to be sent"
    return await trouble_of_store(store)


async def trouble_of_store(store: Store) -> str:
    """What is wrong with the store; empty when it answers."""
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await timed("probe", store.run(_nothing))
    except TimeoutError:
        return f"the store does not answer within {STORE_SECONDS:.0f} s"
    except StoreError as error:
        return str(error)
    return ""


async def _nothing(tx: Transaction) -> None:
    """Work that asks only whether work can be done."""
