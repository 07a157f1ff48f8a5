"""What the words of a message say for each intent: two signals over one index of all phrases.

*Evidence*: every word and pair of words speaks for the intents in whose phrases it stands, the more the fewer they are;
summed per intent, so that words from many phrases add up. Its cost does not depend on the number of phrases.
*Nearness*: the cosine to the nearest phrases of an intent, of which the second and third count a little as well.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.model import Phrase
from bot.normalising import compared, phrase_words

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
PAIR_WEIGHT: Final = 0.5
NEAR_PAIR_WEIGHT: Final = 0.2
RARITY: Final = 0.8
NEXT_PHRASES: Final = (1.0, 0.6, 0.3)
LONGEST: Final = 60
"""Words of a message that are weighed; of a longer one the telling ones."""
POSTINGS: Final = 250
"""Places in phrases that are looked at for nearness, rarest words first."""
NEAREST: Final = 16
"""Phrases whose nearness is worked out in full."""
PROMISING: Final = 0.3
"""A phrase is looked at in full from this share of the nearest one's first impression on."""
LEFT_OUT: Final = 4
"""Common features (the rarest of them) that are looked up in the promising phrases only."""
UNHEARD: Final = 2.0
UNHEARD_PAIR: Final = 0.4
"""The weight of a word, and of a pair of words, that stand in no phrase: they make every phrase less near."""
COMMONEST: Final = 0.02
"""The rarity of a word that stands in the phrases of every intent."""


def features(words: Sequence[str]) -> set[str]:
    """The words of a text, and each pair of neighbours (`^` and `$` are its ends)."""
    edged = ("^", *words, "$")
    return {*words, *(f"{a} {b}" for a, b in pairwise(edged))}


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
        self._speaks = _weights(counts, self.rarity)
        del counts  # the largest part of what building needs
        self._near_weight = {part: rarity * (NEAR_PAIR_WEIGHT if " " in part else 1.0) for part, rarity in self.rarity.items()}
        self.entries: list[Entry] = []
        self._places: dict[str, array[int]] = {part: array("I") for part in self.rarity}
        for place, (intent, phrase, words) in enumerate(found):
            length = 0.0
            for part in features(words):
                length += self._near_weight[part]
                self._places[part].append(place)
            self.entries.append(Entry(intent, phrase, words, length))
        self._scale = [1 / math.sqrt(entry.length) for entry in self.entries]

    def speaks_for(self, part: str) -> list[tuple[str, float]]:
        """The intents for which a feature speaks, with how much."""
        return [(self.intents[place], weight) for place, weight in self._speaks.get(part, ())]

    def telling(self, words: list[str]) -> list[str]:
        """The words of a long message that say most, in their order."""
        if len(words) <= LONGEST:
            return words
        rarities = [self.rarity.get(word, 0.0) for word in words]
        floor = sorted(rarities)[-LONGEST]
        room = LONGEST - sum(rarity > floor for rarity in rarities)  # for words just as rare as the floor
        kept = []
        for word, rarity in zip(words, rarities, strict=True):
            if rarity > floor or (rarity == floor and room > 0):
                kept.append(word)
                room -= rarity == floor
        return kept

    def told_by(self, words: Sequence[str]) -> float:
        """How much words tell together: the sum of their rarities, one word alone nothing."""
        return sum(self.rarity.get(word, 0.0) for word in words) if len(words) > 1 else 0.0

    def evidence(self, parts: Iterable[str]) -> list[float]:
        """How much these features speak for each of `intents`, in their order."""
        total = [0.0] * len(self.intents)
        speaks = self._speaks
        for part in parts:
            for place, weight in speaks.get(part, ()):
                total[place] += weight
        return total

    def nearness(self, parts: Iterable[str]) -> dict[str, list[tuple[float, Entry]]]:
        """Intent -> its nearest phrases with their nearness (0 to 1), best first."""
        known, length = self._weighed(parts)
        shared, left_out = self._shared(known)
        whole_length = math.sqrt(length)
        by_intent: dict[str, list[tuple[float, Entry]]] = {}
        for place in self._promising(shared):
            entry = self.entries[place]
            whole = shared[place]
            for weight, places in left_out:
                at = bisect_left(places, place)
                if at < len(places) and places[at] == place:
                    whole += weight
            by_intent.setdefault(entry.intent, []).append((whole * self._scale[place] / whole_length, entry))
        for listed in by_intent.values():
            listed.sort(key=_by_nearness, reverse=True)
        return by_intent

    def _promising(self, shared: Mapping[int, float]) -> list[int]:
        """The places of the phrases that are worth a full look. Most share one word only: they go before anything is sorted."""
        scale = self._scale
        if not shared:
            return []
        floor = PROMISING * max(shared.values())
        near = [(amount * scale[place], place) for place, amount in shared.items() if amount >= floor]
        near.sort(reverse=True)
        return [place for _, place in near[:NEAREST]]

    def _weighed(self, parts: Iterable[str]) -> tuple[list[tuple[float, str]], float]:
        """The known features with their weights, rarest first, and the length of the whole message as a vector."""
        near_weight = self._near_weight
        known = []
        length = 0.0
        for part in parts:
            weight = near_weight.get(part)
            if weight is None:
                length += UNHEARD_PAIR if " " in part else UNHEARD
            else:
                length += weight
                known.append((weight, part))
        known.sort(reverse=True)
        return known, length or 1.0

    def _shared(self, known: list[tuple[float, str]]) -> tuple[dict[int, float], list[tuple[float, Sequence[int]]]]:
        """Place -> the weight that its phrase shares with a message, by its rarest features; and the places of the features left out."""
        shared: dict[int, float] = defaultdict(float)
        left_out: list[tuple[float, Sequence[int]]] = []
        budget = POSTINGS
        for weight, part in known:
            places = self._places[part]
            if len(places) > budget:
                if len(left_out) < LEFT_OUT:
                    left_out.append((weight, places))
                continue
            budget -= len(places)
            for place in places:
                shared[place] += weight
        return shared, left_out


def _by_nearness(pair: tuple[float, Entry]) -> float:
    return pair[0]


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
