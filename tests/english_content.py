"""The shipped content without its other languages: as real as the whole, and read and checked in a fraction of the time."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.content import content_dir


def copy_english(folder: Path) -> Path:
    """Copy it below this folder, to be changed; returns the folder."""
    shipped = content_dir()
    shutil.copytree(shipped / "intents", folder / "intents", ignore=_phrasebooks)
    shutil.copytree(shipped / "responses" / "en", folder / "responses" / "en")
    return folder


def _phrasebooks(folder: str, names: list[str]) -> list[str]:
    """What is left out of a folder: the phrasebooks."""
    return names if Path(folder).name == "phrases" else []
