"""What a test can do to the fake Telegram and see of it, by name: in the process, or by POST /control/<action> with a JSON object.

Everything given and returned is plain JSON, so both ways are the same. user.py makes people and chats out of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tests.fake_telegram.faults import Fault
from tests.fake_telegram.rules import Json
from tests.fake_telegram.world import Entry, Impossible, Person, Query, Room, buttons, shown

if TYPE_CHECKING:
    from tests.fake_telegram.server import FakeTelegram

ACTIONS: Final[dict[str, Callable[..., Any]]] = {}


def _action(function: Callable[..., Any]) -> Callable[..., Any]:
    ACTIONS[function.__name__] = function
    return function


def _who(fake: FakeTelegram, person: int, chat: int) -> tuple[Person, Room]:
    return fake.world.people[person], fake.world.rooms[chat]


# --- people and chats ----------------------------------------------------------------------------------------------------


@_action
def person(fake: FakeTelegram, name: str, username: str = "", language: str = "en", id: int = 0) -> Json:  # noqa: A002
    return fake.world.add_person(name, username=username, language=language, id=id).json


@_action
def group(fake: FakeTelegram, title: str, people: list[int], kind: str = "group", forum: bool = False, admin: bool = False) -> Json:
    return fake.world.add_group(title, people, kind=kind, forum=forum, admin=admin).json


@_action
def topic(fake: FakeTelegram, chat: int, name: str = "", thread: int = 0, change: str = "open") -> int:
    """Open a new topic (`name`), or `close`, `reopen` or `delete` one (`thread`)."""
    room = fake.world.rooms[chat]
    if name:
        return fake.world.add_topic(room, name)
    if change == "delete":
        del room.topics[thread]
    else:
        room.topics[thread].closed = change == "close"
    return thread


@_action
def upgrade(fake: FakeTelegram, chat: int) -> Json:
    return fake.world.upgrade(fake.world.rooms[chat]).json


@_action
def place(fake: FakeTelegram, person: int, chat: int, place: str) -> None:
    who, room = _who(fake, person, chat)
    fake.world.set_bot_place(room, who, place)


@_action
def block(fake: FakeTelegram, person: int, blocked: bool = True) -> None:
    fake.world.set_blocked(fake.world.people[person], blocked=blocked)


@_action
def deactivate(fake: FakeTelegram, person: int) -> None:
    fake.world.people[person].gone = True


# --- what people do ------------------------------------------------------------------------------------------------------


@_action
def say(fake: FakeTelegram, person: int, chat: int, text: str, thread: int | None = None, reply_to: int | None = None) -> Json:
    who, room = _who(fake, person, chat)
    before = room.version
    return {"ids": [post.id for post in fake.world.says(who, room, text, thread=thread, reply_to=reply_to)], "version": before}


@_action
def show(
    fake: FakeTelegram, person: int, chat: int, kind: str, caption: str = "", thread: int | None = None, file: str = "", album: str = ""
) -> Json:
    """`file`: the bytes, in Latin-1. `album`: what the pictures of one album share."""
    who, room = _who(fake, person, chat)
    before = room.version
    post = fake.world.shows(who, room, kind, caption=caption, thread=thread, file=file.encode("latin-1"), album=album)
    return {"ids": [post.id], "version": before}


@_action
def correct(fake: FakeTelegram, person: int, chat: int, message: int, text: str) -> Json:
    who, room = _who(fake, person, chat)
    before = room.version
    return {"ids": [fake.world.corrects(who, room, message, text).id], "version": before}


@_action
def withdraw(fake: FakeTelegram, person: int, chat: int, message: int) -> Json:
    who, room = _who(fake, person, chat)
    before = room.version
    fake.world.withdraws(who, room, message)
    return {"version": before}


@_action
def protect(fake: FakeTelegram, chat: int) -> None:
    fake.world.rooms[chat].protected = True


@_action
def press(
    fake: FakeTelegram,
    person: int,
    chat: int,
    label: str | None = None,
    data: str | None = None,
    message: int | None = None,
    old: bool = False,
    forged: bool = False,
) -> Json:
    """Press the button with this label or data, of this message or of the newest that has it.

    `old`: also one that the message had before an edit. `forged`: send the data though no button has it.
    """
    who, room = _who(fake, person, chat)
    before = room.version
    number, button = _button(room, label, data, message, old=old, forged=forged)
    if "callback_data" not in button:
        return {"query": None, "copied": button.get("copy_text", {}).get("text"), "url": button.get("url"), "version": before}
    query = fake.world.presses(who, room, number, button["callback_data"])
    return {"query": query.id, "update": query.update, "version": before}


def _button(room: Room, label: str | None, data: str | None, message: int | None, *, old: bool, forged: bool) -> tuple[int, Json]:
    if forged:
        return message or max(room.posts, default=0), {"text": "", "callback_data": data or ""}
    posts = [room.posts[message]] if message in room.posts else [] if message else list(reversed(room.posts.values()))
    for post in posts:
        for button in buttons(post, old=old):
            if (label is None or button["text"] == label) and (data is None or button.get("callback_data") == data):
                return post.id, button
    there = sorted({button["text"] for post in posts for button in buttons(post)})
    raise Impossible(f"no button {label if label is not None else data!r} to press; there are: {', '.join(there) or 'none'}")


@_action
def press_again(fake: FakeTelegram, query: str) -> Json:
    """The client sends the query once more after a reconnect, under a new update id."""
    found = fake.world.queries[query]
    before = found.room.version
    again = fake.world.presses_again(found)
    return {"query": again.id, "update": again.update, "version": before}


@_action
async def answer(fake: FakeTelegram, query: str, seconds: float = 0) -> Json | None:
    """The first answer to a pressed button, or None if none comes in time."""
    found = fake.world.queries[query]
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not found.answers and (left := deadline - loop.time()) > 0:
        await _changed(found.room, found.room.version, left)
    return _answer(found)


def _answer(query: Query) -> Json | None:
    return {"text": query.answers[0][0], "alert": query.answers[0][1]} if query.answers else None


@_action
def burst(fake: FakeTelegram, people: int, texts: list[str], first: int = 1_000_000) -> int:
    """Many people at once, from id `first` on: each text from each of them, one text after the other. Returns the number of updates."""
    world = fake.world
    for number in range(first, first + people):
        if number not in world.people:
            world.add_person(f"Person {number}", id=number)
    for text in texts:
        for number in range(first, first + people):
            world.says(world.people[number], world.rooms[number], text)
    return people * len(texts)


@_action
async def ask_inline(fake: FakeTelegram, person: int, text: str, seconds: float = 5.0) -> Json | None:
    """Type the bot's name and a text in some chat, and wait for what it offers; nothing where nothing comes. Returns it with `query`."""
    query = fake.world.asks_inline(fake.world.people[person], text)
    deadline = asyncio.get_running_loop().time() + seconds
    while query.answer is None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - nothing else tells of it
        await asyncio.sleep(0.01)
    if query.answer is None:
        return None
    results = [{key: value for key, value in result.items() if key != "content"} for result in query.answer["results"]]
    texts = [result["content"].text for result in query.answer["results"]]
    return {**query.answer, "results": results, "texts": texts, "query": query.id}


@_action
def send_inline(fake: FakeTelegram, query: str, chat: int, result: int = 0) -> int:
    """Pick one of what the bot offered, to be sent in this chat. Returns the message's number."""
    return fake.world.sends_inline(fake.world.inline[query], fake.world.rooms[chat], result).id


# --- what can be seen ----------------------------------------------------------------------------------------------------


@_action
def view(fake: FakeTelegram, person: int, chat: int, thread: int | None = None) -> Json:
    """The chat (or one topic of it) as the person sees it."""
    room = fake.world.rooms[chat]
    posts = [shown(post) for post in room.posts.values() if thread is None or post.thread == thread]
    toasts = [{"text": text, "alert": alert} for who, text, alert in room.toasts if who == person]
    return {"version": room.version, "messages": posts, "toasts": toasts}


@_action
async def wait(fake: FakeTelegram, chat: int, version: int, seconds: float) -> int:
    """Wait until the chat shows something newer than this version, at most so long. Returns its version."""
    room = fake.world.rooms[chat]
    if room.version <= version:
        await _changed(room, version, seconds)
    return room.version


async def _changed(room: Room, version: int, seconds: float) -> None:
    if room.version > version:
        return
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    room.waiters.append(waiter)
    await asyncio.wait([waiter], timeout=seconds)
    if waiter in room.waiters:
        room.waiters.remove(waiter)


@_action
def transcript(fake: FakeTelegram, chat: int, thread: int | None = None) -> str:
    """What happened in the chat, as text."""
    room = fake.world.rooms[chat]
    name = fake.world.bot["first_name"]
    entries = [entry for entry in room.log if thread is None or entry.thread in {thread, None}]
    return "\n".join(line for entry in entries for line in _lines(entry, name))


def _lines(entry: Entry, bot: str) -> list[str]:
    who = bot if entry.by is None else entry.by.name
    match entry.deed:
        case "presses":
            return [f"{who} presses [{entry.note}]"]
        case "toast" | "alert":
            return [f"{who} ({entry.deed}): {entry.note}"]
        case "deletes":
            return [f"{who} deletes: {entry.content.text.partition(chr(10))[0]}"]
        case "rekeys" if not entry.keyboard:
            return [f"{who} takes the buttons away from: {entry.content.text.partition(chr(10))[0]}"]
    head = f"{who} (edits)" if entry.deed in {"edits", "rekeys"} else who
    text = entry.content.text or f"({entry.note})"
    if entry.note and entry.content.text:
        text = f"({entry.note}) {text}"
    first, *rest = text.split("\n")
    rows = ["    " + " ".join(f"[{button['text']}]" for button in row) for row in entry.keyboard or ()]
    return [f"{head}: {first}", *(f"    {line}" if line else "" for line in rest), *rows]


@_action
def counters(fake: FakeTelegram) -> Json:
    """What was sent, edited, called, refused, confirmed, and what still waits.

    `duplicates`: messages with the text and the buttons' data of the bot's last one, nobody having written in between.
    `repeats`: messages with the text and the buttons' data of any earlier one. `delays`: from what a person does to the first answer.
    """
    world = fake.world
    delays = sorted(world.delays)
    names = ("sent", "edited", "deleted", "duplicates", "repeats", "not_modified", "answered")
    queue = ("pushed", "delivered", "redelivered", "acknowledged", "dropped", "expired", "lost")
    return {
        **{name: world.counts[name] for name in names},
        **{name: world.queue.counts[name] for name in queue},
        "pending": world.queue.pending,
        "calls": dict(world.calls),
        "refusals": dict(world.refusals),
        "delays": {"count": len(delays), **{f"p{part}": delays[len(delays) * part // 100] for part in (50, 90, 99) if delays}},
    }


@_action
def reset_counters(fake: FakeTelegram) -> None:
    world = fake.world
    for counts in (world.counts, world.queue.counts, world.calls, world.refusals):
        counts.clear()
    world.delays.clear()
    world.recent.clear()


@_action
def calls(fake: FakeTelegram, method: str = "") -> list[Json]:
    """The last thousand calls (of one method), oldest first: method, parameters, status."""
    wanted = method.lower()
    return [
        {"method": name, "parameters": {key: value for key, value in given.items() if not isinstance(value, bytes)}, "status": status}
        for name, given, status in fake.world.recent
        if not wanted or name == wanted
    ]


@_action
def profile(fake: FakeTelegram) -> Json:
    """What was set of the bot: texts by field and language, commands by scope and language, menu buttons by chat."""
    world = fake.world
    return {
        "texts": {f"{field} {language}".strip(): text for (field, language), text in world.texts.items()},
        "commands": {" ".join((*scope, language)).strip(): commands for (scope, language), commands in world.commands.items()},
        "menus": {str(chat): button for chat, button in world.menus.items()},
    }


@_action
async def drained(fake: FakeTelegram, seconds: float) -> bool:
    """Wait until every update is confirmed, at most so long. Returns whether that is so."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while fake.world.queue.pending and loop.time() < deadline:  # noqa: ASYNC110 - the queue knows no events
        await asyncio.sleep(0.005)
    return not fake.world.queue.pending


# --- the world's weather ---------------------------------------------------------------------------------------------------


@_action
def fault(fake: FakeTelegram, **given: Any) -> int:
    """Add a fault (faults.py). Returns its number."""
    fake.faults.append(Fault(**given))
    return len(fake.faults) - 1


@_action
def faults(fake: FakeTelegram) -> list[Json]:
    """The faults, with how many calls each has seen and spoilt."""
    return [asdict(one) for one in fake.faults]


@_action
def clear_faults(fake: FakeTelegram) -> None:
    fake.faults.clear()


@_action
def options(fake: FakeTelegram, **given: Any) -> Json:
    """Set options, and return them all."""
    fake.set_options(**given)
    return {name: getattr(fake.world.options, name) for name in type(fake.world.options).__annotations__}


@_action
def advance(fake: FakeTelegram, seconds: float) -> float:
    """Move the clock on. Returns the time of day."""
    fake.world.clock.ahead += seconds
    return fake.world.clock.now()


@_action
def redeliver(fake: FakeTelegram, update: int | None = None) -> int:
    """Deliver a confirmed update once more under its old number: the newest, or this one."""
    number = fake.world.queue.again(update)
    fake.world.wake()
    return number


@_action
def raw(fake: FakeTelegram, kind: str, content: Json, lifetime: float = 86400) -> int | None:
    """Queue any update at all, also one that no client makes or that cannot be read."""
    return fake.world.push(kind, content, lifetime, ("raw", 0))


@_action
def token(fake: FakeTelegram, token: str = "") -> str:
    """The bot's token; with one given, that is the new one and the old one is revoked."""
    fake.token = token or fake.token
    return fake.token
