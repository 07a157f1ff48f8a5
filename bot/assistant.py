"""The one loop: in one transaction, seen? load, step, save, queue the replies. Nothing is acknowledged before the commit."""

from __future__ import annotations

import logging
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Final, Protocol

from bot import counting
from bot.cards import account, copy, leaflet, reply
from bot.dialogue import step
from bot.identifying import closest
from bot.logs import only_about
from bot.metrics import FIXES, MATCHES, TIMERS
from bot.model import (
    Asked,
    Decision,
    Event,
    Guide,
    Heard,
    LanguageFrom,
    Part,
    Pressed,
    Reply,
    Session,
    Timer,
    TimerFired,
    Turn,
)
from bot.rendering import is_drawn
from bot.sharing import in_company
from bot.store import Arrival, BrokenSession, Kept, Queued, Store, StoreError, Transaction, copy_key
from bot.store.counted import Count
from bot.store.timing import timed

log = logging.getLogger(__name__)

ID_BYTES: Final = 3
"""Random bytes of a session id: enough that a button of a forgotten session fits no later one of the same conversation."""
OWNER_BYTES: Final = 3
"""Bytes of a session id that tell whose it is, also when nothing is kept of it any more."""
DUE_AT_ONCE: Final = 100

Post = Callable[[Iterable[Queued]], None]
"""Sees to it that replies that were just queued get to people."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of an arrival.

    queued: the replies to it. repeated: it was handled before. foreign: it was somebody else's button. counts: the outcomes that it told.
    """

    queued: tuple[Queued, ...] = ()
    repeated: bool = False
    foreign: bool = False
    counts: tuple[Count, ...] = ()


class Way(Protocol):
    """The way of a reply to the person, begun in the transaction that made it."""

    async def __call__(self, tx: Transaction, arrival: Arrival, reply: Reply, card: int | None, now: int) -> Queued:
        """Send a reply on its way. card: the message that is the live card, as far as is kept with the session."""


async def by_queue(tx: Transaction, arrival: Arrival, reply: Reply, card: int | None, now: int) -> Queued:
    """Into the queue, from which the delivery sends it. A press on the live card has it edited."""
    edit = arrival.card if arrival.card is not None and arrival.card == card else None
    said = replace(reply, quotes=arrival.quotes) if arrival.quotes else reply
    return await tx.queue(arrival.conversation, arrival.chat, said, _unless_drawn(reply, edit), now)


class Assistant:
    """Holds conversations: arrivals in, replies on their way out.

    guide: all content (may be replaced by a newer one at any time). store: keeps everything. clock: whole seconds since 1970.
    operators: the chats to which people may pass a message on that was not understood; without any, that is not offered.
    transport: what the keys of its conversations begin with; the timers of others are theirs. way: how replies get to people.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a transport does in its own way has defaults
        self,
        guide: Guide,
        store: Store,
        clock: Callable[[], int],
        operators: Sequence[str] = (),
        transport: str = "",
        way: Way = by_queue,
    ) -> None:
        self.guide = guide
        self.store = store
        self.clock = clock
        self.transport = transport
        self._operators = operators
        self._way = way

    async def handle(self, arrival: Arrival) -> Handled:
        """Handle one arrival. Raises StoreError when nothing was kept; any other error is the update's own (poison)."""
        handled = await timed("handle", self.store.run(lambda tx: self._handle(tx, arrival), arrival.conversation))
        if isinstance(arrival.event, Heard) and not handled.repeated:
            MATCHES.add(arrival.event.decision.value, self._kind_of(arrival.event))
        for count in handled.counts:
            FIXES.add(count.fix, count.outcome.value)
        return handled

    async def ask_to_slow_down(self, update: str, conversation: str, chat: str) -> Handled:
        """Answer a message that was one too many, without looking at it. Raises StoreError."""

        async def work(tx: Transaction) -> Handled:
            now = self.clock()
            if await tx.seen(update, now):
                return Handled(repeated=True)
            kept = await self._load(tx, conversation, now)
            notice = reply(kept.session if kept else Session(""), Part("too-many"))
            unread = Arrival(update, conversation, chat, Heard())
            return Handled((await self._way(tx, unread, notice, None, now),))

        return await self.store.run(work)

    async def language_of(self, conversation: str) -> str:
        """The language of a conversation as far as it is known, else empty. Raises StoreError."""

        async def work(tx: Transaction) -> str:
            kept = await self._load(tx, conversation, self.clock())
            return kept.session.language if kept else ""

        return await self.store.run(work)

    async def fire_due(self, post: Post) -> None:
        """Handle the timers whose time has come; each is one event like any other. One that cannot be handled is dropped.

        post: gets the replies to each as soon as they are queued: the next one may have to wait for the store, or fail. Raises StoreError.
        """
        due = await timed("timers", self.store.due(self.clock(), DUE_AT_ONCE, self.transport))
        for conversation, chat, timer in due:
            arrival = Arrival("", conversation, chat, TimerFired(timer.session, timer.turn))
            try:
                handled = await self.store.run(partial(self._fire, arrival=arrival, timer=timer), conversation)
            except StoreError:
                raise
            except Exception:
                with only_about(conversation):
                    log.exception("a timer could not be handled; it is dropped")
                TIMERS.add("dropped")
                await self.store.run(partial(_drop, conversation=conversation, timer=timer))
            else:
                post(handled.queued)
                if not handled.repeated:
                    TIMERS.add("fired")

    async def abandon(self, update: str, chat: str) -> None:
        """Nobody is there to write to any more: drop what waits for the chat. Raises StoreError."""

        async def work(tx: Transaction) -> None:
            if not await tx.seen(update, self.clock()):
                await tx.abandon(chat)

        await self.store.run(work)

    async def move_chat(self, old: str, new: str) -> None:
        """The chat goes on under another id. To hear it twice is harmless. Raises StoreError."""
        await self.store.run(lambda tx: tx.move_chat(old, new, self.clock()))

    async def _fire(self, tx: Transaction, arrival: Arrival, timer: Timer) -> Handled:
        return await self._handle(tx, arrival) if await tx.take_timer(arrival.conversation, timer) else Handled(repeated=True)

    async def _handle(self, tx: Transaction, arrived: Arrival) -> Handled:
        now = self.clock()
        if arrived.update and await tx.seen(arrived.update, now):
            return Handled(repeated=True)
        arrival, kept = await self._find(tx, arrived, now)
        if _is_foreign(arrived, kept.session):
            return Handled(foreign=True)
        if arrival.account_of is not None:
            return Handled((await self._way(tx, arrival, await self._account(tx, arrival, kept.session, now), None, now),))
        event, session = (arrival.event, kept.session) if self._operators else _without_message(arrival.event, kept.session)
        turn = step(self.guide, session, event, now)
        if turn.forget:
            await tx.forget(arrival.conversation)
        elif turn.session != kept.session:
            await tx.save(arrival.conversation, arrival.chat, turn.session)
        told = await self._count(tx, kept.session, event, turn, now)
        for timer in turn.timers:
            await tx.set_timer(arrival.conversation, arrival.chat, timer)
        replies = map(in_company, turn.replies) if arrival.shared else turn.replies
        queued = [await self._way(tx, arrival, said, kept.card, now) for said in replies]
        return Handled((*queued, *await self._pass_on(tx, arrival.conversation, turn, now)), counts=told)

    def _kind_of(self, heard: Heard) -> str:
        """The kind of what a text is nearest to, for the metrics."""
        nearest = self.guide.intents.get(heard.candidates[0].intent) if heard.candidates else None
        return nearest.kind.value if nearest is not None and heard.decision is not Decision.NONE else "none"

    async def _count(self, tx: Transaction, before: Session, event: Event, turn: Turn, now: int) -> tuple[Count, ...]:
        """Add what the turn was to the anonymous counts; returns what became of fixes."""
        told = tuple(counting.outcomes(self.guide, before, turn, now))
        for outcome in told:
            await tx.count(outcome)
        for progress in counting.progress(before, event, turn, now):
            await tx.count_progress(progress)
        if turn.unmatched is not None:
            await tx.count_unmatched(counting.unmatched(turn.unmatched, now))
        return told

    async def _account(self, tx: Transaction, arrival: Arrival, session: Session, now: int) -> Reply:
        """What a person's other conversation has come to, for their eyes only: it is theirs, since the transport made its key.

        They come by a link, which leads to the list; its button then asks for the leaflet.
        """
        conversation, chat = arrival.account_of or (arrival.conversation, arrival.chat)
        _, kept = await self._find(tx, replace(arrival, conversation=conversation, chat=chat, shared=True), now)
        theirs = replace(kept.session, language=session.language or kept.session.language)
        if isinstance(arrival.event, Pressed):
            return leaflet(self.guide, theirs)
        return account(self.guide, theirs, arrival.event.argument if isinstance(arrival.event, Asked) else "")

    async def _pass_on(self, tx: Transaction, conversation: str, turn: Turn, now: int) -> list[Queued]:
        """Queue the copies of a message, one for each operator. If it is gone, its writer hears that once, by the first one."""
        if turn.pass_on is None:
            return []
        copies = [copy(turn.pass_on, turn.session.language, tells=number == 0) for number in range(len(self._operators))]
        lines = zip(self._operators, copies, strict=True)
        return [await tx.queue(copy_key(conversation, operator), operator, one, None, now) for operator, one in lines]

    async def _find(self, tx: Transaction, arrival: Arrival, now: int) -> tuple[Arrival, Kept]:
        """Where an arrival belongs now (its chat may have been moved), and what is kept there; if nothing is, a new session."""
        kept = await self._load(tx, arrival.conversation, now)
        if kept is None and arrival.shared and (new := await tx.moved_to(arrival.chat)):
            arrival = _in_chat(arrival, new)
            kept = await self._load(tx, arrival.conversation, now)
        return arrival, self._in_language(kept or Kept(Session(new_id(arrival.conversation))), arrival.language)

    def _in_language(self, kept: Kept, code: str) -> Kept:
        """What is kept, in the language of somebody's app as long as no other is known."""
        language = closest(code, self.guide.responses) if code and kept.session.language_from <= LanguageFrom.APP else None
        if language in (None, kept.session.language):
            return kept
        return replace(kept, session=replace(kept.session, language=language, language_from=LanguageFrom.APP))

    async def _load(self, tx: Transaction, conversation: str, now: int) -> Kept | None:
        """The conversation; one that cannot be read starts anew, and the operator hears of it."""
        try:
            return await tx.load(conversation)
        except BrokenSession:
            with only_about(conversation):
                log.error("a session cannot be read; it starts anew")  # noqa: TRY400 - its content is nobody's business
            await tx.discard(conversation, "the session cannot be read", now)
            return None


def _unless_drawn(new: Reply, edit: int | None) -> int | None:
    """The message that a reply takes the place of: a picture or a leaflet never that of the card."""
    return None if is_drawn(new) else edit


def new_id(conversation: str) -> str:
    """An id for a new session of this conversation. Its buttons carry it."""
    return secrets.token_urlsafe(ID_BYTES) + _owner(conversation)


def drawn_for(session: str, conversation: str) -> bool:
    """Whether a button with this session id was drawn for this conversation, now or in a session that is forgotten."""
    return session.endswith(_owner(conversation))


def _is_foreign(arrival: Arrival, session: Session) -> bool:
    """Whether somebody else's button was pressed: neither of this session, nor of an earlier one of the same conversation."""
    event = arrival.event
    if not arrival.shared or not isinstance(event, Pressed):
        return False
    return event.session != session.id and not drawn_for(event.session, arrival.conversation)


def _owner(conversation: str) -> str:
    return urlsafe_b64encode(sha256(conversation.encode()).digest()[:OWNER_BYTES]).decode()


def _in_chat(arrival: Arrival, chat: str) -> Arrival:
    """The arrival as one of the chat that its own has become."""
    return replace(arrival, chat=chat, conversation=chat + arrival.conversation.removeprefix(arrival.chat), card=None, quotes="")


async def _drop(tx: Transaction, conversation: str, timer: Timer) -> None:
    await tx.take_timer(conversation, timer)


def _without_message(event: Event, session: Session) -> tuple[Event, Session]:
    """The same without the name of a message: nobody is there to whom it could be passed on."""
    if isinstance(event, Heard) and event.message:
        event = replace(event, message="")
    if session.unmatched is not None and session.unmatched.message:
        session = replace(session, unmatched=replace(session.unmatched, message=""))
    return event, session
