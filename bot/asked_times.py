"""Reads when somebody wants to be asked again: "in an hour", "8pm", "tomorrow morning". Pure; the time itself is not looked at.

What is read is a choice as `hours.due` takes it: minutes, a time of day by name, or one by the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Final

from bot.finder import Finder, Found
from bot.hours import DAY, MINUTE, TOMORROW, TONIGHT, by_the_clock
from bot.model import Cues, TimeCues
from bot.normalising import signs, words

MOST: Final = 7 * DAY // MINUTE
"""Minutes; nobody waits longer for a reminder."""
LONGEST: Final = 12
"""Words of a text that may say when, or twice as many signs of an unspaced script."""
NOON: Final = 12
SMALL_HOURS: Final = 6
"""Before this hour nobody wants to be asked: the 3 of "tomorrow at 3" is in the afternoon."""
HOURS, MINUTES = 24, 60
_UNITS: Final = {"minutes": 1, "hours": MINUTES, "days": HOURS * MINUTES}
"""Minutes of what stands behind a number."""
_JOINED: Final = re.compile(r"(\d{1,2})([a-z])")
_DIAL: Final = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_FIXED: Final = {"half_hour": 30, "one_hour": 60, "two_hours": 120}
"""Spans that have words of their own, in minutes."""


class AskedTimeReader:
    """Reads texts of one language. cues: the language's own. others: of another language, whose words are understood as well."""

    def __init__(self, cues: Cues, others: AskedTimeReader | None = None) -> None:
        told = [(words(text), field.name) for field in fields(TimeCues) for text in getattr(cues.times, field.name)]
        self.wordings: Finder[str] = Finder(
            [*told, *((words(text), "days") for text in cues.ages.days)], others.wordings if others else None
        )

    def read(self, text: str, plain: Sequence[str], *, asked: bool) -> str:
        """The choice that a text names, or nothing.

        plain: its words. asked: whether it is known to put something off; else the time must be all that it says.
        """
        if len(plain) - signs(plain) / 2 > LONGEST or not (asked or (plain and self._may_begin(plain[0]))):
            return ""
        spoken = [part for word in plain for part in _parted(word)]
        if not 0 < len(spoken) - signs(spoken) / 2 <= LONGEST:
            return ""
        found = _widest(self.wordings.find(spoken))
        numbers = [place for place, word in enumerate(spoken) if word.isascii() and word.isdigit()]
        covered = {place for one in found for place in range(one.start, one.end)} | set(numbers)
        named = {one.what for one in found}
        if not asked and len(covered) < len(spoken):
            return ""
        if not numbers:
            return _by_name(named)
        if not named & {"at", TOMORROW} and (span := _span(spoken, found, numbers)):
            return str(span) if span <= MOST and (asked or "asking" in named) else ""
        return _by_clock([int(spoken[place]) for place in numbers], named, dial=_DIAL.search(text) is not None)

    def _may_begin(self, word: str) -> bool:
        """Whether a text that says nothing but a time may begin with a word: a cheap look before the full one."""
        return word[0].isdigit() or self.wordings.may_find((word,))


def _parted(word: str) -> tuple[str, ...]:
    """A number and the letter that is written to it: "2h"."""
    joined = _JOINED.fullmatch(word)
    return joined.groups() if joined else (word,)


def _widest(found: Iterable[Found[str]]) -> list[Found[str]]:
    """The wordings without those inside others: the "hour" of "an hour"."""
    kept: list[Found[str]] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return kept


def _by_name(named: set[str]) -> str:
    """A time without a number, if exactly one is named."""
    choices = [str(minutes) for name, minutes in _FIXED.items() if name in named]
    choices += [choice for choice in (TONIGHT, TOMORROW) if choice in named]
    return choices[0] if len(choices) == 1 else ""


def _span(spoken: Sequence[str], found: Iterable[Found[str]], numbers: Sequence[int]) -> int:
    """How many minutes a number with its unit are; 0 where there is no such span, or more numbers than one."""
    if len(numbers) != 1:
        return 0
    unit = next((one.what for one in found if one.start == numbers[0] + 1 and one.what in _UNITS), None)
    return int(spoken[numbers[0]]) * _UNITS[unit] if unit else 0


def _by_clock(numbers: Sequence[int], named: set[str], *, dial: bool) -> str:
    """A time by the clock: "20:30", "8 pm", "at 8 o'clock", "tomorrow at 8". dial: whether the minutes stand behind the hour."""
    if len(numbers) != 1 + dial or not (dial or named & {"at", "am", "pm", "oclock", TONIGHT, TOMORROW}):
        return ""
    hour, minute = numbers[0], numbers[1] if dial else 0
    if hour >= HOURS or minute >= MINUTES:
        return ""
    evening, tomorrow = "pm" in named or TONIGHT in named, TOMORROW in named
    if hour > NOON or "am" in named or evening:
        return by_the_clock(hour % NOON + NOON * (evening or hour > NOON), minute, tomorrow=tomorrow)
    if tomorrow:
        return by_the_clock(hour + NOON * (0 < hour < SMALL_HOURS), minute, tomorrow=True)
    return by_the_clock(hour, minute, either=True)
