"""What the tests of stores, of the assistant and of delivery share: sessions and replies to keep, and a clock to turn."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bot.assistant import Assistant, Handled
from bot.model import Button, LanguageFrom, Mark, Note, Part, Problem, Reply, Session, Stage
from bot.store import Queued, Store, Transaction
from bot.store.migrations import TABLES
from bot.store.opening import SQLITE, open_store, sqlite_path
from tests.conversing import START
from tests.postgres_server import PostgresServer, ask

ANN: Final = "tg:1:0:1"
BEN: Final = "tg:2:0:2"


@dataclass(slots=True)
class Clock:
    """Stands still until a test turns it."""

    now: int = START

    def __call__(self) -> int:
        return self.now


def chat_of(conversation: str) -> str:
    return ":".join(conversation.split(":")[:2])


def a_session(turn: int = 1, *, seen: int = START) -> Session:
    problem = Problem(1, (Note(Mark.TOOK, "storage-full", "", START), Note(Mark.TOLD, "device", "ipad", START)))
    return Session("abc", turn, Stage.FIXING, "restart", {"device": "ipad"}, problem, ("too-large",), "en", LanguageFrom.WORDS, seen)


def a_card(turn: int = 1) -> Reply:
    return Reply((Part("menu"),), ((Button("take", "storage-full"),),), "abc", turn, {"device": "ipad"}, "en", card=True)


def a_word(about: str = "privacy") -> Reply:
    """A reply that is no card."""
    return Reply((Part(about),))


async def save(store: Store, conversation: str, session: Session) -> None:
    await store.run(lambda tx: tx.save(conversation, chat_of(conversation), session))


async def queue(store: Store, conversation: str, *replies: Reply, edit: int | None = None, now: int = START) -> list[Queued]:
    async def work(tx: Transaction) -> list[Queued]:
        return [await tx.queue(conversation, chat_of(conversation), reply, edit, now) for reply in replies]

    return await store.run(work)


async def card_of(store: Store, conversation: str) -> int | None:
    kept = await store.run(lambda tx: tx.load(conversation))
    return kept.card if kept else None


async def rung(assistant: Assistant) -> list[Queued]:
    """Have the timers ring that are due; the replies to them."""
    replies: list[Queued] = []
    await assistant.fire_due(replies.extend)
    return replies


def card_in(handled: Handled) -> Reply:
    """The card that an arrival was answered with."""
    return next(queued.reply for queued in handled.queued if queued.reply.buttons)


# --- a database of whichever kind ----------------------------------------------------------------------------------------------

KINDS: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a test: its address, and ways to open it and to look into it from outside."""

    url: str

    async def open(self) -> Store:
        return await open_store(self.url)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds, or what a change returns."""
        if not self.url.startswith(SQLITE):
            return await ask(self.url, query)
        with closing(sqlite3.connect(sqlite_path(self.url))) as connection, connection:
            return connection.execute(query).fetchall()

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, those of each in some order."""
        return {table: sorted(await self.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}  # noqa: S608 - our own table names


def a_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Database:
    """A new database of this kind. PostgreSQL's server is only started when it is needed."""
    if kind == "sqlite":
        return Database(f"{SQLITE}{folder / 'backup-medic.db'}")
    server: PostgresServer = request.getfixturevalue("postgres")
    return Database(server.new_database())


def an_emptied_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Database:
    """The same for a test that leaves the tables as they are: those of PostgreSQL have one, since making one costs more than most tests."""
    if kind == "sqlite":
        return a_database(kind, request, folder)
    server: PostgresServer = request.getfixturevalue("postgres")
    return Database(server.emptied_database())


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Store]:
    """The store of a database, closed at the end."""
    store = await database.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def replicas_on(database: Database, many: int) -> AsyncIterator[list[Store]]:
    """So many replicas on one database."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(database)) for _ in range(many)]
