"""What /status answers: how the bot is, and how people fared today and in the last seven days. In English, days by UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Final

from bot.reporting.estimates import Share
from bot.reporting.names import Names
from bot.reporting.summary import Reading, Summary, summary_of
from bot.reporting.tables import standing
from bot.store import Readable
from bot.store.counts import Period
from bot.store.health import Health, health_of

WEEK: Final = 7
MOST: Final = 3
"""Fixes, and languages, that are named."""
LONGEST: Final = 44
"""Letters of a name."""
BAR: Final = 12
"""The widest bar in words."""
PARTS: Final = (("green", "solved"), ("amber", "Apple Support"), ("grey", "open, given up"))
"""The colour of each part of the chart, and what it stands for."""
SIGNS: Final = "█▓░"
"""The same where there is no picture."""
TITLE: Final = "Problems by the day they began (UTC)"


@dataclass(frozen=True, slots=True)
class Process:
    """The program that answers. started: when, in seconds since 1970. takes: how updates come."""

    version: str
    started: int
    takes: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the bot is at a moment, and what the counts say of its day and its last seven days."""

    process: Process
    now: int
    health: Health
    today: Summary
    week: Summary

    @property
    def days(self) -> list[tuple[str, tuple[int, int, int]]]:
        """Each of the seven days: its name, and its problems by where they stand (see `PARTS`)."""
        return [
            (f"{date.fromisoformat(day):%a} {int(day[-2:])}", (max(one.solved, 0), max(one.support, 0), max(one.stopped, 0)))
            for day, one in self.week.standing.items()
        ]


async def status_of(database: Readable, process: Process, now: int) -> Status:
    """The status at a moment. Raises StoreError."""
    today = datetime.fromtimestamp(now, UTC).date()
    health = await health_of(database, now)
    week = Period((today - timedelta(WEEK - 1)).isoformat(), today.isoformat())
    return Status(process, now, health, await summary_of(database, Period(week.last, week.last)), await summary_of(database, week))


def heading(process: Process, now: int) -> str:
    """Which program it is, as HTML of Telegram's."""
    return f"<b>Backup Medic {escape(process.version)}</b>, up {_time(now - process.started)}, by {escape(process.takes)}"


def as_message(status: Status, names: Names) -> str:
    """The status as HTML of Telegram's; without its tags short enough for the words below a picture."""
    health, week = status.health, status.week
    waiting = f", the oldest {_time(health.late)} late" if health.late else ""
    tried = f", {health.retried} tried before" if health.retried else ""
    aside = f"Put aside: {_many(health.poison, 'update')}, {_many(health.dead_letters, 'reply', 'replies')}"
    lines = [
        heading(status.process, status.now),
        f"Store: works. Queue: {_many(health.queue, 'reply', 'replies')}{waiting}{tried}. {aside}.",
        *_fared("Today", f"{week.period.last}, UTC", status.today),
        *_fared(f"Last {WEEK} days", f"since {week.period.first}, UTC", week),
        *_helped(week, names),
        *_not_understood(week, names),
    ]
    return "\n".join(lines)


def bars(status: Status) -> str:
    """The chart in words, for where no picture can be drawn or sent."""
    most = max(sum(sizes) for _, sizes in status.days) or 1
    legend = ", ".join(f"{sign} {name}" for sign, (_, name) in zip(SIGNS, PARTS, strict=True))
    rows = [f"{name:<7}{_bar(sizes, most):<{BAR}} {sum(sizes)}" for name, sizes in status.days]
    return f"{TITLE}\n<pre>" + escape("\n".join((*rows, legend))) + "</pre>"


def _bar(sizes: Sequence[int], most: int) -> str:
    """As wide as all of it is; each part ends where it should, to the nearest letter."""
    ends = [round(BAR * sum(sizes[: place + 1]) / most) for place in range(len(sizes))]
    return "".join(sign * (end - begin) for sign, begin, end in zip(SIGNS, [0, *ends], ends, strict=False))


def _fared(title: str, when: str, summary: Summary) -> list[str]:
    conversations = _many(sum(summary.came.values()), "conversation")
    problems = f"{_many(summary.total.began, 'problem')} began" + (f": {standing(summary.total)}" if summary.total.began else "")
    return ["", f"<b>{title}</b> ({when})", f"{conversations}, {problems}"]


def _helped(week: Summary, names: Names) -> list[str]:
    records = sorted((one for one in week.fixes if one.helped.part), key=lambda one: (-one.helped.part, one.fix))
    named = [f"· {_short(names.fix(one.fix))}: {_of(one.helped)}" for one in records[:MOST]]
    return ["Helped most:", *named] if named else []


def _not_understood(week: Summary, names: Names) -> list[str]:
    missed = [one for one in week.readings if one.not_understood.part]
    worst = sorted(missed, key=lambda one: (-one.not_understood.part, one.language))[:MOST]
    told = "; ".join(_of_language(one, names) for one in worst)
    return [f"Not understood: {_of(week.reading.not_understood)} messages" + (f" ({told})" if told else "")]


def _of_language(reading: Reading, names: Names) -> str:
    return f"{_short(names.language(reading.language))} {_of(reading.not_understood)}"


def _of(share: Share) -> str:
    return f"{share.part} of {share.of}"


def _short(name: str) -> str:
    return escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…", quote=False)


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _time(seconds: int) -> str:
    """A time in its largest unit, and the next one where that is hours or days."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
