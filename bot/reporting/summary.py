"""What the counts of a period say: how many came, how far their problems got, what helped, where they stopped, what was understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.model import Decision, Outcome, Stage
from bot.reporting.estimates import Share
from bot.store import Readable
from bot.store.counted import Milestone
from bot.store.counts import OutcomeTotal, Period, ProgressTotal, UnmatchedTotal, outcomes_in, progress_in, unmatched_in


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far the problems got that began with one intent (or all: the intent is empty), and where they stand now."""

    intent: str
    began: int
    offered: int
    tried: int
    solved: int
    support: int

    @property
    def stopped(self) -> int:
        """Those that stand at some card: given up, or still at it."""
        return self.began - self.solved - self.support


@dataclass(frozen=True, slots=True)
class FixRecord:
    """What people told of a fix, whichever their problem was. Only "it worked" and "didn't help" say something of it."""

    fix: str
    outcomes: Mapping[Outcome, int]

    @property
    def helped(self) -> Share:
        worked = self.outcomes.get(Outcome.WORKED, 0)
        return Share(worked, worked + self.outcomes.get(Outcome.DIDNT_HELP, 0))


@dataclass(frozen=True, slots=True)
class Reading:
    """How the messages of a language were read. missed: of those where the bot asked which it was, how many were none of these."""

    language: str
    match: int
    choose: int
    none: int
    missed: int

    @property
    def messages(self) -> int:
        return self.match + self.choose + self.none

    @property
    def not_understood(self) -> Share:
        return Share(self.none + self.missed, self.messages)


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is told of a period. Everything but the maps by day is of the whole of it.

    came: day -> conversations of that day. standing: day -> the problems that began on it. stops: card -> the problems that stand there.
    spans: how long a solved problem took -> how many. reminders: what of -> `agreed`, `asked`, `answered` -> how many.
    """

    period: Period
    came: Mapping[str, int]
    languages: Mapping[str, int]
    standing: Mapping[str, Funnel]
    total: Funnel
    funnels: Sequence[Funnel]
    fixes: Sequence[FixRecord]
    stops: Mapping[str, int]
    spans: Mapping[str, int]
    readings: Sequence[Reading]
    reading: Reading
    reminders: Mapping[str, Mapping[str, int]]
    unmatched: Sequence[UnmatchedTotal]

    @property
    def is_empty(self) -> bool:
        return not (self.came or self.total.began or self.fixes or self.reading.messages)


async def summary_of(database: Readable, period: Period) -> Summary:
    """The summary of a period. Raises StoreError."""
    progress = await progress_in(database, period)
    return summarised(period, progress, await outcomes_in(database, period), await unmatched_in(database, period))


def summarised(
    period: Period, progress: Sequence[ProgressTotal], outcomes: Iterable[OutcomeTotal], unmatched: Sequence[UnmatchedTotal]
) -> Summary:
    """The summary that these totals make."""
    came = [one for one in progress if one.milestone is Milestone.CAME]
    problems = [one for one in progress if one.intent]
    intents = sorted({one.intent for one in problems})
    funnels = [_funnel(intent, [one for one in problems if one.intent == intent]) for intent in intents]
    standing = [one for one in problems if one.milestone is Milestone.STANDS]
    readings = _readings([one for one in progress if one.milestone is Milestone.READ], unmatched)
    return Summary(
        period=period,
        came={day: sum(one.total for one in came if one.day == day) for day in days(period)} if came else {},
        languages=_ranked((one.language, one.total) for one in came),
        standing={day: _funnel("", [one for one in problems if one.day == day]) for day in days(period)},
        total=_funnel("", problems),
        funnels=sorted(funnels, key=lambda funnel: -funnel.began),
        fixes=_fixes(outcomes),
        stops=_ranked((one.value, one.total) for one in standing if one.value not in {Stage.SOLVED.value, Stage.SUPPORT.value}),
        spans=_ranked((one.value, one.total) for one in problems if one.milestone is Milestone.SOLVED_IN),
        readings=readings,
        reading=Reading("", *(sum(getattr(one, name) for one in readings) for name in ("match", "choose", "none", "missed"))),
        reminders=_reminders(one for one in progress if one.milestone is Milestone.REMINDED),
        unmatched=unmatched,
    )


def days(period: Period) -> list[str]:
    """Every day of a period."""
    first, last = date.fromisoformat(period.first), date.fromisoformat(period.last)
    return [(first + timedelta(number)).isoformat() for number in range((last - first).days + 1)]


def _ranked(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The sum of each key, the largest first. What was begun before there were counts may be below nothing, and is left out."""
    sums = Counter[str]()
    for key, total in pairs:
        sums[key] += total
    return {key: total for key, total in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])) if total > 0}


def _funnel(intent: str, problems: Iterable[ProgressTotal]) -> Funnel:
    sums = Counter[tuple[Milestone, str]]()
    for one in problems:
        sums[one.milestone, one.value if one.milestone is Milestone.STANDS else ""] += one.total
    began, offered, tried = (sums[milestone, ""] for milestone in (Milestone.BEGAN, Milestone.OFFERED, Milestone.TRIED))
    solved, support = (sums[Milestone.STANDS, stage.value] for stage in (Stage.SOLVED, Stage.SUPPORT))
    return Funnel(intent, began, offered, tried, solved, support)


def _fixes(outcomes: Iterable[OutcomeTotal]) -> list[FixRecord]:
    """The record of each fix, that of which most is known first. Outcomes that this version does not know are passed over."""
    known = {outcome.value: outcome for outcome in Outcome}
    told: dict[str, Counter[Outcome]] = {}
    for one in outcomes:
        if one.outcome in known:
            told.setdefault(one.fix, Counter())[known[one.outcome]] += one.total
    records = [FixRecord(fix, outcomes) for fix, outcomes in told.items()]
    return sorted(records, key=lambda record: (-record.helped.of, -sum(record.outcomes.values()), record.fix))


def _readings(read: Sequence[ProgressTotal], unmatched: Iterable[UnmatchedTotal]) -> list[Reading]:
    missed = Counter[str]()
    for one in unmatched:
        missed[one.language] += one.choose
    sums = Counter[tuple[str, str]]()
    for total in read:
        sums[total.language, total.value] += total.total
    match, choose, none = (decision.value for decision in Decision)
    codes = {one.language for one in read}
    found = [Reading(code, sums[code, match], sums[code, choose], sums[code, none], missed[code]) for code in codes]
    return sorted(found, key=lambda reading: (-reading.messages, reading.language))


def _reminders(totals: Iterable[ProgressTotal]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for one in totals:
        check, _, what = one.value.partition(" ")
        of_check = sums.setdefault(check, {})
        of_check[what] = of_check.get(what, 0) + one.total
    return sums
