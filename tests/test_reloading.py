"""New content for a running bot (SIGHUP): the real bot, its content changed under open conversations."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.content import keep_matching, load_guide
from tests.english_content import copy_english, copy_with
from tests.fake_telegram import Chat, FakeTelegram
from tests.on_telegram import ERROR, OFF, asked, private, said, secrets_told, session_of, until
from tests.running_bot import RunningBot

OLD: Final = "Hello. I help when an iPhone or iPad does not back up to iCloud."
NEW: Final = "Good day to you."
RELOADED: Final = "the content was reloaded\n"
REFUSED: Final = "the content was not reloaded"


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content in English, compiled, so that not every bot must do that."""
    return compiled(copy_english(tmp_path_factory.mktemp("english")))


@pytest.fixture
def content(english: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(english, tmp_path / "content")


def compiled(folder: Path) -> Path:
    keep_matching(folder, load_guide(folder))
    return folder


@pytest.fixture
async def bot(telegram: FakeTelegram, content: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with RunningBot(telegram.url, telegram.token, tmp_path, CONTENT_DIR=str(content)) as bot:
        await bot.ready()
        yield bot
        assert await bot.stop() == 0
    assert "Traceback" not in bot.stderr
    assert secrets_told(telegram, bot) == []


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


async def reload(bot: RunningBot, told: str = RELOADED) -> None:
    """Have the content reloaded, and wait for what is told of it."""
    before = bot.stderr.count(told)
    bot.signal(signal.SIGHUP)
    await until(lambda: bot.stderr.count(told) > before)


async def test_wrong_content_is_refused_as_a_whole(telegram: FakeTelegram, bot: RunningBot, content: Path) -> None:
    """Content with an error changes nothing, also not where it is right; the log names file, line and cure. Mended, it is taken.

    So with content of the right form that the bot could not send: a text that is too long.
    """
    change(content / "responses/en/replies.yaml", OLD, "Hello. " * 1000)
    await reload(bot, REFUSED)
    assert "responses/en/replies.yaml:" in bot.stderr
    change(content / "responses/en/replies.yaml", "Hello. " * 1000, NEW)
    change(content / "intents/storage-full.yaml", "id: storage-full", "id: storage-fulll")
    await reload(bot, REFUSED)
    assert "intents/storage-full.yaml:3: " in bot.stderr
    assert "give both the same name" in bot.stderr
    assert ": warning: " not in bot.stderr
    ann = await telegram.user("Ann")
    await ann.chat.start()
    await said(ann.chat, OLD)
    change(content / "intents/storage-full.yaml", "id: storage-fulll", "id: storage-full")
    await reload(bot)
    bob = await telegram.user("Bob")
    await bob.chat.start()
    await said(bob.chat, NEW)


async def test_content_that_is_gone(telegram: FakeTelegram, bot: RunningBot, content: Path) -> None:
    """Where there is no content any more, the bot goes on with what it has."""
    shutil.rmtree(content / "responses")
    await reload(bot, REFUSED)
    ann = await telegram.user("Ann")
    await ann.chat.start()
    await said(ann.chat, OLD)


async def test_open_sessions_go_on(telegram: FakeTelegram, bot: RunningBot, content: Path) -> None:
    """Who stands on a fix that the new content no longer has is led on by the next press; who does not goes on where they were."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await asked(ann.chat, OFF)
    await asked(bob.chat, ERROR)
    fix = session_of(bot, private(ann.chat))["subject"]
    file = content / "intents/backup-off.yaml"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if f"fix: {fix}," not in line]
    file.write_text("".join(kept), encoding="utf-8")
    await reload(bot)
    await ann.chat.press("Didn't help")
    await until(lambda: session_of(bot, private(ann.chat))["subject"] != fix)
    assert (await ann.chat.last()).rows
    await bob.chat.press("1-4 weeks ago")
    await said(bob.chat, "Fix 2")
    assert bot.rows("SELECT * FROM poison") == []


async def test_reloading_stops_nobody(telegram: FakeTelegram, bot: RunningBot) -> None:
    """While the content is reloaded, again and again, people are answered."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)

    async def talk() -> None:
        for number in range(6):
            await ann.chat.send(OFF if number % 2 else ERROR)
            await ann.chat.answer()
            await asyncio.sleep(0.1)

    talking = asyncio.create_task(talk())
    while not talking.done():
        await reload(bot)
    await talking
    assert bot.complaints == []


async def test_stopping_while_reloading(bot: RunningBot) -> None:
    """SIGTERM in the middle of a reload stops the bot as ever."""
    bot.signal(signal.SIGHUP)
    await until(lambda: "reloading the content" in bot.stderr)
    assert await bot.stop() == 0
    await bot.start()
    await bot.ready()


# --- several languages -------------------------------------------------------------------------------------------------------

GERMAN: Final = """
intents:
  storage-full:
    phrases: [der iCloud-Speicher ist voll, kein Platz mehr in iCloud]
  last-backup-failed:
    phrases: [das letzte Backup ist fehlgeschlagen, das Backup bricht immer ab]
"""
JAPANESE: Final = GERMAN.replace("der iCloud-Speicher ist voll, kein Platz mehr in iCloud", "iCloudの容量がいっぱいです").replace(
    "das letzte Backup ist fehlgeschlagen, das Backup bricht immer ab", "前回のバックアップに失敗しました"
)


def took(bot: RunningBot, chat: Chat) -> str:
    """The error that a conversation went over to last; nothing before the first."""
    history = (session_of(bot, private(chat)).get("problem") or {}).get("history", ())
    return str(next((note[1] for note in reversed(history) if note[0] == "took"), ""))


async def test_each_language_is_reloaded(telegram: FakeTelegram, tmp_path: Path) -> None:
    """After SIGHUP new phrases and texts of each language count, and who writes a language keeps it, in the middle of a fix.

    Nobody's conversation is touched.
    """
    content = compiled(copy_with(tmp_path / "content", {"de": GERMAN, "ja": JAPANESE}))
    async with RunningBot(telegram.url, telegram.token, tmp_path, CONTENT_DIR=str(content)) as bot:
        await bot.ready()
        ann, ken, joe = [await telegram.user(name) for name in ("Ann", "Ken", "Joe")]
        await ann.chat.send("das Backup bricht immer ab")
        await said(ann.chat, "Lösung 1")
        await ken.chat.send("前回のバックアップに失敗しました")
        await until(lambda: session_of(bot, private(ken.chat)).get("language") == "ja")
        await joe.chat.send("gobbledygook frobnicates")
        await said(joe.chat, "I did not understand")
        change(content / "intents/phrases/de.yaml", "kein Platz mehr in iCloud", "Wolke randvoll")
        change(content / "intents/phrases/ja.yaml", "iCloudの容量がいっぱいです", "雲が満杯")
        change(content / "intents/storage-full.yaml", "phrases:\n  en:\n", "phrases:\n  en:\n    - gobbledygook frobnicates\n")
        change(content / "responses/en/replies.yaml", OLD, NEW)
        await reload(bot)
        await ann.chat.send("Wolke randvoll")
        await ken.chat.send("雲が満杯")
        await joe.chat.send("gobbledygook frobnicates")
        await until(lambda: all(took(bot, chat) == "storage-full" for chat in (ann.chat, ken.chat, joe.chat)))
        assert [session_of(bot, private(chat))["language"] for chat in (ann.chat, ken.chat)] == ["de", "ja"]
        bob = await telegram.user("Bob")
        await bob.chat.start()
        await said(bob.chat, NEW)
        assert await bot.stop() == 0
    assert bot.complaints == []
