"""How one person fares: with the bot, by its real state machine, or with a list that they read from top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.dialogue import step
from bot.model import Button, Fix, Guide, Note, Pressed, Reply, Session, Stage
from bot.ordering import RISKY, cost
from bot.road import SEPARATOR, ruled_out, steps
from bot.simulation.lists import Entries
from bot.simulation.people import TRIES, Person, only_if_sure

READING: Final = 0.2
"""Minutes to read a card, a question or an entry of a list, and to decide what to do."""
LONGEST: Final = 500
"""More presses than any road has."""
SESSION: Final = Session("simulated")


@dataclass(slots=True)
class Journey:
    """What it took until the backup ran, or until Apple Support took over: minutes of one's own, presses, risky fixes done."""

    minutes: float = 0.0
    taps: int = 0
    risky: int = 0
    supported: bool = False
    history: tuple[Note, ...] = ()

    def do(self, guide: Guide, fixes: Iterable[Fix]) -> None:
        done = tuple(fixes)
        self.minutes += cost(guide, done)
        self.risky += sum(fix.risk in RISKY for fix in done)

    def call_support(self, guide: Guide) -> None:
        """Whoever is not helped calls Apple Support."""
        self.supported = True
        self.minutes += max((fix.minutes for fix in guide.fixes.values() if fix.ends), default=0)


# --- the bot ---------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Progress:
    """What a person has done by now, and how many times they could not do a fix."""

    done: set[str] = field(default_factory=set)
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Place:
    """A place in the conversation that somebody has reached, and where each button leads from there. Places are played once."""

    session: Session
    buttons: tuple[Button, ...]
    beyond: dict[Button, Place] = field(default_factory=dict)

    def press(self, guide: Guide, action: str, value: str | None = None) -> Place:
        """Where the button with this action leads (and this value, if one is given). It must be on the card."""
        button = next(one for one in self.buttons if one.action == action and value in (None, one.value))
        if button not in self.beyond:
            event = Pressed(self.session.id, self.session.turn, button.action, button.value)
            turn = step(guide, self.session, event, 0)
            self.beyond[button] = Place(turn.session, _buttons(turn.replies) or self.buttons)
        return self.beyond[button]


def _buttons(replies: tuple[Reply, ...]) -> tuple[Button, ...]:
    return tuple(button for reply in replies for row in reply.buttons for button in row)


def at_first_card(guide: Guide, error: str) -> Place:
    """Where the bot begins with an error."""
    return Place(SESSION, (Button("take", error),)).press(guide, "take")


def with_bot(guide: Guide, start: Place, person: Person) -> Journey:
    """How a person fares with the bot."""
    journey, place = Journey(), start
    so_far = Progress()
    for _ in range(LONGEST):
        stage = place.session.stage
        if stage is Stage.SUPPORT:
            journey.call_support(guide)
            break
        if stage is Stage.SOLVED:
            break
        action, value = pressed(guide, person, journey, so_far, place)
        journey.minutes += READING
        after = place.press(guide, action, value)
        if person.silent and after.session.stage is Stage.SOLVED:
            break  # the backup runs, and they never come back to say so
        journey.taps += 1
        place = after
    journey.history = place.session.problem.history if place.session.problem else ()
    return journey


def pressed(guide: Guide, person: Person, journey: Journey, so_far: Progress, place: Place) -> tuple[str, str | None]:
    """What a person presses (action and value), once they have done what the card says."""
    subject = place.session.subject
    if place.session.stage is Stage.ASKING:
        return "tell", f"{subject}:{person.tells(subject)}"
    fixes = [guide.fixes[fix] for fix in subject.split(SEPARATOR)]
    if fixes[0].asks:
        journey.do(guide, fixes)
        return "tell", f"{fixes[0].asks}:{person.tells(fixes[0].asks)}"
    wanted = [fix for fix in fixes if fix.id not in person.already | so_far.done]
    if wanted and place.session.stage is Stage.CONFIRMING:
        return "confirm", None
    pressed = _tried(guide, person, journey, so_far, wanted) if wanted else "already"
    safety_net = any(button.action == "made" for button in place.buttons)
    return ("made" if safety_net and pressed == "didnt" else pressed), None


def _tried(guide: Guide, person: Person, journey: Journey, so_far: Progress, wanted: Sequence[Fix]) -> str:
    """What a person presses who has tried these fixes."""
    done = [fix for fix in wanted if person.can(fix.id, so_far.failed[fix.id])]
    so_far.failed.update(fix.id for fix in wanted if fix not in done)
    so_far.done.update(fix.id for fix in done)
    journey.do(guide, done)
    if person.cure in {fix.id for fix in done}:
        return "worked"
    return "didnt" if len(done) == len(wanted) else "couldnt"


# --- lists -----------------------------------------------------------------------------------------------------------------


def with_list(guide: Guide, entries: Entries, person: Person, fitting: frozenset[str] | None = None) -> Journey:
    """How a person fares with a list. Who gets to its end tries once more what they could not do, then calls Apple Support.

    fitting: where given, they pass over all other fixes, because they see for themselves that those are not for them.
    """
    journey, seen, failed = Journey(), set[str](), set[str]()
    for attempt in range(TRIES):
        for entry in entries:
            fixes = [guide.fixes[fix] for fix in entry if fix in guide.fixes and (fix in failed if attempt else fix not in seen)]
            seen.update(entry)
            wanted = [fix for fix in fixes if not fix.ends and (fitting is None or fix.id in fitting)]
            if not wanted:
                continue
            left = [fix for fix in wanted if fix.id not in person.already]
            warned = any(fix.confirm for fix in left) + any(only_if_sure(guide, fix) for fix in left)
            journey.minutes += READING * (1 + warned)  # a list has its warnings too, and who heeds one has read it
            dared = [fix for fix in left if person.dares(guide, fix)]
            done = [fix for fix in dared if person.can(fix.id, attempt)]
            failed.update(fix.id for fix in dared if fix not in done)
            journey.do(guide, done)
            if person.cure in {fix.id for fix in done}:
                return journey
    journey.call_support(guide)
    return journey


def fitting(guide: Guide, error: str, person: Person) -> frozenset[str]:
    """The fixes that are for this person, as who knew all facts from the beginning would see."""
    return frozenset(fix for _, entry in cards_for(guide, error, person) for fix in entry)


def cards_for(guide: Guide, error: str, person: Person) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The cards of the road that this person would be led along if all facts were known from the beginning, each with its intent's id."""
    seen: set[str] = set()
    for owner, one in steps(guide, guide.intents[error], person.facts):
        fixes = () if ruled_out(guide, one.only_if, person.facts) else one.fixes
        named = [guide.fixes[fix] for fix in fixes if fix in guide.fixes and fix not in seen]
        entry = tuple(fix.id for fix in named if not ruled_out(guide, fix.only_if, person.facts))
        seen.update(entry)
        if entry:
            yield owner, entry
