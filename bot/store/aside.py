"""What was put aside in a SQLite store, for the operator's eyes and hands: ids, reasons and times, never a word that somebody wrote.

It takes no lock, so that it works beside a running bot. What is to happen is written down in rows, which the bot finds by itself, at once
or at its next start: a mark on an update that is to be handled again, a reply put back in the queue.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.store import StoreError
from bot.store.codec import decode_reply, decode_session
from bot.store.migrations import VERSION

LETTER: Final = "letter-"
"""What the id of a dead letter begins with; that of an update is its own."""
BUSY_SECONDS: Final = 10
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


class AsideSqlite:
    """What was put aside in one file. All methods raise StoreError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Aside]:
        """Everything, oldest first."""
        with self._open() as connection:
            return sorted(_everything(connection), key=lambda aside: (aside.at, aside.id))

    def replay(self, id_: str) -> str:
        """Have it handled, or sent, once more; returns what comes of that."""
        with self._open() as connection:
            return _replay_letter(connection, id_) if id_.startswith(LETTER) else _replay_update(connection, id_)

    def drop(self, id_: str) -> str:
        """Delete it; returns what came of that."""
        table, column, key = _row_of(id_)
        with self._open() as connection:
            deleted = connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (key,)).rowcount  # noqa: S608 - our own names
            return DROPPED if deleted else NO_SUCH

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction. A file that is not there, or of another version, is left as it is."""
        try:
            connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._check_version(connection)
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StoreError(f"cannot use the database {self._path}: {error}; is it there, and one of ours?") from error

    def _check_version(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            cure = "start the bot once, and it is brought up to date" if version < VERSION else "update Backup Medic"
            raise StoreError(f"the database {self._path} is of version {version}, and this program knows version {VERSION}: {cure}")


def _row_of(id_: str) -> tuple[str, str, str | int]:
    """Table, key column and key of what was put aside."""
    if not id_.startswith(LETTER):
        return "poison", "update_id", id_
    number = id_.removeprefix(LETTER)
    return "dead_letter", "id", int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


def _everything(connection: sqlite3.Connection) -> Iterator[Aside]:
    for update, conversation, raw, reason, at, replay in connection.execute(
        "SELECT update_id, conversation, raw, reason, at, replay FROM poison"
    ):
        yield Aside(update, conversation, reason, at, _fields(raw), bool(replay))
    for number, conversation, reply, reason, at in connection.execute("SELECT id, conversation, reply, reason, at FROM dead_letter"):
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
    return ("card: " if decoded.card else "") + ", ".join(part.template for part in decoded.parts)


KINDS: Final = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})
FIELDS: Final = frozenset(
    "message_id message_thread_id from chat date edit_date text caption photo sticker voice video video_note animation audio document "
    "location contact poll reply_to_message entities id message data new_chat_member old_chat_member".split()
)
"""The names that may be told: a strange update can have anything in the place of a name."""


def _replay_update(connection: sqlite3.Connection, update: str) -> str:
    found = connection.execute("SELECT raw FROM poison WHERE update_id = ?", (update,)).fetchone()
    if found is None:
        return NO_SUCH
    if found[0] is None:
        return TOO_LATE
    connection.execute("UPDATE poison SET replay = 1 WHERE update_id = ?", (update,))
    return AGAIN


def _replay_letter(connection: sqlite3.Connection, id_: str) -> str:
    """Back in the queue it goes; but no card of an earlier step may take the place of the one on the screen."""
    _, _, key = _row_of(id_)
    found = connection.execute("SELECT conversation, chat, reply FROM dead_letter WHERE id = ?", (key,)).fetchone()
    if found is None:
        return NO_SUCH
    conversation, chat, reply = found
    if reply is None:
        return TOO_LATE
    try:
        decoded = decode_reply(reply)
    except ValueError:
        return UNREADABLE
    if decoded.card and (decoded.session, decoded.turn) != _step_of(connection, conversation):
        return GONE_ON
    connection.execute(
        "INSERT INTO reply_queue (conversation, chat, reply, is_card, edit, not_before) VALUES (?, ?, ?, ?, NULL, 0)",
        (conversation, chat, reply, decoded.card),
    )
    connection.execute("DELETE FROM dead_letter WHERE id = ?", (key,))
    return SENT_AGAIN


def _step_of(connection: sqlite3.Connection, conversation: str) -> tuple[str, int] | None:
    """Where a conversation stands: session and turn."""
    found = connection.execute("SELECT session FROM conversation WHERE conversation = ?", (conversation,)).fetchone()
    try:
        session = decode_session(found[0]) if found else None
    except ValueError:
        return None
    return (session.id, session.turn) if session else None
