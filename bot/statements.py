"""Parts of a message: what stands between its commas, dots, question marks and lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_PART: Final = re.compile(r"((?:[^!?;,:\n。！？；，、：.]|\.(?=\w))*)([!?;,:\n。！？；，、：.]*)")
"""A dot inside a number or an address ends nothing."""
_STOPS: Final = frozenset(".!?;。！？；")
_ASKS: Final = frozenset("?？")


class Part(NamedTuple):
    """A part of a sentence: its text, whether the sentence is asked, and whether it ends here."""

    text: str
    asked: bool
    ends: bool


def parts(text: str) -> Iterator[Part]:
    """The parts of a text, in its order."""
    for found in _PART.finditer(text):
        if found[0]:
            yield Part(found[1], not _ASKS.isdisjoint(found[2]), not _STOPS.isdisjoint(found[2]))


def together(statements: Iterable[Iterable[str]]) -> str:
    """Statements, as words, as one text again; none of them runs into the next."""
    return ". ".join(filter(None, map(" ".join, statements)))
