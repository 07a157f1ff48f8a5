"""Finds iOS's own texts inside longer messages, whole but for a word or two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import LCSseq

from bot.evidence import Entry, Index
from bot.normalising import ROOT, unspaced

SCREEN_WORDS: Final = 5
"""An on-screen text of fewer words is too common to be looked for inside others."""
SCREEN_SLACK: Final = 8
"""One word in so many of an on-screen text may be missing or differ; the rest must stand in the message, in order."""
TOPIC: Final = "backup"
"""An on-screen text that has this word is another text without it: "the last update could not be completed"."""
ANCHORS: Final = 3
"""Rare pairs of words by which an on-screen text is found."""
MOST_TRIED: Final = 40
"""Places that are compared in full; a message cannot make us compare for ever."""


class Screens:
    """iOS's own texts, found by their rarest pairs of words."""

    def __init__(self, index: Index) -> None:
        self._anchors: dict[tuple[str, str], list[tuple[int, Entry]]] = defaultdict(list)
        for entry in index.entries:
            if entry.phrase.screen and _long_enough(entry.whole):
                pairs = list(pairwise(entry.whole))
                rarities = [index.rarity[" ".join(word[:ROOT] for word in pair)] for pair in pairs]
                rarest = sorted(range(len(pairs)), key=rarities.__getitem__, reverse=True)
                for place in rarest[:ANCHORS]:
                    self._anchors[pairs[place]].append((place, entry))

    @property
    def signs(self) -> Collection[tuple[str, str]]:
        """The pairs of words by which the texts are found."""
        return self._anchors.keys()

    def find(self, listed: Sequence[str]) -> list[Entry]:
        """The on-screen texts that stand in a message, in its order, none inside another. listed: its words as `exactly` gives them."""
        found: list[tuple[int, int, Entry]] = []
        closeness: dict[int, int] = {}
        tried: set[tuple[int, int]] = set()
        for place, offset, entry in self._hits(listed):
            start = max(place - offset - 2, 0)
            if (start, id(entry)) in tried or len(tried) > MOST_TRIED:
                continue
            tried.add((start, id(entry)))
            end = place - offset + len(entry.whole)
            window = listed[start : end + 5]
            missing = TOPIC in entry.whole and TOPIC not in window
            shared = LCSseq.similarity(entry.whole, window)
            if not missing and shared >= len(entry.whole) - len(entry.whole) // SCREEN_SLACK:
                found.append((start, end, entry))
                closeness[id(entry)] = 2 * shared - len(entry.whole)  # what is there, less what is not
        found.sort(key=lambda hit: closeness[id(hit[2])], reverse=True)
        apart: list[tuple[int, int, Entry]] = []
        for hit in found:
            if not any(_overlap(hit, other) for other in apart):
                apart.append(hit)
        return [entry for _, _, entry in sorted(apart, key=lambda hit: hit[0])]

    def _hits(self, listed: Sequence[str]) -> Iterator[tuple[int, int, Entry]]:
        """Where a rare pair of words of an on-screen text stands in the message, and where in the text it stands."""
        for place, pair in enumerate(pairwise(listed)):
            if pair in self._anchors:
                for offset, entry in self._anchors[pair]:
                    yield place, offset, entry


def _long_enough(words: Sequence[str]) -> bool:
    """Whether words are too many to stand in a sentence by chance. A pair of signs says half of what a word does."""
    return sum(0.5 if unspaced(word) else 1.0 for word in words) >= SCREEN_WORDS


def _overlap(one: tuple[int, int, Entry], other: tuple[int, int, Entry]) -> bool:
    """Whether two texts found share more than half of the shorter one's place."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * shared > min(len(one[2].whole), len(other[2].whole))
