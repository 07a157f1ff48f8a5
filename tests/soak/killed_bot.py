"""Our bot, doomed: `python -m tests.soak.killed_bot run` is `python -m bot run` until it kills itself, as a power cut would.

The environment's DOOM says where: a point and a number, `inside:3` for the third time that the bot is there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from enum import StrEnum
from itertools import count
from typing import Any, Final

DOOM: Final = "DOOM"
DOOMED: Final = "tests.soak.killed_bot"
"""The module to run."""


class Point(StrEnum):
    """Where a bot is killed; at a point of its own code, or by somebody else at any moment."""

    RECEIVED = "received"
    """An update was read, and nothing of it is handled."""
    INSIDE = "inside"
    """All of its transaction is done but the commit."""
    COMMITTED = "committed"
    """It is committed, and not acknowledged."""
    SENT = "sent"
    """Telegram has a new message, and that is not noted."""
    RANDOM = "random"


def doom(point: Point, number: int) -> str:
    """The value of DOOM."""
    return f"{point}:{number}"


def _deadly(method: Callable[..., Awaitable[Any]], number: int, *, first: bool = False) -> Callable[..., Awaitable[Any]]:
    """The method, in which the process dies at this call of it: when the method is done, or before it has begun."""
    calls = count(1)

    def pass_by() -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    async def dying(*given: Any) -> Any:
        if first:
            pass_by()
        found = await method(*given)
        if not first:
            pass_by()
        return found

    return dying


def _arm(point: Point, number: int) -> None:
    from bot.assistant import Assistant  # noqa: PLC0415 - who only wants the points needs no bot
    from bot.transports.channel import TelegramChannel  # noqa: PLC0415
    from bot.transports.receiving import Receiver  # noqa: PLC0415

    seams: dict[Point, tuple[Any, str]] = {
        Point.RECEIVED: (Receiver, "receive"),
        Point.INSIDE: (Assistant, "_handle"),
        Point.COMMITTED: (Assistant, "handle"),
        Point.SENT: (TelegramChannel, "send"),
    }
    owner, name = seams[point]
    setattr(owner, name, _deadly(getattr(owner, name), number, first=point is Point.RECEIVED))


if __name__ == "__main__":
    from bot.cli import main

    where, _, passing = os.environ[DOOM].partition(":")
    _arm(Point(where), int(passing))
    main()
