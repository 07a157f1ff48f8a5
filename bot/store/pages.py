"""What stands on web pages: the statements, and how a message comes there. The same for every store; `?` stands for each value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from typing import Any, Final, Protocol

from bot.model import Reply
from bot.store import SHOWN_AT_MOST, Shown
from bot.store.codec import decode_reply, encode_reply

NEWER: Final = "SELECT number, revision, reply, live, at FROM shown_message WHERE conversation = ? AND revision > ? ORDER BY number"
NEWEST: Final = "SELECT max(revision) FROM shown_message WHERE conversation = ?"
_REPLACE: Final = "UPDATE shown_message SET reply = ?, revision = ?, at = ? WHERE conversation = ? AND number = ? AND live = 1"
_CLOSE: Final = "UPDATE shown_message SET live = 0, revision = ? WHERE conversation = ? AND live = 1"
_ADD: Final = "INSERT INTO shown_message (conversation, number, revision, reply, live, at) VALUES (?, ?, ?, ?, ?, ?)"
_TRIM: Final = """DELETE FROM shown_message WHERE conversation = ? AND number <=
    (SELECT number FROM shown_message WHERE conversation = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"""


class Statements(Protocol):
    """How statements are run in the transaction under way."""

    async def do(self, statement: str, *values: object) -> int:
        """Run a statement; how many rows it hit."""

    async def row(self, statement: str, *values: object) -> Any:
        """The first row of what a statement finds."""


async def show(statements: Statements, conversation: str, reply: Reply, card: int | None, now: int) -> int:
    """Put a reply on a page, in the place of the card that was pressed or below; its number. The conversation is locked."""
    newest = await statements.row(NEWEST, conversation)
    revision = (newest[0] if newest and newest[0] else 0) + 1
    text = encode_reply(reply)
    if reply.card:
        if card is not None and await statements.do(_REPLACE, text, revision, now, conversation, card):
            return card
        await statements.do(_CLOSE, revision, conversation)
    await statements.do(_ADD, conversation, revision, revision, text, int(reply.card), now)
    await statements.do(_TRIM, conversation, conversation, SHOWN_AT_MOST)
    return revision


def read(rows: Iterable[Any]) -> list[Shown]:
    """The messages that rows hold. One that another version wrote is passed over: the page does without it."""
    shown = []
    for number, revision, text, live, at in rows:
        try:
            shown.append(Shown(number, revision, decode_reply(text), bool(live), at))
        except ValueError:
            continue
    return shown


def for_postgresql(statement: str) -> str:
    """A statement with its values numbered, as PostgreSQL wants them."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", statement)
