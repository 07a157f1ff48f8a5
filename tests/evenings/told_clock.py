"""The bot as it is, with a clock that stands until it is set: the file named in TOLD_CLOCK holds its seconds since 1970.

Run instead of `bot`, with the same commands. Timers are looked for more often than in life, since nobody waits for real here.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Final

from bot import running, upkeep
from bot.cli import main
from bot.clocks import SteadyClock

TOLD_CLOCK: Final = "TOLD_CLOCK"
"""The environment's name for the file."""
CLOCKED: Final = "tests.evenings.told_clock"
TIMERS_EVERY: Final = 0.05


def run() -> None:
    """Run the bot's own command line. Only the clock is another."""
    told = Path(os.environ[TOLD_CLOCK])

    def now() -> float:
        return float(told.read_text(encoding="ascii"))

    running.__dict__["SteadyClock"] = partial(SteadyClock, now, now)
    upkeep.__dict__["TIMERS_EVERY"] = TIMERS_EVERY
    main(prog_name="bot")


if __name__ == "__main__":
    run()
