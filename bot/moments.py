"""Days and times of day, as a language writes them."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.cldr import named_day
from bot.model import ENGLISH

_HOUR, _NOON = 60, 12
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_of_day(language: str, minutes: int) -> str:
    """A time of day, in minutes since midnight: with am and pm in English alone."""
    hour, minute = divmod(minutes, _HOUR)
    if language != ENGLISH:
        return f"{hour}:{minute:02}"
    return f"{(hour - 1) % _NOON + 1}:{minute:02} {'am' if hour < _NOON else 'pm'}"


def day_of(language: str, day: date, *, year: bool = False) -> str:
    """A day, short."""
    if language == ENGLISH:
        return f"{_MONTHS[day.month - 1]} {day.day}" + (f", {day.year}" if year else "")
    return named_day(language, day, "yMMMd" if year else "MMMd")
