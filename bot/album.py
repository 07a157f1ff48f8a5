"""The album: pictures, drawn when somebody first wants one, and from then on known by the name under which Telegram keeps them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bot.drawing import Scheme, digest, draw, draw_leaflet
from bot.model import Leaflet, Picture
from bot.store import PictureKey, Store, StoreError

log = logging.getLogger(__name__)

IN_A_CHAT: Final = Scheme.LIGHT
"""Telegram does not tell whether a chat is light or dark. Settings is light where nobody changed it, on a wall that does not dazzle."""


class Album:
    """store: keeps the names. clock: whole seconds since 1970."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._drawing = asyncio.Lock()

    async def name(self, picture: Picture) -> str | None:
        """The name under which Telegram has a picture already. Raises StoreError."""
        return await self._store.picture_name(_key(picture))

    async def drawn(self, picture: Picture) -> bytes:
        """A picture as PNG. One at a time: drawing takes a good part of a second, on a thread of its own."""
        async with self._drawing:
            return await asyncio.to_thread(draw, picture, IN_A_CHAT)

    async def leaflet(self, leaflet: Leaflet) -> bytes:
        """A leaflet as PNG, for this once: it is somebody's own, and kept nowhere."""
        async with self._drawing:
            return await asyncio.to_thread(draw_leaflet, leaflet)

    async def note(self, picture: Picture, name: str | None) -> None:
        """Telegram has a picture under this name, or (None) no longer. Where that cannot be kept, it is sent once more another time."""
        try:
            await self._store.name_picture(_key(picture), name, self._clock())
        except StoreError as error:
            log.error("the name of a picture could not be kept: %s", error)  # noqa: TRY400 - one line for the operator


def _key(picture: Picture) -> PictureKey:
    return PictureKey(digest(picture), picture.language, IN_A_CHAT.value)
