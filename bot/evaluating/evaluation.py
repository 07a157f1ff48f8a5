"""All that `eval` shows, in whichever form."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evaluating.measures import NearMiss, Result, mistaken, results
from bot.evaluating.misses import Miss, looking_alike, missed
from bot.evaluating.utterances import Collected
from bot.matching import Matcher
from bot.model import Guide


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What became of all messages. taken: the near misses among them that were taken for what they look like."""

    results: list[Result]
    near_misses: list[NearMiss]
    taken: list[NearMiss]
    misses: list[Miss]


def evaluated(guide: Guide, matcher: Matcher, collected: Collected, *, with_misses: bool = False) -> Evaluation:
    """What the matching makes of all that was read; with_misses: also what went wrong, one by one, which takes longer."""
    listed = results(guide, matcher, collected.utterances)
    taken = mistaken(matcher, collected.near_misses)
    misses = [*missed(matcher, listed), *looking_alike(matcher, taken)] if with_misses else []
    return Evaluation(listed, collected.near_misses, taken, misses)
