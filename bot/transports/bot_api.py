"""Calls of Telegram's Bot API: python-telegram-bot's `Bot` with ready dictionaries, over an aiohttp client.

PTB's own client and objects cost several times the CPU of a call this way (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import warnings
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from bot.metrics import API_CALL_SECONDS, API_CALLS

os.environ.setdefault("PTB_TIMEDELTA", "1")  # RetryAfter.retry_after as a time span; the number warns at each use. Read at import.

from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from telegram.warnings import PTBUserWarning

CALL_SECONDS: Final = 20.0
"""How long a call may take; getUpdates is given its own time on top."""
CONNECT_SECONDS: Final = 10.0
WHOLE: Final = "parameters"
"""All parameters of a call go through PTB as this one: it looks at each for files and objects of its own, and there are none."""
PATIENCE: Final = 60.0
"""Seconds that a patient caller waits at Telegram's request, over all its calls. Some limits ask for a day."""
FILE: Final = "backup-medic.png"
"""What a picture is called: of one that is sent as a file people see it."""
UPLOAD_SECONDS: Final = 60.0
"""How long a call with a file may take."""
TOO_LARGE: Final = 413
NOT_MODIFIED: Final = "message is not modified"
"""What Telegram says of an edit that changes nothing."""

# PTB logs an answer that is no JSON, with every word in it and a traceback. We tell of it in one line of our own.
logging.getLogger("telegram").setLevel(logging.CRITICAL)

# Each call would warn that Bot has a method of that name: we use the general one for all, since ready dictionaries skip PTB's objects.
warnings.filterwarnings("ignore", message="Please use 'Bot\\.", category=PTBUserWarning)

__all__ = [
    "BadRequest",
    "BotApi",
    "ChatMigrated",
    "Conflict",
    "Forbidden",
    "InvalidToken",
    "NetworkError",
    "PatientApi",
    "RetryAfter",
    "TelegramError",
    "TimedOut",
    "TooLarge",
    "wait_of",
]


class AiohttpRequest(BaseRequest):
    """PTB's transport over one aiohttp session."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take where a call says nothing else."""
        return CALL_SECONDS

    async def initialize(self) -> None:
        """Open the session. Ordinary calls may keep their connections for long: Telegram's servers do too."""
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is PTB's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """One HTTP request; returns status and body. Raises TimedOut when no answer came in time, NetworkError for all else."""
        if self._session is None:
            raise RuntimeError("initialize() first")
        seconds = read_timeout if isinstance(read_timeout, int | float) else CALL_SECONDS
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        body, headers = _body(request_data) if request_data else (None, None)
        try:
            async with self._session.request(method, url, data=body, headers=headers, timeout=timeout) as answer:
                if answer.status == TOO_LARGE:  # PTB would take it for trouble on the way, and it would be tried again for ever
                    raise BadRequest("Request Entity Too Large")
                return answer.status, await answer.read()
        except aiohttp.ConnectionTimeoutError as error:
            raise NetworkError("no connection in time") from error
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from error  # not its text: that can hold the address, and so the token

    async def download(self, url: str, largest: int, seconds: float) -> bytes:
        """A file of at most so many bytes. Raises TooLarge, TimedOut, NetworkError."""
        if self._session is None:
            raise RuntimeError("initialize() first")
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        parts, size = [], 0
        try:
            async with self._session.get(url, timeout=timeout) as answer:
                if answer.status != HTTPStatus.OK:
                    raise NetworkError(f"HTTP {answer.status}")
                async for part in answer.content.iter_any():
                    size += len(part)
                    if size > largest:
                        raise TooLarge
                    parts.append(part)
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None  # without its text and cause: they hold the address, and so the token
        return b"".join(parts)


class TooLarge(Exception):
    """A file has more bytes than are wanted."""


def _body(data: RequestData) -> tuple[bytes | aiohttp.FormData, dict[str, str] | None]:
    """The body of a request, and its headers: JSON, or a form of many parts where there is a picture among the parameters."""
    parameters: Any = data.parameters.get(WHOLE, {})
    if not any(isinstance(value, bytes) for value in parameters.values()):
        return json.dumps(parameters).encode(), {"Content-Type": "application/json"}
    form = aiohttp.FormData()
    for name, value in parameters.items():
        if isinstance(value, bytes):
            form.add_field(name, value, filename=FILE, content_type="image/png")
        else:
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    return form, None


class BotApi:
    """Telegram's Bot API for one token.

    token: from @BotFather. root: the Bot API server without `/bot`. refused: set when a call was refused as one with a wrong token is.
    """

    def __init__(self, token: str, root: str, connections: int = 110) -> None:
        self._request = AiohttpRequest(connections)
        self._files = f"{root.rstrip('/')}/file/bot{token}/"
        self._bot = Bot(
            token,
            base_url=f"{root.rstrip('/')}/bot",
            request=self._request,
            get_updates_request=AiohttpRequest(1),
        )
        self.refused = asyncio.Event()

    async def open(self) -> str:
        """Connect; returns the bot's user name. Raises InvalidToken, NetworkError."""
        await self._bot.initialize()
        return self._bot.username

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()

    async def fetch(self, file: str, largest: int, seconds: float) -> bytes:
        """The bytes of a file that somebody sent, at most so many. Raises TooLarge, and PTB's TelegramError."""
        found = await self.call("getFile", {"file_id": file}, seconds)
        if int(found.get("file_size") or 0) > largest:
            raise TooLarge
        return await self._request.download(self._files + quote(str(found["file_path"])), largest, seconds)

    async def call(self, method: str, parameters: dict[str, Any] | None = None, seconds: float = CALL_SECONDS) -> Any:
        """Call a method with ready parameters; returns the `result` of Telegram's answer. Raises PTB's TelegramError."""
        began, result = perf_counter(), "ok"
        try:
            return await self._call(method, parameters, seconds)
        except TelegramError as error:
            result = _result_of(error)
            raise
        finally:
            API_CALLS.add(method, result)
            if method != "getUpdates":  # it waits until something comes
                API_CALL_SECONDS.observe(perf_counter() - began, method)

    async def _call(self, method: str, parameters: dict[str, Any] | None, seconds: float) -> Any:
        try:
            return await self._bot.do_api_request(method, api_kwargs={WHOLE: parameters} if parameters else None, read_timeout=seconds)
        except EndPointNotFound as error:  # what PTB makes of 401 and 404 here; all methods that we call exist, so it is the token
            self.refused.set()
            raise InvalidToken from error
        except (KeyError, TypeError) as error:  # what PTB makes of JSON that is no answer of Telegram's
            raise NetworkError("an answer without a result") from error


_RESULTS: Final = (
    (RetryAfter, "retry_after"),
    (Forbidden, "forbidden"),
    (InvalidToken, "unauthorized"),
    (ChatMigrated, "migrated"),
    (Conflict, "conflict"),
    (BadRequest, "bad_request"),
    (TimedOut, "timeout"),
)


def _result_of(error: TelegramError) -> str:
    """What a refusal is called in the metrics."""
    if NOT_MODIFIED in error.message.casefold():
        return "not_modified"
    return next((result for kind, result in _RESULTS if isinstance(error, kind)), "unreachable")


class PatientApi(BotApi):
    """The same for a program that has nothing else to do: what is refused with 429 is called again after the seconds asked for."""

    def __init__(self, token: str, root: str, tell: Callable[[str], None]) -> None:
        super().__init__(token, root, connections=1)
        self._tell = tell
        self._patience = PATIENCE

    async def call(self, method: str, parameters: dict[str, Any] | None = None, seconds: float = CALL_SECONDS) -> Any:
        """Call a method as BotApi does. Raises RetryAfter too, once Telegram asks for more than `PATIENCE`."""
        while True:
            try:
                return await super().call(method, parameters, seconds)
            except RetryAfter as error:
                wait = wait_of(error)
                if wait > self._patience:
                    raise
            self._patience -= wait
            self._tell(f"Telegram asks to wait for {wait:.0f} s")
            await asyncio.sleep(wait)


def wait_of(error: RetryAfter) -> float:
    """The seconds that Telegram asks to wait."""
    asked = error.retry_after
    return float(asked) if isinstance(asked, int | float) else asked.total_seconds()
