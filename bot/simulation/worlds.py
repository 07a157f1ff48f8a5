"""What is to be expected on average, in the world of the author's guesses and in worlds where they are wrong.

Everybody with the same cause is played once, whatever the world: a world only says how often each cause is met, so that its average is a
weighted one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from statistics import fmean, variance
from typing import Final

from bot.model import Guide, Intent
from bot.simulation.best import Best
from bot.simulation.followers import Journey, at_first_card, fitting, with_bot, with_list
from bot.simulation.lists import GUIDE_A, GUIDE_B, written
from bot.simulation.people import Person, causes, person, perturbed

OFF: Final = 0.5
"""How far each share may be off, of itself and either way."""
FEWEST: Final = 4
"""People with one cause: fewer would tell nothing of their differences."""
FOLLOWED: Final = ("bot", "list", "guide A", "guide B")
BEST: Final = "best"
ALL: Final = "all"
MEASURES: Final = ("minutes", "taps", "risky")


@dataclass(frozen=True, slots=True)
class Setting:
    """How much to play: people for each error, and other worlds. The same seed gives the same results."""

    people: int = 1000
    seed: int = 1
    worlds: int = 200


@dataclass(frozen=True, slots=True)
class Average:
    """An average: in the world of the author's guesses, its standard error there, and the average of each other world."""

    value: float
    error: float
    others: tuple[float, ...]

    @property
    def range(self) -> tuple[float, float]:
        """Where 90 % of the other worlds lie."""
        ordered = sorted(self.others) or [self.value]
        last = len(ordered) - 1
        return ordered[round(0.05 * last)], ordered[round(0.95 * last)]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out for one error: who was followed -> measure -> average. `best` has minutes only.

    people: how many were played. at_worst: the bot's minutes over the written list's in the world of all that is worst for the bot.
    """

    error: str
    people: int
    averages: Mapping[str, Mapping[str, Average]]
    at_worst: float

    def minutes(self, who: str) -> float:
        return self.averages[who]["minutes"].value

    @property
    def of_better_guide(self) -> float:
        """The bot's minutes over those of the better guide."""
        return self.minutes("bot") / min(self.minutes("guide A"), self.minutes("guide B"))


@dataclass(frozen=True, slots=True)
class Played:
    """How everybody with one cause fared: who was followed -> measure -> mean, and variance of the mean."""

    means: Mapping[str, Mapping[str, float]]
    variances: Mapping[str, Mapping[str, float]]


def simulate(guide: Guide, intent: Intent, setting: Setting) -> Result:
    """Play people with an error, as many with each cause as it has its share, and weigh them in all worlds."""
    chance = Random(f"{setting.seed} {intent.id}")  # noqa: S311 - chance here need not be secret
    found = causes(guide, intent)
    shares = [cause.share for cause in found]
    follow = _followers(guide, intent)
    crowds = [[person(guide, cause, chance) for _ in range(max(round(setting.people * cause.share), FEWEST))] for cause in found]
    played = [_played([{who: way(one) for who, way in follow.items()} for one in crowd]) for crowd in crowds]
    others = [perturbed(shares, OFF, chance) for _ in range(setting.worlds)]
    averages = {who: {measure: _average(shares, others, played, who, measure) for measure in MEASURES} for who in FOLLOWED}
    best = Best(guide, intent, found, crowds)
    averages[BEST] = {"minutes": Average(best.minutes(shares), 0.0, tuple(best.minutes(world) for world in others))}
    return Result(intent.id, sum(map(len, crowds)), averages, _at_worst(shares, played))


def _followers(guide: Guide, intent: Intent) -> dict[str, Callable[[Person], Journey]]:
    start, entries = at_first_card(guide, intent.id), written(guide, intent)
    return {
        "bot": lambda one: with_bot(guide, start, one),
        "list": lambda one: with_list(guide, entries, one),
        "guide A": lambda one: with_list(guide, GUIDE_A, one, fitting(guide, intent.id, one)),
        "guide B": lambda one: with_list(guide, GUIDE_B, one, fitting(guide, intent.id, one)),
    }


def _played(journeys: Sequence[Mapping[str, Journey]]) -> Played:
    values = {who: {measure: [float(getattr(one[who], measure)) for one in journeys] for measure in MEASURES} for who in FOLLOWED}
    return Played(
        {who: {measure: fmean(found) for measure, found in by.items()} for who, by in values.items()},
        {who: {measure: variance(found) / len(found) for measure, found in by.items()} for who, by in values.items()},
    )


# --- averages --------------------------------------------------------------------------------------------------------------


def _average(shares: Sequence[float], worlds: Sequence[Sequence[float]], played: Sequence[Played], who: str, measure: str) -> Average:
    means = [one.means[who][measure] for one in played]
    error = sqrt(sum(share**2 * one.variances[who][measure] for share, one in zip(shares, played, strict=True)))
    return Average(weighed(shares, means), error, tuple(weighed(world, means) for world in worlds))


def weighed(shares: Sequence[float], means: Sequence[float]) -> float:
    """The average over causes that have these shares and means."""
    return sum(share * mean for share, mean in zip(shares, means, strict=True))


def _at_worst(shares: Sequence[float], played: Sequence[Played]) -> float:
    """The bot's minutes over the written list's where every share is off by as much as it may, and all against the bot.

    No world within the bounds is worse: the sign of the difference depends on each share alone.
    """
    bot, listed = ([one.means[who]["minutes"] for one in played] for who in ("bot", "list"))
    world = [share * (1 + OFF if mine > theirs else 1 - OFF) for share, mine, theirs in zip(shares, bot, listed, strict=True)]
    return weighed(world, bot) / weighed(world, listed)


def overall(results: Sequence[Result]) -> Result:
    """All errors together, each counted alike."""
    count = len(results)

    def average(who: str, measure: str) -> Average:
        found = [one.averages[who][measure] for one in results]
        error = sqrt(sum(one.error**2 for one in found)) / count
        return Average(fmean(one.value for one in found), error, tuple(map(fmean, zip(*(one.others for one in found), strict=True))))

    averages = {who: {measure: average(who, measure) for measure in by} for who, by in results[0].averages.items()}
    return Result(ALL, sum(one.people for one in results), averages, max(one.at_worst for one in results))
