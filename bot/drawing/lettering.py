"""Letters: which font a language is drawn in, how wide words are, and how they are broken into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import ImageFont

FONTS: Final = Path(__file__).with_name("fonts")
EAST_ASIAN: Final = ("ja", "ko", "zh-Hans")
"""The languages with a font of their own, of one weight."""
NO_LETTER: Final = "\U0010ffff"
"""What no font has: drawn as the box that stands for a missing letter."""
BETWEEN_WORDS: Final = re.compile(r"(?<=[ \u00ad/-])")
BETWEEN_IDEOGRAPHS: Final = re.compile(r"(?<=[ /-])|(?<=[\u3040-\u30ff\u3400-\u9fff])(?=[\u3041-\u30fa\u3400-\u9fff])")
LEADING: Final = 1.22
"""Line height, in heights of the letters."""


@cache
def font(language: str, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font for a language."""
    name = f"NotoSansCJK-{language}" if language in EAST_ASIAN else f"Inter-{'SemiBold' if bold else 'Medium'}"
    return ImageFont.truetype(FONTS / f"{name}.otf", size)


def lacking(language: str, text: str) -> list[str]:
    """The letters of a text that the language's font does not have."""
    return [letter for letter in dict.fromkeys(text) if not _has(language, letter)]


@cache
def _has(language: str, letter: str) -> bool:
    letters = font(language, 24)
    return bytes(letters.getmask(letter)) != bytes(letters.getmask(NO_LETTER))


class Style(NamedTuple):
    """How a text may be set: in which language's letters, and how large, the best size first."""

    language: str
    sizes: tuple[int, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A text in lines. `fits`: none is wider than there is room, and there are no more of them than there may be."""

    lines: tuple[str, ...]
    letters: ImageFont.FreeTypeFont
    size: int
    fits: bool

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.size * LEADING)


def fitted(text: str, style: Style, room: int, most: int = 2) -> Lines:
    """A text in the largest of its sizes in which it fits into so many lines; in the smallest where it never does."""
    for size in style.sizes:
        letters = font(style.language, size, bold=style.bold)
        lines = tuple(_broken(text, style.language, letters, room))
        fits = len(lines) <= most and all(letters.getlength(line) <= room for line in lines)
        if fits or size == style.sizes[-1]:
            return Lines(lines, letters, size, fits)
    raise ValueError("no size was given")


def _broken(text: str, language: str, letters: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    """The lines of a text: as many words on each as there is room for."""
    if letters.getlength(text) <= room:  # nearly always
        yield text.rstrip()
        return
    line = ""
    for word in (BETWEEN_IDEOGRAPHS if language in EAST_ASIAN else BETWEEN_WORDS).split(text):
        if line and letters.getlength((line + word).rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += word
    yield line.rstrip()
