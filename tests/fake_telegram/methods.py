"""The methods of the Bot API over the world: what each one checks, in the order in which Telegram checks it, does and answers.

getUpdates and the webhook's methods stand in server.py, since they wait. A method that Telegram has and that is not here is answered like
one that does not exist.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any, Final

from tests.fake_telegram import inline, rules
from tests.fake_telegram.markup import Marked, units
from tests.fake_telegram.rules import Json, Refusal, Rows, bad, forbidden, integer_of, text_of
from tests.fake_telegram.world import Allowance, Post, Room, World

Method = Callable[[World, Json], Any]

encoded: Final = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
TWO_DAYS: Final = 48 * 60 * 60
CHAT_ACTIONS: Final = frozenset(
    "cancel typing record_video upload_video record_audio upload_audio record_voice upload_voice upload_photo upload_document "
    "choose_sticker find_location pick_up_location record_video_note upload_video_note".split()
)
LARGEST_FILE: Final = 20 << 20
LONGEST: Final = {"name": 64, "description": 512, "short_description": 120}
"""How long each text of the bot's profile may be."""


# --- which chat, which message -------------------------------------------------------------------------------------------


def _room(world: World, parameters: Json, *, write: bool = True, name: str = "chat_id") -> Room:
    """The chat of a call, if the bot may write in it (or only edit, which an upgraded group allows)."""
    given = text_of(parameters, name)
    if not given:
        raise bad("chat_id is empty")
    if given.startswith("@"):
        room = next(
            (room for room in world.rooms.values() if f"@{room.json.get('username', '')}" == given and room.kind != "private"), None
        )
    else:
        room = world.rooms.get(integer_of(parameters, name))
    if room is None:
        raise bad("chat not found")
    if room.kind == "private":
        if room.people[room.id].gone:
            raise forbidden("user is deactivated")
    elif room.moved_to is not None:
        if write:
            raise Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=room.moved_to)
    elif room.bot == "kicked":
        raise forbidden(f"bot was kicked from the {room.kind} chat")
    elif room.bot == "left":
        raise forbidden(f"bot is not a member of the {room.kind} chat")
    return room


def _reachable(room: Room) -> None:
    """Check what only Telegram's inner servers know, so last: whether the person wants to hear from the bot."""
    if room.blocked:
        raise forbidden("bot was blocked by the user")
    if not room.started:
        raise forbidden("bot can't initiate conversation with a user")


def _own_post(world: World, room: Room, parameters: Json, what: str) -> Post:
    number = integer_of(parameters, "message_id")
    post = room.posts.get(number) if number > 0 else None
    if post is None:
        raise bad(f"{what} not found")
    return post


def _thread(room: Room, parameters: Json) -> int | None:
    """The topic of a call. A thread id means nothing in a chat without topics, except in a private one, where it must exist."""
    thread = integer_of(parameters, "message_thread_id")
    if not thread or (not room.forum and room.kind != "private"):
        return None
    if thread not in room.topics:
        raise bad("message thread not found")
    return thread


def _open(room: Room, thread: int | None) -> None:
    if thread is not None and room.topics[thread].closed:
        raise bad("TOPIC_CLOSED")


def _reply_to(room: Room, parameters: Json) -> int | None:
    given = rules.structure_of(parameters, "reply_parameters", "reply parameters")
    given = {"message_id": integer_of(parameters, "reply_to_message_id")} if given is None else given
    if not isinstance(given, dict):
        raise bad("Object expected as reply parameters")
    number = integer_of(given, "message_id")
    if number <= 0 or number in room.posts:
        return number if number > 0 else None
    if given.get("allow_sending_without_reply") or rules.flag_of(parameters, "allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def _spend(world: World, room: Room) -> None:
    """Count a message against the limits that the test has set."""
    options = world.options
    if not (options.chat_rate or options.group_rate or options.total_rate):
        return
    group = room.kind != "private"
    now = time.monotonic()
    limits = (
        (room.allowances, "chat", options.chat_rate, options.chat_burst),
        (room.allowances, "group", options.group_rate if group else 0.0, options.group_burst),
        (world.allowance, "total", options.total_rate, options.total_burst),
    )
    for kept, name, rate, burst in limits:
        if rate and (wait := kept.setdefault(name, Allowance(rate, burst, burst, now)).take(now)):
            raise rules.too_many(math.ceil(wait))


# --- messages ------------------------------------------------------------------------------------------------------------


def send_message(world: World, parameters: Json) -> Json:
    content = rules.message_text(parameters)
    keyboard = rules.keyboard(parameters)
    _preview(parameters)
    return _send(world, parameters, rules.fitting, content, keyboard)


def _preview(parameters: Json) -> None:
    options = rules.structure_of(parameters, "link_preview_options", "link preview options")
    if options is not None and not isinstance(options, dict):
        raise bad("Object expected as link preview options")


def _send(
    world: World, parameters: Json, fit: Callable[[Marked], Marked], content: Marked, keyboard: Rows | None, media: Json | None = None
) -> Json:
    room = _room(world, parameters)
    thread = _thread(room, parameters)
    reply_to = _reply_to(room, parameters)
    content = fit(content)
    keyboard = rules.shown_keyboard(keyboard)
    _reachable(room)
    _open(room, thread)
    _spend(world, room)
    return world.json_of(room, world.bot_posts(room, content, keyboard=keyboard, thread=thread, reply_to=reply_to, media=media))


def send_photo(world: World, parameters: Json) -> Json:
    photo = parameters.get("photo", "")
    if not photo:
        raise bad("There is no photo in the request")
    if isinstance(photo, str) and photo.startswith("attach://"):
        photo = parameters.get(photo.removeprefix("attach://"), "")
    if isinstance(photo, str) and not photo.startswith("http") and photo not in world.files:
        raise bad("wrong file identifier/HTTP URL specified")
    caption = rules.fitting_caption(parameters)
    keyboard = rules.keyboard(parameters)
    if isinstance(photo, str) and photo in world.files:
        if photo not in world.photos:
            raise bad(f"Can't use file of type {photo.partition('-')[0].title()} as Photo")
        return _send(world, parameters, lambda content: content, caption, keyboard, world.photos[photo])
    content = photo if isinstance(photo, bytes) else b"\xff\xd8\xff"  # what lies at an address is not fetched

    def fit(words: Marked) -> Marked:
        """The picture itself is looked at last, by Telegram's inner servers."""
        rules.photo_size(content)
        return words

    return _send(world, parameters, fit, caption, keyboard, world.stub("photo", content))


def send_document(world: World, parameters: Json) -> Json:
    """A file, as it was uploaded; what lies at Telegram already or at an address is not needed by any test."""
    document = parameters.get("document", "")
    if not document:
        raise bad("There is no document in the request")
    if not isinstance(document, bytes):
        raise bad("wrong file identifier/HTTP URL specified")
    caption = rules.fitting_caption(parameters)
    return _send(world, parameters, lambda content: content, caption, rules.keyboard(parameters), world.stub("document", document))


def edit_message_text(world: World, parameters: Json) -> Json:
    content = rules.message_text(parameters)
    keyboard = rules.keyboard(parameters, inline_only=True)
    _preview(parameters)
    room, post = _editable(world, parameters)
    if post.media is not None:
        raise bad("There is no text in the message to edit")
    content = rules.fitting(content, edit=True)
    return _edit(world, room, post, content, rules.shown_keyboard(keyboard))


def edit_message_reply_markup(world: World, parameters: Json) -> Json:
    keyboard = rules.keyboard(parameters, inline_only=True)
    room, post = _editable(world, parameters)
    return _edit(world, room, post, post.content, rules.shown_keyboard(keyboard))


def _editable(world: World, parameters: Json) -> tuple[Room, Post]:
    if not text_of(parameters, "chat_id") and not integer_of(parameters, "message_id"):
        raise bad("Message identifier is not specified")
    room = _room(world, parameters, write=False)
    post = _own_post(world, room, parameters, "message to edit")
    if post.by is not None or post.extra or room.moved_to is not None:
        raise bad("Message can't be edited")
    return room, post


def _edit(world: World, room: Room, post: Post, content: Marked, keyboard: Rows | None) -> Json:
    _reachable(room)
    if content == post.content and keyboard == post.keyboard:
        world.counts["not_modified"] += 1
        raise bad(rules.NOT_MODIFIED)
    _spend(world, room)
    world.bot_edits(room, post, content, keyboard)
    return world.json_of(room, post)


def delete_message(world: World, parameters: Json) -> bool:
    if not text_of(parameters, "chat_id"):
        raise bad("Chat identifier is not specified")
    if not integer_of(parameters, "message_id"):
        raise bad("Message identifier is not specified")
    room = _room(world, parameters)
    post = _own_post(world, room, parameters, "message to delete")
    foreign = post.by is not None and room.kind != "private" and room.bot != "administrator"
    if foreign or (room.bot != "administrator" and world.clock.now() - post.date > TWO_DAYS):
        raise bad("Message can't be deleted for everyone")
    world.bot_deletes(room, post)
    return True


def copy_message(world: World, parameters: Json) -> Json:
    """The copy links to nobody. Where it comes from is checked before where it goes."""
    post = _source(world, parameters, "copy")
    keyboard = rules.keyboard(parameters)
    content = rules.fitting_caption(parameters) if post.media is not None and "caption" in parameters else post.content
    return {"message_id": _send(world, parameters, lambda content: content, content, keyboard, post.media)["message_id"]}


def _source(world: World, parameters: Json, deed: str) -> Post:
    """The message that is to be copied or forwarded. Whether its chat still wants the bot matters less than for writing there."""
    given = text_of(parameters, "from_chat_id")
    if not given:
        raise bad("chat_id is empty")
    source = world.rooms.get(integer_of(parameters, "from_chat_id"))
    if source is None:
        raise bad("chat not found")
    if source.kind == "supergroup" and source.bot in {"kicked", "left"}:
        raise forbidden(
            "bot was kicked from the supergroup chat" if source.bot == "kicked" else "bot is not a member of the supergroup chat"
        )
    if source.bot in {"kicked", "left"}:
        raise bad(f"message to {deed} not found")
    post = _own_post(world, source, parameters, f"message to {deed}")
    if source.protected or post.extra:
        raise bad("the message can't be copied" if deed == "copy" else "the message can't be forwarded")
    return post


def forward_message(world: World, parameters: Json) -> Json:
    post = _source(world, parameters, "forward")
    sent = _send(world, parameters, lambda content: content, post.content, None, post.media)
    sender = world.bot if post.by is None else post.by.json
    return sent | {"forward_origin": {"type": "user", "date": post.date, "sender_user": sender}}


def send_chat_action(world: World, parameters: Json) -> bool:
    if text_of(parameters, "action").lower() not in CHAT_ACTIONS:
        raise bad("Wrong parameter action in request")
    room = _room(world, parameters)
    _reachable(room)
    return True


def answer_callback_query(world: World, parameters: Json) -> bool:
    query = world.queries.get(text_of(parameters, "callback_query_id"))
    if query is None or world.clock.now() - query.at > world.options.query_lifetime:
        raise bad(rules.TOO_OLD)
    text = text_of(parameters, "text")
    if units(text) > rules.LONGEST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    world.bot_answers(query, text, alert=rules.flag_of(parameters, "show_alert"))
    return True


def leave_chat(world: World, parameters: Json) -> bool:
    room = _room(world, parameters)
    if room.kind == "private":
        raise bad("chat member status can't be changed in private chats")
    room.bot = "left"
    return True


def get_file(world: World, parameters: Json) -> Json:
    number = text_of(parameters, "file_id")
    if number not in world.files:
        raise bad("invalid file_id")
    if len(world.files[number]) > LARGEST_FILE:
        raise bad("file is too big")
    return {"file_id": number, "file_unique_id": f"u{number}", "file_size": len(world.files[number]), "file_path": f"files/{number}"}


# --- the bot itself ------------------------------------------------------------------------------------------------------


def get_me(world: World, parameters: Json) -> Json:
    able = ("can_join_groups",)
    unable = (
        "supports_guest_queries",
        "can_connect_to_business",
        "has_main_web_app",
        "has_topics_enabled",
        "allows_users_to_create_topics",
        "can_manage_bots",
    )
    reads_all = {"supports_inline_queries": world.options.inline, "can_read_all_group_messages": not world.options.privacy}
    return world.bot | dict.fromkeys(able, True) | reads_all | dict.fromkeys(unable, False)


def _scope(world: World, parameters: Json) -> tuple[tuple[str, ...], str]:
    scope = rules.scope_of(parameters)
    if len(scope) > 1:
        _room(world, {"chat_id": scope[1]}, write=False)
    return scope, rules.language_of(parameters)


def set_my_commands(world: World, parameters: Json) -> bool:
    commands = rules.commands_of(parameters)
    world.commands[_scope(world, parameters)] = commands
    return True


def get_my_commands(world: World, parameters: Json) -> list[Json]:
    return world.commands.get(_scope(world, parameters), [])


def delete_my_commands(world: World, parameters: Json) -> bool:
    world.commands.pop(_scope(world, parameters), None)
    return True


def _setter(field: str) -> Method:
    """Make setMyName and its kind: an empty text removes what was set for that language."""

    def set_text(world: World, parameters: Json) -> bool:
        text = text_of(parameters, field).strip()
        language = rules.language_of(parameters)
        if units(text) > LONGEST[field]:
            raise bad(f"{field.upper()}_TOO_LONG")  # the limit is Telegram's, the word is ours: its own is not documented
        if text:
            world.texts[field, language] = text
        else:
            world.texts.pop((field, language), None)
        return True

    return set_text


def _getter(field: str) -> Method:
    """Make getMyName and its kind: where nothing is set for the language, what everybody sees."""

    def get_text(world: World, parameters: Json) -> Json:
        language = rules.language_of(parameters)
        otherwise = world.texts.get((field, ""), world.bot["first_name"] if field == "name" else "")
        return {field: world.texts.get((field, language), otherwise)}

    return get_text


def set_chat_menu_button(world: World, parameters: Json) -> bool:
    button = rules.structure_of(parameters, "menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad("Can't parse menu button: MenuButton has unsupported type")
    world.menus[integer_of(parameters, "chat_id")] = button
    return True


def get_chat_menu_button(world: World, parameters: Json) -> Json:
    return world.menus.get(integer_of(parameters, "chat_id"), world.menus.get(0, {"type": "commands"}))


METHODS: Final[dict[str, Method]] = {
    "answercallbackquery": answer_callback_query,
    "answerinlinequery": inline.answer_inline_query,
    "copymessage": copy_message,
    "deletemessage": delete_message,
    "deletemycommands": delete_my_commands,
    "editmessagereplymarkup": edit_message_reply_markup,
    "editmessagetext": edit_message_text,
    "forwardmessage": forward_message,
    "getchatmenubutton": get_chat_menu_button,
    "getfile": get_file,
    "getme": get_me,
    "getmycommands": get_my_commands,
    "getmydescription": _getter("description"),
    "getmyname": _getter("name"),
    "getmyshortdescription": _getter("short_description"),
    "leavechat": leave_chat,
    "sendchataction": send_chat_action,
    "senddocument": send_document,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "setchatmenubutton": set_chat_menu_button,
    "setmycommands": set_my_commands,
    "setmydescription": _setter("description"),
    "setmyname": _setter("name"),
    "setmyshortdescription": _setter("short_description"),
}
"""Name in small letters (Telegram does not tell cases apart) -> what it does."""


def call(world: World, method: str, parameters: Json) -> bytes:
    """The body of a successful answer. Raises Refusal."""
    found = METHODS.get(method)
    if found is None:
        raise Refusal(404, "Not Found: method not found")
    return b'{"ok":true,"result":%s}' % encoded(found(world, parameters)).encode()
