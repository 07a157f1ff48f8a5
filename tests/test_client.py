"""The HTTP client of the Bot API, against servers that misbehave as servers and networks do."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.transports.client import WHOLE, Client, TooLarge

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"
SECRET: Final = "/bot123456789:this-is-a-secret/sendMessage"


class Server(asyncio.Protocol):
    """Answers each request as it is told; counts connections and keeps what came."""

    def __init__(self, answer: Callable[[asyncio.WriteTransport, bytes], None]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0

    def protocol(self) -> asyncio.Protocol:
        """For one connection."""
        self.connections += 1
        return Connection(self)


class Connection(asyncio.Protocol):
    """Reads requests whole."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        if found and len(body) >= sum(lengths):
            self._server.requests.append(self._read)
            self._read = b""
            self._server.answer(self._transport, body)


@asynccontextmanager
async def serving(
    answer: Callable[[asyncio.WriteTransport, bytes], None], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, Server]]:
    """A server on loopback: its address, and what it saw."""
    server = Server(answer)
    listening = await asyncio.get_running_loop().create_server(server.protocol, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}", server
    finally:
        listening.close()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    found = Client(connections=4)
    await found.initialize()
    yield found
    await found.shutdown()


async def called(client: Client, address: str, seconds: float = 5.0, **parameters: Any) -> tuple[int, bytes]:
    """One call of the Bot API."""
    return await client.do_request(address + SECRET, "POST", _data(parameters), read_timeout=seconds)


def _data(parameters: dict[str, Any]) -> RequestData:
    """What PTB hands over, as `BotApi` calls it."""
    return RequestData([RequestParameter(WHOLE, parameters, None)])


def echo(transport: asyncio.WriteTransport, body: bytes) -> None:
    """Answer with what came."""
    transport.write(OK % (len(body), body))


async def test_a_connection_is_kept_for_the_next_call(client: Client) -> None:
    async with serving(echo) as (address, server):
        for number in range(5):
            assert await called(client, address, number=number) == (200, json.dumps({"number": number}).encode())
    assert server.connections == 1


async def test_there_are_no_more_connections_than_allowed(client: Client) -> None:
    """What is over waits, and each call gets its own answer."""

    def answer(transport: asyncio.WriteTransport, body: bytes) -> None:
        asyncio.get_running_loop().call_later(0.02, echo, transport, body)

    async with serving(answer) as (address, server):
        answers = await asyncio.gather(*(called(client, address, number=number) for number in range(20)))
    assert [json.loads(body)["number"] for _, body in answers] == list(range(20))
    assert server.connections == 4


@pytest.mark.parametrize("end", ["close", "abort"])
async def test_nothing_is_sent_twice(client: Client, end: str) -> None:
    """A server that ends a connection in use may have done what was asked: whoever calls decides whether to ask again."""

    def answer(transport: asyncio.WriteTransport, body: bytes) -> None:
        if json.loads(body)["number"] == 1:
            getattr(transport, end)()
        else:
            echo(transport, body)

    async with serving(answer) as (address, server):
        await called(client, address, number=0)
        with pytest.raises(NetworkError, match="the connection broke"):
            await called(client, address, number=1)
        assert len(server.requests) == 2
        assert await called(client, address, number=2) == (200, b'{"number": 2}')


async def test_a_connection_closed_while_idle_is_replaced(client: Client) -> None:
    def answer(transport: asyncio.WriteTransport, body: bytes) -> None:
        echo(transport, body)
        transport.close()

    async with serving(answer) as (address, server):
        await called(client, address, number=1)
        await asyncio.sleep(1.1)  # libcurl looks once a second
        await called(client, address, number=2)
    assert len(server.requests) == 2


async def test_an_answer_that_does_not_come(client: Client) -> None:
    """It may have been done: that is something else than not having been asked."""
    async with serving(lambda transport, body: None) as (address, _):
        with pytest.raises(TimedOut):
            await called(client, address, seconds=0.2, number=1)


async def test_a_call_that_is_not_sent_in_time(client: Client) -> None:
    """Nobody answers the beginning of TLS: nothing was asked."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NetworkError, match="no connection in time") as caught:
            await called(client, address, seconds=0.2, number=1)
    assert not isinstance(caught.value, TimedOut)


@pytest.mark.parametrize(
    ("address", "reason"),
    [("http://127.0.0.1:1", "takes no connection"), ("http://nobody.invalid", "name is not known"), ("ftp://127.0.0.1:1", "error 1$")],
)
async def test_a_server_that_is_not_there(client: Client, address: str, reason: str) -> None:
    """The reason says what to look at; the address, which holds the token, is not told."""
    with pytest.raises(NetworkError, match=reason) as caught:
        await called(client, address, number=1)
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of"])
async def test_half_an_answer(client: Client, answer: bytes) -> None:
    def speak(transport: asyncio.WriteTransport, body: bytes) -> None:
        transport.write(answer)
        transport.close()

    async with serving(speak) as (address, _):
        with pytest.raises(NetworkError):
            await called(client, address, number=1)


async def test_who_gives_up_leaves_no_answer_behind(client: Client) -> None:
    """The answer to a call that was cancelled is not taken for that to the next."""

    def answer(transport: asyncio.WriteTransport, body: bytes) -> None:
        asyncio.get_running_loop().call_later(0.1, echo, transport, body)

    async with serving(answer) as (address, server):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(called(client, address, number=1), 0.03)
        assert len(server.requests) == 1
        assert await called(client, address, number=2) == (200, b'{"number": 2}')


async def test_a_body_that_is_too_large_is_refused_for_good(client: Client) -> None:
    def answer(transport: asyncio.WriteTransport, body: bytes) -> None:
        transport.write(b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n")

    async with serving(answer) as (address, _):
        with pytest.raises(BadRequest):
            await called(client, address, number=1)


async def test_a_picture_goes_as_a_form(client: Client) -> None:
    """And the calls after it as JSON again. A long body goes at once: it does not ask for leave first."""
    async with serving(echo) as (address, server):
        _, form = await called(client, address, chat_id=7, caption="ü", photo=b"\x89PNG" * 500_000, reply_markup={"a": [1]})
        assert await called(client, address, number=2) == (200, b'{"number": 2}')
    assert b'filename="backup-medic.png"' in form
    assert b"Content-Type: image/png" in form
    assert all(part in form for part in (b'name="chat_id"\r\n\r\n7', "ü".encode(), b'{"a": [1]}', b"\x89PNG" * 500_000))
    assert not any(b"expect:" in request[:1000].lower() for request in server.requests)


async def test_variables_of_the_environment_do_not_send_the_token_elsewhere(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(echo) as (address, _):
        assert await called(client, address, number=1) == (200, b'{"number": 1}')


# --- files -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("largest", "whole"), [(100, True), (99, False), (0, False)])
async def test_a_file_is_taken_up_to_a_size(client: Client, largest: int, *, whole: bool) -> None:
    async with serving(lambda transport, body: transport.write(OK % (100, b"x" * 100))) as (address, _):
        if whole:
            assert await client.download(address + SECRET, largest, 5) == b"x" * 100
        else:
            with pytest.raises(TooLarge):
                await client.download(address + SECRET, largest, 5)


async def test_a_file_that_is_gone(client: Client) -> None:
    async with serving(lambda transport, body: transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as (address, _):
        with pytest.raises(NetworkError, match="HTTP 404"):
            await client.download(address + SECRET, 100, 5)


async def test_a_file_that_does_not_end(client: Client) -> None:
    async with serving(lambda transport, body: transport.write((OK % (100, b""))[:-1])) as (address, _):
        with pytest.raises(TimedOut):
            await client.download(address + SECRET, 100, 0.2)


# --- TLS -------------------------------------------------------------------------------------------------------------------

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="makes certificates with the program openssl, which is not installed"
)


def certified(folder: Path, name: str) -> ssl.SSLContext:
    """A server's side, with a certificate for a name, in `server.pem`, that nobody signed but itself."""
    key, certificate = str(folder / "key.pem"), str(folder / "server.pem")
    made = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]
    subprocess.run(  # noqa: S603 - our own words
        [*made, "-subj", "/CN=test", "-addext", f"subjectAltName={name}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(certificate, key)
    return found


@needs_openssl
async def test_a_trusted_server(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificates that the system trusts are those that count, or the operator's in SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    async with serving(echo, certified(tmp_path, "IP:127.0.0.1")) as (address, server):
        for number in range(3):
            assert await called(client, address, number=number) == (200, json.dumps({"number": number}).encode())
    assert server.connections == 1


@needs_openssl
@pytest.mark.parametrize(("name", "trusted"), [("IP:127.0.0.1", False), ("DNS:api.example.org", True)])
async def test_a_server_that_is_another(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, trusted: bool
) -> None:
    """One whose certificate nobody trusts, or that is of another name, is not sent the token."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    async with serving(echo, certified(tmp_path, name)) as (address, server):
        with pytest.raises(NetworkError, match="certificate is not trusted"):
            await called(client, address, number=1)
    assert not server.requests
