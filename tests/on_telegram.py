"""What the end-to-end tests on Telegram share: a bot that must not complain, what people wait for, and a look into its database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.fake_telegram import Chat, FakeTelegram, Shown
from tests.running_bot import RunningBot, WebhookBot, registered

ERROR: Final = "The last backup could not be completed."
OFF: Final = "iCloud Backup Off"
WHERE_WE_ARE: Final = "That button belongs to an earlier step"
NOT_YOURS: Final = "These buttons belong to whoever asked"
PATIENCE: Final = 40.0


@asynccontextmanager
async def flawless(telegram: FakeTelegram, folder: Path, kind: type[RunningBot] = RunningBot) -> AsyncIterator[RunningBot]:
    """A running bot, which must neither complain nor quote: a test that makes it complain runs one of its own."""
    found = kind(telegram.url, telegram.token, folder)
    await registered(telegram, found)
    async with found:
        yield found
    assert found.complaints == []
    assert secrets_told(telegram, found) == []


@asynccontextmanager
async def troubled(telegram: FakeTelegram, folder: Path) -> AsyncIterator[RunningBot]:
    """A bot that may complain, but not quote, and that stops in order."""
    async with RunningBot(telegram.url, telegram.token, folder) as bot:
        await bot.ready()
        yield bot
        assert await bot.stop() == 0
    assert "Traceback" not in bot.stderr
    assert secrets_told(telegram, bot) == []


async def ends_with(bot: RunningBot, *words: str) -> None:
    """It ends by itself with one line that says what is wrong."""
    await bot.start()
    assert await bot.ended(PATIENCE) == 1
    assert len(bot.complaints) == 1, bot.stderr
    assert bot.complaints[0].startswith("Error: ")
    for word in words:
        assert word in bot.complaints[0]


def secrets_told(telegram: FakeTelegram, bot: RunningBot) -> list[str]:
    """What stands in stderr and must not: the token, the webhook's secret, and whatever anybody typed."""
    typed = {entry.content.text for room in telegram.world.rooms.values() for entry in room.log if entry.by is not None}
    return [text for text in (telegram.token, telegram.token.partition(":")[2], WebhookBot.secret, *typed) if text and text in bot.stderr]


async def until(reached: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait for something of which nobody tells."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 - files and counters know no events
            await asyncio.sleep(0.02)


async def said(chat: Chat, words: str, seconds: float = PATIENCE) -> Shown:
    """Wait for a message of the bot with these words; the newest of them."""

    def newest(messages: list[Shown]) -> Shown | None:
        return next((message for message in reversed(messages) if message.by is None and words in message.text), None)

    found = await chat.wait_for(newest, seconds)
    assert found is not None
    return found


def to_bot(text: str) -> str:
    """A text as it is written to the bot where others read along."""
    return text if text.startswith("/") else f"@backup_medic_bot {text}"


async def asked(chat: Chat, text: str = ERROR) -> Shown:
    """Type something, and wait for the card that answers it."""
    await chat.send(to_bot(text) if chat.id < 0 else text)
    found = await chat.wait_for(lambda messages: [one for one in messages[-1:] if one.by is None and one.rows], PATIENCE)
    return found[0]


def session_of(bot: RunningBot, conversation: str) -> dict[str, Any]:
    """What is kept of a conversation; empty for nothing."""
    found = bot.rows("SELECT session FROM conversation WHERE conversation = ?", conversation)
    return dict(json.loads(found[0][0])) if found else {}


def private(chat: Chat) -> str:
    return f"tg:{chat.id}:0:{chat.id}"


def history_of(bot: RunningBot, conversation: str) -> list[list[Any]]:
    return [note[:3] for note in session_of(bot, conversation)["problem"]["history"]]


async def asked_for_later(chat: Chat, text: str = OFF) -> None:
    """Go to a step that takes its time, and ask for a reminder."""
    await asked(chat, text)
    await chat.press("Didn't help")
    await said(chat, "Fix 2")
    await chat.press("Ask me later")
    await said(chat, "When shall I ask you again?")
    await chat.press("In 12 hours")
    await said(chat, "I will ask you again")


def rows_of(bot: RunningBot, chat: str) -> dict[str, int]:
    """Table -> how many of its rows hold this chat, or a conversation in it, in any column."""
    found = {}
    for (table,) in bot.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        rows = bot.rows(f"SELECT * FROM {table}")  # noqa: S608 - the names come from the database itself
        if mine := [row for row in rows if any(isinstance(value, str) and f"{value}:".startswith(f"{chat}:") for value in row)]:
            found[table] = len(mine)
    return found
