"""The languages other than English: what iOS calls things there, plural forms, and texts whose English original has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.checking.texts import file_of, sayings, texts_of
from bot.cldr import plural_form
from bot.model import ENGLISH, Entry, Guide, Plural, Responses
from bot.originals import changed
from bot.reading import Reader
from bot.schemas.texts import MENUS, ORIGINALS

ON_SCREEN: Final = frozenset({"fixes", "questions"})
"""The groups whose bold words and paths are words on the phone's screen."""
COUNTED: Final = 200
"""Numbers up to here show every plural form that a language has for whole numbers; no text counts further."""
NAMED: Final = 12
"""Entries that are named in one line; more are counted."""
_SCREEN_WORDS: Final = re.compile(r"`([^`\n]+)`|\*\*(.+?)\*\*")
_BRACKETS: Final = re.compile(r"\s*[(（]([^()（）]+)[)）]$")


def check_translations(reader: Reader, guide: Guide) -> None:
    """Check every language but English."""
    for language, responses in guide.responses.items():
        if language != ENGLISH and ENGLISH in guide.responses:
            _Translation(reader, guide, responses).check()


@dataclass(frozen=True, slots=True)
class _Translation:
    reader: Reader
    guide: Guide
    responses: Responses

    @property
    def language(self) -> str:
        return self.responses.language

    def check(self) -> None:
        self._plurals()
        self._labels()
        self._originals()

    def _plurals(self) -> None:
        """A text that varies by a number has all the forms that whole numbers have in its language."""
        wanted = {plural_form(self.language, number) for number in range(COUNTED)}
        for group, key, _, text in texts_of(self.responses):
            if isinstance(text, Plural) and (missing := sorted(wanted - text.forms.keys())):
                message = f"{key}: this language says numbers in the forms {', '.join(sorted(wanted))}, and {', '.join(missing)} is missing"
                self.reader.find(file_of(self.language, group), [key], message)

    def _labels(self) -> None:
        """Each word of the phone's screen is a confirmed one, or carries the English one in brackets where an entry first names it."""
        unverified: set[str] = set()
        for group in ON_SCREEN:
            for key, entry in self.responses.groups[group].items():
                unverified |= self._entry(group, key, entry, self.guide.responses[ENGLISH].groups[group].get(key, {}))
        if unverified:
            message = f"{len(unverified)} labels are unverified, and carry the English one: {'; '.join(sorted(unverified))}"
            self.reader.find(f"responses/{self.language}/{MENUS}", [], message, warning=True)

    def _entry(self, group: str, key: str, entry: Entry, english: Entry) -> set[str]:
        """Check the labels of one entry; those that carry the English one."""
        original_text = " ".join(said for field, text in english.items() for _, said in sayings(key, field, text))
        originals = {label: original for label, original in map(_parted, _labels_of(entry)) if original and original in original_text}
        known = {*originals, *_labels_of(english), *self.reader.menus.get(self.language, {}).values()}
        for field, text in entry.items():
            for keys, said in sayings(key, field, text):
                for label in _labels(said):
                    if _parted(label)[0] not in known and _is_label(label):
                        message = f'"{label}" is no confirmed label of iOS in this language: put the English one in brackets after it'
                        self.reader.find(file_of(self.language, group), keys, message, warning=True)
        return {f"{label} ({original})" for label, original in originals.items()}

    def _originals(self) -> None:
        """Texts whose English original is another one now than when they were translated."""
        stale = changed(self.guide, self.language, self.reader.originals.get(self.language, {}))
        if stale:
            named = ", ".join(stale[:NAMED]) + (f" and {len(stale) - NAMED} more" if len(stale) > NAMED else "")
            message = (
                f"the English changed since this was translated: {named}. Look at them, then: python -m bot translated {self.language}"
            )
            self.reader.find(f"responses/{self.language}/{ORIGINALS}", [], message, warning=True)


def _labels_of(entry: Entry) -> Iterator[str]:
    for field, text in entry.items():
        for _, said in sayings("", field, text):
            yield from _labels(said)


def _labels(said: str) -> Iterator[str]:
    """The words on the phone's screen that a text names: each part of a path, and what is bold."""
    for path, bold in _SCREEN_WORDS.findall(said):
        yield from (part.strip() for part in (path or bold).replace("`", "").split("›"))


def _is_label(words: str) -> bool:
    """Whether this can be a label of iOS: not somebody's name, nor a word that is only stressed (iOS's own begin with a capital)."""
    return words[0] not in "[{" and not words[0].islower()


def _parted(label: str) -> tuple[str, str]:
    """A label and what stands in brackets behind it."""
    found = _BRACKETS.search(label)
    return (label[: found.start()], found[1]) if found else (label, "")
