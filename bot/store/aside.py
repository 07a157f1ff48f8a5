"""What was put aside in a store, for the operator's eyes and hands: ids, reasons and times, never a word that somebody wrote.

It works beside a running bot. What is to happen is written down in rows, which the bot finds by itself, at once or at its next
start: a mark on an update that is to be handled again, a reply put back in the queue.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from bot.store.beside import Database
from bot.store.codec import decode_reply, decode_session

LETTER: Final = "letter-"
"""What the id of a dead letter begins with; that of an update is its own."""
NO_SUCH: Final = "there is nothing of this id"
TOO_LATE: Final = "too late: what is needed for that is kept for 24 hours only"
AGAIN: Final = "will be handled again"
SENT_AGAIN: Final = "will be sent again"
GONE_ON: Final = "not sent: its card is an old one, the conversation has gone on"
UNREADABLE: Final = "not sent: another version wrote it, and it cannot be read"
DROPPED: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Aside:
    """An update that could not be handled, or a reply that could not be sent.

    holds: what it consists of, in names of fields and of texts; empty when that is no longer kept, and then it cannot be replayed.
    marked: it is to be handled again, and the bot has not done so yet.
    """

    id: str
    conversation: str
    reason: str
    at: int
    holds: str
    marked: bool = False


class Shelf:
    """All that was put aside in one database. All methods raise StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Aside]:
        """Everything, oldest first."""
        async with self._database.transaction():
            return sorted([aside async for aside in _everything(self._database)], key=lambda aside: (aside.at, aside.id))

    async def replay(self, id_: str) -> str:
        """Have it handled, or sent, once more; returns what comes of that."""
        async with self._database.transaction():
            return await (_replay_letter if id_.startswith(LETTER) else _replay_update)(self._database, id_)

    async def drop(self, id_: str) -> str:
        """Delete it; returns what came of that."""
        table, column, key = _row_of(id_)
        async with self._database.transaction():
            deleted = await self._database.do(f"DELETE FROM {table} WHERE {column} = $1", key)  # noqa: S608 - our own names
            return DROPPED if deleted else NO_SUCH


def _row_of(id_: str) -> tuple[str, str, str | int]:
    """Table, key column and key of what was put aside."""
    if not id_.startswith(LETTER):
        return "poison", "update_id", id_
    number = id_.removeprefix(LETTER)
    return "dead_letter", "id", int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


async def _everything(database: Database) -> AsyncIterator[Aside]:
    updates = "SELECT update_id, conversation, raw, reason, at, replay FROM poison"
    for update, conversation, raw, reason, at, replay in await database.rows(updates):
        yield Aside(update, conversation, reason, at, _fields(raw), bool(replay))
    letters = "SELECT id, conversation, reply, reason, at FROM dead_letter"
    for number, conversation, reply, reason, at in await database.rows(letters):
        yield Aside(f"{LETTER}{number}", conversation, reason, at, _templates(reply))


def _fields(raw: str | None) -> str:
    """The names of an update's fields: of its kind, and within that; nothing that somebody wrote is among them."""
    if raw is None:
        return ""
    update = json.loads(raw)
    kinds = [kind for kind in update if kind != "update_id"] if isinstance(update, dict) else []
    known = [(kind, update[kind]) for kind in kinds if kind in KINDS]
    told = [f"{kind} ({', '.join(sorted(FIELDS.intersection(inner)))})" if isinstance(inner, dict) else kind for kind, inner in known]
    return ", ".join(told) or "of no known kind"


def _templates(reply: str | None) -> str:
    """The names of the texts that a reply consists of."""
    if reply is None:
        return ""
    try:
        decoded = decode_reply(reply)
    except ValueError:
        return ""
    if decoded.copies:
        return "a message of somebody's, to be copied to an operator"
    return ("card: " if decoded.card else "") + ", ".join(part.template for part in decoded.parts)


KINDS: Final = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})
FIELDS: Final = frozenset(
    "message_id message_thread_id from chat date edit_date text caption photo sticker voice video video_note animation audio document "
    "location contact poll reply_to_message entities id message data new_chat_member old_chat_member".split()
)
"""The names that may be told: a strange update can have anything in the place of a name."""


async def _replay_update(database: Database, update: str) -> str:
    found = await database.rows("SELECT raw FROM poison WHERE update_id = $1", update)
    if not found:
        return NO_SUCH
    marked = await database.do("UPDATE poison SET replay = 1 WHERE update_id = $1 AND raw IS NOT NULL", update)
    return AGAIN if marked else TOO_LATE


async def _replay_letter(database: Database, id_: str) -> str:
    """Back in the queue it goes; but no card of an earlier step may take the place of the one on the screen."""
    _, _, key = _row_of(id_)
    found = await database.rows("SELECT conversation, chat, reply FROM dead_letter WHERE id = $1", key)
    if not found:
        return NO_SUCH
    conversation, chat, reply = found[0]
    if reply is None:
        return TOO_LATE
    try:
        decoded = decode_reply(reply)
    except ValueError:
        return UNREADABLE
    if decoded.card and (decoded.session, decoded.turn) != await _step_of(database, conversation):
        return GONE_ON
    if not await database.do("DELETE FROM dead_letter WHERE id = $1", key):
        return NO_SUCH  # somebody else was quicker
    await database.do(
        "INSERT INTO reply_queue (conversation, chat, reply, is_card, edit, not_before) VALUES ($1, $2, $3, $4, NULL, 0)",
        conversation,
        chat,
        reply,
        int(decoded.card),
    )
    return SENT_AGAIN


async def _step_of(database: Database, conversation: str) -> tuple[str, int] | None:
    """Where a conversation stands: session and turn. It stays there until the end of the transaction."""
    await database.do("UPDATE conversation SET seen = seen WHERE conversation = $1", conversation)  # locks the row
    found = await database.rows("SELECT session FROM conversation WHERE conversation = $1", conversation)
    try:
        session = decode_session(found[0][0]) if found else None
    except ValueError:
        return None
    return (session.id, session.turn) if session else None
