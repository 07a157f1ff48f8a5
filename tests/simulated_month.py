"""A month with simulated people, through the real assistant, in a database of one's own: for who looks at the report.

python -m tests.simulated_month backup-medic.db [people]
DATABASE_URL=sqlite:///backup-medic.db python -m bot report --html report.html
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from bot.assistant import Assistant, Handled
from bot.matching import Matcher
from bot.model import Asked, Button, Event, Guide, Intent, Kind, Pressed, Session, Stage
from bot.simulation.followers import Journey, Place, Progress, pressed
from bot.simulation.people import Person, causes, person
from bot.store import Arrival, Store
from bot.store.opening import SQLITE, open_store
from tests.conversing import MINUTE, shipped_guide, shipped_matcher
from tests.keeping import Clock, chat_of, rung

DAYS: Final = 30
LEAVES: Final = 0.06
"""How often somebody falls silent at a card."""
LATER: Final = 0.25
"""How often they want to be reminded, where that is offered."""
STRANGE: Final = ("seven purple elephants danced a waltz", "lila Elefanten tanzen auf meiner Fensterbank", "asdf jkl")
LANGUAGES: Final = {"en": 10, "de": 4, "es": 3, "fr": 2, "ja": 1}
MOST: Final = 120
"""More deeds than any road has."""


@dataclass
class Month:
    """People who come one after the other, each with a clock of their own."""

    guide: Guide
    matcher: Matcher
    store: Store
    chance: Random
    clock: Clock

    def __post_init__(self) -> None:
        self.assistant = Assistant(self.guide, self.store, self.clock)
        self.errors = [intent for intent in self.guide.intents.values() if intent.kind is Kind.ERROR]

    async def pass_by(self, people: int, last: datetime) -> None:
        """Let them all come, on the days that end with this one, more on working days and by day."""
        begin = last - timedelta(DAYS - 1)
        for number in range(people):
            day = begin + timedelta(self.chance.randrange(DAYS))
            if day.weekday() > 4 and self.chance.random() < 0.4:
                continue
            self.clock.now = int(day.timestamp()) + int(self.chance.triangular(6, 23, 15) * 3600)
            await self.one(f"tg:{number + 1}:0:{number + 1}")

    async def one(self, key: str) -> None:
        """One person: says something, follows the cards, and comes to an end, or not."""
        intent = self.chance.choices(self.errors, [len(self.errors) - place for place in range(len(self.errors))])[0]
        cause = self.chance.choices(found := causes(self.guide, intent), [cause.share for cause in found])[0]
        who = person(self.guide, cause, self.chance)
        language = self.chance.choices([*LANGUAGES], [*LANGUAGES.values()])[0]
        handled = Handled()
        for text in self.words(intent, language):
            handled = await self.send(key, self.matcher.read(text, hint=language), language)
        if (await self.session_of(key)).problem is None:
            if self.chance.random() < 0.3:
                return
            handled = await self.send(key, Asked("start", intent.id), language)
        await self.follow(key, who, handled, language)

    def words(self, intent: Intent, language: str) -> Sequence[str]:
        """What somebody writes first: mostly what is meant, sometimes strange things before, or nothing but them."""
        known = [phrase.text for phrase in intent.phrases if phrase.language == language] or [phrase.text for phrase in intent.phrases]
        said = [self.chance.choice(known)]
        return [self.chance.choice(STRANGE), *said] if self.chance.random() < 0.08 else said

    async def follow(self, key: str, who: Person, handled: Handled, language: str) -> None:
        """Press on until the end, or until the person stays away."""
        journey, so_far = Journey(), Progress()
        for _ in range(MOST):
            session = await self.session_of(key)
            buttons = buttons_of(handled)
            if session.stage in {Stage.SOLVED, Stage.SUPPORT} or self.chance.random() < LEAVES or not buttons:
                return
            if session.stage not in {Stage.ASKING, Stage.CONFIRMING, Stage.FIXING}:
                return
            if Button("wait") in buttons and self.chance.random() < LATER:
                handled = await self.reminded(key, session, language)
                buttons = buttons_of(handled) or buttons
            before = journey.minutes
            action, value = pressed(self.guide, who, journey, so_far, Place(session, buttons))
            self.clock.now += int((journey.minutes - before) * MINUTE + self.chance.triangular(10, 240, 30))
            button = next((one for one in buttons if one.action == action and value in (None, one.value)), None)
            if button is None or (who.silent and action == "worked"):
                return
            handled = await self.send(key, Pressed(session.id, session.turn, button.action, button.value), language)

    async def reminded(self, key: str, session: Session, language: str) -> Handled:
        """Be reminded, and then see the card again."""
        offered = await self.send(key, Pressed(session.id, session.turn, "wait"), language)
        minutes = next(one.value for one in buttons_of(offered) if one.action == "remind" and one.value.isdigit())
        await self.send(key, Pressed(session.id, session.turn, "remind", minutes), language)
        later = await self.session_of(key)
        self.clock.now = later.reminder.due + 1 if later.reminder else self.clock.now
        await rung(self.assistant)
        return await self.send(key, Pressed(session.id, (await self.session_of(key)).turn, "go-on"), language)

    async def send(self, key: str, event: Event, language: str) -> Handled:
        return await self.assistant.handle(Arrival("", key, chat_of(key), event, language=language))

    async def session_of(self, key: str) -> Session:
        kept = await self.store.run(lambda tx: tx.load(key))
        assert kept is not None
        return kept.session


def buttons_of(handled: Handled) -> tuple[Button, ...]:
    return tuple(button for queued in handled.queued for row in queued.reply.buttons for button in row)


async def fill(file: Path, people: int, last: datetime, seed: int = 1) -> None:
    """Fill a new database with the month that ends on this day; nothing of it waits to be sent."""
    store = await open_store(f"{SQLITE}{file}")
    try:
        await Month(shipped_guide(), shipped_matcher(), store, Random(seed), Clock()).pass_by(people, last)
    finally:
        await store.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM reply_queue")
        connection.execute("DELETE FROM timer")


if __name__ == "__main__":
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 400, today))
