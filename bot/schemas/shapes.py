"""What the files of intents/ and responses/ are made of: ids, languages, sentences, and models that are strict."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

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
"""The branches of unions: only the branch that a value was meant for speaks up, and its name is left out of places."""


def text_or_map(value: Any) -> str:
    """The branch of a union that a value was meant for."""
    return "<map>" if isinstance(value, dict | BaseModel) else "<text>"


def text_or_list(value: Any) -> str:
    """The same, where the union has a list."""
    return "<list>" if isinstance(value, list | tuple) else "<text>"


class Strict(BaseModel):
    """No unknown fields, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
