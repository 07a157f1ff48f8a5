"""/status, for the operators' chats alone. To everybody else it is a word like any other: nothing here looks at them.

The answer goes out at once, beside the queue, and is not repeated: it is about now, and who misses it asks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from bot.model import Guide
from bot.reporting.names import Names
from bot.reporting.status import PARTS, TITLE, Process, Status, as_message, bars, heading, status_of
from bot.store import Store, StoreError
from bot.transports.bot_api import UPLOAD_SECONDS, BadRequest, BotApi, TelegramError

log = logging.getLogger(__name__)

COMMAND: Final = "/status"
STORE_SECONDS: Final = 10.0
"""How long the store may take to tell."""


@dataclass(slots=True)
class StatusDesk:
    """Answers operators. chats: theirs. guide: the content as it is now. process: the program that answers."""

    api: BotApi
    store: Store
    guide: Callable[[], Guide]
    chats: Collection[int]
    clock: Callable[[], int]
    process: Process
    _answers: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._answers)

    async def take(self, raw: Any, username: str) -> bool:
        """Whether an update is an operator's /status, which is then answered, once; also when the store does not work."""
        place = self._asked_from(raw, username)
        if place is None:
            return False
        with suppress(StoreError):
            if await self.store.run(lambda tx: tx.seen(f"tg:{int(raw['update_id'])}", self.clock())):
                return True
        answer = asyncio.create_task(self._answer(place))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)
        return True

    def _asked_from(self, raw: Any, username: str) -> dict[str, Any] | None:
        """Where the answer goes, as parameters; None for any other update, and for anybody else."""
        try:
            message = raw["message"]
            chat, said = int(message["chat"]["id"]), str(message["text"])
            if chat not in self.chats or not _is_command(said, username):
                return None
            thread = {"message_thread_id": int(message["message_thread_id"])} if message.get("is_topic_message") else {}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return None
        return {"chat_id": chat, **thread}

    async def _answer(self, place: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                status = await status_of(self.store, self.process, self.clock())
        except (StoreError, TimeoutError) as error:
            why = escape(str(error)) or f"no answer within {STORE_SECONDS:.0f} s"
            await self._send(place, f"{heading(self.process, self.clock())}\n<b>The store does not work</b>: {why}")
            return
        text = as_message(status, Names(self.guide()))
        picture = await asyncio.to_thread(drawn, status)
        if picture is None or not await self._send_picture(place, text, picture):
            await self._send(place, f"{text}\n\n{bars(status)}")

    async def _send_picture(self, place: Mapping[str, Any], text: str, picture: bytes) -> bool:
        """Send it; whether pictures are allowed there."""
        parameters = {**place, "photo": picture, "caption": text, "parse_mode": "HTML"}
        try:
            await self.api.call("sendPhoto", parameters, UPLOAD_SECONDS)
        except BadRequest:
            return False
        except TelegramError as error:
            log.warning("the status could not be sent (%s)", type(error).__name__)
        return True

    async def _send(self, place: Mapping[str, Any], text: str) -> None:
        try:
            await self.api.call("sendMessage", {**place, "text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}})
        except TelegramError as error:
            log.warning("the status could not be sent (%s)", type(error).__name__)


def _is_command(said: str, username: str) -> bool:
    """Whether a text is the command, for this bot or for nobody in particular."""
    name, _, bot = (said.split(maxsplit=1) or [""])[0].casefold().partition("@")
    return name == COMMAND and bot in {"", username.casefold()}


def drawn(status: Status) -> bytes | None:
    """The chart as PNG; None without the extra `pictures`."""
    try:
        from bot.drawing.charts import Column, draw_chart  # noqa: PLC0415 - everything else works without the extra
    except ModuleNotFoundError:
        return None
    return draw_chart(TITLE, PARTS, [Column(name, sizes) for name, sizes in status.days])
