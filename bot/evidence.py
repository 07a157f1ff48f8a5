"""What the words of a message say for each intent: two signals over one index of all phrases.

*Evidence*: every word and pair of words speaks for the intents in whose phrases it stands, the more the fewer they are;
summed per intent, so that words from many phrases add up. Its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Phrase
from bot.normalising import compared, phrase_words

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
PAIR_WEIGHT: Final = 0.5
NEAR_PAIR_WEIGHT: Final = 0.2
RARITY: Final = 0.8
NEXT_PHRASES: Final = (1.0, 0.6, 0.3)
LONGEST: Final = 120
"""Words of a message that are weighed; of a longer one the telling ones."""
POSTINGS: Final = 400
"""Places in phrases that are looked at for nearness, rarest words first."""
NEAREST: Final = 24
"""Phrases whose nearness is worked out in full."""
UNHEARD: Final = 2.0
"""The weight of a word that stands in no phrase: it makes every phrase less near."""


def features(words: Sequence[str]) -> set[str]:
    """The words of a text, and each pair of neighbours (`^` and `$` are its ends)."""
    edged = ("^", *words, "$")
    return {*words, *(f"{a} {b}" for a, b in zip(edged, edged[1:], strict=False))}


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase in the index: its intent, its features, and their length as a vector."""

    intent: str
    phrase: Phrase
    words: tuple[str, ...]
    features: frozenset[str]
    length: float


class Index:
    """All phrases, ready to be weighed against a message. Immutable once built.

    phrases: intent id -> its phrases.
    """

    def __init__(self, phrases: Mapping[str, Iterable[Phrase]]) -> None:
        read = [(intent, phrase, phrase_words(phrase.text)) for intent, listed in phrases.items() for phrase in listed]
        self.written = frozenset(word for _, _, plain in read for word in plain)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        listed = ((intent, phrase, tuple(compared(plain))) for intent, phrase, plain in read)
        found = [(intent, phrase, words, frozenset(features(words))) for intent, phrase, words in listed if words]
        for intent, _, _, parts in found:
            for part in parts:
                counts[part][intent] += 1
        intents = len({intent for intent, *_ in found})
        self.rarity = {part: max(0.02, math.log((intents + 1) / (len(spread) + 0.5))) for part, spread in counts.items()}
        self.near_weight = {part: rarity * (NEAR_PAIR_WEIGHT if " " in part else 1.0) for part, rarity in self.rarity.items()}
        self.weights = _weights(counts, self.rarity)
        self.entries = [Entry(*row, sum(self.near_weight[part] for part in row[3])) for row in found]
        self.places: dict[str, list[int]] = defaultdict(list)
        for place, entry in enumerate(self.entries):
            for part in entry.features:
                self.places[part].append(place)
        self._scale = [1 / math.sqrt(entry.length) for entry in self.entries]
        self.vocabulary = frozenset(word for word in self.rarity if " " not in word)

    def telling(self, words: list[str]) -> list[str]:
        """The words of a long message that say most, in their order."""
        if len(words) <= LONGEST:
            return words
        rarity = self.rarity
        floor = heapq.nlargest(LONGEST, (rarity.get(word, 0.0) for word in words))[-1]
        return [word for word in words if rarity.get(word, 0.0) >= floor][:LONGEST]

    def evidence(self, parts: Iterable[str]) -> dict[str, float]:
        """Intent -> how much these features speak for it."""
        total: dict[str, float] = defaultdict(float)
        weights = self.weights
        for part in parts:
            for intent, weight in weights.get(part, ()):
                total[intent] += weight
        return total

    def nearness(self, parts: set[str]) -> dict[str, list[tuple[float, Entry]]]:
        """Intent -> its nearest phrases with their nearness (0 to 1), best first."""
        weight = self.near_weight
        known = sorted((part for part in parts if part in weight), key=weight.__getitem__, reverse=True)
        length = sum(weight[part] for part in known) + UNHEARD * sum(part not in weight and " " not in part for part in parts)
        length += UNHEARD * NEAR_PAIR_WEIGHT * sum(part not in weight and " " in part for part in parts)
        shared, left_out = self._shared(known)
        scale = self._scale
        nearest = heapq.nlargest(NEAREST, ((amount * scale[place], place) for place, amount in shared.items()))
        by_intent: dict[str, list[tuple[float, Entry]]] = defaultdict(list)
        for _, place in nearest:
            entry = self.entries[place]
            whole = shared[place] + sum(weight[part] for part in left_out if part in entry.features)
            by_intent[entry.intent].append((whole * scale[place] / math.sqrt(length), entry))
        for listed in by_intent.values():
            listed.sort(key=lambda pair: pair[0], reverse=True)
        return by_intent

    def _shared(self, known: list[str]) -> tuple[dict[int, float], list[str]]:
        """Place -> the weight that its phrase shares with a message, by its rarest features; and the features left out."""
        shared: dict[int, float] = defaultdict(float)
        left_out = []
        budget = POSTINGS
        for part in known:
            places = self.places[part]
            budget -= len(places)
            if budget < 0:
                left_out.append(part)
                continue
            weight = self.near_weight[part]
            for place in places:
                shared[place] += weight
        return shared, left_out


def _weights(counts: Mapping[str, Counter[str]], rarity: Mapping[str, float]) -> dict[str, tuple[tuple[str, float], ...]]:
    """Feature -> (intent, weight) pairs; each intent's weights together have length 1, so that many phrases are no advantage."""
    raw: dict[str, dict[str, float]] = {}
    squares: dict[str, float] = defaultdict(float)
    for part, spread in counts.items():
        scale = rarity[part] ** RARITY * (PAIR_WEIGHT if " " in part else 1.0)
        raw[part] = {intent: scale * math.sqrt(count) for intent, count in spread.items()}
        for intent, weight in raw[part].items():
            squares[intent] += weight * weight
    return {part: tuple((intent, weight / math.sqrt(squares[intent])) for intent, weight in spread.items()) for part, spread in raw.items()}
