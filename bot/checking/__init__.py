"""`python -m bot check`: everything that is wrong or doubtful in the content, at once, each with file, line and cure.

`content` sees to it that files have the right shape and name only what exists; here is what that is not enough for:
`roads` whether the fixes stand in an order that keeps the laws, `texts` whether all is said and nothing too much,
`translations` whether other languages keep up with English, `sizes` whether it fits into Telegram's messages,
`folds` whether each card fits on a phone's screen, `phrases` whether the intents are kept apart, `reported` whether it is clear
which fix people say they did, `pictures` whether all can be read on a phone.

An error is what the bot would do wrong; a warning is what a person should look at and decide.
"""

from __future__ import annotations

from pathlib import Path

from bot.checking.folds import check_folds
from bot.checking.phrases import check_phrases
from bot.checking.pictures import check_pictures
from bot.checking.reported import check_reported
from bot.checking.roads import check_roads
from bot.checking.sizes import check_sizes
from bot.checking.texts import check_texts
from bot.checking.translations import check_translations
from bot.findings import Finding
from bot.reading import Reader

__all__ = ["check_content"]


def check_content(folder: Path) -> list[Finding]:
    """Every finding about the content in a folder, in the order of files and lines."""
    reader = Reader(folder)
    guide = reader.guide()
    checks = (check_roads, check_texts, check_translations, check_phrases, check_reported, check_sizes, check_folds, check_pictures)
    for check in checks:
        check(reader, guide)
    return sorted(set(reader.findings))
