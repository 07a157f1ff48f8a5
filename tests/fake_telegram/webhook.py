"""Delivery by webhook, by the rules of Telegram's server.

Lanes: the messages of one chat in order, and the callback queries of one user in order; a message and a press of the same person may well
arrive at the same time. A 2xx confirms, and a `method` in its body is executed (its result is thrown away). Anything else is tried again:
at once, then after 2, 4, 8 … up to 60 to 120 seconds, or after what Retry-After says, until the update expires.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from tests.fake_telegram.updates import Update
from tests.fake_telegram.world import World

LONGEST_WAIT: Final = 60
LONGEST_RETRY_AFTER: Final = 3600
IDLE: Final = 60
GONE: Final = 23 * 60 * 60
"""So long may a webhook answer 410 before it is removed."""
NOT_EXECUTED: Final = frozenset({"setwebhook", "deletewebhook", "close", "logout"})


class Webhook:
    """One webhook, from setWebhook to its end."""

    def __init__(
        self, world: World, url: str, secret: str, connections: int, execute: Callable[[str, Any], None], remove: Callable[[], None]
    ) -> None:
        self.url, self.connections, self.secret = url, connections, secret
        self.last_error: tuple[int, str] | None = None
        self._world, self._execute, self._remove = world, execute, remove
        self._places = asyncio.Semaphore(connections)
        self._lanes: dict[tuple[str, int], deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._gone_since: float | None = None

    def start(self) -> None:
        """Send what waits, and from now on whatever comes."""
        timeout = aiohttp.ClientTimeout(total=IDLE)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=self.connections, ssl=False))
        self._world.queue.listener = self.take
        for update in self._world.queue.waiting():
            self.take(update)

    async def close(self) -> None:
        self._world.queue.listener = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def take(self, update: Update) -> None:
        """Put an update into its lane."""
        if update.lane in self._lanes:
            self._lanes[update.lane].append(update)
            return
        self._lanes[update.lane] = deque([update])
        task = asyncio.create_task(self._drain(update.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: tuple[str, int]) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting[0])
            waiting.popleft()
        del self._lanes[lane]

    async def _deliver(self, update: Update) -> None:
        """Send one update until it is taken, or expires."""
        delay, fails = 1.0, 0
        while True:
            async with self._places:
                problem, retry_after = await self._send(update)
            if problem is None:
                self._world.queue.confirm(update.id)
                return
            self.last_error = int(self._world.clock.now()), problem
            wait = min(max(retry_after, 0), LONGEST_RETRY_AFTER)
            if not wait and fails:
                delay = min(self._world.chance.uniform(LONGEST_WAIT, 2 * LONGEST_WAIT), delay * 2)
                wait = delay
            if self._world.clock.now() + wait > update.expires:
                self._world.queue.expire(update.id)
                return
            fails += 1
            await asyncio.sleep(wait * self._world.options.pace)

    async def _send(self, update: Update) -> tuple[str | None, float]:
        """What went wrong, if anything, and how long the bot asks to wait."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        self._world.queue.delivered(update)
        assert self._session is not None
        try:
            async with self._session.post(self.url, data=update.body, headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "Webhook connection closed", 0.0
        if 200 <= answer.status <= 299:
            self._gone_since = None
            self._run(body)
            return None, 0.0
        self._count_gone(answer.status)
        after = answer.headers.get("Retry-After", "")
        return f"Wrong response from the webhook: {answer.status} {answer.reason}", float(after) if after.isdigit() else 0.0

    def _count_gone(self, status: int) -> None:
        now = self._world.clock.now()
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now > self._gone_since + GONE:
            self._remove()

    def _run(self, body: bytes) -> None:
        try:
            call = json.loads(body)
        except ValueError:
            return
        if not isinstance(call, dict) or not isinstance(method := call.pop("method", None), str):
            return
        method = method.lower()
        if method not in NOT_EXECUTED and not method.startswith("get"):
            self._execute(method, call)
