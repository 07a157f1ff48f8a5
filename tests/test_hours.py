"""When people are asked again, and when they are left in peace: at night, in any zone, when the clocks change, and when they are set."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import hours
from bot.model import Check, Pressed, Session, TimerFired
from tests.conversing import DAY, HOUR, MINUTE, START, Talk, checked
from tests.moves import BOT, Moment, Move, any_conversation, moments

ZONES: Final = sorted(
    {zone for zones in hours.ZONES.values() for zone in zones} | {"Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.integers(START - 10 * 365 * DAY, START + 10 * 365 * DAY)
choices = st.sampled_from(["30", "240", "720", "1440", "2880", "tonight", "tomorrow"])


def at(written: str, zone: str) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).timestamp())


def told(moment: int, zone: str) -> str:
    return hours.local(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def waiting(zone: str, now: int) -> Talk:
    """Somebody in a zone, on the card of an update, which takes its time."""
    talk = Talk(BOT, session=Session("tests", zone=zone), now=now)
    return talk.take("ios-bug").press("tell last_backup:days").press("decline")


# --- times ---------------------------------------------------------------------------------------------------------------


@given(times, choices, zones)
def test_no_reminder_is_due_at_night(now: int, choice: str, zone: ZoneInfo) -> None:
    """Whatever is chosen, whenever and wherever, is due later than now, by day, and put off by one night at most."""
    wanted = hours.due(choice, now, zone)
    agreed = hours.by_day(wanted, zone)
    assert now < wanted <= agreed <= wanted + 11 * HOUR
    assert 8 <= hours.local(agreed, zone).hour < 22
    assert hours.by_day(agreed, zone) == agreed


@given(times, zones)
def test_the_morning_after_comes_after_a_night(now: int, zone: ZoneInfo) -> None:
    """Half past nine by the clocks there, after eight hours at least and within a day and a half."""
    due = hours.morning_after(now, zone)
    assert hours.local(due, zone).strftime("%H:%M") == "09:30"
    assert 8 * HOUR <= due - now <= 33 * HOUR


@pytest.mark.parametrize(
    ("choice", "now", "then"),
    [
        ("tomorrow", "2026-03-28 20:00", "2026-03-29 09:00"),
        ("tomorrow", "2026-10-24 20:00", "2026-10-25 09:00"),
        ("tomorrow", "2026-10-25 02:30", "2026-10-25 09:00"),
        ("tonight", "2026-03-29 01:30", "2026-03-29 20:00"),
        ("tonight", "2026-06-01 19:30", "2026-06-01 20:30"),
        ("30", "2026-03-28 23:50", "2026-03-29 08:00"),
        ("30", "2026-06-01 21:20", "2026-06-01 21:50"),
        ("30", "2026-06-01 21:40", "2026-06-02 08:00"),
    ],
)
def test_by_the_clocks_there(choice: str, now: str, then: str) -> None:
    """The clocks go forward or back in that night, and the time of day is what was said."""
    zone = "Europe/Berlin"
    assert told(hours.by_day(hours.due(choice, at(now, zone), ZoneInfo(zone)), ZoneInfo(zone)), zone) == then


def test_a_guess_is_made_only_where_it_is_sure() -> None:
    """A language spoken in one time gives the night away, one spoken in many does not; what was told goes first."""
    assert str(hours.zone_of(Session("s", language="de"), START)) == "Europe/Berlin"
    assert hours.zone_of(Session("s", language="en"), START) is None
    assert hours.zone_of(Session("s", language="xx"), START) is None
    assert str(hours.zone_of(Session("s", language="de", zone="Asia/Tokyo"), START)) == "Asia/Tokyo"
    assert hours.zone_of(Session("s", language="en", zone="unknown"), START) is None


def test_a_zone_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many zones a language has, none of their files is read at each step: `zoneinfo` itself keeps only eight."""
    spoken = Session("s", language="en")
    guessed = hours.zone_of(spoken, START)

    def reads(name: str) -> ZoneInfo:
        raise AssertionError(f"{name} is read again")

    monkeypatch.setattr(hours, "ZoneInfo", reads)
    assert len(hours.ZONES["en"]) > 8
    assert hours.zone_of(spoken, START) == guessed


@pytest.mark.parametrize("written", ["new york", "America/New_York", "NEW  YORK"])
def test_a_city_is_found(written: str) -> None:
    assert hours.found_zone(written) == "America/New_York"


@pytest.mark.parametrize("written", ["", " ", "nowhere", "../../etc/passwd", "Europe"])
def test_what_is_no_city_is_not_found(written: str) -> None:
    assert hours.found_zone(written) is None


def test_every_zone_to_choose_from_exists() -> None:
    assert all(hours.is_zone(zone) for zone in ZONES)
    assert set(BOT.responses) <= hours.ZONES.keys()


# --- laws over random conversations ----------------------------------------------------------------------------------------


@given(any_conversation)
def test_one_reminder_lives_at_a_time_and_it_is_kept(moves: list[Move]) -> None:
    """Each timer that is set is the session's own reminder, by day where a zone is known; only that one rings, and once."""
    for moment in moments(moves):
        reminder = moment.after.reminder
        assert len(moment.turn.timers) <= 1
        for timer in moment.turn.timers:
            assert reminder is not None
            assert (timer.due, timer.session, timer.turn) == (reminder.due, moment.after.id, reminder.turn)
            assert not hours.is_night(timer.due, hours.zone_of(moment.after, moment.now))
        if reminder is not None:
            live = TimerFired(moment.after.id, reminder.turn)
            now = reminder.due
            rung = checked(moment.guide, moment.after, live, now)
            if rung.replies:
                assert not reminder.rang
                assert checked(moment.guide, rung.session, live, now).replies == ()


@given(any_conversation)
def test_no_reminder_outlives_its_problem(moves: list[Move]) -> None:
    """A reminder of a fix lives on its card, one of the night at the end of an error; after a new start or /forget there is none."""
    for moment in moments(moves):
        reminder = moment.after.reminder
        if reminder is not None:
            assert moment.after.stage == ("fixing" if reminder.check is Check.FIX else "solved")
            assert moment.after.problem is not None
        if moment.turn.forget or moment.after.problem is None:
            assert reminder is None


@given(any_conversation, st.integers(0, 3 * DAY))
def test_whoever_said_stop_is_not_written_to(moves: list[Move], later: int) -> None:
    """After "Stop reminding me" no timer that was ever set says a word."""
    played: list[Moment] = list(moments(moves))
    timers = [timer for moment in played for timer in moment.turn.timers]
    for moment in played[-1:]:
        stopped = checked(moment.guide, moment.after, Pressed(moment.after.id, moment.after.turn, "stop"), moment.now)
        for timer in timers:
            fired = TimerFired(timer.session, timer.turn)
            assert checked(moment.guide, stopped.session, fired, moment.now + later).replies == ()


@given(any_conversation)
def test_the_night_is_asked_about_once_in_a_problem(moves: list[Move]) -> None:
    """Of one problem the morning after is asked about once at most, whatever is reopened and solved again."""
    asked = [moment.after.problem.turn for moment in moments(moves) if "night-asked" in moment.parts and moment.after.problem is not None]
    assert len(asked) == len(set(asked))


# --- special cases -----------------------------------------------------------------------------------------------------------


@given(st.sampled_from(ZONES), times, st.integers(-3 * DAY, 10 * DAY))
def test_a_clock_that_moved_wakes_nobody(zone: str, now: int, moved: int) -> None:
    """A timer that rings at another time than agreed on, as the clock was set or the bot was off, is silent at night, and due by day."""
    talk = waiting(zone, now).press("wait", "remind 45")
    [timer] = talk.turn.timers
    talk.now = timer.due + moved
    talk.send(TimerFired(timer.session, timer.turn))
    if talk.turn.replies:
        assert not hours.is_night(talk.now, ZoneInfo(zone))
    else:
        [later] = talk.turn.timers
        assert later.due > talk.now
        talk.now = later.due
        assert talk.send(TimerFired(later.session, later.turn)).parts == ["asking-again"]


NIGHTS: Final = (
    ("2026-03-28 21:00", "2026-03-29 09:30"),
    ("2026-10-24 21:00", "2026-10-25 09:30"),
    ("2026-06-02 00:30", "2026-06-02 09:30"),
    ("2026-06-02 03:00", "2026-06-03 09:30"),
)
"""A time of success, and when the night is asked about."""


@pytest.mark.parametrize(("success", "asked"), NIGHTS)
def test_the_morning_after(success: str, asked: str) -> None:
    """It is asked about by the clocks there, also when they change in that night; and not again after it was solved once more."""
    talk = waiting("Europe/Berlin", at(success, "Europe/Berlin")).press("worked update")
    [timer] = talk.turn.timers
    assert told(timer.due, "Europe/Berlin") == asked
    talk.now = timer.due
    assert talk.send(TimerFired(timer.session, timer.turn)).parts == ["night-asked"]
    assert talk.press("didnt-run").parts[0] == "night-failed"
    assert "tried update didnt-help" in talk.history
    assert talk.mean("it-worked").turn.timers == ()


@pytest.mark.parametrize(("act", "part"), [("yes", "night-ran"), ("no", "night-failed"), ("stop-reminding", "reminders-off")])
def test_answers_of_the_morning_are_typed(act: str, part: str) -> None:
    talk = waiting("Europe/Berlin", START).press("worked update").later(2 * DAY)
    [timer] = talk.turn.timers
    talk.now = timer.due
    assert talk.send(TimerFired(timer.session, timer.turn)).mean(act).parts[0] == part


def test_the_zone_is_asked_for_once() -> None:
    """Who cannot tell is reminded at this time tomorrow, and not asked again; the night is then not known."""
    talk = waiting("", START).press("wait", "remind tonight")
    assert talk.parts == ["zone-ask"]
    talk.press("zone tonight@")
    assert (talk.parts[0], talk.turn.timers[0].due) == ("will-ask", START + DAY)
    talk.press("wait", "remind tomorrow")
    assert (talk.parts[0], talk.session.zone) == ("will-ask", "unknown")


def test_minutes_need_no_zone() -> None:
    talk = waiting("", START).press("wait", "remind 45")
    assert talk.turn.timers[0].due == START + 45 * MINUTE
