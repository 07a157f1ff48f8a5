"""What the words of a message say for each intent: two signals over one index of all phrases.

*Evidence*: every word and pair of words speaks for the intents in whose phrases it stands, the more the fewer they are;
summed per intent, so that words from many phrases add up. Its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from operator import itemgetter
from struct import Struct
from types import MappingProxyType
from typing import Final, NamedTuple

from bot.model import Phrase
from bot.normalising import compared, phrase_words

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
PAIR_WEIGHT: Final = 0.5
NEAR_PAIR_WEIGHT: Final = 0.2
RARITY: Final = 0.8
NEXT_PHRASES: Final = (1.0, 0.6, 0.3)
LOOKED_UP: Final = 60
"""Features of a message that are looked up for nearness, the rarest."""
ROOM: Final = 100
"""Places in phrases that are looked at for nearness, those of the rarest features first."""
NEAREST: Final = 16
"""Phrases whose nearness is worked out in full."""
PROMISING: Final = 0.3
"""A phrase is looked at in full from this share of the nearest one's first impression on."""
COMMON: Final = 8
"""A feature of more intents than so many is common: it keeps a row of weights for all intents, since rows add up faster than pairs do."""
LANE: Final = 32
"""Bits of a weight in a row. A row is one long integer with the weights side by side: adding two of them adds all weights at once."""
FINE: Final = 2.0**22
"""Parts of 1 in which a row counts. A message has at most 122 features of a weight below 1: their sum stays within its lane."""
UNHEARD: Final = 2.0
UNHEARD_PAIR: Final = 0.4
"""The weight of a word, and of a pair of words, that stand in no phrase: they make every phrase less near."""
COMMONEST: Final = 0.02
"""The rarity of a word that stands in the phrases of every intent."""


def features(words: Sequence[str]) -> Collection[str]:
    """The words of a text, and each pair of neighbours (`^` and `$` are its ends); each once, in their order."""
    edged = ("^", *words, "$")
    return dict.fromkeys((*words, *map(" ".join, pairwise(edged))))


Places = tuple[int, ...] | frozenset[int]
"""Places of phrases in `Index.entries`; many of them as a set, in which one is found at once."""
NOWHERE: Final[Mapping[int, Places]] = MappingProxyType({})
_first: Final = itemgetter(0)


class Feature(NamedTuple):
    """A word or pair that phrases have.

    weight: what it weighs for nearness. row: if it is common, how much it speaks for each of all intents (see LANE). pairs: else, for each
    intent that has it, the intent, how much it speaks for it, and where it stands. where: of a common one, intent -> where it stands.
    """

    weight: float
    row: int | None
    pairs: tuple[tuple[int, float, Places], ...]
    where: Mapping[int, Places]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase in the index: its intent, its words, and the length of its features as a vector."""

    intent: str
    phrase: Phrase
    words: tuple[str, ...]
    length: float


class Index:
    """All phrases, ready to be weighed against a message. Immutable once built.

    phrases: intent id -> its phrases.
    """

    def __init__(self, phrases: Mapping[str, Iterable[Phrase]]) -> None:
        written: set[str] = set()
        found: list[tuple[str, Phrase, tuple[str, ...]]] = []
        for intent, listed in phrases.items():
            for phrase in listed:
                plain = phrase_words(phrase.text)
                written.update(plain)
                if words := tuple(compared(plain)):
                    found.append((intent, phrase, words))
        self.written = frozenset(written)
        self.intents = tuple(dict.fromkeys(intent for intent, *_ in found))
        number = {intent: place for place, intent in enumerate(self.intents)}
        counts = _counts((number[intent], words) for intent, _, words in found)
        self.rarity = {part: max(COMMONEST, math.log((len(self.intents) + 1) / (len(spread) + 0.5))) for part, spread in counts.items()}
        speaks = _weights(counts, self.rarity)
        del counts  # the largest part of what building needs
        same: dict[float, float] = {}  # equal weights are one object: fewer places in memory to fetch from
        near_weight = {part: rarity * (NEAR_PAIR_WEIGHT if " " in part else 1.0) for part, rarity in self.rarity.items()}
        self.entries: list[Entry] = []
        places: dict[str, dict[int, list[int]]] = defaultdict(dict)
        numbers = list(range(len(found)))  # objects side by side in memory, which are fetched sooner than scattered ones
        for place, (intent, phrase, words) in zip(numbers, found, strict=True):
            length = 0.0
            for part in features(words):
                length += near_weight[part]
                places[part].setdefault(number[intent], []).append(place)
            self.entries.append(Entry(intent, phrase, words, length))
        self._intent_of = [number[entry.intent] for entry in self.entries]
        self._lanes = Struct(f"<{len(self.intents)}I")
        self._scale = array("d", [1 / math.sqrt(entry.length) for entry in self.entries])
        self._features: dict[str, Feature] = {}
        for part, weights in speaks.items():
            near = same.setdefault(near_weight[part], near_weight[part])
            where = {intent: _findable(places[part][intent]) for intent, _ in weights}
            if len(weights) > COMMON:
                self._features[part] = Feature(near, _row(weights), (), where)
            else:
                pairs = tuple((intent, same.setdefault(weight, weight), where[intent]) for intent, weight in weights)
                self._features[part] = Feature(near, None, pairs, NOWHERE)

    def speaks_for(self, part: str) -> list[tuple[str, float]]:
        """The intents for which a feature speaks, with how much."""
        if (found := self._features.get(part)) is None:
            return []
        weights = enumerate(self._unfolded(found.row)) if found.row else ((intent, weight) for intent, weight, _ in found.pairs)
        return [(self.intents[intent], weight) for intent, weight in weights if weight]

    def told_by(self, words: Sequence[str]) -> float:
        """How much words tell together: the sum of their rarities, one word alone nothing."""
        return sum(map(self.rarity.get, words, repeat(0.0))) if len(words) > 1 else 0.0

    def evidence(self, parts: Iterable[str]) -> list[float]:
        """How much these features speak for each of `intents`, in their order."""
        rows = 0
        pairs: list[tuple[int, float, Places]] = []
        for part in parts:
            found = self._features.get(part)
            if found is None:
                continue
            if found.row:
                rows += found.row
            else:
                pairs += found.pairs
        total = self._unfolded(rows)
        for intent, weight, _ in pairs:
            total[intent] += weight
        return total

    def _unfolded(self, row: int) -> list[float]:
        """The weights of a row, one for each intent."""
        return [lane / FINE for lane in self._lanes.unpack(row.to_bytes(self._lanes.size, "little"))]

    def nearness(self, parts: Iterable[str], intents: Collection[int]) -> dict[int, list[tuple[float, Entry]]]:
        """Intent -> its nearest phrases with their nearness (0 to 1), best first.

        intents: those that are worth a look, as places in `intents`; so are the keys of what comes back.
        """
        known, length = self._known(parts)
        shared, left_out = _shared(known[:LOOKED_UP], intents)
        whole_length = math.sqrt(length)
        by_intent: dict[int, list[tuple[float, Entry]]] = {}
        for place in self._promising(shared):
            intent = self._intent_of[place]
            whole = shared[place]
            for weight, places in left_out.get(intent, ()):
                if place in places:
                    whole += weight
            by_intent.setdefault(intent, []).append((whole * self._scale[place] / whole_length, self.entries[place]))
        for listed in by_intent.values():
            listed.sort(key=_first, reverse=True)
        return by_intent

    def _known(self, parts: Iterable[str]) -> tuple[list[Feature], float]:
        """The features that phrases have, rarest first, and the length of the whole message as a vector."""
        known = []
        length = 0.0
        for part in parts:
            found = self._features.get(part)
            if found is None:
                length += UNHEARD_PAIR if " " in part else UNHEARD
            else:
                length += found.weight
                known.append(found)
        known.sort(key=_first, reverse=True)
        return known, length or 1.0

    def _promising(self, shared: Mapping[int, float]) -> list[int]:
        """The places of the phrases that are worth a full look. Most share one word only: they go before anything is sorted."""
        scale = self._scale
        if not shared:
            return []
        floor = PROMISING * max(shared.values())
        near = [(amount * scale[place], place) for place, amount in shared.items() if amount >= floor]
        near.sort(reverse=True)
        return [place for _, place in near[:NEAREST]]


def _findable(places: list[int]) -> Places:
    return tuple(places) if len(places) <= COMMON else frozenset(places)


def _row(weights: Iterable[tuple[int, float]]) -> int:
    """The weights of (intent, weight) pairs as one row."""
    return sum(round(weight * FINE) << (LANE * intent) for intent, weight in weights)


def _shared(known: Iterable[Feature], intents: Collection[int]) -> tuple[dict[int, float], dict[int, list[tuple[float, Places]]]]:
    """Place -> the weight that its phrase shares with a message by its rarest features; and for each intent the features left out."""
    shared: dict[int, float] = defaultdict(float)
    left_out: dict[int, list[tuple[float, Places]]] = defaultdict(list)
    room = ROOM
    for weight, row, pairs, where in known:
        if row:
            stands = [(intent, where[intent]) for intent in intents if intent in where]
        else:
            stands = [(intent, places) for intent, _, places in pairs if intent in intents]
        for intent, places in stands:
            if len(places) <= room:
                room -= len(places)
                for place in places:
                    shared[place] += weight
            else:
                left_out[intent].append((weight, places))
    return shared, left_out


def _counts(found: Iterable[tuple[int, Sequence[str]]]) -> dict[str, dict[int, int]]:
    """Feature -> intent's number -> in how many of its phrases the feature stands."""
    counts: dict[str, dict[int, int]] = {}
    for number, words in found:
        for part in features(words):
            spread = counts.setdefault(part, {})
            spread[number] = spread.get(number, 0) + 1
    return counts


def _weights(counts: Mapping[str, Mapping[int, int]], rarity: Mapping[str, float]) -> dict[str, tuple[tuple[int, float], ...]]:
    """Feature -> (intent's number, weight) pairs; each intent's weights together have length 1, so that many phrases are no advantage."""
    squares: dict[int, float] = defaultdict(float)
    scale = {part: rarity[part] ** RARITY * (PAIR_WEIGHT if " " in part else 1.0) for part in counts}
    for part, spread in counts.items():
        for number, count in spread.items():
            squares[number] += scale[part] ** 2 * count
    lengths = {number: math.sqrt(square) for number, square in squares.items()}
    return {
        part: tuple((number, scale[part] * math.sqrt(count) / lengths[number]) for number, count in spread.items())
        for part, spread in counts.items()
    }
