"""Pictures for pages, drawn when a browser asks for one: of fixes for everybody, and of somebody's summary for them alone.

A page is told the address of a fix's picture, which says all that can be seen in it: so a browser may keep it for ever, and any
replica can draw it, after a restart too.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, Final

from bot.drawing import WIDTH, Scheme, digest, draw, draw_leaflet, lay_out
from bot.illustrating import CannotShow
from bot.markup import plain
from bot.model import Guide, Leaflet, Message, Picture
from bot.variants import pictures
from bot.wording import MissingText

KEPT: Final = 64
"""Pictures that stay in memory: some 100 kB each."""


class Gallery:
    """Draws one picture at a time, on a thread of its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Scheme], bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    def part(self, message: Message, fix: str) -> dict[str, Any]:
        """The picture of a message about a fix, as a page is told of it: where it is, light and dark, and the same in words."""
        picture = message.picture
        if picture is None:
            raise ValueError("the message has no picture")
        addresses = {scheme.value: f"pictures/{picture.language}/{fix}/{digest(picture)}-{scheme.value}.png" for scheme in Scheme}
        size = {"width": WIDTH, "height": lay_out(picture).height}
        return {"kind": "picture", "alt": plain(message.text), **addresses, **size}

    async def picture(self, guide: Guide, language: str, fix: str, name: str) -> bytes | None:
        """The picture of this name as PNG; None if the content has none such (any more)."""
        wanted, _, scheme = name.rpartition("-")
        if language not in guide.responses or fix not in guide.fixes or scheme not in list(Scheme):
            return None
        key = (f"{language}/{fix}/{wanted}", Scheme(scheme))
        async with self._drawing:
            if key not in self._kept:
                found = _found(guide, language, fix, wanted)
                if found is None:
                    return None
                self._kept[key] = await asyncio.to_thread(draw, found, key[1])
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    async def leaflet(self, leaflet: Leaflet) -> bytes:
        """A leaflet as PNG, for this once: it is somebody's own, and kept nowhere."""
        async with self._drawing:
            return await asyncio.to_thread(draw_leaflet, leaflet)


def _found(guide: Guide, language: str, fix: str, wanted: str) -> Picture | None:
    """The picture of a fix that has this digest, on whichever phone."""
    try:
        return next((picture for picture in pictures(guide, guide.fixes[fix], language) if digest(picture) == wanted), None)
    except (MissingText, CannotShow):
        return None
