"""Turns without a lock, many in one statement: read, do the work, and keep what came of it if nobody changed the conversation meanwhile.

That is how nearly every turn goes: it changes one session and queues one reply. A locked transaction takes four ways to the server for
that, and holds the conversation all the while; this one takes two, which it shares with all others that are at work in that moment.
What does not fit, or was changed meanwhile, is done by a locked transaction (`NeedsLock`).

It rests on one rule, which locked transactions keep as well: who queues a reply of a conversation writes its row. So a row of the same
version (`xmin`) means that the session is still what was read, and that no reply was queued behind our back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from random import randrange
from typing import Any, Final, NamedTuple, Never

from bot.model import Reply, Session
from bot.store import LEASE, Kept, Queued
from bot.store.batching import Batcher
from bot.store.codec import decode_session, encode_reply, encode_session
from bot.store.counted import Count, Progress
from bot.store.postgres_work import PARTS, columns
from bot.store.server import OF_ONE, Links

_READ: Final = """
    SELECT EXISTS (SELECT FROM seen_update WHERE seen_update.update_id = asked.update_id), kept.session, kept.card, kept.xmin::text,
        (SELECT min(not_before) FROM reply_queue WHERE reply_queue.conversation = asked.conversation),
        nextval(pg_get_serial_sequence('reply_queue', 'id'))
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (update_id, conversation, place)
    LEFT JOIN conversation AS kept ON kept.conversation = asked.conversation ORDER BY asked.place"""
_KEEP: Final = """
    WITH new AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
            $9::text[], $10::int[], $11::bigint[], $12::bigint[])
        AS new (conversation, version, session, seen, update_id, at, id, chat, reply, is_card, edit, not_before)),
    mine AS (
        SELECT new.* FROM new JOIN conversation AS kept ON kept.conversation = new.conversation AND kept.xmin::text = new.version
        FOR UPDATE OF kept SKIP LOCKED),
    saved AS (
        UPDATE conversation AS kept SET session = coalesce(mine.session, kept.session), seen = coalesce(mine.seen, kept.seen)
        FROM mine WHERE kept.conversation = mine.conversation RETURNING kept.conversation),
    noted AS (
        INSERT INTO seen_update (update_id, at) SELECT update_id, at FROM mine WHERE update_id IS NOT NULL),
    {counts}
    queued AS (
        INSERT INTO reply_queue (id, conversation, chat, reply, is_card, edit, not_before, owner, queued)
        SELECT id, conversation, chat, reply, is_card, edit, not_before, $13::bigint, at FROM mine WHERE reply IS NOT NULL)
    SELECT conversation FROM saved"""
_COUNTS: Final = """
    counted AS (
        INSERT INTO outcome_count AS kept (day, intent, fix, outcome, language, total)
        SELECT day, intent, fix, outcome, language, count(*)
        FROM unnest($14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
            AS told (conversation, day, intent, fix, outcome, language) JOIN mine USING (conversation)
        GROUP BY day, intent, fix, outcome, language ORDER BY day, intent, fix, outcome, language
        ON CONFLICT (day, intent, fix, outcome, language) DO UPDATE SET total = kept.total + excluded.total),
    progressed AS (
        INSERT INTO progress_count AS kept (day, milestone, intent, value, language, part, total)
        SELECT day, milestone, intent, value, language, $27::int, sum(change)
        FROM unnest($20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::int[])
            AS come (conversation, day, milestone, intent, value, language, change) JOIN mine USING (conversation)
        GROUP BY day, milestone, intent, value, language ORDER BY day, milestone, intent, value, language
        ON CONFLICT (day, milestone, intent, value, language, part) DO UPDATE SET total = kept.total + excluded.total),"""
_KEEP_ALONE: Final = _KEEP.format(counts="")
_KEEP_AND_COUNT: Final = _KEEP.format(counts=_COUNTS)


class NeedsLock(Exception):
    """A locked transaction has to do this work: it does more than the optimistic way can, or somebody else was at the same conversation."""


class _Read(NamedTuple):
    """What is known of a conversation before its turn. next_due: when the first reply in its queue may be taken, if one is there."""

    seen: bool
    session: str | None
    card: int | None
    version: str | None
    next_due: int | None
    id: int


@dataclass(slots=True)
class _Row:
    """What comes of a turn, as the columns of `_KEEP`. What is None stays as it is."""

    conversation: str
    version: str
    session: str | None = None
    seen: int | None = None
    update: str | None = None
    at: int | None = None
    id: int | None = None
    chat: str | None = None
    reply: str | None = None
    is_card: int | None = None
    edit: int | None = None
    not_before: int | None = None


@dataclass(slots=True)
class _Turn:
    """What is to be kept of one turn."""

    row: _Row
    counts: list[tuple[str, ...]] = field(default_factory=list)
    progress: list[tuple[Any, ...]] = field(default_factory=list)


class Optimist:
    """Does work on conversations without a lock.

    links: connections to the server. owner: this replica.
    """

    def __init__(self, links: Links, owner: int) -> None:
        self._links = links
        self._owner = owner
        self._reads: Batcher[tuple[str, str], _Read] = Batcher(self._read, at_once=1)
        self._turns: Batcher[_Turn, bool] = Batcher(self._keep, at_once=2)

    def transaction(self, of: str) -> OptimisticTransaction:
        """What work on this conversation may do."""
        return OptimisticTransaction(self._reads, of)

    async def keep(self, transaction: OptimisticTransaction) -> None:
        """Keep what came of the work. Raises NeedsLock when nothing was kept, StoreError when nobody knows."""
        if transaction.turn is not None and not await self._turns.ask(transaction.turn):
            raise NeedsLock

    async def _read(self, asked: Sequence[tuple[str, str]]) -> list[_Read]:
        async with self._links.one() as link:
            rows = await link.rows(_READ, [update for update, _ in asked], [conversation for _, conversation in asked])
        return [_Read(*row) for row in rows]

    async def _keep(self, turns: Sequence[_Turn]) -> list[bool]:
        """Keep these turns; of each, whether it was kept."""
        values: list[Any] = [*columns([astuple(turn.row) for turn in turns], 12), self._owner]
        counts = [(turn.row.conversation, *count) for turn in turns for count in turn.counts]
        progress = [(turn.row.conversation, *one) for turn in turns for one in turn.progress]
        statement = _KEEP_ALONE
        if counts or progress:
            statement = _KEEP_AND_COUNT
            values += [*columns(counts, 6), *columns(progress, 7), randrange(PARTS)]  # noqa: S311 - not for secrets
        try:
            async with self._links.one() as link:
                kept = {row[0] for row in await link.rows(statement, *values)}
        except OF_ONE:  # one of them cannot be kept: each on its own, and only that one fails
            return [False] * len(turns)
        return [turn.row.conversation in kept for turn in turns]


class OptimisticTransaction:
    """What work may do without a lock: look at its conversation, change it, count, and queue one reply. All else needs the lock.

    turn: what is to be kept; None when there is nothing.
    """

    def __init__(self, reads: Batcher[tuple[str, str], _Read], of: str) -> None:
        self._reads = reads
        self._of = of
        self._found: _Read | None = None
        self.turn: _Turn | None = None

    async def seen(self, update: str, now: int) -> bool:
        if self._found is not None:
            raise NeedsLock
        await self._look(update)
        if self._known.seen:
            return True
        row = self._to_keep.row
        row.update, row.at = update, now
        return False

    async def load(self, conversation: str) -> Kept | None:
        if conversation != self._of:
            raise NeedsLock
        if self._found is None:
            await self._look("")
        found = self._known
        try:
            return Kept(decode_session(str(found.session)), found.card)
        except ValueError as error:
            raise NeedsLock from error

    async def save(self, conversation: str, chat: str, session: Session) -> None:  # noqa: ARG002 - a kept row has its chat
        row = self._row_of(conversation)
        row.session, row.seen = encode_session(session), session.seen

    async def queue(self, conversation: str, chat: str, reply: Reply, edit: int | None, now: int) -> Queued:
        row, found = self._row_of(conversation), self._known
        if row.id is not None or (found.next_due is not None and found.next_due <= now):  # a waiting card might be replaced
            raise NeedsLock
        row.id, row.chat, row.reply, row.is_card, row.edit = found.id, chat, encode_reply(reply), int(reply.card), edit
        row.at, row.not_before = now, now + LEASE
        return Queued(found.id, conversation, chat, reply, edit, behind=found.next_due is not None, leased=now)

    async def count(self, count: Count) -> None:
        self._to_keep.counts.append((count.day, count.intent, count.fix, count.outcome.value, count.language))

    async def count_progress(self, progress: Progress) -> None:
        self._to_keep.progress.append(progress)

    async def _needs_lock(self, *_: Any) -> Never:
        raise NeedsLock

    discard = show = set_timer = take_timer = count_unmatched = forget = abandon = move_chat = moved_to = _needs_lock

    @property
    def queued(self) -> list[int]:
        """The id of the reply that may be in the queue."""
        return [self.turn.row.id] if self.turn is not None and self.turn.row.id is not None else []

    @property
    def _known(self) -> _Read:
        if self._found is None:
            raise NeedsLock
        return self._found

    @property
    def _to_keep(self) -> _Turn:
        if self.turn is None:
            self.turn = _Turn(_Row(self._of, str(self._known.version)))
        return self.turn

    def _row_of(self, conversation: str) -> _Row:
        if conversation != self._of:
            raise NeedsLock
        return self._to_keep.row

    async def _look(self, update: str) -> None:
        """Read what is known. A conversation that has no row yet begins under a lock: there is nothing whose version could be told."""
        self._found = await self._reads.ask((update, self._of))
        if self._found.version is None:
            raise NeedsLock
