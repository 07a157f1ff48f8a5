"""A machine's clock that is set while the bot runs."""

from __future__ import annotations

from bot.clocks import FOLLOWS_BEYOND, SteadyClock


def test_steady_clock() -> None:
    """Time goes with the machine's clock; a small step back is waited out, a large one followed; forward it follows at once."""
    wall, steady = [1000.0], [50.0]
    clock = SteadyClock(lambda: wall[0], lambda: steady[0])

    def passes(seconds: float, moved: float = 0) -> int:
        wall[0] += seconds + moved
        steady[0] += seconds
        return clock()

    assert clock() == 1000
    assert passes(10) == 1010
    assert passes(5, moved=-60) == 1015
    assert passes(5, moved=30) == 1020
    assert passes(5, moved=30) == 1025
    assert passes(5, moved=100) == 1130
    assert passes(5, moved=-FOLLOWS_BEYOND - 5) == 1130 - FOLLOWS_BEYOND
