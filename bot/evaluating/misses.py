"""What went wrong with labelled messages, and by which phrases: so that an author sees which one to write, or which one misleads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evaluating.measures import LOOSE_LABELS, NearMiss, Outcome, Result
from bot.explaining import nearest_phrases
from bot.matching import Explanation, Matcher
from bot.model import Decision, Heard

LOOKS_ALIKE: Final = "near miss taken"
FIRST_WRONG: Final = "another first"


@dataclass(frozen=True, slots=True)
class Contender:
    """An intent in the reading of a message. score: 0 where it is no candidate. phrase: its nearest one, if it has any in the language."""

    intent: str
    score: float
    phrase: str | None
    nearness: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A message that was understood wrongly, with what was wanted (the label first) and what won.

    what: how it went wrong. won: None where nothing was found at all.
    """

    text: str
    place: str
    language: str
    what: str
    decision: Decision
    wanted: tuple[Contender, ...]
    won: Contender | None


def missed(matcher: Matcher, listed: Iterable[Result]) -> list[Miss]:
    """What went wrong among the results, the dearest mistakes first."""
    wrong = [(what, one) for one in listed if (what := _what(one)) is not None]
    wrong.sort(key=lambda pair: _DEARNESS.index(pair[0]))
    return [_miss(matcher, what, one) for what, one in wrong]


_DEARNESS: Final = (Outcome.WRONG.value, Outcome.NOT_FOUND.value, Outcome.OUTSIDE.value, FIRST_WRONG)


def _what(one: Result) -> str | None:
    """How a message went wrong, if it did."""
    if one.matched and not one.taken_rightly:
        return Outcome.WRONG.value
    if one.outcome in (Outcome.NOT_FOUND, Outcome.OUTSIDE) and not one.taken_rightly:
        return one.outcome.value
    return None if one.top_1 or one.said.label in LOOSE_LABELS else FIRST_WRONG


def _miss(matcher: Matcher, what: str, one: Result) -> Miss:
    said = one.said
    explanation = matcher.explain(said.text, hint=said.language_code)
    wanted = [intent for intent in said.right if intent not in LOOSE_LABELS]
    return Miss(said.text, said.place, said.language, what, one.heard.decision, *_contenders(explanation, one.heard, wanted))


def looking_alike(matcher: Matcher, taken: Iterable[NearMiss]) -> list[Miss]:
    """The near misses that were taken for what they only look like, as misses."""
    misses = []
    for one in taken:
        heard = matcher.read(one.text)
        both = _contenders(matcher.explain(one.text), heard, [one.intent])
        misses.append(Miss(one.text, one.place, one.language, LOOKS_ALIKE, heard.decision, *both))
    return misses


def _contenders(explanation: Explanation, heard: Heard, wanted: Sequence[str]) -> tuple[tuple[Contender, ...], Contender | None]:
    """What was wanted, and what won."""
    first = [candidate.intent for candidate in heard.candidates[:1]]
    scores = {candidate.intent: candidate.score for candidate in explanation.reading.scores}
    phrases = nearest_phrases(explanation, [*wanted, *first])

    def contender(intent: str) -> Contender:
        nearness, phrase = phrases.get(intent, (0.0, None))
        return Contender(intent, scores.get(intent, 0.0), phrase, nearness)

    return tuple(map(contender, wanted)), next(map(contender, first), None)
