"""Calls of Telegram's Bot API: python-telegram-bot's `Bot` with ready dictionaries, over a client of our choice.

PTB's own client and objects cost several times the CPU of a call this way (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote

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
from telegram.warnings import PTBUserWarning

from bot.metrics import API_CALL_SECONDS, API_CALLS
from bot.transports.client import CALL_SECONDS, WHOLE, Client, TooLarge

PATIENCE: Final = 60.0
"""Seconds that a patient caller waits at Telegram's request, over all its calls. Some limits ask for a day."""
UPLOAD_SECONDS: Final = 60.0
"""How long a call with a file may take."""
NOT_MODIFIED: Final = "message is not modified"
"""What Telegram says of an edit that changes nothing."""

# PTB logs an answer that is no JSON, with every word in it and a traceback. We tell of it in one line of our own.
logging.getLogger("telegram").setLevel(logging.CRITICAL)

# Each call would warn that Bot has a method of that name: we use the general one for all, since ready dictionaries skip PTB's objects.
warnings.filterwarnings("ignore", message="Please use 'Bot\\.", category=PTBUserWarning)

__all__ = [
    "CALL_SECONDS",
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


class BotApi:
    """Telegram's Bot API for one token.

    token: from @BotFather. root: the Bot API server without `/bot`. refused: set when a call was refused as one with a wrong token is.
    """

    def __init__(self, token: str, root: str, connections: int = 110) -> None:
        self._request = Client(connections)
        self._files = f"{root.rstrip('/')}/file/bot{token}/"
        self._bot = Bot(
            token,
            base_url=f"{root.rstrip('/')}/bot",
            request=self._request,
            get_updates_request=Client(1),
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
