"""Pictures that people send: fetched, read in a process of their own, and understood, before anything of it is kept.

Whoever sends a picture waits for it; nobody else does. Too many at once are declined kindly, and so is what cannot be fetched or read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Final

from bot.assistant import Assistant
from bot.model import ENGLISH, Showed
from bot.ocr import Busy, PictureReader, Unreadable
from bot.screenshots import NOTHING_READ, Screenshots, Seen, with_caption
from bot.store import Arrival
from bot.transports.bot_api import BadRequest, TelegramError, TooLarge
from bot.transports.updates import Picture, Pictured

log = logging.getLogger(__name__)

LARGEST: Final = 20 << 20
"""Bytes: the Bot API hands out no more."""
FETCH_SECONDS: Final = 15.0
WAIT_SECONDS: Final = 15.0
"""How long a picture may wait for its turn. With fetching and reading this stays below the 60 seconds that Telegram waits for a webhook."""
PER_PERSON: Final = 2
"""Pictures (or albums) of one conversation at a time."""
ALBUM_SECONDS: Final = 1.0
"""How long after the first picture of an album the others may come."""
MOST_OF_ALBUM: Final = 4
KEPT_ALBUMS: Final = 64

Fetch = Callable[[str, int, float], Awaitable[bytes]]


class Pictures:
    """Sees pictures. fetch: Telegram's id of a file, most bytes, seconds -> the file. reader: its words."""

    def __init__(self, assistant: Assistant, fetch: Fetch, reader: PictureReader) -> None:
        self._assistant = assistant
        self._fetch = fetch
        self._reader = reader
        self._screenshots = (assistant.guide, Screenshots(assistant.guide.intents, assistant.guide.standard))
        self._open: Counter[str] = Counter()
        self._albums: dict[str, _Album] = {}

    async def seen(self, sent: Pictured) -> Arrival:
        """What arrived with a picture. Those of one album arrive as one, which counts once. Raises StoreError."""
        arrival, picture = sent.arrival, sent.picture
        if not picture.album:
            return replace(arrival, event=await self._understood(arrival, [picture]))
        album = self._album(f"{arrival.conversation}/{picture.album}")
        album.pictures.append(picture)
        if album.reading is None:
            album.reading = asyncio.create_task(self._whole(arrival, album))
        event = await asyncio.shield(album.reading)
        return replace(arrival, update=f"tg:album:{picture.album}", event=event)

    def _album(self, key: str) -> _Album:
        while len(self._albums) > KEPT_ALBUMS:
            self._albums.pop(next(iter(self._albums)))
        return self._albums.setdefault(key, _Album())

    async def _whole(self, arrival: Arrival, album: _Album) -> Showed:
        await asyncio.sleep(ALBUM_SECONDS)
        return await self._understood(arrival, album.pictures[:MOST_OF_ALBUM])

    async def _understood(self, arrival: Arrival, pictures: Sequence[Picture]) -> Showed:
        """The event that pictures are: the one that tells most, with the words under them."""
        caption = next((picture.caption for picture in pictures if picture.caption), "")
        try:
            async with self._one_of_theirs(arrival.conversation):
                best = await self._best(arrival, pictures)
        except (Busy, TimeoutError):
            log.warning("a picture was declined: too many wait, or Telegram does not hand it out")
            best = Seen(Showed("busy"))
        return (await asyncio.to_thread(with_caption, best, caption, pictures[0].read)).shown

    @asynccontextmanager
    async def _one_of_theirs(self, conversation: str) -> AsyncIterator[None]:
        """Within the share of one person. Raises Busy."""
        if self._open[conversation] >= PER_PERSON:
            raise Busy
        self._open[conversation] += 1
        try:
            yield
        finally:
            self._open[conversation] -= 1
            self._open += Counter()  # forgets those who have none any more

    async def _best(self, arrival: Arrival, pictures: Sequence[Picture]) -> Seen:
        """The picture that tells most. Raises Busy, TimeoutError, StoreError."""
        languages = await self._languages(arrival)
        best: Seen | None = None
        for picture in pictures:
            seen = await self._seen(picture, languages)
            if best is None or seen.rank > best.rank:
                best = seen
            if best.sure:
                break
        return best or NOTHING_READ

    async def _seen(self, picture: Picture, languages: Sequence[str]) -> Seen:
        """One picture, in its turn. Raises Busy, TimeoutError."""
        if picture.size > LARGEST:
            return REFUSED
        try:
            async with asyncio.timeout(WAIT_SECONDS) as waiting, self._reader.place():
                waiting.reschedule(None)
                return await self._looked_at(await self._fetch(picture.file, LARGEST, FETCH_SECONDS), picture, languages)
        except (TooLarge, Unreadable):
            return REFUSED
        except BadRequest:  # Telegram's word for a file that is too big, or gone
            return REFUSED
        except TelegramError as error:
            log.warning("a picture could not be fetched (%s)", type(error).__name__)
            raise Busy from None

    async def _looked_at(self, raw: bytes, picture: Picture, languages: Sequence[str]) -> Seen:
        best = NOTHING_READ
        screenshots = self._screenshots_now()
        async with aclosing(self._reader.looks(raw, languages)) as looks:
            async for lines in looks:
                seen = await asyncio.to_thread(screenshots.understand, lines, picture.read)  # some hundred windows to match
                best = max(best, seen, key=lambda one: one.rank)
                if best.certain:
                    break
        return best

    def _screenshots_now(self) -> Screenshots:
        """What understands screenshots by the guide of this moment."""
        guide, screenshots = self._screenshots
        if guide is not self._assistant.guide:
            guide = self._assistant.guide
            screenshots = Screenshots(guide.intents, guide.standard)
            self._screenshots = guide, screenshots
        return screenshots

    async def _languages(self, arrival: Arrival) -> list[str]:
        """The languages that a picture is likely in: the conversation's, their app's, English. Raises StoreError."""
        known = await self._assistant.language_of(arrival.conversation)
        return [language for language in (known, arrival.language, ENGLISH) if language]


class _Album:
    """Pictures that were sent together, and what becomes of them."""

    __slots__ = ("pictures", "reading")

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.reading: asyncio.Task[Showed] | None = None


REFUSED: Final = Seen(Showed("refused"))
