"""The tables, step by step from the first version on. A step is never changed once released; a new one is added.

They are written for SQLite; `for_postgresql` says where PostgreSQL says it in other words.
"""

from __future__ import annotations

import re
from typing import Final

OF_SQLITE: Final = "/* SQLite */ "
"""Begins a statement that PostgreSQL needs not."""
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # One row for each thread of a person with the bot. Order, locks and /forget go by `conversation`, pauses and blocking by `chat`.
        """CREATE TABLE conversation (
            conversation TEXT PRIMARY KEY,
            chat TEXT NOT NULL,
            session TEXT NOT NULL,
            card BIGINT,
            seen BIGINT NOT NULL
        )""",
        "CREATE INDEX conversation_by_seen ON conversation (seen)",
        "CREATE TABLE seen_update (update_id TEXT PRIMARY KEY, at BIGINT NOT NULL)",
        "CREATE INDEX seen_update_by_time ON seen_update (at)",
        """CREATE TABLE reply_queue (
            id INTEGER PRIMARY KEY,
            conversation TEXT NOT NULL,
            chat TEXT NOT NULL,
            reply TEXT NOT NULL,
            is_card INTEGER NOT NULL,
            edit BIGINT,
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before BIGINT NOT NULL
        )""",
        "CREATE INDEX reply_queue_by_conversation ON reply_queue (conversation, id)",
        "CREATE INDEX reply_queue_by_time ON reply_queue (not_before)",
        "CREATE INDEX reply_queue_by_chat ON reply_queue (chat)",
        """CREATE TABLE timer (
            conversation TEXT NOT NULL,
            chat TEXT NOT NULL,
            session TEXT NOT NULL,
            turn BIGINT NOT NULL,
            due BIGINT NOT NULL,
            PRIMARY KEY (conversation, session, turn)
        )""",
        "CREATE INDEX timer_by_due ON timer (due)",
        "CREATE TABLE blocked_chat (chat TEXT PRIMARY KEY)",
        """CREATE TABLE outcome_count (
            day TEXT NOT NULL,
            intent TEXT NOT NULL,
            fix TEXT NOT NULL,
            outcome TEXT NOT NULL,
            language TEXT NOT NULL,
            total BIGINT NOT NULL,
            PRIMARY KEY (day, intent, fix, outcome, language)
        )""",
        """CREATE TABLE poison (
            update_id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL,
            raw TEXT,
            reason TEXT NOT NULL,
            at BIGINT NOT NULL
        )""",
        "CREATE INDEX poison_by_conversation ON poison (conversation)",
        """CREATE TABLE dead_letter (
            id INTEGER PRIMARY KEY,
            conversation TEXT NOT NULL,
            reason TEXT NOT NULL,
            at BIGINT NOT NULL
        )""",
        "CREATE INDEX dead_letter_by_conversation ON dead_letter (conversation)",
    ),
    (
        "DROP TABLE blocked_chat",  # nothing waits for a chat that cannot be written to, so nobody had to know
        # Groups that became supergroups, with their new id: a late update, or a button of an old card, still names the old one.
        "CREATE TABLE moved_chat (chat TEXT PRIMARY KEY, new TEXT NOT NULL, at BIGINT NOT NULL)",
    ),
    (
        # Who has the lease on a reply, nobody when it was postponed. On PostgreSQL it is one of many: what a dead one had is taken over.
        "ALTER TABLE reply_queue ADD COLUMN owner BIGINT",
    ),
    (
        # What an operator may have handled, or sent, once more. The reply (ids and values) is kept for a day, as a raw update is.
        "ALTER TABLE poison ADD COLUMN replay INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX poison_to_replay ON poison (at) WHERE replay = 1",
        "ALTER TABLE dead_letter ADD COLUMN chat TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE dead_letter ADD COLUMN reply TEXT",
    ),
    (
        # No number of a reply comes again, also when the last row was deleted: who is still sending that reply goes by its number.
        f"""{OF_SQLITE}CREATE TABLE numbered (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL,
            chat TEXT NOT NULL,
            reply TEXT NOT NULL,
            is_card INTEGER NOT NULL,
            edit BIGINT,
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before BIGINT NOT NULL,
            owner BIGINT
        )""",
        f"""{OF_SQLITE}INSERT INTO numbered
            SELECT id, conversation, chat, reply, is_card, edit, attempts, not_before, owner FROM reply_queue""",  # noqa: S608 - ours
        f"{OF_SQLITE}DROP TABLE reply_queue",
        f"{OF_SQLITE}ALTER TABLE numbered RENAME TO reply_queue",
        f"{OF_SQLITE}CREATE INDEX reply_queue_by_conversation ON reply_queue (conversation, id)",
        f"{OF_SQLITE}CREATE INDEX reply_queue_by_time ON reply_queue (not_before)",
        f"{OF_SQLITE}CREATE INDEX reply_queue_by_chat ON reply_queue (chat)",
    ),
    (
        """CREATE TABLE unmatched_count (
            day TEXT NOT NULL,
            language TEXT NOT NULL,
            length TEXT NOT NULL,
            decision TEXT NOT NULL,
            total BIGINT NOT NULL,
            PRIMARY KEY (day, language, length, decision)
        )""",
    ),
    (
        # Under which name (file id) Telegram has a picture that was sent before: it need not be drawn and sent again.
        """CREATE TABLE picture (
            digest TEXT NOT NULL,
            language TEXT NOT NULL,
            scheme TEXT NOT NULL,
            name TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (digest, language, scheme)
        )""",
    ),
    (
        # What stands on a web page: a page asks for what is newer than the last revision that it knows. Ids and values, as in the queue.
        """CREATE TABLE shown_message (
            conversation TEXT NOT NULL,
            number BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            reply TEXT NOT NULL,
            live INTEGER NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (conversation, number)
        )""",
        "CREATE INDEX shown_message_by_time ON shown_message (at)",
    ),
    (
        # Since when a reply waits, for the metrics. Of what waits at the time of this step it is not known.
        "ALTER TABLE reply_queue ADD COLUMN queued BIGINT NOT NULL DEFAULT 0",
    ),
    (
        # Everybody's messages of a day share few rows, each locked until its commit: on PostgreSQL a count is spread over several `part`s.
        """CREATE TABLE progress_count (
            day TEXT NOT NULL,
            milestone TEXT NOT NULL,
            intent TEXT NOT NULL,
            value TEXT NOT NULL,
            language TEXT NOT NULL,
            part INTEGER NOT NULL,
            total BIGINT NOT NULL,
            PRIMARY KEY (day, milestone, intent, value, language, part)
        )""",
    ),
)
TABLES: Final = (
    *("conversation", "seen_update", "reply_queue", "timer", "outcome_count", "poison", "dead_letter", "moved_chat"),
    *("unmatched_count", "picture", "shown_message", "progress_count"),
)
"""Every table there is now."""
BACKLOG: Final = """SELECT (SELECT count(*) FROM reply_queue), (SELECT min(queued) FROM reply_queue WHERE queued > 0),
    (SELECT count(*) FROM poison), (SELECT count(*) FROM dead_letter)"""
"""How much waits: in either dialect."""
NUMBERED: Final = ("reply_queue", "dead_letter")
"""Tables that number their rows themselves."""
VERSION: Final = len(MIGRATIONS)
CONVERSATION_TABLES: Final = ("conversation", "reply_queue", "timer", "poison", "dead_letter", "shown_message")
"""Every table with a row that belongs to one conversation: what /forget deletes from. A test holds that none is missing."""
COPY_TABLES: Final = ("reply_queue", "dead_letter")
"""Those in which copies of its messages wait, under keys of their own (see `copy_key`)."""


def for_postgresql(statement: str) -> str:
    """A statement of a step, as PostgreSQL wants it: numbers given by the server, and keys in the order of their bytes, as in SQLite.

    What is SQLite's own becomes one that does nothing.
    """
    if statement.startswith(OF_SQLITE):
        return "SELECT 1"
    numbered = statement.replace("INTEGER PRIMARY KEY", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', numbered)
