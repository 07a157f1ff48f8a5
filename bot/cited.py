"""What a message cites of a screen: 'it says iCloud Backup Off', “Not Enough Storage”, or a line of its own.

Short texts of iOS are words that people use themselves; so inside a story they tell only where it says that they were shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.finder import Finder
from bot.normalising import signs, words
from bot.statements import parts

LONGEST: Final = 6
"""Words of a citation that only its beginning marks; longer texts of iOS are found wherever they stand."""
SHORTEST: Final = 2
"""Words; a single one is no text that a screen shows. Two signs of an unspaced script count as one."""
_QUOTED: Final = re.compile(r"[“”„‟\"«»‹›「」『』`>][^“”„‟\"«»‹›「」『』`<>\n]{3,80}[“”„‟\"«»‹›「」『』`<]")


class CitationReader:
    """Finds citations in texts of one language. says: words after which one stands ("says", "shows")."""

    def __init__(self, says: Iterable[str]) -> None:
        self._says = Finder([(words(text), text) for text in says])

    def read(self, text: str, plain: list[str]) -> Iterator[list[str]]:
        """The plain words that may be a text of iOS, the surest first. plain: all words of the text."""
        yield from filter(_is_enough, self._marked(text))
        if self._says.may_find(plain):
            for part in parts(text):
                yield from filter(_is_enough, self._said(words(part.text)))

    def _marked(self, text: str) -> Iterator[list[str]]:
        """What stands between quotation marks or tags, or on a line of its own."""
        for quoted in _QUOTED.findall(text):
            yield words(quoted)
        if "\n" in text.strip():
            yield from map(words, text.splitlines())

    def _said(self, plain: list[str]) -> Iterator[list[str]]:
        """What follows a word of saying: all of it, and less and less of it."""
        for found in self._says.find(plain):
            cited = plain[found.end : found.end + LONGEST]
            yield from (cited[:end] for end in range(len(cited), 0, -1))


def _is_enough(cited: list[str]) -> bool:
    return len(cited) - signs(cited) / 2 >= SHORTEST
