"""The index of some phrases as tables of numbers: what `evidence` weighs messages by, made once and kept with the guide."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.evidence import BEGIN, END, FINER, SECOND
from bot.packing import Column, key_of

# Set on tests/utterances (written by other hands than the phrases); see docs/understanding.md.
PAIR_WEIGHT: Final = 0.75
"""What a pair of words counts as evidence, against a word that is as rare."""
RARITY: Final = 0.5
"""The power of its rarity that a word counts as evidence: with 0 all words count the same, with 1 rare ones decide."""
UNSEEN: Final = 0.1
"""How often a feature is taken to be said for an intent beyond how often its phrases have it (the smoothing of naive Bayes)."""
NEAR_PAIR_WEIGHT: Final = 0.2
COMMONEST: Final = 0.02
"""The rarity of a word that stands in the phrases of every intent."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a phrase as they are compared, with the number of its intent."""

    intent: int
    words: Sequence[str]


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
