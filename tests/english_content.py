"""The shipped content without most of its languages or phrases: as real as the whole, and read and checked in a fraction of the time."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.content import content_dir

ENOUGH: Final = 25
"""Phrases of an intent below which `check` asks for more."""


def copy_english(folder: Path) -> Path:
    """Copy its English below this folder, to be changed, with no more phrases of an intent than are enough; returns the folder."""
    copy_whole(folder, ())
    for file in (folder / "intents").glob("*.yaml"):
        file.write_text("".join(_thinned(file.read_text(encoding="utf-8"))), encoding="utf-8")
    return folder


def copy_whole(folder: Path, languages: Collection[str]) -> Path:
    """Copy below this folder all that there is of English and of these languages; returns the folder."""
    shipped = content_dir()
    shutil.copytree(shipped / "intents", folder / "intents", ignore=shutil.ignore_patterns("phrases"))
    (folder / "intents" / "phrases").mkdir()
    for language in languages:
        if (book := shipped / "intents" / "phrases" / f"{language}.yaml").exists():
            shutil.copy(book, folder / "intents" / "phrases")
    for language in {"en", *languages}:
        if (replies := shipped / "responses" / language).exists():
            shutil.copytree(replies, folder / "responses" / language)
    return folder


def other_languages() -> list[str]:
    """The languages in which there are phrases or replies beside the English ones."""
    shipped = content_dir()
    books = {book.stem for book in (shipped / "intents" / "phrases").glob("*.yaml")}
    replies = {folder.name for folder in (shipped / "responses").iterdir() if folder.is_dir()}
    return sorted((books | replies) - {"en"})


def copy_with(folder: Path, phrasebooks: Mapping[str, str]) -> Path:
    """Copy it below this folder, with these phrasebooks (language -> YAML) and the replies of their languages; returns the folder.

    They should be small: to read all that is shipped would take longer than all the rest of a test.
    """
    copy_english(folder)
    for language, phrases in phrasebooks.items():
        (folder / "intents" / "phrases" / f"{language}.yaml").write_text(phrases, encoding="utf-8")
        shutil.copytree(content_dir() / "responses" / language, folder / "responses" / language)
    return folder


def _thinned(text: str) -> Iterator[str]:
    """The lines of an intent's file, without the phrases that are more than enough."""
    in_phrases, phrases = False, 0
    for line in text.splitlines(keepends=True):
        if line[0].isalpha():
            in_phrases, phrases = line.startswith("phrases:"), 0
        elif in_phrases and line.startswith("    - "):
            phrases += 1
        if phrases <= ENOUGH:
            yield line
