"""Plays scripts: one bot process for all that happens on Telegram, one for the web page, and a clock that both read from a file."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.evenings.page import Moment, page
from tests.evenings.screens import Bubble, changes, from_page, from_telegram
from tests.evenings.script import Deed, Evening
from tests.evenings.told_clock import CLOCKED, TOLD_CLOCK
from tests.fake_telegram import Chat, FakeTelegram
from tests.fake_telegram.world import Impossible
from tests.running_bot import RunningBot, WebBot

PATIENCE: Final = 60.0
GROUP: Final = "Family"
LOOK_EVERY: Final = 0.005


class Clock:
    """The time that the bots are told."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.now = 0

    def set(self, now: int) -> None:
        self.now = now
        other = self._file.with_suffix(".new")
        other.write_text(str(now), encoding="ascii")
        other.replace(self._file)  # whoever reads meanwhile has the old time or the new one


class Stage(ABC):
    """Where an evening is played, for one person or some."""

    def __init__(self, bot: RunningBot, clock: Clock) -> None:
        self._bot, self._clock = bot, clock
        self.moments: list[Moment] = []

    @abstractmethod
    async def do(self, deed: Deed) -> list[str]:
        """Do it; what a pressed button said for a moment."""

    @abstractmethod
    async def bubbles(self) -> list[Bubble]:
        """What the bot has on the screens."""

    async def settled(self) -> None:
        """Wait until all that is due has come."""
        due = f"SELECT due FROM timer WHERE due <= {self._clock.now}"  # noqa: S608 - a number
        await _until(lambda: not self._bot.rows(due))
        await _until(lambda: not self._bot.rows("SELECT id FROM reply_queue"))

    async def play(self, evening: Evening) -> None:
        """The whole evening, into `moments`. Raises what a button raises that is not there, TimeoutError where the bot falls silent."""
        self._clock.set(evening.begins)
        seen: dict[int, Bubble] = {}
        for deed in evening.deeds:
            self._clock.set(self._clock.now + deed.after)
            toasts = await self.do(deed)
            await self.settled()
            now = await self.bubbles()
            self.moments.append(Moment(deed, self._clock.now, tuple(changes(seen, now)), tuple(toasts)))
            seen = {bubble.number: bubble for bubble in now}


class OnTelegram(Stage):
    """In private chats, and in a group if there is one."""

    def __init__(self, bot: RunningBot, clock: Clock, telegram: FakeTelegram, chats: dict[str, Chat], private: Chat | None = None) -> None:
        super().__init__(bot, clock)
        self._telegram, self._chats, self._private = telegram, chats, private

    async def do(self, deed: Deed) -> list[str]:
        chat = self._chats[deed.by]
        match deed.kind:
            case "says":
                await chat.send(deed.on)
            case "shows":
                from tests.screens.drawing import drawn  # noqa: PLC0415 - needs Pillow
                from tests.screens.reading import screen_named  # noqa: PLC0415

                await chat.show("photo", "", drawn(screen_named(deed.on)))
            case "presses":
                press = await chat.press(deed.on)
                if press.query is not None:
                    toast = (await press.answered(PATIENCE)).text
                    return [toast] if toast else []
        return []

    async def bubbles(self) -> list[Bubble]:
        public = next(iter(self._chats.values()))
        found = [from_telegram(shown) for shown in await public.messages() if shown.by is None]
        if self._private is not None:
            found += [from_telegram(shown, "the private chat") for shown in await self._private.messages() if shown.by is None]
        return sorted(found, key=lambda bubble: bubble.number)

    async def settled(self) -> None:
        await _until(lambda: not any(True for _ in self._telegram.world.queue.waiting()))
        await super().settled()


class OnPage(Stage):
    """On the web page, without a browser: what the page is sent, and what it sends."""

    def __init__(self, bot: WebBot, clock: Clock, session: aiohttp.ClientSession, evening: Evening) -> None:
        super().__init__(bot, clock)
        self._address, self._session, self._evening = bot.address, session, evening
        self._token, self._updates, self._revision = "", 0, 0
        self._shown: dict[int, dict[str, Any]] = {}

    async def do(self, deed: Deed) -> list[str]:
        match deed.kind:
            case "opens":
                self._token = (await self._post("/api/session", {}))["token"]
                await self._send(command="start")
            case "says":
                await self._send(text=deed.on)
            case "presses":
                card, key = self._find(deed.on)
                await self._send(press=key, card=card)
        return []

    async def bubbles(self) -> list[Bubble]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(f"{self._address}/api/messages?since=0", headers=headers) as answer:
            self._keep(await answer.json())
        return [from_page(message) for _, message in sorted(self._shown.items())]

    def _find(self, label: str) -> tuple[int, str]:
        for number, message in sorted(self._shown.items(), reverse=True):
            for row in message["rows"]:
                for key in row:
                    if key["label"] == label:
                        return number, key["press"]
        raise LookupError(f"no button {label!r}")

    async def _send(self, **update: Any) -> None:
        self._updates += 1
        name = f"{self._evening.name}-as-update-{self._updates}"
        self._keep(await self._post("/api/updates", {"id": name, "since": self._revision, "language": self._evening.language, **update}))

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Origin": self._address, "Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        async with self._session.post(self._address + path, data=json.dumps(body), headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    def _keep(self, news: dict[str, Any]) -> None:
        self._revision = max(self._revision, news.get("revision", 0))
        self._shown |= {message["number"]: message for message in news.get("messages", [])}


# --- all of them -----------------------------------------------------------------------------------------------------------


async def played(evenings: Iterable[Evening], folder: Path, *, pictures: bool) -> dict[str, str]:
    """Play these, one after the other; page by name. pictures: whether the bot reads screenshots. Raises what `Stage.play` raises."""
    pages = {}
    clock = Clock(folder / "clock")
    clock.set(0)
    async with _bots(folder, pictures=pictures) as (telegram, bot, web, session):
        for evening in evenings:
            stage = OnPage(web, clock, session, evening) if evening.where == "web" else await _on_telegram(bot, clock, telegram, evening)
            try:
                await stage.play(evening)
            except (AssertionError, Impossible, LookupError, TimeoutError) as error:
                raise AssertionError(f"{page(evening, stage.moments)}\n{evening.name}, turn {len(stage.moments) + 1}: {error!r}") from error
            pages[evening.name] = page(evening, stage.moments)
    assert "Traceback" not in bot.stderr + web.stderr
    return pages


@asynccontextmanager
async def _bots(folder: Path, *, pictures: bool) -> AsyncIterator[tuple[FakeTelegram, RunningBot, WebBot, aiohttp.ClientSession]]:
    """Both bots with the told clock, and what talks to them."""
    told = {TOLD_CLOCK: str(folder / "clock")}
    async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
        bot = RunningBot(telegram.url, telegram.token, folder, READ_PICTURES="yes" if pictures else "no", **told)
        web = WebBot(folder, **told)
        bot.module = web.module = CLOCKED
        async with bot, web:
            await bot.ready()
            await web.ready()
            yield telegram, bot, web, session


async def _on_telegram(bot: RunningBot, clock: Clock, telegram: FakeTelegram, evening: Evening) -> OnTelegram:
    people = [await telegram.user(name, language=evening.language) for name in evening.people]
    if evening.where == "telegram":
        return OnTelegram(bot, clock, telegram, {people[0].name: people[0].chat})
    group = await telegram.group(GROUP, *people, kind="supergroup")
    return OnTelegram(bot, clock, telegram, {person.name: group.seen_by(person) for person in people}, people[0].chat)


async def _until(reached: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 - neither the queue nor the database knows events
            await asyncio.sleep(LOOK_EVERY)
