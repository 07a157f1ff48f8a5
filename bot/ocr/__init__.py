"""Reads the words of pictures, each in a process of its own with limits of time and memory; nothing is kept, not even on disk.

reader = reader_here()                  # None where the extra `ocr` or tesseract is missing
async with reader.place(), aclosing(reader.looks(raw, ["de", "en"])) as looks:
async for lines in looks:           # one look after the other, until the caller has seen enough
...
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from bot.ocr.tesseract import order, packs, program
from bot.screenshots import Line

log = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""How long one picture may take, all looks at it together."""
WAITING: Final = 8
"""Pictures that may wait, for each that is read: with more, people would wait longer than it takes to type."""
LARGEST_TABLE: Final = 1 << 20
"""Bytes that one look may come to."""
_PASSED_ON: Final = ("PATH", "LANG", "TESSDATA_PREFIX", "PYTHONDONTWRITEBYTECODE")
"""What the process gets of the environment: no token, no password of a database."""


class Busy(Exception):
    """Too many pictures wait already."""


class Unreadable(Exception):
    """The file is no picture, a broken one, or one that takes more time or memory than a picture may."""


class PictureReader:
    """Reads pictures, no more at a time than there are processors.

    installed: the engine's language data. at_once: pictures at a time. seconds: what one may take. command: the process that reads one.
    """

    def __init__(
        self,
        installed: frozenset[str],
        at_once: int | None = None,
        seconds: float = SECONDS,
        command: Sequence[str] = (sys.executable, "-m", "bot.ocr.child"),
    ) -> None:
        self._installed = installed
        self._at_once = at_once or os.cpu_count() or 1
        self._seconds = seconds
        self._command = command
        self._free = asyncio.Semaphore(self._at_once)
        self._inside = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One's turn to read a picture. Raises Busy at once when too many wait."""
        if self._inside >= self._at_once * (1 + WAITING):
            raise Busy
        self._inside += 1
        try:
            async with self._free:
                yield
        finally:
            self._inside -= 1

    async def looks(self, raw: bytes, languages: Sequence[str]) -> AsyncGenerator[list[Line], None]:
        """The lines of a picture, once for each look at it. languages: the likeliest first. Raises Unreadable.

        To close it (contextlib.aclosing) ends the process.
        """
        process = await asyncio.create_subprocess_exec(
            *(*self._command, *order(languages, self._installed)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # could quote the picture
            env=_environment(),
            start_new_session=True,  # so that it is ended together with what it started
            limit=LARGEST_TABLE,
        )
        giving = asyncio.create_task(_give(process, raw))
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            while told := await self._told(process, deadline):
                yield [Line(str(text), float(sure), int(paragraph)) for text, sure, paragraph in told["lines"]]
        finally:
            giving.cancel()
            await _ended(process)

    async def _told(self, process: asyncio.subprocess.Process, deadline: float) -> dict[str, Any] | None:
        """What the process found at its next look; None when there is no more to come. Raises Unreadable."""
        try:
            async with asyncio.timeout_at(deadline):
                told = await _next(process)
                if told is None and await process.wait():
                    log.warning("a picture was too much for the process that reads it (it ended with %d)", process.returncode)
                    raise Unreadable
        except TimeoutError:
            log.warning("a picture was not read within %.0f s", self._seconds)
            raise Unreadable from None
        return told


def reader_here() -> PictureReader | None:
    """A reader, if what it needs is installed; the log tells what is missing when only half of it is."""
    if find_spec("PIL") is None:
        return None
    if program() is None:
        log.warning("pictures are not read: tesseract is missing (Debian, Ubuntu: apt install tesseract-ocr)")
        return None
    installed = packs()
    log.info("pictures are read, in: %s", ", ".join(sorted(installed - {"osd"})))
    return PictureReader(installed)


async def _give(process: asyncio.subprocess.Process, raw: bytes) -> None:
    """Hand a picture over; a process that has refused it already does not take it all."""
    if process.stdin is not None:
        with suppress(ConnectionError):
            process.stdin.write(raw)
            await process.stdin.drain()
        process.stdin.close()


async def _next(process: asyncio.subprocess.Process) -> dict[str, Any] | None:
    """What the process tells next; None at the end. Raises Unreadable."""
    try:
        line = await process.stdout.readline() if process.stdout is not None else b""
        told = json.loads(line) if line else None
    except ValueError:  # more than a screen can hold, or cut off in the middle
        raise Unreadable from None
    if told is not None and "refused" in told:
        raise Unreadable
    return dict(told) if told is not None else None


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed_on, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
