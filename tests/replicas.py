"""A replica of the bot that can be made to die, to fail or to stand still; what people see of all of them; and what must come of it all.

A replica is a real store (`fates`) with a real assistant and a real delivery. What must come of it is known from `step` alone.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.assistant import Assistant
from bot.channels import Unreachable
from bot.counting import outcomes
from bot.delivery import Delivery
from bot.dialogue import step
from bot.model import Event, Guide, Message, Reply, Session, Timer, TimerFired
from bot.store import Queued, StoreError
from bot.store.counted import Count
from tests.fates import FATE, Bury, End, Fate, open_with_fate
from tests.keeping import Clock

PATIENCE: Final = 20.0


# --- what people see ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Shown:
    """A reply that Telegram was given. doubtful: who gave it could not note that, so that it may be given once more."""

    by: Fate
    queued: Queued
    message: int
    doubtful: bool = False


@dataclass(slots=True)
class Screens:
    """All that was ever shown, in order. away: so many calls more cannot reach Telegram. wrong: what must not have been shown."""

    shown: list[Shown] = field(default_factory=list)
    away: int = 0
    wrong: list[str] = field(default_factory=list)

    def of(self, conversation: str, after: int = 0) -> list[Shown]:
        """What a conversation was shown, of the replies with a later id."""
        return [one for one in self.shown if one.queued.conversation == conversation and one.queued.id > after]

    def show(self, by: Fate, queued: Queued, edit: int | None) -> Shown:
        """Show a reply, and find what is wrong with that."""
        before = self.of(queued.conversation)
        if any(one.queued.id == queued.id and not one.doubtful for one in before):
            self.wrong.append(f"reply {queued.id} is sent again though nothing went wrong")
        if any(one.queued.id > queued.id for one in before):
            self.wrong.append(f"reply {queued.id} comes after a later one")
        self.shown.append(Shown(by, queued, edit or 100 + len(self.shown)))
        return self.shown[-1]

    def doubt(self, waiting: Iterable[int]) -> None:
        """Of what still waits in the queue, whatever a process has shown that died or stands still may come once more."""
        left = set(waiting)
        for one in self.shown:
            one.doubtful |= (one.by.dead or one.by.held) and one.queued.id in left


class Way:
    """The way of one replica to the screens."""

    pictures = False

    def __init__(self, screens: Screens, fate: Fate) -> None:
        self._screens = screens
        self._fate = fate

    async def send(self, queued: Queued, message: Message) -> int:
        return await self._call(queued, None)

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        await self._call(queued, card)

    async def close_card(self, queued: Queued, card: int) -> None:
        """Nobody asks what comes of that."""

    async def _call(self, queued: Queued, edit: int | None) -> int:
        await self._fate.passes()
        if self._screens.away:
            self._screens.away -= 1
            raise Unreachable("as the test wants it")
        shown = self._screens.show(self._fate, queued, edit)
        if self._fate.met() is End.FAIL:
            shown.doubtful = True
            raise Unreachable("the answer is lost")
        await self._fate.passes()
        return shown.message


# --- replicas ------------------------------------------------------------------------------------------------------------------


class Replica:
    """One process after the other."""

    def __init__(self, guide: Guide, url: str, screens: Screens, clock: Clock) -> None:
        self._guide, self._url, self._screens, self._clock = guide, url, screens, clock
        self._tasks: set[asyncio.Task[Any]] = set()
        self._bury: Bury | None = None
        self.fate = Fate()
        self.fate.die()
        self.assistant: Assistant
        self.delivery: Delivery

    @property
    def goes(self) -> bool:
        """Whether it is there, and does not stand still."""
        return not self.fate.dead and not self.fate.held

    async def start(self) -> None:
        self.fate = Fate()
        store, self._bury = await open_with_fate(self._url, self.fate)
        self.assistant = Assistant(self._guide, store, self._clock)
        self.delivery = Delivery(lambda: self._guide, store, Way(self._screens, self.fate), self._clock)

    async def do(self, deed: Callable[[], Coroutine[Any, Any, None]], end: End | None = None, after: int = 0) -> None:
        """Have it do something, until that and all that follows of it is done, or it is dead or stands still."""
        self.fate.foretell(end, after)
        context = contextvars.copy_context()
        context.run(FATE.set, self.fate)
        self._tasks.add(asyncio.create_task(deed(), context=context))
        await self._settle()

    async def go_on(self) -> None:
        self.fate.go_on()
        await self._settle()

    async def die(self) -> None:
        """End as by kill -9."""
        self.fate.die()
        await self._end()

    async def stop(self) -> None:
        """End in order."""
        await self.delivery.drain(PATIENCE)
        await self.assistant.store.close()
        self.fate.die()

    async def _settle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.goes and (under_way := self._under_way()):
                changed = asyncio.create_task(self.fate.changed.wait())
                await asyncio.wait({*under_way, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
        if self.fate.dead:
            await self._end()
        elif not self.fate.held:
            self.fate.foretell(None, 0)
            for task in self._tasks:
                task.result()
            self._tasks.clear()

    async def _end(self) -> None:
        """It is dead: what it was doing is not done, and what it held is let go."""
        tasks = self._under_way()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._bury is not None:
            bury, self._bury = self._bury, None
            await bury()

    def _under_way(self) -> set[asyncio.Task[Any]]:
        delivery = self.delivery
        return {task for task in (*self._tasks, *delivery._workers, *delivery._closing) if not task.done()}  # noqa: SLF001 - nothing else tells


# --- what must come of it ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step that a replica has taken; it counts once it is committed. now: the bot's time. session: the id of the one it was taken on."""

    update: str
    conversation: str
    event: Event
    now: int
    session: str

    @property
    def key(self) -> tuple[object, ...]:
        """What it handles: an update, or a timer."""
        event = self.event
        return (event.session, event.turn) if isinstance(event, TimerFired) else (self.update,)


@dataclass(slots=True)
class Expected:
    """What must be kept of a conversation, and which replies it must get (since what was before was forgotten: ids up to `floor`)."""

    session: Session | None = None
    replies: list[Reply] = field(default_factory=list)
    timers: set[Timer] = field(default_factory=set)
    floor: int = 0


class Book:
    """Keeps account of what every conversation must come to, by `step` alone."""

    def __init__(self, guide: Guide, conversations: Iterable[str]) -> None:
        self._guide = guide
        self.counted: set[str] = set()
        self.counts: Counter[Count] = Counter()
        self.people = {conversation: Expected() for conversation in conversations}

    def enter(self, stepped: Stepped, highest: int) -> None:
        """A step was committed. highest: the id of the newest reply that was known before."""
        person = self.people[stepped.conversation]
        before = person.session or Session(stepped.session)
        turn = step(self._guide, before, stepped.event, stepped.now)
        self.counts.update(outcomes(self._guide, before, turn, stepped.now))
        if stepped.update:
            self.counted.add(stepped.update)
        if isinstance(event := stepped.event, TimerFired):
            person.timers = {timer for timer in person.timers if (timer.session, timer.turn) != (event.session, event.turn)}
        if turn.forget:
            self.people[stepped.conversation] = person = Expected(floor=highest)
        elif turn.session != before:
            person.session = turn.session
        known = {(timer.session, timer.turn) for timer in person.timers}
        person.timers |= {timer for timer in turn.timers if (timer.session, timer.turn) not in known}
        person.replies += turn.replies


def missing(expected: list[Reply], shown: list[Reply]) -> list[Reply]:
    """What was to be shown and was not. A card may be left out when a later one comes; everything else comes, in this order."""
    left, lacking, later_card = list(shown), [], False
    for reply in reversed(expected):
        if left and left[-1] == reply:
            left.pop()
        elif not (reply.card and later_card):
            lacking.append(reply)
        later_card |= reply.card
    assert not left, f"shown, and never to be: {left}"
    return lacking


async def deliver(replica: Replica, deed: Coroutine[Any, Any, Iterable[Queued]]) -> bool:
    """Have what a deed queues delivered; whether it was done."""
    try:
        replica.delivery.post(await deed)
    except StoreError:
        return False
    return True
