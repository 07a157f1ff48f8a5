"""The time of day for a program that runs for months: a machine's clock that is moved back must not make anything wait, or happen twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FOLLOWS_BEYOND: Final = 60 * 60
"""Seconds: a smaller step back is waited out, a larger one means that the clock was wrong before, and is followed."""


class SteadyClock:
    """Whole seconds since 1970, as the machine says; but a small step back is not seen: time goes on until the machine is there again.

    wall: the machine's clock. steady: seconds that only ever grow.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()

    def __call__(self) -> int:
        ahead = self._wall() - self._steady()
        if ahead > self._ahead or ahead < self._ahead - FOLLOWS_BEYOND:
            self._ahead = ahead
        return int(self._steady() + self._ahead)
