"""Who has to wait because Telegram said 429: one chat as a rule, everybody where the limit is the bot's own. Pure: time is passed in.

Telegram gives the same answer for both limits. They are told apart by what happens to others: a chat that is written to too often is
refused alone; at the bot's own limit whoever comes next is refused. So when several chats in a row are refused, and nobody gets
through in between, everybody waits.
"""

from __future__ import annotations

from typing import Final

from bot.store import LONGEST_WAIT

SHORT_WAIT: Final = 1.0
"""Up to this many seconds a reply waits in memory, and its chat counts as free; longer, it goes back to the store."""
IN_A_ROW: Final = 3
"""So many different chats, refused without a success between them, are the bot's own limit."""
NOT_OLDER: Final = 10
"""Seconds after which a refusal says nothing any more about the next one."""


class Pauses:
    """Until when chats wait. All times are whole seconds of one clock, which may be moved: no pause gets longer than it was given."""

    def __init__(self) -> None:
        self._chats: dict[str, _Pause] = {}
        self._everybody = _Pause(0, 0)
        self._refused: dict[str, tuple[int, float]] = {}
        """Chats refused in a row: when, and for how many seconds."""

    def refused(self, chat: str, seconds: float, now: int) -> bool:
        """Telegram asks to wait. Whether everybody has to, from now on."""
        if seconds > SHORT_WAIT:
            self._chats[chat] = _Pause(now, seconds)
        self._refused[chat] = (now, seconds)
        recent = [wait for at, wait in self._refused.values() if abs(now - at) <= NOT_OLDER]
        if len(recent) < IN_A_ROW:
            return False
        self._refused.clear()
        self._everybody = _Pause(now, min(recent))  # the shortest: one of them may have been refused for itself
        return True

    def went_well(self) -> None:
        """Something was taken for some chat: the limit is not the bot's own."""
        self._refused.clear()

    def over_at(self, chat: str, now: int) -> int | None:
        """When the chat may be written to again; None when it may be now."""
        pause = self._chats.get(chat)
        if pause is not None and not pause.holds(now):
            del self._chats[chat]
            pause = None
        waits = [one.until for one in (pause, self._everybody) if one is not None and one.holds(now)]
        return max(waits, default=None)


class _Pause:
    """A time to wait."""

    __slots__ = ("_since", "until")

    def __init__(self, since: int, seconds: float) -> None:
        self._since = since
        self.until = since + min(int(seconds) + 1, LONGEST_WAIT) if seconds else since  # then Telegram says it again

    def holds(self, now: int) -> bool:
        return self._since <= now < self.until
