"""A bot in the test's own process, without a network: raw updates go in, and what Telegram would be asked for comes out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from bot.assistant import Assistant
from bot.delivery import Delivery
from bot.matching import Matcher
from bot.model import Guide, Session
from bot.reporting.status import Process
from bot.store import Store
from bot.transports.bot_api import BotApi
from bot.transports.channel import TelegramChannel
from bot.transports.desk import StatusDesk
from bot.transports.pictures import Pictures
from bot.transports.receiving import Answer, Receiver
from bot.transports.updates import TRANSPORT
from tests.keeping import Clock, Database, opened

USERNAME: Final = "BackupMedicBot"
DATE: Final = 1_750_000_000
PATIENCE: Final = 10.0
Raw = dict[str, Any]


@dataclass(slots=True)
class Calls:
    """Stands in for the Bot API: writes down what it is asked for, and has every message at once."""

    made: list[tuple[str, Raw]] = field(default_factory=list)

    async def call(self, method: str, parameters: Raw, seconds: float = 0) -> Raw:
        self.made.append((method, parameters))
        return {"message_id": 1000 + len(self.made)}


@dataclass(slots=True)
class InProcess:
    """A bot, and a hand to send updates to it."""

    receiver: Receiver
    store: Store
    database: Database
    calls: Calls
    updates: int = 0

    async def take(self, **content: Any) -> Answer | None:
        """Send an update with the next number, and wait until all that it brings is sent."""
        self.updates += 1
        answer = await self.receiver.receive({"update_id": self.updates, **content})
        async with asyncio.timeout(PATIENCE):
            while await self.waiting():  # noqa: ASYNC110 - what is waited for knows nothing of tests
                await asyncio.sleep(0.005)
        return answer

    async def waiting(self) -> int:
        [(replies,)] = await self.database.rows("SELECT count(*) FROM reply_queue")
        return int(replies)

    async def say(self, person: int, text: str, chat: Raw | None = None, **fields: Any) -> None:
        await self.take(message=message(person, chat, text=text, **fields))

    async def card(self, person: int, chat: Raw | None = None) -> list[str]:
        """Have a card drawn for somebody's problem; the data of its buttons."""
        await self.say(person, f"/start@{USERNAME} storage-full", chat)
        return [data for _, parameters in self.calls.made[-1:] for data in data_of(parameters)]

    async def session(self, conversation: str) -> Session | None:
        kept = await self.store.run(lambda tx: tx.load(conversation))
        return kept.session if kept else None

    def said(self) -> str:
        """All that Telegram was asked for, as it would go over the line."""
        return json.dumps(self.calls.made, ensure_ascii=False)


def private(person: int) -> Raw:
    return {"id": person, "type": "private"}


def group(id_: int = -100) -> Raw:
    return {"id": id_, "type": "supergroup", "title": "Family"}


def message(person: int, chat: Raw | None = None, **fields: Any) -> Raw:
    who = {"id": person, "is_bot": False, "first_name": f"Person {person}"}
    return {"message_id": 5, "date": DATE, "chat": chat or private(person), "from": who, **fields}


def press(person: int, data: Any, chat: Raw | None = None) -> Raw:
    """The content of an update that brings a press."""
    card = {"message_id": 1001, "date": DATE, "chat": chat or private(person)}
    return {"callback_query": {"id": "q", "from": {"id": person, "is_bot": False}, "message": card, "data": data}}


def data_of(parameters: Raw) -> list[str]:
    """The data of a message's buttons."""
    rows = parameters.get("reply_markup", {}).get("inline_keyboard", [])
    return [key["callback_data"] for row in rows for key in row if "callback_data" in key]


@asynccontextmanager
async def in_process(
    database: Database, guide: Guide, matcher: Matcher, operators: tuple[int, ...] = (), reader: Any = None
) -> AsyncIterator[InProcess]:
    """A bot over a database. operators: their chats. reader: reads the words of pictures."""
    async with opened(database) as store:
        calls, clock = Calls(), Clock(DATE)
        api = cast("BotApi", calls)
        assistant = Assistant(guide, store, clock, [f"tg:{operator}" for operator in operators], TRANSPORT)
        delivery = Delivery(lambda: guide, store, TelegramChannel(api, None, USERNAME), clock)
        pictures = Pictures(assistant, _fetched, reader) if reader is not None else None
        desk = StatusDesk(api, store, lambda: guide, operators, clock, Process("0", DATE, "polling"))
        receiver = Receiver(assistant, delivery, matcher.read, USERNAME, pictures, desk)
        yield InProcess(receiver, store, database, calls)
        await delivery.drain(1)


async def _fetched(file: str, most: int, seconds: float) -> bytes:
    return b"a picture"
