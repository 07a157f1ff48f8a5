"""What Unicode CLDR knows of a language: its plural forms, and what it calls a city.

Babel, which holds it, is loaded only when somebody speaks a language that needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from bot.model import ENGLISH


def plural_form(language: str, number: int) -> str:
    """The plural form of a number, by the names of Unicode CLDR."""
    return ("one" if number == 1 else "other") if language == ENGLISH else _plural_rule(language)(number)


def city(language: str, zone: str) -> str:
    """What people call the city that a zone is named after."""
    return _in_zone(zone) if language == ENGLISH else _named_city(language, zone)


def _in_zone(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _plural_rule(language: str) -> Callable[[int], str]:
    """The plural rule of a language."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - 20 ms and 3 MB that English does without

    try:
        rule: Callable[[int], str] = Locale.parse(language, sep="-").plural_form
    except UnknownLocaleError:
        return lambda number: "one" if number == 1 else "other"
    return rule


@cache
def _named_city(language: str, zone: str) -> str:
    """The city of a zone in a language, by Unicode CLDR."""
    from babel.core import UnknownLocaleError  # noqa: PLC0415 - as above
    from babel.dates import get_timezone_location  # noqa: PLC0415 - as above

    try:
        named = str(get_timezone_location(zone, locale=language.replace("-", "_"), return_city=True))
    except UnknownLocaleError:
        return _in_zone(zone)
    return named.rpartition("/")[2]  # where CLDR has no name, it gives what stands behind the continent: "Argentina/Buenos Aires"
