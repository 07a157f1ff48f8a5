"""YAML without surprises, and the line on which a value stands.

`yes`, `no`, `on` and `off` stay words, and dates and sexagesimal numbers do too; only `true`, `false`, null and whole numbers are read as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

_Base: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_Base):  # type: ignore[misc]  # libyaml's loader where it is there, else the slower one in Python
    """A safe loader with fewer implicit types, and without anchors (no text needs them, and they can be made to explode)."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping in which no key stands twice (YAML itself would keep the last one in silence)."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f'"{key.value}" stands twice', key.start_mark)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep))


Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


def line_of(path: Path, keys: Sequence[str | int]) -> int:
    """The line (from 1) of the value that the keys lead to, or of the nearest value on the way; 1 if the file cannot be read."""
    try:
        node = yaml.compose(path.read_bytes(), Loader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return 1
    line = 1
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node, line = found
    return line


def _child(node: Any, key: str | int) -> tuple[Any, int] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((value, name.start_mark.line + 1) for name, value in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None
