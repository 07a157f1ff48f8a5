"""The guide: all content, read-only. Intents and their fixes, facts, cues, and the texts of each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

UNKNOWN: Final = "unknown"
"""The value of a fact that was asked for and that the person could not tell: it rules nothing out, and is not asked again."""

ENGLISH: Final = "en"
"""The language that is complete, stands with the intents themselves, and is spoken where another is not."""


class Kind(StrEnum):
    """What an intent is, and so what the bot does with it."""

    ERROR = "error"
    QUESTION = "question"
    ACT = "act"
    ELSEWHERE = "elsewhere"


class Risk(StrEnum):
    """What a fix can cost the person beyond minutes."""

    NONE = "none"
    MONEY = "money"
    DATA = "data"
    SETTINGS = "settings"


class Likely(StrEnum):
    """How often a fix cures this error, by the author's judgement."""

    OFTEN = "often"
    SOMETIMES = "sometimes"
    RARELY = "rarely"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way in which people, or iOS itself, put an intent. `screen` marks iOS's own words; `facts` are what it gives away."""

    text: str
    language: str
    screen: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


ByLanguage = Mapping[str, tuple[str, ...]]
"""Language -> words."""

Conditions = Mapping[str, tuple[str, ...]]
"""Fact -> the values under which something applies; all of them must hold."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place in an intent's order: a card of one or more fixes, or (with `go`) a hand-over to another error.

    `cures` says, where it differs from the fixes' own, whether success here ends the problem.
    """

    fixes: tuple[str, ...] = ()
    go: str | None = None
    likely: Likely = Likely.SOMETIMES
    only_if: Conditions = field(default_factory=dict)
    source: tuple[str, ...] = ()
    cures: bool | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A problem, question, act or neighbour topic that we recognise.

    `vague`: an error that says that the backup fails, not why; it gives way to another error in the same message.
    `menu`: its place in the menu, if it has one. `screens`: language -> how iOS words it first of all.
    """

    id: str
    kind: Kind
    phrases: Sequence[Phrase] = ()
    steps: tuple[Step, ...] = ()
    then: str | None = None
    menu: int | None = None
    source: tuple[str, ...] = ()
    vague: bool = False
    screens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sketch:
    """From what the picture of a fix is drawn; its words stand in the fix's steps, which are counted from 1.

    path: the step with the Settings path. row, action, switch: the step that names, in bold, what is then opened, tapped, or switched
    (`on` or off).
    buttons: the fact that says which buttons restart the phone. unless: where the picture would be wrong.
    """

    path: int = 0
    row: int = 0
    action: int = 0
    switch: int = 0
    on: bool = True
    buttons: str = ""
    unless: Conditions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to try, without its words (those stand in responses/).

    `asks`: the fact that looking finds out (such a fix cures nothing by itself). `needs`: facts on which its words depend.
    `wait`: minutes after which it makes sense to ask again, 0 for never. `ends`: it closes the road (Apple Support).
    `done`: language -> words that say that somebody did it; `named`: words that only name it, and need a cue beside them.
    """

    id: str
    minutes: int
    risk: Risk = Risk.NONE
    only_if: Conditions = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    asks: str | None = None
    confirm: bool = False
    test: str | None = None
    wait: int = 0
    cures: bool = True
    ends: bool = False
    source: tuple[str, ...] = ()
    picture: Sketch | None = None
    done: ByLanguage = field(default_factory=dict)
    named: ByLanguage = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimeCues:
    """The words of one language that say when to be asked again: "in an hour", "8 o'clock", "tonight".

    `minutes` and `hours` stand behind a number, `oclock`, `am` and `pm` beside an hour of the day, `at` before it. `asking`: what such
    a request may have besides ("remind me", "please").
    """

    minutes: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    half_hour: tuple[str, ...] = ()
    one_hour: tuple[str, ...] = ()
    two_hours: tuple[str, ...] = ()
    tonight: tuple[str, ...] = ()
    tomorrow: tuple[str, ...] = ()
    oclock: tuple[str, ...] = ()
    am: tuple[str, ...] = ()
    pm: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgeCues:
    """The words of one language that say how long ago something was: "3 weeks ago", "in March".

    `days` to `years` stand behind a number. `month_names`: twelve, from January on, each without its endings; or none. A language that has
    them puts the day before the month in figures as well.
    """

    days: tuple[str, ...] = ()
    weeks: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    month_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cues:
    """The small words of one language that tell what was done from what was not.

    `joins`: words between two statements. `seconds`: those that may bring a second trouble ("and", "also"; not "because").
    `did`: what says of a fix that is only named that it was done ("tried", "did not help"). `undone`: what says that something was
    not done, or is only asked for or spoken of. `denied`: what says that a trouble is not there.
    `fine`: the same without a "not" of its own: "plenty of space". `says`: after these words stands what a
    screen shows. `fillers`: what says nothing around an answer ("I think it was").
    `times`: what says when to be asked again. `ages`: what says how long ago something was.
    """

    joins: tuple[str, ...] = ()
    seconds: tuple[str, ...] = ()
    did: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    times: TimeCues = TimeCues()
    ages: AgeCues = AgeCues()


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing worth knowing about the phone or its owner.

    `said`: value -> language -> words that tell it in any message. `answered`: the same, but only as an answer to its question.
    `lasting`: still true when a new problem starts. `ages`: value -> days; a date or an age is the first value that it does not exceed.
    `about`: the intents that a message must be about for its words to tell it; none means any message.
    `summary`: it stands in the list for Apple Support. `unsure`: the value that "I can't tell" counts as, where doubt must decide.
    `implies`: value -> other facts that follow from it, so that nobody is asked for them.
    """

    id: str
    values: tuple[str, ...]
    said: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    answered: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    lasting: bool = False
    ages: Mapping[str, int] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    summary: bool = True
    unsure: str = UNKNOWN
    implies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ByFact:
    """A text that depends on one fact: value -> text, with `otherwise` where the fact is not known."""

    fact: str
    texts: Mapping[str, str | tuple[str, ...]]
    otherwise: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on the number under `by`: plural form (`one`, `other` …) -> text."""

    by: str
    forms: Mapping[str, str]


Text = str | tuple[str, ...] | ByFact | Plural
Entry = Mapping[str, Text]
"""The texts of one thing (an intent, a fix, a reply …) by field: `title`, `steps`, `text` …"""


@dataclass(frozen=True, slots=True)
class Responses:
    """All texts of one language: group (`fixes`, `intents`, `questions`, `replies`, `buttons`, `words`) -> id -> fields."""

    language: str
    groups: Mapping[str, Mapping[str, Entry]]


@dataclass(frozen=True, slots=True)
class Guide:
    """All content. Read-only; a reload makes a new one."""

    intents: Mapping[str, Intent]
    fixes: Mapping[str, Fix]
    facts: Mapping[str, Fact]
    responses: Mapping[str, Responses] = field(default_factory=dict)
    cues: Mapping[str, Cues] = field(default_factory=dict)
    """Language -> its cues."""
    standard: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Language -> what iOS shows to everybody: what is no error in a screenshot."""
    digest: str = field(default="", compare=False, repr=False)
    """What stands for the files that it was read from, where it was compiled."""
    packed: Mapping[str, memoryview] = field(default_factory=dict, compare=False, repr=False)
    """What matching makes of the phrases, where it was kept (see `matching.packed`)."""
    looks: Mapping[str, str] = field(init=False, compare=False)
    """Fact -> the fix that finds it out by looking."""

    def __post_init__(self) -> None:
        """Note what is found out by looking: every step of every conversation asks for it."""
        object.__setattr__(self, "looks", {fix.asks: fix.id for fix in self.fixes.values() if fix.asks is not None})
