"""The files of intents/: what people write, the fixes, the facts, and how each language puts them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, RootModel, StrictBool, Tag, model_validator

from bot.model import UNKNOWN, Kind, Likely, Risk
from bot.schemas.shapes import ByLanguage, Conditions, FactValue, Id, Label, Language, Sentence, Sources, Strict, text_or_list, text_or_map

FIXES: Final = "intents/fixes.yaml"
FACTS: Final = "intents/facts.yaml"
CUES: Final = "intents/cues.yaml"
PHRASES: Final = "intents/phrases"
"""The folder of the phrasebooks: one file for each language but English, which stands with the intents themselves."""
STANDARD: Final = "intents/standard-texts.yaml"


class PhraseEntry(Strict):
    """A phrase that gives away a fact of the phone."""

    say: Sentence
    facts: dict[Id, Id]


Said = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[PhraseEntry, Tag("<map>")], Discriminator(text_or_map)]
OneOrMore = Annotated[Annotated[Id, Tag("<text>")] | Annotated[tuple[Id, ...], Tag("<list>")], Discriminator(text_or_list)]


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
    at: tuple[Label, ...] = ()
    asking: tuple[Label, ...] = ()


def _all_or_none(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) not in (0, 12):
        raise ValueError(f"a year has twelve months, not {len(names)}: name all of them from January on, or none")
    return names


class AgeCueEntry(Strict):
    """The words of one language that say how long ago something was."""

    days: tuple[Label, ...] = ()
    weeks: tuple[Label, ...] = ()
    months: tuple[Label, ...] = ()
    years: tuple[Label, ...] = ()
    month_names: Annotated[tuple[Label, ...], AfterValidator(_all_or_none)] = ()


class CueEntry(Strict):
    """The small words of one language that tell what was done from what was not."""

    joins: tuple[Label, ...] = ()
    seconds: tuple[Label, ...] = ()
    did: tuple[Label, ...] = ()
    undone: tuple[Label, ...] = ()
    denied: tuple[Label, ...] = ()
    fine: tuple[Label, ...] = ()
    says: tuple[Label, ...] = ()
    fillers: tuple[Label, ...] = ()
    times: TimeCueEntry = TimeCueEntry()
    ages: AgeCueEntry = AgeCueEntry()


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
