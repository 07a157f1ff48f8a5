"""The models as JSON Schemas, with which editors complete and check the YAML files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from bot.schemas.intents import CueFile, FactFile, FixFile, IntentFile, PhrasebookFile, StandardFile
from bot.schemas.texts import FixTextFile, IntentTextFile, MenuFile, QuestionTextFile, SimpleTextFile

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
