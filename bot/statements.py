"""Parts of a message: what stands between its commas, dots, question marks and lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_PART: Final = re.compile(r"((?:[^!?;,:\n。！？；，、：.]|\.(?=\w))*)([!?;,:\n。！？；，、：.]*)")
"""A dot inside a number or an address ends nothing."""
BETWEEN: Final = ". "
"""Stands between statements that are put together again."""
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
