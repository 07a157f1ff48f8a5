"""Why a bot is not ready, and what is seen and told of a webhook."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any, cast

import pytest

from bot.metrics import WEBHOOK_LAST_ERROR, WEBHOOK_PENDING, WEBHOOK_REGISTERED
from bot.settings import Settings
from bot.store import Store, StoreError
from bot.transports import CannotRun, watching
from bot.transports.bot_api import BotApi, InvalidToken, TelegramError
from bot.transports.observing import observed
from bot.transports.readiness import LONGEST_LAG, LONGEST_SILENCE, PollingReadiness
from bot.transports.receiving import Receiver
from bot.transports.watching import MANY_WAIT, WebhookWatch

URL = "https://bot.example.org/telegram"


class Parts:
    """A store and a receiver, as well or ill as the test wants."""

    def __init__(self) -> None:
        self.error: StoreError | None = None
        self.waits = 0
        self.silent = 0.0
        self.stop = asyncio.Event()
        self.state = PollingReadiness(cast("Store", self), self.stop, cast("Receiver", self), lambda: self.silent)

    async def run(self, work: Any, of: str = "") -> None:
        if self.error is not None:
            raise self.error

    def lag(self) -> int:
        return self.waits


async def test_polling() -> None:
    """All is well; then one thing after the other is not, and each is said."""
    parts = Parts()
    assert await parts.state.trouble() == ""
    parts.waits, parts.silent = LONGEST_LAG, LONGEST_SILENCE
    assert await parts.state.trouble() == ""
    parts.error = StoreError("the disk is full")
    assert await parts.state.trouble() == "the disk is full"
    parts.waits += 1
    assert await parts.state.trouble() == f"a reply has waited for {LONGEST_LAG + 1} s to be sent"
    parts.silent += 1
    assert await parts.state.trouble() == f"Telegram has not answered for {LONGEST_SILENCE + 1:.0f} s"
    parts.stop.set()
    assert await parts.state.trouble() == "stopping"


async def test_before_telegram_was_reached() -> None:
    state = PollingReadiness(cast("Store", Parts()), asyncio.Event())
    assert await state.trouble() == "Telegram was not reached yet"
    assert state.lag() == 0


class Telegram:
    """What getWebhookInfo says, look after look."""

    def __init__(self, *answers: dict[str, Any] | TelegramError) -> None:
        self.answers = list(answers)
        self.refused = asyncio.Event()

    async def call(self, method: str) -> dict[str, Any]:
        assert method == "getWebhookInfo"
        answer = self.answers.pop(0)
        self.refused.set()  # so that it is asked again at once
        if isinstance(answer, TelegramError):
            raise answer
        return {"url": URL, "pending_update_count": 0, **answer}


async def told(*answers: dict[str, Any] | TelegramError) -> list[str]:
    """What the operators hear of these answers."""
    lines: list[str] = []

    def report(kind: str, line: str) -> None:
        assert kind == "webhook"
        lines.append(line)

    with pytest.raises(IndexError):  # no answer is left
        await WebhookWatch(cast("BotApi", Telegram(*answers)), URL, report).run()
    return lines


async def test_webhook_is_well(caplog: pytest.LogCaptureFixture) -> None:
    """Errors from before our start are over; a look that fails tells nothing."""
    before = int(time.time()) - 100
    assert await told({}, {"last_error_date": before, "last_error_message": "old"}, TelegramError("away"), {}) == []
    assert caplog.text == ""
    assert WEBHOOK_REGISTERED.values[()] == 1
    assert WEBHOOK_LAST_ERROR.values[()] == 0


async def test_webhook_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    """Told once as long as it stays so, and again when it comes again."""
    assert len(await told({"url": ""}, {"url": "https://other.example.org"}, {}, {"url": ""})) == 2
    assert caplog.text.count(watching.ELSEWHERE) == 2
    assert WEBHOOK_REGISTERED.values[()] == 0
    assert "example.org" not in caplog.text


async def test_webhook_errors(caplog: pytest.LogCaptureFixture) -> None:
    """Each error of Telegram's is told once, cut to a line; many updates that wait are told too."""
    now = int(time.time()) + 1
    error = {"last_error_date": now, "last_error_message": "Wrong response from the webhook: 502 Bad Gateway" + "!" * 1000}
    lines = await told(error, error, {**error, "last_error_date": now + 60}, {"pending_update_count": MANY_WAIT})
    assert [line[:60] for line in lines[:2]] == ["Telegram could not deliver updates: Wrong response from the "] * 2
    assert len(lines) == 3
    assert f"{MANY_WAIT} updates wait" in lines[2]
    assert all(len(line) < 400 for line in lines)
    assert caplog.text.count("502 Bad Gateway") == 2
    assert WEBHOOK_PENDING.values[()] == MANY_WAIT


async def test_webhook_of_a_revoked_token() -> None:
    """By webhook Telegram is just silent then: this is how it is noticed."""
    watch = WebhookWatch(cast("BotApi", Telegram(InvalidToken())), URL, lambda kind, line: None)
    with pytest.raises(CannotRun, match="TELEGRAM_BOT_TOKEN"):
        await watch.run()


def test_metrics_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to install; without METRICS_PORT nothing is missed."""
    monkeypatch.setitem(sys.modules, "bot.transports.exporting", None)
    state = PollingReadiness(cast("Store", Parts()), asyncio.Event())
    observed(Settings(), state.store, "polling", state.trouble, state.lag)
    with pytest.raises(CannotRun, match=r"pip install 'backup-medic\[metrics\]'"):
        observed(Settings(metrics_port=9464), state.store, "polling", state.trouble, state.lag)
