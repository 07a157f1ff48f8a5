"""The shape of the YAML files, as strict pydantic models: what `content` checks, and what editors get as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StrictBool,
    StringConstraints,
    Tag,
    model_validator,
)

from bot.model import UNKNOWN, Kind, Likely, Risk

if TYPE_CHECKING:
    pass

FIXES: Final = "intents/fixes.yaml"
FACTS: Final = "intents/facts.yaml"
CUES: Final = "intents/cues.yaml"
PHRASES: Final = "intents/phrases"
"""The folder of the phrasebooks: one file for each language but English, which stands with the intents themselves."""
STANDARD: Final = "intents/standard-texts.yaml"

PLURAL_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
"""The plural forms of Unicode CLDR; a text that varies by a number has some of them, and always `other`."""
RESERVED: Final = frozenset({"by", "otherwise", "unknown", *PLURAL_FORMS})
"""Words that mean something in the format, and so cannot be values of a fact."""


def _not_reserved(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f'"{value}" has a meaning of its own in this format: choose another word')
    return value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=40)]
FactValue = Annotated[Id, AfterValidator(_not_reserved)]
LANGUAGE: Final = r"^[a-z]{2}(?:-[A-Za-z0-9]{2,8})?$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
ByLanguage = dict[Language, Annotated[tuple[Label, ...], Field(min_length=1)]]
Conditions = dict[Id, Annotated[tuple[Id, ...], Field(min_length=1)]]
Sources = tuple[str, ...]

TAGS: Final = frozenset({"<text>", "<list>", "<map>"})
"""The branches of the unions below: only the branch that a value was meant for speaks up, and its name is left out of places."""


def _text_or_map(value: Any) -> str:
    """The branch of a union that a value was meant for."""
    return "<map>" if isinstance(value, dict | BaseModel) else "<text>"


def _text_or_list(value: Any) -> str:
    return "<list>" if isinstance(value, list | tuple) else "<text>"


def _list_or_map(value: Any) -> str:
    return "<map>" if isinstance(value, dict) else "<list>"


class Strict(BaseModel):
    """No unknown fields, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- intents/ ----------------------------------------------------------------------------------------------------------


class PhraseEntry(Strict):
    """A phrase that gives away a fact of the phone."""

    say: Sentence
    facts: dict[Id, Id]


Said = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[PhraseEntry, Tag("<map>")], Discriminator(_text_or_map)]
OneOrMore = Annotated[Annotated[Id, Tag("<text>")] | Annotated[tuple[Id, ...], Tag("<list>")], Discriminator(_text_or_list)]


class StepEntry(Strict):
    """One place in an error's order: `fix` (one, or a list that shares a card), or `go` to another error."""

    fix: OneOrMore = ()
    go: Id | None = None
    likely: Likely = Likely.SOMETIMES
    only_if: Conditions = {}
    source: Sources = ()
    cures: StrictBool | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> StepEntry:
        if bool(self.fix) == bool(self.go):
            raise ValueError("a step has either `fix` or `go`, and not both")
        if self.go and not self.only_if:
            raise ValueError("a step with `go` needs `only_if`; without a condition use `then` at the end")
        return self


class IntentFile(Strict):
    """intents/<id>.yaml: what people write, and for errors the fixes in order."""

    id: Id
    kind: Kind
    menu: Annotated[int, Field(strict=True, ge=1)] | None = None
    vague: Annotated[bool, Field(strict=True)] = False
    source: Sources = ()
    fixes: tuple[StepEntry, ...] = ()
    then: Id | None = None
    screens: dict[Language, tuple[Said, ...]] = {}
    phrases: dict[Language, tuple[Said, ...]] = {}


StepNumber = Annotated[int, Field(strict=True, ge=1)]


class PictureEntry(Strict):
    """From what a fix's picture is drawn: a Settings path and what is tapped at its end, or the buttons of the phone."""

    path: StepNumber | None = None
    row: StepNumber | None = None
    action: StepNumber | None = None
    switch: StepNumber | None = None
    turn: Literal["on", "off"] = "on"
    buttons: Id | None = None
    unless: Conditions = {}

    @model_validator(mode="after")
    def _one_of_both(self) -> PictureEntry:
        if (self.path is None) == (self.buttons is None):
            raise ValueError("a picture shows either a `path` or `buttons`, and not both")
        ends = [self.row, self.action, self.switch]
        if self.path is None and any(ends):
            raise ValueError("`row`, `action` and `switch` stand at the end of a `path`")
        if ends.count(None) < 2:
            raise ValueError("a picture ends with one of `row`, `action` and `switch`")
        return self


class FixEntry(Strict):
    """One fix's properties, in no language."""

    minutes: Annotated[int, Field(strict=True, ge=1, le=24 * 60)]
    risk: Risk = Risk.NONE
    only_if: Conditions = {}
    needs: tuple[Id, ...] = ()
    asks: Id | None = None
    confirm: StrictBool = False
    test: Id | None = None
    wait: Annotated[int, Field(strict=True, ge=0, le=7 * 24 * 60)] = 0
    cures: StrictBool = True
    ends: StrictBool = False
    source: Sources = ()
    done: ByLanguage = {}
    named: ByLanguage = {}
    picture: PictureEntry | None = None


class FixFile(RootModel[dict[Id, FixEntry]]):
    """intents/fixes.yaml."""


def _no_value_twice(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f'"{value}" stands twice')
    return values


class FactEntry(Strict):
    """One fact: its values, and the words that tell them."""

    values: Annotated[tuple[FactValue, ...], Field(min_length=1), AfterValidator(_no_value_twice)]
    said: dict[Id, ByLanguage] = {}
    answered: dict[Id, ByLanguage] = {}
    lasting: StrictBool = False
    ages: dict[Id, Annotated[int, Field(strict=True, ge=0)]] = {}
    about: tuple[Id, ...] = ()
    summary: StrictBool = True
    unsure: Id = UNKNOWN
    implies: dict[Id, dict[Id, FactValue]] = {}


class FactFile(RootModel[dict[Id, FactEntry]]):
    """intents/facts.yaml."""


class TimeCueEntry(Strict):
    """The words of one language that say when to be asked again."""

    minutes: tuple[Label, ...] = ()
    hours: tuple[Label, ...] = ()
    half_hour: tuple[Label, ...] = ()
    one_hour: tuple[Label, ...] = ()
    two_hours: tuple[Label, ...] = ()
    tonight: tuple[Label, ...] = ()
    tomorrow: tuple[Label, ...] = ()
    oclock: tuple[Label, ...] = ()
    am: tuple[Label, ...] = ()
    pm: tuple[Label, ...] = ()
    asking: tuple[Label, ...] = ()


class CueEntry(Strict):
    """The small words of one language that tell what was done from what was not."""

    joins: tuple[Label, ...] = ()
    seconds: tuple[Label, ...] = ()
    did: tuple[Label, ...] = ()
    undone: tuple[Label, ...] = ()
    denied: tuple[Label, ...] = ()
    fine: tuple[Label, ...] = ()
    times: TimeCueEntry = TimeCueEntry()


class CueFile(RootModel[dict[Language, CueEntry]]):
    """intents/cues.yaml: language -> its cues."""


class StandardFile(RootModel[dict[Language, tuple[Sentence, ...]]]):
    """intents/standard-texts.yaml: language -> what iOS shows to everybody."""


class IntentPhrases(Strict):
    """How one intent is put in one language."""

    screens: tuple[Said, ...] = ()
    phrases: tuple[Said, ...] = ()


class FactWords(Strict):
    """Value -> the words that tell it in one language."""

    said: dict[Id, tuple[Label, ...]] = {}
    answered: dict[Id, tuple[Label, ...]] = {}


class FixWords(Strict):
    """How one fix is said to be done, and how it is only named, in one language."""

    done: tuple[Label, ...] = ()
    named: tuple[Label, ...] = ()


class PhrasebookFile(Strict):
    """intents/phrases/<language>.yaml: how the people of one language put each intent and each fact, and that they did a fix."""

    intents: dict[Id, IntentPhrases] = {}
    fixes: dict[Id, FixWords] = {}
    facts: dict[Id, FactWords] = {}


# --- responses/<language>/ -----------------------------------------------------------------------------------------------


def _whole(varying: dict[str, Any]) -> dict[str, Any]:
    """A text that varies names what by, and is complete."""
    if "by" not in varying or not isinstance(varying["by"], str):
        raise ValueError("a text that varies needs `by:` with the fact or the number that it depends on")
    forms = varying.keys() - {"by"}
    if not forms or (not forms <= PLURAL_FORMS and "otherwise" not in forms):
        raise ValueError("a text that varies by a fact needs `otherwise:`, for when the fact is not known")
    if forms <= PLURAL_FORMS and "other" not in forms:
        raise ValueError("a text that varies by a number needs `other:`, for all numbers that have no form of their own")
    return varying


Varying = Annotated[dict[Id, Sentence], AfterValidator(_whole)]
"""`by: <fact>`, then value -> text and `otherwise`; or `by: <number>`, then plural form -> text."""
SomeLines = Annotated[tuple[Sentence, ...], Field(min_length=1)]
ByOrLines = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[SomeLines, Tag("<list>")], Discriminator(_text_or_list)]


def _lines_throughout(varying: dict[str, Any]) -> dict[str, Any]:
    for key, value in varying.items():
        if key != "by" and isinstance(value, str):
            raise ValueError(f'a list was expected under "{key}": lines that begin with "- "')
    return varying


VaryingLines = Annotated[dict[Id, ByOrLines], AfterValidator(_whole), AfterValidator(_lines_throughout)]
TextValue = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[Varying, Tag("<map>")], Discriminator(_text_or_map)]
Lines = Annotated[
    Annotated[SomeLines, Tag("<list>")] | Annotated[VaryingLines, Tag("<map>")],
    Discriminator(_list_or_map),
]


class FixTexts(Strict):
    """The words of one fix."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    label: TextValue | None = None
    short: TextValue | None = None
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
    options: dict[Id, Label]
    notes: dict[Id, TextValue] = {}


class FixTextFile(RootModel[dict[Id, FixTexts]]):
    """responses/<language>/fixes.yaml."""


class IntentTextFile(RootModel[dict[Id, IntentTexts]]):
    """responses/<language>/intents.yaml."""


class QuestionTextFile(RootModel[dict[Id, QuestionTexts]]):
    """responses/<language>/questions.yaml."""


class SimpleTextFile(RootModel[dict[Id, TextValue]]):
    """responses/<language>/replies.yaml, buttons.yaml and words.yaml: id -> text."""


TEXT_FILES: Final[dict[str, type[RootModel[Any]]]] = {
    "intents": IntentTextFile,
    "fixes": FixTextFile,
    "questions": QuestionTextFile,
    "replies": SimpleTextFile,
    "buttons": SimpleTextFile,
    "words": SimpleTextFile,
}
"""The files of responses/<language>/, without their ending."""


class MenuFile(RootModel[dict[Label, Label]]):
    """responses/<language>/menus.yaml: English label of iOS -> the confirmed one in this language."""


class OriginalsFile(RootModel[dict[Id, dict[Id, Label]]]):
    """responses/<language>/originals.yaml: group -> entry -> fingerprint of its English text."""


MENUS: Final = "menus.yaml"
ORIGINALS: Final = "originals.yaml"

EDITOR_SCHEMAS: Final[dict[str, type[BaseModel]]] = {
    "intent": IntentFile,
    "fixes": FixFile,
    "facts": FactFile,
    "cues": CueFile,
    "phrases": PhrasebookFile,
    "standard-texts": StandardFile,
    "fix-texts": FixTextFile,
    "intent-texts": IntentTextFile,
    "question-texts": QuestionTextFile,
    "simple-texts": SimpleTextFile,
    "menus": MenuFile,
}


def json_schemas() -> dict[str, str]:
    """File name -> JSON Schema, for editors."""
    return {f"{name}.json": json.dumps(_closed(model.model_json_schema()), indent=2) + "\n" for name, model in EDITOR_SCHEMAS.items()}


def _closed(schema: Any) -> Any:
    """The schema with no keys allowed but those that fit the pattern of an id: pydantic holds to that and does not say so."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    return {**closed, "additionalProperties": False} if "patternProperties" in schema else closed


def write_json_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schemas into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in json_schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written
