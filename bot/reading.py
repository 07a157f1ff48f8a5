"""Reads intents/ and responses/ into a Guide, and finds every problem at once, each with file, line and cure.

The YAML is read by libyaml into plain values, checked by pydantic models (which also give the JSON Schemas for editors),
and turned into the frozen nouns of `model`. Line numbers are looked up only where there is something wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from bot.cures import explained, nearest
from bot.findings import ContentError, Finding
from bot.inspection import Inspection
from bot.model import ENGLISH, AgeCues, ByFact, Cues, Entry, Fact, Fix, Guide, Intent, Kind, Plural, Responses, Sketch, Step, Text, TimeCues
from bot.phrasebooks import Phrasebook, phrases_of
from bot.references import References
from bot.schemas.intents import (
    CUES,
    FACTS,
    FIXES,
    PHRASES,
    STANDARD,
    CueEntry,
    CueFile,
    FactFile,
    FixEntry,
    FixFile,
    IntentFile,
    PhrasebookFile,
    PictureEntry,
    StandardFile,
    StepEntry,
)
from bot.schemas.shapes import LANGUAGE, PLURAL_FORMS
from bot.schemas.texts import MENUS, ORIGINALS, TEXT_FILES, MenuFile, OriginalsFile
from bot.yaml_lines import Document, YamlProblem, raw_of

M = TypeVar("M", bound=BaseModel)


def read_guide(folder: Path) -> Guide:
    """All content below a folder, read from its YAML. Raises ContentError with everything that is wrong, not only the first."""
    reader = Reader(folder)
    guide = reader.guide()
    errors = sorted({finding for finding in reader.findings if not finding.warning})
    if errors:
        raise ContentError(errors)
    return guide


class Reader(Inspection):
    """Reads one content folder; what is wrong gathers in `findings`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def guide(self) -> Guide:
        """The guide as far as it can be read, its cross-references checked."""
        fixes = {key: _fix(key, entry) for key, entry in self._entries(FIXES, FixFile).items()}
        facts = {key: Fact(id=key, **entry.model_dump()) for key, entry in self._entries(FACTS, FactFile).items()}
        intents = dict(self._intents())
        for book in self._phrasebooks():
            Phrasebook(self, *book).add_to(intents, fixes, facts)
        intents = {key: replace(intent, screens=_screens(intent)) for key, intent in intents.items()}
        responses = {language: self._responses(language) for language in self._languages()}
        guide = Guide(intents, fixes, facts, responses, self._cues(), self._standard())
        References(self, guide).check()
        return guide

    # --- reading one file ---

    def _document(self, file: str) -> Document | None:
        try:
            self.files[file] = Document(raw_of(self.folder / file))
        except FileNotFoundError:
            self._whole_file(file, 1, "the file is missing")
        except OSError as error:
            self._whole_file(file, 1, f"the file cannot be read: {error.strerror or error}")
        except YamlProblem as problem:
            self._whole_file(file, problem.line, problem.message)
        return self.files.get(file)

    def _whole_file(self, file: str, line: int, message: str) -> None:
        self.broken.add((file, ""))
        self.findings.append(Finding(file, line, message))

    def _validated(self, file: str, model: type[M]) -> M | None:
        """A file as its model. Every problem in it is reported."""
        document = self._document(file)
        if document is None:
            return None
        if document.value is None:
            self._whole_file(file, 1, "the file is empty: see README.md beside it for what belongs in it")
            return None
        try:
            return model.model_validate(document.value)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            for problem in problems:
                keys, message = explained(problem, model)
                self.find(file, keys, message)
            self.broken |= {(file, str(problem["loc"][0]) if problem["loc"] else "") for problem in problems}
            return None

    def _entries(self, file: str, model: type[RootModel[Any]]) -> dict[str, Any]:
        """The entries of a file that holds one per id, without those that are broken."""
        read = self._validated(file, model)
        raw = self.files[file].value if file in self.files else None
        self.ids[file] = set(raw) if isinstance(raw, dict) else set()
        if read is None and isinstance(raw, dict):
            read = model.model_validate({key: entry for key, entry in raw.items() if not self.is_broken(file, key)})
        return dict(read.root) if read is not None else {}

    def _intents(self) -> Iterator[tuple[str, Intent]]:
        for path in self._listed("intents"):
            file = f"intents/{path.name}"
            if file in (FIXES, FACTS, CUES, PHRASES, STANDARD):
                continue
            if path.suffix != ".yaml":
                self._stray(file)
                continue
            self.ids.setdefault("intents", set()).add(path.stem)
            read = self._validated(file, IntentFile)
            if read is None:
                self.broken.add((file, ""))
            elif read.id != path.stem:
                self.broken.add((file, ""))
                self.find(file, ["id"], f'the id is "{read.id}", but the file is called {path.name}: give both the same name')
            else:
                self.places[read.id] = [
                    (file, (part, language, place))
                    for part, by_language in (("screens", read.screens), ("phrases", read.phrases))
                    for language, listed in by_language.items()
                    for place in range(len(listed))
                ]
                yield read.id, _intent(read)

    def _cues(self) -> dict[str, Cues]:
        """Language -> its cues. A guide that has none reads no reported fixes and no denials."""
        if not (self.folder / CUES).exists():
            return {}
        return {language: _cues(entry) for language, entry in self._entries(CUES, CueFile).items()}

    def _phrasebooks(self) -> Iterator[tuple[str, PhrasebookFile]]:
        """Language and content of each phrasebook."""
        for path in self._listed(PHRASES) if (self.folder / PHRASES).exists() else ():
            file = f"{PHRASES}/{path.name}"
            if path.suffix != ".yaml" or not re.fullmatch(LANGUAGE, path.stem):
                message = "only files named after a language are read here, such as de.yaml or pt.yaml"
                self.find(file, [], message, warning=True)
            elif (read := self._validated(file, PhrasebookFile)) is not None:
                yield path.stem, read

    def _standard(self) -> dict[str, tuple[str, ...]]:
        """What iOS shows to everybody, by language; a guide without it reads screenshots less well."""
        read = self._validated(STANDARD, StandardFile) if (self.folder / STANDARD).exists() else None
        return dict(read.root) if read is not None else {}

    def _listed(self, folder: str) -> list[Path]:
        """What lies in a folder, but for hidden things and its README."""
        if not (self.folder / folder).is_dir():
            self.findings.append(Finding(folder, 1, "the folder is missing"))
            return []
        paths = sorted((self.folder / folder).iterdir())
        return [path for path in paths if not path.name.startswith((".", "_")) and path.name != "README.md"]

    def _stray(self, file: str) -> None:
        self.find(file, [], "this is not read: content files end in .yaml, and there are no folders within folders", warning=True)

    def _languages(self) -> list[str]:
        languages = []
        for path in self._listed("responses"):
            if path.is_dir() and re.fullmatch(LANGUAGE, path.name):
                languages.append(path.name)
            else:
                self.find(
                    f"responses/{path.name}", [], "only folders named after a language are read here, such as en, de or pt-BR", warning=True
                )
        if ENGLISH not in languages:
            self.findings.append(Finding(f"responses/{ENGLISH}", 1, "English is missing: every other language falls back to it"))
        return languages

    def _responses(self, language: str) -> Responses:
        groups: dict[str, Mapping[str, Entry]] = {}
        folder = self.folder / "responses" / language
        for path in self._listed(f"responses/{language}"):
            if path.name == MENUS and (menus := self._validated(f"responses/{language}/{MENUS}", MenuFile)) is not None:
                self.menus[language] = menus.root
            elif path.name == ORIGINALS and (noted := self._validated(f"responses/{language}/{ORIGINALS}", OriginalsFile)) is not None:
                self.originals[language] = noted.root
            elif path.name not in (MENUS, ORIGINALS) and (path.stem not in TEXT_FILES or path.suffix != ".yaml"):
                close = nearest(path.name, [f"{group}.yaml" for group in TEXT_FILES])
                self.find(f"responses/{language}/{path.name}", [], f"no such file is read here{close}", warning=True)
        for group, model in TEXT_FILES.items():
            file = f"responses/{language}/{group}.yaml"
            if language != ENGLISH and not (folder / f"{group}.yaml").exists():
                self.findings.append(Finding(file, 1, "the file is missing: its texts are shown in English", warning=True))
                self.broken.add((file, ""))
                groups[group] = {}
                continue
            entries = self._entries(file, model)
            groups[group] = {
                key: _entry(entry.model_dump(exclude_none=True) if isinstance(entry, BaseModel) else entry)
                for key, entry in entries.items()
            }
        return Responses(language, groups)


def _fix(key: str, entry: FixEntry) -> Fix:
    picture = None if entry.picture is None else _sketch(entry.picture)
    return Fix(id=key, **{**entry.model_dump(), "only_if": _conditions(entry.only_if), "picture": picture})


def _sketch(entry: PictureEntry) -> Sketch:
    return Sketch(
        path=entry.path or 0,
        row=entry.row or 0,
        action=entry.action or 0,
        switch=entry.switch or 0,
        on=entry.turn == "on",
        buttons=entry.buttons or "",
        unless=_conditions(entry.unless),
    )


def _intent(read: IntentFile) -> Intent:
    phrases = [
        phrase
        for by_language, screen in ((read.screens, True), (read.phrases, False))
        for language, listed in by_language.items()
        for phrase in phrases_of(listed, language, screen=screen)
    ]
    steps = tuple(_step(entry) for entry in read.fixes)
    return Intent(read.id, Kind(read.kind), tuple(phrases), steps, read.then, read.menu, read.source, read.vague)


def _cues(entry: CueEntry) -> Cues:
    told = entry.model_dump()
    return Cues(**{**told, "times": TimeCues(**told["times"]), "ages": AgeCues(**told["ages"])})


def _screens(intent: Intent) -> dict[str, str]:
    """How iOS words an error, by language: its first text of each."""
    return {phrase.language: phrase.text for phrase in reversed(intent.phrases) if phrase.screen and intent.kind is Kind.ERROR}


def _step(entry: StepEntry) -> Step:
    fixes = (entry.fix,) if isinstance(entry.fix, str) else entry.fix
    return Step(fixes, entry.go, entry.likely, _conditions(entry.only_if), entry.source, entry.cures)


def _conditions(only_if: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {fact: tuple(values) for fact, values in only_if.items()}


def _entry(fields: Any) -> Entry:
    """The texts of one id by field; a bare text is the field `text`, and a map within a field becomes `field/key`."""
    if isinstance(fields, str | list | tuple) or "by" in fields:
        return {"text": _text(fields)}
    entry: dict[str, Text] = {}
    for field, value in fields.items():
        if isinstance(value, Mapping) and "by" not in value:
            entry.update({f"{field}/{key}": _text(text) for key, text in value.items()})
        else:
            entry[field] = _text(value)
    return entry


def _text(value: Any) -> Text:
    if isinstance(value, Mapping):
        by, texts = str(value["by"]), {key: _flat(text) for key, text in value.items() if key != "by"}
        if texts.keys() <= PLURAL_FORMS:
            return Plural(by, {form: str(text) for form, text in texts.items()})
        return ByFact(by, {key: text for key, text in texts.items() if key != "otherwise"}, texts["otherwise"])
    return _flat(value)


def _flat(value: Any) -> str | tuple[str, ...]:
    return tuple(str(line) for line in value) if isinstance(value, list | tuple) else str(value).strip()
