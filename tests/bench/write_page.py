"""Puts printed tables in the place of the older ones in docs/performance.md: `python -m tests.bench.write_page FILE...`.

A table is known by the words of its title before the first comma or bracket.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from tests.fake_telegram.user import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
TABLE: Final = re.compile(r"^([^|\n]+)\n\n((?:\|[^\n]*\n)+)", re.MULTILINE)


def main(printed: str) -> None:
    new = {_known_by(title): f"{title}\n\n{rows}" for title, rows in TABLE.findall(printed)}
    page = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda old: new.get(_known_by(old[1]), old[0]), page), "utf-8")
    there = {_known_by(title) for title, _ in TABLE.findall(page)}
    for name in new:
        print("put in:" if name in there else "not on the page:", name)


def _known_by(title: str) -> str:
    return re.split(r"[,(:]", title)[0].strip()


if __name__ == "__main__":
    main("\n".join(Path(name).read_text("utf-8") for name in sys.argv[1:]))
