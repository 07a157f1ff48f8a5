"""The bot on Telegram by polling: our own loop, which acknowledges an update only when it is committed.

`getUpdates` with a higher offset is the acknowledgement. python-telegram-bot's Updater sends it before an update is handled,
so that a kill loses what waits; here the offset moves after the commit, and what comes twice is recognised.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from bot.assistant import Assistant, Handled
from bot.delivery import CardGone, ChatBlocked, ChatMoved, ChatPaused, Delivery, Refused, Unreachable
from bot.model import Heard, Key, Message, Part, Reply
from bot.rendering import html, render
from bot.store import Poison, Queued, StoreError
from bot.transports.bot_api import BadRequest, BotApi, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from bot.transports.presses import to_data
from bot.transports.updates import ALLOWED, Gone, Moved, Press, Unreadable, address_of, conversation_of, number_of, read_update
from bot.upkeep import Upkeep

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 30
BATCH: Final = 100
"""Updates in one answer of getUpdates at most (Telegram's own limit)."""
SECOND_POLLER_WAIT: Final = 10.0
LONGEST_WAIT: Final = 8.0
DRAIN_SECONDS: Final = 5.0
_GONE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")
_DONE: Final = ("message is not modified",)


class CannotRun(Exception):
    """The bot cannot run like this; the text is one line that says what to do."""


class TelegramChannel:
    """Sends messages to Telegram, as HTML with inline buttons."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def send(self, queued: Queued, message: Message) -> int:
        """Send a new message; returns its message_id."""
        result = await self._call("sendMessage", {**address_of(queued.conversation), **body_of(message)})
        return int(result["message_id"])

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        """Put a message in place of the card. That it says the same already is no error."""
        address = {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card}
        await self._call("editMessageText", {**address, **body_of(message)})

    async def close_card(self, queued: Queued, card: int) -> None:
        """Take the buttons off an old card."""
        await self._call("editMessageReplyMarkup", {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card})

    async def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        try:
            return await self._api.call(method, parameters)
        except RetryAfter as error:
            seconds = error.retry_after
            raise ChatPaused(float(seconds) if isinstance(seconds, int | float) else seconds.total_seconds()) from error
        except Forbidden as error:
            raise ChatBlocked(error.message) from error
        except ChatMigrated as error:
            raise ChatMoved(f"tg:{error.new_chat_id}") from error
        except BadRequest as error:
            reason = error.message.casefold()
            if any(text in reason for text in _DONE):
                return {}
            if any(text in reason for text in _GONE):
                raise CardGone(reason) from error
            raise Refused(f"{method}: {error.message}") from error
        except TelegramError as error:
            raise Unreachable(type(error).__name__) from error


def body_of(message: Message) -> dict[str, Any]:
    """A message as parameters of sendMessage and editMessageText."""
    body: dict[str, Any] = {"text": html(message.text), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    if message.keys:
        rows = [[_button(message, key) for key in row] for row in message.keys]
        body["reply_markup"] = {"inline_keyboard": rows}
    return body


def _button(message: Message, key: Key) -> dict[str, str]:
    button = {"text": key.label, "callback_data": to_data(message.session, message.turn, key.button)}
    return {**button, "style": key.style} if key.style else button


@dataclass(slots=True)
class Counters:
    """What was done since the start, for the log line at the end."""

    updates: int = 0
    repeated: int = 0
    poison: int = 0


class Polling:
    """The loop: updates in, acknowledged after the commit.

    api: an open Bot API. read: text -> what it means. retention_days: how long an idle conversation is kept.
    """

    def __init__(self, api: BotApi, assistant: Assistant, delivery: Delivery, read: Callable[..., Heard], retention_days: int) -> None:
        self._api = api
        self._assistant = assistant
        self._delivery = delivery
        self._read = read
        self._upkeep = Upkeep(assistant, delivery, retention_days)
        self._offset: int | None = None
        self._answers: set[asyncio.Task[None]] = set()
        self.counters = Counters()

    async def run(self, username: str, stop: asyncio.Event) -> None:
        """Poll until told to stop; then finish what was begun, within seconds. Raises CannotRun."""
        upkeep = asyncio.create_task(self._upkeep.run())
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                polling = asyncio.create_task(self._poll())
                await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not polling.done():
                    polling.cancel()
                    await asyncio.gather(polling, return_exceptions=True)
                    break
                updates = await polling
                if updates:
                    await self._handle_all(updates, username, stop)
        finally:
            for task in (upkeep, stopping):
                task.cancel()
            await asyncio.gather(upkeep, stopping, return_exceptions=True)
            await self._delivery.drain(DRAIN_SECONDS)
            await asyncio.gather(*self._answers, return_exceptions=True)

    # --- getting updates ---

    async def _poll(self) -> list[Any]:
        """The next updates; when Telegram says no, what an operator needs to know, and a wait."""
        wait = 1.0
        told = ""
        while True:
            parameters = {"timeout": POLL_SECONDS, "limit": BATCH, "allowed_updates": list(ALLOWED)}
            if self._offset is not None:
                parameters["offset"] = self._offset
            try:
                updates = await self._api.call("getUpdates", parameters, seconds=POLL_SECONDS + 10)
                if told:
                    log.warning("Telegram answers again")
                return list(updates)
            except InvalidToken as error:
                raise CannotRun(WRONG_TOKEN) from error
            except Conflict as error:
                if "webhook" in error.message.casefold():
                    raise CannotRun(WEBHOOK_SET) from error
                wait, reason = SECOND_POLLER_WAIT, SECOND_POLLER
            except RetryAfter as error:
                seconds = error.retry_after
                wait, reason = float(seconds if isinstance(seconds, int | float) else seconds.total_seconds()), "Telegram asks to wait"
            except TelegramError as error:
                wait, reason = min(wait * 2, LONGEST_WAIT), f"Telegram cannot be reached ({type(error).__name__}); trying again"
            if reason != told:
                log.warning("%s", reason)
                told = reason
            await asyncio.sleep(wait)

    # --- handling updates ---

    async def _handle_all(self, updates: list[Any], username: str, stop: asyncio.Event) -> None:
        """Handle a batch: all committed, then acknowledged. Store errors are tried again until told to stop; the rest is put aside."""
        wait = 0.5
        open_updates = updates
        while open_updates:
            outcomes = await asyncio.gather(*(self._handle(raw, username) for raw in open_updates), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException) and not isinstance(outcome, StoreError):
                    raise outcome
            open_updates = [raw for raw, outcome in zip(open_updates, outcomes, strict=True) if isinstance(outcome, StoreError)]
            if open_updates:
                log.error("%d updates wait: %s", len(open_updates), next(o for o in outcomes if isinstance(o, StoreError)))
                if stop.is_set():
                    return  # not acknowledged: they come again
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        numbers = [number for raw in updates if (number := number_of(raw)) is not None]
        if numbers:
            self._offset = numbers[-1] + 1  # the order is Telegram's; after a quiet week numbers may go down
        self.counters.updates += len(updates)

    async def _handle(self, raw: Any, username: str) -> None:
        try:
            read = read_update(raw, self._read, username)
            if isinstance(read, Gone):
                await self._assistant.abandon(read.update, read.chat)
            elif isinstance(read, Moved):
                await self._assistant.move_chat(read.old, read.new)
            elif read is not None:
                arrival, press = read
                handled = await self._assistant.handle(arrival)
                self._delivery.post(handled.queued)
                self.counters.repeated += handled.repeated
                if press is not None:
                    self._answer(press, handled)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the updates behind it must be handled
            await self._put_aside(raw, error)

    async def _put_aside(self, raw: Any, error: Exception) -> None:
        """Keep a poisonous update for replay; the log names it, but no word of it."""
        number = number_of(raw)
        reason = "unreadable" if isinstance(error, Unreadable) else type(error).__name__
        log.error("update %s could not be handled (%s); it is put aside", number, reason)
        self.counters.poison += 1
        await self._assistant.store.put_aside(Poison(f"tg:{number}", conversation_of(raw), to_json(raw), reason, self._assistant.clock()))

    def _answer(self, press: Press, handled: Handled) -> None:
        """Stop the little clock on the button, with a word where the button is somebody else's. Best effort."""
        parameters: dict[str, Any] = {"callback_query_id": press.query}
        if handled.foreign:
            notice = render(self._assistant.guide, Reply((Part("not-yours"),)))
            parameters |= {"text": notice.text, "show_alert": True}

        async def answer() -> None:
            with suppress(TelegramError):
                await self._api.call("answerCallbackQuery", parameters)

        task = asyncio.create_task(answer())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


WRONG_TOKEN: Final = "Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather (/mybots › API Token)"  # noqa: S105 - no token
WEBHOOK_SET: Final = "a webhook is set for this bot, so it cannot poll: `python -m bot setup` removes it"
SECOND_POLLER: Final = "another program polls with the same token; this one waits until it stops"


def to_json(raw: Any) -> str:
    """An update as text, to be put aside."""
    return json.dumps(raw)  # ASCII: half a character, too, can be written
