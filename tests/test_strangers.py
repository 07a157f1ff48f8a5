"""What strangers send: no button but one's own does anything, and no text of anybody's gets anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.assistant import Assistant
from bot.matching import Matcher
from bot.model import Guide, Session
from bot.screenshots import Line
from bot.store.opening import SQLITE
from bot.transports.web.messages import messages
from bot.transports.web.pages import Pages
from bot.transports.web.receiving import PageReceiver, onto_page
from bot.transports.web.updates import Update, read_update
from tests.in_process import DATE, PATIENCE, InProcess, Raw, data_of, group, in_process, message, press, private
from tests.keeping import KINDS, Clock, Database, an_emptied_database

ANN, BEN, OPERATOR = 7, 8, 77
MARK: Final = "Zq7planted"
PLANTED: Final = (
    f"{MARK}<b>&\"'</b> {{name}} {{{{7*7}}}} ${{x}} %s%n `code` **bold** *(\nfold\n)*\r\nERROR forged\x1b[31m\x00\u202e"
    "'; DROP TABLE conversation; -- ../../../etc/passwd"
)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return an_emptied_database(request.param, request, tmp_path)


@pytest.fixture
async def bot(database: Database, guide: Guide, matcher: Matcher) -> AsyncIterator[InProcess]:
    async with in_process(database, guide, matcher, operators=(OPERATOR,)) as found:
        yield found


def where(session: Session | None) -> Session | None:
    """A session without when its person was last heard of."""
    return session and replace(session, seen=0)


# --- buttons -----------------------------------------------------------------------------------------------------------------


async def test_no_button_of_another(bot: InProcess) -> None:
    """Ann's button does nothing under Ben's finger, wherever he presses it, nor in another of her own chats."""
    mine, ours = await bot.card(ANN), await bot.card(ANN, group())
    before = {key: where(await bot.session(key)) for key in (f"tg:{ANN}:0:{ANN}", f"tg:-100:0:{ANN}")}
    assert all(before.values())
    assert mine
    assert ours
    alert = await bot.take(**press(BEN, ours[0], group()))
    assert alert is not None
    assert alert.parameters["show_alert"]
    for person, data, chat in ((BEN, mine[0], private(BEN)), (BEN, ours[0], private(BEN)), (BEN, mine[0], group())):
        await bot.take(**press(person, data, chat))
    for data, chat in ((mine[0], group()), (ours[0], private(ANN)), (mine[0], group(-200))):
        await bot.take(**press(ANN, data, chat))
    assert {key: where(await bot.session(key)) for key in before} == before
    for other in (f"tg:{BEN}:0:{BEN}", f"tg:-100:0:{BEN}", f"tg:-200:0:{ANN}"):
        session = await bot.session(other)
        assert session is None or session.problem is None


FORGED: Final = (
    *(
        "",
        ".",
        "worked",
        "take:storage-full",
        "1:worked:restart",
        "v1|worked|restart",
        "{session}",
        "{session}.{turn}",
        "{session}.{turn}.",
    ),
    *(
        "{session}.-1.worked",
        "{session}.9999999999.worked",
        "{session}.{turn}.drop-table",
        "{session}.{turn}.pass-on.5:5",
        "other.{turn}.take",
    ),
    *(f"{{session}}.{{turn}}.{action}.{MARK}" for action in ("take", "tell", "confirm", "language", "remind", "zone", "show", "pass-on")),
    *("{session}.{turn}.tell.device:" + MARK, "{session}.{turn}.remind.99999999999999999999", "{session}.{turn}.zone.../../etc/passwd"),
    *("{session}.{turn}.take." + "x" * 70_000, "\ud83d", "\x00", "{session}.{turn}.take.\x00", "ﷺ" * 64),
)


async def test_no_forged_button(bot: InProcess) -> None:
    """Data that we never drew (of old versions, too long, wrongly encoded, with this very session and turn) changes nothing."""
    [data, *_] = await bot.card(ANN)
    key = f"tg:{ANN}:0:{ANN}"
    before = await bot.session(key)
    assert before is not None
    assert data.startswith(f"{before.id}.{before.turn}.")
    wrong: list[Any] = [one.replace("{session}", before.id).replace("{turn}", str(before.turn)) for one in FORGED]
    for forged in (*wrong, None, 5, [data], {"data": data}, True):
        answer = await bot.take(**press(ANN, forged))
        assert answer is not None, "the little clock goes on"
        assert where(await bot.session(key)) == where(before), forged
    assert MARK not in str(await bot.database.everything())
    assert MARK not in bot.said()
    assert await bot.database.rows("SELECT * FROM poison") == []


async def test_operators_alone(bot: InProcess) -> None:
    """What is the operators' own brings others the answer to any unknown word, in a forged name too; a forged button passes nothing on."""
    answers = []
    for text in ("/status", "/nonsense", "/status@BackupMedicBot"):
        bot.calls.made.clear()
        await bot.say(ANN, text, sender_chat={"id": OPERATOR}, reply_to_message=message(OPERATOR, text="/status"))
        answers.append([(method, {**parameters, "reply_markup": ""}) for method, parameters in bot.calls.made])
    assert answers[0] == answers[1] == answers[2] != []
    session = await bot.session(f"tg:{ANN}:0:{ANN}")
    assert session is not None
    for name in ("8:5", "7:5", "", "-100:1"):
        await bot.take(**press(ANN, f"{session.id}.{session.turn}.pass-on.{name}"))
    assert {parameters["chat_id"] for _, parameters in bot.calls.made if "chat_id" in parameters} == {ANN}
    assert await bot.receiver.receive({"update_id": 999, "message": message(OPERATOR, text="/status")}) is None
    async with asyncio.timeout(PATIENCE):
        while not any(parameters.get("chat_id") == OPERATOR for _, parameters in bot.calls.made):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_copy_has_no_button_that_does_anything(bot: InProcess) -> None:
    """What a person passes on comes to the operator as a copy without a name, whose buttons copy words and nothing else."""
    await bot.say(ANN, "seven purple elephants danced a waltz")
    [offered] = [data for _, parameters in bot.calls.made for data in data_of(parameters) if ".pass-on." in data]
    await bot.take(**press(ANN, offered))
    [copied] = [(method, parameters) for method, parameters in bot.calls.made if parameters.get("chat_id") == OPERATOR]
    assert copied[0] == "copyMessage"
    keys = [key for row in copied[1].pop("reply_markup")["inline_keyboard"] for key in row]
    assert {frozenset(key) for key in keys} == {frozenset(("text", "copy_text"))}
    assert copied[1] == {"chat_id": OPERATOR, "from_chat_id": ANN, "message_id": 5}


# --- texts -------------------------------------------------------------------------------------------------------------------


def carriers() -> dict[str, Raw]:
    """Updates with the planted text in each place where somebody can put one."""
    named = {"id": ANN, "is_bot": False, **dict.fromkeys(("first_name", "last_name", "username", "language_code"), PLANTED)}
    other = message(BEN, text=PLANTED)
    error = "There is not enough iCloud storage to back up this iPhone "
    file = {"file_id": PLANTED, "file_unique_id": PLANTED, "file_name": PLANTED, "mime_type": PLANTED}
    fields: dict[str, Raw] = {
        "text": {"text": PLANTED},
        "understood text": {"text": error + PLANTED},
        "names": {"text": error, "from": named},
        "command": {"text": f"/{PLANTED}"},
        "payload": {"text": f"/start {PLANTED}"},
        "fix payload": {"text": f"/start fix_{PLANTED}"},
        "account payload": {"text": f"/start from_1_1{PLANTED}"},
        "language": {"text": f"/language {PLANTED}"},
        "time zone": {"text": f"/timezone {PLANTED}"},
        "caption": {"caption": PLANTED, "photo": [{**file, "width": 9, "height": 9}]},
        "file name": {"document": file},
        "album": {"document": {**file, "mime_type": "image/png"}, "media_group_id": PLANTED},
        "sticker": {"sticker": {**file, "emoji": PLANTED}},
        "contact": {"contact": {"first_name": PLANTED, "phone_number": PLANTED, "vcard": PLANTED}},
        "poll": {"poll": {"question": PLANTED, "options": [{"text": PLANTED}]}},
        "place": {"venue": {"title": PLANTED, "address": PLANTED}, "location": {"latitude": 1, "longitude": 1}},
        "quote": {"text": error, "quote": {"text": PLANTED}, "reply_to_message": other},
        "forwarded": {"text": error, "forward_origin": {"type": "hidden_user", "sender_user_name": PLANTED}},
        "entities": {"text": error, "entities": [{"type": PLANTED, "url": PLANTED, "offset": 0, "length": 5}]},
        "unknown": {PLANTED: PLANTED},
    }
    found: dict[str, Raw] = {name: {"message": message(ANN, **content)} for name, content in fields.items()}
    in_group = message(ANN, {**group(), "title": PLANTED, "username": PLANTED}, text=f"@BackupMedicBot {PLANTED}")
    pressed = press(ANN, PLANTED)
    pressed["callback_query"] |= {"chat_instance": PLANTED, "from": named}
    query = {"id": "q", "from": named, "query": f"{error} {PLANTED}", "offset": PLANTED, "chat_type": PLANTED}
    return {
        **found,
        "group": {"message": in_group},
        "edited": {"edited_message": message(ANN, text=PLANTED, edit_date=1)},
        "press": pressed,
        "inline": {"inline_query": query},
        "another kind": {PLANTED: {"text": PLANTED}},
        "member": {"my_chat_member": {"chat": {**private(9), "first_name": PLANTED}, "new_chat_member": {"status": PLANTED}}},
    }


async def test_no_text_gets_anywhere(bot: InProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever holds a text of somebody's: it is in no message, no table, no line of the log and no file afterwards."""
    with caplog.at_level(logging.DEBUG):
        for name, update in carriers().items():
            answer = await bot.take(**update)
            assert MARK not in json.dumps(answer.parameters if answer else {}), name
            assert MARK not in bot.said(), name
            assert MARK not in str(await bot.database.everything()), name
    assert MARK not in caplog.text
    assert files_with(tmp_path, MARK) == []
    assert {name.removeprefix("backup-medic.db") for name in files_with(tmp_path, "")} <= {"", "-wal", "-shm", "-lock"}
    assert await bot.database.rows("SELECT count(*) FROM conversation WHERE conversation LIKE 'tg:7:%'") == [(1,)]


async def test_poison_keeps_a_text_for_a_day_and_nowhere_else(bot: InProcess, caplog: pytest.LogCaptureFixture) -> None:
    """An update that cannot be read is the one exception: it is put aside as it came, and the log says nothing of it."""
    with caplog.at_level(logging.DEBUG):
        strange = {"text": f"{PLANTED}, my password: hunter2", "chat": PLANTED, "from": {"id": ANN}, "date": PLANTED, "message_id": PLANTED}
        await bot.take(message=strange)
    everything = await bot.database.everything()
    assert "hunter2" not in str(everything), "what nobody should send is covered here too"
    assert MARK in str(everything.pop("poison"))
    assert MARK not in str(everything)
    assert MARK not in caplog.text


async def test_no_text_of_a_page_gets_anywhere(bot: InProcess, guide: Guide, matcher: Matcher, caplog: pytest.LogCaptureFixture) -> None:
    """The same on the web: what is typed, and what a page's own script could be made to send, is on no page, in no table and no log."""
    page = page_of(bot, guide, matcher)
    sent: list[dict[str, str]] = [
        *({"text": text} for text in (PLANTED, f"Not enough iCloud storage {PLANTED}", f"/start {PLANTED}", f"/{PLANTED}")),
        *({"command": command, "argument": f"{MARK}<b>"} for command in ("start", "language", "timezone", "nonsense")),
        *({"press": press} for press in (MARK, f"{MARK}.1.take.{MARK}", f"x.1.{MARK}")),
    ]
    with caplog.at_level(logging.DEBUG):
        for number, update in enumerate(sent):
            assert await page.receive(PAGE, read_update(json.dumps({"id": f"update-of-the-page-{number}", **update}).encode())) is None
    shown = await bot.store.shown(PAGE, 0)
    assert len(shown) > 3
    assert MARK not in json.dumps(messages(guide, shown))
    assert MARK not in str(await bot.database.everything())
    assert MARK not in caplog.text


PAGE: Final = "web:AbCdEfGhIjKlMnOpQrStUv"


def page_of(bot: InProcess, guide: Guide, matcher: Matcher) -> PageReceiver:
    """What takes the updates of pages, over the same store."""
    return PageReceiver(Assistant(guide, bot.store, Clock(DATE), transport="web:", way=onto_page), Pages(bot.store), matcher.read)


class Reader:
    """Reads the same line from every picture."""

    def __init__(self, line: str) -> None:
        self._line = line

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        yield

    async def looks(self, raw: bytes, languages: Sequence[str]) -> AsyncIterator[list[Line]]:
        yield [Line("iCloud Backup", 99.0, 1), Line(self._line, 99.0, 2)]


async def test_words_of_a_picture(database: Database, guide: Guide, matcher: Matcher, caplog: pytest.LogCaptureFixture) -> None:
    """The line that decided is shown to whoever sent the picture, escaped; nothing of it is kept or logged."""
    line = f"There is not enough iCloud storage to back up this iPhone <b>{MARK}</b> {{name}} `x`"
    with caplog.at_level(logging.DEBUG):
        async with in_process(database, guide, matcher, reader=Reader(line)) as bot:
            await bot.take(message=message(ANN, photo=[{"file_id": "x", "width": 9, "height": 9}]))
            shown = [parameters["text"] for method, parameters in bot.calls.made if method == "sendMessage"]
            assert any(f"&lt;b&gt;{MARK}&lt;/b&gt;" in text for text in shown), shown
            assert not any(f"<b>{MARK}" in text for text in shown)
            assert MARK not in str(await database.everything())
    assert MARK not in caplog.text


def files_with(folder: Path, text: str) -> list[str]:
    """The files in a folder that hold a text."""
    return sorted(file.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes())


# --- /forget -----------------------------------------------------------------------------------------------------------------


async def test_nothing_of_the_forgotten_in_any_byte(tmp_path: Path, guide: Guide, matcher: Matcher) -> None:
    """After /forget no row has it, and after the next hourly cleaning no byte of the file, of its log or of its free pages."""
    database = Database(f"{SQLITE}{tmp_path / 'backup-medic.db'}")
    person = 987_654_321_012
    async with in_process(database, guide, matcher) as bot:
        web = page_of(bot, guide, matcher)
        for other in (*range(100, 160), person, *range(200, 260)):
            await bot.card(other)
        await bot.say(person, "it is an ipad with iOS 17.3, and I have no computer")
        await web.receive(PAGE, Update(id="an-update-of-the-page", text="Not enough iCloud storage"))
        kept = [await bot.session(f"tg:{person}:0:{person}"), await bot.session(PAGE)]
        marks = [str(person), PAGE, *(session.id for session in kept if session)]
        assert len(marks) == 4
        assert all(files_with(tmp_path, mark) for mark in marks), "the test looks in the wrong place"
        await bot.say(person, "/forget")
        await web.receive(PAGE, Update(id="forget-what-the-page-was", command="forget"))
        everything = str(await database.everything())
        assert [mark for mark in marks if mark in everything] == []
        await bot.store.purge(DATE, 0)
        assert [(mark, files_with(tmp_path, mark)) for mark in marks if files_with(tmp_path, mark)] == []
        assert await bot.session("tg:100:0:100") is not None
