"""Russian and Ukrainian in Latin letters are understood as if they had been typed in their own."""

from __future__ import annotations

import pytest

from bot.matching import Matcher
from bot.model import Decision
from bot.transliterating import in_cyrillic


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("kopirovanie", "ru", "копирование"),
        ("kopiyu", "ru", "копию"),
        ("kopiu", "ru", "копию"),
        ("chto", "ru", "что"),
        ("eshche", "ru", "еще"),
        ("sdelat", "ru", "сделать"),
        ("etot", "ru", "этот"),
        ("mobilnyy", "ru", "мобилный"),
        ("hmara", "uk", "гмара"),
        ("kopiya", "uk", "копія"),
        ("50", "ru", "50"),
    ],
)
def test_a_word_is_put_back(typed: str, language: str, meant: str) -> None:
    """Letters that are typed for one are one again, and ends are mended."""
    assert in_cyrillic(typed, language) == meant


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("v icloud net mesta dlya bekapa", "storage-full"),
        ("kopirovanie zavislo na 0", "stalled"),
        ("bekap obryvaetsya iz za plohoy seti", "poor-network"),
        ("prosit parol ot apple id i bekap ne idet", "account-check"),
        ("ne rabotaet rezervnoe kopirovanie", "not-backing-up"),
        ("ne robyt rezervnu kopiyu", "not-backing-up"),
    ],
)
def test_understood_without_cyrillic(matcher: Matcher, text: str, intent: str) -> None:
    """What is surely meant is found, whatever the language of the app."""
    heard = matcher.read(text, hint="en")
    assert (heard.decision, heard.intents[:1]) == (Decision.MATCH, (intent,))


def test_acts_without_cyrillic(matcher: Matcher) -> None:
    """So are answers to a card, which are short."""
    assert [matcher.read(text, hint="ru").act for text in ("ne pomoglo", "ya uzhe eto delal", "kak eto sdelat")] == [
        "didnt-help",
        "already-did",
        "show-me",
    ]


@pytest.mark.parametrize("text", ["no hace copia", "se traba el respaldo", "zaloha nefunguje", "yedekleme yapmiyor", "asdf qwer zxcv"])
def test_other_languages_stay(matcher: Matcher, text: str) -> None:
    """What is written in Latin letters anyway is read as it stands, even by somebody whose app is Russian."""
    assert matcher.read(text, hint="ru").language not in ("ru", "uk")
