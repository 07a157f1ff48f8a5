"""A button's callback data, and back: `<session>.<turn>.<action>.<value>`, at most 64 bytes, never trusted."""

from __future__ import annotations

from typing import Final

from bot.model import Button, Pressed

LONGEST: Final = 64
"""Bytes of callback data that Telegram allows."""
_FOREIGN: Final = Pressed("", -1, "")
"""What data that we never made becomes: a press that fits no session."""


def to_data(session: str, turn: int, button: Button) -> str:
    """The callback data of a button. Raises ValueError when it is longer than Telegram allows (`check` finds that before)."""
    data = ".".join((session, str(turn), button.action, button.value)).rstrip(".")
    if len(data.encode()) > LONGEST:
        raise ValueError(f"callback data of {len(data.encode())} bytes, {LONGEST} are allowed: {button.action} {button.value}")
    return data


def from_data(data: str) -> Pressed:
    """The press that callback data stands for; of anything strange, a press that fits no session."""
    session, _, rest = data.partition(".")
    turn, _, rest = rest.partition(".")
    action, _, value = rest.partition(".")
    if not session or not action or not (turn.isascii() and turn.isdigit()) or len(turn) > 9:
        return _FOREIGN
    return Pressed(session, int(turn), action, value)
