"""The passages of a long message that say most: what is read of it, so that a long story costs no more than a short one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate, repeat
from operator import sub
from typing import Final

from bot.evidence import Index
from bot.normalising import rooted, token

MOST: Final = 60
"""Words; a message of more is read in passages."""
ENOUGH: Final = 40
"""Words of passages after which no other is taken."""
PASSAGE: Final = 15
"""Words of one: room for iOS's own sentences."""
STRIDE: Final = 5
"""Words from the begin of one passage to that of the next: they overlap."""
SIGN: Final = 10.0
"""What a sign of an on-screen text counts, against about 4 of the rarest word: iOS's own words are worth more than any story."""
FACT: Final = 2.0
"""What a word of a fact counts that stands in no phrase: the 8 of "iPhone 8"."""


class Passages:
    """Chooses passages.

    index: of all phrases. written: their words. signs: pairs of words, to their ends, by which on-screen texts are known.
    facts: words that facts end in.
    """

    def __init__(self, index: Index, written: Iterable[str], signs: Iterable[tuple[str, str]], facts: Iterable[str]) -> None:
        self._weight = dict.fromkeys(facts, FACT)
        self._rooted: dict[str, str] = {}
        for word in written:
            self._rooted[word] = rooted(word)
            self._weight[word] = index.rarity(token(word))
        self._seconds: dict[str, set[str]] = defaultdict(set)
        for first, second in signs:
            self._seconds[first].add(second)
        self._begins = frozenset(word for word, mapped in self._rooted.items() if mapped in self._seconds)

    def of(self, raw: list[str]) -> list[str]:
        """The words of the passages that say most, in their order; all words of a short message. raw: as `normalising.split` gives them."""
        if len(raw) <= MOST:
            return raw
        padded = [*self._weights(raw), *repeat(0.0, STRIDE)]  # so that the last passage begins late enough to hold the last word
        told = list(accumulate(padded, initial=0.0))
        worth = list(map(sub, told[PASSAGE::STRIDE], told[::STRIDE]))
        kept: set[int] = set()
        for passage in sorted(range(len(worth)), key=worth.__getitem__, reverse=True):
            kept.update(range(passage * STRIDE, min(passage * STRIDE + PASSAGE, len(raw))))
            if len(kept) > ENOUGH:
                break
        return [raw[place] for place in sorted(kept)]

    def _weights(self, raw: list[str]) -> list[float]:
        """What each word tells, alone and with the one after it."""
        weights = list(map(self._weight.get, raw, repeat(0.0)))
        following = [*raw[1:], ""]
        for place in [place for place, word in enumerate(raw) if word in self._begins]:
            if self._rooted.get(following[place]) in self._seconds[self._rooted[raw[place]]]:
                weights[place] += SIGN
        return weights
