"""The shipped content without its other languages: as real as the whole, and read and checked in a fraction of the time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
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


def copy_with(folder: Path, phrasebooks: Mapping[str, str]) -> Path:
    """Copy it below this folder, with these phrasebooks (language -> YAML) and the replies of their languages; returns the folder.

    They should be small: to read all that is shipped would take longer than all the rest of a test.
    """
    copy_english(folder)
    books = folder / "intents" / "phrases"
    books.mkdir(exist_ok=True)
    for language, phrases in phrasebooks.items():
        (books / f"{language}.yaml").write_text(phrases, encoding="utf-8")
        shutil.copytree(content_dir() / "responses" / language, folder / "responses" / language)
    return folder
