"""Text -> what it means: *match* (sure), *choose* (a few too close to call) or *none*.

Three looks, the surest first: the whole message is a phrase; one of iOS's own texts stands somewhere in the chatter; and
the blend of evidence and nearness (see `evidence`), with a score that says how often such a reading was right.
Pure: no files, no clock. Built once from the guide, used for every message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.identifying import Identifier
from bot.lexicon import SURE, Lexicon, Reading
from bot.model import ENGLISH, Candidate, Decision, Guide, Heard, Kind, LanguageFrom
from bot.normalising import split

# Set on tests/utterances, which are written by other hands than the phrases; see docs/understanding.md.
POSSIBLE: Final = 43.0
"""From this score on an intent is worth a button."""
CHOICES: Final = 4
CLOSE: Final = 0.35
"""A choice is offered down to this share of the best one's score."""
ACT_WORDS: Final = 12
"""A longer text says more than an answer to the card on the table."""
ACT_SHARE: Final = 0.75
"""An act counts as the answer to the card from this share of the best score on."""

DATE_WORDS: Final = 12
"""A longer text tells more than a date."""
SURE_OF_LANGUAGE: Final = 0.9
"""From this share on only the likeliest language is looked at, and a message tells in which language to answer."""
LANGUAGES: Final = 3
"""So many languages are looked at at most: "ok" and "no" are words of many."""
TELLING: Final = 3
"""Words; a shorter message does not tell in which language to answer."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reading with the words that were read, those that were taken for others, and the phrases that they were weighed against."""

    reading: Reading
    words: tuple[str, ...]
    corrected: Mapping[str, str]
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at a message in one language."""

    lexicon: Lexicon
    plain: list[str]
    reading: Reading

    @property
    def score(self) -> float:
        return self.reading.scores[0].score if self.reading.scores else 0.0


class Matcher:
    """Understands texts by the phrases of a guide. guide: all content; only phrases and facts are used."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self._intents = guide.intents
        said: dict[str, list[str]] = {ENGLISH: []}
        for intent in guide.intents.values():
            for phrase in intent.phrases:
                said.setdefault(phrase.language, []).extend(split(phrase.text))
        self._identifier = Identifier(said, ENGLISH)
        self._lexicons = {ENGLISH: Lexicon(guide, ENGLISH)}

    def read(self, text: str, *, hint: str | None = None, edited: bool = False, today: date | None = None) -> Heard:
        """What a text means, without a word of it.

        text: any; the first 4,096 characters count. hint: the language of somebody's app, or None. edited: an older message, corrected.
        today: for dates as answers; None reads none.
        """
        written = split(text)
        likely = self._identifier.likely(written, hint)
        looks = self._looks(text, written, likely)
        best = looks[0]
        reading = _merged(looks)
        decision, intents = self._decide(reading.scores, reading.second)
        bare = decision is not Decision.MATCH and reading.how in ("blend", "nothing") and len(best.plain) <= DATE_WORDS
        dated = best.lexicon.facts.dated(text, today) if today is not None and bare else {}
        facts, answers = dict(_phrase_facts(reading)), dict(dated)
        for look in looks:  # the best one's words come first
            facts = {**look.lexicon.facts.reminded(look.plain), **look.lexicon.facts.said(look.plain), **facts}
            answers = {**look.lexicon.facts.answers(look.plain), **answers}
        return Heard(
            decision,
            intents,
            candidates=reading.scores[:5],
            act=self._act(reading, len(best.plain)),
            facts=facts,
            answers=answers,
            language=best.lexicon.language if reading.scores else None,
            language_from=_known_from(best, written, *likely[0]),
            edited=edited,
        )

    def explain(self, text: str) -> Explanation:
        """The same look, with all that it found: for authors."""
        written = split(text)
        looks = self._looks(text, written, self._identifier.likely(written))
        best = looks[0]
        return Explanation(_merged(looks), tuple(best.plain), best.lexicon.corrected(best.plain), best.lexicon)

    def kind(self, intent: str) -> Kind:
        """What an intent is."""
        return self._intents[intent].kind

    def _looks(self, text: str, written: list[str], likely: Sequence[tuple[float, str]]) -> list[_Look]:
        """A look in each language that the message may be in, the best one first."""
        looks = []
        told = 0.0
        for share, language in likely[:LANGUAGES]:
            lexicon = self._lexicon(language)
            plain = lexicon.plain(written)
            looks.append(_Look(lexicon, plain, lexicon.look(text, plain)))
            told += share
            if told >= SURE_OF_LANGUAGE:
                break
        return sorted(looks, key=lambda look: look.score, reverse=True)

    def _lexicon(self, language: str) -> Lexicon:
        """The phrases of a language; made when the first message in it comes."""
        if language not in self._lexicons:
            self._lexicons[language] = Lexicon(self._guide, language)
        return self._lexicons[language]

    # --- the decision ---

    def _decide(self, scores: Sequence[Candidate], second: str | None) -> tuple[Decision, tuple[str, ...]]:
        """The decision, with the intents that it is about."""
        best = scores[0] if scores else None
        if best is None or best.score < POSSIBLE:
            return Decision.NONE, ()
        if best.score >= SURE:
            return Decision.MATCH, (best.intent, second) if second else (best.intent,)
        floor = best.score * CLOSE
        close = [candidate.intent for candidate in scores if candidate.score >= floor and self._choosable(candidate.intent)][:CHOICES]
        ours = any(self.kind(intent) is not Kind.ELSEWHERE for intent in close)
        return (Decision.CHOOSE, tuple(close)) if ours else (Decision.NONE, ())

    def _choosable(self, intent: str) -> bool:
        return self.kind(intent) is not Kind.ACT

    def _act(self, reading: Reading, length: int) -> str | None:
        """The act that the text means as an answer to the card on the table, if it may be one at all."""
        if not reading.scores or length > ACT_WORDS:
            return None
        acts = [candidate for candidate in reading.scores if self.kind(candidate.intent) is Kind.ACT]
        best = reading.scores[0].score
        return acts[0].intent if acts and acts[0].score >= max(ACT_SHARE * best, POSSIBLE) else None


def _merged(looks: Sequence[_Look]) -> Reading:
    """The best look's reading, with what the others found besides."""
    first, *others = [look.reading for look in looks]
    if not any(other.scores for other in others):
        return first
    best: dict[str, Candidate] = {}
    for candidate in (candidate for reading in (first, *others) for candidate in reading.scores):
        if candidate.intent not in best or best[candidate.intent].score < candidate.score:
            best[candidate.intent] = candidate
    scores = sorted(best.values(), key=lambda candidate: candidate.score, reverse=True)  # stable: the first look's go before their equals
    return replace(first, scores=tuple(scores))


def _known_from(look: _Look, written: Sequence[str], share: float, language: str) -> LanguageFrom:
    """What a message tells of the language to answer in: its writer's own words tell more than what a screen showed them."""
    if len(written) < TELLING or share < SURE_OF_LANGUAGE or language != look.lexicon.language:
        return LanguageFrom.NOTHING
    nearest = look.reading.nearest.get(look.reading.scores[0].intent, ()) if look.reading.scores else ()
    shown = look.reading.how in ("screen", "whole") and nearest[0][1].phrase.screen
    return LanguageFrom.SCREEN if shown else LanguageFrom.WORDS


def _phrase_facts(reading: Reading) -> Mapping[str, str]:
    """What the phrase that decided gives away."""
    if reading.how == "blend" or not reading.scores:
        return {}
    pairs = reading.nearest.get(reading.scores[0].intent, ())
    return pairs[0][1].phrase.facts if pairs else {}
