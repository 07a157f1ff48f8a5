"""The JSON Schemas for editors: as committed, as named in the files, and as strict as the bot itself."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.content import content_dir
from bot.schemas.editors import EDITOR_SCHEMAS, json_schemas, write_json_schemas
from bot.schemas.texts import ORIGINALS, TEXT_FILES
from bot.yaml_lines import Document
from tests.sampling import sample

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

ROOT: Final = Path(__file__).parent.parent
COMMITTED: Final = ROOT / "docs/schemas"
CONTENT: Final = sorted(
    path.relative_to(content_dir())
    for folder in ("intents", "responses")
    for path in (content_dir() / folder).rglob("*.yaml")
    if path.name != ORIGINALS  # nobody edits that one
)
SCHEMA_LINE: Final = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def schema_of(file: Path) -> str:
    """The schema that a content file should name."""
    if file.parts[:2] == ("intents", "phrases"):
        return "phrases"
    if file.parts[0] == "intents":
        return file.stem if file.stem in ("fixes", "facts", "standard-texts", "cues") else "intent"
    own = {"menus": "menus", "intents": "intent-texts", "fixes": "fix-texts", "questions": "question-texts"}
    return own.get(file.stem, "simple-texts")


@cache
def validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - two seconds of grammars, which only one worker of a run need spend

    return Draft202012Validator(json.loads((COMMITTED / f"{name}.json").read_text(encoding="utf-8")))


def test_the_committed_schemas_are_the_generated_ones() -> None:
    """docs/schemas/ is what `python -m bot schemas` writes (run `make schemas` if this fails)."""
    assert {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()} == json_schemas()


def test_schemas_are_written_to_any_folder(tmp_path: Path) -> None:
    """One file per kind of content file, in a folder that is made if need be."""
    written = write_json_schemas(tmp_path / "new" / "folder")
    assert [path.stem for path in written] == list(EDITOR_SCHEMAS)
    assert all(json.loads(path.read_text(encoding="utf-8")) for path in written)


@pytest.mark.parametrize("name", EDITOR_SCHEMAS)
def test_each_schema_is_a_valid_one(name: str) -> None:
    """Editors refuse a schema that is not itself right."""
    found = validator(name)
    found.check_schema(found.schema)


@pytest.mark.sampled
@pytest.mark.parametrize("file", sample(CONTENT, 4), ids=str)
def test_each_content_file_names_its_schema_and_fits_it(file: Path) -> None:
    """The first line leads from the file to its schema in the repository, and the editor finds nothing to mark."""
    path = content_dir() / file
    named = SCHEMA_LINE.fullmatch(path.read_text(encoding="utf-8").splitlines()[0])
    assert named, f"{file} does not name its schema in the first line"
    assert (path.parent / named[1]).resolve() == COMMITTED / f"{schema_of(file)}.json"
    assert [error.message for error in validator(schema_of(file)).iter_errors(Document(path.read_bytes()).value)] == []


def test_every_kind_of_text_file_is_shipped() -> None:
    """English has each of the files that a language can have."""
    assert {file.stem for file in CONTENT if file.parts[:2] == ("responses", "en")} == set(TEXT_FILES)


WRONG: Final[list[tuple[str, Any]]] = [
    ("intent", {"id": "a"}),
    ("intent", {"id": "a b", "kind": "act"}),
    ("intent", {"id": "a", "kind": "akt"}),
    ("intent", {"id": "a", "kind": "act", "phrase": {}}),
    ("intent", {"id": "a", "kind": "act", "phrases": {"en": ["a", 5]}}),
    ("intent", {"id": "a", "kind": "act", "phrases": {"en": [{"say": "a"}]}}),
    ("intent", {"id": "a", "kind": "act", "phrases": {"english": ["a"]}}),
    ("intent", {"id": "a", "kind": "error", "fixes": ["wifi"]}),
    ("intent", {"id": "a", "kind": "error", "fixes": [{"fix": "a", "likely": "often?"}]}),
    ("fixes", {"a": {"minutes": "1"}}),
    ("fixes", {"a": {"minutes": 1, "confirm": "yes"}}),
    ("fixes", {"A!": {"minutes": 1}}),
    ("facts", {"a": {"values": []}}),
    ("facts", {"a": {"values": ["b"], "said": {"b": ["c"]}}}),
    ("fix-texts", {"a": {"title": "a", "why": "a", "worked": "a", "steps": "a"}}),
    ("fix-texts", {"a": {"title": "a" * 61, "why": "a", "worked": "a", "steps": ["a"]}}),
    ("intent-texts", {"a": {"means": "a"}}),
    ("question-texts", {"a": {"name": "a", "ask": "a", "options": ["b"]}}),
    ("simple-texts", {"a": ["b"]}),
    ("simple-texts", {"a": 5}),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=str)
def test_editors_mark_what_the_bot_would_refuse(name: str, value: Any) -> None:
    """The schema is as strict as the model that it was made from."""
    assert list(validator(name).iter_errors(value))
    with pytest.raises(ValueError, match="validation error"):
        EDITOR_SCHEMAS[name].model_validate(value)
