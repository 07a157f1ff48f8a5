"""Tesseract, as a program: pictures through its standard input, words from its standard output, no file in between."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

PROGRAM: Final = "tesseract"
PACKS: Final = {
    "en": "eng",
    "de": "deu",
    "es": "spa",
    "fr": "fra",
    "it": "ita",
    "pt": "por",
    "nl": "nld",
    "pl": "pol",
    "tr": "tur",
    "ru": "rus",
    "uk": "ukr",
    "ja": "jpn",
    "ko": "kor",
    "zh-Hans": "chi_sim",
    "zh-Hant": "chi_tra",
    "ar": "ara",
    "cs": "ces",
    "hi": "hin",
    "id": "ind",
    "sv": "swe",
    "vi": "vie",
}
"""Language -> the name of its data, as Debian's tesseract-ocr-<name> have it (with - for _)."""
OTHER_SCRIPTS: Final = ("rus", "jpn", "kor", "chi_sim")
"""One for each script besides Latin: what is tried on a picture in which nothing else finds words."""
WITHOUT_LATIN: Final = ("ukr",)
"""Data that know no Latin letters, though every screen has "iCloud" on it: English is read beside them."""
Word = tuple[str, float, int]
"""A line of text, how sure the engine is of it (0 to 100), and the number of its paragraph."""


def program() -> str | None:
    """Where tesseract is, if it is installed."""
    return shutil.which(PROGRAM)


def packs() -> frozenset[str]:
    """The language data that are installed. Raises OSError when there is no tesseract."""
    listed = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603 - no word of a stranger's
    return frozenset(listed.stdout.splitlines()[1:])


def order(languages: Sequence[str], installed: frozenset[str]) -> list[str]:
    """The data to try, likeliest first: those of the languages given, then English, then one for each other script."""
    named = [PACKS.get(language) or PACKS.get(language.partition("-")[0]) for language in languages]
    return [pack for pack in dict.fromkeys([*named, "eng", *OTHER_SCRIPTS]) if pack is not None and pack in installed]


def lines(picture: Image.Image, pack: str) -> list[Word]:
    """The lines of a picture. Raises OSError when tesseract fails."""
    raw = BytesIO()
    picture.save(raw, "PPM")
    done = subprocess.run(  # noqa: S603 - no word of a stranger's
        [PROGRAM, "stdin", "stdout", "-l", f"{pack}+eng" if pack in WITHOUT_LATIN else pack, "--psm", "3", "tsv"],
        input=raw.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads wait for each other more than they work
        check=False,
    )
    if done.returncode:
        raise OSError(f"tesseract ended with {done.returncode}")
    return list(_lines(done.stdout.decode(errors="replace")))


def _lines(table: str) -> Iterator[Word]:
    """The lines of tesseract's table: a row for each word, with the numbers of its block, paragraph and line."""
    rows = [row for row in (line.split("\t") for line in table.splitlines()[1:]) if len(row) == 12 and row[0] == "5" and row[11].strip()]
    paragraphs: dict[tuple[str, str], int] = {}
    for place, words in groupby(rows, key=lambda row: (row[2], row[3], row[4])):
        listed = list(words)
        paragraph = paragraphs.setdefault(place[:2], len(paragraphs))
        yield " ".join(row[11] for row in listed), sum(float(row[10]) for row in listed) / len(listed), paragraph
