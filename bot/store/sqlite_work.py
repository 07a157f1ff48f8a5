"""What work may do in a transaction on SQLite: the statements."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, cast

from bot.model import Reply, Session, Timer
from bot.store import COPY, LEASE, BrokenSession, Kept, Queued, copies_of, pages
from bot.store.codec import decode_session, encode_reply, encode_session
from bot.store.counted import Count, Progress, UnmatchedCount
from bot.store.counts import ADD_OUTCOME, ADD_PROGRESS, ADD_UNMATCHED
from bot.store.migrations import CONVERSATION_TABLES, COPY_TABLES

OWNER: Final = 1
"""Who has a lease: there is only one program."""
_OF_CHAT: Final = "conversation >= ? AND conversation < ?"
"""The conversations of one chat, or the copies of one conversation, by the index that each table has on them."""
_KEY: Final = "? || substr(conversation, ?)"
_MOVED: Final = {
    "conversation": ", chat = ?, card = NULL",
    "reply_queue": ", edit = NULL",
    "timer": ", chat = ?",
}
"""What changes with a chat's id besides the keys of its conversations: messages have other numbers in the new one."""


class SqliteTransaction:
    """The transaction under way."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._connection = connection

    async def seen(self, update: str, now: int) -> bool:
        return self._execute("INSERT INTO seen_update VALUES (?, ?) ON CONFLICT DO NOTHING", (update, now)).rowcount == 0

    async def load(self, conversation: str) -> Kept | None:
        row = self._execute("SELECT session, card FROM conversation WHERE conversation = ?", (conversation,)).fetchone()
        try:
            return Kept(decode_session(row[0]), row[1]) if row else None
        except ValueError as error:
            raise BrokenSession from error

    async def discard(self, conversation: str, reason: str, now: int) -> None:
        self._execute("DELETE FROM conversation WHERE conversation = ?", (conversation,))
        self._execute("INSERT INTO dead_letter (conversation, reason, at) VALUES (?, ?, ?)", (conversation, reason, now))

    async def save(self, conversation: str, chat: str, session: Session) -> None:
        self._execute(
            """INSERT INTO conversation (conversation, chat, session, seen) VALUES (?, ?, ?, ?)
               ON CONFLICT (conversation) DO UPDATE SET session = excluded.session, seen = excluded.seen""",
            (conversation, chat, encode_session(session), session.seen),
        )

    async def queue(self, conversation: str, chat: str, reply: Reply, edit: int | None, now: int) -> Queued:
        if reply.card:
            self._execute("DELETE FROM reply_queue WHERE conversation = ? AND is_card = 1 AND not_before <= ?", (conversation, now))
        (behind,) = self._execute("SELECT EXISTS (SELECT 1 FROM reply_queue WHERE conversation = ?)", (conversation,)).fetchone()
        row = self._execute(
            "INSERT INTO reply_queue (conversation, chat, reply, is_card, edit, not_before, owner, queued) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (conversation, chat, encode_reply(reply), reply.card, edit, now + LEASE, OWNER, now),
        )
        return Queued(cast("int", row.lastrowid), conversation, chat, reply, edit, behind=bool(behind), leased=now)

    async def show(self, conversation: str, reply: Reply, card: int | None, now: int) -> int:
        return await pages.show(self, conversation, reply, card, now)

    async def do(self, statement: str, *values: object) -> int:
        return self._execute(statement, values).rowcount

    async def row(self, statement: str, *values: object) -> Any:
        return self._execute(statement, values).fetchone()

    async def set_timer(self, conversation: str, chat: str, timer: Timer) -> None:
        values = (conversation, chat, timer.session, timer.turn, timer.due)
        self._execute("INSERT INTO timer (conversation, chat, session, turn, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)

    async def take_timer(self, conversation: str, timer: Timer) -> bool:
        values = (conversation, timer.session, timer.turn)
        return self._execute("DELETE FROM timer WHERE conversation = ? AND session = ? AND turn = ?", values).rowcount > 0

    async def count(self, count: Count) -> None:
        self._execute(ADD_OUTCOME, (count.day, count.intent, count.fix, count.outcome.value, count.language))

    async def count_unmatched(self, count: UnmatchedCount) -> None:
        self._execute(ADD_UNMATCHED, (count.day, count.language, count.length, count.decision))

    async def count_progress(self, progress: Progress) -> None:
        self._execute(ADD_PROGRESS, progress)

    async def forget(self, conversation: str) -> None:
        forget_conversation(self._connection, conversation)

    async def abandon(self, chat: str) -> None:
        self._execute("DELETE FROM timer WHERE chat = ?", (chat,))
        self._execute("DELETE FROM reply_queue WHERE chat = ? AND instr(conversation, ?) = 0", (chat, COPY))

    async def move_chat(self, old: str, new: str, now: int) -> None:
        self._execute("INSERT INTO moved_chat (chat, new, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (old, new, now))
        moved = (new, len(old) + 1)
        of_old = (f"{old}:", f"{old};")  # the character after the colon
        # Who wrote in the new chat before we knew goes on from there.
        self._execute(f"DELETE FROM conversation WHERE {_OF_CHAT} AND {_KEY} IN (SELECT conversation FROM conversation)", (*of_old, *moved))  # noqa: S608
        for table in CONVERSATION_TABLES:
            more = _MOVED.get(table, "")
            values = (*moved, *([new] if "?" in more else []), *of_old)
            self._execute(f"UPDATE {table} SET conversation = {_KEY}{more} WHERE {_OF_CHAT}", values)  # noqa: S608 - our own table names
        for table in COPY_TABLES:  # whoever it is that wrote: the chat of a copy is the operator's
            self._execute(f"UPDATE {table} SET chat = ? WHERE chat = ?", (new, old))  # noqa: S608 - our own table names

    async def moved_to(self, chat: str) -> str | None:
        row = self._execute("SELECT new FROM moved_chat WHERE chat = ?", (chat,)).fetchone()
        return row[0] if row else None


def forget_conversation(connection: sqlite3.Connection, conversation: str) -> None:
    """Delete every row of a conversation in every table, and the copies of its messages. Raises sqlite3.Error."""
    for table in CONVERSATION_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE conversation = ?", (conversation,))  # noqa: S608 - our own table names
    for table in COPY_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE {_OF_CHAT}", copies_of(conversation))  # noqa: S608 - our own table names
