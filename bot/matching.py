"""Text -> what it means: *match* (sure), *choose* (a few too close to call) or *none*.

Three looks, the surest first: the whole message is a phrase; one of iOS's own texts stands somewhere in the chatter; and
the blend of evidence and nearness (see `evidence`), with a score that says how often such a reading was right.
Pure: no files, no clock. Built once from the guide, used for every message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from bot.affirming import POSSIBLE, affirmed
from bot.disclosures import disclosed
from bot.figures import FULL, PLENTY_LEFT, ROOM, icloud_usage
from bot.identifying import Identifier, closest, identifier_tables
from bot.lexicon import TELLS, Entry, Lexicon, Meaning, Reading
from bot.model import ENGLISH, Candidate, Decision, Guide, Heard, Kind, LanguageFrom
from bot.normalising import in_full, length_class, signs, split
from bot.packing import Column, pack, unpack
from bot.pasted import unwrapped
from bot.phrase_tables import lexicon_tables
from bot.reported import Reported
from bot.scoring import SURE
from bot.transliterating import SPELT, in_cyrillic

# Set on tests/utterances, which are written by other hands than the phrases; see docs/understanding.md.
CHOICES: Final = 4
CLOSE: Final = 0.2
"""A choice is offered down to this share of the best one's score."""
ACT_WORDS: Final = 12
"""A longer text says more than an answer to the card on the table."""
ACT_SHARE: Final = 0.5
"""An act counts as the answer to the card from this share of the best score on."""

DATE_WORDS: Final = 12
"""A longer text tells more than a date."""
DATE_ALONE: Final = 4
"""A text that is no longer is a date before it is anything else: "3 weeks ago", "yesterday night"."""
ICLOUD_ROOM: Final = "icloud_room"
"""The fact that figures of storage tell: `full` or `room`."""
LEAST_TYPED_OTHERWISE: Final = 2
"""Words of another alphabet that are recognised in Latin letters; with fewer it may be chance."""
MOST_KNOWN: Final = 0.5
"""Up to this share of known words a text is looked at in another alphabet, and above it is one of a language."""
YES_OR_NO: Final = ("yes", "no")
"""The acts that answer a question by their first word."""
LATER: Final = "later"
"""The act of putting something off."""
WORDS: Final = "words"
"""The name under which the words of all languages are kept."""
SURE_OF_LANGUAGE: Final = 0.9
"""From this share on only the likeliest language is looked at, and a message tells in which language to answer."""
LANGUAGES: Final = 3
"""So many languages are looked at at most: "ok" and "no" are words of many."""
DOUBT: Final = 0.2
"""How much a language counts for less that is less likely: one of a tenth keeps 0.63 of its scores."""
TELLING: Final = 3
"""Different words of one language more than of others; with fewer, a message does not tell in which language to answer."""
NO_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType({})


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
    def decided(self) -> Entry | None:
        """The phrase that decided, if one did alone."""
        if self.reading.how == "blend" or not self.reading.scores:
            return None
        pairs = self.reading.nearest.get(self.reading.scores[0].intent, ())
        return self.lexicon.entry(pairs[0][1]) if pairs else None

    @property
    def score(self) -> float:
        return self.reading.scores[0].score if self.reading.scores else 0.0


class Matcher:
    """Understands texts by the phrases of a guide.

    guide: all content; only phrases and facts are used. meanings: language -> what helps there where words leave a doubt.
    """

    def __init__(self, guide: Guide, meanings: Mapping[str, Meaning] = NO_MEANINGS) -> None:
        self._guide = guide
        self._meanings = meanings
        self._intents = guide.intents
        self._identifier = Identifier(_tables(guide, WORDS, words_tables), ENGLISH)
        self._lexicons: dict[str, Lexicon] = {}
        self._lexicon(ENGLISH)

    def read(self, text: str, *, hint: str | None = None, edited: bool = False, today: date | None = None) -> Heard:
        """What a text means, without a word of it.

        text: any; the first 4,096 characters count. hint: the language of somebody's app, or None. edited: an older message, corrected.
        today: for dates as answers; None reads none.
        """
        given = text
        text, written, likely = self._legible(unwrapped(text), hint)
        said = self._reported(text, written, likely)
        looks = self._looks(text, written, likely, said)
        best = looks[0]
        reading = _merged(looks)
        decision, intents = self._decide(reading.scores, reading.second)
        dated = self._dated(looks, text, today, hint) if today is not None and _may_be_a_date(decision, reading, best.plain) else {}
        decided = best.decided
        facts, answers = dict(decided.facts) if decided else {}, dict(dated)
        for look in looks:  # the best one's words come first
            facts = {**look.lexicon.facts.reminded(look.plain), **look.lexicon.facts.said(look.plain), **facts}
            answers = {**look.lexicon.facts.answers(look.plain), **answers}
        act = self._act(reading, len(best.plain))
        later = LATER in (act, *intents[:1])
        shown = decided is not None and decided.screen
        usage = icloud_usage(text)
        asks = _asks(text)
        if act is None and not shown and not asks:  # words among others: what is surely something else goes first
            answers = {**best.lexicon.facts.answers_within(best.plain), **_room(usage, PLENTY_LEFT), **answers}
        unlike = decision is not Decision.MATCH or (reading.how == "blend" and best.score < TELLS)  # hardly more than an answer
        if (act in YES_OR_NO or (act is None and unlike)) and len(best.plain) <= ACT_WORDS and not asks:
            for look in looks:
                answers = {**look.lexicon.facts.answered_first(text, sure=act is not None), **answers}
        facts = {**_room(usage), **facts}
        for fact in best.lexicon.facts.of_others(intents) & facts.keys():
            del facts[fact]
        return Heard(
            decision,
            intents,
            candidates=reading.scores[:5],
            act=act,
            facts=facts,
            answers=answers,
            language=best.lexicon.language if reading.scores else None,
            language_from=_known_from(best, self._identifier.telling(written, likely[0][1]), *likely[0]),
            edited=edited,
            length=length_class(text),
            reported=said.fixes,
            disclosed=disclosed(given),
            screen=shown,
            when=next(filter(None, (look.lexicon.asked_times.read(text, look.plain, asked=later) for look in looks)), ""),
        )

    def explain(self, text: str, *, hint: str | None = None) -> Explanation:
        """The same look, with all that it found: for authors."""
        text, written, likely = self._legible(unwrapped(text), hint)
        looks = self._looks(text, written, likely, self._reported(text, written, likely))
        best = looks[0]
        return Explanation(_merged(looks), tuple(best.plain), best.lexicon.corrected(best.plain), best.lexicon)

    @property
    def languages(self) -> int:
        """How many languages have had a message by now: each keeps its phrases at hand from its first one on."""
        return len(self._lexicons)

    def kind(self, intent: str) -> Kind:
        """What an intent is."""
        return self._intents[intent].kind

    def _legible(self, text: str, hint: str | None) -> tuple[str, list[str], Sequence[tuple[float, str]]]:
        """A text with its words and how likely each language is; Cyrillic that was typed in Latin letters is put back.

        That is looked for only where hardly a word is one of the likeliest language.
        """
        written = split(text)
        likely = self._identifier.likely(written, hint)
        if not text.isascii() or len(written) < LEAST_TYPED_OTHERWISE:
            return text, written, likely
        known = self._identifier.known(written, likely[0][1])
        if known > MOST_KNOWN * len(written):
            return text, written, likely
        for language in (language for language in SPELT if language in self._identifier.languages):
            put_back = [word if self._identifier.knows(word, language) else in_cyrillic(word, language) for word in written]
            found = self._identifier.known(put_back, language)
            if found >= LEAST_TYPED_OTHERWISE and found > known and found > MOST_KNOWN * len(written):
                return " ".join(put_back), put_back, self._identifier.likely(put_back, hint)
        return text, written, likely

    def _reported(self, text: str, written: list[str], likely: Sequence[tuple[float, str]]) -> Reported:
        """What a message says was done already, read in its likeliest language."""
        return self._lexicon(likely[0][1]).reported.read(text, in_full(written))

    def _looks(self, text: str, written: list[str], likely: Sequence[tuple[float, str]], said: Reported) -> list[_Look]:
        """A look in each language that the message may be in, the best one first. said: what it says was done already."""
        looks = []
        told = 0.0
        for share, language in likely[:LANGUAGES]:
            lexicon = self._lexicon(language)
            plain = lexicon.plain(written)
            looks.append(_Look(lexicon, plain, _doubted(affirmed(lexicon, text, plain, said), share / likely[0][0])))
            told += share
            if told >= SURE_OF_LANGUAGE:
                break
        if all(look.lexicon.language != ENGLISH for look in looks):
            looks += self._whole_in_english(written)
        return sorted(looks, key=lambda look: look.score, reverse=True)

    def _whole_in_english(self, written: list[str]) -> list[_Look]:
        """A look at what is a phrase in English as it stands: an on-screen text, in the message of somebody with another language."""
        lexicon = self._lexicon(ENGLISH)
        plain = lexicon.plain(written)
        whole = lexicon.whole(plain)
        return [_Look(lexicon, plain, whole)] if whole is not None else []

    def _lexicon(self, language: str) -> Lexicon:
        """The phrases of a language; made when the first message in it comes."""
        if language not in self._lexicons:
            tables = _tables(self._guide, language, partial(lexicon_tables, language=language))
            english = self._lexicons.get(ENGLISH)  # the first of all
            self._lexicons[language] = Lexicon(self._guide, language, tables, self._meanings.get(language), english)
        return self._lexicons[language]

    def _dated(self, looks: Sequence[_Look], text: str, today: date, hint: str | None) -> Mapping[str, str]:
        """What a date or an age answers, in the person's own language, else in the first that reads one.

        "14 Aralık" has no word by which to know its language. A date of figures alone is read as in the person's own.
        """
        own = self._lexicon(closest(hint or ENGLISH, self._identifier.languages) or ENGLISH)
        read = [own, *(look.lexicon for look in looks)] if any(map(str.isalpha, text)) else [own]
        return next(filter(None, (lexicon.facts.dated(text, lexicon.plain(split(text)), today) for lexicon in read)), {})

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


def _asks(text: str) -> bool:
    """Whether a text asks something."""
    return any(sign in text for sign in "?？؟")


def _room(usage: float | None, most: float = ROOM) -> dict[str, str]:
    """What the share of iCloud that is in use tells of the room there. most: up to which share there is room."""
    if usage is None or most < usage < FULL:
        return {}
    return {ICLOUD_ROOM: "full" if usage >= FULL else "room"}


def _tables(guide: Guide, name: str, make: Callable[[Guide], dict[str, Column]]) -> Mapping[str, Column]:
    """Tables as they were kept with the guide, else made now."""
    if name in guide.packed:
        try:
            return unpack(guide.packed[name])
        except ValueError:  # damaged on the disk
            pass
    return make(guide)


def packed(guide: Guide) -> dict[str, bytes]:
    """All that matching makes of a guide's phrases, to be kept with it: what `Guide.packed` is."""
    words = words_tables(guide)
    languages = words["languages"]
    return {WORDS: pack(words), **{language: pack(lexicon_tables(guide, language)) for language in languages}}


def words_tables(guide: Guide) -> dict[str, Column]:
    """What identifying needs: the words of each language's phrases."""
    said: dict[str, list[str]] = {ENGLISH: []}
    for intent in guide.intents.values():
        for phrase in intent.phrases:
            said.setdefault(phrase.language, []).extend(split(phrase.text))
    return identifier_tables(said)


def _may_be_a_date(decision: Decision, reading: Reading, plain: Sequence[str]) -> bool:
    """Whether a text may be no more than a date or an age, in answer to a question."""
    if reading.how not in ("blend", "nothing"):
        return False
    length = len(plain) - signs(plain) / 2
    return length <= DATE_ALONE or (decision is not Decision.MATCH and length <= DATE_WORDS)


def _doubted(reading: Reading, likelihood: float) -> Reading:
    """A reading in a language that is less likely than another counts for less, and is never sure.

    likelihood: from 0 to 1, the likeliest.
    """
    if likelihood >= 1.0 or reading.how == "whole":
        return reading
    trust = likelihood**DOUBT
    scores = (candidate._replace(score=round(min(candidate.score * trust, SURE - 1), 1)) for candidate in reading.scores)
    return replace(reading, scores=tuple(scores))


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


def _known_from(look: _Look, telling: int, share: float, language: str) -> LanguageFrom:
    """What a message tells of the language to answer in: its writer's own words tell more than what a screen showed them."""
    if telling < TELLING or share < SURE_OF_LANGUAGE or language != look.lexicon.language:
        return LanguageFrom.NOTHING
    decided = look.decided
    shown = decided is not None and decided.screen
    return LanguageFrom.SCREEN if shown else LanguageFrom.WORDS
