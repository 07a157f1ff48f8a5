"""The bot behind a webhook, end to end: the real bot as a process of its own, and a fake Telegram that delivers as the real one does."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.transports.updates import ALLOWED
from bot.transports.webhook import RETRY_AFTER, SECRET_HEADER, UNDER_WAY
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import ERROR, NOT_YOURS, PATIENCE, asked, ends_with, flawless, private, said, secrets_told, session_of, until
from tests.running_bot import ROOT, RunningBot, WebhookBot, free_port, registered

ANOTHER_TOKEN: Final = "42:AAnother-token-of-the-same-bot-that-is-new"
PACE: Final = 0.01
"""Telegram tries again so much sooner than in life."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(pace=PACE) as found:
        yield found


@pytest.fixture
def bot(telegram: FakeTelegram, tmp_path: Path) -> WebhookBot:
    """A bot that is not started yet."""
    return WebhookBot(telegram.url, telegram.token, tmp_path)


async def asks(bot: WebhookBot, path: str) -> tuple[int, str]:
    """What it says about itself."""
    async with aiohttp.ClientSession() as session, session.get(bot.address + path) as answer:
        return answer.status, (await answer.text()).strip()


async def posted(bot: WebhookBot, session: aiohttp.ClientSession, number: int) -> tuple[int, str | None]:
    """Send a command as Telegram does; the status, and what Retry-After says."""
    person = {"id": number, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": 1, "date": int(time.time()), "chat": {"id": number, "type": "private"}, "from": person, "text": "/help"}
    headers = {SECRET_HEADER: bot.secret}
    async with session.post(bot.address + bot.path, json={"update_id": number, "message": message}, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


@contextmanager
def locked(bot: RunningBot) -> Iterator[None]:
    """Somebody else writes to the database, and takes their time."""
    with closing(sqlite3.connect(bot.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def info(telegram: FakeTelegram) -> dict[str, Any]:
    """What Telegram knows of the webhook."""
    address = f"{telegram.url}/bot{telegram.token}/getWebhookInfo"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return dict((await answer.json())["result"])


# --- a conversation --------------------------------------------------------------------------------------------------------


async def test_a_press_is_answered_without_a_call(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A press edits the card; the little clock stops, and somebody else reads the alert, by the webhook's response alone."""
    async with flawless(telegram, tmp_path, WebhookBot):
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        group = await telegram.group("Family", ann, bob, admin=True)
        hers, his = group.seen_by(ann), group.seen_by(bob)
        card = await asked(hers)
        toast = await (await his.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)
        assert (NOT_YOURS in toast.text, toast.alert) == (True, True)
        assert (await (await hers.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)).text == ""
        assert (await said(hers, "Fix 2")).id == card.id
        assert await telegram.calls("answerCallbackQuery") == []
        assert (await telegram.counters())["answered"] == 2


async def test_an_update_that_comes_again_changes_nothing(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Telegram may deliver what it already delivered."""
    async with flawless(telegram, tmp_path, WebhookBot) as bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat)
        await telegram.call("redeliver")
        await telegram.drained(PATIENCE)
        assert await bot.stop() == 0
    assert "stopped after 2 updates (1 repeated" in bot.stderr
    assert (await telegram.counters())["sent"] == 1


# --- setup -----------------------------------------------------------------------------------------------------------------


async def test_setup_registers_the_webhook_once(telegram: FakeTelegram, bot: WebhookBot, tmp_path: Path) -> None:
    """A dry run only tells; then it is registered with everything, keeping what waits; nothing is done twice; what changes is set anew."""
    ann = await telegram.user("Ann")
    await ann.chat.send(ERROR)
    code, written = await bot.setup("--dry-run")
    assert (code, f"would set webhook: {bot.address}{bot.path}" in written) == (0, True)
    assert (await info(telegram))["url"] == ""
    code, written = await bot.setup()
    assert (code, f"set webhook: {bot.address}{bot.path}, up to 40 updates" in written) == (0, True)
    found = await info(telegram)
    assert (found["url"], found["max_connections"]) == (bot.address + bot.path, 40)
    assert set(found["allowed_updates"]) == set(ALLOWED)
    assert (await bot.setup())[1] == "everything is as it should be\n"
    [call] = await telegram.calls("setWebhook")
    assert call["parameters"]["secret_token"] == bot.secret
    assert "drop_pending_updates" not in call["parameters"]
    fewer = WebhookBot(telegram.url, telegram.token, tmp_path, WEBHOOK_URL=bot.address + bot.path, WEBHOOK_CONNECTIONS="7")
    code, written = await fewer.setup()  # Telegram takes no second setWebhook within a second
    assert (code, "up to 7 updates" in written) == (0, True)
    assert (await info(telegram))["max_connections"] == 7
    assert bot.secret not in written
    async with bot:
        await said(ann.chat, "Fix 1")


async def test_without_webhook_url_setup_lets_it_poll(telegram: FakeTelegram, bot: WebhookBot, tmp_path: Path) -> None:
    """Back to polling: `run` says what is in the way, `setup` removes it, and what waited is handled."""
    await registered(telegram, bot)
    ann = await telegram.user("Ann")
    await ann.chat.send(ERROR)
    poller = RunningBot(telegram.url, telegram.token, tmp_path)
    await ends_with(poller, "webhook", "python -m bot setup")
    code, written = await poller.setup()
    assert (code, "webhook: removed" in written) == (0, True)
    async with poller:
        await said(ann.chat, "Fix 1")


async def test_another_secret_is_told_and_mended_by_setup(telegram: FakeTelegram, bot: WebhookBot, tmp_path: Path) -> None:
    """With a new secret Telegram's updates are refused, and wait; one line says so; `setup` sets it, though Telegram shows no secret."""
    await registered(telegram, bot)
    renewed = WebhookBot(telegram.url, telegram.token, tmp_path, WEBHOOK_SECRET="another-one")
    renewed.port, renewed.address = bot.port, bot.address
    renewed.set(PORT=str(bot.port), WEBHOOK_URL=bot.address + bot.path)
    async with renewed:
        await renewed.ready()
        ann = await telegram.user("Ann")
        await ann.chat.send(ERROR)
        await until(lambda: "wrong secret" in renewed.stderr)
        await until(lambda: telegram.webhook is not None and telegram.webhook.last_error is not None)
        assert (await info(telegram))["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"
        assert renewed.rows("SELECT * FROM seen_update") == []
        assert "set webhook" in (await renewed.setup())[1]
        await said(ann.chat, "Fix 1")
        assert (await renewed.setup())[1] == "everything is as it should be\n"
    assert len(renewed.complaints) == 1
    assert secrets_told(telegram, renewed) == []
    assert "another-one" not in renewed.stderr


async def test_a_webhook_that_is_not_registered_is_told(telegram: FakeTelegram, bot: WebhookBot) -> None:
    """Otherwise the operator would wait for updates that never come."""
    async with bot:
        await until(lambda: "`python -m bot setup`" in bot.stderr)


# --- trouble ---------------------------------------------------------------------------------------------------------------


async def test_telegram_is_away_at_the_start(bot: WebhookBot) -> None:
    """It lives, says that it is not ready, and takes no updates; once Telegram is there, everything goes on."""
    later = free_port()
    bot.set(TELEGRAM_API_URL=f"http://127.0.0.1:{later}")
    async with bot:
        await until(lambda: "cannot be reached" in bot.stderr)
        assert await asks(bot, "/healthz") == (200, "alive")
        assert await asks(bot, "/readyz") == (503, "not ready: Telegram was not reached yet")
        async with aiohttp.ClientSession() as session:
            assert await posted(bot, session, 1) == (503, str(RETRY_AFTER))
        async with FakeTelegram(port=later, pace=PACE) as telegram:
            await bot.ready()
            assert await asks(bot, "/readyz") == (200, "ready")
            await registered(telegram, bot)
            await asked((await telegram.user("Ann")).chat)
            assert await bot.stop() == 0


async def test_overload(bot: WebhookBot) -> None:
    """While the database is locked as many updates wait as may; more are sent back at once; then all of them are handled."""
    async with bot, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await bot.ready()
        with locked(bot):
            posting = [asyncio.create_task(posted(bot, session, number)) for number in range(1, UNDER_WAY + 31)]
            await until(lambda: sum(task.done() for task in posting) >= 30)
            refused = [task.result() for task in posting if task.done()]
        assert refused == [(503, str(RETRY_AFTER))] * 30
        assert sorted(await asyncio.gather(*posting), key=str) == [(200, None)] * UNDER_WAY + refused
        assert bot.rows("SELECT count(*) FROM seen_update") == [(UNDER_WAY,)]
        assert await bot.stop() == 0


async def test_a_stop_finishes_what_is_under_way(bot: WebhookBot) -> None:
    """SIGTERM: not ready any more but alive; the update under way is kept and acknowledged; the end comes within seconds, in order."""
    async with bot, aiohttp.ClientSession() as session:
        await bot.ready()
        with locked(bot):
            posting = asyncio.create_task(posted(bot, session, 1))
            await asyncio.sleep(0.2)
            stopping = asyncio.create_task(bot.stop())
            await asyncio.sleep(0.3)
            assert await asks(bot, "/readyz") == (503, "not ready: stopping")
            assert await asks(bot, "/healthz") == (200, "alive")
            await asyncio.sleep(1)
            assert not posting.done()
        assert await posting == (200, None)
        assert await asyncio.wait_for(stopping, 5) == 0
    assert bot.rows("SELECT update_id FROM seen_update") == [("tg:1",)]
    assert "stopped after 1 updates" in bot.stderr


async def test_a_stop_between_two_messages_repeats_none(telegram: FakeTelegram, bot: WebhookBot) -> None:
    """Stopped in the middle of a rush, it finishes what it is sending and leaves the rest for the next start: everybody reads one card."""
    await registered(telegram, bot)
    people = [await telegram.user(f"Person {number}") for number in range(12)]
    await telegram.options(delay=0.2)
    async with bot:
        await bot.ready()
        await asyncio.gather(*(person.chat.send(ERROR) for person in people))
        await until(lambda: telegram.world.counts["sent"] > 0)
        assert await bot.stop() == 0
        assert bot.rows("SELECT count(*) FROM reply_queue")[0][0] > 0
        await bot.start()
        await until(lambda: telegram.world.counts["sent"] >= len(people), seconds=30)
        await telegram.drained(PATIENCE)
        assert await bot.stop() == 0
    assert bot.complaints == []
    assert [len([shown for shown in await person.chat.messages() if shown.by is None]) for person in people] == [1] * len(people)


async def test_an_idle_bot_stops_within_seconds(telegram: FakeTelegram, bot: WebhookBot) -> None:
    """Also when Telegram keeps its connections open, as it does, and owes it an answer."""
    await registered(telegram, bot)
    await telegram.fault("silent", method="getWebhookInfo")
    async with bot:
        ann = await telegram.user("Ann")
        await asked(ann.chat)
        begun = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - begun < 4
    assert session_of(bot, private(ann.chat))
    assert bot.complaints == []


async def test_token_revoked(telegram: FakeTelegram, bot: WebhookBot) -> None:
    """401 for an answer ends the bot with one line, as it ends one that polls; what waited goes out with the new token."""
    await registered(telegram, bot)
    await bot.start()
    await bot.ready()
    ann = await telegram.user("Ann")
    await telegram.call("token", token=ANOTHER_TOKEN)
    await ann.chat.send(ERROR)
    assert await bot.ended(PATIENCE) == 1
    assert "Telegram does not know this TELEGRAM_BOT_TOKEN" in bot.complaints[-1]
    assert "Traceback" not in bot.stderr
    bot.set(TELEGRAM_BOT_TOKEN=ANOTHER_TOKEN)
    async with bot:
        await said(ann.chat, "Fix 1")


# --- what it says at the start -------------------------------------------------------------------------------------------------


async def test_a_port_in_use_is_one_line(bot: WebhookBot) -> None:
    """With the port, and what to do."""
    async with bot:
        await bot.ready()
        other = WebhookBot(bot.telegram, bot.token, bot.database.parent, name="other", PORT=str(bot.port))
        await ends_with(other, f"PORT {bot.port}", "in use")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"WEBHOOK_URL": "http://bot.example.org/hook"}, ("WEBHOOK_URL", "https")),
        ({"WEBHOOK_SECRET": ""}, ("WEBHOOK_SECRET", "token_urlsafe")),
        ({"WEBHOOK_SECRET": "a secret with spaces"}, ("WEBHOOK_SECRET", "letters, digits")),
    ],
)
async def test_a_wrong_setting_is_one_line(
    telegram: FakeTelegram, tmp_path: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    """In `run` and in `setup`; a secret is not repeated."""
    bot = WebhookBot(telegram.url, telegram.token, tmp_path, **settings)
    await ends_with(bot, *words)
    code, written = await bot.setup()
    assert (code, written.count("\n")) == (1, 1)
    assert "a secret with spaces" not in written + bot.stderr


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
async def test_without_the_extra_it_polls_and_says_what_is_missing(telegram: FakeTelegram, bot: WebhookBot, missing: str) -> None:
    """The webhook needs the extra `web`, and one line says so; polling does not."""
    folder = bot.database.parent
    bot = WebhookBot(telegram.url, telegram.token, folder, PYTHONPATH=f"{folder}{os.pathsep}{ROOT}")
    (folder / f"{missing}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{missing}'\", name='{missing}')\n", "utf-8")
    await ends_with(bot, "backup-medic[web]")
    async with RunningBot(telegram.url, telegram.token, folder, name="poller"):
        await asked((await telegram.user("Ann")).chat)
