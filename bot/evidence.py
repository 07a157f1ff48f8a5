"""What the words of a message say for each intent: two signals over one index of all phrases of a language.

*Evidence*: how much likelier a message is from one intent than from another (naive Bayes over words and pairs of words, as the
intents' phrases use them). Words from many phrases add up, and its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.

The index is a few arrays of numbers (see `tables_of`), so that it can be kept, and is small where there are many languages.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from struct import Struct
from sys import byteorder
from typing import Final, NamedTuple

from bot.packing import Column, key_of, place_of

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
PAIR_WEIGHT: Final = 0.75
"""What a pair of words counts as evidence, against a word that is as rare."""
RARITY: Final = 0.5
"""The power of its rarity that a word counts as evidence: with 0 all words count the same, with 1 rare ones decide."""
UNSEEN: Final = 0.1
"""How often a feature is taken to be said for an intent beyond how often its phrases have it (the smoothing of naive Bayes)."""
NEAR_PAIR_WEIGHT: Final = 0.2
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
COMMONEST: Final = 0.02
"""The rarity of a word that stands in the phrases of every intent."""

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


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a phrase as they are compared, with the number of its intent."""

    intent: int
    words: Sequence[str]


# --- building ------------------------------------------------------------------------------------------------------------


def tables_of(intents: Sequence[str], phrases: Sequence[Said]) -> dict[str, Column]:
    """The index of some phrases as tables.

    A feature is a word (`word_numbers`, in the order of `word_keys`) or a pair (behind the words, in the order of `pairs`).
    It *stands* with each intent in whose phrases it is: `starts` says where its stands begin, `stands` holds their intents, `firsts`
    where the places of each begin in `places`. A place is that of a phrase. `spread` says with how many intents a feature stands. See
    `_weights` for the others.
    """
    number: dict[str, int] = {BEGIN: 0, END: 1}
    standing: dict[int | tuple[int, int], dict[int, list[int]]] = defaultdict(dict)
    for place, phrase in enumerate(phrases):
        numbers = [number.setdefault(word, len(number)) for word in phrase.words]
        parts: tuple[int | tuple[int, int], ...] = (*numbers, *pairwise((0, *numbers, 1)))
        for part in dict.fromkeys(parts):
            standing[part].setdefault(phrase.intent, []).append(place)
    pairs = sorted(part for part in standing if isinstance(part, tuple))
    columns = {name: array("I") for name in ("starts", "stands", "firsts", "places", "spread")}
    for part in (*range(len(number)), *pairs):
        columns["starts"].append(len(columns["stands"]))
        columns["spread"].append(len(standing.get(part, ())))
        for intent, places in sorted(standing.get(part, {}).items()):
            columns["stands"].append(intent)
            columns["firsts"].append(len(columns["places"]))
            columns["places"].extend(places)
    columns["starts"].append(len(columns["stands"]))
    columns["firsts"].append(len(columns["places"]))
    keyed = sorted((key_of(word), feature) for word, feature in number.items())
    return {
        "intents": list(intents),
        "word_keys": array("Q", (key for key, _ in keyed)),
        "word_numbers": array("I", (feature for _, feature in keyed)),
        "pairs": array("Q", (first << SECOND | second for first, second in pairs)),
        **columns,
        "intent_of": array("I", (phrase.intent for phrase in phrases)),
        **_weights(columns, len(number), len(intents), len(phrases)),
    }


def _weights(columns: Mapping[str, Sequence[int]], words: int, intents: int, phrases: int) -> dict[str, Column]:
    """What features, stands, phrases and intents weigh.

    For evidence: `telling` and `rarity` of features, `weights` of stands, `breadth` of intents. For nearness: `near` of features and
    `scale` of phrases, in parts of 1 / FINER.
    """
    table = [max(COMMONEST, math.log((intents + 1) / (spread + 0.5))) for spread in range(intents + 1)]
    rarity = array("d", (table[spread] for spread in columns["spread"]))
    telling = array("d", (amount**RARITY * (1.0 if feature < words else PAIR_WEIGHT) for feature, amount in enumerate(rarity)))
    starts, stands, firsts, places = (columns[name] for name in ("starts", "stands", "firsts", "places"))
    near = [amount * (1.0 if feature < words else NEAR_PAIR_WEIGHT) for feature, amount in enumerate(rarity)]
    squares, lengths = [0.0] * phrases, [0.0] * phrases
    for feature, (begin, end) in enumerate(pairwise(starts)):
        for place in places[firsts[begin] : firsts[end]]:
            squares[place] += telling[feature] ** 2
            lengths[place] += near[feature]
    # Every phrase counts the same, however long it is.
    shares = [1 / math.sqrt(square) if square else 0.0 for square in squares]
    weights = array("d", bytes(8 * len(stands)))
    said = [UNSEEN * len(telling)] * intents
    for feature, (begin, end) in enumerate(pairwise(starts)):
        for stand in range(begin, end):
            often = telling[feature] * sum(shares[place] for place in places[firsts[stand] : firsts[stand + 1]])
            said[stands[stand]] += often
            weights[stand] = telling[feature] * math.log1p(often / UNSEEN)
    mean = sum(said) / intents if intents else 1.0
    return {
        "telling": telling,
        "weights": weights,
        "breadth": array("d", (math.log(amount / mean) for amount in said)),
        "rarity": rarity,
        "near": array("I", (round(FINER * amount) for amount in near)),
        "scale": array("I", (round(FINER / math.sqrt(length)) if length else 0 for length in lengths)),
    }


# --- the index -----------------------------------------------------------------------------------------------------------


class Index:
    """All phrases of a language, ready to be weighed against a message. tables: as `tables_of` makes them."""

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
