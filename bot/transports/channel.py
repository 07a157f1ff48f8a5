"""The way out to Telegram: messages as HTML with inline buttons, and what Telegram's refusals mean to the delivery."""

from __future__ import annotations

from typing import Any, Final

from bot.delivery import CardGone, ChatBlocked, ChatMoved, ChatPaused, MessageGone, PlaceClosed, Refused, Unreachable
from bot.model import Key, Message
from bot.rendering import html
from bot.store import Queued
from bot.transports.bot_api import BadRequest, BotApi, ChatMigrated, Forbidden, RetryAfter, TelegramError, wait_of
from bot.transports.presses import to_data
from bot.transports.updates import address_of, chat_of, named

_GONE: Final = (
    *("message to edit not found", "message can't be edited", "message_id_invalid"),
    *("message to copy not found", "message can't be copied"),
)
_DONE: Final = ("message is not modified",)
_CLOSED: Final = ("topic_closed", "topic_deleted", "message thread not found")
_SHUT_OUT: Final = ("chat not found", "not enough rights to send", "have no rights to send", "chat_write_forbidden", "chat_restricted")
"""What Telegram says with 400 where it could say 403."""


class TelegramChannel:
    """Sends messages to Telegram, as HTML with inline buttons."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def send(self, queued: Queued, message: Message) -> int:
        """Send a new message, or the copy that it stands for; returns its message_id."""
        if message.copies:
            return await self._copy(queued, message)
        result = await self._call("sendMessage", {**address_of(queued.conversation), **body_of(message)})
        return int(result["message_id"])

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        """Put a message in place of the card. That it says the same already is no error."""
        address = {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card}
        await self._call("editMessageText", {**address, **body_of(message)})

    async def close_card(self, queued: Queued, card: int) -> None:
        """Take the buttons off an old card."""
        await self._call("editMessageReplyMarkup", {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card})

    async def _copy(self, queued: Queued, message: Message) -> int:
        """Copy somebody's message to an operator's chat, without their name."""
        chat, number = named(message.copies)
        source = {"from_chat_id": chat, "message_id": number}
        try:
            result = await self._call("copyMessage", {**chat_of(queued.chat), **source, **keyboard_of(message)})
        except CardGone as error:
            raise MessageGone(f"tg:{chat}") from error
        return int(result["message_id"])

    async def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        try:
            return await self._api.call(method, parameters)
        except RetryAfter as error:
            raise ChatPaused(wait_of(error)) from error
        except Forbidden as error:
            raise ChatBlocked(error.message) from error
        except ChatMigrated as error:
            raise ChatMoved(f"tg:{error.new_chat_id}") from error
        except BadRequest as error:
            if _any_of(_DONE, error):
                return {}
            raise _refusal(method, error) from error
        except TelegramError as error:
            raise Unreachable(type(error).__name__) from error


def _refusal(method: str, error: BadRequest) -> Exception:
    """What a 400 means to the delivery."""
    if _any_of(_GONE, error):
        return CardGone(error.message)
    if _any_of(_CLOSED, error):
        return PlaceClosed(error.message)
    if _any_of(_SHUT_OUT, error):
        return ChatBlocked(error.message)
    return Refused(f"{method}: {error.message}")


def _any_of(texts: tuple[str, ...], error: BadRequest) -> bool:
    reason = error.message.casefold()
    return any(text in reason for text in texts)


def body_of(message: Message) -> dict[str, Any]:
    """A message as parameters of sendMessage and editMessageText."""
    body: dict[str, Any] = {"text": html(message.text), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return body | keyboard_of(message)


def keyboard_of(message: Message) -> dict[str, Any]:
    """A message's keys as a parameter; nothing where there are none."""
    rows = [[_button(message, key) for key in row] for row in message.keys]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _button(message: Message, key: Key) -> dict[str, Any]:
    if message.copies:  # an operator has nothing to press there but to copy what it says
        return {"text": key.label, "copy_text": {"text": key.label}}
    button = {"text": key.label, "callback_data": to_data(message.session, message.turn, key.button)}
    return {**button, "style": key.style} if key.style else button
