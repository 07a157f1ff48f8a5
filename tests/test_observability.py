"""The real bot as its operator sees it from outside: probes, metrics, log and alerts, in every mode; and what it must never tell."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import __version__
from bot.metrics import PREFIX
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import OFF, PATIENCE, asked, said, secrets_told, until
from tests.running_bot import RunningBot, WebBot, WebhookBot, free_port, registered
from tests.test_faults import SpoiltBot

SECRET_KEY: Final = "the key of these tests, nobody knows it"
STRANGE: Final = "zebra quantum 7731 marmalade"
PASSWORD: Final = "my Apple ID password is Hunter2-Hunter2"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(pace=0.01) as found:
        yield found


async def ask(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def scraped(port: int) -> dict[str, float]:
    """What Prometheus's own parser reads: name without our prefix, with the values of its labels -> value."""
    status, text = await ask(port, "/metrics")
    assert status == 200
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {" ".join([one.name.removeprefix(PREFIX), *one.labels.values()]): one.value for one in samples}


def lines_of(bot: RunningBot) -> list[dict[str, Any]]:
    """The lines of a log in JSON, each of which must be an object."""
    return [json.loads(line) for line in bot.stderr.splitlines()]


async def test_polling(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Many updates of people, one of which cannot be handled: the figures are right, operators hear of it, and nobody is named anywhere."""
    olga, ann = await telegram.user("Olga"), await telegram.user("Ann")
    port = free_port()
    bot = SpoiltBot(telegram, tmp_path)
    bot.set(METRICS_PORT=str(port), LOG_FORMAT="json", LOG_LEVEL="DEBUG", SECRET_KEY=SECRET_KEY, OPERATOR_CHAT_IDS=str(olga.id))
    async with bot:
        await bot.ready()
        assert await ask(port, "/healthz") == (200, "alive\n")
        assert await ask(port, "/readyz") == (200, "ready\n")
        await asked(olga.chat)
        await asked(ann.chat, OFF)
        await ann.chat.press("Didn't help")
        await said(ann.chat, "Fix 2")
        for text in (STRANGE, PASSWORD, "/tried"):
            await ann.chat.send(text)
        await telegram.drained(PATIENCE)
        bot.spoil_step()
        await ann.chat.send(STRANGE)
        alert = await said(olga.chat, "could not be handled")
        bot.mend_step()
        assert "python -m bot queue" in alert.text
        await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
        found = await scraped(port)
        assert await bot.stop() == 0
    expected = {
        "updates_total message handled": 5,
        "updates_total callback_query handled": 1,
        "updates_total message put_aside": 1,
        "matches_total match error": 2,
        "api_calls_total getUpdates ok": found["api_calls_total getUpdates ok"],
        "operator_alerts_total poison sent": 1,
        "put_aside update": 1,
        "put_aside reply": 0,
        "queue_replies": 0,
        "queue_oldest_seconds": 0,
        "ready": 1,
        "leader": 1,
        "acknowledgement_seconds_count": 7,
        "update_seconds_count": 7,
        "replies_total dead_letter": 0,
        "log_messages_total error": 1,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert sum(value for name, value in found.items() if name.startswith("fixes_total")) == 1
    assert found["api_calls_total sendMessage ok"] == found["replies_total sent"] + 1, "the replies, and the alert"
    assert found["store_seconds_count handle"] == 7
    assert found["process_resident_memory_bytes"] > 0
    line = next(line for line in lines_of(bot) if "could not be handled" in line["message"])
    assert line["update"].isdigit()
    assert len(line["conversation"]) == 12
    named_nowhere(telegram, bot, " ".join(found), str(olga.id), str(ann.id), SECRET_KEY)


def named_nowhere(telegram: FakeTelegram, bot: RunningBot, metrics: str, *more: str) -> None:
    """No token, text, key or id stands in the log or among the names and labels of the metrics."""
    assert secrets_told(telegram, bot) == []
    told = bot.stderr + metrics
    assert [word for word in (*more, STRANGE, "Hunter2", "zebra") if word in told] == []


async def test_webhook(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The public port has no metrics. Telegram's troubles with the webhook are seen, told and counted, and do not make the bot unready."""
    olga = await telegram.user("Olga")
    port = free_port()
    bot = WebhookBot(telegram.url, telegram.token, tmp_path, METRICS_PORT=str(port), OPERATOR_CHAT_IDS=str(olga.id))
    await registered(telegram, bot)
    async with bot:
        await asked(olga.chat)
        found = await scraped(port)
        assert found["webhook_registered"] == 1
        assert await bot.stop() == 0
    await registered(telegram, bot, url=bot.address + "/elsewhere")
    async with bot:
        await bot.ready()
        assert (await ask(bot.port, "/metrics"))[0] == 404
        assert "python -m bot setup" in (await said(olga.chat, "does not send updates")).text
        assert (await scraped(port))["webhook_registered"] == 0
        assert await ask(port, "/readyz") == (200, "ready\n")
        assert await bot.stop() == 0
    assert found["http_responses_total 200"] == found["acknowledgement_seconds_count"] == found["update_seconds_count"] >= 1
    assert found[f"build_info webhook {__version__}"] == 1
    assert "leader" not in found
    assert "SECRET_KEY is not set" in bot.stderr
    named_nowhere(telegram, bot, " ".join(found), bot.secret)


async def test_web_chat(tmp_path: Path) -> None:
    """The web chat is seen in the same way."""
    port = free_port()
    async with WebBot(tmp_path, METRICS_PORT=str(port)) as bot:
        await bot.ready()
        assert await ask(port, "/readyz") == (200, "ready\n")
        assert (await ask(bot.port, "/metrics"))[0] == 404
        await ask(bot.port, "/")
        found = await scraped(port)
        assert await bot.stop() == 0
    assert found["http_responses_total 200"] == 1
    assert found[f"build_info web {__version__}"] == 1


async def test_a_port_in_use(telegram: FakeTelegram, tmp_path: Path) -> None:
    """It ends with one line that names the settings."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path, METRICS_PORT=str(telegram.url.rpartition(":")[2]))
    await bot.start()
    assert await bot.ended(PATIENCE) == 1
    assert "cannot listen on METRICS_HOST 127.0.0.1, METRICS_PORT" in bot.stderr


async def test_a_frozen_bot_is_not_alive(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A process that stands still answers no probe; when it goes on, the loop's lag shows it."""
    port = free_port()
    async with RunningBot(telegram.url, telegram.token, tmp_path, METRICS_PORT=str(port)) as bot:
        await bot.ready()
        os.kill(bot.pid, signal.SIGSTOP)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.5)) as session:
            with pytest.raises(TimeoutError):
                await session.get(f"http://127.0.0.1:{port}/healthz")
        os.kill(bot.pid, signal.SIGCONT)
        assert (await ask(port, "/healthz"))[0] == 200
        assert (await scraped(port))["loop_lag_seconds"] > 0.5
        assert await bot.stop() == 0
