"""The nouns of Backup Medic, frozen: what the content says, where a conversation stands, what happens, what is said.

Nothing here does anything; everything above imports it. All times are whole seconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

UNKNOWN: Final = "unknown"
"""The value of a fact that was asked for and that the person could not tell: it rules nothing out, and is not asked again."""


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


class Outcome(StrEnum):
    """What became of a fix. Only DIDNT_HELP speaks against the cause that the fix cures."""

    WORKED = "worked"
    DIDNT_HELP = "didnt-help"
    COULDNT = "couldnt"
    ALREADY = "already"
    DECLINED = "declined"


ENGLISH: Final = "en"
"""The language that is complete, stands with the intents themselves, and is spoken where another is not."""

# --- the guide: all content, read-only ------------------------------------------------------------------------------


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

    `minutes` and `hours` stand behind a number, `oclock`, `am` and `pm` beside an hour of the day. `asking`: what such a request may
    have besides ("remind me", "please").
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
    asking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cues:
    """The small words of one language that tell what was done from what was not.

    `joins`: words between two statements. `seconds`: those that may bring a second trouble ("and", "also"; not "because").
    `did`: what says of a fix that is only named that it was done ("tried", "did not help"). `undone`: what says that something was
    not done, or is only asked for or spoken of. `denied`: what says that a trouble is not there.
    `fine`: the same without a "not" of its own: "plenty of space". `times`: what says when to be asked again.
    """

    joins: tuple[str, ...] = ()
    seconds: tuple[str, ...] = ()
    did: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    times: TimeCues = TimeCues()


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


# --- where a conversation stands ---------------------------------------------------------------------------------------


class LanguageFrom(IntEnum):
    """How it is known in which language to answer. What ranks higher is not overruled by what ranks lower."""

    NOTHING = 0
    APP = 1
    SCREEN = 2
    WORDS = 3
    CHOICE = 4


class Stage(StrEnum):
    """What the conversation waits for."""

    HOME = "home"
    CHOOSING = "choosing"
    ASKING = "asking"
    CONFIRMING = "confirming"
    FIXING = "fixing"
    SOLVED = "solved"
    SUPPORT = "support"


class Mark(StrEnum):
    """What an entry of a problem's history records."""

    TOOK = "took"
    TOLD = "told"
    TRIED = "tried"


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a problem's history: took (intent), told (fact, value) or tried (fixes, outcome). Back removes the last."""

    mark: Mark
    key: str
    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One error being worked on, since `turn`. All else follows from its history: the intent, the facts told, the fixes tried."""

    turn: int
    history: tuple[Note, ...]


class Decision(StrEnum):
    """How sure the matching is: one intent, a few too close to call, or nothing found."""

    MATCH = "match"
    CHOOSE = "choose"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A message that was not understood: nothing was found in it (`none`), or none of those to choose from fitted (`choose`).

    `intents`: what it was nearest to. `language`, `length`: what it is counted by. `message`: how its transport names it, where it can be
    passed on to the operators. `passed_on`: that was asked for.
    """

    decision: Decision
    intents: tuple[str, ...]
    language: str
    length: str
    message: str = ""
    passed_on: bool = False

    @property
    def can_be_passed_on(self) -> bool:
        return bool(self.message) and not self.passed_on


class Check(StrEnum):
    """What a reminder asks about: how a fix went, or whether last night's backup ran by itself."""

    FIX = "fix"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is asked again at `due`. `turn` tells its timer from all others. `rang`: it was asked, and has no answer yet."""

    check: Check
    turn: int
    due: int
    rang: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Where one conversation stands. `id` and `turn` are what buttons carry; `turn` grows whenever the state changes.

    `subject` is what the stage is about: the fixes on the card joined by `+`, the fact asked for, or the intents to choose from.
    `later` holds problems to come back to; `seen` is when the person was last heard. `unmatched` is their last message, while the
    conversation has not moved on, if that was not understood or still may turn out so. `reported`: the fixes that a message said were
    done already. `zone`: the time zone that was told, `unknown` by who could not. `reminder`: the only one; it ends with what it is about.
    `unreminded`: nobody wants to be reminded in this problem. `checked`: the turn of the problem after which the night was asked about.
    """

    id: str
    turn: int = 0
    stage: Stage = Stage.HOME
    subject: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    later: tuple[str, ...] = ()
    language: str = ""
    language_from: LanguageFrom = LanguageFrom.NOTHING
    seen: int = 0
    unmatched: Unmatched | None = None
    reported: tuple[str, ...] = ()
    zone: str = ""
    reminder: Reminder | None = None
    unreminded: bool = False
    checked: int = 0


# --- what happens --------------------------------------------------------------------------------------------------------


class Disclosure(StrEnum):
    """What a message gives away that nobody should send to a bot, the gravest first."""

    PASSWORD = "password"  # noqa: S105 - the kind of thing, not one
    CODE = "code"
    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"


class Candidate(NamedTuple):
    """An intent that a text may mean, with its score from 0 to 100."""

    intent: str
    score: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A text was read. Holds no word of it: only what it may mean.

    `intents`: the one matched (and a second problem of the same message), or those to choose from, best first.
    `act`: what it means as an answer while something is on the table. `facts`: what it says of the phone.
    `answers`: what it would mean as an answer to each fact's question. `edited`: it is an older message, corrected.
    `screen`: what decided is a text that iOS itself shows.
    `language`: the one that it is most likely written in. `language_from`: whether that is sure enough to answer in it: from words
    of their own, from what a screen showed, or (NOTHING) not. `length`: its class of length. `message`: how the transport names it,
    opaque to all else; empty where it cannot be passed on. `reported`: the fixes that it says were done already.
    `disclosed`: what it gives away that nobody should send to a bot. `when`: when it asks to be asked again, as `hours.due` takes it.
    """

    decision: Decision = Decision.NONE
    intents: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    act: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    language_from: LanguageFrom = LanguageFrom.NOTHING
    edited: bool = False
    length: str = ""
    message: str = ""
    reported: tuple[str, ...] = ()
    disclosed: Disclosure | None = None
    screen: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: whose session and turn it was drawn for, what it does, and on what."""

    session: str
    turn: int
    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command was sent: its name without the slash, and what followed it."""

    command: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Showed:
    """Something other than words was sent: `photo`, `voice`, `sticker`, `empty` and the like.

    A picture that was read is `read`, with what it means and the line that told it; else `unknown` (no error in it), `unreadable`,
    `refused` or `busy`. A `photo` is one that nobody could read here.
    """

    what: str
    heard: Heard | None = None
    line: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time came for the reminder that was set at that turn of that session."""

    session: str
    turn: int


Event = Heard | Pressed | Asked | Showed | TimerFired


# --- what is said ----------------------------------------------------------------------------------------------------------

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it does, and on what."""

    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of a reply: its template, what it is about (an id), and the values for its placeholders."""

    template: str
    about: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to be, as ids and values: the words are chosen when it is rendered.

    `session` and `turn` are what its buttons will carry; `facts` is what its words depend on.
    `card` marks the one live message that holds the current step. `picture`: the fix whose picture is shown above the words.
    `quotes` names the message that it answers, where others read along and would else not know.
    `copies` names a message of somebody's, of which this is the copy for an operator; its parts are then what that person is told
    should the message not be there any more.
    """

    parts: tuple[Part, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    session: str = ""
    turn: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    card: bool = False
    copies: str = ""
    picture: str = ""
    quotes: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """Remind at `due`, as was agreed on at this turn of this session."""

    due: int
    session: str
    turn: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event leads to. `forget` asks the store to delete everything it holds of this conversation.

    `unmatched`: a message turned out not to be understood, which is counted. `pass_on`: the person wants one to be passed on.
    """

    session: Session
    replies: tuple[Reply, ...] = ()
    timers: tuple[Timer, ...] = ()
    forget: bool = False
    unmatched: Unmatched | None = None
    pass_on: Unmatched | None = None


# --- a message, ready for an output --------------------------------------------------------------------------------------


class Tap(StrEnum):
    """What is done with a row of Settings."""

    OPEN = "open"
    PERSON = "person"
    PRESS = "press"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of Settings that is tapped: its label, the English one where that is given too, and what stands before it."""

    label: str
    original: str = ""
    tap: Tap = Tap.OPEN
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """What is done with the buttons at the edge of a phone: which, their names, how, and whether they are held."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    how: str
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows, in one language: either the rows of Settings to tap, page after page, or the buttons to press."""

    language: str
    title: str = ""
    rows: tuple[Row, ...] = ()
    presses: tuple[Press, ...] = ()


Lines = tuple[str, ...]
"""The same in each language of a leaflet, the person's own first; what is the same in both stands once."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fix on a leaflet: what became of it, as told, and when, as far as that is known."""

    title: Lines
    outcome: Outcome
    told: Lines
    when: Lines


@dataclass(frozen=True, slots=True)
class Leaflet:
    """The summary of a problem on one page, to be shown at a shop's counter.

    `by`: who made it. `facts`: name and value; one that is not known is to be written in. `screen`: the error as iOS words it.
    `problems`: the errors that were worked on. `left`: what was not tried. `words`: all of it as lines of text.
    """

    languages: tuple[str, ...]
    by: str
    title: Lines
    made: Lines
    facts: tuple[tuple[Lines, Lines], ...]
    screen_label: Lines
    screen: Lines
    problems: Lines
    tried_label: Lines
    tried: tuple[Attempt, ...]
    left_label: Lines
    left: tuple[Lines, ...]
    notes_label: Lines
    words: str


@dataclass(frozen=True, slots=True)
class Key:
    """A labelled button of a message; `style` is `success`, `danger` or empty.

    `copies`: pressing it copies this, and tells the bot nothing.
    """

    label: str
    button: Button
    style: str = ""
    copies: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A reply in words, marked up as in responses/ (each output renders that), with its rows of keys.

    `copies`: the message that goes out is a copy of that one, and not the text.
    """

    text: str
    keys: tuple[tuple[Key, ...], ...] = ()
    session: str = ""
    turn: int = 0
    card: bool = False
    copies: str = ""
    picture: Picture | None = None
    leaflet: Leaflet | None = None
