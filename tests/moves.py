"""Random conversations: everything that a person, a forger, a timer, time and an author can do to the dialogue, as moves.

A conversation is a list of moves: presses on the card, on old cards and twice; forged button data; texts understood by the
real matching, and readings that no text would give; commands, pictures, timers; time that passes; content that changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Protocol

from hypothesis import strategies as st

from bot.dialogue import ACTS, BUTTONS, COMMANDS
from bot.model import (
    Asked,
    Candidate,
    Decision,
    Event,
    Guide,
    Heard,
    Intent,
    Kind,
    LanguageFrom,
    Mark,
    Pressed,
    Reply,
    Responses,
    Session,
    Showed,
    Stage,
    Step,
    Timer,
    TimerFired,
    Turn,
)
from tests.conversing import DAY, HOUR, MINUTE, Talk, buttons_of, name_of_part, press_on, shipped_guide, shipped_matcher

BOT: Final = shipped_guide()
OPEN: Final = (Stage.ASKING, Stage.CONFIRMING, Stage.FIXING)
ERRORS: Final = sorted(intent.id for intent in BOT.intents.values() if intent.kind is Kind.ERROR)

TEXTS: Final = (
    "",
    " \n ",
    "hello",
    "it worked",
    "still the same",
    "no",
    "yes",
    "can't do that",
    "did that already",
    "back",
    "why?",
    "ask me later",
    "start over",
    "none of these",
    "thank you so much",
    "what have I tried",
    "this is driving me mad",
    "days",
    "a mac",
    "no computer",
    "iphone 8, ios 16.7",
    "it's an iPad on iPadOS 18",
    "I don't know",
    "storage full",
    "Not Enough iCloud Storage",
    "The last backup could not be completed.",
    "This iPhone cannot be backed up because of poor network conditions.",
    "stuck on estimating time remaining since yesterday",
    "backup needs restart",
    "The last backup could not be completed. Also it is stuck on estimating time remaining for hours.",
    "iCloud Backup is greyed out since the update",
    "There isn't enough free space on this device to finish a backup.",
    "verify your Apple ID password to back up",
    "how long should a backup take?",
    "what is in a backup?",
    "what does more icloud storage cost",
    "is apple down?",
    "I hand my phone in tonight",
    "let me talk to someone",
    "my whatsapp backup fails",
    "already restarted, bought 50 GB, wifi is fine",
    "I turned backup off and on and deleted old backups, nothing helped",
    "how long does it take? I restarted already",
    "Not Enough iCloud Storage. I already bought 50 GB",
    "the last backup could not be completed, wifi is fine, I restarted twice",
    "my password is Hunter2!",
    "482913",
    "how do I restore my phone from the backup",
    "asdfgh qwertz",
    "<b>backup</b> & **failed** `x` {device} [a](b)",
    "backup failed " * 700,
    "\N{POUTING FACE}\N{POUTING FACE}",
)


# --- moves -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Playing:
    """A conversation while it is played: the talk, the timers that it set, the last event, and the number of the last message."""

    talk: Talk
    timers: list[Timer]
    last: Event
    said: int = 0

    def press(self, card: int, button: int) -> Iterator[Pressed]:
        """A button of a card, counted round and round."""
        if self.talk.cards:
            drawn = self.talk.cards[card % len(self.talk.cards)]
            listed = buttons_of(drawn)
            yield press_on(drawn, listed[button % len(listed)])


class Move(Protocol):
    """Something that happens in a conversation, and comes to events there (or to none)."""

    def events(self, playing: Playing) -> Iterator[Event]: ...


@dataclass(frozen=True)
class Send:
    """An event as it is."""

    event: Event

    def events(self, playing: Playing) -> Iterator[Event]:
        yield self.event


@dataclass(frozen=True)
class Press:
    """A button of the newest card."""

    button: int

    def events(self, playing: Playing) -> Iterator[Event]:
        yield from playing.press(-1, self.button)


@dataclass(frozen=True)
class PressOld:
    """A button of some earlier card."""

    card: int
    button: int

    def events(self, playing: Playing) -> Iterator[Event]:
        yield from playing.press(self.card, self.button)


@dataclass(frozen=True)
class PressForeign:
    """A button of the newest card, with somebody else's session."""

    button: int

    def events(self, playing: Playing) -> Iterator[Event]:
        yield from (replace(press, session="other") for press in playing.press(-1, self.button))


@dataclass(frozen=True)
class Again:
    """The last event once more."""

    def events(self, playing: Playing) -> Iterator[Event]:
        yield playing.last


@dataclass(frozen=True)
class Forge:
    """Made-up button data; `own` and `behind` make some of it fit the session."""

    own: bool
    behind: int
    action: str
    value: str

    def events(self, playing: Playing) -> Iterator[Event]:
        session = playing.talk.session
        yield Pressed(session.id if self.own else "other", session.turn - self.behind, self.action, self.value)


@dataclass(frozen=True)
class Say:
    """A text, understood by the real matching."""

    text: str
    edited: bool = False

    def events(self, playing: Playing) -> Iterator[Event]:
        playing.said += not self.edited
        yield replace(understood(self.text, edited=self.edited), message=f"7:{playing.said}")


@dataclass(frozen=True)
class Walk:
    """On along the road for a while, always with the same wish."""

    presses: int
    wish: str

    def events(self, playing: Playing) -> Iterator[Event]:
        for _ in range(self.presses):
            replies = playing.talk.turn.replies
            if playing.talk.session.stage in OPEN and replies and (pressed := wished(replies[-1], self.wish)):
                yield pressed


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    seconds: int

    def events(self, playing: Playing) -> Iterator[Event]:
        playing.talk.later(self.seconds)
        yield from ()


@dataclass(frozen=True)
class Ring:
    """A timer fires: one that was set, due or stale by now, or one that might have been."""

    timer: int

    def events(self, playing: Playing) -> Iterator[Event]:
        session = playing.talk.session
        might = Timer(playing.talk.now, session.id, session.turn - self.timer)
        rings = (*playing.timers, might)[self.timer % (len(playing.timers) + 1)]
        yield TimerFired(rings.session, rings.turn)


@dataclass(frozen=True)
class Change:
    """The guide loses some of its content (or has all of it back)."""

    lost: frozenset[str]

    def events(self, playing: Playing) -> Iterator[Event]:
        playing.talk.under(without(self.lost))
        yield from ()


@dataclass(frozen=True)
class LoseHere:
    """The guide loses just what the conversation is about: what is on the table, the error under way, or what was kept for later."""

    what: str

    def events(self, playing: Playing) -> Iterator[Event]:
        session = playing.talk.session
        lost = {
            "subject": session.subject.split("+"),
            "problem": [note.key for note in session.problem.history if note.mark is Mark.TOOK][-1:] if session.problem else [],
            "later": list(session.later),
        }[self.what]
        playing.talk.under(without(frozenset(lost) & frozenset(CONTENT)))
        yield from ()


# --- all that may happen, by chance ----------------------------------------------------------------------------------------

INTENTS: Final = st.sampled_from([*sorted(BOT.intents), "no-such-intent"])
FIXES: Final = st.sampled_from([*sorted(BOT.fixes), "no-such-fix"])
TOLD: Final = [(fact.id, value) for fact in BOT.facts.values() for value in (*fact.values, "no-such-value")] + [("no-such-fact", "x")]
FACTS: Final = st.lists(st.sampled_from(TOLD), max_size=3).map(dict)
VALUES: Final = st.one_of(
    st.just(""),
    INTENTS,
    FIXES,
    st.sampled_from([f"{fact}:{value}" for fact, value in TOLD]),
    st.sampled_from(["en", "xx", ":", "+", "wifi+power"]),
)
WISHES: Final = ("didnt", "couldnt", "already", "worked", "decline")
back: Final = st.just(Send(Asked("back")))

presses = st.builds(Press, st.integers(0, 11))
old_presses = st.builds(PressOld, st.integers(0, 30), st.integers(0, 11))
foreign_presses = st.builds(PressForeign, st.integers(0, 11))
forged = st.builds(Forge, st.booleans(), st.integers(-1, 3), st.sampled_from([*sorted(BUTTONS), "no-such-action", ""]), VALUES)
said = st.builds(Say, st.sampled_from(TEXTS), st.sampled_from([False, False, False, True]))
heard = st.builds(
    Heard,
    st.sampled_from(Decision),
    st.lists(INTENTS, max_size=4, unique=True).map(tuple),
    st.lists(st.builds(Candidate, INTENTS, st.floats(0, 100)), max_size=5).map(tuple),
    st.one_of(st.none(), st.sampled_from([*sorted(ACTS), "no-such-act"])),
    FACTS,
    FACTS,
    st.sampled_from([None, "en", "xx"]),
    st.sampled_from(LanguageFrom),
    st.booleans(),
).map(Send)
asked = st.builds(
    Asked,
    st.sampled_from([*sorted(COMMANDS), "status", "no-such-command", ""]),
    st.one_of(INTENTS, st.sampled_from(["", " ", "en", "x" * 200])),
).map(Send)
shown = st.sampled_from(["photo", "unknown", "busy", "voice", "sticker", "empty", "edited", "video", "no-such-thing", ""])
seen = st.builds(Showed, st.just("read"), heard.map(lambda send: send.event), st.sampled_from(["", "what was read"]))
showed = st.one_of(st.builds(Showed, shown), seen).map(Send)
passed = st.builds(Pass, st.sampled_from([1, 40, 5 * MINUTE, HOUR, 13 * HOUR, 3 * DAY, 15 * DAY, 30 * DAY]))
walked = st.builds(Walk, st.integers(1, 25), st.sampled_from(WISHES))
rung = st.builds(Ring, st.integers(0, 3))
CONTENT: Final = sorted({*BOT.intents, *BOT.fixes, *BOT.facts} - {"apple-support"})
changed = st.one_of(
    st.builds(Change, st.sets(st.sampled_from(CONTENT), max_size=6).map(frozenset)),
    st.builds(LoseHere, st.sampled_from(["subject", "subject", "problem", "later"])),
)

LIKELY: Final = (presses, presses, presses, walked, walked, said, back)
MOVES: Final = st.one_of(
    *LIKELY, st.one_of(old_presses, foreign_presses, st.just(Again())), st.one_of(forged, heard), st.one_of(asked, showed, passed, rung)
)
"""Everything that can happen while the content stays."""


def conversations(moves: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Move]]:
    """Conversations of up to 25 moves, most of them about an error, and from somewhere along its road."""
    taken = st.sampled_from(ERRORS).map(lambda error: Send(Asked("start", error)))
    begin = st.one_of(st.tuples(taken), st.tuples(taken, walked), st.tuples(taken, walked, walked), st.tuples(moves))
    rest = st.integers(0, 20).flatmap(lambda length: st.lists(moves, min_size=length, max_size=length))
    return st.builds(lambda first, others: [*first, *others], begin, rest)


any_conversation = conversations(MOVES)
quiet_conversation = conversations(st.one_of(*LIKELY))
"""Nothing strange: presses on the card, and texts."""


@dataclass(frozen=True)
class Moment:
    """One event of a conversation, and what came of it."""

    guide: Guide
    before: Session
    event: Event
    now: int
    turn: Turn

    @property
    def after(self) -> Session:
        return self.turn.session

    @property
    def parts(self) -> list[str]:
        return [name_of_part(part) for reply in self.turn.replies for part in reply.parts]


def moments(moves: list[Move]) -> Iterator[Moment]:
    """Play a conversation. Each step is rendered and held to law 1 (see `checked`)."""
    playing = Playing(Talk(BOT), [], Asked("start"))
    talk = playing.talk
    for move in moves:
        for event in move.events(playing):
            guide, before, now = talk.guide, talk.session, talk.now
            talk.send(event)
            playing.timers += talk.turn.timers
            playing.last = event
            yield Moment(guide, before, event, now, talk.turn)


def wished(card: Reply, wish: str) -> Pressed | None:
    """The press that a wish comes to on a card; a question is answered with its last option, a confirmation given."""
    for action in (wish, "confirm", "tell", "made", "already"):
        if found := [button for button in buttons_of(card) if button.action == action]:
            return press_on(card, found[-1])
    return None


@cache
def understood(text: str, *, edited: bool = False) -> Heard:
    return shipped_matcher().read(text, edited=edited)


@cache
def without(lost: frozenset[str]) -> Guide:
    """The shipped guide without some intents, fixes and facts, and without all that names them: still a guide that can be loaded."""
    intents, fixes, facts, responses = BOT.intents, BOT.fixes, BOT.facts, BOT.responses
    facts = {key: fact for key, fact in facts.items() if key not in lost}
    fixes = {
        key: replace(
            fix,
            only_if={fact: values for fact, values in fix.only_if.items() if fact in facts},
            needs=tuple(fact for fact in fix.needs if fact in facts),
            test=fix.test if fix.test not in lost else None,
        )
        for key, fix in fixes.items()
        if key not in lost and (fix.asks is None or fix.asks in facts)
    }
    kept = {key: intent for key, intent in intents.items() if key not in lost}
    kept = {key: replace(intent, steps=tuple(_steps(intent, kept, fixes, facts))) for key, intent in kept.items()}
    kept = {key: intent for key, intent in kept.items() if intent.kind is not Kind.ERROR or intent.steps}
    kept = {
        key: replace(
            intent, then=intent.then if intent.then in kept else None, steps=tuple(s for s in intent.steps if s.go is None or s.go in kept)
        )
        for key, intent in kept.items()
    }
    return Guide(kept, fixes, facts, {key: _texts(texts, kept, fixes, facts) for key, texts in responses.items()})


def _steps(intent: Intent, intents: Mapping[str, object], fixes: Mapping[str, object], facts: Mapping[str, object]) -> Iterator[Step]:
    for step in intent.steps:
        only_if = {fact: values for fact, values in step.only_if.items() if fact in facts}
        left = tuple(fix for fix in step.fixes if fix in fixes)
        if left or (step.go in intents and only_if):
            yield replace(step, fixes=left, only_if=only_if)


def _texts(texts: Responses, *kept: Mapping[str, object]) -> Responses:
    intents, fixes, facts = kept
    left = {"intents": intents, "fixes": fixes, "questions": facts}
    return replace(
        texts,
        groups={
            group: {key: entry for key, entry in entries.items() if group not in left or key in left[group]}
            for group, entries in texts.groups.items()
        },
    )


MARK: Final = "zyxwort"
"""Stands in everything that a person writes here, and in nothing of ours."""
marked = st.one_of(
    st.builds(Say, st.sampled_from([f"{MARK} {text} {MARK}9" for text in TEXTS[2:-2]])),
    st.builds(Asked, st.sampled_from([*sorted(COMMANDS), MARK]), st.sampled_from([MARK, f"storage-full {MARK}"])).map(Send),
    st.builds(Showed, st.just(MARK)).map(Send),
    st.builds(
        Forge,
        st.booleans(),
        st.integers(0, 2),
        st.sampled_from([*sorted(BUTTONS), MARK]),
        st.sampled_from([MARK, f"last_backup:{MARK}", f"wifi+{MARK}"]),
    ),
    presses,
    walked,
)
