"""HTTP on the way out: python-telegram-bot's transport over libcurl, which is C where other clients are Python.

With many calls under way one costs a fifth to three quarters less CPU than over aiohttp, by the machine (docs/performance.md).
"""

from __future__ import annotations

import json
import os
import ssl
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import pycurl

os.environ.setdefault("PTB_TIMEDELTA", "1")  # RetryAfter.retry_after as a time span; the number warns at each use. Read at import.

from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CALL_SECONDS: Final = 20.0
"""How long a call may take; getUpdates is given its own time on top."""
CONNECT_SECONDS: Final = 10
IDLE_SECONDS: Final = 60
"""How long a connection may lie idle before it is not used again."""
SENT_AT_ONCE: Final = 16_384
"""Bytes: the smallest that libcurl knows. A call has a few thousand, and each connection would keep four times this."""
WHOLE: Final = "parameters"
"""All parameters of a call go through PTB as this one: it looks at each for files and objects of its own, and there are none."""
FILE: Final = "backup-medic.png"
"""What a picture is called: of one that is sent as a file people see it."""
_JSON: Final = ["Content-Type: application/json", "Expect:"]  # without "Expect", a long body would wait for leave to be sent
_FORM: Final = ["Expect:"]
_ABORT: Final = 0
"""Fewer bytes taken than given: libcurl ends the download."""
_WHAT_FAILED: Final = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the server's name is not known (DNS)",
    pycurl.E_COULDNT_CONNECT: "the server takes no connection",
    pycurl.E_SSL_CONNECT_ERROR: "no agreement on TLS",
    pycurl.E_PEER_FAILED_VERIFICATION: "the server's certificate is not trusted",
    pycurl.E_SSL_CACERT_BADFILE: "the file of trusted certificates cannot be read",
    pycurl.E_GOT_NOTHING: "the connection broke",
    pycurl.E_PARTIAL_FILE: "the connection broke",
    pycurl.E_RECV_ERROR: "the connection broke",
    pycurl.E_SEND_ERROR: "the connection broke",
    pycurl.E_SEND_FAIL_REWIND: "the connection broke",
}


class TooLarge(Exception):
    """A file has more bytes than are wanted."""


class Client(BaseRequest):
    """PTB's transport: so many connections at most, which are kept for the next call.

    Nothing is sent twice: left alone, libcurl repeats what a broken connection may have carried. Whether to repeat is the sender's to say.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._transfers: pycurl.AsyncCurlMulti | None = None
        self._idle: list[pycurl.Curl] = []

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take where a call says nothing else."""
        return CALL_SECONDS

    async def initialize(self) -> None:
        """Be ready for calls."""
        if self._transfers is None or self._transfers.closed:
            self._transfers = pycurl.AsyncCurlMulti()
            self._transfers.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, self._connections)
            self._transfers.setopt(pycurl.M_MAXCONNECTS, self._connections)

    async def shutdown(self) -> None:
        """Close the connections."""
        self._idle.clear()
        if self._transfers is not None:
            await self._transfers.aclose()

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is PTB's
        self,
        url: str,
        method: str,  # noqa: ARG002 - PTB asks for POST only: files are fetched by `download`
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """One HTTP request; returns status and body. Raises TimedOut when no answer came in time, NetworkError for all else."""
        parameters: Any = request_data.parameters.get(WHOLE, {}) if request_data else {}
        has_file = any(isinstance(value, bytes) for value in parameters.values())
        curl = _form(parameters) if has_file else self._json(parameters)
        answer = BytesIO()
        curl.setopt(pycurl.WRITEFUNCTION, answer.write)
        seconds = read_timeout if isinstance(read_timeout, int | float) else CALL_SECONDS
        status = await self._perform(curl, url, seconds)
        if not has_file:
            self._idle.append(curl)
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # PTB would take it for trouble on the way, and it would be tried again for ever
            raise BadRequest("Request Entity Too Large")
        return status, answer.getvalue()

    async def download(self, url: str, largest: int, seconds: float) -> bytes:
        """A file of at most so many bytes. Raises TooLarge, TimedOut, NetworkError."""
        file, curl = BytesIO(), _new()

        def take(part: bytes) -> int:
            return file.write(part) if file.tell() + len(part) <= largest else _ABORT

        curl.setopt(pycurl.WRITEFUNCTION, take)
        status = await self._perform(curl, url, seconds)
        if status != HTTPStatus.OK:
            raise NetworkError(f"HTTP {status}")
        return file.getvalue()

    def _json(self, parameters: dict[str, Any]) -> pycurl.Curl:
        """A POST of JSON. What all have in common is set once."""
        if self._idle:
            curl = self._idle.pop()
        else:
            curl = _new()
            curl.setopt(pycurl.POST, 1)
            curl.setopt(pycurl.HTTPHEADER, _JSON)
        body = json.dumps(parameters).encode()
        curl.setopt(pycurl.POSTFIELDSIZE, len(body))
        curl.setopt(pycurl.READFUNCTION, BytesIO(body).read)  # cannot be read again, unlike POSTFIELDS: so it is not sent again
        return curl

    async def _perform(self, curl: pycurl.Curl, url: str, seconds: float) -> int:
        """Let a transfer happen; the status of its answer."""
        if self._transfers is None:
            raise RuntimeError("initialize() first")
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.TIMEOUT_MS, round(seconds * 1000))
        try:
            await self._transfers.perform(curl)
        except pycurl.error as error:
            raise _as_error(curl, int(error.args[0])) from None  # without its text, which may hold the address, and so the token
        status: int = curl.getinfo(pycurl.RESPONSE_CODE)
        return status


def _new() -> pycurl.Curl:
    curl = pycurl.Curl()
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.PROXY, "")  # else variables of the environment would decide where the token goes
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)  # each call its own connection: none waits behind another's packets
    curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
    curl.setopt(pycurl.UPLOAD_BUFFERSIZE, SENT_AT_ONCE)
    curl.setopt(pycurl.MAXAGE_CONN, IDLE_SECONDS)
    trusted = ssl.get_default_verify_paths()  # the system's, or SSL_CERT_FILE: libcurl comes without
    if trusted.cafile:
        curl.setopt(pycurl.CAINFO, trusted.cafile)
    if trusted.capath:
        curl.setopt(pycurl.CAPATH, trusted.capath)
    return curl


def _form(parameters: dict[str, Any]) -> pycurl.Curl:
    """A POST of many parts, for a picture among the parameters. It gets a fresh connection: only on a used one would it be repeated."""
    curl = _new()
    curl.setopt(pycurl.FRESH_CONNECT, 1)
    curl.setopt(pycurl.HTTPHEADER, _FORM)
    parts = pycurl.CurlMime(curl)
    for name, value in parameters.items():
        if isinstance(value, bytes):
            parts.add(name, value, filename=FILE, content_type="image/png")
        else:
            parts.add(name, (value if isinstance(value, str) else json.dumps(value)).encode())
    curl.setopt(pycurl.MIMEPOST, parts)
    return curl


def _as_error(curl: pycurl.Curl, code: int) -> Exception:
    if code == pycurl.E_WRITE_ERROR:
        return TooLarge()
    if code == pycurl.E_OPERATION_TIMEDOUT:
        was_sent = curl.getinfo(pycurl.REQUEST_SIZE) > 0
        return TimedOut("no answer in time") if was_sent else NetworkError("no connection in time")
    return NetworkError(_WHAT_FAILED.get(code, f"libcurl's error {code}"))
