"""The webhook over real HTTP and a real file: what is refused, what is acknowledged and when, and what it says about itself."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.assistant import Assistant
from bot.delivery import Delivery
from bot.matching import Matcher
from bot.metrics import UPDATES
from bot.model import Guide, Message
from bot.settings import Settings
from bot.store import Poison, Queued, StoreError
from bot.store.sqlite import SqliteStore, open_sqlite
from bot.transports import CannotRun, incoming, readiness
from bot.transports import webhook as module
from bot.transports.receiving import Receiver
from bot.transports.serving import Server, listening
from bot.transports.webhook import Webhook, webhook_of
from tests.keeping import Clock
from tests.running_bot import free_port

SECRET: Final = "Correct-horse_battery-staple"
WORDS: Final = "The last backup could not be completed."
JSON: Final = {"Content-Type": "application/json"}
KNOWN: Final = {**JSON, module.SECRET_HEADER: SECRET}
ANN: Final = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE: Final = {"id": 7, "type": "private"}
GROUP: Final = {"id": -100, "type": "supergroup"}


class Silent:
    """A channel that has everything at once."""

    pictures = False

    async def send(self, queued: Queued, message: Message) -> int:
        return 100

    async def edit(self, queued: Queued, message: Message, card: int) -> None: ...

    async def close_card(self, queued: Queued, card: int) -> None: ...


@dataclass(frozen=True)
class Served:
    """A webhook that is served, and somebody who sends to it."""

    webhook: Webhook
    store: SqliteStore
    session: aiohttp.ClientSession
    address: str

    async def post(self, body: Any, headers: dict[str, str] = KNOWN, path: str = "/hook") -> tuple[int, str]:
        """Send an update; status and text of the answer. A body of bytes goes out as it is."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.address + path, data=data, headers=headers) as answer:
            if answer.status == 503:
                assert answer.headers["Retry-After"] == str(module.RETRY_AFTER)
            return answer.status, await answer.text()

    async def ask(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.address + path) as answer:
            return answer.status, await answer.text()

    async def handled(self) -> list[str]:
        """The updates that were handled."""
        rows = await self.store._writer.submit(  # noqa: SLF001 - reads what is committed
            lambda: self.store._connection.execute("SELECT update_id FROM seen_update ORDER BY update_id").fetchall()  # noqa: SLF001
        )
        return [number for (number,) in rows]

    async def poison(self) -> list[tuple[str, str]]:
        """Raw text and reason of what was put aside."""
        return await self.store._writer.submit(  # noqa: SLF001
            lambda: self.store._connection.execute("SELECT raw, reason FROM poison ORDER BY rowid").fetchall()  # noqa: SLF001
        )


@pytest.fixture
async def served(guide: Guide, matcher: Matcher, tmp_path: Path) -> AsyncIterator[Served]:
    store, port, clock = open_sqlite(tmp_path / "bot.db"), free_port(), Clock()
    assistant = Assistant(guide, store, clock)
    delivery = Delivery(lambda: guide, store, Silent(), clock)
    webhook = Webhook(store, "/hook", SECRET)
    webhook.receiver = Receiver(assistant, delivery, matcher.read, "BackupMedicBot")
    async with Server(webhook.app, "127.0.0.1", port), aiohttp.ClientSession() as session:
        yield Served(webhook, store, session, f"http://127.0.0.1:{port}")
    await delivery.drain(5)
    await store.close()


def text(number: int) -> dict[str, Any]:
    return {"update_id": number, "message": {"message_id": number, "date": 1_750_000_000, "chat": PRIVATE, "from": ANN, "text": WORDS}}


def press(number: int, chat: Any) -> dict[str, Any]:
    card = {"message_id": 5, "date": 1_750_000_000, "chat": chat}
    return {"update_id": number, "callback_query": {"id": "q-1", "from": ANN, "message": card, "data": "abcd.3.worked"}}


# --- what is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, 403),
        ({**JSON, module.SECRET_HEADER: ""}, 403),
        ({**JSON, module.SECRET_HEADER: SECRET[:-1]}, 403),
        ({**JSON, module.SECRET_HEADER: SECRET + "x"}, 403),
        ({**JSON, module.SECRET_HEADER: SECRET.lower()}, 403),
        ({**JSON, module.SECRET_HEADER: "ü"}, 403),
        ({module.SECRET_HEADER: SECRET, "Content-Type": "text/plain"}, 415),
        ({module.SECRET_HEADER: SECRET, "Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({module.SECRET_HEADER: SECRET, "Content-Type": "application/jsonx"}, 415),
        (KNOWN, 200),
        ({module.SECRET_HEADER: SECRET, "Content-Type": "Application/JSON; charset=utf-8"}, 200),
    ],
)
async def test_secret_and_content_type(served: Served, caplog: pytest.LogCaptureFixture, headers: dict[str, str], status: int) -> None:
    """Only who knows the secret is heard, and only JSON; what is refused leaves no trace, and no word of it is logged."""
    assert (await served.post(text(1), headers))[0] == status
    assert await served.handled() == (["tg:1"] if status == 200 else [])
    assert WORDS not in caplog.text
    assert SECRET.lower()[:-1] not in caplog.text.lower()


@pytest.mark.parametrize(("path", "post", "get"), [("/hook", 200, 405), ("/hook/", 404, 404), ("/", 404, 404), ("/healthz", 405, 200)])
async def test_paths_and_methods(served: Served, path: str, post: int, get: int) -> None:
    """There is one path, for POST only."""
    assert (await served.post(text(1), path=path))[0] == post
    assert (await served.ask(path))[0] == get


async def test_a_body_that_is_announced_as_too_large_is_not_awaited(served: Served) -> None:
    """Its length alone is enough."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.address.rpartition(":")[2]))
    head = "".join(f"{name}: {value}\r\n" for name, value in KNOWN.items())
    writer.write(f"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: {module.LARGEST + 1}\r\n{head}\r\n".encode())
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()


async def test_a_body_of_unknown_length_is_read_to_the_limit(served: Served) -> None:
    """In chunks as large as it may be it is an update; a byte more is refused."""

    async def in_chunks(size: int) -> AsyncIterator[bytes]:
        update = json.dumps(text(1)).encode()
        yield update + b" " * (size - len(update))

    for size, status in ((module.LARGEST + 1, 413), (module.LARGEST, 200)):
        async with served.session.post(f"{served.address}/hook", data=in_chunks(size), headers=KNOWN) as answer:
            assert answer.status == status
        assert await served.handled() == (["tg:1"] if status == 200 else [])


async def test_a_body_that_does_not_come(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who promises a body and sends none does not keep a place for long."""
    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.05)

    async def nothing() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async with served.session.post(f"{served.address}/hook", data=nothing(), headers=KNOWN) as answer:
        assert answer.status == 408
    assert (await served.post(text(1)))[0] == 200


@pytest.mark.parametrize(
    ("networks", "proxies", "forwarded", "status"),
    [
        ("", "", None, 200),
        ("127.0.0.0/8", "", None, 200),
        ("149.154.160.0/20", "", None, 403),
        ("149.154.160.0/20", "", "149.154.167.1", 403),  # anybody can say that
        ("149.154.160.0/20", "127.0.0.1", "149.154.167.1", 200),
        ("149.154.160.0/20", "127.0.0.1", "203.0.113.9", 403),
        ("149.154.160.0/20", "127.0.0.1", "149.154.167.1, 203.0.113.9", 403),  # the proxy's word is the last one
        ("149.154.160.0/20", "127.0.0.1,10.0.0.0/8", "203.0.113.9, 149.154.167.1, 10.0.0.3", 200),
        ("149.154.160.0/20", "127.0.0.1", "::ffff:149.154.167.1", 200),
        ("149.154.160.0/20", "127.0.0.1", "nonsense", 403),
        ("149.154.160.0/20", "127.0.0.1", None, 403),
    ],
)
async def test_networks(served: Served, networks: str, proxies: str, forwarded: str | None, status: int) -> None:
    """Where networks are given, others are refused; what X-Forwarded-For says counts only as a trusted proxy's word."""
    served.webhook._networks, served.webhook._proxies = (  # noqa: SLF001 - as if they had been set
        tuple(ip_network(part) for part in given.split(",") if part) for given in (networks, proxies)
    )
    headers = KNOWN if forwarded is None else {**KNOWN, "X-Forwarded-For": forwarded}
    assert (await served.post(text(1), headers))[0] == status


# --- what is acknowledged, and when ------------------------------------------------------------------------------------------


async def test_an_update_is_acknowledged_after_the_commit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the store works on it there is no answer; when there is one, everything is kept. The same update again is harmless."""
    gate, repeated = held(served.store, monkeypatch), UPDATES.total(outcome="repeated")
    posting = asyncio.create_task(served.post(text(1)))
    await asyncio.sleep(0.1)
    assert not posting.done()
    assert await served.handled() == []
    gate.set()
    assert await posting == (200, "")
    assert await served.handled() == ["tg:1"]
    assert (await served.post(text(1)))[0] == 200
    assert UPDATES.total(outcome="repeated") == repeated + 1


def held(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """From now on work on the store begins only when the gate is open."""
    gate, run = asyncio.Event(), store.run

    async def later(work: Any, of: str = "") -> Any:
        await gate.wait()
        return await run(work, of)

    monkeypatch.setattr(store, "run", later)
    return gate


async def test_too_many_at_once_come_again(served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """As many as fit wait for their commit; the others are sent back at once, with one line in the log, and are taken afterwards."""
    monkeypatch.setattr(module, "UNDER_WAY", 3)
    gate = held(served.store, monkeypatch)
    posting = [asyncio.create_task(served.post(text(number))) for number in range(10)]
    done, waiting = await asyncio.wait(posting, timeout=0.5)
    assert {task.result()[0] for task in done} == {503}
    assert len(waiting) == 3
    gate.set()
    assert [(await task)[0] for task in waiting] == [200, 200, 200]
    refused = [number for number, task in enumerate(posting) if task in done]
    assert [(await served.post(text(number)))[0] for number in refused] == [200] * 7
    assert len(await served.handled()) == 10
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_a_store_that_does_not_work(served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is acknowledged, the operator reads one line, /readyz says why; afterwards the same updates are taken."""

    async def full(work: Any, of: str = "") -> Any:
        raise StoreError("SQLite: database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(served.store, "run", full)
        assert [(await served.post(text(number)))[0] for number in range(5)] == [503] * 5
        assert await served.ask("/readyz") == (503, "not ready: SQLite: database or disk is full\n")
        assert (await served.ask("/healthz"))[0] == 200
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "the store does not work, updates have to come again: SQLite: database or disk is full"
    ]
    assert [(await served.post(text(number)))[0] for number in range(5)] == [200] * 5
    assert await served.ask("/readyz") == (200, "ready\n")


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id": 3, "message": "my words"}',
        b'{"update_id": 3, "callback_query": "my words"}',
    ],
)
async def test_poison_is_put_aside_and_acknowledged(served: Served, caplog: pytest.LogCaptureFixture, body: bytes) -> None:
    """What cannot be read does not hold up what is behind it, and is kept for replay; no word of it is logged."""
    assert (await served.post(body))[0] == 200
    [(raw, reason)] = await served.poison()
    assert reason == "unreadable"
    assert ("my words" in raw) == (b"my words" in body)
    assert "put aside" in caplog.text
    assert "my words" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b'["my words"]',
        b'{"message": {"text": "my words"}}',
        b'{"update_id": 3, "message": {"text": "my words"',
        b"my words \xff\xfe",
        b"[" * 100_000,
        b"",
    ],
)
async def test_what_is_no_update_is_not_acknowledged(served: Served, caplog: pytest.LogCaptureFixture, body: bytes) -> None:
    """Telegram sends JSON with a number: anything else was damaged on its way, and has to come again, whole; nothing is kept."""
    for _ in range(3):
        assert (await served.post(body))[0] == 400
    assert await served.poison() == []
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "refused what is no update: is there a proxy that changes what it passes on?"
    ]


async def test_two_updates_without_a_number(served: Served) -> None:
    """Polling has acknowledged them with what came after: each is put aside for itself, and once."""
    assert served.webhook.receiver is not None
    for raw in (["one"], {"message": {"text": "two"}}, ["one"]):
        await served.webhook.receiver.receive(raw)
    assert await served.poison() == [('["one"]', "unreadable"), ('{"message": {"text": "two"}}', "unreadable")]


async def test_an_unexpected_error_is_told_without_its_text(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When not even putting aside works, the update comes again; the log says what and where, and quotes nothing."""

    async def fails(poison: Poison) -> None:
        raise LookupError(poison.raw)

    monkeypatch.setattr(served.store, "put_aside", fails)
    assert (await served.post({"update_id": 3, "message": "my words"}))[0] == 503
    assert "LookupError at test_webhook.py:" in caplog.text
    assert "my words" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_button_is_answered_in_the_response(served: Served) -> None:
    """A press is answered without a call, somebody else's with an alert; and when Telegram repeats it, it is answered again."""
    quiet = {"method": "answerCallbackQuery", "callback_query_id": "q-1"}
    assert json.loads((await served.post(press(1, PRIVATE)))[1]) == quiet
    assert json.loads((await served.post(press(1, PRIVATE)))[1]) == quiet
    foreign = json.loads((await served.post(press(2, GROUP)))[1])
    assert "belong to whoever asked" in foreign.pop("text")
    assert foreign == {**quiet, "show_alert": True}


# --- what it says about itself -----------------------------------------------------------------------------------------------


async def test_readiness(served: Served) -> None:
    """Not ready before Telegram is reached and once it stops, and no updates are taken before; alive all the time."""
    receiver, served.webhook.receiver = served.webhook.receiver, None
    assert await served.ask("/readyz") == (503, "not ready: Telegram was not reached yet\n")
    assert (await served.post(text(1)))[0] == 503
    served.webhook.receiver = receiver
    assert await served.ask("/readyz") == (200, "ready\n")
    served.webhook.leaving = True
    assert await served.ask("/readyz") == (503, "not ready: stopping\n")
    assert (await served.post(text(1)))[0] == 200, "what still comes is taken"
    assert await served.ask("/healthz") == (200, "alive\n")


async def test_a_store_that_hangs_is_not_ready(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is an answer too."""
    monkeypatch.setattr(readiness, "STORE_SECONDS", 0.05)
    gate = held(served.store, monkeypatch)
    assert (await served.ask("/readyz"))[0] == 503
    gate.set()
    assert (await served.ask("/readyz"))[0] == 200


async def test_requests_under_way_are_finished_at_the_end(guide: Guide, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is stopped takes no new connection, and answers what it has taken."""
    port = free_port()
    gate = held(served.store, monkeypatch)
    async with Server(served.webhook.app, "127.0.0.1", port) as server:
        posting = asyncio.create_task(served.session.post(f"http://127.0.0.1:{port}/hook", json=text(1), headers=KNOWN))
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.3)
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", port)
        assert not stopping.done()
        gate.set()
        assert (await posting).status == 200
        await asyncio.wait_for(stopping, 5)


async def test_a_port_in_use_is_told(served: Served) -> None:
    """With its number, and what to do."""
    port = int(served.address.rpartition(":")[2])
    with pytest.raises(CannotRun, match=f"PORT {port}: .*in use"):
        await Server(served.webhook.app, "127.0.0.1", port).__aenter__()


def test_a_response_is_not_held_back() -> None:
    """Head and body are written one after the other: without TCP_NODELAY the body would wait for an ACK, for 0.04 s."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_there_is_no_webhook_without_a_secret(served: Served) -> None:
    """An empty secret would let anybody in."""
    with pytest.raises(ValueError, match="secret"):
        webhook_of(Settings(webhook_url="https://bot.example.org/hook"), served.store)
