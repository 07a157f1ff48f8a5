"""The web chat over real HTTP, on every store: who is let in, what counts once, what a page is told and when."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.assistant import Assistant
from bot.matching import Matcher
from bot.model import Guide, Timer
from bot.settings import Settings
from bot.store import Poison, Store, StoreError, Transaction
from bot.transports.serving import Server
from bot.transports.web import app as module
from bot.transports.web import pages as waiting
from bot.transports.web.app import LARGEST, WebChat
from bot.transports.web.pages import Pages
from bot.transports.web.receiving import PageReceiver, onto_page
from bot.transports.web.tokens import TRANSPORT, Tokens
from bot.transports.web.updates import LONGEST_TEXT
from bot.upkeep import DAY
from tests.keeping import KINDS, Clock, Database, a_database, an_emptied_database, opened
from tests.running_bot import free_port

KEY: Final = "a key that nobody knows"
STORAGE: Final = "There is not enough iCloud storage to back up this iPhone"
SECRET_WORDS: Final = "my secret words"
Json = dict[str, Any]


@dataclass(slots=True)
class Served:
    """A web chat that is served, and all its parts."""

    chat: WebChat
    assistant: Assistant
    receiver: PageReceiver
    pages: Pages
    session: aiohttp.ClientSession
    address: str

    async def ask(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(self.address + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def send(self, path: str, body: Any, token: str = "", **headers: str) -> tuple[int, Any]:
        """Post to it, as its own page does; status, and what the answer holds."""
        ours = {"Origin": self.address, "Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.address + path, data=data, headers={**ours, **headers}) as answer:
            return answer.status, await (answer.json() if answer.status == 200 else answer.text())

    async def page(self) -> Page:
        """A page that has its session."""
        status, answer = await self.send("/api/session", {})
        assert status == 200
        return Page(self, answer["token"])


@dataclass(slots=True)
class Page:
    """What our page does, without a browser."""

    served: Served
    token: str
    revision: int = 0
    updates: int = 0

    @property
    def conversation(self) -> str:
        return Tokens(KEY, DAY).read(self.token)[0]

    async def send(self, **update: Any) -> Json:
        """Send an update; the answer, whose revision it then has."""
        self.updates += 1
        body = {"id": f"update-of-the-page-{self.updates}", "since": self.revision, "language": "en", **update}
        status, answer = await self.served.send("/api/updates", body, self.token)
        assert status == 200, answer
        self.revision = answer.get("revision", self.revision)
        return dict(answer)

    async def tap(self, card: Json, place: int = 0) -> Json:
        key = [key for row in card["rows"] for key in row][place]
        return await self.send(press=key["press"], card=card["number"])

    async def news(self, since: int | None = None) -> Json:
        path = f"/api/messages?since={self.revision if since is None else since}"
        status, answer = await self.served.ask(path, Authorization=f"Bearer {self.token}")
        assert status == 200, answer
        return dict(json.loads(answer))


def words(message: Json) -> str:
    """All that a message says."""
    said = (
        words(part) if part["kind"] == "fold" else " ".join(span["text"] for item in part["items"] for span in item)
        for part in message["parts"]
    )
    return " ".join(said)


@asynccontextmanager
async def serving(store: Store, guide: Guide, matcher: Matcher, clock: Clock, **settings: Any) -> AsyncIterator[Served]:
    assistant = Assistant(guide, store, clock, transport=TRANSPORT, way=onto_page)
    pages = Pages(store)
    receiver = PageReceiver(assistant, pages, matcher.read)
    chat = WebChat(Settings(secret_key=KEY, **settings), assistant, receiver, pages)
    port = free_port()
    async with Server(chat.app, "127.0.0.1", port), aiohttp.ClientSession() as session:
        yield Served(chat, assistant, receiver, pages, session, f"http://127.0.0.1:{port}")
        await pages.drain(1)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return an_emptied_database(request.param, request, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def served(database: Database, guide: Guide, matcher: Matcher, clock: Clock) -> AsyncIterator[Served]:
    async with opened(database) as store, serving(store, guide, matcher, clock) as found:
        yield found


@pytest.fixture
def sqlite(tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    return a_database("sqlite", request, tmp_path)


# --- a conversation --------------------------------------------------------------------------------------------------------------


async def test_a_press_changes_the_card_and_a_text_brings_a_new_one(served: Served) -> None:
    """A press edits the live card where it is; after a text there is a new one, and the old one has no buttons any more."""
    page = await served.page()
    [card] = (await page.send(command="start"))["messages"]
    [changed] = (await page.tap(card))["messages"]
    assert changed["number"] == card["number"]
    assert changed["revision"] > card["revision"]
    assert "iCloud storage is full" in words(changed)
    old, new = (await page.send(text="Backup failed: poor network conditions"))["messages"]
    assert (old["number"], old["rows"]) == (card["number"], [])
    assert "Poor network" in words(new)
    assert new["rows"]


async def test_an_old_button_shows_where_we_are(served: Served) -> None:
    """A press on what another tab has changed meanwhile skips nothing."""
    page = await served.page()
    [card] = (await page.send(command="start"))["messages"]
    [first] = (await page.tap(card))["messages"]
    [again] = (await page.tap(card))["messages"]
    assert "That button belongs to an earlier step." in words(again)
    assert again["rows"] == first["rows"]


async def test_an_update_counts_once(served: Served) -> None:
    """The same update again is answered with what the page has not seen yet, and nothing is done."""
    page = await served.page()
    first = await page.send(id="the-very-same-update", text=STORAGE)
    page.revision = 0
    again = await page.send(id="the-very-same-update", text=STORAGE)
    assert again["messages"] == first["messages"]
    other = await served.page()
    assert (await other.send(id="the-very-same-update", text=STORAGE))["messages"], "an id is the page's own"


async def test_two_conversations_are_two(served: Served) -> None:
    """Nobody reads what another is told."""
    ann, ben = await served.page(), await served.page()
    await ann.send(text=STORAGE)
    assert (await ben.news())["messages"] == []


async def test_what_is_written_is_not_kept(served: Served, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """No word of a message is in any table, nor in the log."""
    page = await served.page()
    with caplog.at_level(logging.DEBUG):
        await page.send(text=SECRET_WORDS)
    assert SECRET_WORDS not in caplog.text
    for table in ("conversation", "shown_message", "seen_update", "poison", "reply_queue"):
        assert SECRET_WORDS not in str(await database.rows(f"SELECT * FROM {table}"))  # noqa: S608 - our own table names


async def test_forgetting_leaves_nothing(served: Served, database: Database) -> None:
    """After /forget no table names the conversation; the goodbye comes with the answer, and once more when that got lost."""
    page = await served.page()
    await page.send(text=STORAGE)
    conversation = page.conversation
    for _ in range(2):
        answer = await page.send(id="forget-everything-now", text="/forget")
        assert "Everything about this conversation is deleted" in words(answer["goodbye"])
    for table in ("conversation", "shown_message", "timer", "seen_update", "poison", "dead_letter", "reply_queue"):
        assert conversation not in str(await database.rows(f"SELECT * FROM {table}"))  # noqa: S608 - our own table names
    assert (await page.news(since=0))["messages"] == []


async def test_only_the_last_messages_are_kept(served: Served, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is used for months does not grow; its numbers go on."""
    monkeypatch.setattr("bot.store.pages.SHOWN_AT_MOST", 3)
    page = await served.page()
    for _ in range(5):
        await page.send(text=STORAGE)
    numbers = [message["number"] for message in (await page.news(since=0))["messages"]]
    assert len(numbers) == 3
    assert numbers == sorted(numbers)
    assert numbers[-1] == page.revision


# --- news ------------------------------------------------------------------------------------------------------------------------


async def test_a_waiting_page_is_told_at_once(served: Served) -> None:
    """What one tab does, the other hears in the request that it has open."""
    page = await served.page()
    await page.send(command="start")
    asked = asyncio.create_task(page.news())
    await asyncio.sleep(0.1)
    assert not asked.done()
    await page.send(text=STORAGE)
    assert "iCloud storage is full" in words((await asyncio.wait_for(asked, 5))["messages"][-1])


async def test_what_another_replica_does_is_seen(
    request: pytest.FixtureRequest, tmp_path: Path, guide: Guide, matcher: Matcher, clock: Clock
) -> None:
    """A page that waits at one replica hears what another answers on the same database."""
    database = a_database("postgresql", request, tmp_path)
    async with AsyncExitStack() as running:
        here, there = [
            await running.enter_async_context(serving(await running.enter_async_context(opened(database)), guide, matcher, clock))
            for _ in range(2)
        ]
        page = await here.page()
        await page.send(command="start")
        asked = asyncio.create_task(page.news())
        await asyncio.sleep(0.1)
        await Page(there, page.token, page.revision, updates=100).send(text=STORAGE)
        await here.pages.look()
        assert (await asyncio.wait_for(asked, 5))["messages"]


async def _set_timer(tx: Transaction, conversation: str, timer: Timer) -> None:
    await tx.set_timer(conversation, conversation, timer)


async def test_a_reminder(served: Served, clock: Clock) -> None:
    """A due timer of a page is fired here, onto the page; one of Telegram's is left to the bot there."""
    page = await served.page()
    card = (await page.send(text="My backup is stuck at estimating time remaining"))["messages"][-1]
    for _ in range(12):
        labels = [key["label"] for row in card["rows"] for key in row]
        wanted = next((label for label in ("Ask me later", "Didn't help") if label in labels), labels[0])
        card = (await page.tap(card, labels.index(wanted)))["messages"][-1]
        if wanted == "Ask me later":
            break
    await page.tap(card)
    kept = await served.assistant.store.run(lambda tx: tx.load(page.conversation))
    assert kept is not None
    assert kept.session.reminder is not None
    timer = Timer(kept.session.reminder.due, kept.session.id, kept.session.reminder.turn)
    await served.assistant.store.run(partial(_set_timer, conversation="tg:1:0:1", timer=timer))
    asked = asyncio.create_task(page.news())
    await asyncio.sleep(0.1)
    clock.now = timer.due
    await served.assistant.fire_due(served.pages.post)
    assert "You asked me to come back." in words((await asyncio.wait_for(asked, 5))["messages"][-1])
    assert [due[0] for due in await served.assistant.store.due(clock.now, 10)] == ["tg:1:0:1"]


async def test_nothing_new(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while a page is told that there is nothing, before a proxy loses patience."""
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    page = await served.page()
    await page.send(command="start")
    answer = await asyncio.wait_for(page.news(), 5)
    assert (answer["messages"], answer["revision"]) == ([], page.revision)


async def test_as_many_wait_as_may(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One tab too many of a conversation is asked to come again; when one has gone, there is room."""
    monkeypatch.setattr(waiting, "MOST_OF_ONE", 1)
    page = await served.page()
    await page.send(command="start")
    asked = asyncio.create_task(page.news())
    await asyncio.sleep(0.1)
    status, _ = await served.ask(f"/api/messages?since={page.revision}", Authorization=f"Bearer {page.token}")
    assert status == 503
    await page.send(text=STORAGE)
    await asked
    assert (await page.news(since=0))["messages"]


async def test_at_the_end_everybody_is_let_go(served: Served) -> None:
    """A server that stops keeps no page waiting."""
    page = await served.page()
    await page.send(command="start")
    asked = asyncio.create_task(page.news())
    await asyncio.sleep(0.1)
    await served.pages.drain(1)
    assert (await asyncio.wait_for(asked, 5))["messages"] == []


# --- who is let in ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer x.y.z"}, 401),
        ({"Authorization": "Basic x"}, 401),
    ],
)
async def test_only_its_own_page(sqlite: Database, guide: Guide, matcher: Matcher, headers: dict[str, str], status: int) -> None:
    """An update is taken from our own page alone, with a token of ours."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        page = await served.page()
        body = {"id": "update-of-the-page-1", "command": "start"}
        assert (await served.send("/api/updates", body, page.token, **headers))[0] == status
        assert bool(await sqlite.rows("SELECT 1 FROM shown_message")) is (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 30_000,
        b"\xff",
        {},
        {"id": "update-of-the-page-1"},
        {"id": "short", "text": "x"},
        {"id": "update-of-the-page-1", "text": "x", "command": "start"},
        {"id": "update-of-the-page-1", "text": 1},
        {"id": "update-of-the-page-1", "text": "x" * (LONGEST_TEXT + 1)},
        {"id": "update-of-the-page-1", "press": "x" * 65},
        {"id": "update-of-the-page-1", "text": "x", "since": -1},
        {"id": "update-of-the-page-1", "text": "x", "card": 2**80},
        {"id": "update-of-the-page-1", "text": "x", "language": "<script>"},
        {"id": "update-of-the-page-1", "text": "x", "more": 1},
    ],
)
async def test_what_is_no_update(sqlite: Database, guide: Guide, matcher: Matcher, body: Any) -> None:
    """What our page never sends is refused, and keeps nothing."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        page = await served.page()
        assert (await served.send("/api/updates", body, page.token))[0] == 400
        assert await sqlite.rows("SELECT 1 FROM seen_update") == []


async def test_strange_updates_are_answered(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """Forged presses, unknown commands, empty and strange texts end in a card, as everywhere."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        page = await served.page()
        for update in (
            {"press": "x.0.take.nothing"},
            {"press": ""},
            {"command": "nonsense"},
            {"text": ""},
            {"text": "/"},
            {"text": "\0 \ud83d\ude00"},
        ):
            assert (await page.send(**update))["messages"], update
        assert (await page.send(press="x.0.take", card=2**53))["messages"]


async def test_too_large(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """A body beyond the limit is refused; the longest text, each of its letters escaped, is not."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        page = await served.page()
        assert (await served.send("/api/updates", b" " * (LARGEST + 1), page.token))[0] == 413
        assert (await page.send(text="\u00e9\u4e2d" * (LONGEST_TEXT // 2)))["messages"]


async def test_so_much_of_one_address(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """Who asks too often is told when to come again; conversations are rarer still. Others are not concerned, behind a proxy too."""
    proxies = (ip_network("127.0.0.1"),)
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock(), web_rate=60, web_proxies=proxies) as served:
        for whose in ("192.0.2.1", "192.0.2.2"):
            found = [(await served.send("/api/session", {}, **{"X-Forwarded-For": f"198.51.100.9, {whose}"}))[0] for _ in range(4)]
            assert found == [200, 200, 200, 429]
        page = Page(served, Tokens(KEY, DAY).new())
        headers = {"Authorization": f"Bearer {page.token}", "X-Forwarded-For": "192.0.2.3"}
        statuses = [(await served.ask("/api/messages?since=0", **headers))[0] for _ in range(70)]
        assert statuses[:60] == [200] * 60
        assert statuses[-1] == 429
        async with served.session.get(f"{served.address}/api/messages?since=0", headers=headers) as answer:
            assert int(answer.headers["Retry-After"]) >= 1


async def test_a_proxy_that_is_not_named_is_told_of(
    sqlite: Database, guide: Guide, matcher: Matcher, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever writes X-Forwarded-For is not believed; the operator hears of it once."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock(), web_rate=60) as served:
        statuses = [(await served.send("/api/session", {}, **{"X-Forwarded-For": f"192.0.2.{number}"}))[0] for number in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert [record.message for record in caplog.records].count(module.FORWARDED) == 1


async def test_a_flood_of_one_person(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """More texts than can be read are answered once, kindly; what comes then is passed over."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        page = await served.page()
        answers = [await page.send(text=STORAGE) for _ in range(33)]
        assert "That was a lot at once" in words(answers[30]["messages"][-1])
        assert answers[31]["messages"] == answers[32]["messages"] == []


# --- when something is wrong ------------------------------------------------------------------------------------------------------


async def test_the_store_does_not_work(served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The page is asked to come again, and then it counts."""
    page = await served.page()

    async def broken(*given: Any) -> Any:
        raise StoreError("disk full")

    with monkeypatch.context() as while_broken:
        while_broken.setattr(served.assistant.store, "run", broken)
        status, _ = await served.send("/api/updates", {"id": "update-of-the-page-1", "text": SECRET_WORDS}, page.token)
        assert status == 503
        assert (await served.ask("/readyz"))[0] == 503
    assert (await page.send(text=SECRET_WORDS))["messages"]
    assert "disk full" in caplog.text
    assert SECRET_WORDS not in caplog.text


async def test_poison(served: Served, monkeypatch: pytest.MonkeyPatch, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be handled is put aside and told to the page; the operator can have it handled again, and the page sees the answer."""
    page = await served.page()

    def broken(*given: Any) -> Any:
        raise ZeroDivisionError(SECRET_WORDS)

    with monkeypatch.context() as while_broken:
        while_broken.setattr("bot.assistant.step", broken)
        status, _ = await served.send("/api/updates", {"id": "update-of-the-page-1", "text": STORAGE}, page.token)
        assert status == 500
    assert SECRET_WORDS not in caplog.text
    assert STORAGE not in caplog.text
    [(name, conversation)] = await database.rows("SELECT update_id, conversation FROM poison")
    assert conversation == page.conversation
    store = served.assistant.store
    await store.put_aside(Poison("tg:7", "tg:1:0:1", "{}", "unreadable", 1))
    await database.rows("UPDATE poison SET replay = 1 RETURNING 1")
    await served.receiver.replay()
    assert (await page.news(since=0))["messages"]
    assert [poison.update for poison in await store.to_replay(10)] == ["tg:7"], f"{name} is done, and Telegram's is left to the bot there"


async def test_about_itself(served: Served) -> None:
    """It says that it lives, and whether it should be sent people."""
    assert await served.ask("/healthz") == (200, "alive\n")
    assert await served.ask("/readyz") == (200, "ready\n")
    served.chat.leaving = True
    assert (await served.ask("/readyz"))[0] == 503


# --- the page ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "ancestors", "denied"),
    [((), "'none'", True), (("https://a.example", "https://*.b.example"), "https://a.example https://*.b.example", False)],
)
async def test_who_may_frame_it(
    sqlite: Database, guide: Guide, matcher: Matcher, origins: tuple[str, ...], ancestors: str, denied: bool
) -> None:
    """Nobody but the sites that the operator names; nothing inline may run, nothing comes from third parties, and no cookie is set."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock(), embed_origins=origins) as served:
        async with served.session.get(served.address + "/") as answer:
            policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
            body = await answer.text()
        assert policy["frame-ancestors"] == ancestors
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert answer.headers.get("X-Frame-Options") == ("DENY" if denied else None)
        assert "Set-Cookie" not in answer.headers
        assert not re.search(r"https?://|<style|style=|\son\w+=|<script(?![^>]* src=)", body)


@pytest.mark.parametrize(
    ("accepted", "language", "told"),
    [
        ("", "en", "This chat needs JavaScript"),
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Dieser Chat braucht JavaScript"),
        ("xx,pt;q=0.5", "pt-BR", "Este chat precisa de JavaScript"),
        ("zh-CN", "zh-Hans", "JavaScript"),
        ("<script>", "en", "This chat needs JavaScript"),
    ],
)
async def test_the_page_speaks_the_browsers_language(
    sqlite: Database, guide: Guide, matcher: Matcher, accepted: str, language: str, told: str
) -> None:
    """Its words come in the language that the browser asks for, also for those without JavaScript."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        status, body = await served.ask("/", **{"Accept-Language": accepted})
        assert status == 200
        assert f'<html lang="{language}" dir="ltr">' in body
        assert told in re.findall(r"<noscript>(.*?)</noscript>", body, re.DOTALL)[0]
        assert "{{" not in body


async def test_files(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """Each file that the page names is there, and is not sent twice; what is no file of the page is not found."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        _, body = await served.ask("/")
        named = set(re.findall(r'(?:src|href)="(static/[^"]+)"', body)) | {"embed.js"}
        modules = {"static/chat.js"}
        while modules:
            _, code = await served.ask(f"/{modules.pop()}")
            found = {f"static/{name}" for name in re.findall(r'from "\./([^"]+)"', code)} - named
            modules |= found
            named |= found
        assert len(named) >= 8
        for name in named:
            async with served.session.get(f"{served.address}/{name}") as answer:
                assert answer.status == 200, name
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                tag = answer.headers["ETag"]
            assert (await served.ask(f"/{name}", **{"If-None-Match": tag}))[0] == 304
        for name in ("static/index.html", "static/../app.py", "static/%2e%2e%2fapp.py", "static/", "app.py"):
            assert (await served.ask(f"/{name}"))[0] == 404, name


MARKUP: Final = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "createContextualFragment", "DOMParser", "srcdoc", "setHTML"),
    *(r"document\.write", r"\beval\b", "new Function", "javascript:"),
)
"""The ways in which a script can make markup or code of a text."""


def test_the_page_makes_no_markup_of_texts() -> None:
    """None of its scripts has a way to turn text into markup or code; what a browser would do with one, the policy forbids besides."""
    scripts = sorted((Path(module.__file__).parent / "static").glob("*.js"))
    assert len(scripts) > 3
    ways = re.compile("|".join(MARKUP))
    assert [(script.name, found[0]) for script in scripts if (found := ways.search(script.read_text(encoding="utf-8")))] == []


async def test_texts_of_every_language(sqlite: Database, guide: Guide, matcher: Matcher) -> None:
    """Every language that is spoken has the page's own words, and in its direction."""
    async with opened(sqlite) as store, serving(store, guide, matcher, Clock()) as served:
        seen = set()
        for language in guide.responses:
            _, body = await served.ask(f"/api/texts?language={language}")
            answer = json.loads(body)
            assert (answer["language"], answer["direction"]) == (language, "ltr")
            seen.add(answer["texts"]["web-write"])
        assert len(seen) == len(guide.responses)
