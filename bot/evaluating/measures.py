"""What became of labelled messages, counted. Pure: the messages and the matching come from elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeVar

from bot.identifying import closest
from bot.matching import Matcher
from bot.model import ENGLISH, Decision, Guide, Heard, Kind

T = TypeVar("T")

SCOPE: Final = (Kind.ERROR, Kind.QUESTION)
"""What the bot treats or answers; acts and neighbour topics are out of scope."""
LOOSE_LABELS: Final[Mapping[str, Kind]] = {"out-of-scope": Kind.ELSEWHERE, "smalltalk": Kind.ACT}
"""Labels that say only that a message is out of scope, with what comes closest to them."""
NOTHING: Final = "(nothing)"
"""Stands for the first candidate where there is none."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message as somebody would send it, with the intents that are right for it, the best one first (its label).

    language: the one it is written in. language_code: the one of the sender's app, where it is known. place: its file and line.
    """

    text: str
    right: tuple[str, ...]
    language: str = ENGLISH
    language_code: str | None = None
    place: str = ""

    @property
    def label(self) -> str:
        return self.right[0]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A message that looks like `looks` and means `intent`."""

    text: str
    looks: str
    intent: str
    language: str = ENGLISH
    place: str = ""


class Outcome(StrEnum):
    """What became of a message. Out of scope, whatever is neither taken for an error or question nor asked about is right."""

    RIGHT = "right"
    ASKED = "asked"
    OUTSIDE = "taken for out of scope"
    WRONG = "matched wrong"
    NOT_FOUND = "not found"


@dataclass(frozen=True)
class Result:
    """One message with what was read from it.

    kind: of its label. matched_kind: of what it was taken for. right: all intents that are right for it.
    """

    said: Utterance
    heard: Heard
    kind: Kind
    matched_kind: Kind | None
    right: frozenset[str]

    @property
    def top_1(self) -> bool:
        return self._within(1)

    @property
    def top_3(self) -> bool:
        return self._within(3)

    def _within(self, places: int) -> bool:
        return any(candidate.intent in self.right for candidate in self.heard.candidates[:places])

    @property
    def in_scope(self) -> bool:
        return self.kind in SCOPE

    @property
    def matched(self) -> bool:
        """Taken for an error or a question without asking."""
        return self.matched_kind in SCOPE

    @property
    def taken_rightly(self) -> bool:
        """Taken for a right intent without asking."""
        return self.heard.decision is Decision.MATCH and self.heard.intents[0] in self.right

    @property
    def offered(self) -> bool:
        """A right intent stands among the choices, or is taken as the answer to the card on the table."""
        return any(intent in self.right for intent in (*self.heard.intents, self.heard.act))

    @property
    def language_found(self) -> bool:
        """Read as being in the language that it is in (`pt` where the guide has `pt-BR`, and the other way round)."""
        heard = self.heard.language
        return heard is not None and closest(self.said.language, (heard,)) == heard

    @property
    def first(self) -> str:
        """The first candidate; the label itself, where what comes first is as right."""
        if self.top_1:
            return self.said.label
        return self.heard.candidates[0].intent if self.heard.candidates else NOTHING

    @cached_property
    def outcome(self) -> Outcome:
        if self.matched:
            return Outcome.RIGHT if self.in_scope and self.taken_rightly else Outcome.WRONG
        if self.heard.decision is Decision.CHOOSE:
            return Outcome.ASKED
        if not self.in_scope:
            return Outcome.RIGHT
        return Outcome.OUTSIDE if self.heard.decision is Decision.MATCH else Outcome.NOT_FOUND


def results(guide: Guide, matcher: Matcher, said: Iterable[Utterance]) -> list[Result]:
    """What the matching makes of each message, on the road that the bot's own messages take."""
    loosely = frozenset(intent.id for intent in guide.intents.values() if intent.kind not in SCOPE)
    return [_result(guide, matcher.read(one.text, hint=one.language_code), one, loosely) for one in said]


def _result(guide: Guide, heard: Heard, said: Utterance, loosely: frozenset[str]) -> Result:
    matched = guide.intents[heard.intents[0]].kind if heard.decision is Decision.MATCH else None
    loose = said.label in LOOSE_LABELS
    kind = LOOSE_LABELS[said.label] if loose else guide.intents[said.label].kind
    return Result(said, heard, kind, matched, frozenset(said.right) | (loosely if loose else frozenset()))


# --- counting ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def percent(self) -> float:
        """Per cent; not a number (so that no floor holds) where there is nothing to count."""
        return 100.0 * self.count / self.of if self.of else math.nan


def share(listed: Sequence[T], holds: Callable[[T], object]) -> Share:
    """Of how many something holds."""
    return Share(sum(bool(holds(one)) for one in listed), len(listed))


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of understanding. All but the last two are over the messages in scope."""

    top_1: Share
    top_3: Share
    matched_right: Share
    asked: Share
    taken_for_out_of_scope: Share
    matched_wrong: Share
    not_found: Share
    out_of_scope_matched: Share
    out_of_scope_asked: Share


def measured(listed: Iterable[Result]) -> Measures:
    """The measures over some messages."""
    inside: list[Result] = []
    outside: list[Result] = []
    for one in listed:
        (inside if one.in_scope else outside).append(one)
    return Measures(
        top_1=share(inside, lambda one: one.top_1),
        top_3=share(inside, lambda one: one.top_3),
        matched_right=_ended(inside, Outcome.RIGHT),
        asked=_ended(inside, Outcome.ASKED),
        taken_for_out_of_scope=_ended(inside, Outcome.OUTSIDE),
        matched_wrong=_ended(inside, Outcome.WRONG),
        not_found=_ended(inside, Outcome.NOT_FOUND),
        out_of_scope_matched=_ended(outside, Outcome.WRONG),
        out_of_scope_asked=_ended(outside, Outcome.ASKED),
    )


def _ended(listed: Sequence[Result], outcome: Outcome) -> Share:
    return share(listed, lambda one: one.outcome is outcome)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of messages of one kind, or of one label, in scope or out of it.

    right: taken for a right intent at once. wrong: taken for a wrong error or question at once. offered: not taken at once, and a right
    intent was among the buttons. not_found: the decision is none.
    """

    top_1: Share
    top_3: Share
    right: Share
    wrong: Share
    offered: Share
    not_found: Share


def tallied(listed: Sequence[Result]) -> Tally:
    """What became of some messages."""
    return Tally(
        top_1=share(listed, lambda one: one.top_1),
        top_3=share(listed, lambda one: one.top_3),
        right=share(listed, lambda one: one.taken_rightly),
        wrong=share(listed, lambda one: one.matched and not one.taken_rightly),
        offered=share(listed, lambda one: one.heard.decision is not Decision.MATCH and one.offered),
        not_found=share(listed, lambda one: one.heard.decision is Decision.NONE),
    )


def shares_of(counted: Measures | Tally) -> list[tuple[str, Share]]:
    """The names and values of all that was counted."""
    return [(field.name, getattr(counted, field.name)) for field in fields(counted)]


def grouped(listed: Iterable[Result], by: Callable[[Result], str]) -> dict[str, list[Result]]:
    """The results in groups, in the order of the groups' names."""
    groups: dict[str, list[Result]] = {}
    for one in listed:
        groups.setdefault(by(one), []).append(one)
    return dict(sorted(groups.items()))


def by_label(listed: Iterable[Result]) -> dict[str, list[Result]]:
    return grouped(listed, lambda one: one.said.label)


def by_kind(listed: Iterable[Result]) -> dict[str, list[Result]]:
    """The results by what their labels are, in the order of `Kind`."""
    groups = grouped(listed, lambda one: one.kind.value)
    return {kind.value: groups[kind.value] for kind in Kind if kind.value in groups}


def by_language(listed: Iterable[Result]) -> dict[str, list[Result]]:
    return grouped(listed, lambda one: one.said.language)


def confusion(listed: Iterable[Result]) -> dict[str, Counter[str]]:
    """Label -> first candidate -> how often. Whatever is as right as the label counts as the label."""
    return {label: Counter(one.first for one in own) for label, own in by_label(listed).items()}


def mistaken(matcher: Matcher, misses: Iterable[NearMiss]) -> list[NearMiss]:
    """The near misses that are taken for what they only look like."""
    return [miss for miss in misses if _takes(matcher.read(miss.text), miss.looks)]


def _takes(heard: Heard, intent: str) -> bool:
    return heard.decision is Decision.MATCH and heard.intents[0] == intent
