"""What the words of a message say for each intent: two signals over one index of all phrases of a language.

*Evidence*: how much likelier a message is from one intent than from another (naive Bayes over words and pairs of words, as the
intents' phrases use them). Words from many phrases add up, and its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.

The index is a few arrays of numbers (see `index_tables`), so that it can be kept, and is small where there are many languages.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from struct import Struct
from sys import byteorder
from typing import Final, NamedTuple

from bot.packing import Column, key_of, place_of

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
COUNTS: Final = 0.4
"""A phrase counts from this share of the nearest one's nearness on."""
NEXT_PHRASES: Final = (1.0, 0.6, 0.3)
COMMON: Final = 8
"""A feature of more intents than so many is common: it keeps a row of weights for all intents, since rows add up faster than pairs do."""
FEW: Final = 4
"""A stand of more phrases than so many keeps them as lanes, for the same reason."""
LANE: Final = 32
"""Bits of a weight in a row. A row is one long integer with the weights side by side: adding two of them adds all weights at once."""
FINE: Final = 2.0**20
"""Parts of 1 in which a row counts. A message has at most 122 features of a weight below 32: their sum stays within its lane."""
FINER: Final = 2**12
"""Parts of 1 in which nearness is added up, twice: a feature's weight times a phrase's scale, which together stay below 32 in a lane."""
UNHEARD: Final = 2.0
UNHEARD_PAIR: Final = 0.4
"""The weight of a word, and of a pair of words, that stand in no phrase: they make every phrase less near."""

REMEMBERED: Final = 1000
"""Words whose numbers are kept at hand: a few hundred make up most of what people write."""
REMEMBERED_PAIRS: Final = 4000
"""The same of pairs of words."""
BEGIN, END = "^", "$"
"""The ends of a text, which make pairs with its first and its last word."""
SECOND: Final = 32
"""Bits of the second word's number in the number of a pair."""


class Features(NamedTuple):
    """The features of a text: numbers of the words and pairs that phrases have, and what the unheard ones weigh together."""

    known: list[int]
    unheard: float


class _Common(NamedTuple):
    """A common feature: its row, for each intent which of its stands is with that, from 1 on, or 0, and where its stands begin."""

    row: int
    ordinals: bytes
    begin: int


# --- the index -----------------------------------------------------------------------------------------------------------


class Index:
    """All phrases of a language, ready to be weighed against a message. tables: as `index_tables` makes them."""

    def __init__(self, tables: Mapping[str, Column]) -> None:
        self.intents: Sequence[str] = tuple(tables["intents"])
        self._word_keys: Sequence[int] = tables["word_keys"]
        self._word_numbers: Sequence[int] = tables["word_numbers"]
        self._number = lru_cache(maxsize=REMEMBERED)(self._looked_up)
        self._pair = lru_cache(maxsize=REMEMBERED_PAIRS)(self._looked_up_pair)
        self._pairs: Sequence[int] = tables["pairs"]
        self._starts: Sequence[int] = tables["starts"]
        self._stands: Sequence[int] = tables["stands"]
        self._firsts: Sequence[int] = tables["firsts"]
        self._places: Sequence[int] = tables["places"]
        self._telling: Sequence[float] = tables["telling"]
        self._weights: Sequence[float] = tables["weights"]
        self._breadth: Sequence[float] = tuple(tables["breadth"])
        self._rarity: Sequence[float] = tables["rarity"]
        self._near: Sequence[int] = tables["near"]
        self._scale: Sequence[int] = tables["scale"]
        self.intent_of: Sequence[int] = tables["intent_of"]
        self._lanes = Struct(f"<{len(self.intents)}I")
        self._common: dict[int, _Common] = {}
        self._own = [bisect_left(self.intent_of, intent) for intent in range(len(self.intents) + 1)]
        self._lanes_of: dict[int, int] = {}

    # --- words and pairs ---

    def features(self, words: Sequence[str]) -> Features:
        """The features of a text: its words, and each pair of neighbours, the ends included; each once."""
        numbers = {word: self._number(word) for word in (BEGIN, *words, END)}
        known = [number for word in dict.fromkeys(words) if (number := numbers[word]) is not None]
        unheard = UNHEARD * (len(set(words)) - len(known))
        for one, other in dict.fromkeys(pairwise((BEGIN, *words, END))):
            first, second = numbers[one], numbers[other]
            pair = None if first is None or second is None else self._pair(first, second)
            if pair is None:
                unheard += UNHEARD_PAIR
            else:
                known.append(pair)
        return Features(known, unheard)

    def _looked_up(self, word: str) -> int | None:
        """The feature that a word is, if some phrase has it. As objects the words of all languages would take megabytes."""
        place = place_of(key_of(word), self._word_keys)
        return None if place is None else self._word_numbers[place]

    def _looked_up_pair(self, first: int, second: int) -> int | None:
        """The feature that a pair of words is, if some phrase has it."""
        place = place_of(first << SECOND | second, self._pairs)
        return None if place is None else len(self._word_keys) + place

    def rarity(self, *words: str) -> float:
        """How rare a word is, or a pair of words: 0 if no phrase has it."""
        numbers = [self._looked_up(word) for word in words]  # of all words, at the start
        if None in numbers:
            return 0.0
        feature = numbers[0] if len(words) == 1 else self._looked_up_pair(*numbers)  # type: ignore[arg-type] # none of them is None
        return self._rarity[feature] if feature is not None else 0.0

    def told_by(self, words: Sequence[str]) -> float:
        """How much words tell together: the sum of their rarities, one word alone nothing."""
        return sum(self._rarity[number] for word in words if (number := self._number(word)) is not None) if len(words) > 1 else 0.0

    def speaks_for(self, word: str) -> list[tuple[str, float]]:
        """The intents for which a word speaks, with how much."""
        feature = self._number(word)
        if feature is None:
            return []
        stands = range(self._starts[feature], self._starts[feature + 1])
        return [(self.intents[self._stands[stand]], self._weights[stand]) for stand in stands]

    # --- evidence ---

    def evidence(self, features: Features) -> list[float]:
        """How much these features speak for each of `intents`, in their order: the logarithm of how likely its phrases have them.

        What all intents have in common is left out. An intent of many words has each of them less often.
        """
        starts, stands, weights, met = self._starts, self._stands, self._weights, self._common
        rows = 0
        few: list[tuple[int, int]] = []
        for feature in features.known:
            if feature in met:
                rows += met[feature].row
                continue
            begin, end = starts[feature], starts[feature + 1]
            if end - begin > COMMON:
                rows += self._made_common(feature, begin, end).row
            else:
                few.append((begin, end))
        length = sum(map(self._telling.__getitem__, features.known))
        lanes = self._lanes.unpack(rows.to_bytes(self._lanes.size, "little"))
        total = [lane / FINE - length * breadth for lane, breadth in zip(lanes, self._breadth, strict=True)]
        for begin, end in few:
            for stand in range(begin, end):
                total[stands[stand]] += weights[stand]
        return total

    def _made_common(self, feature: int, begin: int, end: int) -> _Common:
        """A common feature that is met for the first time, whose stands are between begin and end."""
        stands = range(begin, end)
        row = sum(round(self._weights[stand] * FINE) << (LANE * self._stands[stand]) for stand in stands)
        ordinals = bytearray(len(self.intents))
        for ordinal, stand in enumerate(stands, 1):
            ordinals[self._stands[stand]] = ordinal
        common = self._common[feature] = _Common(row, bytes(ordinals), begin)
        return common

    # --- nearness ---

    def nearness(self, features: Features, intents: Collection[int]) -> dict[int, list[tuple[float, int]]]:
        """Intent -> its nearest phrases (nearness from 0 to 1, place), best first: as many as count.

        intents: those that are worth a look, as places in `intents`; so are the keys of what comes back.
        """
        near, length = self._near_to(features, intents)
        whole = FINER * FINER * math.sqrt(length)
        return {
            intent: [(amount / whole, self._own[intent] + place) for amount, place in found]
            for intent, amounts in near.items()
            if (found := _most(amounts))
        }

    def _near_to(self, features: Features, intents: Collection[int]) -> tuple[dict[int, list[int]], float]:
        """How near each phrase of some intents is to a message, but for the message's length, which comes with it.

        The phrases of a stand are lanes of one long integer, so that its weight comes to all of them by one multiplication.
        """
        near, scale, firsts, places = self._near, self._scale, self._firsts, self._places
        starts, stands, lanes_of, met = self._starts, self._stands, self._lanes_of, self._common
        rows = dict.fromkeys(intents, 0)
        few: list[tuple[int, int, int, int]] = []
        length = 0
        for feature in features.known:
            amount = near[feature]
            length += amount
            if feature in met:  # as each common one is whose evidence was weighed
                _, ordinals, begin = met[feature]
                stood = [(intent, begin + ordinal - 1) for intent in intents if (ordinal := ordinals[intent])]
            else:
                begin, end = starts[feature], starts[feature + 1]
                stood = [(intent, stand) for stand in range(begin, end) if (intent := stands[stand]) in rows]
            for intent, stand in stood:
                if stand in lanes_of:
                    rows[intent] += amount * lanes_of[stand]
                    continue
                begin, end = firsts[stand], firsts[stand + 1]
                if end - begin > FEW:
                    rows[intent] += amount * self._lanes_at(stand)
                else:
                    few.append((intent, begin, end, amount))
        amounts = {intent: self._unpacked(intent, row) for intent, row in rows.items()}
        for intent, begin, end, amount in few:
            listed, first = amounts[intent], self._own[intent]
            for place in places[begin:end]:
                listed[place - first] += amount * scale[place]
        return amounts, length / FINER + features.unheard or 1.0

    def _lanes_at(self, stand: int) -> int:
        """The scales of a stand's phrases as lanes of one long integer, which is kept."""
        first = self._own[self._stands[stand]]
        stood = self._places[self._firsts[stand] : self._firsts[stand + 1]]
        lanes = self._lanes_of[stand] = sum(self._scale[place] << (LANE * (place - first)) for place in stood)
        return lanes

    def _unpacked(self, intent: int, row: int) -> list[int]:
        """The lanes of a row, one for each phrase of an intent."""
        count = self._own[intent + 1] - self._own[intent]
        lanes = array("I", row.to_bytes(LANE // 8 * count, "little"))
        if byteorder == "big":
            lanes.byteswap()
        return lanes.tolist()


def _most(amounts: list[int]) -> list[tuple[int, int]]:
    """The largest of some amounts, as many as count as nearest phrases, each with its place; of equals the later one first."""
    largest = sorted(amounts, reverse=True)[: len(NEXT_PHRASES)]
    if not largest or not largest[0]:
        return []
    backwards, found = amounts[::-1], list[tuple[int, int]]()
    for amount in largest:
        if amount >= largest[0] * COUNTS:
            behind = len(amounts) - found[-1][1] if found and found[-1][0] == amount else 0
            found.append((amount, len(amounts) - 1 - backwards.index(amount, behind)))
    return found
