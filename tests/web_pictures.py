"""Takes the pictures of docs/web/: `python -m tests.web_pictures`. They are to be looked at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.async_api import Browser

from tests.chromium import DESKTOP, PHONE, Person, chromium, website
from tests.running_bot import ROOT, WebBot

FOLDER: Final = ROOT / "docs" / "web"
SHARP: Final = {**PHONE, "device_scale_factor": 1.5}
GUIDE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>A guide</title>
<style>body {{ font: 18px/1.6 sans-serif; max-width: 40rem; margin: 3rem 4rem; color: #222 }} h1 {{ line-height: 1.2 }}</style>
<main><h1>Why your iPhone does not back up</h1>
<p>An iCloud backup runs by itself when the phone is locked, on power and on Wi-Fi. When it fails, the phone shows a message,
and each message has a cause of its own.</p><p>Not sure which one is yours? Ask in the corner.</p></main>
<script src="{address}/embed.js" async></script></html>"""


async def main() -> None:
    """Start a bot, talk to it in each way, and take a picture of each."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        site.mkdir()
        with website(site) as guest:
            async with WebBot(Path(folder), EMBED_ORIGINS=guest) as bot, chromium() as browser:
                await bot.ready()
                await _phone(browser, bot, "phone-light", "My iPhone says: last backup failed, poor network", color_scheme="light")
                german = "Der iCloud-Speicher ist voll und das Backup läuft nicht"
                await _phone(browser, bot, "phone-dark", german, color_scheme="dark", locale="de-DE")
                await _drawn(browser, bot, "phone-picture", "Show me", color_scheme="dark")
                await _drawn(browser, bot, "phone-leaflet", "A page for the shop", color_scheme="light")
                await _desktop(browser, bot)
                (site / "index.html").write_text(GUIDE.format(address=bot.address), encoding="utf-8")
                await _embedded(browser, guest)


async def _phone(browser: Browser, bot: WebBot, name: str, text: str, **context: Any) -> None:
    person = await (await Person.at(browser, bot.address, **{**SHARP, **context})).greeted()
    await person.writes(text)
    await person.taps((await person.labels())[0])
    await person.page.mouse.click(380, 400)  # nowhere in particular: the field is left alone
    await _take(person, name)


async def _drawn(browser: Browser, bot: WebBot, name: str, label: str, **context: Any) -> None:
    """What a button of a card brings that is drawn."""
    person = await (await Person.at(browser, bot.address, **{**SHARP, **context})).greeted()
    await person.writes("iCloud Backup Off")
    await person.taps("Didn't help")
    await person.writes("what did I try?")
    await person.chat.locator(".bubble.live .key").get_by_text(label, exact=True).click()
    await person.chat.locator(".drawn img").wait_for()
    await person.page.wait_for_timeout(3000)
    await person.chat.locator(".drawn img").scroll_into_view_if_needed()
    await _take(person, name)


async def _desktop(browser: Browser, bot: WebBot) -> None:
    person = await (await Person.at(browser, bot.address, **DESKTOP)).greeted()
    await person.writes("talk to a person")
    await _take(person, "desktop")


async def _embedded(browser: Browser, guest: str) -> None:
    person = await Person.at(browser, guest, **DESKTOP)
    await person.page.get_by_role("button", name="iPhone backup help").click()
    shown = await person.page.wait_for_selector("backup-medic iframe")
    frame = await shown.content_frame() if shown else None
    assert frame is not None
    person.chat = frame
    await person.greeted()
    await _take(person, "embedded")


async def _take(person: Person, name: str) -> None:
    await person.page.wait_for_timeout(700)  # what moves has come to rest
    await person.page.screenshot(path=FOLDER / f"{name}.png")
    await person.page.context.close()


if __name__ == "__main__":
    asyncio.run(main())
