"""People in front of the fake Telegram: what they do, and the chat as they see it.

The same in the test's process (`FakeTelegram`) and from another one (`RemoteTelegram`): everything goes through `call`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp

from tests.fake_telegram.rules import Json
from tests.fake_telegram.world import Impossible

Found = TypeVar("Found")
ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 5.0
"""Seconds to wait for the bot where nothing else is said."""


class NotSeen(AssertionError):
    """What the test waited for did not come in time; shows the chat as it was."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button as it is seen. One of `data`, `url` and `copies` says what it does."""

    label: str
    data: str = ""
    url: str = ""
    copies: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it is seen. `by` is None for the bot; `what` says what it is besides words (`photo` …)."""

    id: int
    by: str | None
    text: str
    html: str
    rows: tuple[tuple[Key, ...], ...]
    edited: bool
    what: str
    thread: int | None
    version: int

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for row in self.rows for key in row)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(key.label for key in self.keys)


@dataclass(frozen=True, slots=True)
class Toast:
    """What a pressed button says for a moment (or, as an alert, until it is closed)."""

    text: str
    alert: bool = False


class Telegram(ABC):
    """All that a test can reach, wherever the server runs."""

    url: str
    """The root of the Bot API server, for TELEGRAM_API_URL."""
    token: str

    @abstractmethod
    async def call(self, action: str, **arguments: Any) -> Any:
        """Do what is asked in the world, and return what it answers."""

    async def user(self, name: str = "Ann", *, username: str = "", language: str = "en", id: int = 0) -> User:  # noqa: A002
        """Somebody who has not written to the bot yet."""
        found = await self.call("person", name=name, username=username, language=language, id=id)
        return User(self, found["id"], name)

    async def group(self, title: str, *people: User, kind: str = "group", forum: bool = False, admin: bool = False) -> Group:
        """A group of these people, to which the first one adds the bot. `kind`: group or supergroup."""
        ids = [person.id for person in people]
        found = await self.call("group", title=title, people=ids, kind=kind, forum=forum, admin=admin)
        return Group(self, found["id"], people)

    async def fault(self, kind: str, **given: Any) -> int:
        """Let calls go wrong: see faults.py."""
        return int(await self.call("fault", kind=kind, **given))

    async def counters(self) -> Json:
        found: Json = await self.call("counters")
        return found

    async def calls(self, method: str = "") -> list[Json]:
        found: list[Json] = await self.call("calls", method=method)
        return found

    async def options(self, **given: Any) -> Json:
        """Set options (options.py), and see them all."""
        found: Json = await self.call("options", **given)
        return found

    async def advance(self, seconds: float) -> None:
        """Move the clock on."""
        await self.call("advance", seconds=seconds)

    async def drained(self, seconds: float = PATIENCE) -> None:
        """Wait until the bot has confirmed every update."""
        if not await self.call("drained", seconds=seconds):
            raise NotSeen(f"after {seconds} s {(await self.counters())['pending']} updates still wait")


class User:
    """One person. `chat` is the private chat with the bot."""

    def __init__(self, telegram: Telegram, id: int, name: str) -> None:  # noqa: A002
        self.id, self.name = id, name
        self._telegram = telegram
        self.chat = Chat(telegram, id, self)

    async def block(self) -> None:
        await self._telegram.call("block", person=self.id, blocked=True)

    async def unblock(self) -> None:
        await self._telegram.call("block", person=self.id, blocked=False)

    async def ask_inline(self, text: str, seconds: float = PATIENCE) -> Json | None:
        """Type the bot's name and a text in any chat; what it offers (control.py), or None where nothing comes."""
        found: Json | None = await self._telegram.call("ask_inline", person=self.id, text=text, seconds=seconds)
        return found

    async def deactivate(self) -> None:
        """The account is gone."""
        await self._telegram.call("deactivate", person=self.id)


class Group:
    """A group: what happens to it, and each person's view of it."""

    def __init__(self, telegram: Telegram, id: int, people: Sequence[User]) -> None:  # noqa: A002
        self.id, self.people = id, tuple(people)
        self._telegram = telegram

    def seen_by(self, person: User, thread: int | None = None) -> Chat:
        """The group, or one topic of it, as this person sees it and writes in it."""
        return Chat(self._telegram, self.id, person, thread)

    async def open_topic(self, name: str) -> int:
        return int(await self._telegram.call("topic", chat=self.id, name=name))

    async def change_topic(self, thread: int, change: str) -> None:
        """`close`, `reopen` or `delete` a topic."""
        await self._telegram.call("topic", chat=self.id, thread=thread, change=change)

    async def place_bot(self, place: str) -> None:
        """The first person makes the bot `member`, `administrator`, `left` or `kicked`."""
        await self._telegram.call("place", person=self.people[0].id, chat=self.id, place=place)

    async def protect(self) -> None:
        """From now on nothing may be copied or forwarded out of it."""
        await self._telegram.call("protect", chat=self.id)

    async def upgrade(self) -> Group:
        """The supergroup that this group becomes."""
        return Group(self._telegram, (await self._telegram.call("upgrade", chat=self.id))["id"], self.people)


class Chat:
    """One chat (or one topic) as one person sees it."""

    def __init__(self, telegram: Telegram, id: int, person: User, thread: int | None = None) -> None:  # noqa: A002
        self.id, self.person, self.thread = id, person, thread
        self._telegram = telegram
        self._mark = 0

    async def _act(self, action: str, **arguments: Any) -> Json:
        found: Json = await self._telegram.call(action, person=self.person.id, chat=self.id, **arguments)
        self._mark = found["version"]
        return found

    # --- doing ------------------------------------------------------------------------------------------------------

    async def send(self, text: str, *, reply_to: int | None = None) -> list[int]:
        """Send a text; the ids of the messages that the client makes of it."""
        ids: list[int] = (await self._act("say", text=text, thread=self.thread, reply_to=reply_to))["ids"]
        return ids

    async def start(self, payload: str = "") -> None:
        """Press Start, or follow a link with a payload."""
        await self.send(f"/start {payload}".strip())

    async def show(self, kind: str, caption: str = "", file: bytes = b"", album: str = "") -> int:
        """Send a `photo`, `sticker`, `voice`, `document`, `location` and so on (world.MEDIA); as one of an album, if it has a name."""
        found = await self._act("show", kind=kind, caption=caption, thread=self.thread, file=file.decode("latin-1"), album=album)
        return int(found["ids"][0])

    async def edit(self, message: int, text: str) -> None:
        """Correct an own message."""
        await self._act("correct", message=message, text=text)

    async def delete(self, message: int) -> None:
        """Delete an own message."""
        await self._act("withdraw", message=message)

    async def press(self, label: str | None = None, **given: Any) -> Press:
        """Press a button by its label or `data`, of the newest message that has it or of `message`.

        `old=True`: also one that an edit has replaced. `forged=True`: send `data` that no button has.
        """
        return Press(self._telegram, self, await self._act("press", label=label, **given))

    # --- seeing -----------------------------------------------------------------------------------------------------

    async def messages(self) -> list[Shown]:
        """What is visible, oldest first."""
        return (await self._view())[0]

    async def toasts(self) -> list[Toast]:
        """What pressed buttons have said to this person, oldest first."""
        return (await self._view())[1]

    async def last(self) -> Shown:
        """The newest message of the bot."""
        found = [message for message in await self.messages() if message.by is None]
        if not found:
            raise NotSeen(f"the bot has not said anything\n{await self.transcript()}")
        return found[-1]

    async def _view(self) -> tuple[list[Shown], list[Toast], int]:
        found = await self._telegram.call("view", person=self.person.id, chat=self.id, thread=self.thread)
        return [_shown(message) for message in found["messages"]], [Toast(**toast) for toast in found["toasts"]], found["version"]

    async def wait_for(self, found: Callable[[list[Shown]], Found], seconds: float = PATIENCE) -> Found:
        """Wait until `found` makes something of the visible messages that is not empty, and return that. Raises NotSeen."""
        deadline = time.monotonic() + seconds
        while True:
            messages, _, version = await self._view()
            if result := found(messages):
                return result
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotSeen(f"not seen within {seconds} s\n{await self.transcript()}")
            await self._telegram.call("wait", chat=self.id, version=version, seconds=left)

    async def answer(self, seconds: float = PATIENCE) -> Shown:
        """The bot's newest message of those that came or were edited since this person last did something; waits for the first.

        Where an old card may be closed before the new one comes, use `news`.
        """

        def newest(messages: list[Shown]) -> Shown | None:
            return max(self._since(messages), key=lambda message: message.id, default=None)

        found = await self.wait_for(newest, seconds)
        assert found is not None
        return found

    async def news(self, quiet: float = 0.1, seconds: float = PATIENCE) -> list[Shown]:
        """Everything of the bot's that came or was edited since this person last did something, once nothing more comes for `quiet` s."""
        await self.answer(seconds)
        while True:
            messages, _, version = await self._view()
            if await self._telegram.call("wait", chat=self.id, version=version, seconds=quiet) == version:
                return self._since(messages)

    async def silence(self, seconds: float = 0.2) -> None:
        """Nothing of the bot's comes for so long. Raises NotSeen where something does."""
        with suppress(NotSeen):
            found = await self.answer(seconds)
            raise AssertionError(f"something came: {found.text}")

    def _since(self, messages: Sequence[Shown]) -> list[Shown]:
        return [message for message in messages if message.by is None and message.version > self._mark]

    async def transcript(self) -> str:
        """What happened in this chat, as text for people."""
        return str(await self._telegram.call("transcript", chat=self.id, thread=self.thread))


class Press:
    """A pressed button. `copied` and `url`: what it copied or opens, where it does that instead of telling the bot."""

    def __init__(self, telegram: Telegram, chat: Chat, told: Json) -> None:
        self.query: str | None = told["query"]
        self.update: int | None = told.get("update")
        self.copied: str | None = told.get("copied")
        self.url: str | None = told.get("url")
        self._telegram, self._chat = telegram, chat

    async def answered(self, seconds: float = PATIENCE) -> Toast:
        """Wait until the wheel on the button stops; what was shown then (an empty text for nothing)."""
        found = await self._telegram.call("answer", query=self.query, seconds=seconds)
        if found is None:
            raise NotSeen(f"no answer to the pressed button within {seconds} s\n{await self._chat.transcript()}")
        return Toast(**found)

    async def again(self) -> Press:
        """The client sends it once more after a reconnect, as it does until it is answered: with a new update id."""
        return Press(self._telegram, self._chat, await self._telegram.call("press_again", query=self.query))


class RemoteTelegram(Telegram):
    """A fake Telegram in another process, by its address."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.token = ""
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self.token = await self.call("token")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, action: str, **arguments: Any) -> Any:
        assert self._session is not None, "use `async with`"
        async with self._session.post(f"{self.url}/control/{action}", data=json.dumps(arguments)) as answer:
            found = await answer.json()
        if answer.status == 409:
            raise Impossible(found["error"])
        if not found["ok"]:
            raise ValueError(found["error"])
        return found["result"]


class SpawnedTelegram(RemoteTelegram):
    """A fake Telegram that is started as a process of its own, and ended: `async with SpawnedTelegram() as telegram:`."""

    def __init__(self, *arguments: str) -> None:
        super().__init__("")
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fake_telegram", *self._arguments, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(await self._process.stdout.readline())}"
        return await super().__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        await super().__aexit__(kind, error, where)
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None, "use `async with`"
        return self._process.pid


def _shown(message: Json) -> Shown:
    rows = tuple(tuple(_key(button) for button in row) for row in message["buttons"])
    known = {name: message[name] for name in ("id", "by", "text", "html", "edited", "what", "thread", "version")}
    return Shown(rows=rows, **known)


def _key(button: Json) -> Key:
    return Key(
        button["text"],
        str(button.get("callback_data", "")),
        button.get("url", ""),
        button.get("copy_text", {}).get("text", ""),
        button.get("style", ""),
    )
