"""The shape of the YAML files, as strict pydantic models: what `content` checks, and what editors get as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_validator

from bot.model import Kind, Likely, Risk

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=40)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
ByLanguage = dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(?:-[A-Za-z0-9]+)?$")], tuple[Label, ...]]
Conditions = dict[Id, tuple[str, ...]]
Sources = tuple[str, ...]


class Strict(BaseModel):
    """No unknown fields, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- intents/ ----------------------------------------------------------------------------------------------------------


class PhraseEntry(Strict):
    """A phrase that gives away a fact of the phone."""

    say: Sentence
    facts: dict[Id, str]


class StepEntry(Strict):
    """One place in an error's order: `fix` (one, or a list that shares a card), or `go` to another error."""

    fix: Id | tuple[Id, ...] = ()
    go: Id | None = None
    likely: Likely = Likely.SOMETIMES
    only_if: Conditions = {}
    source: Sources = ()
    cures: bool | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> StepEntry:
        if bool(self.fix) == bool(self.go):
            raise ValueError("a step has either `fix` or `go`")
        if self.go and not self.only_if:
            raise ValueError("a step with `go` needs `only_if`; without a condition use `then` at the end")
        return self


class IntentFile(Strict):
    """intents/<id>.yaml: what people write, and for errors the fixes in order."""

    id: Id
    kind: Kind
    menu: int | None = None
    source: Sources = ()
    fixes: tuple[StepEntry, ...] = ()
    then: Id | None = None
    screens: dict[str, tuple[Sentence | PhraseEntry, ...]] = {}
    phrases: dict[str, tuple[Sentence | PhraseEntry, ...]] = {}


class FixEntry(Strict):
    """One fix's properties, in no language."""

    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    risk: Risk = Risk.NONE
    only_if: Conditions = {}
    needs: tuple[Id, ...] = ()
    asks: Id | None = None
    confirm: bool = False
    test: Id | None = None
    wait: Annotated[int, Field(ge=0, le=7 * 24 * 60)] = 0
    cures: bool = True
    ends: bool = False
    source: Sources = ()


class FixFile(RootModel[dict[Id, FixEntry]]):
    """intents/fixes.yaml."""


class FactEntry(Strict):
    """One fact: its values, and the words that tell them."""

    values: tuple[str, ...]
    said: dict[str, ByLanguage] = {}
    answered: dict[str, ByLanguage] = {}
    lasting: bool = False

    @model_validator(mode="after")
    def _values_exist(self) -> FactEntry:
        for value in (*self.said, *self.answered):
            if value not in self.values:
                raise ValueError(f'"{value}" is not among the values')
        return self


class FactFile(RootModel[dict[Id, FactEntry]]):
    """intents/facts.yaml."""


# --- responses/<language>/ -----------------------------------------------------------------------------------------------

Varying = dict[str, Sentence | tuple[Sentence, ...]]
"""`by: <fact>`, then value -> text and `otherwise`; or `by: <number>`, then plural form -> text."""
TextValue = Sentence | Varying
Lines = tuple[Sentence, ...] | Varying


class TextFile(RootModel[dict[str, Any]]):
    """Any file of responses/<language>/."""


def _varying_is_whole(entry: Any) -> None:
    for value in entry.values() if isinstance(entry, dict) else ():
        if isinstance(value, dict):
            _varying_is_whole(value)
    if isinstance(entry, dict) and "by" in entry and not {"otherwise", "other"} & entry.keys():
        raise ValueError("a text that varies `by` something needs `otherwise` (for a fact) or `other` (for a number)")


class _Whole(TextFile):
    @model_validator(mode="before")
    @classmethod
    def _complete(cls, raw: Any) -> Any:
        _varying_is_whole(raw)
        return raw


class FixTexts(Strict):
    """The words of one fix."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    why: TextValue
    steps: Lines
    warning: TextValue | None = None
    lost: TextValue | None = None
    kept: TextValue | None = None
    worked: TextValue
    test: TextValue | None = None


class IntentTexts(Strict):
    """The words of one intent: `means` for an error, `answer` for everything else."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    means: TextValue | None = None
    answer: TextValue | None = None


class QuestionTexts(Strict):
    """The question for one fact, its buttons, and what follows from an answer."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    ask: TextValue
    options: dict[str, Label]
    notes: dict[str, TextValue] = {}


class FixTextFile(_Whole):
    """responses/<language>/fixes.yaml."""

    root: dict[Id, FixTexts]  # type: ignore[assignment]  # narrower on purpose


class IntentTextFile(_Whole):
    """responses/<language>/intents.yaml."""

    root: dict[Id, IntentTexts]  # type: ignore[assignment]


class QuestionTextFile(_Whole):
    """responses/<language>/questions.yaml."""

    root: dict[Id, QuestionTexts]  # type: ignore[assignment]


class SimpleTextFile(_Whole):
    """responses/<language>/replies.yaml, buttons.yaml and words.yaml: id -> text."""

    root: dict[Id, TextValue]  # type: ignore[assignment]


SCHEMAS: Final[dict[str, type[TextFile]]] = {
    "intents": IntentTextFile,
    "fixes": FixTextFile,
    "questions": QuestionTextFile,
    "replies": SimpleTextFile,
    "buttons": SimpleTextFile,
    "words": SimpleTextFile,
}
GROUPS: Final = tuple(SCHEMAS)
"""The files of responses/<language>/, without their ending."""

EDITOR_SCHEMAS: Final[dict[str, type[BaseModel]]] = {
    "intent": IntentFile,
    "fixes": FixFile,
    "facts": FactFile,
    "fix-texts": FixTextFile,
    "intent-texts": IntentTextFile,
    "question-texts": QuestionTextFile,
    "simple-texts": SimpleTextFile,
}


def json_schemas() -> dict[str, str]:
    """File name -> JSON Schema, for editors."""
    return {f"{name}.json": json.dumps(model.model_json_schema(), indent=2) + "\n" for name, model in EDITOR_SCHEMAS.items()}


def write_json_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schemas into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in json_schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written
