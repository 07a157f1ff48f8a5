"""What is wrong in a YAML file, and how to mend it: pydantic's findings in words for authors."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from bot.schemas.shapes import LANGUAGE, TAGS

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails


def explained(problem: ErrorDetails, model: type[BaseModel]) -> tuple[list[str | int], str]:
    """Where a problem that pydantic found in a file stands, as keys, and what to do about it."""
    keys = [key for key in problem["loc"] if key not in TAGS and key != "[key]"]
    place = " › ".join(f"number {key + 1}" if isinstance(key, int) else key for key in keys)
    return keys, f"{place or 'the file'}: {_cure(problem, model)}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A question for the author: "did you mean …?", or nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def _cure(problem: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with a value, and how to mend it."""
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"there is no such field here{nearest(str(problem['loc'][-1]), _fields(model))}"
    if kind in _SAYINGS:
        return _SAYINGS[kind].format(given=_sort(problem["input"]))
    return _CURES[kind](problem) if kind in _CURES else problem["msg"][:1].lower() + problem["msg"][1:]


def _fields(model: type[BaseModel]) -> set[str]:
    """The names of all fields that a file of this model may have, at any depth."""
    schema = model.model_json_schema()
    return {name for part in (schema, *schema.get("$defs", {}).values()) for name in part.get("properties", {})}


def _sort(given: Any) -> str:
    if given is None:
        return "nothing"
    names = ((bool, "true or false"), (int, "a number"), (list, "a list"), (dict, "a map"))
    return next((name for sort, name in names if isinstance(given, sort)), "a text")


def _not_a_text(problem: ErrorDetails) -> str:
    given = problem["input"]
    if given is None:
        return "this is empty: write a text, or delete the line"
    if isinstance(given, bool | int):
        return f'put it in quotes, since it is a text here: "{str(given).lower()}"'
    return f"a text was expected, not {_sort(given)}"


def _not_spelt_so(problem: ErrorDetails) -> str:
    if problem["ctx"]["pattern"] == LANGUAGE:
        return f'"{problem["input"]}" is not the code of a language, such as en, de or pt-BR'
    return f'"{problem["input"]}" cannot be an id: small letters and digits, joined by - or _'


def _not_among(problem: ErrorDetails) -> str:
    given = str(problem["input"])
    allowed = [word.strip("'") for word in str(problem["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    return f'"{given}" is not one of {", ".join(allowed)}{nearest(given, allowed)}'


_SAYINGS: Final = {
    "missing": "this field is missing",
    "string_too_short": "this is empty: fill it in, or delete it",
    "too_short": "this is empty: fill it in, or delete it",
    "int_type": "a whole number without quotes was expected, not {given}",
    "bool_type": "true or false without quotes was expected, not {given}",
    **dict.fromkeys(("tuple_type", "list_type"), 'a list (lines that begin with "- ", or [a, b]) was expected, not {given}'),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a map (lines such as `key: value`) was expected, not {given}"),
}
"""What pydantic calls a problem -> what an author is told."""
_CURES: Final[dict[str, Callable[[ErrorDetails], str]]] = {
    "string_type": _not_a_text,
    "string_pattern_mismatch": _not_spelt_so,
    "string_too_long": lambda problem: f"too long: {len(problem['input'])} characters, {problem['ctx']['max_length']} are allowed",
    "enum": _not_among,
    "value_error": lambda problem: str(problem["ctx"]["error"]),
}
"""The same, where it depends on the value."""
