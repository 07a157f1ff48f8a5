"""What every store must hold, on SQLite and on PostgreSQL; and what is SQLite's own: the file, its migrations, a kill in the middle."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import product
from operator import methodcaller
from pathlib import Path
from typing import Any, Final

import pytest

from bot.model import Outcome, Reply, Timer
from bot.store import (
    DAY,
    LEASE,
    LONGEST_WAIT,
    SHOWN_AT_MOST,
    Backlog,
    BrokenSession,
    Kept,
    PictureKey,
    Poison,
    Queued,
    Store,
    StoreError,
    Transaction,
    copy_key,
)
from bot.store.counted import Count, Milestone, Progress, UnmatchedCount
from bot.store.counts import Period, ProgressTotal, progress_in
from bot.store.migrations import CONVERSATION_TABLES, MIGRATIONS, TABLES, VERSION
from bot.store.sqlite import open_sqlite
from bot.store.strays import STRAY_AFTER
from bot.store.writer import GROUP
from tests.conversing import START
from tests.keeping import ANN, BEN, KINDS, Database, a_card, a_session, a_word, an_emptied_database, card_of, chat_of, opened, queue, save

Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]
PLENTY: Final = 100
ROOT: Final = Path(__file__).parent.parent
GROUP_CHAT: Final = "tg:-5"
NEW_CHAT: Final = "tg:-1000"
IN_GROUP: Final = "tg:-5:0:1"
IN_NEW: Final = "tg:-1000:0:1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backup-medic.db"


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database of each kind that there is."""
    return an_emptied_database(request.param, request, tmp_path)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with opened(database) as store:
        yield store


@pytest.fixture
def rows(database: Database) -> Rows:
    return database.rows


def look(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


async def seen(store: Store, update: str, now: int = START) -> bool:
    return await store.run(lambda tx: tx.seen(update, now))


async def waiting(store: Store, now: int, limit: int = PLENTY) -> list[Reply]:
    return [queued.reply for queued in await store.waiting(now, limit)]


async def _set_timer(tx: Transaction, conversation: str) -> None:
    await tx.set_timer(conversation, conversation, Timer(START, "abc", 1))


async def fill(store: Store, conversation: str, chat: str) -> None:
    """Put something into every table for a conversation."""

    async def work(tx: Transaction) -> None:
        await tx.seen(f"update of {conversation}", START)
        await tx.save(conversation, chat, a_session())
        await tx.set_timer(conversation, chat, Timer(START, "abc", 1))
        await tx.count(Count("2025-06-15", "storage-full", "restart", Outcome.WORKED, "en"))
        await tx.queue(conversation, chat, a_card(), None, START)
        await tx.queue(conversation, chat, a_word(), None, START)
        await tx.show(conversation, a_card(), None, START)

    await store.run(work)
    await store.put_aside(Poison(f"poison of {conversation}", conversation, "{}", "unreadable", START))
    [buried] = await queue(store, conversation, a_word("welcome"))
    await store.bury(buried, "no", START)


async def mark(store: Store, *updates: Poison) -> None:
    """Have updates replayed, as an operator does it from outside."""

    async def work(tx: Any) -> None:
        for poison in updates:  # no work of the bot's does that, so no transaction has a method for it
            if hasattr(tx, "_link"):
                await tx._link.do("UPDATE poison SET replay = 1 WHERE update_id = $1", poison.update)  # noqa: SLF001
            else:
                tx._execute("UPDATE poison SET replay = 1 WHERE update_id = ?", (poison.update,))  # noqa: SLF001

    await store.run(work)


class TestAnyStore:
    """The protocol of a store."""

    # --- leases ---

    async def test_renewed(self, store: Store, rows: Rows) -> None:
        """A lease goes on for who still has the reply; not for what was given back, sent or forgotten."""
        mine, back, gone = await queue(store, ANN, a_word("a"), a_word("b"), a_word("c"))
        await store.postpone([back], START + 1)
        await store.sent(gone, 7)
        assert [await store.renew(queued, START + 30) for queued in (mine, back, gone)] == [True, False, False]
        assert await rows("SELECT not_before FROM reply_queue ORDER BY id") == [(START + 30 + LEASE,), (START + 1,)]

    async def test_backlog(self, store: Store) -> None:
        """How many replies wait, for how long the oldest of them, and what was put aside."""
        assert await store.backlog(START) == Backlog()
        (first,) = await queue(store, ANN, a_card())
        await queue(store, BEN, a_card(), now=START + 5)
        await store.put_aside(Poison("tg:9", ANN, "{}", "unreadable", START))
        assert await store.backlog(START + 7) == Backlog(replies=2, oldest=7, updates_aside=1)
        await store.sent(first, 50)
        assert await store.backlog(START + 7) == Backlog(replies=1, oldest=2, updates_aside=1)
        (second,) = await store.waiting(START + LEASE + 5, PLENTY)
        await store.bury(second, "no", START)
        assert await store.backlog(START + 7) == Backlog(updates_aside=1, letters=1)

    async def test_numbers_never_come_again(self, store: Store) -> None:
        """Who is still sending a reply that was deleted goes by its number."""
        [first] = await queue(store, ANN, a_word("a"))
        await store.run(lambda tx: tx.forget(ANN))
        [second] = await queue(store, ANN, a_word("b"))
        assert second.id > first.id

    async def test_sent_by_another(self, store: Store) -> None:
        """That a card was sent which was off the queue already makes it no card: another was sent since."""
        await save(store, ANN, a_session())
        first, second = await queue(store, ANN, a_card(1), a_card(2))
        for card, message in ((first, 5), (second, 6), (first, 7)):
            await store.sent(card, message)
        assert await card_of(store, ANN) == 6

    # --- transactions ---

    async def test_all_or_nothing(self, store: Store, rows: Rows) -> None:
        """Work that raises leaves nothing behind, and its own error comes back to who asked for it."""

        async def fails(tx: Transaction) -> None:
            await tx.seen("tg:1", START)
            await tx.save(ANN, "tg:1", a_session())
            await tx.queue(ANN, "tg:1", a_card(), None, START)
            await tx.set_timer(ANN, "tg:1", Timer(START, "abc", 1))
            await tx.count(Count("2025-06-15", "storage-full", "restart", Outcome.WORKED, "en"))
            raise LookupError("of the work itself")

        with pytest.raises(LookupError, match="of the work itself"):
            await store.run(fails)
        for table in ("seen_update", "conversation", "reply_queue", "timer", "outcome_count"):
            assert await rows(f"SELECT * FROM {table}") == []  # noqa: S608 - our own table names

    async def test_result(self, store: Store) -> None:
        """Work gives its result, and what it kept can be read from outside as soon as it is done."""

        async def work(tx: Transaction) -> str:
            await tx.save(ANN, "tg:1", a_session())
            return "done"

        assert await store.run(work) == "done"
        assert await store.run(lambda tx: tx.load(ANN)) == Kept(a_session())

    async def test_one_failure_takes_nobody_with_it(self, store: Store) -> None:
        """Of many pieces of work at once, those that fail lose only their own: each is under its savepoint."""

        async def work(tx: Transaction, number: int) -> int:
            assert not await tx.seen(f"tg:{number}", START)
            await tx.save(f"tg:{number}:0:{number}", f"tg:{number}", a_session(number))
            if number % 3 == 0:
                raise LookupError(number)
            return number

        numbers = range(1, 3 * GROUP)
        outcomes = await asyncio.gather(*(store.run(partial(work, number=number)) for number in numbers), return_exceptions=True)
        for number, outcome in zip(numbers, outcomes, strict=True):
            kept = await store.run(methodcaller("load", f"tg:{number}:0:{number}"))
            if number % 3 == 0:
                assert isinstance(outcome, LookupError)
                assert kept is None
            else:
                assert outcome == number
                assert kept == Kept(a_session(number))
            assert await seen(store, f"tg:{number}") == (number % 3 != 0)

    async def test_what_cannot_be_kept_takes_nobody_with_it(self, store: Store) -> None:
        """A value that the database does not take is the error of its own work, and no StoreError: trying again is of no use."""
        strange: Any = {"not": "a text"}
        outcomes = await asyncio.gather(seen(store, "tg:1"), seen(store, strange), seen(store, "tg:\ud83d"), return_exceptions=True)
        assert outcomes[0] is False
        assert all(isinstance(outcome, Exception) and not isinstance(outcome, StoreError) for outcome in outcomes[1:])
        assert await seen(store, "tg:1")

    async def test_who_gave_up_waiting(self, store: Store) -> None:
        """One who no longer waits for a result disturbs nobody."""
        gave_up = asyncio.create_task(seen(store, "tg:1"))
        await asyncio.sleep(0)
        gave_up.cancel()
        assert not await seen(store, "tg:2")

    async def test_after_close(self, store: Store) -> None:
        """A closed store says so, and lets nobody wait for ever; all that was asked before is done."""
        results = [asyncio.ensure_future(seen(store, f"tg:{number}")) for number in range(2 * GROUP)]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*results) == [False] * len(results)
        with pytest.raises(StoreError, match="closed"):
            await seen(store, "tg:1")

    # --- messages that were not understood ---

    async def test_counted(self, store: Store, rows: Rows) -> None:
        """One row for each day, language, length and decision, also when many count at once; in one transaction, all or nothing."""
        count = UnmatchedCount("2025-06-15", "de", "21-100", "none")

        async def work(tx: Transaction) -> None:
            await tx.count_unmatched(count)
            await tx.count_unmatched(replace(count, decision="choose"))

        async def fails(tx: Transaction) -> None:
            await work(tx)
            raise LookupError

        await asyncio.gather(*(store.run(work, f"tg:{number}:0:{number}") for number in range(5)))
        with pytest.raises(LookupError):
            await store.run(fails)
        found = await rows("SELECT day, language, length, decision, total FROM unmatched_count ORDER BY decision DESC")
        assert found == [("2025-06-15", "de", "21-100", "none", 5), ("2025-06-15", "de", "21-100", "choose", 5)]

    async def test_copies_that_wait(self, store: Store, rows: Rows) -> None:
        """An operator's chat that is given up leaves them; they move with it; /forget of their writer takes them."""

        async def work(tx: Transaction) -> None:
            for writer in (IN_GROUP, BEN, f"{BEN}0"):
                await tx.queue(copy_key(writer, GROUP_CHAT), GROUP_CHAT, a_word(), None, START)

        await store.run(work)
        await store.run(lambda tx: tx.abandon(GROUP_CHAT))
        await store.run(lambda tx: tx.move_chat(GROUP_CHAT, NEW_CHAT, START))
        found = await rows("SELECT conversation, chat FROM reply_queue ORDER BY id")
        assert found == [(copy_key(writer, GROUP_CHAT), NEW_CHAT) for writer in (IN_NEW, BEN, f"{BEN}0")]
        await store.run(lambda tx: tx.forget(BEN))
        assert len(await rows("SELECT id FROM reply_queue")) == 2

    # --- updates and sessions ---

    async def test_seen_once(self, store: Store) -> None:
        """An update is new once."""
        assert [await seen(store, update) for update in ("tg:1", "tg:1", "tg:2", "tg:1")] == [False, True, False, True]

    async def test_seen_at_the_same_time(self, store: Store) -> None:
        """Of the same update handled many times at once, one is new."""
        assert sorted(await asyncio.gather(*(seen(store, "tg:1") for _ in range(20)))) == [False] + [True] * 19

    async def test_load_and_save(self, store: Store) -> None:
        """A session comes back as it was saved; the newest counts; nobody else's is touched."""
        assert await store.run(lambda tx: tx.load(ANN)) is None
        await save(store, ANN, a_session(1))
        await save(store, BEN, a_session(7))
        await save(store, ANN, a_session(2))
        assert await store.run(lambda tx: tx.load(ANN)) == Kept(a_session(2))
        assert await store.run(lambda tx: tx.load(BEN)) == Kept(a_session(7))

    async def test_what_a_transaction_saved(self, store: Store) -> None:
        """Within one transaction, what was saved or deleted before is what is loaded after."""

        async def work(tx: Transaction) -> list[Kept | None]:
            await tx.seen("tg:1", START)
            await tx.save(ANN, "tg:1", a_session(2))
            saved = await tx.load(ANN)
            await tx.save(BEN, "tg:2", a_session(3))
            await tx.save(ANN, "tg:1", a_session(4))
            await tx.queue(BEN, "tg:2", a_word(), None, START)
            found = [saved, await tx.load(ANN), await tx.load(BEN)]
            await tx.forget(BEN)
            return [*found, await tx.load(BEN)]

        await save(store, ANN, a_session(1))
        assert await store.run(work, ANN) == [Kept(a_session(2)), Kept(a_session(4)), Kept(a_session(3)), None]
        assert await store.run(lambda tx: tx.load(ANN), ANN) == Kept(a_session(4))

    # --- the queue ---

    async def test_in_order(self, store: Store) -> None:
        """Replies come back as they were queued, in their order, with all that belongs to them."""
        queued = await queue(store, ANN, a_card(), a_word("a"), a_word("b"), edit=5)
        assert [reply.behind for reply in queued] == [False, True, True]
        found = await store.waiting(START + LEASE, PLENTY)
        assert found == [replace(reply, behind=False, leased=START + LEASE) for reply in queued]
        assert {reply.edit for reply in found} == {5}

    async def test_lease(self, store: Store) -> None:
        """Who queued a reply has it to himself, and so has who took it from the queue, until the lease runs out."""
        await queue(store, ANN, a_word())
        assert await waiting(store, START + LEASE - 1) == []
        assert await waiting(store, START + LEASE) == [a_word()]
        assert await waiting(store, START + 2 * LEASE - 1) == []
        assert await waiting(store, START + 2 * LEASE) == [a_word()]

    async def test_release(self, database: Database) -> None:
        """The leases of a program that is gone end when the next one starts; what was postponed for longer still waits."""
        async with opened(database) as gone:
            await queue(gone, ANN, a_word("a"), a_word("b"))
            [later] = await queue(gone, BEN, a_word("c"))
            await gone.postpone([later], START + 2 * LEASE)
        async with opened(database) as store:
            await store.release(START + 1)
            assert await waiting(store, START + 1) == [a_word("a"), a_word("b")]
            assert await waiting(store, START + 2) == []

    async def test_leases_of_what_is_still_held(self, store: Store) -> None:
        """A lease goes on as long as its holder says that it has the reply, and runs out for the others."""
        [kept] = await queue(store, ANN, a_word("a"))
        await queue(store, BEN, a_word("b"))
        assert await store.waiting(START + LEASE - 1, PLENTY, [kept.id]) == []
        [taken] = await store.waiting(START + LEASE, PLENTY, [kept.id])
        assert taken.reply == a_word("b")
        assert await store.waiting(START + 2 * LEASE - 2, PLENTY, [kept.id, taken.id]) == []
        assert await store.waiting(START + 9 * LEASE, PLENTY, [taken.id]) == [replace(kept, leased=START + 9 * LEASE)]

    async def test_leases_of_what_nobody_holds(self, store: Store) -> None:
        """A reply that its holder has let go waits again after seconds, and so does what stands behind it; not what is held."""
        [kept] = await queue(store, ANN, a_word("a"))
        await queue(store, BEN, a_word("b"), a_word("c"))
        assert await store.waiting(START + 1, PLENTY, [kept.id]) == []
        assert await store.waiting(START + STRAY_AFTER, PLENTY, [kept.id]) == []
        freed = await store.waiting(START + 1 + STRAY_AFTER, PLENTY, [kept.id])
        assert [queued.reply for queued in freed] == [a_word("b"), a_word("c")]
        held = [kept.id, *(queued.id for queued in freed)]
        assert await store.waiting(START + 1 + 2 * STRAY_AFTER, PLENTY, held) == []

    async def test_one_look_is_not_enough(self, store: Store) -> None:
        """What is just being handed over is held by nobody for a moment: each look that finds a holder begins the seconds anew."""
        [queued] = await queue(store, ANN, a_word("a"))
        assert await waiting(store, START + 1) == []
        assert await store.waiting(START + 1 + STRAY_AFTER, PLENTY, [queued.id]) == []
        assert await waiting(store, START + 2 + STRAY_AFTER) == []
        assert await waiting(store, START + 1 + 2 * STRAY_AFTER) == []
        assert await waiting(store, START + 2 + 2 * STRAY_AFTER) == [a_word("a")]

    async def test_what_was_given_back_is_not_held(self, store: Store) -> None:
        """Who has given a reply back, and says so too late, does not keep it from being sent when its time has come."""
        [given] = await queue(store, ANN, a_word("a"))
        await store.postpone([given], START + 5)
        assert await store.waiting(START + 4, PLENTY, [given.id]) == []
        assert await waiting(store, START + 5) == [a_word("a")]

    async def test_limit(self, store: Store) -> None:
        """No more are taken than asked for, the oldest first, and the rest of a conversation waits for its turn."""
        await queue(store, ANN, a_word("a"), a_word("b"), a_word("c"))
        assert await waiting(store, START + LEASE, 2) == [a_word("a"), a_word("b")]
        assert await waiting(store, START + LEASE, 2) == [], "c would pass those that are being sent"

    async def test_newest_card(self, store: Store) -> None:
        """A new card takes the place of one that waits, but not of one that somebody is sending; words are never dropped."""
        await queue(store, ANN, a_card(1), a_word())
        [behind] = await queue(store, ANN, a_card(2), now=START + 1)
        assert behind.behind
        assert await waiting(store, START + LEASE - 1) == []
        [newest] = await queue(store, ANN, a_card(3), now=START + 2 * LEASE)
        assert newest.behind
        assert await waiting(store, START + 3 * LEASE) == [a_word(), a_card(3)]

    async def test_card_that_is_being_sent(self, store: Store) -> None:
        """A card that somebody is sending is not dropped for a newer one: it may fail, and it comes first."""
        await queue(store, ANN, a_card(1))
        await queue(store, ANN, a_card(2), now=START + 1)
        assert await waiting(store, START + 1 + LEASE) == [a_card(1), a_card(2)]

    async def test_nobody_before_it(self, store: Store) -> None:
        """A card that takes the place of all that waited is behind nobody."""
        await queue(store, ANN, a_card(1))
        [newest] = await queue(store, ANN, a_card(2), now=START + LEASE)
        assert not newest.behind

    async def test_cards_of_others(self, store: Store) -> None:
        """A new card of one leaves those of others in the queue."""
        await queue(store, ANN, a_card(1))
        await queue(store, BEN, a_card(2), now=START + LEASE)
        assert await waiting(store, START + LEASE) == [a_card(1)]

    async def test_order_while_an_earlier_reply_waits(self, store: Store) -> None:
        """While an earlier reply of a conversation waits for its time, none after it goes; other conversations go on."""
        [first] = await queue(store, ANN, a_word("a"))
        await queue(store, ANN, a_word("b"))
        await queue(store, BEN, a_word("c"))
        await store.postpone([first], START + 10 * LEASE)
        assert await waiting(store, START + 2 * LEASE) == [a_word("c")]
        assert await waiting(store, START + 10 * LEASE) == [a_word("a"), a_word("b"), a_word("c")]

    async def test_postpone(self, store: Store) -> None:
        """A postponed reply comes back when its time has come, and knows how often it was tried."""
        queued = await queue(store, ANN, a_word("a"), a_word("b"))
        await store.postpone(queued, START + 7)
        assert await waiting(store, START + 6) == []
        found = await store.waiting(START + 7, PLENTY)
        assert [(reply.reply, reply.attempts) for reply in found] == [(a_word("a"), 1), (a_word("b"), 1)]

    async def test_sent(self, store: Store) -> None:
        """A reply that was sent is off the queue; a card becomes the conversation's card, and gives back the one before it."""
        await save(store, ANN, a_session())
        first, word, second = await queue(store, ANN, a_card(1), a_word(), a_card(2))
        assert await store.sent(first, 10) is None
        assert await card_of(store, ANN) == 10
        assert await store.sent(word, 11) is None
        assert await card_of(store, ANN) == 10
        assert await store.sent(second, 12) == 10
        assert await card_of(store, ANN) == 12
        assert await waiting(store, START + 9 * LEASE) == []

    async def test_sent_in_place(self, store: Store) -> None:
        """A card put in the place of itself replaced none; one that was never sent changes no card."""
        await save(store, ANN, a_session())
        first, second, third = await queue(store, ANN, a_card(1), a_card(2), a_card(3))
        await store.sent(first, 10)
        assert await store.sent(second, 10) is None
        assert await store.sent(third, None) is None
        assert await card_of(store, ANN) == 10

    async def test_sent_to_nobody(self, store: Store) -> None:
        """A card that arrives after /forget is kept nowhere."""
        [card] = await queue(store, ANN, a_card())
        assert await store.sent(card, 10) is None
        assert await card_of(store, ANN) is None

    async def test_saving_keeps_the_card(self, store: Store) -> None:
        """To save a session leaves the card as it is."""
        await save(store, ANN, a_session(1))
        [card] = await queue(store, ANN, a_card())
        await store.sent(card, 10)
        await save(store, ANN, a_session(2))
        assert await store.run(lambda tx: tx.load(ANN)) == Kept(a_session(2), 10)

    async def test_bury(self, store: Store, rows: Rows) -> None:
        """A reply that can never be sent leaves the queue, and leaves its reason but not its content."""
        first, second = await queue(store, ANN, a_card(), a_word())
        await store.bury(first, "message is too long", START)
        assert await waiting(store, START + LEASE) == [second.reply]
        assert await rows("SELECT conversation, reason, at FROM dead_letter") == [(ANN, "message is too long", START)]

    async def test_what_waits_too_long(self, store: Store) -> None:
        """What waits until later than anything may be postponed, waits because the clock was moved: it may go now. The rest waits on."""
        ann, ben = await queue(store, ANN, a_word()), await queue(store, BEN, a_word())
        await store.postpone(ann, START + LONGEST_WAIT + 1)
        await store.postpone(ben, START + LONGEST_WAIT)
        assert [reply.conversation for reply in await store.waiting(START, PLENTY)] == [ANN]

    # --- what an operator has handled again ---

    async def test_replay(self, store: Store, rows: Rows) -> None:
        """Updates that are marked are given for replay, the oldest first, until they were handled, or still could not be."""
        first, second, third = (Poison(f"tg:{number}", ANN, "{}", "unreadable", START + 9 - number) for number in (1, 2, 3))
        for poison in (first, second, third):
            await store.put_aside(poison)
        assert await store.to_replay(PLENTY) == []
        await mark(store, first, second)
        assert await store.to_replay(PLENTY) == await store.to_replay(PLENTY) == [second, first]
        assert await store.to_replay(1) == [second]
        await store.replayed(first.update, None)
        await store.replayed(second.update, "still not")
        assert await store.to_replay(PLENTY) == []
        assert await rows("SELECT update_id, reason FROM poison ORDER BY update_id") == [("tg:2", "still not"), ("tg:3", "unreadable")]

    async def test_no_replay_without_words(self, store: Store, rows: Rows) -> None:
        """Once the words of an update are gone, it cannot be replayed, asked for or not."""
        poison = Poison("tg:1", ANN, "{}", "unreadable", START)
        await store.put_aside(poison)
        await mark(store, poison)
        await store.purge(START + DAY + 1, 0)
        assert await store.to_replay(PLENTY) == []
        assert await rows("SELECT raw, reason FROM poison") == [(None, "unreadable")]

    async def test_purge_of_dead_letters(self, store: Store, rows: Rows) -> None:
        """A reply that could not be sent is kept for 24 hours; that there was one, and why, for longer."""
        [reply] = await queue(store, ANN, a_word())
        await store.bury(reply, "no", START)
        await store.purge(START + DAY, 0)
        assert await rows("SELECT reply IS NULL, chat, reason FROM dead_letter") == [(0, chat_of(ANN), "no")]
        await store.purge(START + DAY + 1, 0)
        assert await rows("SELECT reply IS NULL, chat, reason FROM dead_letter") == [(1, chat_of(ANN), "no")]

    async def test_purge_of_pictures(self, store: Store) -> None:
        """Telegram's name for a drawing of ours is kept as long as a conversation would be."""
        old, new = (PictureKey(digest, "en", "light") for digest in ("old", "new"))
        await store.name_picture(old, "a file", START)
        await store.name_picture(new, "a file", START + 9)
        await store.purge(START + 10, START + 5)
        assert [await store.picture_name(key) for key in (old, new)] == [None, "a file"]

    # --- timers and counts ---

    async def test_timers(self, store: Store) -> None:
        """Timers are given when they are due, the earliest first, again and again until one takes them; that is once."""
        early, late = Timer(START + 60, "abc", 1), Timer(START + 90, "abc", 2)
        for timer in (late, early, early):
            await store.run(methodcaller("set_timer", ANN, "tg:1", timer))
        assert await store.due(START + 59, PLENTY) == []
        assert await store.due(START + 60, PLENTY) == [(ANN, "tg:1", early)]
        assert await store.due(START + 90, PLENTY) == [(ANN, "tg:1", early), (ANN, "tg:1", late)]
        assert await store.due(START + 90, 1) == [(ANN, "tg:1", early)]
        assert [await store.run(lambda tx: tx.take_timer(ANN, early)) for _ in range(2)] == [True, False]
        assert not await store.run(lambda tx: tx.take_timer(BEN, late))
        assert await store.due(START + 90, PLENTY) == [(ANN, "tg:1", late)]

    async def test_counts(self, store: Store, rows: Rows) -> None:
        """Equal outcomes add up; each other day, intent, fix, outcome and language has its own count."""
        count = Count("2025-06-15", "storage-full", "restart", Outcome.WORKED, "en")
        for one in (count, count, count, replace(count, day="2025-06-16"), replace(count, outcome=Outcome.COULDNT)):
            await store.run(methodcaller("count", one))
        assert sorted(await rows("SELECT day, outcome, total FROM outcome_count")) == [
            ("2025-06-15", "couldnt", 1),
            ("2025-06-15", "worked", 3),
            ("2025-06-16", "worked", 1),
        ]

    async def test_progress(self, store: Store) -> None:
        """Changes add up, each day, milestone, intent, value and language apart; what came to nothing, or lies outside, is left out."""
        here = Progress("2025-06-15", Milestone.STANDS, "storage-full", "fixing restart")
        there = here._replace(value="solved")
        for one in (here, here, here._replace(change=-1), there, there._replace(change=-1), here._replace(day="2025-06-16")):
            await store.run(methodcaller("count_progress", one))
        assert await progress_in(store, Period("2025-06-01", "2025-06-15")) == [
            ProgressTotal("2025-06-15", Milestone.STANDS, "storage-full", "fixing restart", "", 1)
        ]

    async def test_progress_beside_outcomes(self, store: Store, rows: Rows) -> None:
        """Outcomes and progress of one transaction are both kept with its session and reply, or without any; a failure keeps neither."""
        count = Count("2025-06-15", "storage-full", "restart", Outcome.WORKED, "en")
        progress = Progress("2025-06-15", Milestone.READ, value="match", language="en")

        async def work(tx: Transaction, *, saves: bool, fails: bool) -> None:
            await tx.load(ANN)
            if saves:
                await tx.save(ANN, chat_of(ANN), a_session())
            for one in (count, progress):
                await (tx.count(one) if isinstance(one, Count) else tx.count_progress(one))
            if saves:
                await tx.queue(ANN, chat_of(ANN), a_word(), None, START)
            if fails:
                raise ZeroDivisionError

        for saves, fails in product((True, False), repeat=2):
            with suppress(ZeroDivisionError):
                await store.run(partial(work, saves=saves, fails=fails))
        assert await rows("SELECT total FROM outcome_count") == [(2,)]
        assert await rows("SELECT CAST(sum(total) AS BIGINT) FROM progress_count") == [(2,)]

    async def test_counts_of_one_transaction(self, store: Store, rows: Rows) -> None:
        """All that one piece of work counts is counted, whatever else it does: save, forget, queue a reply."""
        count = Count("2025-06-15", "storage-full", "restart", Outcome.WORKED, "en")

        async def work(tx: Transaction, *, saves: bool, queues: bool, forgets: bool) -> None:
            if saves:
                await tx.save(ANN, "tg:1", a_session())
            for one in (count, replace(count, fix="update"), count):
                await tx.count(one)
            if forgets:
                await tx.forget(ANN)
            if queues:
                await tx.queue(ANN, "tg:1", a_word(), None, START)
                await tx.queue(ANN, "tg:1", a_card(), None, START)

        for saves, queues, forgets in product((True, False), repeat=3):
            await store.run(partial(work, saves=saves, queues=queues, forgets=forgets), ANN)
        assert sorted(await rows("SELECT fix, total FROM outcome_count")) == [("restart", 16), ("update", 8)]

    # --- forgetting, and chats that are left ---

    async def test_what_stands_on_a_page(self, store: Store) -> None:
        """A card goes in the place of the live one that was pressed, else below it, and closes it; other replies stand beside it."""

        async def shown(reply: Reply, card: int | None = None) -> int:
            return await store.run(lambda tx: tx.show(ANN, reply, card, START))

        first = await shown(a_card(1))
        word = await shown(a_word())
        assert await shown(a_card(2), first) == first
        assert [(one.number, one.reply, one.live) for one in await store.shown(ANN, 0)] == [
            (first, a_card(2), True),
            (word, a_word(), False),
        ]
        newest = (await store.revisions([ANN, BEN]))[ANN]
        second = await shown(a_card(3))
        assert [(one.number, one.live) for one in await store.shown(ANN, newest)] == [(first, False), (second, True)]
        assert await shown(a_card(4), first) > second, "what is not live any more is not pressed"
        assert await store.shown(BEN, 0) == []
        assert list(await store.revisions([ANN, BEN])) == [ANN]

    async def test_only_the_last_messages_of_a_page_are_kept(self, store: Store) -> None:
        """A page is as long as somebody would scroll back; what is left keeps its numbers, and they go on."""
        numbers = [await store.run(lambda tx: tx.show(ANN, a_word(), None, START)) for _ in range(SHOWN_AT_MOST + 5)]
        assert [one.number for one in await store.shown(ANN, 0)] == numbers[-SHOWN_AT_MOST:]

    async def test_a_message_that_another_version_wrote(self, store: Store, rows: Rows) -> None:
        """It is passed over, and the rest of the page is there."""
        await store.run(lambda tx: tx.show(ANN, a_word(), None, START))
        await store.run(lambda tx: tx.show(ANN, a_card(), None, START))
        await rows("UPDATE shown_message SET reply = '{}' WHERE live = 0 RETURNING 1")
        assert [one.reply for one in await store.shown(ANN, 0)] == [a_card()]

    async def test_old_pages_are_deleted(self, store: Store) -> None:
        """What was shown to somebody of whom nothing else is kept goes with time."""
        await store.run(lambda tx: tx.show(ANN, a_word(), None, START))
        await store.purge(START + 10, START + 1)
        assert await store.shown(ANN, 0) == []

    async def test_each_transport_takes_its_own(self, store: Store) -> None:
        """Timers and replays of one transport are none of another's business."""
        for conversation in (ANN, "web:1"):
            await store.run(partial(_set_timer, conversation=conversation))
            await store.put_aside(Poison(conversation, conversation, "{}", "unreadable", START))
        assert [due[0] for due in await store.due(START, PLENTY, "web:")] == ["web:1"]
        assert {due[0] for due in await store.due(START, PLENTY)} == {ANN, "web:1"}
        assert await store.due(START, PLENTY, "tty") == []

    async def test_forget(self, store: Store, rows: Rows) -> None:
        """/forget leaves no row of the conversation in any table, and every row of others where it was."""
        await fill(store, ANN, "tg:1")
        await fill(store, BEN, "tg:2")
        of_ben = [await rows(f"SELECT * FROM {table} WHERE conversation = '{BEN}'") for table in CONVERSATION_TABLES]  # noqa: S608
        await store.run(lambda tx: tx.forget(ANN))
        for table, of_other in zip(CONVERSATION_TABLES, of_ben, strict=True):
            assert of_other, f"the test puts nothing into {table}"
            assert await rows(f"SELECT * FROM {table}") == of_other  # noqa: S608 - our own table names

    async def test_abandoned(self, store: Store, rows: Rows) -> None:
        """What waits for a chat that cannot be written to is dropped, timers too; its conversation is kept, and so are others."""
        await fill(store, ANN, "tg:1")
        await fill(store, BEN, "tg:2")
        for _ in range(2):
            await store.run(lambda tx: tx.abandon("tg:1"))
        assert await rows("SELECT DISTINCT chat FROM reply_queue UNION SELECT chat FROM timer") == [("tg:2",)]
        assert await store.run(lambda tx: tx.load(ANN)) is not None

    # --- chats that move ---

    async def test_moved_chat(self, store: Store, rows: Rows) -> None:
        """All of a chat goes on under its new id, in every table; no message of the old one is edited; to hear it twice is harmless."""
        await fill(store, IN_GROUP, GROUP_CHAT)
        await store.run(lambda tx: tx.save("tg:-55:0:1", "tg:-55", a_session()))
        await queue(store, IN_GROUP, a_word(), edit=7)
        [card] = await queue(store, IN_GROUP, a_card(2))
        await store.sent(card, 8)
        before = [len(await rows(f"SELECT 1 FROM {table}")) for table in CONVERSATION_TABLES]  # noqa: S608 - our own table names
        for _ in range(2):
            await store.run(lambda tx: tx.move_chat(GROUP_CHAT, NEW_CHAT, START))
        assert before == [len(await rows(f"SELECT 1 FROM {table}")) for table in CONVERSATION_TABLES]  # noqa: S608 - the same
        for table in CONVERSATION_TABLES:
            assert {key for (key,) in await rows(f"SELECT conversation FROM {table}")} <= {IN_NEW, "tg:-55:0:1"}  # noqa: S608 - the same
        assert await store.run(lambda tx: tx.load(IN_NEW)) == Kept(a_session(), None)
        assert {reply.edit for reply in await store.waiting(START + 2 * LEASE, PLENTY)} == {None}
        assert await store.due(START, PLENTY) == [(IN_NEW, NEW_CHAT, Timer(START, "abc", 1))]
        assert await rows("SELECT DISTINCT chat FROM dead_letter") == [(NEW_CHAT,)]
        assert await store.run(lambda tx: tx.moved_to(GROUP_CHAT)) == NEW_CHAT
        assert await store.run(lambda tx: tx.moved_to(NEW_CHAT)) is None

    async def test_moved_to_where_somebody_has_written(self, store: Store) -> None:
        """Who wrote in the new chat before the store knew of it goes on from there, and still gets what waited in the old one."""
        await save(store, IN_GROUP, a_session(1))
        await save(store, IN_NEW, a_session(2))
        await queue(store, IN_GROUP, a_word())
        await store.run(lambda tx: tx.move_chat(GROUP_CHAT, NEW_CHAT, START))
        assert await store.run(lambda tx: tx.load(IN_NEW)) == Kept(a_session(2))
        assert await store.run(lambda tx: tx.load(IN_GROUP)) is None
        assert [reply.conversation for reply in await store.waiting(START + LEASE, PLENTY)] == [IN_NEW]

    async def test_moves_are_forgotten(self, store: Store, rows: Rows) -> None:
        """That a chat was moved is not kept longer than its conversations would be."""
        await store.run(lambda tx: tx.move_chat(GROUP_CHAT, NEW_CHAT, START))
        await store.purge(START, START)
        assert await store.run(lambda tx: tx.moved_to(GROUP_CHAT)) == NEW_CHAT
        await store.purge(START + 1, START + 1)
        assert await rows("SELECT * FROM moved_chat") == []

    # --- what cannot be read ---

    async def test_reply_that_cannot_be_read(self, store: Store, rows: Rows) -> None:
        """A reply in the queue that another version wrote becomes a dead letter, and holds up nobody."""
        await queue(store, ANN, a_word("a"), a_word("b"))
        await rows("UPDATE reply_queue SET reply = '{}' WHERE id = (SELECT min(id) FROM reply_queue)")
        assert await waiting(store, START + LEASE) == [a_word("b")]
        assert await rows("SELECT conversation FROM dead_letter") == [(ANN,)]

    async def test_session_that_cannot_be_read(self, store: Store, rows: Rows) -> None:
        """A session that another version wrote is told from one that is not there; discarded, it leaves its reason but not its content."""
        await save(store, ANN, a_session())
        await rows("UPDATE conversation SET session = '{}'")
        with pytest.raises(BrokenSession):
            await store.run(lambda tx: tx.load(ANN))
        await store.run(lambda tx: tx.discard(ANN, "unreadable", START))
        assert await store.run(lambda tx: tx.load(ANN)) is None
        assert await rows("SELECT conversation, reason, at FROM dead_letter") == [(ANN, "unreadable", START)]

    # --- one by one ---

    async def test_in_the_order_of_asking(self, store: Store) -> None:
        """Work of one conversation, asked for at once, is done in the order of asking, each on what the one before it kept."""
        done: list[int] = []

        async def work(tx: Transaction, number: int) -> None:
            kept = await tx.load(ANN)
            assert (kept.session.turn if kept else 0) == number
            await tx.save(ANN, "tg:1", a_session(number + 1))
            done.append(number)

        await asyncio.gather(*(store.run(partial(work, number=number), ANN) for number in range(40)))
        assert done == list(range(40))

    async def test_leads_alone(self, store: Store) -> None:
        """Who is alone with a database may poll at once, and goes on."""
        async with asyncio.timeout(5):
            over = await store.lead()
        assert not over.is_set()

    # --- cleaning up ---

    async def test_purge_of_updates(self, store: Store) -> None:
        """Updates are known for 48 hours, and then no longer."""
        await seen(store, "tg:1", START)
        await store.purge(START + 2 * DAY, 0)
        assert await seen(store, "tg:1", START)
        await store.purge(START + 2 * DAY + 1, 0)
        assert not await seen(store, "tg:1", START)

    async def test_purge_of_poison(self, store: Store, rows: Rows) -> None:
        """The words of an update that was put aside are gone after 24 hours; that there was one, and why, is kept."""
        await store.put_aside(Poison("tg:1", ANN, "secret", "unreadable", START))
        await store.put_aside(Poison("tg:1", ANN, "again", "unreadable", START))
        await store.purge(START + DAY, 0)
        assert await rows("SELECT raw, reason FROM poison") == [("secret", "unreadable")]
        await store.purge(START + DAY + 1, 0)
        assert await rows("SELECT raw, reason FROM poison") == [(None, "unreadable")]

    async def test_purge_of_the_idle(self, store: Store, rows: Rows) -> None:
        """A conversation that was idle too long is forgotten whole, any other is kept whole."""
        await fill(store, ANN, "tg:1")
        await fill(store, BEN, "tg:2")
        await save(store, BEN, a_session(seen=START + 1))
        await store.purge(START + 1, START + 1)
        for table in ("conversation", "reply_queue", "timer"):
            assert await rows(f"SELECT DISTINCT conversation FROM {table}") == [(BEN,)]  # noqa: S608 - our own table names

    async def test_purge_of_what_belongs_to_nobody(self, store: Store, rows: Rows) -> None:
        """What was put aside of somebody without a conversation is not kept longer than a conversation would be."""
        for number, at in enumerate((START, START + 9)):
            await store.put_aside(Poison(f"tg:{number}", ANN, "{}", "unreadable", at))
            [reply] = await queue(store, ANN, a_word())
            await store.bury(reply, "no", at)
        await store.purge(START + 10, START + 5)
        assert await rows("SELECT at FROM poison") == [(START + 9,)]
        assert await rows("SELECT at FROM dead_letter") == [(START + 9,)]


# --- SQLite's own ------------------------------------------------------------------------------------------------------------


def test_every_table_is_known(path: Path) -> None:
    """Each table is one that a move takes along, and each with a `conversation` is one that /forget deletes from."""
    asyncio.run(open_and_close(path))
    tables = [name for (name,) in look(path, "SELECT name FROM sqlite_master WHERE type = 'table'") if name != "sqlite_sequence"]
    assert sorted(tables) == sorted(TABLES)
    with_one = {t for t in tables if "conversation" in [column[1] for column in look(path, f"PRAGMA table_info({t})")]}
    assert with_one == set(CONVERSATION_TABLES)


async def open_and_close(path: Path) -> None:
    await open_sqlite(path).close()


@pytest.mark.parametrize("version", range(VERSION + 1))
def test_migrations(path: Path, version: int) -> None:
    """A file of any older version, or an empty one, is brought up to date; opened again it stays as it is."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in (statement for step in MIGRATIONS[:version] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
    for _ in range(2):
        asyncio.run(open_and_close(path))
        assert look(path, "PRAGMA user_version") == [(VERSION,)]
        assert look(path, "SELECT count(*) FROM moved_chat") == [(0,)]
        assert look(path, "SELECT count(*) FROM conversation") == [(0,)]


def test_kept_over_a_restart(path: Path) -> None:
    """What was kept is there when the file is opened again."""

    async def first() -> None:
        store = open_sqlite(path)
        await fill(store, ANN, "tg:1")
        await store.close()

    async def second() -> tuple[Kept | None, list[Queued], int]:
        store = open_sqlite(path)
        kept = await store.run(lambda tx: tx.load(ANN))
        found = kept, await store.waiting(START + LEASE, PLENTY), len(await store.due(START, PLENTY))
        await store.close()
        return found

    asyncio.run(first())
    kept, queued, timers = asyncio.run(second())
    assert kept == Kept(a_session())
    assert [reply.reply for reply in queued] == [a_card(), a_word()]
    assert timers == 1


def test_newer_version(path: Path) -> None:
    """A file of a newer program is left as it is, and one line says what to do."""
    asyncio.run(open_and_close(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    told = error_of(path)
    assert str(path) in told
    assert "update Backup Medic" in told
    assert look(path, "PRAGMA user_version") == [(VERSION + 1,)]


def test_no_database(path: Path) -> None:
    """A file that is no database is left as it is, and one line says so."""
    path.write_bytes(b"holiday pictures\n" * 500)
    assert str(path) in error_of(path)
    assert path.read_bytes() == b"holiday pictures\n" * 500


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is one line."""
    assert "no-such-folder" in error_of(tmp_path / "no-such-folder" / "x.db")


def test_tables_of_another_program(path: Path) -> None:
    """A step that fails leaves nothing of the steps: the tables are made all or not at all."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE timer (x)")
    assert "timer" in error_of(path)
    assert look(path, "SELECT name FROM sqlite_master") == [("timer",)]


def error_of(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        open_sqlite(path)
    told = str(caught.value)
    assert "\n" not in told
    return told


async def test_pragmas(path: Path) -> None:
    """The file is written ahead, and every commit is on the disk before it counts."""
    store = open_sqlite(path)

    async def pragmas(tx: Any) -> list[tuple[Any, ...]]:
        return [tx._execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous", "foreign_keys")]  # noqa: SLF001

    assert await store.run(pragmas) == [("wal",), (2,), (1,)]
    await store.close()


async def test_work_that_waits(path: Path) -> None:
    """Work that waits for something outside its transaction is refused: it would hold up everybody."""
    store = open_sqlite(path)

    async def work(tx: Transaction) -> None:
        await tx.seen("tg:1", START)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited"):
        await store.run(work)
    assert not await seen(store, "tg:1")
    await store.close()


async def test_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program holds the file, nothing is kept and StoreError says so; afterwards all goes on."""
    monkeypatch.setattr("bot.store.writer.BUSY_MS", 50)
    store = open_sqlite(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(*(seen(store, "tg:1") for _ in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
        other.execute("ROLLBACK")
    assert not await seen(store, "tg:1")
    await store.close()


# --- one program at a time -----------------------------------------------------------------------------------------------------

HOLDS: Final = """
    import sys, time
    from pathlib import Path
    from bot.store.sqlite import open_sqlite

    store = open_sqlite(Path(sys.argv[1]))
    print("open", flush=True)
    time.sleep(600)
"""


@contextmanager
def other_program(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program at work on the file; killed at the end."""
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_one_program_at_a_time(path: Path) -> None:
    """While another program has the file, it cannot be opened, by no name; after kill -9 it can, at once."""
    other_name = path.with_name("link.db")
    other_name.symlink_to(path)
    with other_program(HOLDS, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        for name in (path, other_name):
            told = error_of(name)
            assert str(name) in told
            assert "another Backup Medic" in told
    asyncio.run(open_and_close(path))


def test_file_that_could_not_be_opened_is_not_kept_from_others(path: Path) -> None:
    """Who could not use a file does not hold it."""
    path.write_bytes(b"holiday pictures\n" * 500)
    error_of(path)
    path.unlink()
    asyncio.run(open_and_close(path))


# --- killed --------------------------------------------------------------------------------------------------------------------

KILLED: Final = """
    import asyncio, sys
    from pathlib import Path
    from bot.store.sqlite import open_sqlite
    from tests.keeping import a_card, a_session

    async def write():
        store = open_sqlite(Path(sys.argv[1]))

        async def work(tx, number):
            await tx.seen(f"tg:{number}", number)
            await tx.save(f"tg:{number}:0:1", f"tg:{number}", a_session(number))
            await tx.queue(f"tg:{number}:0:1", f"tg:{number}", a_card(number), None, number)
            return number

        for start in range(0, 1_000_000, 8):
            for number in await asyncio.gather(*(store.run(lambda tx, n=n: work(tx, n)) for n in range(start, start + 8))):
                print(number, flush=True)

    asyncio.run(write())
"""


def test_kill_in_the_middle(path: Path) -> None:
    """After kill -9 the file is whole: what was acknowledged is there, and each piece of work is there whole or not at all."""
    for _ in range(2):
        path.unlink(missing_ok=True)
        with other_program(KILLED, path) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(100)]
            writer.send_signal(signal.SIGKILL)
            told += [int(line) for line in writer.stdout if line.endswith("\n")]
        assert look(path, "PRAGMA integrity_check") == [("ok",)]
        kept = {number for (number,) in look(path, "SELECT at FROM seen_update")}
        assert set(told) <= kept
        assert kept == {number for (number,) in look(path, "SELECT CAST(substr(chat, 4) AS INTEGER) FROM conversation")}
        assert kept == {number for (number,) in look(path, "SELECT CAST(substr(chat, 4) AS INTEGER) FROM reply_queue")}
        asyncio.run(open_and_close(path))
        for rest in path.parent.glob(f"{path.name}-*"):
            rest.unlink()
