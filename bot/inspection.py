"""What was found in the content, and where: gathered while it is read and checked."""

from __future__ import annotations

from collections.abc import Iterable

from bot.findings import Finding
from bot.schemas.intents import FACTS, PHRASES
from bot.yaml_lines import Document

Keys = tuple[str | int, ...]
"""What leads to a place in a file."""


class Inspection:
    """The files of a content folder, and all that is wrong with them.

    `ids` holds every id that the files name, also of entries that are broken, so that one mistake is not found twice.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.files: dict[str, Document] = {}
        self.ids: dict[str, set[str]] = {}
        self.places: dict[str, list[tuple[str, Keys]]] = {}
        """Intent -> file and keys of each of its phrases, in the intent's order."""
        self.menus: dict[str, dict[str, str]] = {}
        """Language -> English label of iOS -> the confirmed one in the language."""
        self.originals: dict[str, dict[str, dict[str, str]]] = {}
        """Language -> group -> entry -> fingerprint of the English text that was translated."""
        self.broken: set[tuple[str, str]] = set()
        """File and id of each entry that could not be read; with an empty id, the whole file."""

    def find(self, file: str, keys: Iterable[str | int], message: str, *, warning: bool = False) -> None:
        """Note a finding at a place in a file, given as the keys that lead there."""
        line = self.files[file].line_of(tuple(keys)) if file in self.files else 1
        self.findings.append(Finding(file, line, message, warning))

    def word_place(self, fact: str, field: str, value: str, language: str) -> tuple[str, Keys]:
        """Where the words stand that tell a value of a fact in a language."""
        told = self.files[FACTS].value[fact].get(field, {}).get(value, {})
        if language in told:
            return FACTS, (fact, field, value, language)
        return f"{PHRASES}/{language}.yaml", ("facts", fact, field, value)

    def is_broken(self, file: str, key: str) -> bool:
        """Whether this entry (or its whole file) could not be read, which has been found already."""
        return (file, key) in self.broken or (file, "") in self.broken
