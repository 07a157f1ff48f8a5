"""What Telegram refuses, in its own words, and its limits. Pure: no clock, no network, nothing kept.

The words are those of Telegram's own Bot API server; of the few limits that only its inner servers know, the codes that they are known to
answer with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from tests.fake_telegram.markup import Marked, Unreadable, parse, trimmed, units

Json = dict[str, Any]
Rows = list[list[Json]]
"""An inline keyboard: rows of buttons, as in the Bot API."""

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LARGEST_PHOTO: Final = 10 << 20
WIDEST_PHOTO: Final = 10_000
"""Width and height together."""
SLIMMEST_PHOTO: Final = 20
LONGEST_DATA: Final = 64
LONGEST_COPY: Final = 256
LONGEST_TOAST: Final = 200
MOST_BUTTONS: Final = 100
MOST_IN_ROW: Final = 12
MOST_COMMANDS: Final = 100
STYLES: Final = {"", "default", "primary", "success", "danger"}
_COMMON: Final = {"text", "callback_data"}
DEEDS: Final = frozenset(
    "callback_game pay switch_inline_query switch_inline_query_chosen_chat switch_inline_query_current_chat login_url web_app".split()
)
"""What a button may do besides telling the bot, opening a page and copying a text: accepted, and nothing more."""
KNOWN_UPDATES: Final = frozenset(
    "message edited_message channel_post edited_channel_post inline_query chosen_inline_result callback_query shipping_query "
    "pre_checkout_query poll poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost message_reaction "
    "message_reaction_count business_connection business_message edited_business_message deleted_business_messages "
    "purchased_paid_media".split()
)
DEFAULT_UPDATES: Final = KNOWN_UPDATES - {"chat_member", "message_reaction", "message_reaction_count"}

ANONYMOUS: Final[Json] = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""Who a message is from where it is from the group itself."""
OTHER_POLLER: Final = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET: Final = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE: Final = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup "
    "of the message"
)
TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"

_URL: Final = re.compile(r"(?:tg://|mailto:|tel:)\S+|(?:https?://)?[^\s/:]+(?:\.[^\s/:]+)+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_INTEGER: Final = re.compile(r"\s*(-?\d+)")


class Refusal(Exception):
    """A call that is answered with `ok: false`: HTTP status, description and parameters as Telegram gives them."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    @property
    def body(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | {"parameters": self.parameters} if self.parameters else answer


def bad(message: str) -> Refusal:
    """400, with the first letter made small as Telegram does it (codes such as BUTTON_DATA_INVALID stay)."""
    keeps = len(message) > 1 and (message[1] == "_" or "A" <= message[1] <= "Z")
    return Refusal(400, f"Bad Request: {message if keeps else message[:1].lower() + message[1:]}")


def forbidden(message: str) -> Refusal:
    return Refusal(403, f"Forbidden: {message}")


def too_many(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


# --- parameters: a form sends everything as text, JSON has types, and Telegram takes both --------------------------------


def text_of(parameters: Mapping[str, Any], name: str) -> str:
    """A parameter as the text that Telegram sees: also of null, which it reads as the word."""
    if name not in parameters:
        return ""
    value = parameters[name]
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else json.dumps(value)


def integer_of(parameters: Mapping[str, Any], name: str, otherwise: int = 0) -> int:
    value = parameters.get(name)
    if type(value) is int:
        return value
    text = text_of(parameters, name)
    found = _INTEGER.match(text)
    return int(found[1]) if found else otherwise if not text else 0


def flag_of(parameters: Mapping[str, Any], name: str) -> bool:
    return text_of(parameters, name).lower() in {"true", "yes", "1"}


def structure_of(parameters: Mapping[str, Any], name: str, what: str) -> Any:
    """A parameter that is JSON, given as such or as text; None where there is none."""
    value = parameters.get(name, "")
    if not isinstance(value, str):
        return "null" if value is None else value
    if not value:
        return None
    try:
        found = json.loads(value)
    except ValueError:
        raise bad(f"Can't parse {what} JSON object") from None
    return "null" if found is None else found


# --- texts ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # bots say the same again and again
def _parsed(text: str) -> Marked:
    return trimmed(parse(text))


def marked(text: str, parse_mode: str, entities: Any) -> Marked:
    """A text with its entities, trimmed but not yet measured."""
    if len(text) > 1 << 13 and len(text.encode("utf-8", "surrogatepass")) > 1 << 15:
        raise bad("Text is too long")
    if _CONTROL.search(text):
        text = _CONTROL.sub(" ", text.replace("\r", ""))
    mode = parse_mode.lower()
    if mode == "html":
        try:
            return _parsed(text)
        except Unreadable as problem:
            raise bad(f"Can't parse entities: {problem}") from None
    if text and mode not in {"", "none"}:
        raise bad("Unsupported parse_mode")
    return trimmed(Marked(text, tuple(entities or ())))


def message_text(parameters: Mapping[str, Any]) -> Marked:
    """The text of sendMessage and editMessageText."""
    text = text_of(parameters, "text")
    if not text:
        raise bad("Message text is empty")
    return marked(text, text_of(parameters, "parse_mode"), structure_of(parameters, "entities", "entities"))


def fitting(content: Marked, *, edit: bool = False) -> Marked:
    """A message's text, measured. Telegram's docs say characters; the stricter count is UTF-16, so that is ours."""
    if not content.text:
        raise bad("Text must be non-empty")
    if len(content.text) * 2 <= LONGEST_TEXT:
        return content
    if len(content.text) > LONGEST_TEXT or (not edit and units(content.text) > LONGEST_TEXT):
        raise bad("Message is too long")
    if units(content.text) > LONGEST_TEXT:
        raise bad("MESSAGE_TOO_LONG")
    return content


def fitting_caption(parameters: Mapping[str, Any]) -> Marked:
    entities = structure_of(parameters, "caption_entities", "entities")
    content = marked(text_of(parameters, "caption"), text_of(parameters, "parse_mode"), entities)
    if units(content.text) > LONGEST_CAPTION:
        raise bad("Message caption is too long")
    return content


def photo_size(content: bytes) -> tuple[int, int]:
    """Width and height of a picture that is taken as a photo; of a PNG the real ones, of a JPEG made-up ones."""
    if len(content) > LARGEST_PHOTO:
        raise bad(f"File of size {len(content)} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes")
    if content.startswith(b"\xff\xd8\xff"):
        return 1280, 960
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR":
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if width + height > WIDEST_PHOTO or max(width, height) > SLIMMEST_PHOTO * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


# --- keyboards -----------------------------------------------------------------------------------------------------------


def keyboard(parameters: Mapping[str, Any], *, inline_only: bool = False) -> Rows | None:
    """The inline keyboard of a call, checked as far as the Bot API server does; None where there is none.

    A reply keyboard, its removal and a forced reply are accepted where Telegram accepts them, and not shown.
    """
    markup = structure_of(parameters, "reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("Object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is not None and not isinstance(rows, list):
        raise bad('Field "inline_keyboard" must be of type Array')
    if rows and not markup.get("keyboard"):
        return [_row(row) for row in rows]
    if inline_only and (markup.get("keyboard") or markup.get("remove_keyboard") or markup.get("force_reply")):
        raise bad("Inline keyboard expected")
    return None


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise bad('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    for button in row:
        _check_form(button)
    return row


def _check_form(button: Any) -> None:
    """Refuse a button that cannot be read."""
    if isinstance(button, dict) and button.keys() == _COMMON and all(type(value) is str and value for value in button.values()):
        return  # nearly all of them, without further work
    start = "Can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad(f"{start}InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad(f'{start}Can\'t find field "text"')
    wrong = [name for name in ("text", "style", "url", "callback_data") if not isinstance(button.get(name, ""), str | int)]
    if wrong:
        raise bad(f'{start}Field "{wrong[0]}" must be of type String')
    if str(button.get("style", "")).lower() not in STYLES:
        raise bad(f"{start}invalid button style specified")
    if button.get("url") or button.get("callback_data") or not DEEDS.isdisjoint(button):
        return
    if "copy_text" not in button:
        raise bad(f"{start}Text buttons are unallowed in the inline keyboard")
    if not isinstance(button["copy_text"], dict) or "text" not in button["copy_text"]:
        raise bad(f'{start}Can\'t find field "text"')


def shown_keyboard(rows: Rows | None) -> Rows | None:
    """The keyboard as it is kept: no buttons without words, at most twelve in a row. Raises for what the inner servers refuse."""
    if not rows:
        return None
    kept = [found for row in rows if (found := [button for button in row if button["text"]][:MOST_IN_ROW])]
    count = 0
    for row in kept:
        count += len(row)
        for button in row:
            _check_button(button)
    if count > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return kept or None


def _check_button(button: Json) -> None:
    if url := button.get("url"):
        if not _URL.fullmatch(url):
            raise bad(f"Inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    elif data := button.get("callback_data"):
        if len(str(data).encode()) > LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
    elif "copy_text" in button and not 1 <= units(str(button["copy_text"]["text"])) <= LONGEST_COPY:
        raise bad("BUTTON_COPY_TEXT_INVALID")


# --- the bot's profile -----------------------------------------------------------------------------------------------------


def commands_of(parameters: Mapping[str, Any]) -> list[Json]:
    """The commands of setMyCommands."""
    given = structure_of(parameters, "commands", "commands") or []
    if not isinstance(given, list):
        raise bad("Expected an Array of BotCommand")
    found = [_command(command) for command in given]
    if len(found) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    return found


def _command(given: Any) -> Json:
    if not isinstance(given, dict):
        raise bad("Can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in given:
            raise bad(f"Can't parse BotCommand: Can't find field \"{name}\"")
    command = str(given["command"]).strip().removeprefix("/")
    description = str(given["description"]).strip()
    if not command:
        raise bad("Command must be non-empty")
    if len(command) > 32:
        raise bad("Command length must not exceed 32")
    if not description:
        raise bad("Command description must be non-empty")
    if len(description) > 256:
        raise bad("Command description length must not exceed 256")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def scope_of(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The scope of a call about commands, as a key: its type, and the chat and user where it has them."""
    scope = structure_of(parameters, "scope", "BotCommandScope")
    if scope is None:
        return ("default",)
    if not isinstance(scope, dict) or "type" not in scope:
        raise bad("Can't parse BotCommandScope: Can't find field \"type\"")
    kind = scope["type"]
    if kind in {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}:
        return (kind,)
    if kind not in {"chat", "chat_administrators", "chat_member"}:
        raise bad("Can't parse BotCommandScope: Unsupported type specified")
    if not scope.get("chat_id"):
        raise bad("Can't parse BotCommandScope: Can't find field \"chat_id\"")
    return (kind, str(scope["chat_id"]), *([str(scope.get("user_id", ""))] if kind == "chat_member" else []))


def language_of(parameters: Mapping[str, Any]) -> str:
    code = text_of(parameters, "language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad("Invalid language code specified")
    return code


def allowed_updates_of(parameters: Mapping[str, Any]) -> frozenset[str] | None:
    """The kinds of updates that a call asks for; None where it says nothing or nothing readable. An empty list means the default."""
    try:
        given = structure_of(parameters, "allowed_updates", "allowed updates")
    except Refusal:
        return None
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        return None
    return frozenset(name.lower() for name in given) & KNOWN_UPDATES or DEFAULT_UPDATES


def split(text: str, most: int = LONGEST_TEXT) -> Sequence[str]:
    """A long text as a Telegram client sends it: in messages of at most 4,096 UTF-16 units, no character torn apart."""
    if units(text) <= most:
        return (text,)
    parts: list[str] = []
    part: list[str] = []
    size = 0
    for character in text:
        length = 2 if character > "\uffff" else 1
        if size + length > most:
            parts.append("".join(part))
            part, size = [], 0
        part.append(character)
        size += length
    return [found for found in (*parts, "".join(part)) if found.strip()]
