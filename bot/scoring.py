"""From the signals of a reading to its score: how often such a reading was right.

The constants are set on tests/utterances, which are written by other hands than the phrases; see docs/understanding.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from bot.evidence import NEXT_PHRASES
from bot.model import Candidate

SURE: Final = 85.0
"""From this score on an intent is taken without asking."""
TRUST: Final = 0.25
"""How much of the evidence is believed: naive Bayes takes words for independent, and so for far surer than they are."""
BIAS, BY_SHARE, BY_NEARNESS = -3.1, 5.6, 3.3
"""The logistic curve from a reading's signals to how often such a reading is right."""

MEANT_BIAS, MEANT_BY_SHARE, BY_MEANING = -4.8, 4.5, 4.9
"""The same curve for a reading in which the meaning counts."""

WEIGHTS: Final = (BIAS, BY_SHARE, BY_NEARNESS)
WITH_MEANING: Final = (MEANT_BIAS, MEANT_BY_SHARE, BY_MEANING)


def near_of(pairs: Sequence[tuple[float, int]]) -> float:
    """The nearness of an intent: its nearest phrase, and the next two a little."""
    first, second, third = NEXT_PHRASES
    near = first * pairs[0][0]
    if len(pairs) > 1:
        near += second * pairs[1][0]
    return near + third * pairs[2][0] if len(pairs) > 2 else near


def shares_of(blends: Sequence[float]) -> list[float]:
    """How likely each of some intents is against the others, from 0 to 1. blends: logarithms, the most likely first."""
    odds = [math.exp(TRUST * (blend - blends[0])) for blend in blends]
    total = sum(odds)
    return [odd / total for odd in odds]


def signals_of(share: float, near: float) -> tuple[float, ...]:
    """The signals of a reading, each from 0 to 1: a constant, the share of the best intent, how near it is."""
    return (1.0, share, near / sum(NEXT_PHRASES))


def signals_with_meaning(share: float, alike: float) -> tuple[float, ...]:
    """The same where the meaning counts: how alike it is tells more than nearness, which would only tell it again."""
    return (1.0, share, alike)


def likelihood(signals: Sequence[float], weights: Sequence[float]) -> float:
    """How often a reading is right whose signals look like this, from 0 to 1."""
    return 1.0 / (1.0 + math.exp(-sum(weight * signal for weight, signal in zip(weights, signals, strict=True))))


def scored(best: list[tuple[float, str]], likely: float, *, sure: bool) -> tuple[Candidate, ...]:
    """Scores from 0 to 100: how likely the best reading is right; the others in proportion.

    sure: whether anything may be sure: the message tells enough, and no phrase of a neighbour topic is nearer.
    """
    score = 100.0 * likely if sure else min(100.0 * likely, SURE - 1)
    first = best[0][0]
    return tuple(Candidate(intent, round(score * share / first, 1)) for share, intent in best)
