"""`python -m bot setup` where Telegram is not as it should be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.transports.bot_api import BotApi, NetworkError
from bot.transports.registering import webhook_info
from tests.fake_telegram import FakeTelegram
from tests.running_bot import RunningBot


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as found:
        yield found


async def refused(telegram: FakeTelegram, seconds: int) -> None:
    """Telegram refuses the next call that sets commands, and asks to wait so long."""
    parameters = {"retry_after": seconds}
    await telegram.fault(
        "error", method="setMyCommands", code=429, description=f"Too Many Requests: retry after {seconds}", parameters=parameters
    )


async def test_setup_waits_as_long_as_telegram_asks(telegram: FakeTelegram, tmp_path: Path) -> None:
    """It says so, goes on by itself, and all is set."""
    await refused(telegram, 1)
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    code, written = await bot.setup()
    assert (code, "Telegram asks to wait for 1 s" in written) == (0, True)
    assert await bot.setup() == (0, "everything is as it should be\n")


async def test_setup_does_not_wait_for_a_day(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Some of Telegram's limits last for hours: one line says for how long, and the operator calls again."""
    await refused(telegram, 86_400)
    code, written = await RunningBot(telegram.url, telegram.token, tmp_path).setup()
    assert (code, "Retry in 1 day" in written) == (1, True), written


async def test_an_answer_that_is_no_webhook_info(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is trouble with the network, which `run` and `setup` know to handle, and no traceback."""

    async def strange(*given: Any) -> Any:
        return True

    api = BotApi("1:a", "http://127.0.0.1:1")
    monkeypatch.setattr(api, "call", strange)
    with pytest.raises(NetworkError, match="no WebhookInfo"):
        await webhook_info(api)
