"""What is said: nothing missing, nothing for what does not exist, and every placeholder filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from bot.cures import nearest
from bot.markup import plain
from bot.model import ENGLISH, ByFact, Entry, Guide, Kind, Plural, Responses, Risk, Text
from bot.reading import Reader
from bot.schemas.intents import FACTS, FIXES
from bot.templates import LABELS, REPLIES
from bot.wording import placeholders

NUMBERS: Final = frozenset({"count", "minutes", "more", "number"})
"""The placeholders that stand for a number, and so may choose a plural form."""
SHOWN_IF_THERE: Final = ("warning", "lost", "kept", "notes/")
"""Fields that are left out without a word where a language does not have them."""

Place = tuple[str, tuple[str | int, ...]]
"""A file, and the keys that lead to a place in it."""
Wanted = Mapping[str, Mapping[str, frozenset[str]]]
"""Group -> id -> the fields that must be there."""


def check_texts(reader: Reader, guide: Guide) -> None:
    """Check every language: English must be complete, the others fall back to it."""
    wanted = _wanted(guide)
    for responses in guide.responses.values():
        _Language(reader, guide, responses, wanted).check()


def file_of(language: str, group: str) -> str:
    return f"responses/{language}/{group}.yaml"


def texts_of(responses: Responses) -> Iterator[tuple[str, str, str, Text]]:
    """Every text of a language: its group, id and field, and the text."""
    for group, entries in responses.groups.items():
        for key, entry in entries.items():
            for field, text in entry.items():
                yield group, key, field, text


def keys_of(key: str, field: str) -> tuple[str, ...]:
    """The keys that lead to a text in its file."""
    return (key,) if field == "text" else (key, *field.split("/"))


def sayings(key: str, field: str, text: Text) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every single text in a text that may vary and may be a list, with the keys that lead to it."""
    keys: tuple[str | int, ...] = keys_of(key, field)
    variants: dict[tuple[str | int, ...], str | tuple[str, ...]]
    match text:
        case ByFact():
            variants = {(*keys, value): said for value, said in (*text.texts.items(), ("otherwise", text.otherwise))}
        case Plural():
            variants = {(*keys, form): said for form, said in text.forms.items()}
        case _:
            variants = {keys: text}
    for place, said in variants.items():
        if isinstance(said, str):
            yield place, said
        else:
            yield from (((*place, number), line) for number, line in enumerate(said))


# --- nothing missing, nothing too much --------------------------------------------------------------------------------


def _wanted(guide: Guide) -> Wanted:
    tests = {fix.test for fix in guide.fixes.values()}
    text = frozenset({"text"})
    return {
        "intents": {
            intent.id: frozenset({"name", "means" if intent.kind is Kind.ERROR else "answer"})
            for intent in guide.intents.values()
            if intent.kind is not Kind.ACT
        },
        "fixes": {
            fix.id: frozenset(
                {"title", "why", "steps", "worked"}
                | ({"warning"} if fix.risk is not Risk.NONE else set())
                | ({"lost", "kept"} if fix.confirm else set())
                | ({"test"} if fix.id in tests else set())
            )
            for fix in guide.fixes.values()
        },
        "questions": {fact.id: frozenset({"name", "ask", *(f"options/{value}" for value in fact.values)}) for fact in guide.facts.values()},
        "replies": dict.fromkeys(REPLIES, text),
        "buttons": dict.fromkeys(LABELS, text),
    }


_DEFINED: Final = {"fixes": FIXES, "questions": FACTS}
_ONE: Final = {"intents": "intent", "fixes": "fix", "questions": "fact", "replies": "reply", "buttons": "button", "words": "word"}


@dataclass(frozen=True, slots=True)
class _Language:
    """The texts of one language, and what there must be."""

    reader: Reader
    guide: Guide
    responses: Responses
    wanted: Wanted

    def check(self) -> None:
        self._unknown_entries()
        self._missing()
        self._never_shown()
        for group, key, field, text in texts_of(self.responses):
            place = (self._file(group), keys_of(key, field))
            if isinstance(text, Plural):
                self._by_number(place, text, NUMBERS.intersection(REPLIES.get(key, ())) if group == "replies" else frozenset())
            if isinstance(text, ByFact):
                self._by_fact(place, text)
            own = frozenset(REPLIES.get(key, ())) if group == "replies" else frozenset()
            for keys, said in sayings(key, field, text):
                self._filled((self._file(group), keys), said, own)
                self._marks((self._file(group), keys), said)
        self._no_circles()

    @property
    def _english(self) -> Responses | None:
        """English, where this is another language."""
        return self.guide.responses.get(ENGLISH) if self.responses.language != ENGLISH else None

    def _file(self, group: str) -> str:
        return file_of(self.responses.language, group)

    # --- nothing missing, nothing too much ---

    def _unknown_entries(self) -> None:
        """Texts for what does not exist."""
        for group, known in self.wanted.items():
            file = self._file(group)
            for key in sorted(self.reader.ids.get(file, set()) - known.keys()):
                if group == "intents" and key in self.guide.intents:
                    self.reader.find(
                        file, [key], f'"{key}" is an act, and acts have no texts: what is said after one stands in replies.yaml'
                    )
                elif not self._is_broken(group, key):
                    self.reader.find(file, [key], f'there is no {_ONE[group]} "{key}" that would show this{nearest(key, known)}')

    def _is_broken(self, group: str, key: str) -> bool:
        """Whether what a text belongs to is there but cannot be read, which has been found already."""
        definitions = _DEFINED.get(group, group)
        return key in self.reader.ids.get(definitions, set()) or self.reader.is_broken(definitions, "")

    def _missing(self) -> None:
        """What a language does not say. Where English says it instead, that is only a warning."""
        wanted = {**self.wanted}
        if self._english is not None:
            wanted["words"] = dict.fromkeys(self._english.groups["words"], frozenset({"text"}))
        for group, known in wanted.items():
            for key, fields in known.items():
                entry = self.responses.groups[group].get(key)
                if self.reader.is_broken(self._file(group), key) and (key != "own-name" or self._english is None):
                    continue  # found already; but a whole file may be missing, and this one name is needed all the same
                if entry is None:
                    self._no_entry(group, key)
                else:
                    self._no_field(group, key, fields - entry.keys(), self._silent(group, key, entry))

    def _no_entry(self, group: str, key: str) -> None:
        file = self._file(group)
        what = f'the {_ONE[group]} "{key}" has no entry in {file}{nearest(key, self.reader.ids.get(file, set()))}'
        if key == "own-name" and self._english is not None:
            self.reader.find(file, [], f"{what}: add the name of the language, in the language")
        elif self._english is not None:
            self.reader.find(file, [], f"{what}: it is shown in English", warning=True)
        elif group == "intents":
            self.reader.find(f"intents/{key}.yaml", ["id"], f"{what}: add one")
        else:
            self.reader.find(_DEFINED.get(group, file), [key], f"{what}: add one")

    def _silent(self, group: str, key: str, entry: Entry) -> set[str]:
        """Fields that English has and this entry has not, and that are left out without a word."""
        english = self._english.groups[group].get(key, {}) if self._english is not None else {}
        return {field for field in english.keys() - entry.keys() if field.startswith(SHOWN_IF_THERE)}

    def _no_field(self, group: str, key: str, missing: AbstractSet[str], silent: AbstractSet[str]) -> None:
        quiet = {field for field in missing if field.startswith(SHOWN_IF_THERE)} | silent
        if quiet:
            self.reader.find(self._file(group), [key], f"{key}: {_listed(quiet)} missing, and would be left out without a word: add it")
        if loud := missing - quiet:
            foreign = self._english is not None
            cure = "the whole message is shown in English" if foreign else "add it"
            self.reader.find(self._file(group), [key], f"{key}: {_listed(loud)} missing: {cure}", warning=foreign)

    def _never_shown(self) -> None:
        """Fields that nothing shows, and answers that a question does not have."""
        for group in ("intents", "fixes", "questions"):
            for key, entry in self.responses.groups[group].items():
                fields = self.wanted[group].get(key)
                for field in sorted(entry.keys() - fields - {"warning", "label", "short"}) if fields is not None else ():
                    part, _, value = field.partition("/")
                    if group != "questions":
                        self.reader.find(self._file(group), [key, field], f"{key}: `{field}` is never shown here: delete it", warning=True)
                    elif key in self.guide.facts and value not in self.guide.facts[key].values:
                        self._no_such_value((self._file(group), (key, part, value)), key, value)

    # --- what a text varies by, its placeholders and its marks ---

    def _by_number(self, place: Place, text: Plural, numbers: AbstractSet[str]) -> None:
        if text.by not in numbers:
            here = f"here it may be {' or '.join(sorted(numbers))}" if numbers else "only some replies vary by a number"
            cure = "a text that varies by a fact needs `otherwise:`" if text.by in self.guide.facts else here
            self.reader.find(place[0], (*place[1], "by"), f'"{text.by}" is no number of this text: {cure}{nearest(text.by, numbers)}')

    def _by_fact(self, place: Place, text: ByFact) -> None:
        file, keys = place
        if text.fact in self.guide.facts:
            for value in sorted(text.texts.keys() - set(self.guide.facts[text.fact].values)):
                self._no_such_value((file, (*keys, value)), text.fact, value)
        elif text.fact not in self.reader.ids.get(FACTS, set()) and not self.reader.is_broken(FACTS, ""):
            self.reader.find(file, (*keys, "by"), f'there is no fact "{text.fact}"{nearest(text.fact, self.guide.facts)}')

    def _no_such_value(self, place: Place, fact: str, value: str) -> None:
        values = self.guide.facts[fact].values
        self.reader.find(*place, f'the fact "{fact}" has no value "{value}"{nearest(value, values)}; its values: {", ".join(values)}')

    def _filled(self, place: Place, said: str, own: AbstractSet[str]) -> None:
        """Every placeholder has something to stand for."""
        words = {*self.responses.groups["words"], *(self._english or self.responses).groups["words"]}
        if self.reader.is_broken(file_of(ENGLISH, "words"), ""):
            return
        for name in sorted(placeholders(said) - words - own):
            here = ", ".join(sorted(own | words))
            self.reader.find(*place, f"nothing fills the placeholder {{{name}}}{nearest(name, words | own)}; here there are {here}")
        if stray := re.search(r"\{[^{}]*\}?|\}", re.sub(r"\{[a-z_]+\}", "", said)):
            self.reader.find(*place, f"{stray[0]} is no placeholder: they are small letters in braces, such as {{device}}")

    def _marks(self, place: Place, said: str) -> None:
        for mark in ("**", "`"):
            if mark in plain(said):
                self.reader.find(*place, f"a {mark} stands without its partner: marks come in pairs, on one line")

    def _no_circles(self) -> None:
        """No word may stand for itself, be it by way of others."""
        words = self.responses.groups["words"]
        named = {
            word: {name for _, said in sayings(word, "text", entry["text"]) for name in placeholders(said)} for word, entry in words.items()
        }
        for word, names in named.items():
            reached, ahead = set(names), names
            while ahead:
                ahead = {name for other in ahead for name in named.get(other, set())} - reached
                reached |= ahead
            if word in reached:
                self.reader.find(self._file("words"), [word], f"{{{word}}} stands for itself in the end: take it out of its own text")


def _listed(fields: AbstractSet[str]) -> str:
    named = [field.replace("/", " › ") for field in sorted(fields)]
    return f"{', '.join(named)} {'is' if len(named) == 1 else 'are'}"
