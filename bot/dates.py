"""How long ago something was, as people put it: `today`, `3 weeks ago`, `12 March`, `2026-03-12`, `03:12`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

_NUMBERS: Final = {
    **{word: number for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)},
    **dict.fromkeys(("a", "an", "last"), 1),
    "couple": 2,
    **dict.fromkeys(("few", "some", "several"), 3),
}
DAYS: Final = {"hour": 0.04, "minute": 0.001, "day": 1, "night": 1, "week": 7, "month": 30, "year": 365}
"""How many days each unit is, as far as it matters here."""
_NOW: Final = {"today": 0, "now": 0, "tonight": 0, "yesterday": 1, "morning": 0}
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = "january february march april may june july august september october november december".split()
_SPAN: Final = re.compile(rf"\b(\d{{1,4}}|{'|'.join(_NUMBERS)})(?: of)? (hour|minute|day|night|week|month|year)s?\b")
_SIGNS: Final = re.compile(r"(?:(\d{4}) ?[年년] ?)?(?<!\d)(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日号號일])?")
"""A date as Chinese, Japanese and Korean write it: 2025年3月14日, 3월 14일."""
_ISO: Final = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_NUMERIC: Final = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{2,4}))?\b")
_MONTH: Final = "|".join(name[:3] for name in MONTHS)
_ORDINAL: Final = "(?:st|nd|rd|th)?"
_NAMED: Final = re.compile(
    rf"\b(?:(\d{{1,2}}){_ORDINAL}(?: of)? |(in|since|from|of|last) )?({_MONTH})[a-z]*\.?"
    rf"(?: (\d{{1,2}}){_ORDINAL}(?!\d))?(?:,? (\d{{4}}))?\b"
)
_CLOCK: Final = re.compile(r"\b\d{1,2}:\d{2}\b")
_REMINDER: Final = re.compile(
    r"\b(\d{1,4}) (day|week|month)s? since (?:the |my |your )?last backup\b|\bnot (?:been )?backup in (\d{1,4}) (day|week|month)s?\b"
)
_YEAR_DIGITS: Final = 100


def days_ago(text: str, today: date, *, day_first: bool = False) -> float | None:
    """How many days ago a text says that something was; None when it says nothing of it. A day without a year is the last such day.

    day_first: whether 06/10 is surely the sixth of October.
    """
    plain = text.casefold()
    found = _by_date(plain, today, day_first=day_first)
    if found is None:
        found = _by_span(plain)
    if found is None:
        found = _by_word(plain, today)
    return 0 if found is None and _CLOCK.search(plain) else found


def reminded_days(plain_words: str) -> float | None:
    """How many days ago iOS's own reminder says that the last backup was. plain_words: of `normalising.words`, joined by blanks."""
    found = _REMINDER.search(plain_words)
    return float(found[1] or found[3]) * DAYS[found[2] or found[4]] if found else None


def _by_date(plain: str, today: date, *, day_first: bool) -> float | None:
    if found := _SIGNS.search(plain):
        return _age(int(found[1]) if found[1] else None, int(found[2]), int(found[3] or 1), today)
    if found := _ISO.search(plain):
        return _age(int(found[1]), int(found[2]), int(found[3]), today)
    found = next((found for found in _NAMED.finditer(plain) if found[1] or found[2] or found[4] or found[5]), None)
    if found:  # a bare "may" or "march" is a word like any other
        month = _MONTH.split("|").index(found[3]) + 1
        return _age(int(found[5]) if found[5] else None, month, int(found[1] or found[4] or 1), today)
    if found := _NUMERIC.search(plain):
        first, second, year = int(found[1]), int(found[2]), int(found[3]) if found[3] else None
        orders = ((second, first),) if day_first else ((first, second), (second, first))
        ages = {age for month, day in orders if (age := _age(year, month, day, today)) is not None}
        return ages.pop() if len(ages) == 1 else None  # 06/10 is June to one person and October to another
    return None


def _age(year: int | None, month: int, day: int, today: date) -> float | None:
    century = year + 2000 if year is not None and year < _YEAR_DIGITS else year
    try:
        then = date(century or today.year, month, day)
        if then > today and century is None:
            then = date(today.year - 1, month, day)
    except ValueError:
        return None
    days = (today - then) / timedelta(days=1)
    return max(days, 0) if days >= -1 else None  # tomorrow: the person's clock may be ahead; later: no date of a backup


def _by_span(plain: str) -> float | None:
    found = _SPAN.search(plain)
    if found is None:
        return None
    number = int(found[1]) if found[1].isdigit() else _NUMBERS[found[1]]
    return number * DAYS[found[2]]


def _by_word(plain: str, today: date) -> float | None:
    words = re.findall(r"[a-z]+", plain)
    for word in words:
        if word in _NOW:
            return _NOW[word]
        if word in _WEEKDAYS:
            return (today.weekday() - _WEEKDAYS.index(word)) % 7
    return None
