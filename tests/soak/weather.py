"""Bad weather between the bot and Telegram: now and then a call is refused, cut before or after it was executed, or answered late."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

from tests.fake_telegram import FakeTelegram

EVERY: Final = 2.0
"""Seconds between two faults, on average."""
SLOW: Final = 0.5
"""Less than a call may hang before its place is given to another message: so what a kill can repeat stays known."""
NEW: Final = "sendmessage"
METHODS: Final = (NEW, "editmessagetext")
POLL: Final = "getupdates"
REFUSED: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "error", "code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}},
    {"kind": "error", "code": 500, "description": "Internal Server Error"},
    {"kind": "gateway"},
    {"kind": "reset"},
)
LATE: Final = tuple({"kind": kind, "seconds": SLOW} for kind in ("held", "slow"))
"""A call that is executed after its bot died, when the next one has sent the same, is not among them: it puts an old card in the place of
the present one, or below it, and who looks there for the story's next card waits for ever (`test_a_call_that_outlives_its_bot`)."""
CUT: Final = tuple({"kind": kind} for kind in ("lost", "truncated", "garbage", "hollow"))
"""The faults after which nobody can know whether Telegram has the message: the bot has to repeat it."""


async def storm(telegram: FakeTelegram, chance: random.Random) -> None:
    """Let it storm until cancelled; each fault is met before the next one comes."""
    methods = METHODS if telegram.webhook else (*METHODS, POLL)
    while True:
        await asyncio.sleep(chance.expovariate(1 / EVERY))
        if all(fault.done for fault in telegram.faults):
            await telegram.fault(**chance.choice((*REFUSED, *LATE, *CUT)), method=chance.choice(methods))


def answers_cut(telegram: FakeTelegram) -> int:
    """How many new messages were taken without the bot getting to know."""
    kinds = {fault["kind"] for fault in CUT}
    return sum(fault.done for fault in telegram.faults if fault.kind in kinds and fault.method == NEW)


def faults_met(telegram: FakeTelegram) -> int:
    return sum(fault.done for fault in telegram.faults)
