"""What a page is sent: messages as trees of plain texts, from which it builds its elements. No text can become markup on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bot.blocks import Block, BlockKind, Span, blocks
from bot.identifying import closest
from bot.markup import plain
from bot.model import ENGLISH, Guide, Key, Leaflet, Message, Reply
from bot.rendering import plain_text, render
from bot.store import Shown
from bot.transports.presses import to_data
from bot.wording import MissingText

if TYPE_CHECKING:
    from bot.transports.web.gallery import Gallery  # only with the extra `pictures`

log = logging.getLogger(__name__)

Json = dict[str, Any]
TEXTS: Final = (
    *("profile-name", "profile-short-description", "too-many"),
    *("command-restart", "command-tried", "command-language", "command-privacy", "command-forget"),
    *(
        "web-write",
        "web-send",
        "web-menu",
        "web-more",
        "web-copy",
        "web-copied",
        "web-save",
        "web-writing",
        "web-you",
        "web-offline",
        "web-trouble",
    ),
    *("web-forget", "web-forget-yes", "web-cancel", "web-close", "web-new", "web-no-script"),
)
"""The texts of the page itself, from replies.yaml."""
RIGHT_TO_LEFT: Final = ("ar", "fa", "he", "ur")


def texts(guide: Guide, language: str) -> dict[str, str]:
    """The page's own texts in a language."""
    return {key: plain(plain_text(guide, language, key)) for key in TEXTS}


def spoken(guide: Guide, codes: Iterable[str]) -> str:
    """The first of these languages (codes, as a browser tells them) that is spoken here."""
    found = (closest(code, guide.responses) for code in codes if code)
    return next((language for language in found if language is not None), ENGLISH)


def direction(language: str) -> str:
    """Whether a language is written from left or from right, as HTML says it."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def messages(guide: Guide, shown: Iterable[Shown], gallery: Gallery | None = None) -> list[Json]:
    """The messages of a page. One that the content has no words for any more is passed over. gallery: what draws, if there is anything."""
    found = []
    for one in shown:
        try:
            found.append(_message(guide, one, gallery))
        except MissingText as error:
            log.error("a message cannot be shown: %s", error)  # noqa: TRY400 - one line for the operator
    return found


def leaflet_of(guide: Guide, shown: Iterable[Shown], number: int) -> Leaflet | None:
    """The leaflet that the message of this number stands for, if there is one. Raises MissingText."""
    found = next((one.reply for one in shown if one.number == number), None)
    return render(guide, found, leaflets=True).leaflet if found is not None else None


def _message(guide: Guide, shown: Shown, gallery: Gallery | None) -> Json:
    drawn = gallery is not None
    message = render(guide, shown.reply, pictures=drawn, leaflets=drawn, peeks=False)
    return {
        "number": shown.number,
        "revision": shown.revision,
        "at": shown.at,
        "language": shown.reply.language or ENGLISH,
        "parts": [*_drawn(message, shown, gallery), *parts(message)],
        "rows": _rows(message) if shown.live else [],
    }


def _drawn(message: Message, shown: Shown, gallery: Gallery | None) -> Iterator[Json]:
    """The picture above the words. A leaflet is fetched by the number of its message, since it is for nobody else."""
    if gallery is not None and message.picture is not None:
        yield gallery.part(message, shown.reply.picture)
    if message.leaflet is not None:
        yield {"kind": "leaflet", "number": shown.number, "alt": message.leaflet.words}


def farewell(guide: Guide, reply: Reply) -> Json:
    """A message that is kept nowhere."""
    return {"language": reply.language or ENGLISH, "parts": parts(render(guide, reply, peeks=False))}


def parts(message: Message) -> list[Json]:
    """What a message consists of, each part by its kind; the page passes over a kind that it does not know."""
    return [_block(block) for block in blocks(message.text)]


def _block(block: Block) -> Json:
    if block.kind is BlockKind.FOLD:
        return {"kind": block.kind.value, "parts": [_block(inner) for inner in block.blocks]}
    start = {"start": block.start} if block.start != 1 else {}
    return {"kind": block.kind.value, "items": [[_span(span) for span in item] for item in block.items], **start}


def _span(span: Span) -> Json:
    return {"text": span.text, **({"bold": True} if span.bold else {}), **({"path": True} if span.path else {})}


def _rows(message: Message) -> list[list[Json]]:
    """The rows of keys without those that copy: what is to be copied has a button of its own on the page."""
    rows = ([_key(message, key) for key in row if not key.copies] for row in message.keys)
    return [row for row in rows if row]


def _key(message: Message, key: Key) -> Json:
    return {"label": key.label, "press": to_data(message.session, message.turn, key.button), "style": key.style}
