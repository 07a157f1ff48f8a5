"""What fits on the screen of a phone, and what is folded so that a message does.

The measure is a phone of 6.1 inches in letters of the usual size: of its 852 points a chat leaves about 660 to messages, a line
takes 22 of them and a row of buttons 44 to 48.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from typing import Final
from unicodedata import east_asian_width

from bot.markup import BLOCK, folded, plain, sections

LINE: Final = 40
"""Columns of a line; Chinese, Japanese and Korean characters take two."""
SCREEN: Final = 28
"""Lines of a screen: two are left to the date and the edges of the bubble."""
ROW: Final = 2
"""Lines that a row of buttons takes."""
FOLD: Final = 3
"""Lines of a fold that are shown before it is opened."""
COPIED: Final = 4
"""Lines that a block to copy counts for: it is copied, not read, and so may go past the screen."""

_WORD: Final = re.compile(r"\S+")
_BLOCK: Final = re.compile(rf"{BLOCK}\n.*?\n{BLOCK}", re.DOTALL)


class Fold(IntEnum):
    """When a passage is folded, from never to always: of those between, the later first, and only until the message fits."""

    NEVER = 0
    KNOWN = 1
    """What most people have read before."""
    STEPS = 2
    """From the last line up, as few lines as need be."""
    CONTEXT = 3
    DETAIL = 4
    ALWAYS = 5


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of a message, and when it is folded."""

    text: str
    fold: Fold = Fold.NEVER


def fit(passages: Sequence[Passage], rows: int, *, peeks: bool = True) -> str:
    """The passages as one text that, with so many rows of buttons, fits on a screen; if none does, the shortest that there is.

    peeks: whether a closed fold shows its first lines. Where it does not, only details are folded: what is needed stays in sight.
    """
    return _fitted(tuple(passages), rows, peeks)


@lru_cache(maxsize=512)  # measuring takes some milliseconds, and many people are shown the same cards
def _fitted(passages: tuple[Passage, ...], rows: int, peeks: bool) -> str:
    room = SCREEN - ROW * rows
    text = ""
    for text in _from_longest(passages) if peeks else (_joined(passages, first) for first in (Fold.ALWAYS, Fold.DETAIL)):
        if lines(text) <= room:
            break
    return text


def _from_longest(passages: Sequence[Passage]) -> Iterator[str]:
    """The ways to fold a message, with ever less in sight."""
    for first in (Fold.ALWAYS, Fold.DETAIL, Fold.CONTEXT):
        yield _joined(passages, first)
    most = max((passage.text.count("\n") for passage in passages if passage.fold is Fold.STEPS), default=0)
    for first in (Fold.CONTEXT, Fold.KNOWN):
        for shown in range(most, 0, -1):
            yield _joined(passages, first, shown)
    yield _joined(passages, Fold.KNOWN)


def _joined(passages: Sequence[Passage], first: Fold, shown: int | None = None) -> str:
    """The passages with all from this fold on folded, and of the steps all lines but the first so many. Folds side by side are one."""
    whole: list[list[str]] = []
    folds: list[bool] = []
    for text, is_fold in _cut(passages, first, shown):
        if folds and is_fold and folds[-1]:
            whole[-1].append(text)
        else:
            whole.append([text])
            folds.append(is_fold)
    texts = ("\n\n".join(texts) for texts in whole)
    return "\n\n".join(folded(text) if is_fold else text for text, is_fold in zip(texts, folds, strict=True))


def _cut(passages: Sequence[Passage], first: Fold, shown: int | None) -> Iterator[tuple[str, bool]]:
    for passage in passages:
        if passage.fold is Fold.STEPS and shown is not None:
            head, *rest = _parts(passage.text, shown)
            yield head, False
            yield from ((text, True) for text in rest)
        elif passage.text:
            yield passage.text, passage.fold >= first


def _parts(text: str, shown: int) -> list[str]:
    """The first so many lines of a text, and the rest if there is one."""
    each = text.split("\n")
    return ["\n".join(part) for part in (each[:shown], each[shown:]) if part]


def lines(text: str) -> int:
    """The lines of a screen that a marked-up text takes while its folds are closed."""
    taken = 0
    for passage, is_fold in sections(text):
        unblocked, blocks = _BLOCK.subn("", passage) if BLOCK in passage else (passage, 0)
        read = plain(unblocked).strip("\n")
        lined = (sum(map(_wrapped, read.split("\n"))) if read else 0) + COPIED * blocks
        taken += (min(lined, FOLD) if is_fold else lined) + (1 if taken else 0)
    return taken


def width(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache  # of all characters that there are: measuring a language asks for the same few thousand again and again
def _columns(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


@lru_cache(maxsize=4096)
def _wrapped(line: str) -> int:
    """The lines that a line takes, broken between words; words without spaces between them are broken anywhere."""
    whole = width(line)
    if whole <= LINE:
        return 1
    taken, used = 1, 0
    for word in _WORD.findall(line):
        long = width(word)
        if used and used + 1 + long > LINE:
            taken, used = taken + 1, 0
        used += long + (1 if used else 0)
        taken, used = taken + (used - 1) // LINE, (used - 1) % LINE + 1
    return taken
