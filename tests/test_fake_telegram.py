"""The fake Telegram keeps the real one's rules: each asked by a real client, python-telegram-bot's or plain HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from tests.fake_telegram import Chat, FakeTelegram, Impossible, NotSeen, RemoteTelegram, SpawnedTelegram, Telegram, User
from tests.fake_telegram.markup import Unreadable, parse, to_html, trimmed, units
from tests.fake_telegram.rules import ANONYMOUS, split

PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1080).to_bytes(4, "big") + (1500).to_bytes(4, "big")
"""As much of a picture as the fake looks at."""
DAY: Final = 24 * 60 * 60
BUTTONS: Final = {"inline_keyboard": [[{"text": "It worked", "callback_data": "a.1.worked"}, {"text": "Why?", "callback_data": "a.1.why"}]]}

Json = dict[str, Any]


class Client:
    """Calls methods over plain HTTP, and gives back status and body."""

    def __init__(self, telegram: Telegram, token: str, session: aiohttp.ClientSession) -> None:
        self._root, self._session = f"{telegram.url}/bot{token}", session

    async def __call__(self, method: str, **parameters: Any) -> Json:
        """The body of the answer."""
        async with self._session.post(f"{self._root}/{method}", json=parameters) as answer:
            found: Json = await answer.json()
            assert answer.status == (200 if found["ok"] else found["error_code"])
            return found

    async def result(self, method: str, **parameters: Any) -> Any:
        found = await self(method, **parameters)
        assert found["ok"], found
        return found["result"]

    async def refusal(self, method: str, **parameters: Any) -> str:
        found = await self(method, **parameters)
        assert not found["ok"], found
        return f"{found['error_code']} {found['description']}"

    async def updates(self, offset: int = 0, **parameters: Any) -> list[int]:
        return [update["update_id"] for update in await self.result("getUpdates", offset=offset, **parameters)]


@pytest.fixture
async def api(telegram: FakeTelegram) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(telegram, telegram.token, session)


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    request = HTTPXRequest(httpx_kwargs={"verify": False})  # reading all certificates takes longer than most tests
    async with Bot(telegram.token, f"{telegram.url}/bot", f"{telegram.url}/file/bot", request, request) as found:
        yield found


@pytest.fixture
async def ann(telegram: FakeTelegram) -> User:
    """Somebody who has pressed Start."""
    person = await telegram.user("Ann", language="de")
    await person.chat.start()
    return person


# --- markup --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "html"),
    [
        ("plain", "plain", "plain"),
        ("<b>a</b> <i>b</i>", "a b", "<b>a</b> <i>b</i>"),
        ("<B>a<EM>b</EM></B>", "ab", "<b>a<i>b</i></b>"),
        ("<b>a</>", "a", "<b>a</b>"),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#65;&#x42; &nbsp; &", 'a <b> & "c" AB &nbsp; &', 'a &lt;b&gt; &amp; "c" AB &amp;nbsp; &amp;'),
        ("<b></b>x", "x", "x"),
        ("😀<b>ü😀</b>!", "😀ü😀!", "😀<b>ü😀</b>!"),
        ('<a href="https://apple.com">x</a>', "x", '<a href="https://apple.com/">x</a>'),
        ('<a href="nonsense">x</a>', "x", "x"),
        ("<a>apple.com/de</a>", "apple.com/de", '<a href="http://apple.com/de">apple.com/de</a>'),
        ("<blockquote expandable>long</blockquote>", "long", "<blockquote expandable>long</blockquote>"),
        ("<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>", "ab", "<tg-spoiler>a</tg-spoiler><tg-spoiler>b</tg-spoiler>"),
        ('<pre><code class="language-python">x</code></pre>', "x", "<pre>x</pre>"),
        ("  <b> a </b>\n", "a", "<b>a</b>"),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, html: str) -> None:
    found = trimmed(parse(source))
    assert found.text.strip() == text
    assert to_html(found.text, found.entities).replace("<b> ", "<b>") == html


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("ü 1 < 2", 'Unsupported start tag "" at byte offset 5'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("😀<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "&#xD83D;",
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
        ),
    ],
)
def test_html_is_refused_in_telegrams_words(source: str, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(source)
    assert str(caught.value) == problem


@given(st.text(alphabet="<>/&;ab=' \"üx😀#1"))
def test_any_text_is_parsed_or_refused(source: str) -> None:
    with suppress(Unreadable):
        found = trimmed(parse(source))
        whole = units(found.text)
        assert all(0 <= entity["offset"] < entity["offset"] + entity["length"] <= whole for entity in found.entities)
        assert parse(to_html(found.text, found.entities)).text == found.text


@given(st.text(alphabet=["a", "😀", " ", "\n"], max_size=60))
def test_clients_split_long_texts(text: str) -> None:
    parts = split(text, 7)
    assert all(units(part) <= 7 for part in parts)
    assert "".join(parts).split() == text.split() or any(not part.strip() for part in [text])


# --- who may call --------------------------------------------------------------------------------------------------------


async def test_the_token_decides(telegram: FakeTelegram, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (123456789, True, "backup_medic_bot")
    async with aiohttp.ClientSession() as session:
        for token, refusal in (("123:" + "x" * 35, "401 Unauthorized"), ("nonsense", "404 Not Found"), ("", "404 Not Found")):
            assert await Client(telegram, token, session).refusal("getMe") == refusal
    with pytest.raises(InvalidToken):
        async with Bot("123:" + "x" * 35, base_url=f"{telegram.url}/bot"):
            pass


async def test_an_unknown_method_is_not_found(api: Client) -> None:
    assert await api("sendNothing") == {"ok": False, "error_code": 404, "description": "Not Found: method not found"}


async def test_a_token_can_be_revoked(telegram: FakeTelegram, api: Client) -> None:
    await telegram.call("token", token=f"123456789:{'another-token-of-the-same-length-as-0'}")
    assert await api.refusal("getMe") == "401 Unauthorized"


async def test_parameters_come_in_every_form(telegram: FakeTelegram, ann: User) -> None:
    url = f"{telegram.url}/bot{telegram.token}/SENDmessage"
    fields = {"chat_id": str(ann.id), "text": "ü", "reply_markup": json.dumps(BUTTONS)}
    multipart = aiohttp.FormData(fields)
    multipart.add_field("unused", b"x", filename="x.bin")
    async with aiohttp.ClientSession() as session:
        for sending in (
            session.get(url, params=fields),
            session.post(url, params=fields),
            session.post(url, data=fields),
            session.post(url, data=multipart),
            session.post(url, json=fields),
            session.post(url, json=fields | {"chat_id": ann.id, "reply_markup": BUTTONS}),
        ):
            async with sending as answer:
                found = await answer.json()
            assert found["result"]["text"] == "ü", found
            assert found["result"]["reply_markup"] == BUTTONS
        async with session.post(url, data=b"{nonsense", headers={"Content-Type": "application/json"}) as answer:
            assert (await answer.json())["description"] == "Bad Request: message text is empty"


async def test_null_is_read_as_a_word(api: Client, ann: User) -> None:
    assert await api.refusal("sendMessage", chat_id=ann.id, text="x", parse_mode=None) == "400 Bad Request: unsupported parse_mode"
    assert (
        await api.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=None) == "400 Bad Request: object expected as reply markup"
    )


# --- updates ---------------------------------------------------------------------------------------------------------------


async def test_a_higher_offset_confirms(telegram: FakeTelegram, api: Client) -> None:
    ann = await telegram.user()
    for text in ("one", "two", "three"):
        await ann.chat.send(text)
    first, second, third = await api.updates()
    assert (second, third) == (first + 1, first + 2)
    assert await api.updates(first, limit=3) == [first, second, third], "nothing is confirmed by its own number"
    assert await api.updates(second) == [second, third]
    assert (await telegram.counters())["acknowledged"] == 1
    assert await api.updates(third + 1) == []
    counters = await telegram.counters()
    assert (counters["acknowledged"], counters["pending"]) == (3, 0)
    await telegram.drained(0)


async def test_odd_offsets(telegram: FakeTelegram, api: Client) -> None:
    ann = await telegram.user()
    for text in "abcd":
        await ann.chat.send(text)
    numbers = await api.updates()
    assert await api.updates(numbers[-1] + 100) == numbers, "an offset in the future confirms nothing"
    assert await api.updates(-2) == numbers[-2:]
    assert await api.updates(5) == numbers[-2:], "the others are gone for good"


async def test_limits(telegram: FakeTelegram, api: Client) -> None:
    await telegram.call("burst", people=130, texts=["x"])
    assert len(await api.updates(limit=7)) == 7
    assert len(await api.updates(1, limit=1000)) == 100
    assert len(await api.updates(2, limit=-5)) == 1


async def test_the_same_offset_at_once_gets_one_update(telegram: FakeTelegram, api: Client) -> None:
    ann = await telegram.user()
    await ann.chat.send("one")
    await ann.chat.send("two")
    assert len(await api.updates()) == 2
    assert len(await api.updates()) == 1
    await asyncio.sleep(0.5)
    assert len(await api.updates()) == 2


async def test_a_long_poll_ends_when_something_comes(telegram: FakeTelegram, api: Client) -> None:
    ann = await telegram.user()
    polling = asyncio.create_task(api.updates(timeout=20))
    await asyncio.sleep(0.05)
    assert not polling.done()
    await ann.chat.send("hello")
    assert len(await asyncio.wait_for(polling, 1)) == 1


async def test_a_long_poll_ends_in_time(api: Client) -> None:
    start = time.monotonic()
    assert await api.updates(timeout=1) == []
    assert 0.9 < time.monotonic() - start < 2


async def test_there_is_one_poller(telegram: FakeTelegram, api: Client, bot: Bot) -> None:
    await telegram.options(conflict_pause=0.3)
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(api.refusal("getUpdates", timeout=20))
    with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
        await first
    start = time.monotonic()
    third = asyncio.create_task(api.updates(timeout=1, offset=1))
    assert await second == "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    assert time.monotonic() - start > 0.2, "the next conflict is answered later"
    assert await third == []


async def test_a_poller_that_died_takes_nothing_along(telegram: FakeTelegram, ann: User) -> None:
    async with aiohttp.ClientSession() as session:
        dead = asyncio.create_task(Client(telegram, telegram.token, session).updates(2, timeout=20))
        await asyncio.sleep(0.05)
        dead.cancel()
    await ann.chat.send("one")
    async with aiohttp.ClientSession() as session:
        api = Client(telegram, telegram.token, session)
        assert len(await api.updates(1)) == 2
        polling = asyncio.create_task(api.updates(await _next(api), timeout=20))
        await asyncio.sleep(0.05)
        await ann.chat.send("two")
        assert len(await asyncio.wait_for(polling, 1)) == 1


async def _next(api: Client) -> int:
    return (await api.updates(2))[-1] + 1


async def test_no_polling_while_a_webhook_is_set(telegram: FakeTelegram, bot: Bot, api: Client) -> None:
    polling = asyncio.create_task(api.refusal("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    assert await bot.set_webhook("https://127.0.0.1:1/hook", secret_token="s")
    assert await polling == "409 Conflict: terminated by setWebhook request"
    await telegram.options(conflict_pause=0)
    with pytest.raises(
        Conflict, match="can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    ):
        await bot.get_updates()
    assert await api.refusal("setWebhook", url="https://127.0.0.1:1/other") == "429 Too Many Requests: retry after 1"
    assert (await bot.get_webhook_info()).url == "https://127.0.0.1:1/hook"
    assert await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.get_updates(offset=1) == ()
    assert (await api("deleteWebhook"))["description"] == "Webhook is already deleted"


async def test_updates_expire(telegram: FakeTelegram, api: Client, ann: User) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="x", reply_markup=BUTTONS)
    await ann.chat.press("Why?", message=sent["message_id"])
    kinds = [next(kind for kind in update if kind != "update_id") for update in await api.result("getUpdates")]
    assert kinds == ["message", "callback_query"]
    await telegram.advance(151)
    assert ["message" in update for update in await api.result("getUpdates", offset=1)] == [True]
    await telegram.advance(DAY)
    assert await api.updates(2) == []
    assert (await telegram.counters())["expired"] == 2


async def test_the_wanted_kinds_are_remembered(telegram: FakeTelegram, api: Client, ann: User) -> None:
    await api.updates(allowed_updates=["callback_query"])
    await ann.chat.send("not wanted")
    assert (await telegram.counters())["pending"] == 1, "what came before stays"
    await api.updates(1)
    await ann.chat.send("still not wanted")
    assert (await telegram.counters())["pending"] == 1
    assert (await api.result("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await api.updates(2, allowed_updates=[])
    await ann.chat.send("wanted by default")
    assert (await telegram.counters())["pending"] == 2


async def test_numbers_jump_after_a_quiet_week(telegram: FakeTelegram, api: Client) -> None:
    ann = await telegram.user()
    await ann.chat.send("one")
    (first,) = await api.updates()
    await telegram.advance(8 * DAY)
    await ann.chat.send("two")
    (second,) = await api.updates(first + 1)
    assert second != first + 1
    await ann.chat.send("three")
    assert await api.updates(second + 1) == [second + 1]


async def test_an_update_can_come_once_more(telegram: FakeTelegram, api: Client, ann: User) -> None:
    (number,) = await api.updates()
    assert await api.updates(number + 1) == []
    await ann.chat.send("next")
    assert await telegram.call("redeliver") == number
    assert await api.updates(number + 1, timeout=1) == [number], "under its number, below the offset: and within 0.5 s only one"
    assert await api.updates(number + 2) == []
    assert (await telegram.counters())["redelivered"] == 1


async def test_every_update_can_come_twice(telegram: FakeTelegram, api: Client, ann: User) -> None:
    await telegram.options(repeats=1)
    (number,) = await api.updates()
    assert await api.updates(number + 1) == [number]
    assert await api.updates(number + 2) == []
    async with listening(api) as hook:
        await ann.chat.send("one")
        await hook.number(2)
        assert hook.texts == ["one", "one"]
        await telegram.drained()


async def test_an_update_nobody_can_read(telegram: FakeTelegram, api: Client) -> None:
    await telegram.call("raw", kind="message", content={"nonsense": True})
    assert (await api.result("getUpdates"))[0]["message"] == {"nonsense": True}


# --- messages ----------------------------------------------------------------------------------------------------------------


async def test_people_write_and_the_bot_answers(bot: Bot, ann: User) -> None:
    (update,) = await bot.get_updates()
    assert isinstance(update, Update)
    assert update.message is not None
    assert update.message.text == "/start"
    assert update.message.from_user is not None
    assert (update.message.from_user.first_name, update.message.from_user.language_code) == ("Ann", "de")
    assert [entity.type for entity in update.message.entities] == ["bot_command"]
    keyboard = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("It worked", callback_data="w", style="success"),
                InlineKeyboardButton("Erase", callback_data="e", style="danger"),
            ],
            [
                InlineKeyboardButton("Apple", url="https://support.apple.com"),
                InlineKeyboardButton("Copy", copy_text=CopyTextButton("path")),
            ],
        ]
    )
    sent = await bot.send_message(ann.id, "<b>Hello</b>, Ann &amp; co", parse_mode=ParseMode.HTML, reply_markup=keyboard)
    assert sent.text == "Hello, Ann & co"
    assert sent.reply_markup == keyboard
    card = await ann.chat.answer()
    assert (card.by, card.text, card.html, card.edited) == (None, "Hello, Ann & co", "<b>Hello</b>, Ann &amp; co", False)
    assert [[key.label for key in row] for row in card.rows] == [["It worked", "Erase"], ["Apple", "Copy"]]
    assert [key.style for key in card.keys] == ["success", "danger", "", ""]
    assert (await ann.chat.press("Copy")).copied == "path"
    assert (await ann.chat.press("Apple")).url == "https://support.apple.com"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "message text is empty"),
        ("  \n ", "text must be non-empty"),
        ("<b></b>", "text must be non-empty"),
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
        ("x" * 32769, "text is too long"),
        ("1 < 2", 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
    ],
)
async def test_texts_that_are_refused(api: Client, ann: User, text: str, problem: str) -> None:
    assert await api.refusal("sendMessage", chat_id=ann.id, text=text, parse_mode="HTML") == f"400 Bad Request: {problem}"
    (sent,) = [await api.result("sendMessage", chat_id=ann.id, text="x")]
    problem = problem if not text.startswith("😀") else "MESSAGE_TOO_LONG"
    found = await api.refusal("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text=text, parse_mode="html")
    assert found == f"400 Bad Request: {problem}"


async def test_the_length_is_counted_after_parsing(api: Client, ann: User) -> None:
    text = "<b>" + "&lt;" * 4096 + "</b>"
    assert (await api.result("sendMessage", chat_id=ann.id, text=text, parse_mode="HTML"))["text"] == "<" * 4096


def button(**fields: Any) -> Json:
    return {"inline_keyboard": [[{"text": "x", "callback_data": "x"} | fields]]}


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("[", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({"inline_keyboard": ["x"]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
        ({"inline_keyboard": [[{}]]}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"inline_keyboard": [[{"text": "x"}]]}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (button(callback_data=""), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (button(style="green"), "can't parse inline keyboard button: invalid button style specified"),
        (button(callback_data="x" * 65), "BUTTON_DATA_INVALID"),
        (button(callback_data="ü" * 33), "BUTTON_DATA_INVALID"),
        (button(callback_data="", copy_text={"text": ""}), "BUTTON_COPY_TEXT_INVALID"),
        (button(callback_data="", copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
        (button(url="no address"), "inline keyboard button URL 'no address' is invalid: Wrong HTTP URL"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}] * 10] * 11}, "reply markup is too long"),
    ],
)
async def test_keyboards_that_are_refused(api: Client, ann: User, markup: Any, problem: str) -> None:
    assert await api.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=markup) == f"400 Bad Request: {problem}"


async def test_keyboards_at_their_limits(api: Client, ann: User) -> None:
    full = {"inline_keyboard": [[{"text": "x", "callback_data": "x" * 64}] * 10] * 10}
    await api.result("sendMessage", chat_id=ann.id, text="x", reply_markup=full)
    assert len((await ann.chat.last()).keys) == 100
    wide = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}] * 13, [{"text": "", "callback_data": "x"}]]}
    await api.result("sendMessage", chat_id=ann.id, text="x", reply_markup=wide)
    assert [len(row) for row in (await ann.chat.last()).rows] == [12], "the thirteenth and the one without words are lost"


async def test_edits(api: Client, bot: Bot, ann: User) -> None:
    sent = await bot.send_message(
        ann.id, "one", reply_markup=InlineKeyboardMarkup.from_button(InlineKeyboardButton("x", callback_data="y"))
    )
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content and reply markup are exactly the same"):
        await bot.edit_message_text("<u></u>one", ann.id, sent.message_id, parse_mode="HTML", reply_markup=sent.reply_markup)
    edited = await bot.edit_message_text("two", ann.id, sent.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("two", None)
    (seen,) = [message for message in await ann.chat.messages() if message.by is None]
    assert (seen.text, seen.keys, seen.edited) == ("two", (), True)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(ann.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", ann.id, 4711)
    (own,) = await ann.chat.send("mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", ann.id, own)
    assert await api.refusal("editMessageText", text="x") == "400 Bad Request: message identifier is not specified"
    photo = await bot.send_photo(ann.id, PNG, caption="see")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", ann.id, photo.message_id)


async def test_deleting(api: Client, bot: Bot, ann: User, telegram: FakeTelegram) -> None:
    sent = await bot.send_message(ann.id, "one")
    old = await bot.send_message(ann.id, "two")
    assert await bot.delete_message(ann.id, sent.message_id)
    assert [message.text for message in await ann.chat.messages()] == ["/start", "two"]
    assert await api.refusal("deleteMessage", chat_id=ann.id, message_id=sent.message_id) == "400 Bad Request: message to delete not found"
    await telegram.advance(3 * DAY)
    with pytest.raises(BadRequest, match="can't be deleted for everyone"):
        await bot.delete_message(ann.id, old.message_id)


async def test_other_sendings(bot: Bot, ann: User) -> None:
    first = await bot.send_message(ann.id, "<b>one</b>", parse_mode="HTML")
    copy = await bot.copy_message(ann.id, ann.id, first.message_id)
    forwarded = await bot.forward_message(ann.id, ann.id, first.message_id)
    assert [message.html for message in (await ann.chat.messages())[-2:]] == ["<b>one</b>"] * 2
    assert forwarded.message_id == copy.message_id + 1
    reply = await bot.send_message(ann.id, "two", reply_to_message_id=first.message_id)
    assert reply.reply_to_message is not None
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(ann.id, "x", reply_to_message_id=4711)
    assert await bot.send_chat_action(ann.id, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(ann.id, "dancing")


async def test_copying(api: Client, ann: User, telegram: FakeTelegram) -> None:
    """A copy needs the message, not its writer's leave to write; where it goes is checked after where it comes from."""
    ops = await telegram.user("Ops")
    await ops.chat.start()
    [number] = await ann.chat.send("purple elephants")
    copied = {"chat_id": ops.id, "from_chat_id": ann.id, "message_id": number}
    keys = {"inline_keyboard": [[{"text": "de", "copy_text": {"text": "de"}}]]}
    assert set(await api.result("copyMessage", **copied, reply_markup=keys)) == {"message_id"}
    shown = await ops.chat.last()
    assert (shown.text, shown.labels, shown.keys[0].copies) == ("purple elephants", ("de",), "de")
    await ann.block()
    assert await api.result("copyMessage", **copied)
    assert await api.refusal("copyMessage", **copied | {"chat_id": 4711}) == "400 Bad Request: chat not found"
    await ops.block()
    assert await api.refusal("copyMessage", **copied) == "403 Forbidden: bot was blocked by the user"
    await ann.chat.delete(number)
    assert await api.refusal("copyMessage", **copied) == "400 Bad Request: message to copy not found"


async def test_copying_out_of_groups(api: Client, ann: User, telegram: FakeTelegram) -> None:
    """Out of a group that became a supergroup one may still copy, not out of one that is closed to the bot, or protected."""
    group = await telegram.group("Family", ann, admin=True)
    [number] = await group.seen_by(ann).send("purple elephants")
    copied = {"chat_id": ann.id, "from_chat_id": group.id, "message_id": number}
    new = await group.upgrade()
    assert await api.result("copyMessage", **copied)
    moved = await api("copyMessage", **copied | {"chat_id": group.id})
    assert moved["parameters"] == {"migrate_to_chat_id": new.id}
    [number] = await new.seen_by(ann).send("green elephants")
    copied |= {"from_chat_id": new.id, "message_id": number}
    await new.protect()
    assert await api.refusal("copyMessage", **copied) == "400 Bad Request: the message can't be copied"
    await new.place_bot("kicked")
    assert await api.refusal("copyMessage", **copied) == "403 Forbidden: bot was kicked from the supergroup chat"


async def test_pictures_go_both_ways(bot: Bot, ann: User) -> None:
    await ann.chat.show("photo", "my screen", b"picture")
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert update.message.caption == "my screen"
    file = await bot.get_file(update.message.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == b"picture"
    sent = await bot.send_photo(ann.id, update.message.photo[-1].file_id, caption="<i>yours</i>", parse_mode="HTML")
    assert sent.caption == "yours"
    assert (await ann.chat.last()).what == "photo"
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(ann.id, b"x", caption="x" * 1025)


async def test_a_picture_that_was_sent_is_sent_again_by_its_name(bot: Bot, ann: User, api: Client) -> None:
    """The id that came back with a picture stands for it in any chat; an id of something else, or of nothing, does not."""
    sent = await bot.send_photo(ann.id, PNG)
    again = await bot.send_photo(ann.id, sent.photo[-1].file_id)
    assert again.photo == sent.photo
    await ann.chat.show("voice")
    voice = (await bot.get_updates())[-1].message
    assert voice is not None
    assert voice.voice is not None
    with pytest.raises(BadRequest, match=r"(?i)Can't use file of type Voice as Photo"):
        await bot.send_photo(ann.id, voice.voice.file_id)
    refused = await api.refusal("sendPhoto", chat_id=ann.id, photo="photo-of-another-bot")
    assert refused == "400 Bad Request: wrong file identifier/HTTP URL specified"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not really", "IMAGE_PROCESS_FAILED"),
        (PNG[:16] + (9000).to_bytes(4, "big") + (1001).to_bytes(4, "big"), "PHOTO_INVALID_DIMENSIONS"),
        (PNG[:16] + (2100).to_bytes(4, "big") + (100).to_bytes(4, "big"), "PHOTO_INVALID_DIMENSIONS"),
        (PNG + bytes(10 << 20), "too big for a photo"),
    ],
)
async def test_what_is_no_photo(bot: Bot, ann: User, content: bytes, reason: str) -> None:
    """Telegram takes pictures only, of up to 10 MB, not too large and not too slim."""
    with pytest.raises(BadRequest, match=f"(?i){reason}"):  # the library changes the capitals
        await bot.send_photo(ann.id, content)
    assert all(shown.what == "" for shown in await ann.chat.messages())


@pytest.mark.parametrize("kind", ["sticker", "voice", "document", "location", "video", "video_note", "audio", "contact", "animation"])
async def test_other_things_than_words(bot: Bot, ann: User, kind: str) -> None:
    await ann.chat.show(kind)
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert getattr(update.message, kind) is not None


# --- people and chats --------------------------------------------------------------------------------------------------------


async def test_who_cannot_be_written_to(telegram: FakeTelegram, api: Client, bot: Bot, ann: User) -> None:
    async def refusal(chat: Any) -> str:
        return await api.refusal("sendMessage", chat_id=chat, text="x")

    stranger = await telegram.user("Bob")
    assert await refusal("") == "400 Bad Request: chat_id is empty"
    assert await refusal(4711) == "400 Bad Request: chat not found"
    assert await refusal("@nobody") == "400 Bad Request: chat not found"
    assert await refusal(stranger.id) == "403 Forbidden: bot can't initiate conversation with a user"
    sent = await bot.send_message(ann.id, "x")
    await ann.block()
    assert await refusal(ann.id) == "403 Forbidden: bot was blocked by the user"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.edit_message_text("y", ann.id, sent.message_id)
    with pytest.raises(Impossible):
        await ann.chat.send("x")
    await ann.unblock()
    await bot.send_message(ann.id, "x")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [(change.old_chat_member.status, change.new_chat_member.status) for change in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    await ann.deactivate()
    assert await refusal(ann.id) == "403 Forbidden: user is deactivated"


async def test_long_texts_arrive_in_pieces(bot: Bot, ann: User) -> None:
    assert len(await ann.chat.send("word " * 1000)) == 2
    pieces = [update.message.text for update in (await bot.get_updates())[1:] if update.message]
    assert [len(piece or "") for piece in pieces] == [4096, 903]


async def test_a_corrected_message_is_another_update(bot: Bot, ann: User) -> None:
    (number,) = await ann.chat.send("on")
    await ann.chat.edit(number, "one")
    update = (await bot.get_updates())[-1]
    assert update.edited_message is not None
    assert (update.edited_message.text, update.edited_message.message_id) == ("one", number)
    with pytest.raises(Impossible):
        await ann.chat.edit(4711, "x")


async def test_start_has_a_payload(bot: Bot, ann: User) -> None:
    await ann.chat.start("storage-full")
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert update.message.text == "/start storage-full"


async def test_groups_with_topics(telegram: FakeTelegram, bot: Bot, api: Client, ann: User) -> None:
    ben = await telegram.user("Ben")
    group = await telegram.group("Help desk", ann, ben, forum=True)
    thread = await group.open_topic("iPhone")
    seen = group.seen_by(ben, thread)
    await seen.send("not for the bot")
    await seen.send("/help@backup_medic_bot")
    updates = await bot.get_updates()
    assert [bool(update.my_chat_member) for update in updates] == [False, True, False, False, False]
    message = updates[-1].message
    assert message is not None
    assert (message.text, message.message_thread_id, message.is_topic_message) == ("/help@backup_medic_bot", thread, True)
    assert message.chat.is_forum
    sent = await bot.send_message(group.id, "here", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert (await seen.answer()).text == "here"
    assert [shown.text for shown in await group.seen_by(ann, thread).messages()][-1] == "here"
    await ben.chat.start()
    await seen.send("a reply", reply_to=sent.message_id)
    assert (await bot.get_updates())[-1].message is not None
    await group.change_topic(thread, "close")
    assert await api.refusal("sendMessage", chat_id=group.id, text="x", message_thread_id=thread) == "400 Bad Request: TOPIC_CLOSED"
    await group.change_topic(thread, "delete")
    problem = "400 Bad Request: message thread not found"
    assert await api.refusal("sendMessage", chat_id=group.id, text="x", message_thread_id=thread) == problem


async def test_a_group_becomes_a_supergroup(telegram: FakeTelegram, bot: Bot, ann: User) -> None:
    group = await telegram.group("Family", ann)
    old = await bot.send_message(group.id, "x")
    new = await group.upgrade()
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "y")
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("z", group.id, old.message_id)
    told, joined, told_again = (await bot.get_updates())[-3:]
    assert told.message is not None
    assert told_again.message is not None
    assert told.message.migrate_to_chat_id == new.id
    assert told_again.message.migrate_from_chat_id == group.id
    assert (told_again.message.from_user or ann).id == ANONYMOUS["id"]
    assert told_again.message.message_id == 1, "messages are numbered anew"
    assert joined.my_chat_member is not None
    assert (joined.my_chat_member.chat.id, joined.my_chat_member.new_chat_member.status) == (new.id, "member")


async def test_the_bot_leaves_and_is_removed(telegram: FakeTelegram, bot: Bot, api: Client, ann: User) -> None:
    group = await telegram.group("Family", ann)
    await group.place_bot("kicked")
    assert await api.refusal("sendMessage", chat_id=group.id, text="x") == "403 Forbidden: bot was kicked from the group chat"
    await group.place_bot("member")
    assert await bot.leave_chat(group.id)
    assert await api.refusal("sendMessage", chat_id=group.id, text="x") == "403 Forbidden: bot is not a member of the group chat"


async def test_an_administrator_hears_everything(telegram: FakeTelegram, bot: Bot, ann: User) -> None:
    group = await telegram.group("Family", ann, kind="supergroup", admin=True)
    await group.seen_by(ann).send("not for the bot")
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert update.message.text == "not for the bot"


# --- buttons -----------------------------------------------------------------------------------------------------------------


async def test_pressing_a_button(bot: Bot, ann: User) -> None:
    sent = await bot.send_message(ann.id, "card", reply_markup=InlineKeyboardMarkup.de_json(BUTTONS))
    press = await ann.chat.press("It worked")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert (query.data, query.from_user.id, query.message and query.message.message_id) == ("a.1.worked", ann.id, sent.message_id)
    assert await bot.answer_callback_query(query.id, "Well done")
    assert await bot.answer_callback_query(query.id, "again"), "answering twice is fine"
    assert (await press.answered()).text == "Well done"
    assert [toast.text for toast in await ann.chat.toasts()] == ["Well done"]
    with pytest.raises(Impossible, match="there are: It worked, Why"):
        await ann.chat.press("No such button")


async def test_a_query_grows_old(telegram: FakeTelegram, bot: Bot, api: Client, ann: User) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
    press = await ann.chat.press(data="a.1.why")
    assert press.query is not None
    await telegram.advance(16)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await bot.answer_callback_query(press.query)
    assert "query ID is invalid" in await api.refusal("answerCallbackQuery", callback_query_id="4711")
    with pytest.raises(NotSeen):
        await press.answered(0)


async def test_a_toast_has_a_limit(bot: Bot, api: Client, ann: User) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
    press = await ann.chat.press("Why?")
    assert await api.refusal("answerCallbackQuery", callback_query_id=press.query, text="x" * 201) == "400 Bad Request: MESSAGE_TOO_LONG"


async def test_the_client_sends_an_unanswered_press_again(api: Client, ann: User) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
    press = await ann.chat.press("Why?")
    again = await press.again()
    *_, one, two = await api.result("getUpdates")
    assert (one["update_id"], two["update_id"]) == (press.update, again.update)
    assert one["update_id"] != two["update_id"]
    assert one["callback_query"]["id"] != two["callback_query"]["id"]
    assert one["callback_query"]["data"] == two["callback_query"]["data"]


async def test_old_and_forged_presses(api: Client, ann: User) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
    await api.result("editMessageReplyMarkup", chat_id=ann.id, message_id=sent["message_id"])
    with pytest.raises(Impossible):
        await ann.chat.press("Why?")
    await ann.chat.press("Why?", old=True)
    await ann.chat.press(data="anything", message=sent["message_id"], forged=True)
    await api.result("deleteMessage", chat_id=ann.id, message_id=sent["message_id"])
    await ann.chat.press(data="anything", message=sent["message_id"], forged=True)
    queries = [update["callback_query"] for update in await api.result("getUpdates") if "callback_query" in update]
    assert [query["data"] for query in queries] == ["a.1.why", "anything", "anything"]
    assert queries[-1]["message"] == {"chat": queries[0]["message"]["chat"], "message_id": sent["message_id"], "date": 0}


# --- what a person sees --------------------------------------------------------------------------------------------------------


async def test_waiting_for_the_bot(api: Client, ann: User) -> None:
    async def talk() -> None:
        await asyncio.sleep(0.05)
        first = await api.result("sendMessage", chat_id=ann.id, text="one")
        await asyncio.sleep(0.05)
        await api.result("sendMessage", chat_id=ann.id, text="two")
        await api.result("editMessageText", chat_id=ann.id, message_id=first["message_id"], text="one, closed")

    await ann.chat.send("hello")
    await ann.chat.silence(0.02)
    talking = asyncio.create_task(talk())
    assert (await ann.chat.answer()).text == "one"
    assert [message.text for message in await ann.chat.news()] == ["one, closed", "two"]
    await talking
    await ann.chat.send("thanks")
    with pytest.raises(NotSeen, match="Ann: thanks"):
        await ann.chat.answer(0.05)
    assert len(await ann.chat.wait_for(lambda messages: messages if len(messages) == 5 else [])) == 5


async def test_a_transcript(api: Client, ann: User) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="First line\n\nLast line", reply_markup=BUTTONS)
    press = await ann.chat.press("It worked")
    await api.result("answerCallbackQuery", callback_query_id=press.query, text="Good")
    await api.result("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="Done")
    card = await api.result("sendMessage", chat_id=ann.id, text="Card\nmore", reply_markup=BUTTONS)
    await api.result("editMessageReplyMarkup", chat_id=ann.id, message_id=card["message_id"])
    await ann.chat.show("photo")
    assert await ann.chat.transcript() == (
        "Ann: /start\n"
        "Backup Medic: First line\n"
        "\n"
        "    Last line\n"
        "    [It worked] [Why?]\n"
        "Ann presses [It worked]\n"
        "Backup Medic (toast): Good\n"
        "Backup Medic (edits): Done\n"
        "Backup Medic: Card\n"
        "    more\n"
        "    [It worked] [Why?]\n"
        "Backup Medic takes the buttons away from: Card\n"
        "Ann: (photo)"
    )


async def test_counters(telegram: FakeTelegram, api: Client, ann: User) -> None:
    for text in ("one", "one"):
        await api.result("sendMessage", chat_id=ann.id, text=text)
    sent = await api.result("sendMessage", chat_id=ann.id, text="two")
    await api.refusal("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="two")
    await api.result("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="three")
    counters = await telegram.counters()
    assert (counters["sent"], counters["edited"], counters["duplicates"], counters["not_modified"]) == (3, 1, 1, 1)
    assert counters["repeats"] == 0
    assert counters["calls"] == {"sendmessage": 3, "editmessagetext": 2}
    assert counters["delays"]["count"] == 1, "from what Ann did to the first answer"
    assert [call["status"] for call in await telegram.calls("editMessageText")] == [400, 200]
    for _ in range(2):
        await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
        await ann.chat.send("something")
    counters = await telegram.counters()
    assert (counters["duplicates"], counters["repeats"]) == (1, 1), "the same card, though not twice in a row"
    await telegram.call("reset_counters")
    assert (await telegram.counters())["sent"] == 0


async def test_limits_of_the_flood(telegram: FakeTelegram, api: Client, bot: Bot, ann: User) -> None:
    for _ in range(10):
        await bot.send_message(ann.id, "no limit by default")
    await telegram.options(chat_rate=1, chat_burst=2)
    for text in ("one", "two"):
        await bot.send_message(ann.id, text)
    assert await api.refusal("sendMessage", chat_id=ann.id, text="three") == "429 Too Many Requests: retry after 1"
    assert await api("sendMessage", chat_id=ann.id, text="four") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }


# --- the bot's profile -----------------------------------------------------------------------------------------------------------


async def test_the_profile(telegram: FakeTelegram, bot: Bot, api: Client) -> None:
    await bot.set_my_commands([BotCommand("help", "What this is")])
    await bot.set_my_commands([BotCommand("help", "Was das ist")], scope=BotCommandScopeAllPrivateChats(), language_code="de")
    assert await bot.get_my_commands() == (BotCommand("help", "What this is"),)
    assert await bot.get_my_commands(scope=BotCommandScopeAllPrivateChats(), language_code="de") == (BotCommand("help", "Was das ist"),)
    assert await bot.get_my_commands(language_code="de") == ()
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    assert (await bot.get_my_name()).name == "Backup Medic"
    await bot.set_my_name("Sicherung", language_code="de")
    assert [(await bot.get_my_name(language_code=code)).name for code in ("de", "fr")] == ["Sicherung", "Backup Medic"]
    await bot.set_my_description("long")
    await bot.set_my_short_description("short")
    assert (await bot.get_my_description()).description == "long"
    assert (await bot.get_my_short_description(language_code="de")).short_description == "short"
    await bot.set_my_description("")
    assert (await bot.get_my_description()).description == ""
    assert await bot.set_chat_menu_button()
    assert (await telegram.call("profile"))["commands"] == {"all_private_chats de": [{"command": "help", "description": "Was das ist"}]}
    for command, problem in (
        ("Help", "BOT_COMMAND_INVALID"),
        ("", "command must be non-empty"),
        ("x" * 33, "command length must not exceed 32"),
    ):
        given = [{"command": command, "description": "x"}]
        assert await api.refusal("setMyCommands", commands=given) == f"400 Bad Request: {problem}"
    assert await api.refusal("setMyName", name="x", language_code="deu") == "400 Bad Request: invalid language code specified"
    assert await api.refusal("getMyCommands", scope={"type": "chat", "chat_id": 4711}) == "400 Bad Request: chat not found"


# --- faults ------------------------------------------------------------------------------------------------------------------------


async def test_faults_hit_the_calls_that_they_are_for(telegram: FakeTelegram, api: Client, ann: User) -> None:
    await telegram.fault("error", method="sendMessage", chat=ann.id, nth=2, times=2, code=500, description="Internal Server Error")
    sent = [(await api("sendMessage", chat_id=ann.id, text=str(number)))["ok"] for number in range(4)]
    assert sent == [True, False, False, True]
    assert (await api("getMe"))["ok"]
    assert [(found["seen"], found["done"]) for found in await telegram.call("faults")] == [(4, 2)]
    await telegram.fault(
        "error", text="poison", times=0, code=429, description="Too Many Requests: retry after 7", parameters={"retry_after": 7}
    )
    assert (await api("sendMessage", chat_id=ann.id, text="poison"))["parameters"] == {"retry_after": 7}
    await telegram.call("clear_faults")
    assert (await api("sendMessage", chat_id=ann.id, text="poison"))["ok"]
    with pytest.raises(ValueError, match="is none of"):
        await telegram.fault("flying")


@pytest.mark.parametrize(
    ("kind", "problem", "executed"),
    [
        ("reset", NetworkError, 0),
        ("lost", NetworkError, 1),
        ("silent", TimedOut, 0),
        ("truncated", NetworkError, 1),
        ("garbage", TelegramError, 1),
        ("gateway", NetworkError, 0),
    ],
)
async def test_faults_of_the_connection(
    telegram: FakeTelegram, bot: Bot, ann: User, kind: str, problem: type[Exception], executed: int
) -> None:
    await telegram.fault(kind, method="sendMessage")
    with pytest.raises(problem):
        await bot.send_message(ann.id, "x", read_timeout=0.2)
    assert (await telegram.counters())["sent"] == executed
    assert (await bot.send_message(ann.id, "y")).text == "y"


@pytest.mark.parametrize("kind", ["delay", "held", "slow"])
async def test_slow_answers(telegram: FakeTelegram, api: Client, ann: User, kind: str) -> None:
    await telegram.fault(kind, seconds=0.2)
    start = time.monotonic()
    sending = asyncio.create_task(api.result("sendMessage", chat_id=ann.id, text="x"))
    await asyncio.sleep(0.1)
    assert (await telegram.counters())["sent"] == (kind == "slow")
    await sending
    assert time.monotonic() - start >= 0.2
    await telegram.options(delay=0.1)
    await api.result("getMe")
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(("kind", "executed"), [("delay", 1), ("held", 0), ("slow", 1)])
async def test_slow_answers_that_nobody_waits_for(telegram: FakeTelegram, bot: Bot, ann: User, kind: str, executed: int) -> None:
    await telegram.fault(kind, method="sendMessage", seconds=0.3)
    with pytest.raises(TimedOut):
        await bot.send_message(ann.id, "x", read_timeout=0.1)
    await asyncio.sleep(0.4)
    assert (await telegram.counters())["sent"] == executed


# --- the webhook -----------------------------------------------------------------------------------------------------------------


class Hook:
    """A bot behind a webhook: keeps what arrives, and answers with what `reply` says."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, Json]] = []
        self.secrets: set[str | None] = set()
        self.now = self.most = 0
        self.reply: Callable[[Json], tuple[int, Json, dict[str, str]]] = lambda _: (200, {}, {})
        self.seconds = 0.0

    async def serve(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.arrived.append((time.monotonic(), update))
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        status, body, headers = self.reply(update)
        return web.json_response(body, status=status, headers=headers)

    async def number(self, count: int) -> None:
        """Wait until so many have arrived."""
        for _ in range(500):
            if len(self.arrived) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.arrived)} have arrived, not {count}")

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.arrived if "message" in update]


@asynccontextmanager
async def listening(api: Client, **parameters: Any) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        await api.result("setWebhook", url=f"http://127.0.0.1:{port}/hook", **parameters)
        yield hook
    finally:
        await api.result("deleteWebhook")
        await runner.cleanup()


async def test_a_webhook_gets_what_waits_and_what_comes(telegram: FakeTelegram, api: Client, ann: User) -> None:
    async with listening(api, secret_token="s-1") as hook:
        await ann.chat.send("one")
        await telegram.drained()
        assert hook.texts == ["/start", "one"]
        assert hook.secrets == {"s-1"}
        hook.reply = lambda update: (200, {"method": "sendMessage", "chat_id": update["message"]["chat"]["id"], "text": "back"}, {})
        await ann.chat.send("two")
        assert (await ann.chat.answer()).text == "back", "a method in the answer is executed"
        hook.reply = lambda _: (200, {"method": "deleteWebhook"}, {})
        await ann.chat.send("three")
        await telegram.drained()
        assert (await api.result("getWebhookInfo"))["url"], "but not every method"
    await ann.chat.send("four")
    assert len(await api.updates()) == 1, "after the webhook, polling goes on where it ended"


async def test_a_webhook_is_tried_again(telegram: FakeTelegram, api: Client, ann: User) -> None:
    await telegram.options(pace=0.05)
    async with listening(api) as hook:
        hook.reply = lambda _: (500, {}, {}) if len(hook.arrived) < 4 else (204, {}, {})
        await telegram.drained()
        times = [at for at, _ in hook.arrived]
        pauses = [after - before for before, after in pairwise(times)]
        assert pauses[0] < 0.05
        assert pauses[1] == pytest.approx(0.1, abs=0.05)
        assert pauses[2] == pytest.approx(0.2, abs=0.05)
        assert (await api.result("getWebhookInfo"))["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
        hook.arrived.clear()
        hook.reply = lambda _: (503, {}, {"Retry-After": "6"}) if len(hook.arrived) < 2 else (200, {}, {})
        await ann.chat.send("again")
        await telegram.drained()
        (first, _), (second, _) = hook.arrived
        assert second - first == pytest.approx(0.3, abs=0.1)


async def test_lanes_of_a_webhook(telegram: FakeTelegram, api: Client, ann: User) -> None:
    ben = await telegram.user("Ben")
    await api.result("sendMessage", chat_id=ann.id, text="card", reply_markup=BUTTONS)
    for person in (ann, ben):
        for number in range(3):
            await person.chat.send(f"{person.name} {number}")
    await ann.chat.press("Why?")
    async with listening(api, max_connections=2) as hook:
        hook.seconds = 0.03
        await telegram.drained()
        for name in ("Ann", "Ben"):
            assert [text for text in hook.texts if text.startswith(name)] == [f"{name} {number}" for number in range(3)]
        assert hook.most == 2
        kinds = ["callback_query" in update for _, update in hook.arrived]
        assert not kinds[-1], "the press overtook the messages of the same person"


async def test_a_webhook_that_is_gone(telegram: FakeTelegram, api: Client, ann: User) -> None:
    await telegram.options(pace=0.001)
    async with listening(api) as hook:
        hook.reply = lambda _: (410, {}, {})
        await hook.number(3)
        await telegram.advance(23 * 60 * 60 + 1)
        for _ in range(500):
            if not (await api.result("getWebhookInfo"))["url"]:
                return
            await asyncio.sleep(0.01)
    raise AssertionError("it is still there")


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"url": "ftp://x/"}, "invalid webhook URL specified"),
        ({"url": "https://x/", "secret_token": "ü"}, "secret token contains unallowed characters"),
        ({"url": "https://x/", "secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_webhooks_that_are_refused(api: Client, parameters: Json, problem: str) -> None:
    assert await api.refusal("setWebhook", **parameters) == f"400 Bad Request: {problem}"


# --- as a process of its own -----------------------------------------------------------------------------------------------------


async def test_another_process_serves_the_same() -> None:
    async with SpawnedTelegram("--seed", "1") as telegram, Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
        ann = await telegram.user("Ann")
        await ann.chat.start("payload")
        (update,) = await bot.get_updates()
        assert update.message is not None
        sent = await bot.send_message(ann.id, "<b>card</b>", parse_mode="HTML", reply_markup=InlineKeyboardMarkup.de_json(BUTTONS))
        card = await ann.chat.answer()
        assert (card.html, card.labels) == ("<b>card</b>", ("It worked", "Why?"))
        press = await ann.chat.press("Why?")
        waiting = asyncio.create_task(press.answered())
        await bot.answer_callback_query(str(press.query), "Because")
        assert (await waiting).text == "Because"
        await telegram.fault("error", method="editMessageText", code=502, description="Bad Gateway")
        with pytest.raises(NetworkError):
            await bot.edit_message_text("x", ann.id, sent.message_id)
        assert (await telegram.counters())["calls"]["editmessagetext"] == 1
        await bot.get_updates(offset=update.update_id + 2)
        await telegram.drained()
        assert (await telegram.options(delay=0.01))["delay"] == 0.01
        with pytest.raises(Impossible):
            await ann.chat.press("No such button")
        with pytest.raises(ValueError, match="there is no action"):
            await telegram.call("nothing")
        with pytest.raises(ValueError, match="there is no option"):
            await telegram.options(nothing=1)
        await ann.chat.show("photo", "see", bytes(range(256)))
        assert "presses [Why?]" in await ann.chat.transcript()
        async with RemoteTelegram(telegram.url) as other:
            assert other.token == telegram.token
            assert isinstance(ann.chat, Chat)


async def test_stopping_ends_what_waits() -> None:
    async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
        api = Client(telegram, telegram.token, session)
        await telegram.fault("silent", method="getMe")
        waiting = [asyncio.create_task(api(method, timeout=50)) for method in ("getUpdates", "getMe")]
        await asyncio.sleep(0.1)
        start = time.monotonic()
        await telegram.__aexit__(None, None, None)
        assert time.monotonic() - start < 1
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[0] == {"ok": False, "error_code": 500, "description": "Internal Server Error: restart"}
    assert isinstance(results[1], aiohttp.ClientError)
