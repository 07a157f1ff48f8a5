"""One at a time for each key, in the order of asking, and all keys at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Lets those who share a key pass one after the other. Who waits for their turn holds nothing that others need."""

    def __init__(self) -> None:
        self._lines: dict[str, asyncio.Lock] = {}
        self._people: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of this key, and have it. The empty key is nobody's: it waits for none."""
        if not key:
            yield
            return
        self._people[key] = self._people.get(key, 0) + 1
        try:
            async with self._lines.setdefault(key, asyncio.Lock()):
                yield
        finally:
            self._people[key] -= 1
            if not self._people[key]:
                del self._people[key], self._lines[key]
