"""A typed time is read as the time to ask again, and nothing else is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.asked_times import AskedTimeReader
from bot.hours import due, wants_zone
from bot.matching import Matcher
from bot.model import Cues, Session, TimeCues
from bot.normalising import words

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("in an hour", "60"),
        ("in 20 minutes", "20"),
        ("remind me in 2 hours", "120"),
        ("in half an hour please", "30"),
        ("8pm", "20:00"),
        ("at 8:30 pm", "20:30"),
        ("12 am", "00:00"),
        ("20:30", "20:30"),
        ("8 o'clock", "~08:00"),
        ("tonight at 8", "20:00"),
        ("i'll do it tonight", "tonight"),
        ("tomorrow morning", "tomorrow"),
        ("heute abend", "tonight"),
        ("in einer stunde", "60"),
        ("um 20 Uhr", "20:00"),
        ("esta noche", "tonight"),
        ("dans 2 heures", "120"),
        ("stasera", "tonight"),
        ("hoje à noite", "tonight"),
        ("over een uur", "60"),
        ("jutro rano", "tomorrow"),
        ("через 2 часа", "120"),
        ("через пару часов", "120"),
        ("напомните через 3 дня", "4320"),
        ("daqui a 3 dias", "4320"),
        ("завтра вранці", "tomorrow"),
        ("yarın sabah", "tomorrow"),
        ("30分後に", "30"),
        ("30분 후", "30"),
        ("晚上8点", "20:00"),
        ("내일 아침에 다시 물어봐 주세요", "tomorrow"),
        ("at 8", "~08:00"),
        ("à 20h", "20:00"),
        ("om 20 uur", "20:00"),
        ("в 20 часов", "20:00"),
        ("tomorrow at 8pm", "+20:00"),
        ("remind me tomorrow at 8", "+08:00"),
        ("tomorrow at 3", "+15:00"),
        ("tomorrow 12:30", "+12:30"),
        ("morgen um 20 Uhr", "+20:00"),
        ("mañana a las 8 de la tarde", "+20:00"),
        ("demain à 20h", "+20:00"),
        ("domani alle 20", "+20:00"),
        ("amanhã às 20h", "+20:00"),
        ("morgen om 20 uur", "+20:00"),
        ("jutro o 20", "+20:00"),
        ("завтра в 20:00", "+20:00"),
        ("завтра о 20", "+20:00"),
        ("yarın saat 20'de", "+20:00"),
        ("明日20時に", "+20:00"),
        ("내일 저녁 8시에", "+20:00"),
        ("明天晚上8点", "+20:00"),
    ],
)
def test_a_time_is_read(matcher: Matcher, text: str, choice: str) -> None:
    """A span, a time of day or one by the clock is the choice that stands for it."""
    assert matcher.read(text).when == choice


@pytest.mark.parametrize(
    "text",
    [
        *("", "ask me later", "it takes 2 hours", "2 hours remaining", "2 hours", "25:00", "8", "120 of 200 gb"),
        *("tomorrow at 25", "in 900 hours", "4:30 and 5:30", "the backup stopped at 8pm"),
    ],
)
def test_other_texts_name_no_time(matcher: Matcher, text: str) -> None:
    """What tells something else, names no time that there is, or leaves it open, sets none."""
    assert matcher.read(text).when == ""


def test_two_times_are_none() -> None:
    """Of two times neither is taken."""
    reader = AskedTimeReader(Cues(times=TimeCues(tonight=("tonight",), tomorrow=("tomorrow",), asking=("or",))))
    assert reader.read("tonight", ["tonight"], asked=False) == "tonight"
    assert reader.read("tonight or tomorrow", words("tonight or tomorrow"), asked=True) == ""


@pytest.mark.parametrize(
    ("choice", "now", "then"),
    [
        ("20:30", (4, 15, 0), (4, 20, 30)),
        ("20:30", (4, 20, 30), (5, 20, 30)),
        ("~08:00", (4, 15, 0), (4, 20, 0)),
        ("~08:00", (4, 21, 0), (5, 8, 0)),
        ("~12:00", (4, 9, 0), (4, 12, 0)),
        ("+20:00", (4, 9, 0), (5, 20, 0)),
        ("+20:00", (4, 23, 0), (5, 20, 0)),
        ("+20:00", (4, 2, 0), (4, 20, 0)),
        ("+01:00", (4, 2, 0), (5, 1, 0)),
    ],
)
def test_the_clock_shows_it_next(choice: str, now: tuple[int, int, int], then: tuple[int, int, int]) -> None:
    """A time by the clock is the next moment at which the clock shows it; where both halves of the day are meant, the nearer.

    Tomorrow is the day after the next sleep: at two in the night it is the day that has begun.
    """
    start, end = (int(datetime(2026, 3, *moment, tzinfo=BERLIN).timestamp()) for moment in (now, then))
    assert due(choice, start, BERLIN) == end


def test_the_clock_needs_a_zone() -> None:
    """A time by the clock means nothing without a zone, so it is asked for; a span needs none."""
    assert wants_zone(Session("x"), "20:30")
    assert not wants_zone(Session("x"), "120")
