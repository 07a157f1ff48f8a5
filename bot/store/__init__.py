"""Where everything that must not be lost is kept: the protocol of a store, and what goes in and out of it.

A store runs *work* in a transaction: all of it is kept, or nothing. Work is a coroutine function over a `Transaction`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from bot.model import Event, Reply, Session, Timer
from bot.store.counted import Count, Progress, UnmatchedCount

T = TypeVar("T")

LEASE: Final = 60
"""Seconds after which a reply that somebody took for sending counts as waiting again: who has it stands still. Who lives and has let it go
finds that itself, sooner (see `strays`)."""
RENEW_AT: Final = LEASE // 2
"""A lease with fewer seconds left is renewed for who still has the reply."""
SURE_FOR: Final = 8
"""Seconds after which who took a reply asks whether it is still theirs: other replicas take over from one that seems gone after ten."""
COPY: Final = "/"
"""Stands in no conversation's key."""
DAY: Final = 24 * 60 * 60
SEEN_FOR: Final = 2 * DAY
"""Telegram repeats an update for a day at most."""
PUT_ASIDE_FOR: Final = DAY
"""How long an update that could not be handled, or a reply that could not be sent, is kept for replay."""
SHOWN_AT_MOST: Final = 60
"""Messages of a web page that are kept: what somebody would still scroll back to."""
LONGEST_WAIT: Final = 60 * 60
"""Seconds: no reply is postponed for longer. One that waits for more waits because the machine's clock was moved, and may go."""


class StoreError(Exception):
    """The store cannot do its work now (disk full, locked, not reachable): nothing was kept, and the same work may be tried again."""


class InUse(StoreError):
    """Another program has the database."""


class StoreAway(StoreError):
    """The database cannot be reached. It may be back by itself."""


class BrokenSession(Exception):
    """What is kept of a conversation cannot be read: another version wrote it, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event with its address.

    update: what makes it one of a kind, so that it counts once ("" where a transport never repeats itself).
    conversation: whose it is. chat: where answers go; pauses go by it. Where several conversations can share a chat, or a chat can get
    another id, their keys are the chat's and a colon and more.
    card: the message whose button was pressed, if one was.
    shared: others read along and can press its buttons (a group). language: the code of the app's language, if that is known.
    quotes: how the transport names the message, where the answer is to show which one it answers.
    account_of: the person's own conversation elsewhere, and its chat, if they ask here for what is not shown there.
    """

    update: str
    conversation: str
    chat: str
    event: Event
    card: int | None = None
    shared: bool = False
    language: str = ""
    quotes: str = ""
    account_of: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation as it is kept: its session, and the message that is its card now, if Telegram has one."""

    session: Session
    card: int | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A reply on its way.

    edit: the message to put it in place of, if any. attempts: how often sending was tried.
    behind: when it was queued, earlier replies of the conversation were in the queue; it goes after them. leased: since when it is
    leased to who has it.
    """

    id: int
    conversation: str
    chat: str
    reply: Reply
    edit: int | None = None
    attempts: int = 0
    behind: bool = False
    leased: int = 0


def copy_key(conversation: str, operator: str) -> str:
    """Under what key the copy of a message for an operator waits in the queue.

    It begins with its writer's, so that /forget deletes it, and is a line of its own, so that an operator's chat holds up nobody.
    """
    return f"{conversation}{COPY}{operator}"


def writer_of(key: str) -> str:
    """The conversation of whoever wrote the message of a copy."""
    return key.partition(COPY)[0]


def copies_of(conversation: str) -> tuple[str, str]:
    """The first key of a conversation's copies, and the first one behind them."""
    return f"{conversation}{COPY}", f"{conversation}{chr(ord(COPY) + 1)}"


@dataclass(frozen=True, slots=True)
class Poison:
    """An update that could not be handled, put aside for replay. `raw` is deleted after 24 hours."""

    update: str
    conversation: str
    raw: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the store, of all replicas.

    replies: those in the queue. oldest: the age of the oldest of them in seconds, 0 without any.
    updates_aside, letters: the updates, and the replies, that were put aside.
    """

    replies: int = 0
    oldest: int = 0
    updates_aside: int = 0
    letters: int = 0


class PictureKey(NamedTuple):
    """What tells one picture from another: all that can be seen in it, its language, and whether it is light or dark."""

    digest: str
    language: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a web page.

    number: its own, growing within the conversation. revision: grows with each change of any message of the conversation.
    live: it is the card, and its buttons work. at: when it came, or was last put in place of another.
    """

    number: int
    revision: int
    reply: Reply
    live: bool
    at: int


class Transaction(Protocol):
    """What work may do. Nothing of it is visible outside before the commit."""

    async def seen(self, update: str, now: int) -> bool:
        """Whether this update was handled before; if not, it counts as handled from now on."""

    async def load(self, conversation: str) -> Kept | None:
        """The conversation. Between this and the commit no other work on it is kept. Raises BrokenSession."""

    async def discard(self, conversation: str, reason: str, now: int) -> None:
        """Delete a session that cannot be read; the reason is kept as a dead letter."""

    async def save(self, conversation: str, chat: str, session: Session) -> None:
        """Keep the session."""

    async def queue(self, conversation: str, chat: str, reply: Reply, edit: int | None, now: int) -> Queued:
        """Put a reply in the queue, leased to who queued it. A card that still waits there is dropped: the newest counts."""

    async def show(self, conversation: str, reply: Reply, card: int | None, now: int) -> int:
        """Put a reply on the web page of a conversation that is loaded; its number there.

        It goes in the place of the card that was pressed, if that is the live one still; else below, and a new card closes the old one.
        """

    async def set_timer(self, conversation: str, chat: str, timer: Timer) -> None:
        """Keep a timer; the same one twice is one."""

    async def take_timer(self, conversation: str, timer: Timer) -> bool:
        """Delete a timer; whether it was still there."""

    async def count(self, count: Count) -> None:
        """Add one to an anonymous count."""

    async def count_unmatched(self, count: UnmatchedCount) -> None:
        """The same, of messages that were not understood."""

    async def count_progress(self, progress: Progress) -> None:
        """Add one to the count of a milestone, or take it back."""

    async def forget(self, conversation: str) -> None:
        """Delete every row of the conversation in every table, and the copies of its messages that wait."""

    async def abandon(self, chat: str) -> None:
        """Nobody is there to write to: the replies and timers that wait for the chat are dropped. Its conversations are kept.

        So are the copies of others' messages: each becomes a dead letter when its turn comes.
        """

    async def move_chat(self, old: str, new: str, now: int) -> None:
        """The chat has another id: all of it goes on under that one, and so do the copies that wait for it.

        No message of the old chat can be edited in the new one.
        """

    async def moved_to(self, chat: str) -> str | None:
        """The id that a chat has now, if it was moved."""


Work = Callable[[Transaction], Awaitable[T]]


class Readable(Protocol):
    """What can be asked in plain SQL; values stand as $1, $2 and so on."""

    async def rows(self, statement: str, *values: Any) -> Sequence[Any]:
        """All that a statement finds. Raises StoreError."""


class Store(Readable, Protocol):
    """Keeps conversations, the reply queue, timers, counts, and what was put aside."""

    async def run(self, work: Work[T], of: str = "") -> T:
        """Do work in one transaction, and return its result once it is committed. Raises StoreError; other errors are the work's own.

        of: the conversation that it is about: such work is done in the order of asking.
        """

    async def waiting(self, now: int, limit: int, held: Collection[int] = ()) -> list[Queued]:
        """Replies that nobody is sending, oldest first, at most one batch for each conversation; leased to the caller.

        held: the ids of those that the caller still has from before: their leases go on. What is leased to the caller and not among them,
        at one look after the other, waits again too: it was let go, or the answer to the commit that leased it was lost. So there is one
        caller that looks, and who queues a reply hands it over at once.
        """

    async def release(self, now: int) -> None:
        """Asked for once, at the start: what was leased to programs that are no longer there counts as waiting again, at once."""

    async def renew(self, queued: Queued, now: int) -> bool:
        """Lease a reply anew to who has it; whether it still was theirs. Who stood still for long may find that another has taken it."""

    async def sent(self, queued: Queued, message: int | None) -> int | None:
        """A reply is with Telegram: off the queue, and if it is a card, `message` is it now. Returns the card that it took the place of.

        One that was off the queue already changes nothing: another has sent it since, or it is forgotten. Neither does one that another
        has taken: it stays on the queue until that one has sent it.
        """

    async def postpone(self, queued: Sequence[Queued], until: int) -> None:
        """Try replies again later, but in `LONGEST_WAIT` at most. Those that another has taken meanwhile stay with that one."""

    async def bury(self, queued: Queued, reason: str, now: int) -> None:
        """A reply that can never be sent: off the queue, kept as a dead letter (ids and reason; the reply itself for 24 hours)."""

    async def shown(self, conversation: str, since: int) -> list[Shown]:
        """The messages on a web page that are newer than a revision, in their order; of those of long ago only the last are kept."""

    async def revisions(self, conversations: Collection[str]) -> dict[str, int]:
        """The newest revision of each of these web pages; none of one that is empty."""

    async def due(self, now: int, limit: int, of: str = "") -> list[tuple[str, str, Timer]]:
        """Timers whose time has come: conversation, chat, timer. Taking one is for the transaction that handles it.

        of: only those of conversations whose keys begin so.
        """

    async def put_aside(self, poison: Poison) -> None:
        """Keep an update that could not be handled."""

    async def to_replay(self, limit: int, of: str = "") -> list[Poison]:
        """Updates put aside that an operator wants to be handled again, oldest first. of: only those whose names begin so."""

    async def replayed(self, update: str, reason: str | None) -> None:
        """An update was handled again, and is no longer put aside; or (with a reason) it still cannot be, and waits for the operator."""

    async def backlog(self, now: int) -> Backlog:
        """How much waits, for the metrics."""

    async def picture_name(self, picture: PictureKey) -> str | None:
        """The name under which Telegram has a picture, if it was sent before."""

    async def name_picture(self, picture: PictureKey, name: str | None, now: int) -> None:
        """Keep the name under which Telegram has a picture; None: it has it no longer."""

    async def purge(self, now: int, idle_before: int) -> None:
        """Delete what has been kept long enough."""

    async def lead(self) -> asyncio.Event:
        """Wait to be the one program of all on this database that polls. What is returned is set when it must stop polling."""

    async def close(self) -> None:
        """Finish what was begun, and close."""
