"""Says how a picture is understood: for authors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

from bot.model import ENGLISH, Guide
from bot.ocr import PictureReader
from bot.screenshots import NOTHING_READ, Read, Screenshots, Seen


async def explained_looks(reader: PictureReader, guide: Guide, read: Read, raw: bytes) -> str:
    """Each look at a picture: its lines, those left out, and the lines that mean something; then the decision. Raises Unreadable."""
    screenshots = Screenshots(guide.intents, guide.standard)
    best, told, number = NOTHING_READ, [], 0
    async with aclosing(reader.looks(raw, [ENGLISH])) as looks:
        async for lines in looks:
            seen = screenshots.understand(lines, read)
            number += 1
            told += [f"look {number}", *_lines(seen)]
            best = max(best, seen, key=lambda one: one.rank)
            if best.certain:
                break
    heard = best.shown.heard
    decision = f"{heard.decision.value} {', '.join(heard.intents)}" if heard else best.shown.what
    return "\n".join([*told, f"decision   {decision}", *([f"because    “{best.shown.line}”"] if heard else [])])


def _lines(seen: Seen) -> Iterator[str]:
    yield from (f"  standard {line}" for line in seen.left_out)
    yield from (f"  read     {line}" for line in seen.kept)
    for window in seen.windows[:5]:
        yield f"  {window.score:5.1f}    {window.heard.candidates[0].intent}: {window.text}"
