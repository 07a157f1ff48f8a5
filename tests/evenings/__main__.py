"""Plays all evenings, and writes the pages of docs/conversations/: `make conversations`. Evenings that are named are played and printed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.evenings.page import index
from tests.evenings.playing import played
from tests.evenings.script import evenings
from tests.running_bot import ROOT

PAGES = ROOT / "docs" / "conversations"


async def main(*names: str) -> None:
    """Write all pages, or print those of the named evenings."""
    wanted = [evening for evening in evenings() if not names or evening.name in names]
    with TemporaryDirectory() as folder:
        pages = await played(wanted, Path(folder), pictures=True)
    if names:
        sys.stdout.write("\n\n".join(pages.values()))
        return
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.md"):
        old.unlink()
    for name, text in {**pages, "README": index(wanted)}.items():
        (PAGES / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
