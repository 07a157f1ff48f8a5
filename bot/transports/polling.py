"""Telegram's updates by polling: our own loop, which acknowledges an update only when it is committed.

`getUpdates` with a higher offset is the acknowledgement. python-telegram-bot's Updater sends it before an update is handled,
so that a kill loses what waits; here the offset moves after the commit, and what comes twice is recognised.

The first batch is one update, each next one twice as large. A bot that dies again and again within a batch acknowledges nothing of it,
and would never reach those at its end: Telegram drops a press that has waited for 150 seconds.

A picture takes seconds to read, and nobody else waits for it: it is handled beside, and the offset stays before it until it is committed.
What Telegram hands out again meanwhile is known by its number.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, Final

from bot.metrics import ACKNOWLEDGEMENT_SECONDS, LAST_POLL
from bot.store import StoreError
from bot.transports import CannotRun
from bot.transports.bot_api import BotApi, Conflict, InvalidToken, RetryAfter, TelegramError, wait_of
from bot.transports.inline import superseded
from bot.transports.receiving import Answer, Receiver
from bot.transports.updates import ALLOWED, number_of

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 30
LARGEST_BATCH: Final = 100
"""Updates in one answer of getUpdates at most (Telegram's own limit)."""
AGAIN_SECONDS: Final = 0.6
"""How soon to ask again while a picture is being read. Telegram hands out at once what is not acknowledged, within 0.5 s only one of it."""
LEAVE_SECONDS: Final = 3.0
"""How long a picture under way may still take when the bot is told to stop."""
SECOND_POLLER_WAIT: Final = 10.0
LONGEST_WAIT: Final = 8.0
WRONG_TOKEN: Final = "Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather (/mybots › API Token)"  # noqa: S105 - no token
WEBHOOK_SET: Final = "a webhook is set for this bot, so it cannot poll: `python -m bot setup` removes it"
SECOND_POLLER: Final = "another program polls with the same token; this one waits until it stops"


class Polling:
    """The loop: updates in, acknowledged after the commit. api: an open Bot API."""

    def __init__(self, api: BotApi, receiver: Receiver) -> None:
        self._api = api
        self._receiver = receiver
        self._offset: int | None = None
        self._batch = 1
        self._open: dict[int, float] = {}
        """The updates that are not acknowledged yet, in Telegram's order, with their times of arrival: some are handled already."""
        self._slow: dict[int, asyncio.Task[bool]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._answered: float | None = None
        """When Telegram last answered, while this one polls."""

    def silence(self) -> float:
        """For how many seconds Telegram has not answered; 0 while another replica polls."""
        return time.monotonic() - self._answered if self._answered is not None else 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until told to stop; then finish what was begun, within seconds. Raises CannotRun."""
        log.info("@%s polls", self._receiver.username)
        stopping = asyncio.create_task(stop.wait())
        self._answered = time.monotonic()
        try:
            while not stop.is_set():
                polling = asyncio.create_task(self._poll())
                await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not polling.done():
                    polling.cancel()
                    await asyncio.gather(polling, return_exceptions=True)
                    break
                updates = await polling
                await self._take(updates, stop)
                under_way = [task for task in self._slow.values() if not task.done()]
                if under_way:
                    await asyncio.wait({*under_way, stopping}, timeout=AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                self._acknowledge()
        finally:
            stopping.cancel()
            self._answered = None
            await self._leave_slow()
        await asyncio.gather(*self._answers, return_exceptions=True)

    # --- getting updates ---

    async def _poll(self) -> list[Any]:
        """The next updates; when Telegram says no, what an operator needs to know, and a wait."""
        wait = 1.0
        told = ""
        while True:
            limit = min(len(self._open) + self._batch, LARGEST_BATCH)
            parameters = {"timeout": POLL_SECONDS, "limit": limit, "allowed_updates": list(ALLOWED)}
            if self._offset is not None:
                parameters["offset"] = self._offset
            try:
                updates = await self._api.call("getUpdates", parameters, seconds=POLL_SECONDS + 10)
                self._answered = time.monotonic()
                LAST_POLL.set(time.time())
                if told:
                    log.warning("Telegram answers again")
                return list(updates)
            except InvalidToken as error:
                raise CannotRun(WRONG_TOKEN) from error
            except Conflict as error:
                if "webhook" in error.message.casefold():
                    raise CannotRun(WEBHOOK_SET) from error
                wait, reason = SECOND_POLLER_WAIT, SECOND_POLLER
            except RetryAfter as error:
                wait, reason = wait_of(error), "Telegram asks to wait"
            except TelegramError as error:
                wait, reason = min(wait * 2, LONGEST_WAIT), f"Telegram cannot be reached ({type(error).__name__}); trying again"
            if reason != told:
                log.warning("%s", reason)
                told = reason
            await asyncio.sleep(wait)

    # --- handling updates ---

    async def _take(self, updates: list[Any], stop: asyncio.Event) -> None:
        """Handle a batch, but for what came before and is not acknowledged yet. What takes long goes on beside."""
        came = time.perf_counter()
        new = [raw for raw in updates if number_of(raw) not in self._open]
        if not new:
            return
        for raw in new:
            number = number_of(raw)
            if number is not None and self._receiver.takes_long(raw):
                self._slow[number] = asyncio.create_task(self._receive_all([raw], stop))
        quick = [raw for raw in new if number_of(raw) not in self._slow]
        if await self._receive_all(quick, stop):
            self._open.update((number, came) for raw in new if (number := number_of(raw)) is not None)
            self._batch = min(2 * self._batch, LARGEST_BATCH)
            self._acknowledge()

    def _acknowledge(self) -> None:
        """Move the offset up to the first update that is not handled. Raises what handling a slow one raised."""
        now = time.perf_counter()
        while self._open:
            number = next(iter(self._open))
            slow = self._slow.get(number)
            if slow is not None and not (slow.done() and slow.result()):
                return
            self._slow.pop(number, None)
            ACKNOWLEDGEMENT_SECONDS.observe(now - self._open.pop(number))
            self._offset = number + 1  # the order is Telegram's; after a quiet week numbers may go down

    async def _leave_slow(self) -> None:
        """Give what takes long a few seconds more; what is not handled then comes again."""
        if self._slow:
            _, late = await asyncio.wait(self._slow.values(), timeout=LEAVE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _receive_all(self, updates: list[Any], stop: asyncio.Event) -> bool:
        """Handle updates; whether all are committed. Store errors are tried again until told to stop; the rest is put aside."""
        wait = 0.5
        stale = superseded(updates)
        open_updates = [raw for place, raw in enumerate(updates) if place not in stale]
        while open_updates:
            outcomes = await asyncio.gather(*(self._receive(raw) for raw in open_updates), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException) and not isinstance(outcome, StoreError):
                    raise outcome
            open_updates = [raw for raw, outcome in zip(open_updates, outcomes, strict=True) if isinstance(outcome, StoreError)]
            if open_updates:
                log.error("%d updates wait: %s", len(open_updates), next(o for o in outcomes if isinstance(o, StoreError)))
                if stop.is_set():
                    return False  # not acknowledged: they come again
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        return True

    async def _receive(self, raw: Any) -> None:
        answer = await self._receiver.receive(raw)
        if answer is not None:
            task = asyncio.create_task(self._send(answer))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _send(self, answer: Answer) -> None:
        with suppress(TelegramError):
            await self._api.call(answer.method, answer.parameters)
