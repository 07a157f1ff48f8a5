"""A real WebKit (GTK's MiniBrowser), driven by the WebDriver protocol on a screen of its own; no more of it than the tests need."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.running_bot import free_port

MISSING: Final = "WebKit's driver is not installed (the Debian packages are webkit2gtk-driver and xvfb)"
PATIENCE: Final = 40.0
SCREEN: Final = ("-screen", "0", "500x900x24", "-nolisten", "tcp")
ENTER: Final = "\ue007"
ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which the protocol hands out elements."""


def programs() -> tuple[str, str, Path] | None:
    """The screen, the driver and the browser, if all are there."""
    screen, driver = shutil.which("Xvfb"), shutil.which("WebKitWebDriver")
    browser = max(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), default=None)
    return (screen, driver, browser) if screen and driver and browser else None


class WebKit:
    """One browser window after another. Made by `webkit`."""

    def __init__(self, http: aiohttp.ClientSession, session: str) -> None:
        self._http = http
        self._session = session

    async def opens(self, address: str) -> None:
        """Load a page."""
        await self._ask("url", {"url": address})

    async def reloads(self) -> None:
        await self._ask("refresh", {})

    async def new_window(self) -> str:
        """One more tab, which is looked at from now on; the one of before."""
        before = str(await self._ask("window"))
        made = await self._ask("window/new", {"type": "tab"})
        await self.looks_at(made["handle"])
        return before

    async def looks_at(self, window: str) -> None:
        await self._ask("window", {"handle": window})

    async def enters_frame(self, script: str) -> None:
        """Go on in the frame that a script finds."""
        await self._ask("frame", {"id": await self.runs(script)})

    async def runs(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page; what it returns."""
        return await self._ask("execute/sync", {"script": script, "args": list(arguments)})

    async def until(self, script: str, *arguments: Any) -> None:
        """Wait until a script returns true."""
        async with asyncio.timeout(PATIENCE):
            while not await self.runs(script, *arguments):  # noqa: ASYNC110 - it is another program that we wait for
                await asyncio.sleep(0.05)

    async def sees(self, text: str) -> None:
        """Wait for words in the conversation."""
        await self.until("return document.getElementById('log')?.innerText.includes(arguments[0]) ?? false", text)

    async def writes(self, text: str) -> None:
        """Type a message, key by key, and send it."""
        field = await self.runs("return document.getElementById('text')")
        await self._ask(f"element/{field[ELEMENT]}/value", {"text": text + ENTER})

    async def says(self, text: str) -> None:
        """Send a message without typing it: in a frame of another site, this driver finds no field that it could type into."""
        await self.runs("document.getElementById('text').value = arguments[0]; document.getElementById('composer').requestSubmit()", text)

    async def taps(self, script: str, *arguments: Any) -> None:
        """Click on the element that a script finds, as a person does."""
        found = await self.runs(script, *arguments)
        await self.runs("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", found)  # the driver waits for no scrolling
        await self._ask(f"element/{found[ELEMENT]}/click", {})

    async def taps_key(self, label: str) -> None:
        """Tap a button of the live card, and wait for what comes of it."""
        before = await self.card()
        await self.taps("return [...document.querySelectorAll('.live .key')].find((key) => key.textContent === arguments[0])", label)
        await self.until("return document.querySelector('.live').innerText !== arguments[0] && !document.querySelector('.busy')", before)

    async def card(self) -> str:
        return str(await self.runs("return document.querySelector('.live').innerText"))

    async def labels(self) -> list[str]:
        return list(await self.runs("return [...document.querySelectorAll('.live .key')].map((key) => key.textContent)"))

    async def bubbles(self) -> list[str]:
        return list(await self.runs("return [...document.querySelectorAll('.bubble:not([hidden])')].map((one) => one.innerText)"))

    async def _ask(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        async with self._http.request(method, f"/session/{self._session}/{path}", json=body) as answer:
            value = (await answer.json())["value"]
            assert answer.status == 200, value
            return value


@asynccontextmanager
async def webkit(home: Path) -> AsyncIterator[WebKit]:
    """A browser with nothing kept from before, for as long as the block lasts. home: an empty folder."""
    found = programs()
    assert found is not None, MISSING
    screen, driver, browser = found
    reading, writing = os.pipe()
    shown = subprocess.Popen([screen, "-displayfd", str(writing), *SCREEN], pass_fds=[writing], stderr=subprocess.DEVNULL)  # noqa: ASYNC220, S603
    os.close(writing)
    with os.fdopen(reading) as told:
        display = f":{(await asyncio.to_thread(told.readline)).strip()}"
    port = free_port()
    # As root, and in a container, its own sandbox cannot be made; it loads nothing but our pages.
    environment = {**os.environ, "DISPLAY": display, "HOME": str(home), "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    command = [driver, f"--port={port}", "--host=127.0.0.1"]
    driving = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220, S603
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            session = await _session(http, browser)
            try:
                yield WebKit(http, session)
            finally:
                async with http.delete(f"/session/{session}"):
                    pass
    finally:
        for process in (driving, shown):
            process.terminate()
            process.wait()


async def _session(http: aiohttp.ClientSession, browser: Path) -> str:
    """Begin one, as soon as the driver listens."""
    options = {"binary": str(browser), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}}}
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with http.post("/session", json=wanted) as answer:
                    return str((await answer.json())["value"]["sessionId"])
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
