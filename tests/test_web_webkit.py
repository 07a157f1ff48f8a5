"""The web chat in a real WebKit, the engine of the iPhone's browsers: what Chromium shows of it need not hold there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.chromium import website
from tests.running_bot import WebBot
from tests.webkit import MISSING, WebKit, programs, webkit

pytestmark = pytest.mark.skipif(programs() is None, reason=MISSING)

STORAGE: Final = "There is not enough iCloud storage to back up this iPhone"
ANSWER: Final = "Your iCloud storage has no room for the next backup"


@pytest.fixture
async def ann(tmp_path: Path) -> AsyncIterator[WebKit]:
    home = tmp_path / "home"
    home.mkdir()
    async with webkit(home) as found:
        yield found


async def test_a_conversation_with_a_reload_and_two_tabs(ann: WebKit, tmp_path: Path) -> None:
    """Words, taps, a reload in the middle, a second tab, and on to "It worked"."""
    async with WebBot(tmp_path) as bot:
        await bot.ready()
        await ann.opens(bot.address)
        await ann.sees("Hello. I help when")
        await ann.writes(STORAGE)
        await ann.sees(ANSWER)
        before = await ann.bubbles()
        assert len(before) == 3
        await ann.reloads()
        await ann.sees(ANSWER)
        assert await ann.bubbles() == before
        first = await ann.new_window()
        await ann.opens(bot.address)
        await ann.sees(STORAGE)
        await ann.sees(ANSWER)
        for _ in range(20):
            if "It worked" in (labels := await ann.labels()):
                break
            await ann.taps_key(labels[0])
        await ann.taps_key("It worked")
        await ann.looks_at(first)
        await ann.sees("Your backup runs. Well done.")
        assert not bot.complaints


async def test_embedded_in_another_site(ann: WebKit, tmp_path: Path) -> None:
    """One line of script on another site: the chat opens in a frame, and works there."""
    folder = tmp_path / "site"
    folder.mkdir()
    with website(folder) as guest:
        async with WebBot(tmp_path, EMBED_ORIGINS=guest) as bot:
            await bot.ready()
            page = f"<!doctype html><title>Guide</title><h1>Guide</h1><script src='{bot.address}/embed.js'></script>"
            (folder / "guide.html").write_text(page, encoding="utf-8")
            await ann.opens(f"{guest}/guide.html")
            await ann.taps("return document.querySelector('backup-medic').shadowRoot.querySelector('button')")
            await ann.enters_frame("return document.querySelector('backup-medic').shadowRoot.querySelector('iframe')")
            await ann.sees("Hello. I help when")
            await ann.says(STORAGE)
            await ann.sees(ANSWER)
            await ann.taps_key((await ann.labels())[0])
            assert not bot.complaints
