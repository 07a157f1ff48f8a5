"""People who write by a fixed schedule, whatever the bot takes (an open loop), and a Bot API that does nothing but answer.

Each begins with a text and goes on with presses on the newest card. It costs a fraction of what the bot costs, and so keeps its schedule.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Self

PRESSES: Final = 5
FIRST_PERSON: Final = 7_000_000
LONGEST_LAG: Final = 0.002
"""Seconds by which an update may leave later than planned without being counted as late."""
Submit = Callable[[bytes], Awaitable[None]]
"""Hands an update to the bot, and returns once its replies are queued."""


@dataclass(slots=True)
class Person:
    """Somebody, with the newest card that they were shown."""

    id: int
    presses: int = 0
    card: int = 0
    data: str = ""


@dataclass(slots=True)
class Crowd:
    """All people. delays: seconds from the moment when an update was due to the moment when its replies were queued."""

    texts: list[str]
    people: dict[int, Person] = field(default_factory=dict)
    ready: deque[Person] = field(default_factory=deque)
    delays: list[float] = field(default_factory=list)
    late: int = 0

    def shown(self, person: int, message: int, markup: Any) -> None:
        """A card is with somebody, who will press a button of it in their turn."""
        somebody = self.people.get(person)
        keys = [key for row in (markup or {}).get("inline_keyboard", ()) for key in row]
        if somebody is None or not keys or somebody.presses >= PRESSES:
            return
        chosen = next((key for key in keys if key["text"] == "Didn't help"), keys[0])
        if not somebody.data:
            self.ready.append(somebody)
        somebody.card, somebody.data = message, chosen["callback_data"]

    async def write(self, submit: Submit, rate: float, seconds: float, numbers: count[int]) -> None:
        """Write so many updates a second, each at its time."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        tasks = []
        for number in range(int(rate * seconds)):
            due = start + number / rate
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self.late += loop.time() - due > LONGEST_LAG
            tasks.append(asyncio.create_task(self._submit(submit, self._next(next(numbers)), due)))
        await asyncio.gather(*tasks)

    async def _submit(self, submit: Submit, update: bytes, due: float) -> None:
        await submit(update)
        self.delays.append(asyncio.get_running_loop().time() - due)

    def _next(self, number: int) -> bytes:
        """The next update: a press of whoever has waited longest, one time in six a text of somebody new."""
        if number % (PRESSES + 1) == 0 or not self.ready:
            person = Person(FIRST_PERSON + number)
            self.people[person.id] = person
            return _update(number, message=_message(person, 1, text=self.texts[number % len(self.texts)]))
        person = self.ready.popleft()
        data, person.data = person.data, ""
        person.presses += 1
        press = {"id": str(number), "from": _from(person), "message": _message(person, person.card), "chat_instance": "1", "data": data}
        return _update(number, callback_query=press)


def _from(person: Person) -> dict[str, Any]:
    return {"id": person.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}


def _message(person: Person, number: int, **more: str) -> dict[str, Any]:
    chat = {"id": person.id, "type": "private", "first_name": "Ann"}
    return {"message_id": number, "date": 1_800_000_000, "chat": chat, "from": _from(person), **more}


def _update(number: int, **what: Any) -> bytes:
    return json.dumps({"update_id": number, **what}).encode()


class QuickApi:
    """A Bot API that takes every call: `async with QuickApi(crowd) as api:`."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._messages = count(100)
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
                method = head.partition(" HTTP")[0].rpartition("/")[2]
                body = json.dumps({"ok": True, "result": self._answer(method, json.loads(await reader.readexactly(length)))}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, method: str, parameters: dict[str, Any]) -> Any:
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
        if method == "getWebhookInfo":
            return {"url": ""}
        if method not in ("sendMessage", "editMessageText"):
            return True
        message = int(parameters.get("message_id") or next(self._messages))
        self._crowd.shown(int(parameters["chat_id"]), message, parameters.get("reply_markup"))
        return {"message_id": message}


class Sender:
    """Posts updates to a webhook, as many at a time as Telegram does. An update that is not taken is an error."""

    def __init__(self, port: int, path: str, secret: str, connections: int) -> None:
        self._port = port
        self._room = asyncio.Semaphore(connections)
        self._head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\n"
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, update: bytes) -> None:
        async with self._room:
            reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(f"{self._head}Content-Length: {len(update)}\r\n\r\n".encode() + update)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            assert head.startswith(b"http/1.1 200 "), body
            self._idle.append((reader, writer))

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
