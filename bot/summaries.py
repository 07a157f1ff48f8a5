"""The summary of a problem for whoever helps next: as lines to copy, and as a leaflet, one page in two languages.

Its values, all ids and numbers, are those that `cards.summary` gives its part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.hours import is_zone, local, zone_named
from bot.markup import plain
from bot.model import UNKNOWN, Attempt, Leaflet, Lines, Outcome, Part
from bot.moments import day_of, time_of_day
from bot.wording import Words

NAMED: Final = ("device", "ios")
"""The facts that stand on every leaflet: what is not known of them is left open, to be written in."""
LONGEST: Final = 1800
"""Characters of a summary with all that it can say: about twenty fixes."""
MOST_ERRORS: Final = 4
"""Errors that are named on a leaflet, the last ones."""
_MOST_LEFT: Final = 5
"""Fixes still to be tried that are named in the lines to copy."""
_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class _Tried:
    """A fix, what became of it, and when; `at` is 0 where nobody knows."""

    fix: str
    outcome: Outcome
    at: int


def account(words: Words, part: Part) -> str:
    """The summary as plain lines, to be copied."""
    return plain("\n".join(_lines(words, part)))


def _lines(words: Words, part: Part) -> list[str]:
    """One that would be too long leaves out all but what every helper asks for; the leaflet has it all."""
    full = [*_head(words, part, screen=True), *_days(words, part), *_left(words, part)]
    if sum(len(line) + 1 for line in full) <= LONGEST:
        return full
    return [*_head(words, part, screen=False), *_by_outcome(words, part)]


def _head(words: Words, part: Part, *, screen: bool) -> Iterator[str]:
    """What is wrong, with which phone."""
    yield words.text("replies", "summary-title")
    if names := "; ".join(words.text("intents", error, "name") for error in _ids(part, "errors")):
        yield words.text("replies", "summary-problem", values={"text": names})
    if screen and (shown := _screen(words, part)):
        yield f"{words.text('replies', 'summary-screen')}: {shown}"
    yield from (f"{words.text('questions', fact, 'name')}: {_answer(words, fact, value)}" for fact, value in _facts(part))


def _days(words: Words, part: Part) -> Iterator[str]:
    """What was tried, day by day."""
    for day, tried in groupby(_tried(part), lambda one: _day(part, one.at)):
        if day is not None:
            yield f"{day_of(words.language, day)}:"
        yield from (_line(words, one, _time(words, part, one.at)) for one in tried)


def _by_outcome(words: Words, part: Part) -> Iterator[str]:
    """What was tried, in the fewest words: each outcome is told once, above the fixes that had it."""
    by_outcome: dict[Outcome, list[str]] = {}
    for one in _tried(part):
        by_outcome.setdefault(one.outcome, []).append(words.text("fixes", one.fix, "title"))
    for outcome, titles in by_outcome.items():
        told = words.text("replies", f"outcome-{outcome.value}")
        yield f"{told[:1].upper()}{told[1:]}:"
        yield from (f"- {title}" for title in titles)


def _left(words: Words, part: Part) -> Iterator[str]:
    """What was not tried."""
    if left := _ids(part, "left"):
        more = ("…",) if len(left) > _MOST_LEFT else ()
        titles = (*(words.text("fixes", fix, "title") for fix in left[:_MOST_LEFT]), *more)
        yield f"{words.text('replies', 'summary-left')}: {'; '.join(titles)}"


def tried_lines(words: Words, part: Part) -> Iterator[str]:
    """What was tried, in a line each, for who was there and needs no times."""
    return (_line(words, one, "") for one in _tried(part))


def leaflet(writers: Sequence[Words], part: Part) -> Leaflet:
    """The summary on one page. writers: the person's language, and English below it where that is another."""
    own, say = writers[0], _Sayer(writers)
    facts = dict.fromkeys(NAMED, "") | dict(_facts(part))
    made = _day(part, _number(part, "at"))
    return Leaflet(
        languages=tuple(words.language for words in writers),
        by=own.text("replies", "profile-name"),
        title=say.text("replies", "summary-title"),
        made=say.each(lambda words: day_of(words.language, made, year=True)) if made else (),
        facts=tuple((say.text("questions", fact, "name"), say.answer(fact, value)) for fact, value in facts.items()),
        screen_label=say.text("replies", "summary-screen"),
        screen=say.each(lambda words: _screen(words, part)),
        problems=say.each(lambda words: "; ".join(words.text("intents", error, "name") for error in _ids(part, "errors")[-MOST_ERRORS:])),
        tried_label=say.text("replies", "summary-tried"),
        tried=tuple(say.attempt(part, one) for one in _tried(part)),
        left_label=say.text("replies", "summary-left"),
        left=tuple(say.text("fixes", fix, "title") for fix in _ids(part, "left")),
        notes_label=say.text("replies", "summary-notes"),
        words=account(own, part),
    )


@dataclass(frozen=True, slots=True)
class _Sayer:
    """Says the same in each language of a leaflet; once, where they say it alike."""

    writers: Sequence[Words]

    def each(self, say: Callable[[Words], str]) -> Lines:
        return tuple(dict.fromkeys(text for words in self.writers if (text := plain(say(words)))))

    def text(self, group: str, key: str, field: str = "text") -> Lines:
        return self.each(lambda words: words.text(group, key, field))

    def answer(self, fact: str, value: str) -> Lines:
        return self.each(lambda words: _answer(words, fact, value))

    def attempt(self, part: Part, one: _Tried) -> Attempt:
        told = self.text("replies", f"outcome-{one.outcome.value}")
        return Attempt(self.text("fixes", one.fix, "title"), one.outcome, told, self.each(lambda words: _moment(words, part, one.at)))


# --- what the values say ---------------------------------------------------------------------------------------------------


def _ids(part: Part, name: str) -> tuple[str, ...]:
    listed = part.values.get(name, ())
    return listed if isinstance(listed, tuple) else (str(listed),)


def _number(part: Part, name: str) -> int:
    value = part.values.get(name, 0)
    return value if isinstance(value, int) else 0


def _facts(part: Part) -> Iterable[tuple[str, str]]:
    return ((fact, value) for fact, _, value in (pair.partition(":") for pair in _ids(part, "facts")))


def _tried(part: Part) -> list[_Tried]:
    """The fixes, the first tried first: one that could not be done at first has its second try's place. Older replies have no times."""
    split = [(*told.split(":"), "")[:3] for told in _ids(part, "fixes")]
    return sorted((_Tried(fix, Outcome(outcome), int(at or 0)) for fix, outcome, at in split), key=lambda one: one.at)


def _answer(words: Words, fact: str, value: str) -> str:
    if not value:
        return ""
    return words.text("buttons", "cannot-tell") if value == UNKNOWN else words.text("questions", fact, f"options/{value}")


def _screen(words: Words, part: Part) -> str:
    """How iOS words the error that was worked on last."""
    return next((screen for error in reversed(_ids(part, "errors")) if (screen := words.screen(error))), "")


def _line(words: Words, one: _Tried, time: str) -> str:
    told = words.text("replies", f"outcome-{one.outcome.value}")
    return f"- {words.text('fixes', one.fix, 'title')}: {told}" + (f", {time}" if time else "")


# --- days and times ----------------------------------------------------------------------------------------------------------


def _zone(part: Part) -> ZoneInfo | None:
    zone = str(part.values.get("zone", ""))
    return zone_named(zone) if is_zone(zone) else None


def _day(part: Part, at: int) -> date | None:
    return local(at, _zone(part) or UTC).date() if at else None


def _time(words: Words, part: Part, at: int) -> str:
    """The time of day, where the person told their zone."""
    zone = _zone(part)
    if not at or zone is None or not part.values.get("timed"):
        return ""
    there = local(at, zone)
    return time_of_day(words.language, there.hour * _HOUR + there.minute)


def _moment(words: Words, part: Part, at: int) -> str:
    day = _day(part, at)
    if day is None:
        return ""
    return ", ".join(text for text in (day_of(words.language, day), _time(words, part, at)) if text)
