"""Reads intents/ and responses/ into a Guide, and reports every problem at once, each with file, line and cure.

The YAML is read by libyaml into plain values, checked by pydantic models (which also give the JSON Schemas for editors),
and turned into the frozen nouns of `model`. Line numbers are looked up only where there is something to report.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from bot.model import ByFact, Entry, Fact, Fix, Guide, Intent, Kind, Phrase, Plural, Responses, Step, Text
from bot.schemas import GROUPS, SCHEMAS, FactFile, FixFile, IntentFile, StepEntry, TextFile
from bot.yaml_lines import Loader, line_of

PLURAL_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong (or, as a warning, doubtful) in the content: where, what, and how to mend it."""

    file: str
    line: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        word = "warning: " if self.warning else ""
        return f"{self.file}:{self.line}: {word}{self.message}"


class ContentError(Exception):
    """The content cannot be used. `findings` lists everything that is wrong."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def content_dir(chosen: Path | None = None) -> Path:
    """Where intents/ and responses/ are: the operator's own folder, else inside the package, else beside it (a checkout).

    Raises ContentError when they are nowhere.
    """
    package = Path(__file__).resolve().parent
    places = [chosen] if chosen is not None else [package, package.parent]
    for place in places:
        if (place / "intents").is_dir() and (place / "responses").is_dir():
            return place
    cure = "set CONTENT_DIR to a folder that holds intents/ and responses/"
    raise ContentError([Finding(str(places[-1]), 1, f"no intents/ and responses/ here: {cure}")])


def load_guide(folder: Path) -> Guide:
    """All content below a folder, as a Guide. Raises ContentError with everything that is wrong, not only the first."""
    reader = Reader(folder)
    guide = reader.guide()
    if reader.findings:
        raise ContentError(sorted(set(reader.findings)))
    return guide


class Reader:
    """Reads one content folder; what is wrong gathers in `findings`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.files: dict[str, Any] = {}

    def guide(self) -> Guide:
        """The guide as far as it can be read, its cross-references checked."""
        fixes = self._fixes("intents/fixes.yaml")
        facts = self._facts("intents/facts.yaml")
        intents = dict(self._intents())
        responses = {language: self._responses(language) for language in self._languages()}
        guide = Guide(intents, fixes, facts, responses)
        _References(self, guide).check()
        return guide

    def find(self, file: str, keys: Iterable[str | int], message: str, *, warning: bool = False) -> None:
        """Note a finding at a place in a file, given as the keys that lead there."""
        self.findings.append(Finding(file, line_of(self.folder / file, tuple(keys)), message, warning))

    # --- reading one file ---

    def _read(self, file: str, model: type[BaseModel]) -> BaseModel | None:
        path = self.folder / file
        try:
            raw = yaml.load(path.read_bytes(), Loader)  # noqa: S506 - our Loader is a SafeLoader
        except FileNotFoundError:
            self.findings.append(Finding(file, 1, "the file is missing"))
            return None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error)
            self.findings.append(Finding(file, mark.line + 1 if mark else 1, f"this is not YAML: {reason}"))
            return None
        self.files[file] = raw
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for problem in error.errors():
                self._note_invalid(file, problem["loc"], problem["msg"], problem["type"])
            return None

    def _note_invalid(self, file: str, place: tuple[str | int, ...], message: str, kind: str) -> None:
        keys = [key for key in place if isinstance(key, int) or not key.endswith(("Entry", "Texts", "str]", "...]", "str", "Model"))]
        name = ".".join(str(key) for key in keys) or "the file"
        said = {"extra_forbidden": "no such field; see README.md beside the file", "missing": "this field is missing"}.get(kind, message)
        self.find(file, keys, f"{name}: {said}")

    def _fixes(self, file: str) -> dict[str, Fix]:
        read = self._read(file, FixFile)
        if not isinstance(read, FixFile):
            return {}
        return {key: Fix(id=key, **{**entry.model_dump(), "only_if": _conditions(entry.only_if)}) for key, entry in read.root.items()}

    def _facts(self, file: str) -> dict[str, Fact]:
        read = self._read(file, FactFile)
        return {key: Fact(id=key, **entry.model_dump()) for key, entry in read.root.items()} if isinstance(read, FactFile) else {}

    def _intents(self) -> Iterator[tuple[str, Intent]]:
        for path in sorted((self.folder / "intents").glob("*.yaml")):
            if path.name in ("fixes.yaml", "facts.yaml"):
                continue
            file = f"intents/{path.name}"
            read = self._read(file, IntentFile)
            if isinstance(read, IntentFile):
                if read.id != path.stem:
                    self.find(file, ["id"], f'the id is "{read.id}", but the file is called {path.name}: give both the same name')
                yield read.id, _intent(read)

    def _languages(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "responses").iterdir() if path.is_dir())

    def _responses(self, language: str) -> Responses:
        groups = {}
        for group in GROUPS:
            read = self._read(f"responses/{language}/{group}.yaml", SCHEMAS[group])
            texts = read.model_dump(exclude_none=True) if isinstance(read, TextFile) else {}
            groups[group] = {key: _entry(fields) for key, fields in texts.items()}
        return Responses(language, groups)


def _intent(read: IntentFile) -> Intent:
    phrases = [
        Phrase(said if isinstance(said, str) else said.say, language, screen, {} if isinstance(said, str) else said.facts)
        for by_language, screen in ((read.screens, True), (read.phrases, False))
        for language, listed in by_language.items()
        for said in listed
    ]
    steps = tuple(_step(entry) for entry in read.fixes)
    return Intent(read.id, Kind(read.kind), tuple(phrases), steps, read.then, read.menu, read.source, read.vague)


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


@dataclass(frozen=True, slots=True)
class _References:
    """Checks that everything named in the content exists."""

    reader: Reader
    guide: Guide

    def check(self) -> None:
        for fix in self.guide.fixes.values():
            self._fix(fix)
        for intent in self.guide.intents.values():
            self._intent(intent)

    def _fix(self, fix: Fix) -> None:
        file = "intents/fixes.yaml"
        for fact in (*fix.only_if, *fix.needs, *([fix.asks] if fix.asks else [])):
            self._known(file, [fix.id], "fact", fact, self.guide.facts)
        self._values(file, [fix.id, "only_if"], fix.only_if)
        if fix.test is not None:
            self._known(file, [fix.id, "test"], "fix", fix.test, self.guide.fixes)

    def _intent(self, intent: Intent) -> None:
        file = f"intents/{intent.id}.yaml"
        errors = {key: other for key, other in self.guide.intents.items() if other.kind is Kind.ERROR}
        if intent.then is not None:
            self._known(file, ["then"], "error", intent.then, errors)
        for place, step in enumerate(intent.steps):
            keys = ["fixes", place]
            for fix in step.fixes:
                self._known(file, keys, "fix", fix, self.guide.fixes)
            if step.go is not None:
                self._known(file, keys, "error", step.go, errors)
            for fact in step.only_if:
                self._known(file, keys, "fact", fact, self.guide.facts)
            self._values(file, keys, step.only_if)
        for phrase in intent.phrases:
            for fact, value in phrase.facts.items():
                self._known(file, ["phrases"], "fact", fact, self.guide.facts)
                self._values(file, ["phrases"], {fact: (value,)})

    def _known(self, file: str, keys: Sequence[str | int], what: str, name: str, known: Mapping[str, object]) -> None:
        if name not in known:
            self.reader.find(file, keys, f'there is no {what} "{name}"{nearest(name, known)}')

    def _values(self, file: str, keys: Sequence[str | int], conditions: Mapping[str, tuple[str, ...]]) -> None:
        for fact, values in conditions.items():
            for value in values:
                if fact in self.guide.facts and value not in self.guide.facts[fact].values:
                    known = self.guide.facts[fact].values
                    self.reader.find(file, keys, f'the fact "{fact}" has no value "{value}"{nearest(value, known)}; its values: {", ".join(known)}')


def nearest(name: str, known: Iterable[str]) -> str:
    """A question for the author: "did you mean …?", or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def folder_from_environment() -> Path | None:
    """The operator's own content folder, if CONTENT_DIR names one."""
    chosen = os.environ.get("CONTENT_DIR")
    return Path(chosen) if chosen else None
