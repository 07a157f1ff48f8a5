"""What the words of a message say for each intent: two signals over one index of all phrases.

*Evidence*: every word and pair of words speaks for the intents in whose phrases it stands, the more the fewer they are;
summed per intent, so that words from many phrases add up. Its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from operator import itemgetter
from struct import Struct
from types import MappingProxyType
from typing import Final, NamedTuple

from bot.model import Phrase
from bot.normalising import compared, exactly, phrase_words

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
    """A phrase in the index, with its intent and its words as they are compared, and to their ends."""

    intent: str
    phrase: Phrase
    words: tuple[str, ...]
    whole: tuple[str, ...]


class Index:
    """All phrases, ready to be weighed against a message. Immutable once built.

    phrases: intent id -> its phrases.
    """

    def __init__(self, phrases: Mapping[str, Iterable[Phrase]]) -> None:
        plain = [(intent, phrase, phrase_words(phrase.text)) for intent, listed in phrases.items() for phrase in listed]
        self.written = frozenset(chain.from_iterable(words for *_, words in plain))
        self.entries = [Entry(intent, phrase, tuple(words), exactly(said)) for intent, phrase, said in plain if (words := compared(said))]
        self.intents = tuple(dict.fromkeys(entry.intent for entry in self.entries))
        number = {intent: place for place, intent in enumerate(self.intents)}
        self._intent_of = [number[entry.intent] for entry in self.entries]
        self._lanes = Struct(f"<{len(self.intents)}I")
        standing = self._standing()
        rarity = [math.log((len(self.intents) + 1) / (spread + 0.5)) for spread in range(len(self.intents) + 1)]
        self.rarity = {part: max(COMMONEST, rarity[len(where)]) for part, where in standing.items()}
        self._norms, self._scale = self._lengths(standing)
        self._features = {part: self._kept(part, where) for part, where in standing.items()}

    def _standing(self) -> dict[str, dict[int, list[int]]]:
        """Feature -> intent -> the places of its phrases that have the feature."""
        standing: dict[str, dict[int, list[int]]] = defaultdict(dict)
        for place, (entry, intent) in enumerate(zip(self.entries, self._intent_of, strict=True)):
            for part in features(entry.words):
                standing[part].setdefault(intent, []).append(place)
        return standing

    def _lengths(self, standing: Mapping[str, Mapping[int, Sequence[int]]]) -> tuple[list[float], Sequence[float]]:
        """The length of each intent's weights as a vector (so that many phrases are no advantage); 1 / that of each phrase for nearness."""
        squares = [0.0] * len(self.intents)
        lengths = array("d", bytes(8 * len(self.entries)))
        for part, where in standing.items():
            square, near = self._telling(part) ** 2, self._near(part)
            for intent, places in where.items():
                squares[intent] += square * len(places)
                for place in places:
                    lengths[place] += near
        return [math.sqrt(square) for square in squares], array("d", [1 / math.sqrt(length) for length in lengths])

    def _telling(self, part: str) -> float:
        """What a feature weighs as evidence, before it is shared out."""
        return float(self.rarity[part] ** RARITY) * (PAIR_WEIGHT if " " in part else 1.0)

    def _near(self, part: str) -> float:
        """What a feature weighs for nearness."""
        return self.rarity[part] * (NEAR_PAIR_WEIGHT if " " in part else 1.0)

    def _kept(self, part: str, where: Mapping[int, list[int]]) -> Feature | int:
        """A feature as it is kept: of one that a single phrase has, as most, only the place of that phrase."""
        if len(where) == 1:
            (places,) = where.values()
            if len(places) == 1:
                return places[0]
        telling = self._telling(part)
        weights = [(intent, telling * math.sqrt(len(places)) / self._norms[intent]) for intent, places in where.items()]
        if len(where) > COMMON:
            return Feature(self._near(part), _row(weights), (), {intent: _findable(places) for intent, places in where.items()})
        pairs = tuple((intent, weight, _findable(where[intent])) for intent, weight in weights)
        return Feature(self._near(part), None, pairs, NOWHERE)

    def _found(self, parts: Iterable[str]) -> Iterator[tuple[str, Feature | None]]:
        """The features among these parts; None for a part that no phrase has."""
        kept = self._features
        for part in parts:
            found = kept.get(part)
            if isinstance(found, int):
                intent = self._intent_of[found]
                found = Feature(self._near(part), None, ((intent, self._telling(part) / self._norms[intent], (found,)),), NOWHERE)
            yield part, found

    def speaks_for(self, part: str) -> list[tuple[str, float]]:
        """The intents for which a feature speaks, with how much."""
        ((_, found),) = self._found([part])
        if found is None:
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
        for _, found in self._found(parts):
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
        for part, found in self._found(parts):
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
