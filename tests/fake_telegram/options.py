"""What a test can set, also while the server runs, and the clock that it can move on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

DAY: Final = 24 * 60 * 60
WEEK: Final = 7 * DAY


class Clock:
    """The time of day, which a test can move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@dataclass(slots=True)
class Options:
    """What a test can set, also while the server runs. Seconds where nothing else is said."""

    privacy: bool = True
    """In groups the bot gets commands, mentions and replies to it only, unless it is an administrator."""
    query_lifetime: float = 15.0
    """For so long can a callback query be answered."""
    press_lifetime: float = 150.0
    """For so long does an update with a callback query wait for the bot; then it is dropped."""
    inline: bool = True
    """Inline mode was switched on at @BotFather."""
    inline_lifetime: float = 30.0
    """For so long does an inline query wait for the bot, and can it be answered."""
    delay: float = 0.0
    """Every call but getUpdates takes at least so long."""
    linger: float = 0.0
    """A long poll waits so long for more after the first update. Telegram's server waits 1 to 2 ms."""
    conflict_pause: float = 3.0
    """After one conflict the next ones are answered so much later."""
    pace: float = 1.0
    """All waits of the webhook's retries are multiplied by this."""
    chat_rate: float = 0.0
    """Messages a second in one chat before 429; 0 for no limit."""
    chat_burst: float = 3.0
    group_rate: float = 0.0
    """The same for groups; Telegram allows about 20 a minute."""
    group_burst: float = 20.0
    total_rate: float = 0.0
    """The same over all chats; Telegram allows about 30 a second."""
    total_burst: float = 30.0
    jumps_after: float = WEEK
    """After so long without updates, the number of the next one is chosen anew; 0 for never."""
    repeats: float = 0.0
    """The part of all updates that comes once more after it was confirmed, from 0 to 1."""
    keep_calls: bool = True
    """Remember the last thousand calls with their parameters."""
