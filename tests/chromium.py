"""A real Chromium, and a person in front of it who talks to the web chat.

async with chromium() as browser:
    ann = await Person.at(browser, web.address)
    await ann.writes("Not enough iCloud storage")
    await ann.taps("In the last few days")
"""

from __future__ import annotations

import asyncio
import http.server
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from playwright.async_api import Browser, BrowserContext, Frame, Page, async_playwright, expect

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "Chromium is not installed (the Debian package is chromium)"
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE: Final = 40_000.0
"""Milliseconds that anything on a page may take: the machine may be busy."""
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


def program() -> str | None:
    """Where Chromium is, if it is there."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser, for as long as the block lasts."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


class Person:
    """Somebody at a page (or at a frame in it). complaints: what the browser had against it; there must be none."""

    def __init__(self, page: Page, chat: Page | Frame) -> None:
        self.page, self.chat = page, chat
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)

    @classmethod
    async def at(cls, place: Browser | BrowserContext, address: str, **context: Any) -> Self:
        """Open a page: in a new browser profile, or as one more tab of one."""
        tabs = place if isinstance(place, BrowserContext) else await place.new_context(**{**PHONE, **context})
        page = await tabs.new_page()
        page.set_default_timeout(PATIENCE)
        person = cls(page, page)
        await page.goto(address)
        return person

    async def greeted(self) -> Self:
        """Wait for the first card."""
        await expect(self.chat.locator(".bubble.live")).to_be_visible(timeout=PATIENCE)
        return self

    # --- what they do ---------------------------------------------------------------------------------------------------

    async def types(self, text: str) -> None:
        """Write a message and send it; do not wait for an answer."""
        await self.chat.locator("#text").fill(text)
        await self.chat.locator("#text").press("Enter")

    async def writes(self, text: str) -> None:
        """Write a message, and wait until it is answered."""
        before = await self.newest()
        await self.types(text)
        async with asyncio.timeout(PATIENCE / 1000):
            while await self.newest() <= before:  # noqa: ASYNC110 - the page's own policy forbids Playwright to wait in it
                await asyncio.sleep(0.02)

    async def taps(self, label: str) -> None:
        """Tap a button of the live card, and wait for what comes of it."""
        before = await self.card()
        await self.chat.locator(".bubble.live .key").get_by_text(label, exact=True).click()
        await expect(self.chat.locator(".bubble.live .rows.busy")).to_have_count(0, timeout=PATIENCE)
        await expect(self.chat.locator(".bubble.live")).not_to_have_text(before, timeout=PATIENCE)

    async def chooses(self, command: str) -> None:
        """Choose from the menu."""
        await self.chat.locator("#menu-button").click()
        await self.chat.locator(f"[data-command={command}]").click()

    # --- what they see --------------------------------------------------------------------------------------------------

    async def sees(self, text: str) -> None:
        """Wait for words anywhere in the conversation."""
        await expect(self.chat.locator("#log")).to_contain_text(text, timeout=PATIENCE)

    async def card(self) -> str:
        """The live card's words, buttons included."""
        return await self.chat.locator(".bubble.live").text_content() or ""

    async def labels(self) -> list[str]:
        """The buttons of the live card."""
        return await self.chat.locator(".bubble.live .key").all_text_contents()

    async def bubbles(self) -> list[str]:
        """Everything that was said, in its order, by both."""
        return await self.chat.locator("#log .bubble").all_text_contents()

    async def newest(self) -> int:
        """The number of the newest message of the bot."""
        return int(await self.chat.evaluate(f"Math.max(0, ...{_NUMBERS})"))


_NUMBERS: Final = "[...document.querySelectorAll('.bubble.bot')].map((one) => Number(one.dataset.place ?? 0))"


@contextmanager
def website(folder: Path, host: str = "localhost") -> Iterator[str]:
    """A website of somebody else's, from the files of a folder; its origin."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, directory=str(folder), **named)

        def log_message(self, *said: Any) -> None: ...

    with http.server.ThreadingHTTPServer((host, 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{host}:{server.server_address[1]}"
        finally:
            server.shutdown()
