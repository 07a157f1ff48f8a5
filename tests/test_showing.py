"""Pictures on Telegram, end to end: the real bot as a process, the fake Telegram, people who press "Show me"."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.fake_telegram import Chat, FakeTelegram, Shown
from tests.on_telegram import OFF, PATIENCE, asked, flawless, said, troubled, until
from tests.running_bot import RunningBot

TITLE = "See that iCloud Backup is switched on"


async def shown(chat: Chat) -> Shown:
    """Press "Show me" on the newest card that has it, and wait for the picture."""
    messages = await chat.messages()
    before = len([one for one in messages if one.what == "photo"])
    card = next(one for one in reversed(messages) if "Show me" in one.labels)
    await chat.press("Show me", message=card.id)
    found = await chat.wait_for(lambda now: [one for one in now if one.what == "photo"][before:], PATIENCE)
    return found[-1]


async def names(telegram: FakeTelegram) -> list[str]:
    """The name by which a picture was sent, call after call; empty where the picture itself was."""
    return [call["parameters"].get("photo", "") for call in await telegram.calls("sendphoto")]


async def test_show_me(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The picture comes as a message of its own, with the steps below it and a way back; the card stays as it was."""
    async with flawless(telegram, tmp_path):
        ann = await telegram.user("Ann")
        card = await asked(ann.chat, OFF)
        picture = await shown(ann.chat)
        assert picture.id > card.id
        assert picture.text.startswith(f"{TITLE}\n1. Open Settings › [your name] › iCloud › iCloud Backup")
        assert "<code>Settings › [your name] › iCloud › iCloud Backup</code>" in picture.html
        assert picture.labels == ("Go on",)
        (drawn,) = telegram.world.files.values()
        assert Image.open(io.BytesIO(drawn)).size[0] == 1080
        assert next(one for one in await ann.chat.messages() if one.id == card.id) == card
        await ann.chat.press("Go on", message=picture.id)
        again = await ann.chat.wait_for(lambda now: [one for one in now if one.id > picture.id and "It worked" in one.labels], PATIENCE)
        await ann.chat.press("It worked", message=again[-1].id)
        await said(ann.chat, "backup")


async def test_a_picture_is_drawn_and_sent_once(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Whoever asks for the same picture later gets it by its name at Telegram, after a restart too; each language has its own."""
    async with flawless(telegram, tmp_path) as bot:
        ann, ben = await telegram.user("Ann"), await telegram.user("Ben")
        for person in (ann, ben):
            await asked(person.chat, OFF)
        first = await shown(ann.chat)
        await until(lambda: bot.rows("SELECT 1 FROM picture"))
        await shown(ann.chat)
        assert await bot.stop() == 0
        await bot.start()
        await bot.ready()
        assert (await shown(ben.chat)).text == first.text
        ((name, language, scheme),) = bot.rows("SELECT name, language, scheme FROM picture")
        assert (language, scheme) == ("en", "light")
        assert await names(telegram) == ["", name, name]
        cas = await telegram.user("Cas", language="de")
        await asked(cas.chat, OFF)
        await until(lambda: len(bot.rows("SELECT 1 FROM conversation")) == 3)
        await cas.chat.send("/language de")
        await said(cas.chat, "Deutsch")
        messages = await cas.chat.messages()
        await cas.chat.press("Zeig es mir", message=messages[-1].id)
        await cas.chat.wait_for(lambda now: [one for one in now if one.what == "photo"], PATIENCE)
        assert (await names(telegram))[-1] == ""


async def test_a_name_that_telegram_does_not_know(telegram: FakeTelegram, tmp_path: Path) -> None:
    """With another bot's token the names are worth nothing: the picture is sent anew, and its new name kept."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat, OFF)
        await shown(ann.chat)
        await until(lambda: bot.rows("SELECT 1 FROM picture"))
        telegram.world.files.clear()
        await shown(ann.chat)
        assert [bool(name) for name in await names(telegram)] == [False, True, False]
        await until(lambda: bot.rows("SELECT name FROM picture") == [(list(telegram.world.files)[-1],)])


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (413, "Request Entity Too Large"),
        (400, "Bad Request: IMAGE_PROCESS_FAILED"),
        (400, "Bad Request: not enough rights to send photos to the chat"),
    ],
)
async def test_a_refused_picture_is_said_in_words(telegram: FakeTelegram, tmp_path: Path, code: int, reason: str) -> None:
    """What Telegram will never take is put aside, and the person gets the words, with a kind one before them."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        card = await asked(ann.chat, OFF)
        await telegram.fault("error", method="sendPhoto", code=code, description=reason)
        await ann.chat.press("Show me", message=card.id)
        words = await said(ann.chat, "The picture did not get through")
        assert TITLE in words.text
        assert words.labels == ("Go on",)
        await until(lambda: not bot.rows("SELECT 1 FROM reply_queue"))
        ((told,),) = bot.rows("SELECT reason FROM dead_letter")
        assert (
            told == f"sendPhoto: {reason.removeprefix('Bad Request: ').capitalize() if code == 413 else told.partition(': ')[2]}" or reason
        )
        await ann.chat.press("Go on", message=words.id)
        await ann.chat.wait_for(lambda now: [one for one in now if one.id > words.id and "It worked" in one.labels], PATIENCE)


async def test_a_picture_waits_as_words_do(telegram: FakeTelegram, tmp_path: Path) -> None:
    """While Telegram asks for patience, or cannot be reached, the picture stays in the queue; it comes once, and in its place."""
    async with troubled(telegram, tmp_path):
        ann = await telegram.user("Ann")
        card = await asked(ann.chat, OFF)
        await telegram.fault(
            "error", method="sendPhoto", code=429, description="Too Many Requests: retry after 1", parameters={"retry_after": 1}
        )
        await telegram.fault("reset", method="sendPhoto", nth=2)
        await ann.chat.press("Show me", message=card.id)
        await ann.chat.wait_for(lambda now: [one for one in now if one.what == "photo"], PATIENCE)
        await asyncio.sleep(0.5)
        assert len([one for one in await ann.chat.messages() if one.what == "photo"]) == 1


async def test_without_pillow_nothing_is_offered(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Where the extra is not installed the cards have no such button, and all else works."""
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise ModuleNotFoundError('PIL')\n")
    root = Path(__file__).parents[1]
    async with RunningBot(telegram.url, telegram.token, tmp_path, PYTHONPATH=f"{tmp_path}:{root}") as bot:
        await bot.ready()
        ann = await telegram.user("Ann")
        card = await asked(ann.chat, OFF)
        assert "It worked" in card.labels
        assert "Show me" not in card.labels
        assert bot.complaints == []
