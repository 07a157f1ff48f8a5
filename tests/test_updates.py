"""Raw updates of Telegram: what each kind becomes, and that a strange one is Unreadable and nothing worse."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given

from bot.model import Asked, Candidate, Decision, Event, Heard, Pressed, Showed
from bot.store import Arrival
from bot.transports.updates import (
    Gone,
    Moved,
    Pictured,
    Press,
    Sent,
    Unreadable,
    address_of,
    brings_picture,
    conversation_of,
    number_of,
    read_update,
    sent_of,
)
from tests.fuzz.shapes import anything, changed_updates

PRIVATE: Final = {"id": 7, "type": "private"}
GROUP: Final = {"id": -100, "type": "supergroup"}
ANN: Final = {"id": 7, "is_bot": False, "first_name": "Ann"}
NAME: Final = "BackupMedicBot"
DATE: Final = 1_750_000_000
SURELY: Final = (Candidate("storage-full", 99.0),)
SIZE: Final = [{"file_id": "x", "width": 1, "height": 1}]


def read(text: str, *, hint: str | None = None, edited: bool = False, today: date | None = None) -> Heard:
    """Understands texts with `full` in them; the day shows in the facts."""
    facts = {"today": str(today), **({"hint": hint} if hint else {})}
    if "full" in text:
        return Heard(Decision.MATCH, ("storage-full",), candidates=SURELY, facts=facts, edited=edited)
    return Heard(facts=facts, edited=edited)


def message(chat: Any = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": DATE, "chat": chat, "from": ANN, **fields}


def query(card: Any, **fields: Any) -> dict[str, Any]:
    return {"update_id": 9, "callback_query": {"id": "q1", "from": ANN, "message": card, "data": "abc.3.worked", **fields}}


def arrival(raw: dict[str, Any]) -> Arrival:
    found = read_update(raw, read, NAME)
    assert isinstance(found, tuple)
    return found[0]


def event(**fields: Any) -> Event | None:
    """What a private message with these fields becomes, if it becomes anything."""
    found = read_update({"update_id": 9, "message": message(**fields)}, read, NAME)
    if isinstance(found, Pictured):
        return found.arrival.event
    assert found is None or isinstance(found, tuple)
    return found[0].event if found else None


# --- whose it is ---------------------------------------------------------------------------------------------------------


def test_language() -> None:
    """The language of somebody's app goes with what they write and press; what it means is read with it."""
    ann = {**ANN, "language_code": "pt-br"}
    found = arrival({"update_id": 9, "message": {**message(text="full"), "from": ann}})
    assert found.language == "pt-br"
    assert isinstance(found.event, Heard)
    assert found.event.facts["hint"] == "pt-br"
    pressed = query({"message_id": 5, "chat": PRIVATE})
    pressed["callback_query"]["from"] = ann
    both = read_update(pressed, read, NAME)
    assert isinstance(both, tuple)
    assert both[1] is not None
    assert (both[0].language, both[1].language) == ("pt-br", "pt-br")


def test_private() -> None:
    """A private text is one person's, is numbered, and is read on the day that it was sent."""
    found = arrival({"update_id": 9, "message": message(text="full")})
    heard = Heard(Decision.MATCH, ("storage-full",), candidates=SURELY, facts={"today": "2025-06-15"}, message="7:5")
    assert found == Arrival("tg:9", "tg:7:0:7", "tg:7", heard)


@pytest.mark.parametrize(
    ("fields", "conversation"),
    [
        ({}, "tg:-100:0:7"),
        ({"is_topic_message": True, "message_thread_id": 4}, "tg:-100:4:7"),
        ({"message_thread_id": 4}, "tg:-100:0:7"),  # a reply somewhere in a group, and no topic
    ],
)
def test_group(fields: dict[str, Any], conversation: str) -> None:
    """In a group each person has a conversation of their own, in each topic; answers go by the group, and others read along."""
    found = arrival({"update_id": 9, "message": message(GROUP, text=f"@{NAME} full", **fields)})
    assert (found.conversation, found.chat, found.shared) == (conversation, "tg:-100", True)


@pytest.mark.parametrize(
    "raw",
    [
        {"message": message(text="full", **{"from": {**ANN, "is_bot": True}})},
        {"message": {key: value for key, value in message(text="full").items() if key != "from"}},
        {"message": message({"id": -5, "type": "channel"}, text="full")},
        {"channel_post": message({"id": -5, "type": "channel"}, text="full")},
        {"inline_query": {"id": "1", "from": ANN, "query": "full"}},
        {"no_such_kind": {}},
        {},
    ],
    ids=["bot", "nobody", "channel", "channel post", "inline", "unknown", "bare"],
)
def test_not_for_us(raw: dict[str, Any]) -> None:
    """Bots, channels, and kinds that we do not ask for bring nothing."""
    assert read_update({"update_id": 9, **raw}, read, NAME) is None


@pytest.mark.parametrize(
    ("conversation", "address"),
    [("tg:7:0:7", {"chat_id": 7}), ("tg:-100:4:7", {"chat_id": -100, "message_thread_id": 4})],
)
def test_address(conversation: str, address: dict[str, int]) -> None:
    """Replies go to the chat of the conversation, and to its topic if it has one."""
    assert address_of(conversation) == address


# --- what it says --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Asked("start")),
        ("/start storage-full", Asked("start", "storage-full")),
        ("/start\nstorage-full", Asked("start", "storage-full")),
        ("/START  x y ", Asked("start", "x y")),
        ("/help@BackupMedicBot", Asked("help")),
        ("/help@backupmedicbot now", Asked("help", "now")),
        ("/help@OtherBot", None),
        ("/", Asked("")),
        ("  ", Showed("empty")),
        ("", Showed("empty")),
    ],
)
def test_commands(text: str, expected: Event | None) -> None:
    """A command is asked by name, with what follows it; one for another bot is not ours."""
    assert event(text=text) == expected


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("photo", "photo"),
        ("sticker", "sticker"),
        ("voice", "voice"),
        ("audio", "voice"),
        ("video", "video"),
        ("video_note", "video"),
        ("animation", "video"),
        ("document", "document"),
        *((other, "other") for other in ("location", "contact", "poll", "dice", "venue", "story", "game", "paid_media", "checklist")),
    ],
)
def test_media(kind: str, shown: str) -> None:
    """What is sent instead of words is shown by its kind."""
    assert event(**{kind: {}}) == Showed(shown)


def test_animation_is_also_a_document() -> None:
    """Telegram sends an animation as a document too: it is a video to us."""
    assert event(document={}, animation={}) == Showed("video")


def test_captions() -> None:
    """A caption that is understood counts as text; else the picture is what was shown."""
    assert isinstance(event(photo=SIZE, caption="it is full"), Heard)
    assert event(photo=SIZE, caption="look") == Showed("photo")
    assert event(photo=SIZE, caption="") == Showed("photo")


def _pictured(**fields: Any) -> Pictured | None:
    raw = {"update_id": 9, "message": message(**fields)}
    found = read_update(raw, read, NAME)
    assert brings_picture(raw) is isinstance(found, Pictured)
    return found if isinstance(found, Pictured) else None


def test_the_largest_useful_size_of_a_photo_is_taken() -> None:
    sizes = [{"file_id": f"{side}", "file_size": side, "width": side // 2, "height": side} for side in (90, 1280, 2560, 5000)]
    found = _pictured(photo=sizes, caption="look", media_group_id="7")
    assert found is not None
    assert (found.picture.file, found.picture.size, found.picture.caption, found.picture.album) == ("2560", 2560, "look", "7")
    huge = _pictured(photo=sizes[3:])
    assert huge is not None
    assert huge.picture.file == "5000"


def test_an_image_sent_as_a_file_is_a_picture() -> None:
    found = _pictured(document={"file_id": "d", "mime_type": "image/heic"})
    assert found is not None
    assert (found.picture.file, found.arrival.event) == ("d", Showed("photo"))
    assert _pictured(document={"file_id": "d", "mime_type": "application/pdf"}) is None
    assert _pictured(document={"file_id": "d", "mime_type": "image/gif"}, animation={"file_id": "d"}) is None
    assert not brings_picture({"update_id": 9, "edited_message": message(photo=SIZE)})


@pytest.mark.parametrize("kind", ["new_chat_members", "left_chat_member", "pinned_message", "new_chat_title", "group_chat_created"])
def test_service_messages(kind: str) -> None:
    """What Telegram itself notes in a chat is not answered."""
    assert event(**{kind: 1}) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"text": "full"},
            Heard(Decision.MATCH, ("storage-full",), candidates=SURELY, facts={"today": "2025-06-15"}, edited=True, message="7:5"),
        ),
        ({"text": "/start"}, Showed("edited")),
        ({"photo": SIZE}, Showed("edited")),
        ({"location": {"live_period": 900}}, None),  # that comes every few seconds
    ],
    ids=["text", "command", "photo", "live location"],
)
def test_edited(fields: dict[str, Any], expected: Event | None) -> None:
    """An edited text is read as a correction; an edited command is not obeyed; a live location is not answered at each move."""
    found = read_update({"update_id": 9, "edited_message": message(**fields)}, read, NAME)
    assert found == (None if expected is None else (Arrival("tg:9", "tg:7:0:7", "tg:7", expected), None))


# --- buttons and membership ------------------------------------------------------------------------------------------------


def test_press() -> None:
    """A pressed button brings its event, its card, and the query to answer."""
    found = read_update(query(message(text="card")), read, NAME)
    assert found == (Arrival("tg:9", "tg:7:0:7", "tg:7", Pressed("abc", 3, "worked"), 5), Press("q1"))


def test_press_in_a_topic() -> None:
    """A button pressed in a topic is the presser's, there: the card's author is the bot."""
    card = message(GROUP, is_topic_message=True, message_thread_id=4, **{"from": {"id": 99, "is_bot": True}})
    found = arrival(query(card))
    assert (found.conversation, found.shared) == ("tg:-100:4:7", True)


def test_press_on_an_inaccessible_message() -> None:
    """Of a card that is too old Telegram sends only chat and number: the press counts all the same."""
    assert arrival(query({"chat": PRIVATE, "message_id": 5, "date": 0})).card == 5


def test_press_on_an_inline_message() -> None:
    """A button outside any chat is none that we drew."""
    raw = query(None)
    del raw["callback_query"]["message"]
    assert read_update(raw, read, NAME) is None


@pytest.mark.parametrize("data", [None, "", "x", "a.b.c", "." * 64])
def test_forged_press(data: str | None) -> None:
    """Strange button data is a press that fits no session."""
    raw = query(message())
    raw["callback_query"]["data"] = data
    assert arrival(raw).event == Pressed("", -1, "")


def test_press_without_data() -> None:
    """A button of a game has no data: a press that fits no session."""
    raw = query(message())
    del raw["callback_query"]["data"]
    assert arrival(raw).event == Pressed("", -1, "")


@pytest.mark.parametrize(
    ("status", "gone"),
    [("kicked", True), ("left", True), ("member", False), ("administrator", False), ("restricted", False)],
)
def test_membership(status: str, gone: bool) -> None:
    """Who blocks the bot, or removes it, is gone; that it is let in (again) need not be known."""
    change = {"chat": PRIVATE, "from": ANN, "date": DATE, "new_chat_member": {"status": status, "user": {"id": 99}}}
    assert read_update({"update_id": 9, "my_chat_member": change}, read, NAME) == (Gone("tg:9", "tg:7") if gone else None)


def test_supergroup() -> None:
    """A group that becomes a supergroup tells it twice: in the old chat, and in the new one from nobody in particular."""
    nobody = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    old = message({"id": -5, "type": "group"}, migrate_to_chat_id=-100)
    new = message(GROUP, migrate_from_chat_id=-5, **{"from": nobody})
    for told in (old, new):
        assert read_update({"update_id": 9, "message": told}, read, NAME) == Moved("tg:-5", "tg:-100")


# --- anything at all -------------------------------------------------------------------------------------------------------


def readable(raw: Any) -> None:
    """It is read, or Unreadable; what is read has an address that can be written to."""
    with contextlib.suppress(Unreadable):
        found = read_update(raw, read, NAME)
        if isinstance(found, tuple):
            assert set(address_of(found[0].conversation)) <= {"chat_id", "message_thread_id"}
    number_of(raw)
    conversation_of(raw).encode()
    sent_of(raw, NAME)


@given(anything)
def test_any_json(raw: Any) -> None:
    """Whatever JSON arrives, only Unreadable is raised."""
    readable(raw)


@given(changed_updates)
def test_any_change(raw: Any) -> None:
    """A real update with anything in the place of any part of it raises Unreadable at worst."""
    readable(raw)


@pytest.mark.parametrize("field", ["update_id", "date", "chat"])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**30, "x", None, [], {}])
def test_strange_numbers(field: str, value: Any) -> None:
    """Numbers that are none, or too large for a date, are Unreadable or read as they are."""
    raw: dict[str, Any] = {"update_id": 9, "message": message(text="full")}
    if field == "update_id":
        raw["update_id"] = value
    elif field == "date":
        raw["message"]["date"] = value
    else:
        raw["message"]["chat"] = {"id": value, "type": "private"}
    readable(raw)


@pytest.mark.parametrize(
    ("raw", "conversation"),
    [
        ({"message": message(text="x")}, "tg:7:0:7"),
        ({"edited_message": message(GROUP)}, "tg:-100:0:7"),
        (query(message()), "tg:7:0:7"),
        ({"my_chat_member": {}}, ""),
        ([], ""),
    ],
)
def test_conversation_of(raw: Any, conversation: str) -> None:
    """Even of an update that cannot be handled, the conversation is known where it can be told: /forget needs it."""
    assert conversation_of(raw) == conversation


@pytest.mark.parametrize(("raw", "number"), [({"update_id": 3}, 3), ({"update_id": "3"}, None), ({}, None), ([], None), (None, None)])
def test_number_of(raw: Any, number: int | None) -> None:
    """The number of an update, if it has one."""
    assert number_of(raw) == number


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        ({"update_id": 9, "message": message(text="x")}, Sent(9, "tg:7:0:7", "tg:7", DATE)),
        ({"update_id": 9, "message": message(GROUP, text=f"@{NAME} x")}, Sent(9, "tg:-100:0:7", "tg:-100", DATE)),
        ({"update_id": 9, "message": message(GROUP, text="x")}, None),
        ({"update_id": 9, "edited_message": message(edit_date=DATE + 5)}, Sent(9, "tg:7:0:7", "tg:7", DATE + 5)),
        (query(message()), None),
        ({"update_id": 9, "message": {}}, None),
        ([], None),
    ],
)
def test_sent_of(raw: Any, sent: Sent | None) -> None:
    """Before a message is read, it is known whose it is and when it was sent, or edited. A press is no message."""
    assert sent_of(raw, NAME) == sent


# --- what a message quotes ---------------------------------------------------------------------------------------------------

ERROR: Final = {"message_id": 4, "date": DATE, "chat": PRIVATE, "from": ANN, "text": "iCloud storage is full"}
OWN: Final = {**ERROR, "from": {"id": 1, "is_bot": True, "first_name": "Backup Medic"}}


@pytest.mark.parametrize(
    "quoting",
    [
        {"reply_to_message": ERROR},
        {"reply_to_message": {**ERROR, "text": None, "caption": "it is full"}},
        {"reply_to_message": {**ERROR, "text": "a long story"}, "quote": {"text": "storage is full", "position": 0}},
        {"external_reply": {"origin": {"type": "user", "sender_user": ANN}}, "quote": {"text": "storage is full", "position": 0}},
    ],
)
def test_what_is_quoted_is_read(quoting: dict[str, Any]) -> None:
    """A message that tells nothing itself means what it quotes or replies to, and keeps its own name."""
    found = event(text="this one", **quoting)
    assert isinstance(found, Heard)
    assert (found.intents, found.message) == (("storage-full",), "7:5")


@pytest.mark.parametrize(
    "quoting",
    [
        {"reply_to_message": OWN},
        {"reply_to_message": OWN, "quote": {"text": "storage is full", "position": 0}},
        {"external_reply": {"origin": {"type": "user", "sender_user": OWN["from"]}}, "quote": {"text": "storage is full", "position": 0}},
        {"reply_to_message": {**ERROR, "text": "a joke"}},
        {"reply_to_message": None, "quote": None},
    ],
)
def test_what_a_bot_wrote_is_not_read(quoting: dict[str, Any]) -> None:
    """Words of the bot itself are no trouble of the person, and what says nothing changes nothing."""
    found = event(text="this one", **quoting)
    assert isinstance(found, Heard)
    assert found.decision is Decision.NONE


def test_own_words_count_first() -> None:
    """A message that tells something itself is not read by what it quotes."""
    asked: list[str] = []

    def listening(text: str, *, hint: str | None = None, edited: bool = False, today: date | None = None) -> Heard:
        asked.append(text)
        return read(text, hint=hint, edited=edited, today=today)

    read_update({"update_id": 9, "message": message(text="it is full", reply_to_message=ERROR)}, listening, NAME)
    assert asked == ["it is full"]


def test_a_group_quotes_others() -> None:
    """In a group a reply answers somebody else's words: they are not taken for the writer's trouble."""
    mention = {"type": "mention", "offset": 0, "length": len(NAME) + 1}
    reply = message(GROUP, text=f"@{NAME} this one", entities=[mention], reply_to_message=ERROR)
    found = arrival({"update_id": 9, "message": reply}).event
    assert isinstance(found, Heard)
    assert found.decision is Decision.NONE
