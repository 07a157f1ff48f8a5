"""Open pages that wait for something new: woken by what happens in this process, and by a look at the store for all that others do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from bot.delivery import STORE_TROUBLE
from bot.store import Queued, Store, StoreError

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds between looks at the store for changes that other programs made: a reminder, or an answer by another replica."""
MOST: Final = 5000
"""Pages that may wait at a time; who comes on top of them asks again later."""
MOST_OF_ONE: Final = 10
"""The same of one conversation: its tabs."""


class TooMany(Exception):
    """As many pages wait as may."""


class Pages:
    """Who waits for which conversation. Stands where the delivery stands on Telegram: what is queued is on the page already."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._known: dict[str, int] = {}
        self._size = 0
        self.leaving = False

    @asynccontextmanager
    async def waiting(self, conversation: str, since: int) -> AsyncIterator[asyncio.Event]:
        """An event that is set when there may be more than this revision. Raises TooMany."""
        if self._size >= MOST or len(self._waiting.get(conversation, ())) >= MOST_OF_ONE:
            raise TooMany
        changed = asyncio.Event()
        if self.leaving:
            changed.set()
        places = self._waiting.setdefault(conversation, set())
        places.add(changed)
        self._size += 1
        self._known[conversation] = min(since, self._known.get(conversation, since))
        try:
            yield changed
        finally:
            places.discard(changed)
            self._size -= 1
            if not places:
                self._waiting.pop(conversation, None)
                self._known.pop(conversation, None)

    def post(self, queued: Iterable[Queued]) -> None:
        """Wake those who wait for these conversations."""
        for conversation in {reply.conversation for reply in queued}:
            self._wake(conversation)

    async def recover(self) -> None:
        """Look again and again for what other programs have changed."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """The same, once."""
        if not self._waiting:
            return
        try:
            newest = await self._store.revisions(tuple(self._waiting))
        except StoreError as error:
            log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback
            return
        for conversation, revision in newest.items():
            if revision != self._known.get(conversation, revision):
                self._known[conversation] = revision
                self._wake(conversation)

    async def drain(self, seconds: float) -> None:  # noqa: ARG002 - nobody has to be waited for
        """Let everybody go: they ask again, where the service goes on."""
        self.leaving = True
        for conversation in tuple(self._waiting):
            self._wake(conversation)

    def _wake(self, conversation: str) -> None:
        for changed in self._waiting.get(conversation, ()):
            changed.set()
