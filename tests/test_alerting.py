"""Operators hear of trouble once, with what to do, and are not flooded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.alerting import LONG_LAG, QUIET_SECONDS, Alerts
from bot.metrics import OPERATOR_ALERTS, REPLIES, STORE_ERRORS, UPDATES


class Chat:
    """The operators' chat; and a time and a lag that the test sets."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.works = True
        self.now = 1000.0
        self.lag = 0
        self.alerts = Alerts("@bot on host", self.send, lambda: self.lag, lambda: self.now)

    async def send(self, text: str) -> bool:
        self.texts.append(text)
        return self.works

    async def looked(self, seconds: float = 0) -> list[str]:
        """What is new in the chat after so long."""
        self.now += seconds
        self.texts.clear()
        running = asyncio.create_task(self.alerts.run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return self.texts


@pytest.fixture
def chat() -> Chat:
    return Chat()


async def test_quiet_when_all_is_well(chat: Chat) -> None:
    UPDATES.add("message", "handled")
    REPLIES.add("sent")
    assert await chat.looked() == []


@pytest.mark.parametrize(
    ("happens", "cure"),
    [
        (lambda: UPDATES.add("message", "put_aside"), "bot queue"),
        (lambda: REPLIES.add("dead_letter"), "bot queue"),
        (lambda: STORE_ERRORS.add("waiting"), "Look at the disk"),
    ],
)
async def test_once_for_each_kind(chat: Chat, happens: Callable[[], None], cure: str) -> None:
    """The first is told at once, with a cure; what follows is held back, and told together when it has been quiet for long enough."""
    happens()
    (first,) = await chat.looked()
    assert first.startswith("@bot on host: ")
    assert cure in first
    assert "times" not in first
    for _ in range(3):
        happens()
        assert await chat.looked(60) == []
    (second,) = await chat.looked(QUIET_SECONDS)
    assert second.endswith("(3 times within 17 min).")
    assert await chat.looked(QUIET_SECONDS) == []


async def test_kinds_do_not_hold_each_other_back(chat: Chat) -> None:
    UPDATES.add("message", "put_aside")
    assert len(await chat.looked()) == 1
    REPLIES.add("dead_letter")
    STORE_ERRORS.add("handle")
    assert len(await chat.looked()) == 2


async def test_what_was_before_is_not_told(chat: Chat) -> None:
    """Alerts that begin later tell of what happens from then on."""
    UPDATES.add("message", "put_aside")
    later = Chat()
    assert await later.looked() == []


async def test_lag(chat: Chat) -> None:
    """A reply that waits for long is told, with its time; it is not told again while all is quiet."""
    chat.lag = LONG_LAG
    assert await chat.looked() == []
    chat.lag += 1
    (told,) = await chat.looked()
    assert f"waited for {LONG_LAG + 1} s" in told
    assert await chat.looked(60) == []
    assert len(await chat.looked(QUIET_SECONDS)) == 1


async def test_the_newest_line_is_told(chat: Chat) -> None:
    chat.alerts.report("webhook", "first")
    assert await chat.looked() == ["@bot on host: first."]
    chat.alerts.report("webhook", "second")
    chat.alerts.report("webhook", "third")
    assert await chat.looked(QUIET_SECONDS) == ["@bot on host: third (2 times within 15 min)."]


async def test_alerts_that_fail_bring_no_others(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """That it could not be sent is told in the log, once until one goes through; nothing is sent about it."""
    chat.works = False
    failed = OPERATOR_ALERTS.total(result="failed")
    for _ in range(3):
        UPDATES.add("message", "put_aside")
        assert len(await chat.looked(QUIET_SECONDS)) == 1
        assert await chat.looked(1) == []
    assert OPERATOR_ALERTS.total(result="failed") == failed + 3
    assert caplog.text.count("could not be sent") == 1
