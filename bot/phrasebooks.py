"""What intents/phrases/<language>.yaml adds to the guide: how the people of one language put each intent, fix and fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.cures import nearest
from bot.inspection import Inspection
from bot.model import Fact, Fix, Intent, Phrase
from bot.schemas.intents import FACTS, FIXES, PHRASES, IntentPhrases, PhrasebookFile, PhraseEntry


def phrases_of(listed: Iterable[str | PhraseEntry], language: str, *, screen: bool) -> Iterator[Phrase]:
    """The entries of one list as phrases."""
    for said in listed:
        yield Phrase(said if isinstance(said, str) else said.say, language, screen, {} if isinstance(said, str) else said.facts)


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Adds what a phrasebook says to the intents, fixes and facts that it is about."""

    inspection: Inspection
    language: str
    read: PhrasebookFile

    @property
    def file(self) -> str:
        return f"{PHRASES}/{self.language}.yaml"

    def add_to(self, intents: dict[str, Intent], fixes: dict[str, Fix], facts: dict[str, Fact]) -> None:
        """Replace each intent, fix and fact by one that has these phrases and words as well."""
        for key, entry in self.read.intents.items():
            if key in intents:
                intents[key] = self._with_phrases(intents[key], entry)
            elif not self.inspection.is_broken(f"intents/{key}.yaml", ""):
                self._unknown("intents", key, "intent", intents)
        for key, said in self.read.fixes.items():
            if key in fixes:
                done = {**fixes[key].done, self.language: said.done}
                fixes[key] = replace(fixes[key], done=done, named={**fixes[key].named, self.language: said.named})
            elif not self.inspection.is_broken(FIXES, key):
                self._unknown("fixes", key, "fix", fixes)
        for key, words in self.read.facts.items():
            if key in facts:
                facts[key] = replace(
                    facts[key],
                    said=self._with_words(facts[key], "said", words.said),
                    answered=self._with_words(facts[key], "answered", words.answered),
                )
            elif not self.inspection.is_broken(FACTS, key):
                self._unknown("facts", key, "fact", facts)

    def _with_phrases(self, intent: Intent, entry: IntentPhrases) -> Intent:
        added = (*phrases_of(entry.screens, self.language, screen=True), *phrases_of(entry.phrases, self.language, screen=False))
        places = [(part, place) for part in ("screens", "phrases") for place in range(len(getattr(entry, part)))]
        self.inspection.places[intent.id] += [(self.file, ("intents", intent.id, *keys)) for keys in places]
        return replace(intent, phrases=(*intent.phrases, *added))

    def _with_words(self, fact: Fact, field: str, told: Mapping[str, tuple[str, ...]]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Value -> language -> words, with those of this language. One language stands in one place."""
        merged = dict(getattr(fact, field))
        for value, words in told.items():
            keys = ("facts", fact.id, field, value)
            if value not in fact.values:
                self.inspection.find(self.file, keys, f'the fact "{fact.id}" has no value "{value}"{nearest(value, fact.values)}')
            elif self.language in merged.get(value, {}):
                self.inspection.find(self.file, keys, f"{FACTS} has words for this in the same language: put them all in one place")
            else:
                merged[value] = {**merged.get(value, {}), self.language: words}
        return merged

    def _unknown(self, part: str, key: str, what: str, known: Iterable[str]) -> None:
        self.inspection.find(self.file, (part, key), f'there is no {what} "{key}"{nearest(key, known)}')
