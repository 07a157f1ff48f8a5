"""Turns on PostgreSQL without a lock: nothing of others is lost by them, and who cannot go that way loses nothing either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import pytest

from bot.model import Outcome, Timer
from bot.store import Kept, Queued, Store, StoreError, Transaction
from bot.store.batching import BATCH, Batcher
from bot.store.counted import Count, UnmatchedCount
from bot.store.optimistic import OptimisticTransaction
from bot.store.postgres import PostgresStore
from bot.store.postgres_work import PostgresTransaction
from tests.conversing import START
from tests.keeping import ANN, BEN, Database, a_card, a_database, a_session, a_word, chat_of, queue, replicas_on, save
from tests.postgres_server import ask

COUNT: Final = Count("2026-11-22", "storage-full", "restart", Outcome.WORKED, "en")
ALL: Final = [f"tg:{number}:0:{number}" for number in range(1, 9)]


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Any) -> Database:
    return a_database("postgresql", request, tmp_path)


@pytest.fixture
async def replicas(database: Database) -> AsyncIterator[list[Store]]:
    """Two replicas on one database, in which all conversations have begun."""
    async with replicas_on(database, 2) as found:
        for conversation in ALL:
            await save(found[0], conversation, a_session())
        yield found


class Turn:
    """The work of a turn: seen, load, save, count, queue. ways: the transactions it was given; meanwhile: happens once, before it saves."""

    def __init__(self, conversation: str, update: str = "", meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        self.conversation = conversation
        self.update = update or conversation
        self.ways: list[type[object]] = []
        self._meanwhile = meanwhile

    async def __call__(self, tx: Transaction) -> list[Queued]:
        self.ways.append(type(tx))
        if await tx.seen(self.update, START):
            return []
        kept = await tx.load(self.conversation)
        assert kept is not None
        happens, self._meanwhile = self._meanwhile, None
        if happens is not None:
            await happens()
        await tx.save(self.conversation, chat_of(self.conversation), a_session(kept.session.turn + 1))
        await tx.count(COUNT)
        return [await tx.queue(self.conversation, chat_of(self.conversation), a_card(kept.session.turn + 1), None, START)]


async def counted(database: Database) -> int:
    return int((await ask(database.url, "SELECT coalesce(sum(total), 0) FROM outcome_count"))[0][0])


async def in_queue(database: Database, conversation: str) -> list[int]:
    statement = "SELECT id FROM reply_queue WHERE conversation = $1 ORDER BY id"
    return [row[0] for row in await ask(database.url, statement, conversation)]


async def kept_by(store: Store, conversation: str) -> Kept | None:
    return await store.run(lambda tx: tx.load(conversation))


async def test_a_turn_takes_no_lock(database: Database, replicas: list[Store]) -> None:
    """Session, update, count and reply are kept together."""
    turn = Turn(ANN)
    (queued,) = await replicas[0].run(turn, ANN)
    assert turn.ways == [OptimisticTransaction]
    assert await kept_by(replicas[1], ANN) == Kept(a_session(2))
    assert await in_queue(database, ANN) == [queued.id]
    assert await counted(database) == 1
    assert await replicas[1].run(Turn(ANN), ANN) == [], "the update was seen"


async def test_many_at_once(database: Database, replicas: list[Store]) -> None:
    """Each has its own reply, and none needed a lock."""
    turns = [Turn(conversation) for conversation in ALL]
    found = await asyncio.gather(*(replicas[0].run(turn, turn.conversation) for turn in turns))
    assert [queued.conversation for (queued,) in found] == ALL
    assert all(turn.ways == [OptimisticTransaction] for turn in turns)
    assert [await in_queue(database, conversation) for conversation in ALL] == [[queued.id] for (queued,) in found]
    assert await counted(database) == len(ALL)


@pytest.mark.parametrize("what", ["session", "reply", "forgotten"])
async def test_what_another_replica_did_meanwhile(database: Database, replicas: list[Store], what: str) -> None:
    """It is seen: the work is done once more, under a lock, on what is there by then. A reply alone counts, too: ours comes behind it."""
    one, other = replicas

    async def meanwhile() -> None:
        if what == "session":
            await other.run(lambda tx: tx.save(ANN, "tg:1", a_session(7)))
        elif what == "reply":
            await queue(other, ANN, a_word())
        else:
            await other.run(lambda tx: tx.move_chat("tg:1", "tg:99", START))
            await save(other, ANN, a_session(3))

    turn = Turn(ANN, meanwhile=meanwhile)
    (queued,) = await one.run(turn, ANN)
    assert turn.ways == [OptimisticTransaction, PostgresTransaction]
    turns = {"session": 8, "reply": 2, "forgotten": 4}
    assert await kept_by(other, ANN) == Kept(a_session(turns[what]))
    assert queued.behind == (what == "reply")
    assert await in_queue(database, ANN) == [*(await in_queue(database, ANN))[:-1], queued.id]
    assert await counted(database) == 1


async def test_the_same_update_on_two_replicas(database: Database, replicas: list[Store]) -> None:
    """However they overlap, it counts once."""
    for number in range(20):
        update = f"tg:{number}"
        found = await asyncio.gather(*(replica.run(Turn(ANN, update), ANN) for replica in replicas))
        assert sorted(map(len, found)) == [0, 1]
    assert await counted(database) == 20
    kept = await kept_by(replicas[0], ANN)
    assert kept is not None
    assert kept.session.turn == 21


async def test_who_waits_for_a_lock_holds_up_nobody(replicas: list[Store]) -> None:
    """A conversation that another replica has locked waits alone; those that were to share its statement do not."""
    locked, go_on = asyncio.Event(), asyncio.Event()

    async def holds(tx: Transaction) -> None:
        await tx.load(ANN)
        locked.set()
        await go_on.wait()

    holding = asyncio.create_task(replicas[1].run(holds))
    await locked.wait()
    waiting = asyncio.create_task(replicas[0].run(Turn(ANN), ANN))
    async with asyncio.timeout(3):
        await asyncio.gather(*(replicas[0].run(Turn(conversation), conversation) for conversation in ALL[1:]))
    assert not waiting.done()
    go_on.set()
    assert len(await waiting) == 1
    await holding


async def test_what_cannot_be_kept_harms_only_itself(database: Database, replicas: list[Store]) -> None:
    """A value that the server refuses fails the work that brought it, with the work's own error, and nobody else's."""
    turns = [Turn(conversation) for conversation in ALL[1:]]

    async def wrong(tx: Transaction) -> None:
        await tx.load(ANN)
        await tx.queue(ANN, "tg:1", a_word(), 2**70, START)

    work = [replicas[0].run(wrong, ANN), *(replicas[0].run(turn, turn.conversation) for turn in turns)]
    failed, *found = await asyncio.gather(*work, return_exceptions=True)
    assert isinstance(failed, Exception)
    assert not isinstance(failed, StoreError), "it is the update's own, and not tried for ever"
    assert [len(queued) for queued in found if isinstance(queued, list)] == [1] * len(turns)
    assert await counted(database) == len(turns)


@pytest.mark.parametrize(
    "extra", ["a second reply", "a timer", "a message that was not understood", "another conversation", "a waiting card"]
)
async def test_more_than_a_turn_can_do(database: Database, replicas: list[Store], extra: str) -> None:
    """It is done under a lock, from the beginning, and once."""
    if extra == "a waiting card":
        (old,) = await queue(replicas[0], ANN, a_card(1), now=START - 100)
        await replicas[0].postpone([old], START - 1)
    turn = Turn(ANN)

    async def work(tx: Transaction) -> None:
        await turn(tx)
        if extra == "a second reply":
            await tx.queue(ANN, "tg:1", a_word(), None, START)
        elif extra == "a timer":
            await tx.set_timer(ANN, "tg:1", Timer(START, "abc", 1))
        elif extra == "a message that was not understood":
            await tx.count_unmatched(UnmatchedCount("2026-11-22", "en", "short", "none"))
        elif extra == "another conversation":
            await tx.load(BEN)

    await replicas[0].run(work, ANN)
    assert turn.ways == [OptimisticTransaction, PostgresTransaction]
    assert await counted(database) == 1
    assert len(await in_queue(database, ANN)) == (2 if extra == "a second reply" else 1)
    assert len(await ask(database.url, "SELECT FROM timer")) == (extra == "a timer")


async def test_work_that_fails_keeps_nothing(database: Database, replicas: list[Store]) -> None:
    turn = Turn(ANN)

    async def fails(tx: Transaction) -> None:
        await turn(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await replicas[0].run(fails, ANN)
    assert await kept_by(replicas[0], ANN) == Kept(a_session())
    assert await in_queue(database, ANN) == []
    assert len(await replicas[0].run(Turn(ANN), ANN)) == 1


async def test_edits_that_were_sent_at_once(database: Database, replicas: list[Store]) -> None:
    """They are noted in one statement, each for its own conversation."""
    store = replicas[0]
    found = await asyncio.gather(*(store.run(Turn(conversation), conversation) for conversation in ALL))
    await asyncio.gather(*(store.sent(queued, 100 + place) for place, (queued,) in enumerate(found)))
    edits = [(await queue(store, conversation, a_card(2), edit=200 + place))[0] for place, conversation in enumerate(ALL)]
    before = await asyncio.gather(*(store.sent(queued, queued.edit) for queued in edits))
    assert before == [100 + place for place in range(len(ALL))]
    assert [(await kept_by(store, conversation)) for conversation in ALL] == [Kept(a_session(2), 200 + place) for place in range(len(ALL))]
    assert await ask(database.url, "SELECT FROM reply_queue") == []


async def test_versions_are_of_a_row_and_not_of_a_moment(replicas: list[Store]) -> None:
    """Turns one after the other on two replicas, as a load balancer deals them: none needs a lock."""
    assert isinstance(replicas[0], PostgresStore)
    for number in range(6):
        turn = Turn(ANN, f"tg:{number}")
        (queued,) = await replicas[number % 2].run(turn, ANN)
        await replicas[number % 2].sent(queued, None)
        assert turn.ways == [OptimisticTransaction]


# --- batches ---------------------------------------------------------------------------------------------------------------


async def test_a_batch_gathers_while_one_is_under_way() -> None:
    asked: list[list[int]] = []

    async def answers(questions: Sequence[int]) -> list[int]:
        asked.append(list(questions))
        await asyncio.sleep(0.001)
        return [-question for question in questions]

    batcher = Batcher(answers, at_once=1)
    first = asyncio.create_task(batcher.ask(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    found = await asyncio.gather(*(batcher.ask(number) for number in range(1, BATCH + 3)))
    assert (await first, found) == (0, [-number for number in range(1, BATCH + 3)])
    assert list(map(len, asked)) == [1, BATCH, 2]


async def test_an_error_is_everybodys_and_passes() -> None:
    trouble: list[Exception] = [StoreError("away")]

    async def answers(questions: Sequence[int]) -> Sequence[int]:
        if trouble:
            raise trouble.pop()
        return questions

    batcher = Batcher(answers, at_once=1)
    found = await asyncio.gather(*(batcher.ask(number) for number in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [StoreError] * 3
    assert await asyncio.gather(*(batcher.ask(number) for number in range(3))) == [0, 1, 2]


async def test_who_gives_up_takes_nobody_along() -> None:
    go_on = asyncio.Event()

    async def answers(questions: Sequence[int]) -> Sequence[int]:
        await go_on.wait()
        return questions

    batcher = Batcher(answers, at_once=1)
    asking = [asyncio.create_task(batcher.ask(number)) for number in range(3)]
    await asyncio.sleep(0.001)
    asking[1].cancel()
    go_on.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [found[0], found[2]] == [0, 2]
    assert isinstance(found[1], asyncio.CancelledError)
    assert await batcher.ask(3) == 3
