"""The words by which people say that they did a fix: each means one fix, and none stands in what iOS itself says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.model import ENGLISH, Fix, Guide
from bot.normalising import words
from bot.reading import Reader
from bot.reported import ReportedReader, wording_of
from bot.schemas.intents import FACTS, FIXES, PHRASES

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Wording:
    """A wording of a fix, and where it stands."""

    fix: Fix
    language: str
    text: str
    file: str
    keys: Keys


def check_reported(reader: Reader, guide: Guide) -> None:
    """Check the words of all fixes, and what their cues make of iOS's own texts."""
    by_words: dict[tuple[str, tuple[str, ...]], _Wording] = {}
    for wording in (wording for fix in guide.fixes.values() for wording in _wordings(fix)):
        said = wording_of(wording.text)
        if not said:
            reader.find(wording.file, wording.keys, f'"{wording.text}" has no words that could be compared: delete it')
            continue
        if wording.fix.asks is not None or wording.fix.ends:
            message = f'"{wording.fix.id}" is never skipped, as it only looks or ends the road: delete its words'
            reader.find(wording.file, wording.keys, message)
        other = by_words.setdefault((wording.language, said), wording)
        if other.fix is not wording.fix:
            message = f'"{wording.text}" would mean {other.fix.id} as well: give it to one of them'
            reader.find(wording.file, wording.keys, message)
    _about(reader, guide)
    _on_screens(reader, guide)


def _wordings(fix: Fix) -> Iterator[_Wording]:
    for field, by_language in (("done", fix.done), ("named", fix.named)):
        for language, texts in by_language.items():
            file = FIXES if language == ENGLISH else f"{PHRASES}/{language}.yaml"
            keys: Keys = (fix.id, field, language) if language == ENGLISH else ("fixes", fix.id, field)
            for place, text in enumerate(texts):
                yield _Wording(fix, language, text, file, (*keys, place))


def _about(reader: Reader, guide: Guide) -> None:
    """What a fact is about must be intents."""
    for fact in guide.facts.values():
        for intent in fact.about:
            if intent not in guide.intents and not reader.is_broken(f"intents/{intent}.yaml", ""):
                reader.find(FACTS, [fact.id, "about"], f'there is no intent "{intent}"')


def _on_screens(reader: Reader, guide: Guide) -> None:
    """Who pastes what iOS says has not thereby done what it speaks of."""
    readers = {language: ReportedReader(guide.fixes, language, cues) for language, cues in guide.cues.items()}
    for intent in guide.intents.values():
        for phrase, (file, keys) in zip(intent.phrases, reader.places[intent.id], strict=True):
            if phrase.screen and phrase.language in readers:
                for fix in readers[phrase.language].read(phrase.text, words(phrase.text)).fixes:
                    reader.find(file, keys, f'by its words for "done" this text says that {fix} was done: make them more telling')
