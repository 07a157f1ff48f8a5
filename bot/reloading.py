"""New content for a running bot: checked as a whole in a process of its own, and only then put in the place of the old."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.assistant import Assistant
from bot.building import BackgroundMatcher
from bot.content import load_guide
from bot.findings import ContentError

if TYPE_CHECKING:
    from bot.model import Heard

log = logging.getLogger(__name__)


class Reloading:
    """The matching that the bot uses now, and its renewal together with the assistant's guide.

    folder: where the content is; asked anew each time, and may raise ContentError. wanted: is set when the content is to be reloaded.
    semantic: whether meanings help the matching.
    The building of the matching begins at once, in the background.
    """

    def __init__(self, assistant: Assistant, folder: Callable[[], Path], wanted: asyncio.Event, *, semantic: bool = False) -> None:
        self._assistant = assistant
        self._folder = folder
        self._wanted = wanted
        self._semantic = semantic
        self._matcher = BackgroundMatcher(assistant.guide, folder(), semantic=semantic)

    def read(self, text: str, **given: Any) -> Heard:
        """As Matcher.read, with the content of this moment."""
        return self._matcher.read(text, **given)

    async def run(self) -> None:
        """Reload whenever it is wanted, until cancelled. What is wrong with new content changes nothing."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._reload()
            except ContentError as error:
                log.error("the content was not reloaded: %s", error)  # noqa: TRY400 - its text is for the author
            except OSError as error:
                log.error("the content was not reloaded: it could not be checked (%s)", error.strerror)  # noqa: TRY400

    async def _reload(self) -> None:
        """Raises ContentError, OSError."""
        folder = self._folder()
        log.info("reloading the content of %s", folder)
        if wrong := await _checked(folder):
            log.error("the content was not reloaded, it has errors:\n%s", wrong)
            return
        guide = await asyncio.to_thread(load_guide, folder)
        matcher = BackgroundMatcher(guide, folder, semantic=self._semantic)
        await asyncio.to_thread(matcher.built)
        self._assistant.guide, self._matcher = guide, matcher
        log.info("the content was reloaded")


async def _checked(folder: Path) -> str:
    """What `python -m bot check` has against a folder; nothing when the bot can use it. Raises OSError.

    A process of its own takes no time from the conversations, and nothing that it loads stays in memory.
    """
    checking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "check", "--quick"),
        env={**os.environ, "CONTENT_DIR": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await checking.communicate()
    finally:
        if checking.returncode is None:
            checking.kill()
            await checking.wait()
    lines = [line for line in told.decode(errors="replace").splitlines() if ": warning: " not in line]
    return "\n".join(lines) if checking.returncode else ""
