"""Puts mistyped words right: the nearest word of the phrases, if one is near enough."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from rapidfuzz import fuzz, process

from bot.packing import place_of, short_key_of

TYPO_LENGTH: Final = 4
TYPO_ALIKE: Final = 80
REMEMBERED: Final = 1000
"""Words of which it is kept at hand whether they are written so."""
TYPOS, FEWER_TYPOS, LONGEST_TYPED = 8, 3, 60
"""Unknown words that are compared with known ones: so many, or fewer in a message of more words than that."""


class Spelling:
    """Finds the nearest word of the phrases to a mistyped one.

    written: the words of all phrases, in order. keys: what `short_key_of` makes of them, in order.
    """

    def __init__(self, written: Sequence[str], keys: Sequence[int]) -> None:
        self._written = written
        self._keys = keys
        self._alike: dict[tuple[str, int], list[str]] = {}
        self._is_written = lru_cache(maxsize=REMEMBERED)(self._looked_up)

    def corrected(self, plain: list[str]) -> tuple[list[str], dict[str, str]]:
        """The words with the mistyped ones put right, and what was put right."""
        unknown = [word for word in dict.fromkeys(plain) if len(word) >= TYPO_LENGTH and not self._is_written(word)]
        unknown = unknown[: TYPOS if len(plain) <= LONGEST_TYPED else FEWER_TYPOS]
        right = {word: close for word in unknown if (close := self._nearest(word)) is not None}
        return ([right.get(word, word) for word in plain] if right else plain), right

    def _looked_up(self, word: str) -> bool:
        return place_of(short_key_of(word), self._keys) is not None  # no set of words: it would take megabytes over all languages

    def _nearest(self, word: str) -> str | None:
        if not word.isalpha():
            return None
        close = process.extractOne(word, self._with(word[0], len(word)), scorer=fuzz.ratio, score_cutoff=TYPO_ALIKE)
        return close[0] if close else None

    def _with(self, letter: str, length: int) -> list[str]:
        """The words that begin with a letter and have about this length; put together when they are first asked for."""
        if (letter, length) not in self._alike:
            begin = bisect_left(self._written, letter)
            end = bisect_right(self._written, letter, begin, key=itemgetter(0))
            near = (word for word in self._written[begin:end] if abs(len(word) - length) <= 1)
            self._alike[letter, length] = [word for word in near if len(word) >= TYPO_LENGTH and word.isalpha()]
        return self._alike[letter, length]
