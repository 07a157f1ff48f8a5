"""The process that reads one picture: `python -m bot.ocr.child PACK…`, the picture through standard input.

Writes one line of JSON for each look at the picture, the likeliest first, until it is stopped or has no more; or the reason why it
refuses. Whatever is wrong with a picture happens here, within limits that it sets itself before it has seen a byte of it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL import Image

    from bot.ocr.tesseract import Word

MEMORY: Final = 1 << 30
"""Bytes of address space, for this process and for each that it starts."""
CPU_SECONDS: Final = 30
MAKES_SENSE: Final = 65
"""When the engine is as sure as this of some words, no other language is tried: read with the wrong one, a text is noise."""
ENOUGH_WORDS: Final = 8
LIMITS: Final = {
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_CPU: CPU_SECONDS,
    resource.RLIMIT_FSIZE: 0,  # nothing of a picture is written to a disk, not by an accident either
    resource.RLIMIT_CORE: 0,
}


def limit() -> None:
    """Give this process, and those that it starts, no more than one picture needs."""
    for what, most in LIMITS.items():
        with suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(what, (most, most))


def looks(grey: Image.Image, packs: Sequence[str]) -> Iterator[tuple[str, list[Word]]]:
    """Each look at a picture: the engine's data, and the lines found. Other data only where what was found makes no sense."""
    from bot.ocr.cleaning import even, flat  # noqa: PLC0415 - Pillow is loaded under the limits
    from bot.ocr.tesseract import lines  # noqa: PLC0415

    cleaners: tuple[Callable[[Image.Image], Image.Image], ...] = (flat, even)
    cleaned = [clean(grey) for clean in cleaners]
    for pack in packs:
        makes_sense = False
        for picture in cleaned:
            found = lines(picture, pack)
            makes_sense = makes_sense or _makes_sense(found)
            yield pack, found
        if makes_sense:
            return


def _makes_sense(found: Sequence[Word]) -> bool:
    words = sum(len(text.split()) for text, _, _ in found)
    sure = sum(confidence * len(text.split()) for text, confidence, _ in found)
    return words >= ENOUGH_WORDS and sure / words >= MAKES_SENSE


def main(packs: Sequence[str]) -> None:
    """Read the picture on standard input."""
    limit()
    from bot.ocr.cleaning import NoPicture, opened  # noqa: PLC0415 - as above

    try:
        grey = opened(sys.stdin.buffer.read())
    except (NoPicture, MemoryError):
        _tell({"refused": True})
        return
    for pack, found in looks(grey, packs):
        _tell({"pack": pack, "lines": found})


def _tell(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
