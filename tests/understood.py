"""`python -m tests.understood` renews the tables of docs/understanding.md, each between its name and an end, both as comments."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bot.content import content_dir, load_guide
from bot.evaluating.evaluation import evaluated
from bot.evaluating.tables import CONFUSION_TITLE, KIND_TITLE, LANGUAGE_TITLE, MEASURES, SCORE_TITLE, tables
from bot.evaluating.utterances import read_utterances
from bot.matching import Matcher
from bot.model import ENGLISH
from tests.catalogue import by_typing
from tests.measuring import UTTERANCES

PAGE: Final = Path(__file__).parents[1] / "docs" / "understanding.md"
BLOCK: Final = re.compile(r"(<!-- table: ([a-z]+) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)
NAMES: Final = ("measures", "kinds", "confusion", "languages", "screens", "scores")
WORST: Final = 12
"""Labels of the confusion table that the page shows."""


def renewed(page: str, fresh: Mapping[str, str]) -> str:
    """The page with fresh tables. fresh: name -> table. Raises KeyError where the page names another table."""
    return BLOCK.sub(lambda found: f"{found[1]}{fresh[found[2]]}{found[3]}", page)


def measured_now() -> dict[str, str]:
    """Name -> table, of the content and the messages as they are."""
    guide = load_guide(content_dir())
    matcher = Matcher(guide)
    said = read_utterances([UTTERANCES], guide.intents)
    english = tables(evaluated(guide, matcher, said.only(ENGLISH)))
    found = (
        english[MEASURES],
        english[KIND_TITLE],
        _first_rows(english[CONFUSION_TITLE].splitlines()),
        tables(evaluated(guide, matcher, said))[LANGUAGE_TITLE],
        by_typing(matcher),
        english[SCORE_TITLE],
    )
    return dict(zip(NAMES, found, strict=True))


def _first_rows(lines: Sequence[str]) -> str:
    return "\n".join(lines[: 2 + WORST])


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), measured_now()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(NAMES)} tables renewed\n")
