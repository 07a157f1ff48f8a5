"""What reading pictures needs in tests: the extra, tesseract with all data, fonts; and what to say where one is missing."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import pytest

from bot.ocr import PictureReader
from bot.ocr.tesseract import PACKS, packs, program

NEEDED: Final = {PACKS[language] for language in "en de es fr it pt nl pl tr ru uk ja ko zh-Hans".split()}
"""The data of the languages that the bot answers in."""


def reader() -> PictureReader:
    """A reader of pictures; the test is skipped where there can be none."""
    if find_spec("PIL") is None or program() is None or NEEDED - packs():
        pytest.skip("reading pictures: the extra `ocr`, tesseract or its language data are missing (.ci/run installs them)")
    return PictureReader(packs())


def need_drawing() -> None:
    """Skip where screens cannot be drawn."""
    from tests.screens.drawing import fonts_missing  # noqa: PLC0415 - needs Pillow

    if missing := fonts_missing():
        pytest.skip(f"drawing screens: {missing} is missing (.ci/run installs it)")
