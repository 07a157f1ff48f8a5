"""The bot on Telegram, end to end: the real bot as a process of its own, the fake Telegram, people who tap."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.store.migrations import MIGRATIONS
from tests.fake_telegram import FakeTelegram, Telegram
from tests.on_telegram import (
    ERROR,
    OFF,
    PATIENCE,
    WHERE_WE_ARE,
    asked,
    asked_for_later,
    ends_with,
    history_of,
    private,
    rows_of,
    said,
    secrets_told,
    session_of,
    troubled,
    until,
)
from tests.running_bot import RunningBot

STRANGE_TOKEN: Final = "987654321:AAnother-token-that-this-server-does-not-know"


# --- a conversation as a person sees it ------------------------------------------------------------------------------------


async def test_a_card_is_html_with_buttons_in_rows(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A card is bold where it should be, shows no markup, has its buttons in rows with their colours, and no link preview."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    await ann.chat.press("1-4 weeks ago")
    await said(ann.chat, "Next Backup Size")
    await ann.chat.press("Yes, it fits") if "Yes, it fits" in (await ann.chat.last()).labels else await ann.chat.press(
        data=None, label="Yes"
    )
    card = await said(ann.chat, "Plug in")
    assert "<b>" in card.html
    assert "**" not in card.text
    styles = {key.label: key.style for key in card.keys}
    assert styles["It worked"] == "success"
    assert styles["Can't do this"] == ""
    assert [key.label for key in card.rows[0]] == ["It worked", "Didn't help"]
    assert all(len(row) <= 3 for row in card.rows)
    sendings = [call["parameters"] for call in await telegram.calls() if call["method"] in {"sendmessage", "editmessagetext"}]
    assert sendings
    assert all(sending["link_preview_options"] == {"is_disabled": True} for sending in sendings)
    assert not (await telegram.counters())["refusals"]


async def test_what_deletes_is_red(telegram: FakeTelegram, bot: RunningBot) -> None:
    """What deletes something is confirmed by a red button; what only changes settings is not red."""
    ann = await telegram.user("Ann")
    await asked(ann.chat, "/start too-large")
    styles = {}
    for link in ("fix_trim-apps", "fix_network-reset"):
        card = await asked(ann.chat, f"/start {link}")
        styles[link] = {key.label: key.style for key in card.keys}.get("Yes, show me the steps")
    assert styles == {"fix_trim-apps": "danger", "fix_network-reset": ""}


async def test_a_press_edits_the_card_in_place(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A press is answered, and the next step stands in the same message."""
    ann = await telegram.user("Ann")
    card = await asked(ann.chat)
    press = await ann.chat.press("1-4 weeks ago")
    assert (await press.answered(PATIENCE)).text == ""
    edited = await said(ann.chat, "Fix 2")
    assert (edited.id, edited.edited) == (card.id, True)
    assert len(await ann.chat.messages()) == 2


async def test_a_text_brings_a_new_card_and_closes_the_old(telegram: FakeTelegram, bot: RunningBot) -> None:
    """After a typed answer the new card is the newest message, and the old one has no buttons any more."""
    ann = await telegram.user("Ann")
    card = await asked(ann.chat)
    new = await asked(ann.chat, "I think it was last week")
    assert new.id > card.id
    assert new.rows
    closed = await ann.chat.wait_for(lambda messages: [one for one in messages if one.id == card.id and not one.rows])
    assert closed[0].text == card.text


async def test_an_old_button_shows_where_we_are(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A button of an earlier card, still on the screen of a slow phone, changes nothing and shows the step."""
    ann = await telegram.user("Ann")
    card = await asked(ann.chat)
    await asked(ann.chat, "I think it was last week")
    before = session_of(bot, private(ann.chat))
    press = await ann.chat.press("Never, or no date", message=card.id, old=True)
    await press.answered(PATIENCE)
    shown = await said(ann.chat, WHERE_WE_ARE)
    assert "Fix 2" in shown.text
    assert shown.rows
    assert session_of(bot, private(ann.chat))["problem"] == before["problem"]


async def test_a_double_press_counts_once(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Two presses of one button, as quick as a finger, are one answer; both wheels stop."""
    ann = await telegram.user("Ann")
    card = await asked(ann.chat)
    data = card.keys[1].data
    presses = [await ann.chat.press(data=data, message=card.id, old=True) for _ in range(2)]
    for press in presses:
        await press.answered(PATIENCE)
    await said(ann.chat, "Fix 2")
    assert [note for note in history_of(bot, private(ann.chat)) if note[0] == "told"] == [["told", "last_backup", "weeks"]]


async def test_a_press_sent_again_after_a_reconnect_counts_once(telegram: FakeTelegram, bot: RunningBot) -> None:
    """The client sends an unanswered press again, under a new update id; it counts once, and each query is answered."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    press = await ann.chat.press("1-4 weeks ago")
    again = await press.again()
    assert again.update != press.update
    await press.answered(PATIENCE)
    await again.answered(PATIENCE)
    await telegram.drained(PATIENCE)
    assert [note for note in history_of(bot, private(ann.chat)) if note[0] == "told"] == [["told", "last_backup", "weeks"]]


async def test_an_update_delivered_again_does_nothing(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Telegram may deliver an update once more after its confirmation was lost: nothing comes of it."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    await (await ann.chat.press("1-4 weeks ago")).answered(PATIENCE)
    await telegram.drained(PATIENCE)
    shown, kept = await ann.chat.messages(), session_of(bot, private(ann.chat))
    numbers = [int(number.removeprefix("tg:")) for (number,) in bot.rows("SELECT update_id FROM seen_update")]
    for number in numbers:
        telegram.world.queue.again(number)
    telegram.world.wake()
    await telegram.drained(PATIENCE)
    await asyncio.sleep(0.2)
    assert await ann.chat.messages() == shown
    assert session_of(bot, private(ann.chat)) == kept
    assert (await telegram.counters())["redelivered"] == len(numbers) == 2


@pytest.mark.parametrize(
    ("kind", "words"),
    [("photo", "cannot read pictures"), ("sticker", "Nice."), ("voice", "cannot listen"), ("location", "only read words")],
)
async def test_other_things_than_words(telegram: FakeTelegram, bot: RunningBot, kind: str, words: str) -> None:
    """A photo, a sticker, a voice message and a place each get their own word, and the step again."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    await ann.chat.show(kind)
    card = await said(ann.chat, words)
    assert "Fix 1" in card.text
    assert card.rows


async def test_an_edited_message_is_no_answer(telegram: FakeTelegram, bot: RunningBot) -> None:
    """An older message that is corrected skips nothing."""
    ann = await telegram.user("Ann")
    (number,) = await ann.chat.send(ERROR)
    await said(ann.chat, "Fix 1")
    kept = session_of(bot, private(ann.chat))["problem"]
    await ann.chat.edit(number, "still the same")
    await said(ann.chat, "changed an older message")
    assert session_of(bot, private(ann.chat))["problem"] == kept


async def test_the_longest_message(telegram: FakeTelegram, bot: RunningBot) -> None:
    """4,096 characters are read, and answered with one card; nothing of them is kept."""
    ann = await telegram.user("Ann")
    text = (ERROR + " ").ljust(4096, "x")
    await ann.chat.send(text)
    assert (await said(ann.chat, "Fix 1")).rows
    assert text not in str(bot.rows("SELECT session FROM conversation"))
    assert (await telegram.counters())["sent"] == 1


async def test_markup_in_a_message_is_harmless(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Whatever looks like markup comes through as words and breaks no reply."""
    ann = await telegram.user("Ann")
    for text in ("<b>bold", "**x** `y` [z](http://w) & &amp; <script>", "</b></i>", f"<b>{ERROR}</b>"):
        await ann.chat.send(text)
        await ann.chat.news(seconds=PATIENCE)
    await said(ann.chat, "Fix 1")
    assert not (await telegram.counters())["refusals"]


# --- /forget ---------------------------------------------------------------------------------------------------------------


async def test_forget_leaves_no_row(telegram: FakeTelegram, bot: RunningBot) -> None:
    """/forget deletes every row of the conversation in every table, what waits included; and then it starts from nothing."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await asked(bob.chat)
    await asked_for_later(ann.chat, "my iPad says iCloud Backup Off")
    mine, chat = private(ann.chat), f"tg:{ann.chat.id}"
    bot.write("INSERT INTO dead_letter (conversation, reason, at) VALUES (?, 'x', 1)", mine)
    bot.write("INSERT INTO poison (update_id, conversation, raw, reason, at) VALUES ('tg:1', ?, 'raw', 'x', 1)", mine)
    held = rows_of(bot, chat)
    assert held.keys() >= {"conversation", "timer", "dead_letter", "poison"}
    await ann.chat.send("/forget")
    await said(ann.chat, "Everything about this conversation is deleted")
    await until(lambda: rows_of(bot, chat) == {})
    assert rows_of(bot, f"tg:{bob.chat.id}")
    card = await asked(ann.chat, OFF)
    assert "iPad" not in card.text
    assert "Fix 1" in card.text
    assert session_of(bot, mine)["facts"] == {}


# --- updates that cannot be handled, timers ----------------------------------------------------------------------------------


async def test_a_poisonous_update_is_put_aside(telegram: FakeTelegram, tmp_path: Path) -> None:
    """An update that cannot be read is kept for the operator and acknowledged, and those behind it are handled."""
    async with RunningBot(telegram.url, telegram.token, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await ann.chat.start()
        await said(ann.chat, "Hello")
        strange: tuple[Any, ...] = (
            {"nonsense": "my secret words"},
            [],
            "x",
            {"message_id": 1, "from": {"id": "y"}, "chat": None, "date": "never", "text": 7},
        )
        for content in strange:
            telegram.world.push("message", content, 60, ("chat", ann.id))
        await asked(ann.chat)
        await telegram.drained(PATIENCE)
        assert len(bot.rows("SELECT update_id FROM poison")) == 3  # a message without a sender is nobody's, and no poison
        assert await bot.stop() == 0
    assert len(bot.complaints) == 3
    assert "my secret words" not in bot.stderr
    assert secrets_told(telegram, bot) == []


async def test_ask_me_later_survives_a_restart(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A reminder is in the database: after a restart it still comes, once, as a new message with the buttons."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    await bot.kill()
    assert bot.write("UPDATE timer SET due = 1") == 1
    await bot.start()
    card = await said(ann.chat, "You asked me to come back")
    assert card.rows
    await until(lambda: not bot.rows("SELECT due FROM timer"))


# --- starting and stopping -----------------------------------------------------------------------------------------------------


async def test_sigterm_finishes_and_stops(telegram: FakeTelegram, bot: RunningBot) -> None:
    """SIGTERM in the middle of work: what was begun is sent, it ends within 5 seconds with 0, and the rest is there after a start."""
    await telegram.options(delay=0.1)
    people = [await telegram.user(f"P{number}") for number in range(20)]
    await asyncio.gather(*(person.chat.send(ERROR) for person in people))
    await until(lambda: telegram.world.calls["sendmessage"])
    began = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - began < 5
    await bot.start()
    for person in people:
        await said(person.chat, "Fix 1")
    assert (await telegram.counters())["repeats"] == 0


@pytest.mark.parametrize("token", [STRANGE_TOKEN, "nonsense"])
async def test_a_wrong_token_is_one_line(telegram: FakeTelegram, tmp_path: Path, token: str) -> None:
    """A token that Telegram does not know (401), or that is none (404), ends the bot with one line that does not repeat it."""
    bot = RunningBot(telegram.url, token, tmp_path)
    await ends_with(bot, "TELEGRAM_BOT_TOKEN", "@BotFather")
    assert token not in bot.stderr
    code, written = await bot.setup()
    assert (code, written.count("\n")) == (1, 1)
    assert "@BotFather" in written
    assert token not in written


async def test_no_token_is_one_line(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Without a token it says how to get one, and that there is `chat`."""
    await ends_with(RunningBot(telegram.url, "", tmp_path), "no token", "@BotFather", "python -m bot chat")


async def test_a_database_of_a_newer_version_is_one_line(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A database that a newer Backup Medic wrote is left alone."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    with closing(sqlite3.connect(bot.database)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    await ends_with(bot, "version", "update Backup Medic")


async def test_a_webhook_in_the_way_is_one_line_and_setup_removes_it(telegram: FakeTelegram, tmp_path: Path) -> None:
    """With a webhook set it cannot poll: one line names the cure, the cure works, and then it polls."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    async with aiohttp.ClientSession() as session:
        await called(session, telegram, "setWebhook", url="https://127.0.0.1:1/hook")
        await ends_with(bot, "webhook", "python -m bot setup")
        code, written = await bot.setup()
        assert (code, "webhook: removed" in written) == (0, True)
        assert (await called(session, telegram, "getWebhookInfo"))["url"] == ""
    async with bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat)


async def called(session: aiohttp.ClientSession, telegram: Telegram, method: str, **parameters: Any) -> Any:
    """Call the Bot API as somebody else with the same token."""
    async with session.post(f"{telegram.url}/bot{telegram.token}/{method}", json=parameters) as answer:
        return (await answer.json()).get("result")


async def test_setup_shows_sets_and_is_content(telegram: FakeTelegram, tmp_path: Path) -> None:
    """`setup --dry-run` shows what differs and sets nothing, `setup` sets it, and the second time everything is right."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    code, shown = await bot.setup("--dry-run")
    assert code == 0
    assert "would set" in shown
    assert "/forget" in shown
    empty = await telegram.call("profile")
    assert not any(empty["commands"].values())
    code, told = await bot.setup()
    assert code == 0
    assert told.replace("set ", "would set ").splitlines()[:-1] == shown.splitlines()[:-1]
    profile = await telegram.call("profile")
    commands = next(iter(profile["commands"].values()))
    assert [command["command"] for command in commands][:2] == ["start", "help"]
    for arguments in ((), ("--dry-run",)):
        assert await bot.setup(*arguments) == (0, "everything is as it should be\n")
    assert await telegram.call("profile") == profile


async def test_two_programs_on_one_database(telegram: FakeTelegram, bot: RunningBot, tmp_path: Path) -> None:
    """While one bot runs, another on its database ends with one line, and so does `chat --keep`; once it is killed, the next can run."""
    await bot.ready()
    database = str(bot.database)
    second = RunningBot(telegram.url, telegram.token, tmp_path, name="second", DATABASE_URL=f"sqlite:///{database}")
    await ends_with(second, database, "another")
    code, written = await bot.command("chat", "--keep", database)
    assert (code, written.count("\n")) == (1, 1)
    assert "another Backup Medic" in written
    await asked((await telegram.user("Ann")).chat)
    await bot.kill()
    await bot.start()
    await asked((await telegram.user("Bob")).chat)


async def test_a_session_that_cannot_be_read(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Whose session is damaged gets a new start with the next thing that they do; the log says so once, and nothing is put aside."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        card = await asked(ann.chat)
        assert bot.write("UPDATE conversation SET session = ?", '{"half":') == 1
        await ann.chat.press("1-4 weeks ago", message=card.id)
        assert (await said(ann.chat, WHERE_WE_ARE)).rows
        assert "Fix 1" in (await asked(ann.chat)).text
    assert len(bot.complaints) == 1
    assert "a session cannot be read; it starts anew [conversation=" in bot.complaints[0]
    assert str(ann.id) not in bot.complaints[0].partition("ERROR")[2]
    assert bot.rows("SELECT count(*) FROM poison") == [(0,)]
    assert bot.rows("SELECT conversation FROM dead_letter") == [(private(ann.chat),)]


# --- other pollers, and no network -------------------------------------------------------------------------------------------


async def test_a_second_poller_waits_and_goes_on(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Two bots with one token: who is sent away says so in one line and waits; when the other stops, it goes on."""
    await telegram.options(conflict_pause=0.1)
    async with RunningBot(telegram.url, telegram.token, tmp_path, name="first") as first:
        await until(lambda: telegram.world.calls["getupdates"])
        async with RunningBot(telegram.url, telegram.token, tmp_path, name="second") as second:
            await until(lambda: "another program polls" in first.stderr)
            ann = await telegram.user("Ann")
            await asked(ann.chat)
            assert await second.stop() == 0
        bob = await telegram.user("Bob")
        await bob.chat.send(ERROR)
        await said(bob.chat, "Fix 1", 20)
        assert first.running
        assert 1 <= len(first.complaints) <= 2
        assert await first.stop() == 0
    assert secrets_told(telegram, first) == secrets_told(telegram, second) == []


async def test_no_network_at_the_start(tmp_path: Path) -> None:
    """Where Telegram cannot be reached at the start, it says so without an address, tries again, and goes on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    telegram = FakeTelegram(port=port)
    async with RunningBot(f"http://127.0.0.1:{port}", telegram.token, tmp_path) as bot:
        await until(lambda: "cannot be reached" in bot.stderr)
        assert bot.running
        async with telegram:
            ann = await telegram.user("Ann")
            await ann.chat.send(ERROR)
            await said(ann.chat, "Fix 1", 20)
            assert await bot.stop() == 0
    assert all("cannot be reached" in line for line in bot.complaints)
    assert secrets_told(telegram, bot) == []
    assert "/bot" not in "".join(bot.complaints)


async def test_no_network_later(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Where getUpdates fails (reset, 502, nonsense), it says so once, goes on, and says that too."""
    async with RunningBot(telegram.url, telegram.token, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat)
        await telegram.fault("reset", method="getUpdates")
        await telegram.fault("gateway", method="getUpdates")
        await ann.chat.send("I think it was last week")
        await said(ann.chat, "Fix 2")
        await until(lambda: "Telegram answers again" in bot.stderr)
        assert await bot.stop() == 0
    assert bot.rows("SELECT count(*) FROM seen_update") == [(2,)]
    assert secrets_told(telegram, bot) == []


async def test_sigterm_without_a_network(tmp_path: Path) -> None:
    """It stops at once while it waits for a network."""
    async with RunningBot("http://127.0.0.1:9", "1:" + "A" * 35, tmp_path) as bot:
        await until(lambda: "cannot be reached" in bot.stderr)
        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < 5


# --- faults of sending ---------------------------------------------------------------------------------------------------------


async def test_one_chat_is_told_to_wait(telegram: FakeTelegram, tmp_path: Path) -> None:
    """429 for one chat: only that chat waits, for as long as Telegram says, and then it gets its card."""
    async with troubled(telegram, tmp_path):
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        words = "Too Many Requests: retry after 3"
        await telegram.fault("error", method="sendMessage", chat=ann.id, code=429, description=words, parameters={"retry_after": 3})
        began = time.monotonic()
        await ann.chat.send(ERROR)
        await asked(bob.chat)
        assert time.monotonic() - began < 3
        await said(ann.chat, "Fix 1")
        assert time.monotonic() - began >= 3
        assert (await telegram.counters())["calls"]["sendmessage"] == 3


@pytest.mark.parametrize(
    ("kind", "repeats"), [("error", 0), ("gateway", 0), ("reset", 0), ("lost", 1), ("garbage", 1), ("hollow", 1), ("truncated", 1)]
)
async def test_sending_fails_once(telegram: FakeTelegram, tmp_path: Path, kind: str, repeats: int) -> None:
    """5xx, a page of HTML, a cut connection: the card comes all the same; twice only where Telegram had it and could not say so."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await telegram.fault(kind, method="sendMessage")
        await ann.chat.send(ERROR)
        await until(lambda: telegram.world.calls["sendmessage"] == 2 and not bot.rows("SELECT id FROM reply_queue"))
        cards = [shown for shown in await ann.chat.messages() if shown.by is None]
        assert len(cards) == 1 + repeats
        await ann.chat.press("1-4 weeks ago")
        await said(ann.chat, "Fix 2")
        assert (await telegram.counters())["repeats"] == repeats


@pytest.mark.parametrize("kind", ["error", "lost"])
async def test_editing_fails_once(telegram: FakeTelegram, tmp_path: Path, kind: str) -> None:
    """An edit that failed, or that Telegram executed without being able to say so, ends as one card with the next step."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        card = await asked(ann.chat)
        await telegram.fault(kind, method="editMessageText")
        await ann.chat.press("1-4 weeks ago")
        await until(lambda: telegram.world.calls["editmessagetext"] == 2 and not bot.rows("SELECT id FROM reply_queue"))
        shown = [message for message in await ann.chat.messages() if message.by is None]
        assert [message.id for message in shown] == [card.id]
        assert "Fix 2" in shown[0].text
