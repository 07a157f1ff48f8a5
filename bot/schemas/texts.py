"""The files of responses/<language>/: the words of fixes, intents, questions, replies and buttons."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Discriminator, Field, RootModel, StringConstraints, Tag

from bot.schemas.shapes import PLURAL_FORMS, Id, Label, Sentence, Strict, text_or_list, text_or_map

MENUS: Final = "menus.yaml"
ORIGINALS: Final = "originals.yaml"


def _list_or_map(value: Any) -> str:
    """The branch of a union of a list and a map that a value was meant for."""
    return "<map>" if isinstance(value, dict) else "<list>"


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
ByOrLines = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[SomeLines, Tag("<list>")], Discriminator(text_or_list)]


def _lines_throughout(varying: dict[str, Any]) -> dict[str, Any]:
    for key, value in varying.items():
        if key != "by" and isinstance(value, str):
            raise ValueError(f'a list was expected under "{key}": lines that begin with "- "')
    return varying


VaryingLines = Annotated[dict[Id, ByOrLines], AfterValidator(_whole), AfterValidator(_lines_throughout)]
TextValue = Annotated[Annotated[Sentence, Tag("<text>")] | Annotated[Varying, Tag("<map>")], Discriminator(text_or_map)]
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
