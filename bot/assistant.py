"""The one loop: in one transaction, seen? load, step, save, queue the replies. Nothing is acknowledged before the commit."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.dialogue import step
from bot.model import Guide, Mark, Note, Outcome, Pressed, Problem, Session, Timer, TimerFired, Turn
from bot.road import SEPARATOR, intent_of
from bot.store import Arrival, Count, Kept, Queued, Store, StoreError, Transaction

log = logging.getLogger(__name__)

ID_BYTES: Final = 6
"""Random bytes of a session id: enough that a button of a forgotten session fits no other."""
DUE_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of an arrival: the replies queued for it, whether it was a repetition, whether it was somebody else's button."""

    queued: tuple[Queued, ...] = ()
    repeated: bool = False
    foreign: bool = False


class Assistant:
    """Holds conversations: arrivals in, queued replies out.

    guide: all content (may be replaced by a newer one at any time). store: keeps everything. clock: whole seconds since 1970.
    """

    def __init__(self, guide: Guide, store: Store, clock: Callable[[], int]) -> None:
        self.guide = guide
        self.store = store
        self.clock = clock

    async def handle(self, arrival: Arrival) -> Handled:
        """Handle one arrival. Raises StoreError when nothing was kept; any other error is the update's own (poison)."""
        return await self.store.run(lambda tx: self._handle(tx, arrival))

    async def fire_due(self) -> list[Queued]:
        """Handle the timers whose time has come; each is one event like any other. One that cannot be handled is dropped."""
        due = await self.store.due(self.clock(), DUE_AT_ONCE)
        queued: list[Queued] = []
        for conversation, chat, timer in due:
            arrival = Arrival("", conversation, chat, TimerFired(timer.session, timer.turn))
            try:
                handled = await self.store.run(partial(self._fire, arrival=arrival, timer=timer))
            except StoreError:
                raise
            except Exception:
                log.exception("a timer could not be handled; it is dropped")
                await self.store.run(partial(_drop, conversation=conversation, timer=timer))
            else:
                queued += handled.queued
        return queued

    async def _fire(self, tx: Transaction, arrival: Arrival, timer: Timer) -> Handled:
        return await self._handle(tx, arrival) if await tx.take_timer(arrival.conversation, timer) else Handled(repeated=True)

    async def _handle(self, tx: Transaction, arrival: Arrival) -> Handled:
        now = self.clock()
        if arrival.update and await tx.seen(arrival.update, now):
            return Handled(repeated=True)
        if arrival.update:  # who writes is there again
            await tx.set_blocked(arrival.chat, blocked=False)
        kept = await tx.load(arrival.conversation) or Kept(Session(secrets.token_urlsafe(ID_BYTES)))
        if arrival.shared and isinstance(arrival.event, Pressed) and arrival.event.session != kept.session.id:
            return Handled(foreign=True)
        turn = step(self.guide, kept.session, arrival.event, now)
        if turn.forget:
            await tx.forget(arrival.conversation)
        elif turn.session != kept.session:
            await tx.save(arrival.conversation, arrival.chat, turn.session)
        for count in counts(self.guide, kept.session, turn, now):
            await tx.count(count)
        for timer in turn.timers:
            await tx.set_timer(arrival.conversation, arrival.chat, timer)
        edit = arrival.card if arrival.card is not None and arrival.card == kept.card else None
        return Handled(tuple([await tx.queue(arrival.conversation, arrival.chat, reply, edit, now) for reply in turn.replies]))


async def _drop(tx: Transaction, conversation: str, timer: Timer) -> None:
    await tx.take_timer(conversation, timer)


def counts(guide: Guide, before: Session, turn: Turn, now: int) -> Iterable[Count]:
    """The anonymous counts of a turn: each fix whose outcome it added."""
    problem = turn.session.problem
    old = before.problem.history if before.problem else ()
    if problem is None or not _goes_on(problem.history, old):
        return
    day = time.strftime("%Y-%m-%d", time.gmtime(now))
    for place, note in enumerate(problem.history[len(old) :], len(old)):
        intent = intent_of(guide, Problem(problem.turn, problem.history[:place]))
        if note.mark is Mark.TRIED and intent is not None:
            for fix in note.key.split(SEPARATOR):
                yield Count(day, intent.id, fix, Outcome(note.value), turn.session.language or "en")


def _goes_on(history: tuple[Note, ...], old: tuple[Note, ...]) -> bool:
    """Whether a history is the old one and more. What was told may have been corrected on the way."""
    return [(note.mark, note.key, note.at) for note in history[: len(old)]] == [(note.mark, note.key, note.at) for note in old]
