"""A raw update of Telegram -> what arrived. Each update is read alone, so that one strange one harms no other.

Conversation keys: `tg:<chat>:<thread>:<user>`. In a private chat that is one person; in a group each person has a conversation
of their own, in each topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from bot.model import Asked, Decision, Event, Heard, Pressed, Showed
from bot.store import Arrival
from bot.templates import LEAFLET
from bot.transports.addressing import addressed
from bot.transports.presses import from_data
from bot.transports.quoting import with_quoted

TRANSPORT: Final = "tg:"
"""What the keys of Telegram's conversations, chats and updates begin with."""
ALLOWED: Final = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")
"""The kinds of update that we ask Telegram for."""
PICTURES: Final = ("photo", "sticker", "voice", "video_note", "video", "animation", "audio", "document")
USEFUL_SIDE: Final = 2560
"""Pixels: a larger size of a photo takes longer to fetch and is read no better."""
_SHOWN: Final = {"video_note": "video", "animation": "video", "audio": "voice"}
_OTHER: Final = ("location", "contact", "poll", "dice", "venue", "story", "game", "paid_media", "checklist")

ACCOUNT: Final = re.compile(r"from_(-?[0-9]{1,20})_([0-9]{1,10})")
"""The payload by which a person comes from a group (its chat and topic) for what is shown to them alone."""

Read = Callable[..., Heard]
Raw = Mapping[str, Any]


class Unreadable(ValueError):
    """An update that is not of the form that Telegram documents."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button needs besides its event: the query to answer, and the language of the app of whoever pressed."""

    query: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The bot cannot write there any more: the person blocked it, or it was removed from the group."""

    update: str
    chat: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup, with another id."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as far as it must be known before it is read: its update's number, whose it is, and when it was sent or edited."""

    number: int
    conversation: str
    chat: str
    at: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was sent, as far as it can be told before it is fetched. album: what several that were sent together share."""

    file: str
    size: int
    caption: str
    album: str
    read: Read


@dataclass(frozen=True, slots=True)
class Pictured:
    """An update that brings a picture. arrival: what it is for a bot that reads no pictures."""

    arrival: Arrival
    picture: Picture


ReadUpdate = tuple[Arrival, Press | None] | Pictured | Gone | Moved | None


def read_update(raw: Raw, read: Read, username: str) -> ReadUpdate:
    """What an update brings: an arrival (and the query to answer), news of the chat itself, or nothing for us.

    read: text -> what it means. username: the bot's own, for commands that name it. Raises Unreadable.
    """
    try:
        number = str(int(raw["update_id"]))
        if "message" in raw:
            return _message(number, raw["message"], read, username, edited=False)
        if "edited_message" in raw:
            return _message(number, raw["edited_message"], read, username, edited=True)
        if "callback_query" in raw:
            return _press(number, raw["callback_query"])
        if "my_chat_member" in raw:
            return _membership(number, raw["my_chat_member"])
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    return None


def number_of(raw: Any) -> int | None:
    """The number of an update, if it has one at all."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) else None


def kind_of(raw: Any) -> str:
    """The kind of an update, for the metrics; `other` for what we did not ask for."""
    return next((kind for kind in ALLOWED if kind in raw), "other") if isinstance(raw, dict) else "other"


def conversation_of(raw: Any) -> str:
    """The conversation that an update belongs to, as well as that can be told (for /forget); else empty."""
    try:
        query = raw.get("callback_query")
        message = query["message"] if query else raw.get("message") or raw["edited_message"]
        return _conversation(message, query["from"] if query else message["from"])
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return ""


def sent_of(raw: Any, username: str) -> Sent | None:
    """The message for us that an update brings, as far as that can be told without reading it; nothing of any other update."""
    try:
        message = raw.get("message") or raw["edited_message"]
        if addressed(message, username) is None:
            return None
        at = int(message.get("edit_date") or message["date"])
        return Sent(int(raw["update_id"]), _conversation(message, message["from"]), _chat(message), at)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return None


def address_of(conversation: str) -> dict[str, int]:
    """Where a conversation's replies go, as parameters of sendMessage."""
    _, chat, thread, _ = conversation.split(":")
    return {"chat_id": int(chat), **({"message_thread_id": int(thread)} if thread != "0" else {})}


def chat_of(chat: str) -> dict[str, int]:
    """A chat as a parameter: the one that this name is of."""
    return {"chat_id": int(chat.removeprefix("tg:"))}


def _name(message: Raw) -> str:
    """How the rest of the bot names a message; empty for one without a number."""
    number = message.get("message_id")
    return f"{int(message['chat']['id'])}:{int(number)}" if number is not None else ""


def named(message: str) -> tuple[int, int]:
    """The chat and the number of a message of this name."""
    chat, _, number = message.partition(":")
    return int(chat), int(number)


def _conversation(message: Raw, person: Raw) -> str:
    thread = message.get("message_thread_id", 0) if message.get("is_topic_message") else 0
    return f"{_chat(message)}:{int(thread)}:{int(person['id'])}"


def _code(person: Raw) -> str:
    """The code of the language of somebody's app, if it tells one."""
    return str(person.get("language_code") or "")


def _chat(holder: Raw) -> str:
    return f"tg:{int(holder['chat']['id'])}"


def _message(number: str, message: Raw, read: Read, username: str, *, edited: bool) -> ReadUpdate:
    if "migrate_to_chat_id" in message:
        return Moved(_chat(message), f"tg:{int(message['migrate_to_chat_id'])}")
    if "migrate_from_chat_id" in message:  # the same, told in the new chat by nobody in particular
        return Moved(f"tg:{int(message['migrate_from_chat_id'])}", _chat(message))
    person = message.get("from")
    if person is None or person.get("is_bot") or message["chat"]["type"] == "channel":
        return None
    ours = addressed(message, username)
    if ours is None:
        return None
    day = datetime.fromtimestamp(int(message["date"]), UTC).date()
    code = _code(person)
    told = partial(read, hint=code or None, edited=edited, today=day)
    event = _event(ours, told, username, edited=edited)
    if event is None:
        return None
    if isinstance(event, Heard):
        event = replace(with_quoted(event, message, told), message=_name(message))
    shared = message["chat"]["type"] != "private"
    arrival = Arrival(
        f"tg:{number}",
        _conversation(message, person),
        _chat(message),
        event,
        shared=shared,
        language=code,
        quotes=_name(message) if shared else "",
        account_of=None if shared else _account_of(event, person),
    )
    picture = None if edited else _picture(ours, told)
    return (arrival, None) if picture is None else Pictured(arrival, picture)


def brings_picture(raw: Any) -> bool:
    """Whether an update brings a picture, and so may take a while. Never raises: what is wrong with it is found when it is read."""
    message = raw.get("message") if isinstance(raw, dict) else None
    return isinstance(message, dict) and _file_of(message) is not None


def _picture(message: Raw, read: Read) -> Picture | None:
    file = _file_of(message)
    if file is None:
        return None
    caption, album = str(message.get("caption") or ""), str(message.get("media_group_id") or "")
    return Picture(str(file["file_id"]), int(file.get("file_size") or 0), caption, album, read)


def _file_of(message: Raw) -> Raw | None:
    """The file of a picture: of a photo's sizes the largest that is worth reading, or an image that was sent as a document."""
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes and all(isinstance(size, dict) for size in sizes):
        sides = [max(int(size.get("width") or 0), int(size.get("height") or 0)) for size in sizes]
        useful = [place for place, side in enumerate(sides) if side <= USEFUL_SIDE] or [sides.index(min(sides))]
        return dict(sizes[max(useful, key=sides.__getitem__)])
    document = message.get("document")
    image = isinstance(document, dict) and str(document.get("mime_type") or "").startswith("image/")
    return dict(document) if isinstance(document, dict) and image and "animation" not in message else None


def _account_of(event: Event, person: Raw) -> tuple[str, str] | None:
    """The person's own conversation in the group from which they come, and that group. Whatever the payload says, it is their own."""
    payload = ""
    if isinstance(event, Asked) and event.command == "start":
        payload = event.argument
    elif isinstance(event, Pressed) and event.action == LEAFLET:
        payload = event.value
    found = ACCOUNT.fullmatch(payload)
    return (f"tg:{int(found[1])}:{int(found[2])}:{int(person['id'])}", f"tg:{int(found[1])}") if found else None


def account_payload(conversation: str) -> str:
    """The payload that leads from a group to what is not shown there."""
    _, chat, thread, _ = conversation.split(":")
    return f"from_{chat}_{thread}"


def _event(message: Raw, read: Read, username: str, *, edited: bool) -> Event | None:
    text = message.get("text")
    if text is not None:
        return _text(str(text), read, username, edited=edited)
    caption = message.get("caption")
    if caption and ((heard := read(str(caption))).decision is not Decision.NONE or heard.disclosed):
        return heard
    kind = next((kind for kind in PICTURES if kind in message), None)
    if kind is not None:
        image = kind == "document" and _file_of(message) is not None
        return Showed("edited" if edited else "photo" if image else _SHOWN.get(kind, kind))
    if edited:  # somebody who shares where they are: that is an edit every few seconds
        return None
    return Showed("other") if any(kind in message for kind in _OTHER) else None


def _text(text: str, read: Read, username: str, *, edited: bool) -> Event | None:
    if not text.startswith("/"):
        return read(text) if text.strip() else Showed("empty")
    if edited:
        return Showed("edited")
    command, argument = (*text[1:].split(maxsplit=1), "", "")[:2]  # whatever space or line break is between them
    name, _, addressed = command.partition("@")
    if addressed and addressed.casefold() != username.casefold():
        return None
    return Asked(name.casefold(), argument.strip())


def _press(number: str, query: Raw) -> ReadUpdate:
    message = query.get("message")
    if message is None:  # the button of an inline message: we draw none
        return None
    event = from_data(str(query.get("data", "")))
    shared = message["chat"]["type"] != "private"
    conversation = _conversation(message, query["from"])
    arrival = Arrival(
        f"tg:{number}",
        conversation,
        _chat(message),
        event,
        int(message["message_id"]),
        shared,
        _code(query["from"]),
        account_of=None if shared else _account_of(event, query["from"]),
    )
    return arrival, Press(str(query["id"]), arrival.language)


def _membership(number: str, change: Raw) -> ReadUpdate:
    status = change["new_chat_member"]["status"]
    return Gone(f"tg:{number}", _chat(change)) if status in ("kicked", "left") else None  # who lets it in again need not be known
