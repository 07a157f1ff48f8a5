"""What the fake Telegram holds: people, chats, messages, and what people do in them. No network here.

Whatever a person does becomes an update for the bot, as Telegram would make it; whatever becomes visible raises the chat's `version`,
on which those who watch the chat wait.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.fake_telegram import rules
from tests.fake_telegram.markup import Entity, Marked, to_html, units
from tests.fake_telegram.options import DAY, Clock, Options
from tests.fake_telegram.rules import Json, Rows
from tests.fake_telegram.updates import Queue

TOKEN: Final = f"123456789:{'AAFake-token-that-only-this-server-knows00'}"
BOT_ID: Final = 123456789
MEDIA: Final = ("photo", "sticker", "voice", "document", "location", "video", "video_note", "audio", "contact", "animation")
_COMMAND: Final = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?")
_MENTION: Final = re.compile(r"(?<!\w)@\w{4,32}")


class Impossible(Exception):
    """A person cannot do this: the button is not there, the message is gone, the text is empty."""


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram account."""

    id: int
    name: str
    username: str = ""
    language: str = ""
    gone: bool = False

    @property
    def json(self) -> Json:
        found: Json = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.username:
            found["username"] = self.username
        if self.language:
            found["language_code"] = self.language
        return found


@dataclass(slots=True)
class Topic:
    """A topic of a forum."""

    name: str
    closed: bool = False


@dataclass(slots=True)
class Post:
    """One message of a chat. `by` is None for the bot. `earlier`: the keyboards that it had before."""

    id: int
    by: Person | None
    date: int
    content: Marked
    keyboard: Rows | None = None
    thread: int | None = None
    media: Json | None = None
    reply_to: int | None = None
    edited: int = 0
    version: int = 0
    extra: Json = field(default_factory=dict)
    earlier: list[Rows] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One line of what happened in a chat: `says`, `edits`, `rekeys`, `deletes`, `presses`, `toast`, `alert`."""

    deed: str
    by: Person | None
    content: Marked
    keyboard: Rows | None = None
    note: str = ""
    thread: int | None = None


@dataclass(slots=True)
class Query:
    """A pressed button that waits for an answer. `answers`: text and whether it is an alert."""

    id: str
    by: Person
    room: Room
    post: int
    data: str
    at: float
    update: int | None = None
    answers: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(slots=True)
class InlineQuery:
    """What somebody typed after the bot's name in any chat. `answer`: what the bot offers, once it does."""

    id: str
    by: Person
    at: float
    answer: Json | None = None


@dataclass(slots=True)
class Room:
    """A chat. `bot`: the bot's own place in it (member, administrator, left, kicked). `protected`: nothing may be copied out of it."""

    id: int
    kind: str
    title: str
    people: dict[int, Person]
    forum: bool = False
    bot: str = "member"
    started: bool = False
    blocked: bool = False
    moved_to: int | None = None
    protected: bool = False
    topics: dict[int, Topic] = field(default_factory=dict)
    posts: dict[int, Post] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    toasts: list[tuple[int, str, bool]] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    version: int = 0
    last: int = 0
    asked_at: float = 0.0
    said: tuple[str, ...] | None = None
    cards: set[tuple[str, ...]] = field(default_factory=set)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    json: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.json = {"id": self.id, "type": self.kind}
        if self.kind == "private":
            person = self.people[self.id]
            self.json |= {"first_name": person.name} | ({"username": person.username} if person.username else {})
        else:
            self.json |= {"title": self.title} | ({"is_forum": True} if self.forum else {})

    def changed(self) -> int:
        """Something can be seen that could not be seen before."""
        self.version += 1
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()
        return self.version


@dataclass(slots=True)
class Allowance:
    """How many messages may still be sent now: `burst` at once, then `rate` a second."""

    rate: float
    burst: float
    left: float
    at: float

    def take(self, now: float) -> float:
        """Take one; the seconds to wait if there is none."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / self.rate
        self.left -= 1
        return 0.0


class World:
    """All of it."""

    def __init__(self, *, token: str = TOKEN, username: str = "backup_medic_bot", seed: int = 0) -> None:
        self.token = token
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Backup Medic", "username": username}
        self.clock = Clock()
        self.chance = Random(seed)
        self.options = Options()
        self.queue = Queue(self.clock, self.chance, self.options)
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, Room] = {}
        self.queries: dict[str, Query] = {}
        self.inline: dict[str, InlineQuery] = {}
        self.files: dict[str, bytes] = {}
        self.photos: dict[str, Json] = {}
        self.allowed = rules.DEFAULT_UPDATES
        self.commands: dict[tuple[tuple[str, ...], str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menus: dict[int, Json] = {}
        self.counts: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.recent: deque[tuple[str, Json, int]] = deque(maxlen=1000)
        self.delays: deque[float] = deque(maxlen=100_000)
        self.allowance: dict[str, Allowance] = {}
        self.wake: Callable[[], None] = lambda: None
        self._last_post = 0
        self._last_person = 1_000
        self._last_group = 0

    # --- who and where there is -----------------------------------------------------------------------------------

    def add_person(self, name: str, *, username: str = "", language: str = "en", id: int = 0) -> Person:  # noqa: A002
        """Somebody who has not written to the bot yet."""
        if not id:
            self._last_person += 1
            id = self._last_person  # noqa: A001
        person = self.people[id] = Person(id, name, username, language)
        self.rooms[id] = Room(id, "private", "", {id: person})
        return person

    def add_group(self, title: str, people: Iterable[int], *, kind: str = "group", forum: bool = False, admin: bool = False) -> Room:
        """A group to which the first of these people adds the bot: the bot hears of it."""
        kind = "supergroup" if forum else kind
        room = self._new_group(title, {number: self.people[number] for number in people}, kind, forum=forum)
        room.bot = "administrator" if admin else "member"
        owner = next(iter(room.people.values()))
        self._membership(room, owner, "left", room.bot)
        self._post(room, owner, Marked(""), extra={"new_chat_members": [self.bot], "new_chat_member": self.bot})
        return room

    def _new_group(self, title: str, people: dict[int, Person], kind: str, *, forum: bool) -> Room:
        self._last_group += 1
        number = -(10**12 + self._last_group) if kind == "supergroup" else -self._last_group
        room = self.rooms[number] = Room(number, kind, title, people, forum=forum, started=True)
        return room

    def upgrade(self, room: Room) -> Room:
        """The group becomes a supergroup with another id; the old one is closed.

        The bot is told in both chats, in the new one by nobody in particular; that it joined the new one; and not that it left the old one.
        """
        new = self._new_group(room.title, dict(room.people), "supergroup", forum=False)
        new.bot = room.bot
        owner = next(iter(room.people.values()))
        room.moved_to = new.id
        self._post(room, owner, Marked(""), extra={"migrate_to_chat_id": new.id})
        self._membership(new, owner, "left", new.bot)
        nobody = {"from": rules.ANONYMOUS, "sender_chat": new.json}
        self._post(new, owner, Marked(""), extra={"migrate_from_chat_id": room.id, **nobody})
        return new

    def add_topic(self, room: Room, name: str) -> int:
        """Somebody opens a topic in a forum; its id is that of its first message."""
        owner = next(iter(room.people.values()))
        number = room.last + 1
        room.topics[number] = Topic(name)
        created = {"name": name, "icon_color": 7322096}
        self._post(room, owner, Marked(""), thread=number, extra={"forum_topic_created": created})
        return number

    def set_bot_place(self, room: Room, by: Person, place: str) -> None:
        """Somebody removes the bot (`kicked`, `left`), brings it back (`member`) or raises it (`administrator`)."""
        before, room.bot = room.bot, place
        self._membership(room, by, before, place)

    def set_blocked(self, person: Person, *, blocked: bool) -> None:
        """The person blocks the bot, or unblocks it."""
        room = self.rooms[person.id]
        if room.blocked != blocked:
            room.blocked = blocked
            self._membership(room, person, "kicked" if not blocked else "member", "kicked" if blocked else "member")

    def _membership(self, room: Room, by: Person, before: str, after: str) -> None:
        def member(status: str) -> Json:
            found: Json = {"user": self.bot, "status": status}
            if status == "kicked":
                found["until_date"] = 0
            if status == "administrator":
                rights = "delete_messages manage_video_chats restrict_members promote_members change_info invite_users"
                found |= {f"can_{right}": True for right in rights.split()}
                others = ("can_post_stories", "can_edit_stories", "can_delete_stories")
                found |= {"can_be_edited": False, "is_anonymous": False, "can_manage_chat": True} | dict.fromkeys(others, False)
            return found

        content = {
            "chat": room.json,
            "from": by.json,
            "date": int(self.clock.now()),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        self.push("my_chat_member", content, DAY, ("member", room.id))

    # --- what people do -------------------------------------------------------------------------------------------

    def says(self, person: Person, room: Room, text: str, *, thread: int | None = None, reply_to: int | None = None) -> list[Post]:
        """The person sends a text, in as many messages as their client makes of it."""
        text = text.strip()
        if not text:
            raise Impossible("a client does not send an empty text")
        self._enter(person, room)
        posts = []
        for part in rules.split(text):
            content = Marked(part, tuple(found_in(part)))
            posts.append(self._post(room, person, content, thread=thread, reply_to=reply_to))
        return posts

    def shows(
        self, person: Person, room: Room, kind: str, *, caption: str = "", thread: int | None = None, file: bytes = b"", album: str = ""
    ) -> Post:
        """The person sends a picture, a sticker, a voice message and so on."""
        if kind not in MEDIA:
            raise Impossible(f"{kind} is none of {', '.join(MEDIA)}")
        self._enter(person, room)
        content = Marked(caption, tuple(found_in(caption)))
        return self._post(
            room, person, content, thread=thread, media=self.stub(kind, file), extra={"media_group_id": album} if album else {}
        )

    def corrects(self, person: Person, room: Room, number: int, text: str) -> Post:
        """The person edits a message that they sent."""
        post = room.posts.get(number)
        if post is None or post.by is not person:
            raise Impossible(f"{person.name} has no message {number} here")
        post.content = Marked(text, tuple(found_in(text)))
        post.edited = int(self.clock.now())
        room.asked_at = time.monotonic()
        room.log.append(Entry("edits", person, post.content, thread=post.thread))
        post.version = room.changed()
        if self._reaches_bot(room, post):
            self.push("edited_message", self.json_of(room, post), DAY, ("chat", room.id))
        return post

    def withdraws(self, person: Person, room: Room, number: int) -> None:
        """The person deletes a message that they sent. The bot does not hear of it."""
        post = room.posts.get(number)
        if post is None or post.by is not person:
            raise Impossible(f"{person.name} has no message {number} here")
        del room.posts[number]
        room.log.append(Entry("deletes", person, post.content, thread=post.thread))
        room.changed()

    def presses(self, person: Person, room: Room, number: int, data: str) -> Query:
        """The person presses a button of a message, whether it is still there or not."""
        query = Query(str(self.chance.getrandbits(62)), person, room, number, data, self.clock.now())
        self.queries[query.id] = query
        post = room.posts.get(number)
        room.asked_at = time.monotonic()
        label = next((button["text"] for button in buttons(post) if button.get("callback_data") == data), data)
        room.log.append(Entry("presses", person, Marked(""), note=label, thread=post.thread if post else None))
        room.changed()
        self._push_query(query)
        return query

    def presses_again(self, query: Query) -> Query:
        """The client sends a query once more after a reconnect, since it saw no answer: the update and the query get new numbers."""
        again = Query(str(self.chance.getrandbits(62)), query.by, query.room, query.post, query.data, self.clock.now())
        self.queries[again.id] = again
        self._push_query(again)
        return again

    def asks_inline(self, person: Person, text: str) -> InlineQuery:
        """The person types the bot's name and a text, in whatever chat. Where inline mode is off, the bot does not hear of it."""
        query = InlineQuery(str(self.chance.getrandbits(62)), person, self.clock.now())
        self.inline[query.id] = query
        content = {"id": query.id, "from": person.json, "query": text, "offset": "", "chat_type": "sender"}
        if self.options.inline:
            self.push("inline_query", content, self.options.inline_lifetime, ("inline", person.id))
        return query

    def sends_inline(self, query: InlineQuery, room: Room, result: int) -> Post:
        """The person picks a result, which is then their message in this chat, by way of the bot."""
        if query.answer is None:
            raise Impossible("nothing is offered")
        content = query.answer["results"][result]["content"]
        keyboard = query.answer["results"][result]["keyboard"]
        return self._post(room, query.by, content, keyboard=keyboard, extra={"via_bot": self.bot})

    def _push_query(self, query: Query) -> None:
        room = query.room
        post = room.posts.get(query.post)
        message = {"chat": room.json, "message_id": query.post, "date": 0} if post is None else self.json_of(room, post)
        content = {"id": query.id, "from": query.by.json, "message": message, "chat_instance": str(room.id * 7919), "data": query.data}
        update = self.push("callback_query", content, self.options.press_lifetime, ("user", query.by.id))
        query.update = update

    def _enter(self, person: Person, room: Room) -> None:
        if person.id not in room.people:
            raise Impossible(f"{person.name} is not in this chat")
        if room.blocked:
            raise Impossible(f"{person.name} has blocked the bot and cannot write to it")
        if room.moved_to is not None:
            raise Impossible("this group was upgraded: write in the new one")
        room.started = True

    # --- what both sides do ---------------------------------------------------------------------------------------

    def bot_posts(self, room: Room, content: Marked, *, keyboard: Rows | None = None, **more: Any) -> Post:
        """The bot's message, in the chat."""
        post = self._add(room, None, content, keyboard=keyboard, **more)
        self._answered(room)
        self.counts["sent"] += 1
        said = (content.text, *(str(button.get("callback_data")) for row in keyboard or () for button in row))
        self.counts["duplicates"] += said == room.said
        self.counts["repeats"] += len(said) > 1 and said in room.cards
        room.said = said
        if len(said) > 1:
            room.cards.add(said)
        return post

    def bot_edits(self, room: Room, post: Post, content: Marked, keyboard: Rows | None) -> None:
        if post.keyboard and post.keyboard != keyboard:
            post.earlier.append(post.keyboard)
        deed = "rekeys" if content == post.content else "edits"
        post.content, post.keyboard = content, keyboard
        post.edited = int(self.clock.now())
        room.log.append(Entry(deed, None, content, keyboard, thread=post.thread))
        post.version = room.changed()
        self._answered(room)
        self.counts["edited"] += 1

    def bot_deletes(self, room: Room, post: Post) -> None:
        del room.posts[post.id]
        room.log.append(Entry("deletes", None, post.content, thread=post.thread))
        room.changed()
        self.counts["deleted"] += 1

    def bot_answers(self, query: Query, text: str, *, alert: bool) -> None:
        """Stop the wheel on the button, and show the words of the first answer."""
        first = not query.answers
        query.answers.append((text, alert))
        self.counts["answered"] += 1
        if text and first:
            query.room.toasts.append((query.by.id, text, alert))
            query.room.log.append(Entry("alert" if alert else "toast", None, Marked(""), note=text))
        query.room.changed()

    def _answered(self, room: Room) -> None:
        if room.asked_at:
            self.delays.append(time.monotonic() - room.asked_at)
            room.asked_at = 0.0

    def _post(self, room: Room, by: Person, content: Marked, **more: Any) -> Post:
        post = self._add(room, by, content, **more)
        room.asked_at = time.monotonic()
        room.said = None
        if self._reaches_bot(room, post):
            self.push("message", self.json_of(room, post), DAY, ("chat", room.id))
        return post

    def _add(self, room: Room, by: Person | None, content: Marked, **more: Any) -> Post:
        if room.kind == "supergroup":
            room.last = number = room.last + 1
        else:
            self._last_post = number = self._last_post + 1
        post = room.posts[number] = Post(number, by, int(self.clock.now()), content, **more)
        room.log.append(Entry("says", by, content, post.keyboard, note=_what(post), thread=post.thread))
        post.version = room.changed()
        return post

    def _reaches_bot(self, room: Room, post: Post) -> bool:
        if room.kind == "private" or not self.options.privacy or room.bot == "administrator" or post.extra:
            return room.bot not in {"left", "kicked"}
        replied = room.posts.get(post.reply_to or 0)
        name = f"@{self.bot['username']}".lower()
        text = post.content.text.lower()
        if room.bot in {"left", "kicked"}:
            return False
        command = any(entity["type"] == "bot_command" for entity in post.content.entities)
        return name in text or (command and "@" not in text.split()[0]) or (replied is not None and replied.by is None)

    def push(self, kind: str, content: Json, lifetime: float, lane: tuple[str, int]) -> int | None:
        """Queue an update for the bot, if it wants that kind; its number."""
        if kind not in self.allowed:
            return None
        update = self.queue.push(kind, content, lifetime, lane)
        self.wake()
        return update.id if update else None

    def stub(self, kind: str, file: bytes = b"") -> Json:
        """A picture or the like as the Bot API describes it. Its bytes can be fetched by getFile."""
        number = f"{kind}-{len(self.files) + 1}"
        found: Json = {"file_id": number, "file_unique_id": f"u{number}", "file_size": len(file)}
        size: Json = {"width": 512, "height": 512}
        several: dict[str, Any] = {
            "photo": [found | {"width": 90, "height": 67}, found | {"width": 1280, "height": 960}],
            "sticker": found | size | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "🙂"},
            "voice": found | {"duration": 3, "mime_type": "audio/ogg"},
            "audio": found | {"duration": 3, "mime_type": "audio/mpeg"},
            "video_note": found | {"duration": 3, "length": 240},
            "video": found | size | {"duration": 3},
            "animation": found | size | {"duration": 3},
            "document": found | document_of(file),
            "location": {"latitude": 52.5, "longitude": 13.4},
            "contact": {"phone_number": "+15550100", "first_name": "Someone"},
        }
        self.files[number] = file
        if kind == "photo":
            self.photos[number] = {kind: several[kind]}  # sent again by its id, it keeps its id
        return {kind: several[kind]}

    def json_of(self, room: Room, post: Post, *, deep: bool = True) -> Json:
        """A message as the Bot API gives it."""
        found: Json = {
            "message_id": post.id,
            "from": self.bot if post.by is None else post.by.json,
            "chat": room.json,
            "date": post.date,
        }
        if post.thread is not None:
            found["message_thread_id"] = post.thread
            found["is_topic_message"] = True
        if post.edited:
            found["edit_date"] = post.edited
        if deep and post.reply_to is not None and post.reply_to in room.posts:
            found["reply_to_message"] = self.json_of(room, room.posts[post.reply_to], deep=False)
        text, entities = ("text", "entities") if post.media is None else ("caption", "caption_entities")
        if post.media is not None:
            found |= post.media
        if post.content.text:
            found[text] = post.content.text
        if post.content.entities:
            found[entities] = list(post.content.entities)
        if post.keyboard:
            found["reply_markup"] = {"inline_keyboard": post.keyboard}
        return found | post.extra if post.extra else found


def document_of(file: bytes) -> Json:
    """Name and kind of a document, by how its bytes begin, as a client finds them."""
    for begin, name in ((b"\x89PNG", "png"), (b"\xff\xd8", "jpeg"), (b"\0\0\0\x1cftyphei", "heic"), (b"\0\0\0\x18ftyphei", "heic")):
        if file.startswith(begin):
            return {"file_name": f"file.{name}", "mime_type": f"image/{name}"}
    return {"file_name": "file.pdf", "mime_type": "application/pdf"}


def found_in(text: str) -> list[Entity]:
    """The entities that Telegram finds by itself in a person's text: commands and mentions."""
    if "/" not in text and "@" not in text:
        return []
    found = [("bot_command", match) for match in _COMMAND.finditer(text)]
    found += [("mention", match) for match in _MENTION.finditer(text) if not any(m.end() >= match.end() > m.start() for _, m in found)]
    return [{"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])} for kind, match in found]


def buttons(post: Post | None, *, old: bool = False) -> list[Json]:
    """The buttons of a message, and with `old` also those that it had before."""
    if post is None:
        return []
    keyboards = [post.keyboard or [], *(reversed(post.earlier) if old else ())]
    return [button for rows in keyboards for row in rows for button in row]


def shown(post: Post) -> Json:
    """A message as a person sees it."""
    return {
        "id": post.id,
        "version": post.version,
        "by": None if post.by is None else post.by.name,
        "text": post.content.text,
        "html": to_html(post.content.text, post.content.entities),
        "buttons": post.keyboard or [],
        "edited": bool(post.edited),
        "thread": post.thread,
        "what": _what(post),
        "date": post.date,
    }


def _what(post: Post) -> str:
    """What a message is besides its words: `photo` and the like, or an empty text."""
    return next(iter(post.media or post.extra), "")
