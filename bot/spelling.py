"""Puts mistyped words right: the nearest word of the phrases, if one is near enough."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from rapidfuzz import fuzz, process

TYPO_LENGTH: Final = 4
TYPO_ALIKE: Final = 80
TYPOS, FEWER_TYPOS, LONGEST_TYPED = 8, 3, 60
"""Unknown words that are compared with known ones: so many, or fewer in a message of more words than that."""


class Spelling:
    """The words of all phrases by first letter and length, for the nearest one to a mistyped word."""

    def __init__(self, written: frozenset[str]) -> None:
        self._written = written
        self._alike: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(written):
            if len(word) >= TYPO_LENGTH and word.isalpha():
                for length in (len(word) - 1, len(word), len(word) + 1):
                    self._alike[word[0], length].append(word)

    def corrected(self, plain: list[str]) -> tuple[list[str], dict[str, str]]:
        """The words with the mistyped ones put right, and what was put right."""
        unknown = [word for word in dict.fromkeys(plain) if word not in self._written and len(word) >= TYPO_LENGTH]
        unknown = unknown[: TYPOS if len(plain) <= LONGEST_TYPED else FEWER_TYPOS]
        right = {word: close for word in unknown if (close := self._nearest(word)) is not None}
        return ([right.get(word, word) for word in plain] if right else plain), right

    def _nearest(self, word: str) -> str | None:
        if not word.isalpha():
            return None
        close = process.extractOne(word, self._alike.get((word[0], len(word)), ()), scorer=fuzz.ratio, score_cutoff=TYPO_ALIKE)
        return close[0] if close else None
