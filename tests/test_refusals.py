"""What Telegram can refuse, each with its outcome, end to end: the real bot, the fake Telegram."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from bot.channels import ChatBlocked, ChatPaused, PlaceClosed, Refused, Unreachable
from bot.model import Message, Reply
from bot.store import Queued
from bot.transports.bot_api import BotApi
from bot.transports.channel import TelegramChannel
from tests.fake_telegram import FakeTelegram, User
from tests.on_telegram import (
    ERROR,
    PATIENCE,
    asked,
    asked_for_later,
    flawless,
    private,
    rows_of,
    said,
    secrets_told,
    session_of,
    troubled,
    until,
)
from tests.running_bot import RunningBot

pytestmark = pytest.mark.filterwarnings("ignore:Please use:telegram.warnings.PTBUserWarning")  # bot_api.py says why
ANOTHER_TOKEN: Final = "42:AAnother-token-of-the-same-bot-that-is-new"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(conflict_pause=0.1) as found:
        yield found


async def refuse(telegram: FakeTelegram, code: int, words: str, **more: Any) -> None:
    await telegram.fault("error", code=code, description=words, **more)


async def wait_for_all_sent(bot: RunningBot) -> None:
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))


# --- the whole bot -------------------------------------------------------------------------------------------------------------


async def test_the_bots_own_limit(telegram: FakeTelegram, tmp_path: Path) -> None:
    """When one chat after the other is told to wait, nobody is written to for as long; then everybody is, and nobody is tried in vain."""
    async with troubled(telegram, tmp_path) as bot:
        first = [await telegram.user(f"P{number}") for number in range(3)]
        words = "Too Many Requests: retry after 3"
        for person in first:
            await refuse(telegram, 429, words, method="sendMessage", chat=person.id, parameters={"retry_after": 3})
        for person in first:
            await person.chat.send(ERROR)
        await until(lambda: "Telegram asks the bot to wait" in bot.stderr)
        began, calls = time.monotonic(), telegram.world.calls["sendmessage"]
        others = [await telegram.user(f"Q{number}") for number in range(5)]
        for person in others:
            await person.chat.send(ERROR)
        await telegram.drained(PATIENCE)
        assert telegram.world.calls["sendmessage"] == calls
        for person in (*first, *others):
            await said(person.chat, "Fix 1")
        assert time.monotonic() - began >= 2
        assert telegram.world.calls["sendmessage"] == calls + 8


async def test_token_revoked(telegram: FakeTelegram, tmp_path: Path) -> None:
    """401 in the middle of the run ends the bot with one line; what waited is there, and goes out when it starts with the new token."""
    await telegram.options(delay=0.3)
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    old = telegram.token
    await bot.start()
    await bot.ready()
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await ann.chat.send(ERROR)
    await until(lambda: bot.rows("SELECT id FROM reply_queue"))
    await telegram.call("token", token=ANOTHER_TOKEN)
    await bob.chat.send(ERROR)
    assert await bot.ended(2 * PATIENCE) == 1
    assert "Telegram does not know this TELEGRAM_BOT_TOKEN" in bot.complaints[-1]
    assert "Traceback" not in bot.stderr
    assert old not in bot.stderr
    async with RunningBot(telegram.url, ANOTHER_TOKEN, tmp_path) as again:
        await said(ann.chat, "Fix 1")
        await said(bob.chat, "Fix 1")
        await wait_for_all_sent(again)
    assert secrets_told(telegram, again) == []


async def test_webhook_set_by_somebody(telegram: FakeTelegram, tmp_path: Path) -> None:
    """409 because somebody set a webhook in the middle of the run ends the bot with one line that names the cure."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    await bot.start()
    await bot.ready()
    api = BotApi(telegram.token, telegram.url, connections=1)
    await api.open()
    await api.call("setWebhook", {"url": "https://example.com/hook"})
    await api.close()
    assert await bot.ended(PATIENCE) == 1
    assert "`python -m bot setup` removes it" in bot.complaints[-1]


# --- chats and topics ------------------------------------------------------------------------------------------------------------


async def test_account_deleted(telegram: FakeTelegram, tmp_path: Path) -> None:
    """403 for an account that is gone: what waits for it is dropped and tried once, and it is no dead letter; others go on."""
    async with flawless(telegram, tmp_path) as bot:
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        await asked_for_later(ann.chat)
        await wait_for_all_sent(bot)
        calls = telegram.world.calls["sendmessage"]
        await ann.deactivate()
        bot.write("UPDATE timer SET due = 1")
        await until(lambda: telegram.world.calls["sendmessage"] > calls)
        await asked(bob.chat)
        await wait_for_all_sent(bot)
        assert telegram.world.calls["sendmessage"] == calls + 2
        assert bot.rows("SELECT * FROM dead_letter") == bot.rows("SELECT * FROM timer") == []


async def test_topic_closed_and_reopened(telegram: FakeTelegram, tmp_path: Path) -> None:
    """In a topic that was closed the answer is dropped without a complaint; reopened, the person goes on where they were."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        group = await telegram.group("Help", ann, kind="supergroup", forum=True, admin=True)
        topic = await group.open_topic("Backups")
        chat = group.seen_by(ann, topic)
        await asked(chat)
        await wait_for_all_sent(bot)
        await telegram.options(delay=0.3)
        await chat.send("what have I tried so far")
        await group.change_topic(topic, "close")
        await telegram.drained(PATIENCE)
        await wait_for_all_sent(bot)
        await telegram.options(delay=0.0)
        await group.change_topic(topic, "reopen")
        assert bot.rows("SELECT * FROM dead_letter") == []
        await chat.press("1-4 weeks ago")
        await said(chat, "Fix 2")


async def test_topic_deleted(telegram: FakeTelegram, tmp_path: Path) -> None:
    """What was on its way to a topic that is gone is dropped without a complaint, and the group's other topics go on."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        group = await telegram.group("Help", ann, kind="supergroup", forum=True, admin=True)
        gone, other = [await group.open_topic(name) for name in ("Backups", "Other")]
        await telegram.options(delay=0.3)
        await group.seen_by(ann, gone).send(ERROR)
        await group.change_topic(gone, "delete")
        await asked(group.seen_by(ann, other))
        await wait_for_all_sent(bot)
        assert bot.rows("SELECT * FROM dead_letter") == []


# --- cards and buttons -------------------------------------------------------------------------------------------------------------


async def test_card_too_old_to_edit(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A card that Telegram does not let us edit any more is followed by a new one, whose buttons work."""
    async with flawless(telegram, tmp_path):
        ann = await telegram.user("Ann")
        card = await asked(ann.chat)
        await refuse(telegram, 400, "Bad Request: message can't be edited", method="editMessageText")
        await ann.chat.press("1-4 weeks ago")
        shown = await said(ann.chat, "Fix 2")
        assert shown.id > card.id
        await ann.chat.press("I can't tell", message=shown.id)
        await until(lambda: telegram.world.calls["editmessagetext"] == 2)


async def pressed_while_away(telegram: FakeTelegram, bot: RunningBot, seconds: int) -> User:
    """Somebody who pressed a button of the first card so many seconds before the bot came back."""
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    await wait_for_all_sent(bot)
    await bot.stop()
    await ann.chat.press("1-4 weeks ago")
    await telegram.advance(seconds)
    await bot.start()
    return ann


async def test_press_answered_too_late(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A button pressed while the bot was away counts, though Telegram no longer lets us stop its little clock; nobody complains."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await pressed_while_away(telegram, bot, seconds=60)
        await said(ann.chat, "Fix 2")
        await until(lambda: telegram.world.calls["answercallbackquery"])
        assert telegram.world.refusals


async def test_press_dropped_by_telegram(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A press that waits for more than 150 seconds is dropped by Telegram's server: the card stays, and another press goes on."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await pressed_while_away(telegram, bot, seconds=151)
        await ann.chat.press("1-4 weeks ago")
        await said(ann.chat, "Fix 2")
        assert (await telegram.counters())["expired"] == 1


async def test_refused_for_good(telegram: FakeTelegram, tmp_path: Path) -> None:
    """What Telegram never takes is listed by `queue`, in its reason's words only; replayed, it is sent, unless the person has gone on."""
    async with troubled(telegram, tmp_path) as bot:
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        for person in (ann, bob):
            await refuse(telegram, 400, "Bad Request: can't parse entities", method="sendMessage", chat=person.id)
            await person.chat.send(ERROR)
        await until(lambda: bot.rows("SELECT count(*) FROM dead_letter") == [(2,)])
        code, told = await bot.command("queue")
        assert code == 0
        assert told.count("sendMessage: Can't parse entities") == 2
        assert "2 put aside" in told
        await bob.chat.send("/restart")
        await said(bob.chat, "We start over")
        ids = dict(bot.rows("SELECT conversation, id FROM dead_letter"))
        code, told = await bot.command("queue", "show", f"letter-{ids[private(ann.chat)]}")
        assert (code, "holds: card: " in told) == (0, True)
        code, told = await bot.command("queue", "replay", "--all")
        assert told == (
            f"letter-{ids[private(ann.chat)]}: will be sent again\n"
            f"letter-{ids[private(bob.chat)]}: not sent: its card is an old one, the conversation has gone on\n"
        )
        await said(ann.chat, "Fix 1")
        await ann.chat.press("1-4 weeks ago")
        await said(ann.chat, "Fix 2")
        assert session_of(bot, private(ann.chat))["turn"] == 2
        assert [message.text for message in await bob.chat.messages() if "Fix 1" in message.text] == []


async def test_goodbye_refused(telegram: FakeTelegram, tmp_path: Path) -> None:
    """/forget leaves no row behind, also when Telegram refuses its answer."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat)
        await wait_for_all_sent(bot)
        await refuse(telegram, 400, "Bad Request: can't parse entities", method="sendMessage")
        await ann.chat.send("/forget")
        await until(lambda: "a reply was refused" in bot.stderr)
        await wait_for_all_sent(bot)
        assert rows_of(bot, f"tg:{ann.id}") == {}


# --- the way out, call by call -----------------------------------------------------------------------------------------------------


class Hasty(BotApi):
    """Waits for an answer only a moment."""

    async def call(self, method: str, parameters: dict[str, Any] | None = None, seconds: float = 0.2) -> Any:
        return await super().call(method, parameters, min(seconds, 0.2))


async def attempt(telegram: FakeTelegram, user: User) -> int:
    api = Hasty(telegram.token, telegram.url, connections=1)
    await api.open()
    try:
        return await TelegramChannel(api).send(Queued(1, private(user.chat), f"tg:{user.id}", Reply(())), MESSAGE)
    finally:
        await api.close()


MESSAGE: Final = Message(text="Hello", keys=(), session="", turn=0)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "silent"}, Unreachable),
        ({"kind": "slow", "seconds": 1.0}, Unreachable),
        ({"kind": "reset"}, Unreachable),
        ({"kind": "lost"}, Unreachable),
        ({"kind": "truncated"}, Unreachable),
        ({"kind": "garbage"}, Unreachable),
        ({"kind": "gateway"}, Unreachable),
        ({"kind": "error", "code": 500}, Unreachable),
        ({"kind": "error", "code": 401, "description": "Unauthorized"}, Unreachable),
        ({"kind": "error", "code": 404, "description": "Not Found"}, Unreachable),
        ({"kind": "error", "code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}}, ChatPaused),
        ({"kind": "error", "code": 403, "description": "Forbidden: bot was blocked by the user"}, ChatBlocked),
        ({"kind": "error", "code": 403, "description": "Forbidden: user is deactivated"}, ChatBlocked),
        ({"kind": "error", "code": 400, "description": "Bad Request: chat not found"}, ChatBlocked),
        ({"kind": "error", "code": 400, "description": "Bad Request: not enough rights to send text messages to the chat"}, ChatBlocked),
        ({"kind": "error", "code": 400, "description": "Bad Request: TOPIC_CLOSED"}, PlaceClosed),
        ({"kind": "error", "code": 400, "description": "Bad Request: message thread not found"}, PlaceClosed),
        ({"kind": "error", "code": 400, "description": "Bad Request: message is too long"}, Refused),
    ],
    ids=str,
)
async def test_what_it_means(telegram: FakeTelegram, fault: dict[str, Any], outcome: type[Exception]) -> None:
    """Each thing that Telegram or the network can do is the one thing that the delivery knows; its words hold no address and no token."""
    ann = await telegram.user("Ann")
    await ann.chat.start()
    await telegram.fault(method="sendMessage", **fault)
    with pytest.raises(outcome) as caught:
        await attempt(telegram, ann)
    assert telegram.token not in str(caught.value)
    assert telegram.url not in str(caught.value)
    assert await attempt(telegram, ann) > 0
