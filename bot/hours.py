"""When to ask again: the times to choose from, the night, and time zones. Pure: the time and the zone are passed in.

A zone that the person told is used for all of it. What a language lets us guess is used to keep out of the night, and for the day
on which something was tried; for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bot.model import ENGLISH, Session

NIGHT_BEGINS, NIGHT_ENDS = 22, 8
"""The hours between which nobody is written to."""
EVENING, MORNING = 20, 9
"""The hours that "tonight" and "tomorrow morning" stand for."""
STILL_UP: Final = 5
"""Before this hour "tomorrow" is the day that comes next when one has slept."""
TONIGHT, TOMORROW = "tonight", "tomorrow"
MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60
CLOCK: Final = re.compile(r"([~+]?)([01]\d|2[0-3]):([0-5]\d)")
"""A time by the clock as a choice; with ~ that or twelve hours later, whatever comes first; with + that of tomorrow."""
HALF_A_DAY: Final = 12
REST: Final = 8 * HOUR
"""After a success, a night is at least so long."""

ZONES: Final[Mapping[str, tuple[str, ...]]] = {
    "de": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "en": (
        *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto", "Europe/London"),
        *("Africa/Johannesburg", "Asia/Kolkata", "Asia/Singapore", "Australia/Sydney"),
    ),
    "es": ("Europe/Madrid", "America/Mexico_City", "America/Bogota", "America/Lima", "America/Santiago", "America/Argentina/Buenos_Aires"),
    "fr": ("Europe/Paris", "Europe/Brussels", "Europe/Zurich", "America/Montreal"),
    "it": ("Europe/Rome", "Europe/Zurich"),
    "ja": ("Asia/Tokyo",),
    "ko": ("Asia/Seoul",),
    "nl": ("Europe/Amsterdam", "Europe/Brussels"),
    "pl": ("Europe/Warsaw",),
    "pt-BR": ("America/Sao_Paulo", "America/Manaus", "America/Fortaleza", "Europe/Lisbon"),
    "ru": ("Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Vladivostok", "Asia/Almaty"),
    "tr": ("Europe/Istanbul",),
    "uk": ("Europe/Kyiv",),
    "zh-Hans": ("Asia/Shanghai", "Asia/Singapore"),
}
"""Language -> where most of its speakers are, as a choice. Where it is the same time in all of them, that time is the guess."""


# --- zones ---------------------------------------------------------------------------------------------------------------


def is_zone(name: str) -> bool:
    return name in _all_zones()


@cache
def _all_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone of this name. Kept: `zoneinfo` itself keeps eight, fewer than a language has, and would read the files again each time."""
    return ZoneInfo(name)


def found_zone(wanted: str) -> str | None:
    """The zone that somebody names by its city ("new york") or in full ("America/New_York"), if there is one."""
    name = "_".join(wanted.casefold().split())
    found = [zone for zone in _all_zones() if "/" in zone and name in (zone.casefold(), zone.casefold().rpartition("/")[2])]
    return min(found, key=lambda zone: (zone.startswith(("Etc/", "SystemV/")), len(zone), zone), default=None) if name else None


def choices(language: str) -> tuple[str, ...]:
    """The zones to choose from in a language."""
    return ZONES.get(language, ZONES[ENGLISH])


def told_zone(session: Session) -> ZoneInfo | None:
    """The zone that the person told."""
    return zone_named(session.zone) if is_zone(session.zone) else None


def zone_of(session: Session, now: int) -> ZoneInfo | None:
    """The zone by which the night is known: the one told, or where a language is spoken in a single time, that one."""
    if told := told_zone(session):
        return told
    guesses = [zone_named(name) for name in ZONES.get(session.language, ())]
    offsets = {local(now, zone).utcoffset() for zone in guesses}
    return guesses[0] if len(offsets) == 1 else None


def wants_zone(session: Session, choice: str) -> bool:
    """Whether the zone must be asked for: once, and only for a time of day."""
    return (choice in (TONIGHT, TOMORROW) or is_by_the_clock(choice)) and not session.zone


def local(now: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(now, UTC).astimezone(zone)


def clock(now: int, zone: ZoneInfo) -> int:
    """The time of day in minutes."""
    there = local(now, zone)
    return there.hour * 60 + there.minute


# --- times ---------------------------------------------------------------------------------------------------------------


def times(wait: int) -> tuple[str, ...]:
    """When a fix that takes so many minutes can be asked about: minutes, or a time of day."""
    if wait >= DAY // MINUTE:
        return str(wait), str(2 * wait)
    if wait >= DAY // MINUTE // 2:
        return TOMORROW, str(wait)
    return str(wait), TONIGHT, TOMORROW


def by_the_clock(hour: int, minute: int, *, either: bool = False, tomorrow: bool = False) -> str:
    """The choice of a time by the clock. either: it may as well be twelve hours later. tomorrow: not today."""
    return f"{'~' * either}{'+' * tomorrow}{hour:02}:{minute:02}"


def is_by_the_clock(choice: str) -> bool:
    return CLOCK.fullmatch(choice) is not None


def is_tomorrow(choice: str) -> bool:
    """Whether a choice is a time of tomorrow, by the clock."""
    return choice.startswith("+")


def due(choice: str, now: int, zone: ZoneInfo | None) -> int:
    """The moment that a choice stands for, the night not looked at. A time of day in no known zone is this time tomorrow."""
    if choice.isdigit():
        return now + int(choice) * MINUTE
    if zone is None:
        return now + DAY
    there = local(now, zone)
    if clocked := CLOCK.fullmatch(choice):
        hour, minute = int(clocked[2]), int(clocked[3])
        hours = (hour % HALF_A_DAY, hour % HALF_A_DAY + HALF_A_DAY) if clocked[1] == "~" else (hour,)
        first = is_tomorrow(choice) and there.hour >= STILL_UP
        times_of_day = (_at(there + timedelta(days=days), hour, minute) for days in (first, 1) for hour in hours)
        return next(moment for moment in times_of_day if moment > now)
    if choice == TONIGHT:
        return max(_at(there, EVENING), now + HOUR)
    return _at(there + timedelta(days=there.hour >= STILL_UP), MORNING)


def is_night(now: int, zone: ZoneInfo | None) -> bool:
    return zone is not None and not NIGHT_ENDS <= local(now, zone).hour < NIGHT_BEGINS


def by_day(moment: int, zone: ZoneInfo | None) -> int:
    """A moment, or if that is in the night, the end of the night."""
    if zone is None or not is_night(moment, zone):
        return moment
    there = local(moment, zone)
    return _at(there + timedelta(days=there.hour >= NIGHT_BEGINS), NIGHT_ENDS)


def morning_after(now: int, zone: ZoneInfo | None) -> int:
    """Half past nine after the next night; where no zone is known, this time tomorrow: by day, as the person is up now."""
    if zone is None:
        return now + DAY
    there = local(now, zone)
    today = _at(there, MORNING, 30)
    return today if today - now >= REST else _at(there + timedelta(days=1), MORNING, 30)


def _at(day: datetime, hour: int, minute: int = 0) -> int:
    """A time of day as the clocks there show it on that day, whatever the hours between."""
    return int(day.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0).timestamp())
