"""Pictures sent to the real bot: read, answered once, and nobody else waits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from tests.fake_telegram import FakeTelegram, Shown
from tests.ocr import need_drawing, reader
from tests.on_telegram import ERROR, secrets_told
from tests.running_bot import RunningBot, WebhookBot, registered

NETWORK: Final = "The last backup could not be completed because of poor network conditions."
HEIC: Final = Path(__file__).parent / "screens" / "last-backup-failed.heic"
ROW: Final = "5\t1\t1\t1\t1\t{word}\t0\t0\t9\t9\t95\t{text}\n"


@asynccontextmanager
async def _reading(
    telegram: FakeTelegram, folder: Path, settings: dict[str, str], kind: type[RunningBot] = RunningBot
) -> AsyncIterator[RunningBot]:
    bot = kind(telegram.url, telegram.token, folder, READ_PICTURES="yes", **settings)
    await registered(telegram, bot)
    async with bot:
        await bot.ready()
        yield bot
    assert "Traceback" not in bot.stderr
    assert secrets_told(telegram, bot) == []


def _picture(size: tuple[int, int] = (300, 300)) -> bytes:
    from PIL import Image  # noqa: PLC0415 - only with the extra

    made = BytesIO()
    Image.new("RGB", size, "white").save(made, "PNG")
    return made.getvalue()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _said(begin: str, times: int, messages: list[Shown]) -> bool:
    """Whether so many messages of the bot begin like this."""
    return sum(shown.text.startswith(begin) for shown in messages) == times


@pytest.fixture
def slow(tmp_path: Path) -> dict[str, str]:
    """Settings with an engine that reads the same words in every picture, but not while there is a file called `closed`."""
    if find_spec("PIL") is None:
        pytest.skip("reading pictures: the extra `ocr` is missing")
    folder = tmp_path / "bin"
    folder.mkdir()
    words = "".join(ROW.format(word=place, text=word) for place, word in enumerate(NETWORK.split()))
    (folder / "table").write_text("header\n" + words)
    script = (
        f'#!/bin/sh\n[ "$1" = --list-langs ] && printf "List:\\neng\\n" && exit\ncat >/dev/null\n'
        f"while [ -e {tmp_path}/closed ]; do sleep 0.05; done\ncat {folder}/table\n"
    )
    (folder / "tesseract").write_text(script)
    (folder / "tesseract").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


async def test_a_screenshot_gets_the_card_of_its_error(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A photo with a caption that says nothing, an image as a file, a photo of a German screen, an iPhone's own file."""
    reader()
    need_drawing()
    from tests.screens.drawing import drawn  # noqa: PLC0415 - needs Pillow
    from tests.screens.reading import screen_named  # noqa: PLC0415

    async with _reading(telegram, tmp_path, {}):
        people = (("Ann", "en"), ("Bob", "en"), ("Eva", "de"), ("Kim", "en"))
        ann, bob, eva, kim = [await telegram.user(name, language=code) for name, code in people]
        await ann.chat.show("photo", "what now", drawn(screen_named("en-network-panel")))
        await bob.chat.show("document", "", drawn(screen_named("en-quota-panel-dark")))
        await eva.chat.show("photo", "", drawn(screen_named("photo-de-network-panel")))
        await kim.chat.show("document", "", HEIC.read_bytes())
        first = await ann.chat.answer(seconds=60)
        assert first.text.startswith("I read “The last backup could not be completed because of poor network conditions”.")
        assert "network" in first.text
        assert (await bob.chat.answer(seconds=60)).text.startswith("I read “This iPhone cannot be backed up")
        assert (await eva.chat.answer(seconds=60)).text.startswith("Gelesen habe ich: „Das letzte Backup konnte")
        assert (await kim.chat.answer(seconds=60)).text.startswith("I read “iPhone Backup Failed”.")
    assert {path.suffix for path in _files(tmp_path)} <= {".db", ".log", ".db-lock", ".db-wal", ".db-shm"}


@pytest.mark.parametrize("kind", [RunningBot, WebhookBot])
async def test_nobody_waits_for_the_picture_of_another(
    telegram: FakeTelegram, tmp_path: Path, slow: dict[str, str], kind: type[RunningBot]
) -> None:
    (tmp_path / "closed").touch()
    async with _reading(telegram, tmp_path, slow, kind):
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        await ann.chat.show("photo", "", _picture())
        for text in (ERROR, "what is backed up"):
            await bob.chat.send(text)
            await bob.chat.answer(seconds=30)
        (tmp_path / "closed").unlink()
        assert (await ann.chat.answer(seconds=30)).text.startswith("I read “The last")
    assert (await telegram.counters())["duplicates"] == 0


async def test_a_picture_survives_a_kill_and_is_answered_once(telegram: FakeTelegram, tmp_path: Path, slow: dict[str, str]) -> None:
    (tmp_path / "closed").touch()
    async with _reading(telegram, tmp_path, slow) as bot:
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        await ann.chat.show("photo", "", _picture())
        await bob.chat.send(ERROR)  # comes behind it, is answered, and comes again with it
        await bob.chat.answer(seconds=30)
        await bot.kill()
        (tmp_path / "closed").unlink()
        await bot.start()
        assert (await ann.chat.answer(seconds=30)).text.startswith("I read “The last")
        await bob.chat.send("/tried")
        await bob.chat.answer(seconds=30)
        assert _said("I read", 1, await ann.chat.messages())
    assert (await telegram.counters())["pending"] == 0


async def test_an_album_gets_one_answer(telegram: FakeTelegram, tmp_path: Path, slow: dict[str, str]) -> None:
    async with _reading(telegram, tmp_path, slow):
        ann = await telegram.user("Ann")
        for _ in range(5):
            await ann.chat.show("photo", "", _picture(), album="7")
        await ann.chat.answer(seconds=30)
        await ann.chat.send("/tried")
        await ann.chat.answer(seconds=30)
        assert _said("I read", 1, await ann.chat.messages())


async def test_what_cannot_be_read_is_declined_kindly(telegram: FakeTelegram, tmp_path: Path, slow: dict[str, str]) -> None:
    async with _reading(telegram, tmp_path, slow):
        ann = await telegram.user("Ann")
        broken = (b"\x89PNG broken", b"\xff\xd8 broken", HEIC.read_bytes()[:300], b"\x89PNG" + bytes(21 << 20))
        for number, file in enumerate(broken, 1):
            await ann.chat.show("document", "", file)
            await ann.chat.wait_for(partial(_said, "I cannot open this file.", number), seconds=30)
        await ann.chat.show("document", "", b"%PDF")
        await ann.chat.wait_for(partial(_said, "I can only read words.", 1), seconds=30)


async def test_a_flood_of_pictures_is_asked_to_type(telegram: FakeTelegram, tmp_path: Path, slow: dict[str, str]) -> None:
    """Of one person only two are read at a time; the rest is answered at once."""
    (tmp_path / "closed").touch()
    async with _reading(telegram, tmp_path, slow):
        ann = await telegram.user("Ann")
        for _ in range(6):
            await ann.chat.show("photo", "", _picture())
        await asyncio.sleep(0)
        assert (await ann.chat.answer(seconds=30)).text.startswith("I cannot look at your picture right now.")
        (tmp_path / "closed").unlink()
        await ann.chat.wait_for(partial(_said, "I read", 1), seconds=30)
