"""YAML without surprises, and the line on which a value stands.

`yes`, `no`, `on` and `off` stay words, and so do dates and fractions; only `true`, `false`, null and whole numbers are read as such.
Anchors, aliases and tags are refused: no content needs them, and aliases can be made to explode. So is what is larger or nested
deeper than any content: it is looked at event by event, before anything is built of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

LARGEST: Final = 2 << 20
"""Bytes of a file; ours have at most a tenth."""
DEEPEST: Final = 50
"""Lists and maps within each other; ours have at most 8. libyaml builds them by recursion in C, which 30,000 end in a crash."""

_Base: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlProblem(Exception):
    """A file cannot be read as YAML. `line` counts from 1; `message` says what is wrong and how to mend it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Loader(_Base):  # type: ignore[misc]  # libyaml's loader where it is there, else the slower one in Python
    """A safe loader with fewer implicit types. Keys are always words, and none stands twice."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping in which no key stands twice (YAML itself would keep the last one in silence)."""
        first: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlProblem(line, "a list or a map stands where a key is meant: put the key in quotes if it begins with [ or {")
            if key.value in first:
                raise YamlProblem(line, f'"{key.value}" stands twice (first in line {first[key.value]}): join them, or delete one')
            first[key.value] = line
            key.tag = "tag:yaml.org,2002:str"
        return dict(super().construct_mapping(node, deep))


Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


def raw_of(path: Path) -> bytes:
    """What a file holds, for a Document: of one that is too large no more than it takes to know that. Raises OSError."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


class Document:
    """One YAML file: its value, and the lines on which its parts stand. Raises YamlProblem when it is none."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > LARGEST:
            raise YamlProblem(1, f"the file is larger than {LARGEST >> 20} MiB, which no content is: look whether it is the right one")
        self._text = _decoded(raw)
        self.value: Any = _guarded(self._text, lambda: yaml.load(self._text, Loader))  # noqa: S506 - our Loader is a SafeLoader

    def line_of(self, keys: Sequence[str | int]) -> int:
        """The line (from 1) of the value that the keys lead to, or of the nearest value on the way."""
        node, line = self._root, 1
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            node, line = found
        return line

    @cached_property
    def _root(self) -> Any:
        return yaml.compose(self._text, Loader)


def _child(node: Any, key: str | int) -> tuple[Any, int] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((value, name.start_mark.line + 1) for name, value in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None


# --- what is wrong with a file -------------------------------------------------------------------------------------------

_CONTROL: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow."""


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise YamlProblem(line, "this is not UTF-8 text: save the file with the encoding UTF-8") from None
    if strange := _CONTROL.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        raise YamlProblem(line, f"there is an invisible control character (U+{ord(strange[0]):04X}) here: delete it")
    return text


def _guarded(text: str, load: Callable[[], Any]) -> Any:
    """What `load` returns; whatever goes wrong becomes a YamlProblem."""
    try:
        _check_events(text)
        return load()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, len(text.splitlines()) or 1) if mark else 1
        raise YamlProblem(line, _explained(error, _line(text, line))) from None


def _check_events(text: str) -> None:
    """Refuse what must not be built. Raises YamlProblem, and yaml's own errors."""
    events: Iterator[Any] = yaml.parse(text, Loader)
    depth = 0
    for event in events:
        line = event.start_mark.line + 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise YamlProblem(
                line, f"more than {DEEPEST} lists and maps stand within each other here: look at the brackets and the indentation"
            )
        if getattr(event, "anchor", None):
            name = f"*{event.anchor}" if isinstance(event, yaml.AliasEvent) else f"&{event.anchor}"
            raise YamlProblem(line, f"anchors and aliases ({name}) are not used here: write the value out, or put the text in quotes")
        if getattr(event, "tag", None):
            raise YamlProblem(line, f"tags ({event.tag}) are not used here: leave it out, or put the text in quotes")


def _explained(error: yaml.MarkedYAMLError, line: str) -> str:
    """What is wrong, and the commonest cure for it."""
    problem = error.problem or "it breaks off"
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "there is a tab here: indent with spaces"
    start = line.lstrip().removeprefix("- ").partition(": ")
    value = (start[2] or start[0]).lstrip()
    if "mapping values are not allowed" in problem:
        return 'a colon with a space after it stands within this text: put the whole text in quotes ("...")'
    if value[:1] in ("*", "&", "!", "`", "@", "%", "{", "[", "]", "}", ",", "|", ">"):
        return f'this is not YAML ({problem}): put a text that begins with {value[0]} in quotes ("...")'
    return f"this is not YAML ({problem}): look at the quotes, the colons and the indentation here and in the line above"


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
