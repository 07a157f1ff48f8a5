"""The way out to Telegram: messages as HTML with inline buttons, and what Telegram's refusals mean to the delivery."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from bot.channels import CardGone, ChatBlocked, ChatMoved, ChatPaused, MessageGone, PlaceClosed, Refused, Unreachable
from bot.linking import opener
from bot.markup import html
from bot.model import Key, Leaflet, Message, Picture
from bot.store import Queued
from bot.transports.bot_api import (
    CALL_SECONDS,
    NOT_MODIFIED,
    UPLOAD_SECONDS,
    BadRequest,
    BotApi,
    ChatMigrated,
    Forbidden,
    RetryAfter,
    TelegramError,
    wait_of,
)
from bot.transports.presses import to_data
from bot.transports.updates import account_payload, address_of, chat_of, named

if TYPE_CHECKING:
    from bot.album import Album  # only with the extra `pictures`

log = logging.getLogger(__name__)

_GONE: Final = (
    *("message to edit not found", "message can't be edited", "message_id_invalid"),
    *("message to copy not found", "message can't be copied"),
)
_DONE: Final = (NOT_MODIFIED,)
_CLOSED: Final = ("topic_closed", "topic_deleted", "message thread not found")
_SHUT_OUT: Final = ("chat not found", "not enough rights to send", "have no rights to send", "chat_write_forbidden", "chat_restricted")
"""What Telegram says with 400 where it could say 403."""
_NO_PHOTOS: Final = ("to send photos", "chat_send_photos_forbidden")
"""What it says where only pictures are not wanted: words still are."""


class TelegramChannel:
    """Sends messages to Telegram, as HTML with inline buttons.

    album: the pictures, where there are any. username: the bot's own, to which links lead.
    """

    def __init__(self, api: BotApi, album: Album | None = None, username: str = "") -> None:
        self._api = api
        self._username = username
        self._album = album

    @property
    def pictures(self) -> bool:
        """Whether a message can have a picture."""
        return self._album is not None

    async def send(self, queued: Queued, message: Message) -> int:
        """Send a new message, or the copy that it stands for; returns its message_id."""
        if message.copies:
            return await self._copy(queued, message)
        if message.picture is not None and self._album is not None:
            return await self._send_photo(self._album, message.picture, {**self._address(queued), **caption_of(message)})
        if message.leaflet is not None and self._album is not None:
            return await self._send_leaflet(self._album, message.leaflet, {**self._address(queued), **caption_of(message)})
        result = await self._call("sendMessage", {**self._address(queued), **self._body(queued, message)})
        return int(result["message_id"])

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        """Put a message in place of the card. That it says the same already is no error."""
        address = {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card}
        await self._call("editMessageText", {**address, **self._body(queued, message)})

    async def close_card(self, queued: Queued, card: int) -> None:
        """Take the buttons off an old card."""
        await self._call("editMessageReplyMarkup", {"chat_id": address_of(queued.conversation)["chat_id"], "message_id": card})

    def _body(self, queued: Queued, message: Message) -> dict[str, Any]:
        return body_of(message, opener(self._username, account_payload(queued.conversation)))

    def _address(self, queued: Queued) -> dict[str, Any]:
        """Where a reply goes, and in a group what it quotes, as far as that is still there: a chat that was moved has other messages."""
        address = address_of(queued.conversation)
        if not queued.reply.quotes or (quoted := named(queued.reply.quotes))[0] != address["chat_id"]:
            return {**address}
        return {**address, "reply_parameters": {"message_id": quoted[1], "allow_sending_without_reply": True}}

    async def _copy(self, queued: Queued, message: Message) -> int:
        """Copy somebody's message to an operator's chat, without their name."""
        chat, number = named(message.copies)
        source = {"from_chat_id": chat, "message_id": number}
        try:
            result = await self._call("copyMessage", {**chat_of(queued.chat), **source, **keyboard_of(message)})
        except CardGone as error:
            raise MessageGone(f"tg:{chat}") from error
        return int(result["message_id"])

    async def _send_photo(self, album: Album, picture: Picture, parameters: dict[str, Any]) -> int:
        """Send a picture: by its name where Telegram has it, else the picture itself. Raises Refused where it cannot be drawn."""
        name = await album.name(picture)
        if name is not None:
            try:
                return int((await self._call("sendPhoto", {**parameters, "photo": name}))["message_id"])
            except Refused:  # the name of another bot's, or of a picture that Telegram lost: if it is more, it is refused once more
                await album.note(picture, None)
        drawn = await _drawn(album.drawn(picture))
        result = await self._call("sendPhoto", {**parameters, "photo": drawn}, UPLOAD_SECONDS)
        await album.note(picture, str(result["photo"][-1]["file_id"]))
        return int(result["message_id"])

    async def _send_leaflet(self, album: Album, leaflet: Leaflet, parameters: dict[str, Any]) -> int:
        """Send a leaflet as a file: as a photo it would be made too coarse to print. Raises Refused where it cannot be drawn."""
        drawn = await _drawn(album.leaflet(leaflet))
        result = await self._call("sendDocument", {**parameters, "document": drawn}, UPLOAD_SECONDS)
        return int(result["message_id"])

    async def _call(self, method: str, parameters: dict[str, Any], seconds: float = CALL_SECONDS) -> Any:
        try:
            return await self._api.call(method, parameters, seconds)
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


async def _drawn(drawing: Awaitable[bytes]) -> bytes:
    """What is drawn. Raises Refused where it cannot be."""
    try:
        return await drawing
    except Exception as error:
        log.exception("a picture could not be drawn")
        raise Refused(f"the picture could not be drawn: {type(error).__name__}") from error


def _refusal(method: str, error: BadRequest) -> Exception:
    """What a 400 means to the delivery."""
    if _any_of(_GONE, error):
        return CardGone(error.message)
    if _any_of(_CLOSED, error):
        return PlaceClosed(error.message)
    if _any_of(_SHUT_OUT, error) and not _any_of(_NO_PHOTOS, error):
        return ChatBlocked(error.message)
    return Refused(f"{method}: {error.message}")


def _any_of(texts: tuple[str, ...], error: BadRequest) -> bool:
    reason = error.message.casefold()
    return any(text in reason for text in texts)


def body_of(message: Message, private: str = "") -> dict[str, Any]:
    """A message as parameters of sendMessage and editMessageText. private: whither the button to the private chat leads."""
    said = {"text": html(message.text), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return {**said, **keyboard_of(message, private)}


def caption_of(message: Message) -> dict[str, Any]:
    """A message as parameters of sendPhoto and sendDocument, without the file itself."""
    return {"caption": html(message.text), "parse_mode": "HTML", **keyboard_of(message)}


def keyboard_of(message: Message, private: str = "") -> dict[str, Any]:
    """A message's keys as a parameter; nothing where there are none."""
    rows = [[_button(message, key, private) for key in row] for row in message.keys]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _button(message: Message, key: Key, private: str) -> dict[str, Any]:
    if key.button.action == "private":
        return {"text": key.label, "url": private}
    if message.copies:  # an operator has nothing to press there but to copy what it says
        return {"text": key.label, "copy_text": {"text": key.label}}
    if key.copies:
        return {"text": key.label, "copy_text": {"text": key.copies}}
    button = {"text": key.label, "callback_data": to_data(message.session, message.turn, key.button)}
    return {**button, "style": key.style} if key.style else button
