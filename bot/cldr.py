"""What Unicode CLDR knows of a language: its plural forms, how it writes a day, and what it calls a city or another language.

Babel, which holds it, is loaded only when somebody speaks a language that needs it, and keeps nothing (see `_briefly`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache, lru_cache
from typing import Any

from bot.model import ENGLISH


def plural_form(language: str, number: int) -> str:
    """The plural form of a number, by the names of Unicode CLDR."""
    return _english_form(number) if language == ENGLISH else _plural_rule(language)(number)


def city(language: str, zone: str) -> str:
    """What people call the city that a zone is named after."""
    return _in_zone(zone) if language == ENGLISH else _named_city(language, zone)


@lru_cache(maxsize=1024)
def named_day(language: str, day: date, form: str) -> str:
    """A day in a form of Unicode CLDR (`MMMd`: day and month, short)."""
    with _briefly(language) as locale:
        if locale is None:
            return day.isoformat()
        from babel.dates import format_skeleton  # noqa: PLC0415 - see _briefly

        return str(format_skeleton(form, day, locale=locale))


@cache
def language_names() -> Mapping[str, str]:
    """Code of a language, as Unicode CLDR has it (`zh_Hans`) -> its name in English."""
    with _briefly(ENGLISH) as locale:
        return dict(locale.languages) if locale is not None else {}


def _english_form(number: int) -> str:
    return "one" if number == 1 else "other"


@cache
def _plural_rule(language: str) -> Callable[[int], str]:
    """The plural rule of a language."""
    with _briefly(language) as locale:
        rule: Callable[[int], str] = _english_form if locale is None else locale.plural_form
    return rule


def _in_zone(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _named_city(language: str, zone: str) -> str:
    """The city of a zone in a language, by Unicode CLDR."""
    with _briefly(language) as locale:
        if locale is None:
            return _in_zone(zone)
        from babel.dates import get_timezone_location  # noqa: PLC0415 - see _briefly

        named = str(get_timezone_location(zone, locale=locale, return_city=True))
    return named.rpartition("/")[2]  # where CLDR has no name, it gives what stands behind the continent: "Argentina/Buenos Aires"


@contextmanager
def _briefly(language: str) -> Iterator[Any]:
    """A language's `babel.Locale`, for a moment; None for one that Unicode CLDR does not know.

    To import Babel takes 20 ms and 3 MB that English does without. Of each language that it ever read it keeps all, 20 MB for fourteen;
    we need a rule or a name, so that is let go.
    """
    from babel import Locale, UnknownLocaleError, localedata  # noqa: PLC0415 - see above

    try:
        yield Locale.parse(language, sep="-")
    except UnknownLocaleError:
        yield None
    finally:
        vars(localedata).get("_cache", {}).clear()  # there is no public way; should the name change, tests/test_languages.py tells
