"""Links that open the bot at one problem, question or fix: for a website, a help desk, or a printed page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.markup import plain
from bot.model import Guide, Kind, Part, Reply
from bot.rendering import render
from bot.triggers import FIX_LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OPENER: Final = "https://t.me/"
QUIET_ZONE: Final = 4
"""Modules of white around a QR code: what its standard asks for."""
MODULE: Final = 8
"""Pixels of a module where nothing says how large the SVG is to be shown."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link. kind: `error`, `question` or `fix`. id: what it leads to. title: the name of that, in words."""

    kind: str
    id: str
    title: str
    url: str


def opener(username: str, payload: str) -> str:
    """The address at which Telegram opens the bot, and sends it /start with this payload."""
    return f"{OPENER}{username}?start={payload}"


def links(guide: Guide, username: str, language: str) -> Iterator[Link]:
    """A link to each error, each question and each fix, in this order. username: the bot's, without the @."""
    for kind in (Kind.ERROR, Kind.QUESTION):
        for intent in guide.intents.values():
            if intent.kind is kind:
                yield Link(kind.value, intent.id, _title(guide, Part("name", intent.id), language), opener(username, intent.id))
    for fix in guide.fixes.values():
        yield Link("fix", fix.id, _title(guide, Part("title", fix.id), language), opener(username, FIX_LINK + fix.id))


def _title(guide: Guide, part: Part, language: str) -> str:
    return plain(render(guide, Reply((part,), language=language)).text)


def as_table(found: Sequence[Link]) -> str:
    """Links as a table for people: kind, title, address."""
    widths = [max(len(cell) for cell in column) for column in zip(*((link.kind, link.title) for link in found), strict=True)]
    return "\n".join(f"{link.kind:{widths[0]}}  {link.title:{widths[1]}}  {link.url}" for link in found)


def draw_codes(found: Iterable[Link], folder: Path) -> None:
    """Write a QR code for each link into a folder, as <kind>-<id>.svg. Raises ModuleNotFoundError, OSError."""
    import segno  # noqa: PLC0415 - only with the extra

    folder.mkdir(parents=True, exist_ok=True)
    for link in found:
        code = segno.make(link.url, error="m", micro=False)
        code.save(str(folder / f"{link.kind}-{link.id}.svg"), border=QUIET_ZONE, scale=MODULE, light="white", title=link.title)
