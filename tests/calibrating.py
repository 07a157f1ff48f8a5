"""How the constants of the matching are set on tests/utterances.

`python -m tests.calibrating` prints the curve from a reading's signals to its score that the messages ask for beside the one in
bot/scoring.py, each with how well it foretells; and what each other constant is worth: the measures with a smaller and a larger one.

`python -m tests.calibrating --semantic` does the same for semantic help (the extra `semantic`): the messages are parted into halves by a
hash of their text, the curve is fitted on one and judged on the other.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from types import ModuleType
from typing import Final
from unittest.mock import patch

from bot import evidence, index_tables, lexicon, matching, scoring
from bot.content import content_dir, load_guide
from bot.evaluating.measures import Utterance, measured, results
from bot.evaluating.tables import percent
from bot.model import ENGLISH, Guide
from bot.semantic import semantic_help
from tests.measuring import utterances

Signals = tuple[float, ...]
Row = tuple[Signals, bool]
"""The signals of a reading, and whether its best intent was right."""

STEPS: Final = 30
RIDGE: Final = 0.01
"""Keeps the curve from growing endlessly steep where few messages decide."""
FOLDS: Final = 5


def rows(matcher: matching.Matcher, utterances: Sequence[Utterance], signals: str = "signals_of") -> list[Row]:
    """One row for each message that neither is a phrase nor holds an on-screen text. signals: what tells them in the lexicon."""
    seen: list[Signals] = []
    signals_of = getattr(lexicon, signals)

    def noting(share: float, near: float) -> Signals:
        found: Signals = signals_of(share, near)
        seen.append(found)
        return found

    found = []
    with patch.object(lexicon, signals, noting):
        for said in utterances:
            seen.clear()
            reading = matcher.explain(said.text).reading
            if reading.how == "blend" and seen:
                found.append((seen[0], reading.scores[0].intent in said.right))
    return found


def chance(weights: Sequence[float], signals: Signals) -> float:
    """How likely a reading with these signals is right, by a curve."""
    return 1 / (1 + math.exp(-sum(weight * signal for weight, signal in zip(weights, signals, strict=True))))


def fitted(listed: Sequence[Row]) -> list[float]:
    """The logistic curve that fits best, by Newton's method."""
    size = len(listed[0][0])
    weights = [0.0] * size
    for _ in range(STEPS):
        slope = [-RIDGE * weight for weight in weights]
        curve = [[RIDGE * (row == column) for column in range(size)] for row in range(size)]
        for signals, right in listed:
            likely = chance(weights, signals)
            for row in range(size):
                slope[row] += (right - likely) * signals[row]
                for column in range(size):
                    curve[row][column] += likely * (1 - likely) * signals[row] * signals[column]
        weights = [weight + change for weight, change in zip(weights, _solved(curve, slope), strict=True)]
    return weights


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a small system of linear equations, by elimination."""
    lines = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for place, line in enumerate(lines):
        for other in lines:
            if other is not line:
                share = other[place] / line[place]
                other[:] = [a - share * b for a, b in zip(other, line, strict=True)]
    return [line[-1] / line[place] for place, line in enumerate(lines)]


def loss(weights: Sequence[float], listed: Sequence[Row]) -> float:
    """The mean squared distance between what a curve foretold and what was so (Brier score; the lower, the better)."""
    return sum((chance(weights, signals) - right) ** 2 for signals, right in listed) / len(listed)


def unseen_loss(listed: Sequence[Row]) -> float:
    """The same for a curve that is fitted on the other four fifths each time."""
    folds = [listed[start::FOLDS] for start in range(FOLDS)]
    losses = []
    for fold in folds:
        others = [row for other in folds if other is not fold for row in other]
        losses.append(loss(fitted(others), fold) * len(fold))
    return sum(losses) / len(listed)


TRIED: Final[tuple[tuple[ModuleType, str, tuple[float, ...]], ...]] = (
    (index_tables, "PAIR_WEIGHT", (0.4, 0.75, 1.5)),
    (index_tables, "RARITY", (0.25, 0.5, 1.0)),
    (index_tables, "UNSEEN", (0.05, 0.1, 0.2)),
    (index_tables, "NEAR_PAIR_WEIGHT", (0.1, 0.2, 0.4)),
    (evidence, "UNHEARD", (1.0, 2.0, 4.0)),
    (lexicon, "NEARNESS", (2.5, 5.0, 10.0)),
    (scoring, "TRUST", (0.15, 0.25, 0.4)),
)


def table_of_constants() -> list[str]:
    """What the measures are with each constant as it is, smaller and larger, all others unchanged."""
    guide, said = load_guide(content_dir()), utterances()
    lines = ["| constant | value | top-1 | top-3 | matched right | matched wrong |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for module, name, values in TRIED:
        for value in values:
            with patch.object(module, name, value):
                found = measured(results(guide, matching.Matcher(guide), said))
            figures = (found.top_1, found.top_3, found.matched_right, found.matched_wrong)
            lines.append(f"| `{name}` | {value} | " + " | ".join(map(percent, figures)) + " |")
    return lines


def report() -> str:
    """Both curves and the other constants, as Markdown."""
    listed = rows(matching.Matcher(load_guide(content_dir())), utterances())
    best = fitted(listed)
    lines = ["| curve | constant | share | nearness | Brier score |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, weights, missed in (("in use", scoring.WEIGHTS, loss(scoring.WEIGHTS, listed)), ("fitted now", best, unseen_loss(listed))):
        lines.append(f"| {name} | " + " | ".join(f"{weight:.1f}" for weight in weights) + f" | {missed:.4f} |")
    right = sum(right for _, right in listed)
    head = f"{len(listed)} messages, {100 * right / len(listed):.1f} % of them read rightly"
    return "\n".join((head, "", *lines, "", *table_of_constants()))


class Remembered:
    """A meaning that looks at each text once."""

    def __init__(self, meaning: lexicon.Meaning) -> None:
        self.alike = cache(meaning.alike)


def semantic_report() -> str:
    """The curve of semantic help, fitted on either half of the messages, and the measures on the other; as Markdown."""
    folder = content_dir()
    guide = load_guide(folder)
    without = matching.Matcher(guide)
    helped = matching.Matcher(guide, {ENGLISH: Remembered(semantic_help(folder, guide)[ENGLISH])})
    halves: tuple[list[Utterance], list[Utterance]] = ([], [])
    for said in utterances():
        halves[sha256(said.text.encode()).digest()[-1] % 2].append(said)
    lines = [
        "| judged on | | constant | share | meaning | top-1 | top-3 | matched right | matched wrong | not found | out of scope matched |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, fitted_on, judged_on in (("second half", halves[0], halves[1]), ("first half", halves[1], halves[0])):
        lines.append(_line(name, "without", without, guide, judged_on))
        listed = rows(helped, fitted_on, "signals_with_meaning")
        curves = {"fitted on the other": tuple(fitted(listed)), "in use": scoring.WITH_MEANING}
        for how, weights in curves.items():
            with patch.object(lexicon, "WITH_MEANING", weights):
                lines.append(_line(name, how, helped, guide, judged_on, weights))
    whole = fitted(rows(helped, utterances(), "signals_with_meaning"))
    return "\n".join((*lines, "", "fitted on all: " + ", ".join(f"{weight:.2f}" for weight in whole)))


def _line(name: str, how: str, matcher: matching.Matcher, guide: Guide, said: Sequence[Utterance], weights: Sequence[float] = ()) -> str:
    found = measured(results(guide, matcher, said))
    figures = (found.top_1, found.top_3, found.matched_right, found.matched_wrong, found.not_found, found.out_of_scope_matched)
    curve = [f"{weight:.1f}" for weight in weights] or [""] * 3
    return f"| {name} | {how} | " + " | ".join((*curve, *map(percent, figures))) + " |"


if __name__ == "__main__":
    sys.stdout.write((semantic_report() if "--semantic" in sys.argv[1:] else report()) + "\n")
