"""The phrases: enough of them, none twice, and none that belongs elsewhere."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rapidfuzz import fuzz, process

from bot.model import ENGLISH, Guide, Intent, Kind, Phrase
from bot.normalising import NUMBER, exactly, phrase_words, words
from bot.reading import Reader
from bot.schemas.intents import PHRASES

ENOUGH: Final = {Kind.ERROR: 25, Kind.QUESTION: 25, Kind.ACT: 12, Kind.ELSEWHERE: 12}
"""English phrases, those on the screen included, that an intent needs to be recognised in other words."""
NEAR: Final = 92.0
"""Likeness (rapidfuzz's ratio of the words as they are compared, 0 to 100) from which a slip of the finger turns one phrase into the other.

Below it "who are you" and "how are you" would count too: in short phrases one letter makes another word."""
STANDS_FOR_ANYTHING: Final = frozenset({"n", "size", "percent", "device", "account"})
"""The placeholders of on-screen texts."""


@dataclass(frozen=True, slots=True)
class Written:
    """A phrase and where it stands, and its words as they are compared."""

    intent: Intent
    phrase: Phrase
    file: str
    keys: tuple[str | int, ...]
    words: tuple[str, ...]


def check_phrases(reader: Reader, guide: Guide) -> None:
    """Check the phrases of all intents, and the words of all facts."""
    written = [phrase for intent in guide.intents.values() for phrase in _written(reader, intent)]
    for intent in guide.intents.values():
        _enough(reader, intent)
    _untold(reader, guide)
    for phrase in written:
        _words(reader, phrase)
    for language in sorted({one.phrase.language for one in written}):
        _twice(reader, [one for one in written if one.phrase.language == language])
        _nearer_elsewhere(reader, [one for one in written if one.phrase.language == language and one.words])
    _fact_words(reader, guide)


def _written(reader: Reader, intent: Intent) -> Iterator[Written]:
    for phrase, (file, keys) in zip(intent.phrases, reader.places[intent.id], strict=True):
        yield Written(intent, phrase, file, keys, exactly(phrase_words(phrase.text)))


def _enough(reader: Reader, intent: Intent) -> None:
    count = sum(phrase.language == ENGLISH for phrase in intent.phrases)
    wanted = ENOUGH[intent.kind]
    if count < wanted:
        message = (
            f"{count} English phrases are too few to recognise it in other words: give it at least {wanted}, the wider apart the better"
        )
        reader.find(f"intents/{intent.id}.yaml", ["phrases"], message)


def _untold(reader: Reader, guide: Guide) -> None:
    """The errors and questions that a phrasebook leaves out."""
    wanted = [intent for intent in guide.intents.values() if intent.kind in (Kind.ERROR, Kind.QUESTION)]
    for file in sorted(file for file in reader.files if file.startswith(f"{PHRASES}/")):
        language = PurePath(file).stem
        lacking = [intent.id for intent in wanted if all(phrase.language != language for phrase in intent.phrases)]
        if lacking and not reader.is_broken(file, ""):
            message = f"no phrases for {', '.join(sorted(lacking))}: nobody who writes so is understood there"
            reader.find(file, [], message, warning=True)


def _words(reader: Reader, one: Written) -> None:
    if not one.words:
        reader.find(one.file, one.keys, f'"{one.phrase.text}" has no words that could be compared, so it is never found: delete it')
    if one.words == (NUMBER,):
        reader.find(one.file, one.keys, f'"{one.phrase.text}" would be every number, since numbers are all the same: delete it')
    for name in re.findall(r"\{([^}]*)\}?", one.phrase.text):
        if name not in STANDS_FOR_ANYTHING:
            known = ", ".join(f"{{{known}}}" for known in sorted(STANDS_FOR_ANYTHING))
            reader.find(one.file, one.keys, f"{{{name}}} is no placeholder of a phrase: here there are {known}")


def _twice(reader: Reader, written: list[Written]) -> None:
    """The same words in two phrases: of one intent superfluous, of two intents a contradiction, unless the bot shall ask which is meant."""
    same: dict[tuple[str, ...], list[Written]] = defaultdict(list)
    for one in written:
        if one.words:
            same[one.words].append(one)
    for first, *others in same.values():
        told: set[str] = {first.intent.id}
        for other in others:
            text, where = f'"{other.phrase.text}"', f"{first.file}:{reader.files[first.file].line_of(first.keys)}"
            if other.intent is first.intent:
                message = f"{text} is compared just like the phrase in {where}: delete one"
                reader.find(other.file, other.keys, message, warning=True)
            elif other.intent.id not in told and not _to_be_asked(first.intent, other.intent):
                told.add(other.intent.id)
                message = f'{text} stands in {where} as well ("{first.phrase.text}"): keep it where it belongs, delete the other'
                reader.find(other.file, other.keys, message)


def _to_be_asked(one: Intent, other: Intent) -> bool:
    """Whether two errors may share words: where one of them is vague, a title of iOS may say no more than people do ("Cannot Back Up")."""
    return one.kind is other.kind is Kind.ERROR and one.vague is not other.vague


def _nearer_elsewhere(reader: Reader, written: list[Written]) -> None:
    """A phrase that is very like one of another intent, and less like any of its own."""
    noted: set[frozenset[int]] = set()
    for place, near in enumerate(_near(written)):
        one = written[place]
        own = max((score for other, score in near.items() if written[other].intent is one.intent), default=0.0)
        score, other = max(
            ((score, other) for other, score in near.items() if written[other].intent is not one.intent), default=(0.0, place)
        )
        its = written[other]
        if score > own and its.words != one.words and frozenset((place, other)) not in noted:
            noted.add(frozenset((place, other)))
            where = f"{its.file}:{reader.files[its.file].line_of(its.keys)}"
            message = f'"{one.phrase.text}" is {score:.0f}% like "{its.phrase.text}" in {where}: reword one, or move it'
            reader.find(one.file, one.keys, message, warning=True)


def _near(written: list[Written]) -> list[dict[int, float]]:
    """For each phrase the places of those that are like it, with how like they are: in their order of words, or in any."""
    near: list[dict[int, float]] = [{} for _ in written]
    for texts in ([" ".join(one.words) for one in written], [" ".join(sorted(one.words)) for one in written]):
        places = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        ordered = [texts[place] for place in places]
        lengths = [len(text) for text in ordered]
        for number, text in enumerate(ordered):
            longest = len(text) * (200 - NEAR) / NEAR  # a longer one cannot be as near
            rest = ordered[number + 1 : bisect_right(lengths, longest)]
            for _, score, ahead in process.extract(text, rest, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None):
                one, other = places[number], places[number + 1 + ahead]
                near[one][other] = near[other][one] = max(score, near[one].get(other, 0.0))
    return near


def _fact_words(reader: Reader, guide: Guide) -> None:
    """Words that tell a fact must be words."""
    for fact in guide.facts.values():
        for field, told in (("said", fact.said), ("answered", fact.answered)):
            for value, by_language in told.items():
                for language, texts in by_language.items():
                    for place, text in enumerate(texts):
                        if not words(text):
                            message = f'"{text}" has no words that could be compared: delete it'
                            file, keys = reader.word_place(fact.id, field, value, language)
                            reader.find(file, (*keys, place), message)
