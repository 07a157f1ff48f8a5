"""Finds iOS's own texts inside longer messages, whole but for a word or two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from sys import intern
from typing import Final

from rapidfuzz.distance import LCSseq

from bot.evidence import Index
from bot.normalising import ROOT, unspaced

SCREEN_WORDS: Final = 5
"""An on-screen text of fewer words is too common to be looked for inside others."""
SCREEN_SLACK: Final = 8
"""One word in so many of an on-screen text may be missing or differ; the rest must stand in the message, in order."""
TOPIC: Final = "backup"
"""An on-screen text that has this word is another text without it: "the last update could not be completed"."""
ANCHORS: Final = 3
"""Rare pairs of words by which an on-screen text is found."""
_first: Final = itemgetter(0)
MOST_TRIED: Final = 40
"""Places that are compared in full; a message cannot make us compare for ever."""


class Screens:
    """iOS's own texts, found by their rarest pairs of words.

    index: of all phrases. texts: their words, as `exactly` gives them, with blanks between them.
    """

    def __init__(self, index: Index, texts: Sequence[str]) -> None:
        self._texts = texts
        self._telling: dict[int, str] = {}
        anchors: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for text, joined in enumerate(texts):
            if _long_enough(words := list(map(intern, joined.split(" ")))):
                self._telling[text] = max(words, key=lambda word: index.rarity(word[:ROOT]))
                pairs = list(pairwise(words))
                rarities = [index.rarity(*(word[:ROOT] for word in pair)) for pair in pairs]
                rarest = sorted(range(len(pairs)), key=rarities.__getitem__, reverse=True)
                for place in rarest[:ANCHORS]:
                    anchors[pairs[place]].append((place, text))
        self._anchors = {pair: tuple(hits) for pair, hits in anchors.items()}

    @property
    def signs(self) -> Collection[tuple[str, str]]:
        """The pairs of words by which the texts are found."""
        return self._anchors.keys()

    def find(self, listed: Sequence[str]) -> list[int]:
        """The places of the on-screen texts that stand in a message, in its order, none inside another.

        listed: the message's words as `exactly` gives them.
        """
        found: list[tuple[int, int, int]] = []
        closeness: dict[int, int] = {}
        tried: set[tuple[int, int]] = set()
        for place, offset, text in self._hits(listed):
            start = max(place - offset - 2, 0)
            if (start, text) in tried or len(tried) > MOST_TRIED:
                continue
            tried.add((start, text))
            words = self._texts[text].split(" ")
            end = place - offset + len(words)
            window = listed[start : end + 5]
            missing = self._telling[text] not in window or (TOPIC in words and TOPIC not in window)
            shared = LCSseq.similarity(words, window)
            if not missing and shared >= len(words) - len(words) // SCREEN_SLACK:
                found.append((start, end, text))
                closeness[text] = 2 * shared - len(words)  # what is there, less what is not
        found.sort(key=lambda hit: closeness[hit[2]], reverse=True)
        apart: list[tuple[int, int, int]] = []
        for hit in found:
            if not any(self._overlap(hit, other) for other in apart):
                apart.append(hit)
        return [text for _, _, text in sorted(apart, key=_first)]

    def _hits(self, listed: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Where a rare pair of words of an on-screen text stands in the message, where in the text it stands, and the text."""
        for place, pair in enumerate(pairwise(listed)):
            if pair in self._anchors:
                for offset, text in self._anchors[pair]:
                    yield place, offset, text

    def _overlap(self, one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
        """Whether two texts found share more than half of the shorter one's place."""
        shared = min(one[1], other[1]) - max(one[0], other[0])
        return 2 * shared > min(self._length(one[2]), self._length(other[2]))

    def _length(self, text: int) -> int:
        """How many words a text has."""
        return self._texts[text].count(" ") + 1


def _long_enough(words: Sequence[str]) -> bool:
    """Whether words are too many to stand in a sentence by chance. A sign of an unspaced script says half of what a word does."""
    return sum(0.5 if unspaced(word) else 1.0 for word in words) >= SCREEN_WORDS
