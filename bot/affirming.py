"""What a message means when what it denies, or says was done, does not count as its trouble: that is never offered.

"Backup failed, I restarted twice and iCloud is not full" is about the first words only: a restart and a full iCloud are no answers to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.lexicon import Lexicon, Reading
from bot.model import Kind
from bot.normalising import split
from bot.reported import Reported
from bot.scoring import SURE
from bot.statements import together

# Set on tests/utterances, which are written by other hands than the phrases; see docs/understanding.md.
POSSIBLE: Final = 30.0
"""From this score on an intent is worth a button."""
STORY: Final = 5
"""Words beside reported fixes and denials; fewer say nothing of the trouble."""


def affirmed(lexicon: Lexicon, text: str, plain: list[str], said: Reported) -> Reading:
    """What a message means by what it affirms. plain: its words, as `Lexicon.plain` gives them. said: what it says was done already."""
    reading = lexicon.look(text, plain)
    rest, denied = lexicon.denials.parted(said.rest, plain)
    others, _ = lexicon.denials.parted(said.others, plain)
    if rest == text or reading.how == "whole" or not reading.scores:
        return reading
    left, alone = _surest(lexicon, dict.fromkeys((rest, others)))
    alone = _without(alone, _read(lexicon, together([[said.statements], [denied]])))
    if _outweighs(lexicon, alone, reading, left):
        return alone
    return _supported(reading, alone) if _top(alone) >= POSSIBLE else _unsupported(lexicon, reading)


def _read(lexicon: Lexicon, text: str) -> Reading:
    """What was found in a part of a message."""
    return lexicon.look(text, lexicon.plain(split(text)))


def _surest(lexicon: Lexicon, texts: Iterable[str]) -> tuple[int, Reading]:
    """The surest reading of several texts, with how many words that one has."""
    return max(((len(split(text)), _read(lexicon, text)) for text in texts), key=lambda one: _top(one[1]))


def _without(alone: Reading, gone: Reading) -> Reading:
    """The reading of what is left: its best intent, and the others for which it speaks more than what was taken off does."""
    named = {found.intent: found.score for found in gone.scores}
    others = (found for found in alone.scores[1:] if found.score >= named.get(found.intent, 0.0))
    return replace(alone, scores=(*alone.scores[:1], *others))


def _outweighs(lexicon: Lexicon, alone: Reading, reading: Reading, left: int) -> bool:
    """Whether what is left of a message means something else than all of it: then that is what it means. left: words of that."""
    best = reading.scores[0]
    if any(found.intent == best.intent and found.score >= POSSIBLE for found in alone.scores):
        return False
    answers = left < STORY and best.score >= SURE and lexicon.kind(best.intent) is Kind.ACT
    return _top(alone) >= (SURE if answers else POSSIBLE)


def _supported(reading: Reading, alone: Reading) -> Reading:
    """The reading of a message whose best intent is supported by what is left of it; the others count as far as both support them.

    alone: the reading of what is left.
    """
    first = reading.scores[0]
    left = {found.intent: found.score for found in alone.scores}
    others = [found._replace(score=min(found.score, left.get(found.intent, 0.0))) for found in reading.scores[1:]]
    others.sort(key=lambda found: found.score, reverse=True)
    best = first._replace(score=max(first.score, left.get(first.intent, 0.0)))
    same = alone.scores[0].intent == first.intent
    surer = alone if same and alone.scores[0].score >= first.score else reading
    return replace(surer, scores=(best, *others), second=alone.second if same else None)


def _unsupported(lexicon: Lexicon, reading: Reading) -> Reading:
    """The reading of a message of which nothing is left: it may answer the card on the table, and nothing of it is offered."""
    most = {Kind.ACT: 100.0}
    scores = [found._replace(score=min(found.score, most.get(lexicon.kind(found.intent), POSSIBLE - 1))) for found in reading.scores]
    return replace(reading, scores=tuple(sorted(scores, key=lambda found: found.score, reverse=True)), second=None)


def _top(reading: Reading) -> float:
    """The score of a reading's best intent."""
    return reading.scores[0].score if reading.scores else 0.0
