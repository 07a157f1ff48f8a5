"""Everything at once, in any order: two replicas, updates repeated and out of order, timers, time, and an end after any statement.

Hypothesis makes up what happens; what must come of it is known from `step` alone (`replicas`). HYPOTHESIS_PROFILE=soak tries fifty times as
long.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import asyncpg
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from bot import assistant as handling
from bot import delivery as sending
from bot.assistant import drawn_for
from bot.dialogue import step
from bot.model import Asked, Event, Guide, Outcome, Session, Timer, TimerFired, Turn
from bot.store import LEASE, Arrival, Queued, StoreError, strays
from bot.store import postgres as store_of_many
from bot.store.codec import decode_session
from bot.store.counted import Count
from bot.store.migrations import TABLES
from bot.store.opening import SQLITE, open_store, sqlite_path
from bot.store.server import LIMITS
from tests.conversing import buttons_of, press_on
from tests.fates import End, connect_counting
from tests.keeping import ANN, BEN, KINDS, Clock, Database, a_database, chat_of
from tests.moves import understood
from tests.replicas import Book, Replica, Screens, Stepped, deliver, missing

Deed = Callable[[Replica], Coroutine[Any, Any, Any]]
PEOPLE: Final = (ANN, BEN)
TEXTS: Final = ("The last backup could not be completed.", "iCloud Backup Off", "how long should a backup take?")
COMMANDS: Final = ("language", "forget")
BUTTONS: Final = ("didnt", "wait", "back", "worked")
STEPS: Final = 25
ROUNDS: Final = 6
"""So many looks, each a lease after the other, are enough for everything that waits."""
EXAMPLES: Final = {kind: settings.default.max_examples // part if settings.default else 1 for kind, part in zip(KINDS, (2, 5), strict=True)}

A_PERSON: Final = st.sampled_from(PEOPLE)
A_PLACE: Final = st.integers(0, 1)
A_DEED: Final = st.sampled_from([*TEXTS, *TEXTS[:2], "language", *BUTTONS, "didnt"])
AN_ACT: Final = st.sampled_from(["message", "press", "look", "ring"])
SOME_ACTS: Final = st.lists(AN_ACT, min_size=1, max_size=3)
AN_END: Final = st.sampled_from([None, *End])
AFTER: Final = st.one_of(st.integers(2, 7), st.integers(2, 14))
"""Statements and calls until the end: a message and its reply take about seven on PostgreSQL, and twice as many on SQLite."""
A_WHILE: Final = st.sampled_from([0, 0, 7, LEASE + 1, 31 * 60])


@dataclass(frozen=True)
class Found:
    """What is committed."""

    seen: set[str]
    sessions: dict[str, tuple[Session, int | None]]
    timers: set[tuple[str, Timer]]
    queue: dict[int, str]
    counts: Counter[Count]


class World(RuleBasedStateMachine):
    """People who write and press, Telegram that delivers in lanes and repeats, and the replicas that answer."""

    def __init__(self, guide: Guide, database: Database, many: bool) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.guide, self.database = guide, database
        self.clock, self.screens, self.book = Clock(), Screens(), Book(guide, PEOPLE)
        self.lanes: dict[tuple[str, bool], deque[Arrival]] = {(person, press): deque() for person in PEOPLE for press in (False, True)}
        self.done: list[Arrival] = []
        self.events: dict[int, Arrival] = {}
        self.stepped: list[Stepped] = []
        self.highest = dict.fromkeys(PEOPLE, 0)
        self.broken = False
        self.replicas: list[Replica] = []
        self.run(self.begin(2 if many else 1))

    def run(self, deed: Any) -> None:
        """Do it, and look what it has come to."""
        self.broken = True  # until it went well
        self.runner.run(deed)
        self.broken = False

    async def begin(self, replicas: int) -> None:
        self.rows, self.look_no_more = await looking(self.database.url)
        for table in TABLES:
            await self.rows(f"DELETE FROM {table}")  # noqa: S608 - our own table names
        self.replicas = [Replica(self.guide, self.database.url, self.screens, self.clock) for _ in range(replicas)]
        for replica in self.replicas:
            await replica.start()

    # --- what happens -------------------------------------------------------------------------------------------------

    @rule(place=A_PLACE, person=A_PERSON, deed=A_DEED, end=AN_END, after=AFTER)
    def writes(self, place: int, person: str, deed: str, end: End | None, after: int) -> None:
        """Somebody types, asks or presses; what waits longest in that lane is delivered."""
        lane = self.write(person, deed)
        self.run(self.does(place, self.delivered(lane), end, after))

    @rule(place=A_PLACE, person=A_PERSON, act=AN_ACT, end=AN_END, after=AFTER)
    def acts(self, place: int, person: str, act: str, end: End | None, after: int) -> None:
        """A replica does what is to be done."""
        self.run(self.does(place, self.deed(person, act), end, after))

    @rule(person=A_PERSON, deeds=st.tuples(A_DEED, A_DEED), first=AN_ACT, others=SOME_ACTS, after=AFTER, seconds=A_WHILE)
    def meanwhile(self, person: str, deeds: tuple[str, str], first: str, others: list[str], after: int, seconds: int) -> None:
        """One replica stands still in the middle of something, a moment or long; the other does this and that; the first goes on."""
        arrivals = [self.lanes[self.write(person, deed)][-1] for deed in deeds]
        handed = dict(zip(("message", "press"), map(self.handed, arrivals), strict=True))
        self.run(self.both([handed.get(act) or self.deed(person, act) for act in (first, *others)], after, seconds))

    @rule(place=A_PLACE, person=A_PERSON, end=st.sampled_from([None, End.DIE, End.FAIL]), after=AFTER)
    def forgets(self, place: int, person: str, end: End | None, after: int) -> None:
        """Somebody wants to be forgotten, when nothing of theirs is under way."""
        if not any(replica.fate.held for replica in self.replicas) and not self.lanes[person, False]:
            lane = self.write(person, "forget")
            self.run(self.does(place, self.delivered(lane), end, after))

    @rule(seconds=A_WHILE, calls=st.integers(0, 3), place=A_PLACE, dies=st.booleans())
    def time_passes(self, seconds: int, calls: int, place: int, dies: bool) -> None:
        """Telegram cannot be reached for some calls; a process may be killed while it has nothing to do, or stands still."""
        self.clock.now += seconds
        self.screens.away = calls
        if dies and not (replica := self.at(place)).fate.dead:
            self.run(replica.die())

    # --- how it happens -----------------------------------------------------------------------------------------------

    def at(self, place: int) -> Replica:
        return self.replicas[place % len(self.replicas)]

    def write(self, person: str, deed: str) -> tuple[str, bool]:
        """Put an update into its lane; which. To press needs a card: where there is none, the button's name is typed."""
        card = next((one for one in reversed(self.screens.of(person)) if one.queued.reply.buttons), None)
        number, event = None, cast("Event", Asked(deed) if deed in COMMANDS else replace(understood(deed)))
        if deed in BUTTONS and card is not None:
            buttons = buttons_of(card.queued.reply)
            button = next((button for button in buttons if button.action == deed), buttons[0])
            number, event = card.message, press_on(card.queued.reply, button)
        arrival = Arrival(f"tg:{len(self.events)}", person, chat_of(person), event, number)
        self.events[id(event)] = arrival
        lane = person, number is not None
        self.lanes[lane].append(arrival)
        return lane

    def deed(self, person: str, act: str) -> Deed:
        """What a replica can do."""
        if act == "look":
            return lambda replica: replica.delivery.look()
        if act == "ring":
            return rung
        return self.delivered((person, act == "press"))

    def delivered(self, lane: tuple[str, bool]) -> Deed:
        """Telegram delivers the first update of a lane; if there is none, one that was acknowledged comes once more."""

        async def deed(replica: Replica) -> None:
            arrival = self.lanes[lane][0] if self.lanes[lane] else self.done[-1] if self.done else None
            if arrival is not None:
                await self.handed(arrival)(replica)

        return deed

    def handed(self, arrival: Arrival) -> Deed:
        """A replica is handed an update, also before its turn; acknowledged, it is out of its lane."""

        async def deed(replica: Replica) -> None:
            if await deliver(replica, handled(replica, arrival)) and arrival not in self.done:
                self.lanes[arrival.conversation, arrival.card is not None].remove(arrival)
                self.done.append(arrival)

        return deed

    async def both(self, deeds: list[Deed], after: int, seconds: int) -> None:
        one, other = self.at(0), self.at(1)
        for replica in (one, other):
            await self.revive(replica)
        await self.does(0, deeds[0], End.HOLD, after)
        self.clock.now += seconds
        for deed in deeds[1:]:
            await self.does(1, deed, None, 0)
        await self.revive(one)

    async def does(self, place: int, deed: Deed, end: End | None, after: int) -> None:
        """A replica does something; if it cannot, the other. A lone one never stands still: that would be the same as time that passes."""
        if not self.at(place).goes and self.at(place + 1).goes:
            place += 1
        replica = self.at(place)
        await self.revive(replica)
        await replica.do(lambda: deed(replica), None if end is End.HOLD and len(self.replicas) == 1 else end, after)
        await self.look()

    async def revive(self, replica: Replica) -> None:
        """What is dead is started, and what stands still goes on."""
        if replica.fate.dead:
            await replica.start()
        elif replica.fate.held:
            await replica.go_on()
            await self.look()

    # --- what must come of it -----------------------------------------------------------------------------------------

    def step(self, guide: Guide, session: Session, event: Event, now: int) -> Turn:
        """In the place of `step`: takes down what is handled, and in which order."""
        known = self.events.get(id(event))
        conversation = known.conversation if known else next(person for person in PEOPLE if drawn_for(session.id, person))
        stepped = Stepped(known.update if known else "", conversation, event, now, session.id)
        self.stepped = [*(one for one in self.stepped if one.key != stepped.key), stepped]  # an earlier try of the same was not kept
        return step(guide, session, event, now)

    async def look(self) -> None:
        """Compare what is committed with what must come of what was handled."""
        found = await self.found()
        held = any(replica.fate.held for replica in self.replicas)
        left = []
        for one in self.stepped:
            if self.is_committed(one, found):
                self.book.enter(one, self.highest[one.conversation])
            elif held:
                left.append(one)
        self.stepped = left
        for id_, conversation in found.queue.items():
            self.highest[conversation] = max(self.highest[conversation], id_)
        for shown in self.screens.shown:
            self.highest[shown.queued.conversation] = max(self.highest[shown.queued.conversation], shown.queued.id)
        self.screens.doubt(found.queue)
        people = self.book.people
        assert self.screens.wrong == []
        assert found.seen == self.book.counted, "an update counts that was not handled, or the other way round"
        assert {key: session for key, (session, _) in found.sessions.items()} == {
            key: person.session for key, person in people.items() if person.session is not None
        }
        assert found.timers == {(key, timer) for key, person in people.items() for timer in person.timers}
        assert found.counts == self.book.counts

    def is_committed(self, stepped: Stepped, found: Found) -> bool:
        if stepped.update:
            return stepped.update in found.seen
        assert isinstance(stepped.event, TimerFired)
        key = stepped.conversation, stepped.event.session, stepped.event.turn
        return key not in {(conversation, timer.session, timer.turn) for conversation, timer in found.timers}

    async def found(self) -> Found:
        """What is committed now."""
        rows = self.rows
        return Found(
            {update for (update,) in await rows("SELECT update_id FROM seen_update")},
            {key: (decode_session(raw), card) for key, raw, card in await rows("SELECT conversation, session, card FROM conversation")},
            {(key, Timer(*timer)) for key, *timer in await rows("SELECT conversation, due, session, turn FROM timer")},
            dict(await rows("SELECT id, conversation FROM reply_queue")),
            Counter(
                {
                    Count(day, intent, fix, Outcome(outcome), language): total
                    for day, intent, fix, outcome, language, total in await rows(
                        "SELECT day, intent, fix, outcome, language, total FROM outcome_count"
                    )
                }
            ),
        )

    # --- the end ------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.run(self.drained())
        finally:
            self.runner.run(self.stopped())
            self.runner.close()

    async def drained(self) -> None:
        """Everything goes on, everything that waits comes, and time passes: in the end nobody waits, and everybody has got everything."""
        self.screens.away = 0
        for replica in self.replicas:
            await self.revive(replica)
        for lane, waiting in self.lanes.items():
            for _ in range(len(waiting)):
                await self.does(0, self.delivered(lane), None, 0)
            assert not waiting, "an update is never acknowledged"
        for round_ in range(ROUNDS):
            self.clock.now += LEASE + 1
            await self.does(round_, self.deed("", "look"), None, 0)
        found = await self.found()
        assert found.queue == {}, "a reply is stuck"
        for conversation, person in self.book.people.items():
            shown = {one.queued.id: one for one in self.screens.of(conversation, person.floor)}
            assert missing(person.replies, [one.queued.reply for one in shown.values()]) == []
            cards = [one.message for one in self.screens.of(conversation, person.floor) if one.queued.reply.card]
            if person.session is not None:
                assert found.sessions[conversation][1] == (cards[-1] if cards else None), "the card is another"
        assert await self.rows("SELECT * FROM dead_letter") == await self.rows("SELECT * FROM poison") == []

    async def stopped(self) -> None:
        for replica in self.replicas:
            if not replica.fate.dead:
                await (replica.stop() if replica.goes and not self.broken else replica.die())
        await self.look_no_more()


@pytest.mark.sampled
@pytest.mark.parametrize("kind", KINDS)
def test_any_order(kind: str, request: pytest.FixtureRequest, tmp_path: Path, guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each update counts once, each reply comes in its order and once for each that was cut off, and nothing is stuck."""
    database = a_database(kind, request, tmp_path)
    asyncio.run(made(database))
    world: World

    def a_world() -> World:
        nonlocal world
        world = World(guide, database, many=kind != KINDS[0])
        return world

    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)  # lets a thread end without a word
    monkeypatch.setattr(asyncpg, "connect", connect_counting)
    monkeypatch.setattr(handling, "step", lambda *given: world.step(*given))  # noqa: PLW0108 - there is another world each time
    monkeypatch.setattr(sending, "FIRST_NOTE_WAIT", 0.001)
    monkeypatch.setattr(store_of_many, "NOTE_AGAIN", 0.001)
    monkeypatch.setattr(store_of_many, "ABSENT_FOR", 0.0)
    monkeypatch.setattr(strays, "STRAY_AFTER", 0)
    monkeypatch.setitem(LIMITS, "lock_timeout", "20ms")
    wanted = settings(max_examples=EXAMPLES[kind], stateful_step_count=STEPS, phases=[Phase.generate])
    run_state_machine_as_test(cast("type[World]", a_world), settings=wanted)


Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


async def looking(url: str) -> tuple[Rows, Callable[[], Awaitable[None]]]:
    """A way to look into a database, on one connection; and how to end that."""
    if url.startswith(SQLITE):
        file = sqlite3.connect(sqlite_path(url), isolation_level=None)

        async def of_file(query: str) -> list[tuple[Any, ...]]:
            return file.execute(query).fetchall()

        async def close() -> None:
            file.close()

        return of_file, close
    connection = await asyncpg.connect(url)

    async def of_server(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.fetch(query)]

    return of_server, connection.close


async def handled(replica: Replica, arrival: Arrival) -> Iterable[Queued]:
    return (await replica.assistant.handle(arrival)).queued


async def rung(replica: Replica) -> None:
    with suppress(StoreError):
        await replica.assistant.fire_due(replica.delivery.post)


async def made(database: Database) -> None:
    await (await open_store(database.url)).close()
