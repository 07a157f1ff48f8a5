"""Reads labelled messages from files: one JSON object a line (.jsonl), or YAML as in tests/utterances."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.cures import explained, nearest
from bot.evaluating.measures import LOOSE_LABELS, NearMiss, Utterance
from bot.findings import Finding
from bot.identifying import closest
from bot.model import ENGLISH
from bot.schemas.shapes import Id, Language, Strict
from bot.yaml_lines import Document, YamlProblem, raw_of

M = TypeVar("M", bound=BaseModel)
Text = Annotated[str, StringConstraints(min_length=1)]

SUFFIXES: Final = (".jsonl", ".yaml", ".yml")
EXAMPLE: Final = '{"text": "backup stuck since monday", "intent": "stalled"}'


class Said(Strict):
    """A message. also: intents that are right as well. language_code: the language of the sender's app, as Telegram tells it."""

    text: Text
    also: tuple[Id, ...] = ()
    language_code: str | None = None


class Message(Said):
    """A message in a YAML file. intent: its label, where the file has none for all."""

    intent: Id | None = None


class Row(Said):
    """A line of a .jsonl file. Fields of other names are somebody's notes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    intent: Id
    language: Language = Field(default=ENGLISH, validation_alias=AliasChoices("language", "lang"))


class Miss(Strict):
    """A message that must not be taken for the intent of its file."""

    text: Text
    intent: Id


class UtteranceFile(Strict):
    """A YAML file: messages of one language, and, where they say nothing else, of one intent."""

    intent: Id | None = None
    language: Language = ENGLISH
    messages: tuple[Message, ...] = Field(min_length=1)
    near_misses: tuple[Miss, ...] = ()


class UtterancesError(Exception):
    """Messages cannot be used: one line for each file in which something is wrong, with its place and cure."""


@dataclass(slots=True)
class Collected:
    """What was read from files."""

    utterances: list[Utterance] = field(default_factory=list)
    near_misses: list[NearMiss] = field(default_factory=list)

    def only(self, code: str) -> Collected:
        """What is in one language. Raises UtterancesError when nothing is."""
        languages = {one.language for one in self.utterances}
        if (language := closest(code, languages)) is None:
            raise UtterancesError(f'no message is in "{code}": there are {", ".join(sorted(languages))}')
        misses = [one for one in self.near_misses if one.language == language]
        return Collected([one for one in self.utterances if one.language == language], misses)


def read_utterances(paths: Iterable[Path], intents: Collection[str]) -> Collected:
    """All messages in some files, and in the files below some folders.

    intents: what a label may be, besides the loose labels. Raises UtterancesError when a file cannot be read.
    """
    collected, findings = Collected(), []
    for path in _files(paths):
        try:
            _read(path, _Labels(path, intents), collected)
        except _Unreadable as wrong:
            findings.append(wrong.finding)
    if findings:
        raise UtterancesError("\n".join(map(str, findings)))
    return collected


def _files(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant, each once. What is no folder is given back as it is."""
    found: dict[Path, Path] = {}
    for path in paths:
        below = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES) if path.is_dir() else [path]
        if not below:
            raise UtterancesError(f"{path}: no file below this folder ends in {', '.join(SUFFIXES)}: name another folder, or a file")
        found |= {one.resolve(): one for one in below}
    return list(found.values())


def _read(path: Path, labels: _Labels, collected: Collected) -> None:
    if path.suffix not in SUFFIXES:
        raise _Unreadable(path, 1, f"the name ends in none of {', '.join(SUFFIXES)}: give the file the ending of what is in it")
    try:
        raw = path.read_bytes() if path.suffix == ".jsonl" else raw_of(path)
    except OSError as error:
        raise _Unreadable(path, 1, f"the file cannot be read ({error.strerror or error}): look at its name and its rights") from None
    if path.suffix == ".jsonl":
        collected.utterances += _from_lines(path, raw, labels)
    else:
        _from_yaml(path, raw, labels, collected)


class _Unreadable(Exception):
    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(str(path), line, message)


@dataclass(frozen=True, slots=True)
class _Labels:
    """Sees to it that labels are intents that there are."""

    path: Path
    intents: Collection[str]

    def check(self, label: str, line: int) -> str:
        known = {*self.intents, *LOOSE_LABELS}
        if label not in known:
            raise _Unreadable(self.path, line, f'there is no intent "{label}"{nearest(label, known)}: correct it, or add the intent first')
        return label


# --- .jsonl --------------------------------------------------------------------------------------------------------------


def _from_lines(path: Path, raw: bytes, labels: _Labels) -> Iterator[Utterance]:
    empty = True
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            empty = False
            row = _validated(Row, _loaded(path, number, line), lambda _keys: number, path)  # noqa: B023 - called at once
            right = (labels.check(row.intent, number), *(labels.check(also, number) for also in row.also))
            yield Utterance(row.text, right, row.language, row.language_code, f"{path}:{number}")
    if empty:
        raise _Unreadable(path, 1, f"the file is empty: write one message on each line, such as {EXAMPLE}")


def _loaded(path: Path, number: int, line: bytes) -> Any:
    try:
        value = json.loads(line)
    except UnicodeDecodeError:
        raise _Unreadable(path, number, "this is not UTF-8 text: save the file with the encoding UTF-8") from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _Unreadable(path, number, f"this is no JSON object: write one on each line, such as {EXAMPLE}")
    return value


# --- YAML ----------------------------------------------------------------------------------------------------------------


def _from_yaml(path: Path, raw: bytes, labels: _Labels, collected: Collected) -> None:
    try:
        document = Document(raw)
    except YamlProblem as problem:
        raise _Unreadable(path, problem.line, problem.message) from None
    if document.value is None:
        raise _Unreadable(path, 1, "the file is empty: it needs `intent` (or `language`) and `messages`")
    read = _validated(UtteranceFile, document.value, document.line_of, path)
    for place, message in enumerate(read.messages):
        line = document.line_of(("messages", place))
        label = message.intent or read.intent
        if label is None:
            raise _Unreadable(path, line, "the message has no label: give it an `intent`, or the whole file one")
        right = (labels.check(label, line), *(labels.check(also, line) for also in message.also))
        collected.utterances.append(Utterance(message.text, right, read.language, message.language_code, f"{path}:{line}"))
    for place, miss in enumerate(read.near_misses):
        line = document.line_of(("near_misses", place))
        if read.intent is None:
            raise _Unreadable(path, line, "a near miss looks like the `intent` of its file, and the file has none: add it")
        intent = labels.check(miss.intent, line)
        collected.near_misses.append(NearMiss(miss.text, read.intent, intent, read.language, f"{path}:{line}"))


def _validated(model: type[M], value: Any, line_of: Callable[[Sequence[str | int]], int], path: Path) -> M:
    """A value as a model."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        keys, message = explained(error.errors(include_url=False)[0], model)
        raise _Unreadable(path, line_of(keys), message) from None
