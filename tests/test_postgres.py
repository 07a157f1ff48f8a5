"""What PostgreSQL's store holds beyond the protocol: many replicas on one database, and a server that dies, hangs, or is full."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from operator import methodcaller
from typing import Any, Final, Self

import pytest

from bot.model import Timer
from bot.store import LEASE, InUse, Kept, Queued, Store, StoreAway, StoreError, Transaction, presence, server
from bot.store import postgres as module
from bot.store.migrations import MIGRATIONS, VERSION, for_postgresql
from bot.store.moving import bring_up_to_date
from bot.store.opening import open_store
from bot.store.postgres import PostgresStore
from bot.store.postgres_schema import migrate
from bot.store.server import shown
from bot.store.strays import STRAY_AFTER
from tests.conversing import START
from tests.keeping import ANN, BEN, Database, a_card, a_database, a_session, a_word, card_of, opened, queue, replicas_on, save
from tests.postgres_server import CONNECTIONS, PostgresServer, ask
from tests.sampling import sample

PLENTY: Final = 1000
PATIENCE: Final = 20.0
OURS: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'backup-medic' AND datname = current_database()"
"""How many connections of ours the server has."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in life takes moments here."""
    monkeypatch.setattr(presence, "BEAT", 0.05)
    monkeypatch.setattr(presence, "ANSWERS_WITHIN", 1.0)
    monkeypatch.setattr(module, "ABSENT_FOR", 0.5)
    monkeypatch.setattr(module, "NOTE_AGAIN", 0.05)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Any) -> Database:
    return a_database("postgresql", request, tmp_path)


@pytest.fixture
async def replicas(database: Database) -> AsyncIterator[list[Store]]:
    """Three replicas on one database."""
    async with replicas_on(database, 3) as found:
        yield found


async def die(store: Store) -> None:
    """End a replica as kill -9 does: its connections are cut, and nothing is put in order."""
    assert isinstance(store, PostgresStore)
    await store._presence.close()  # noqa: SLF001 - what the kernel does, nothing else can
    for links in (store._work, store._notes):  # noqa: SLF001 - the same
        for link in links._idle:  # noqa: SLF001 - the same
            link.cut()


async def until_works(store: Store) -> None:
    """Wait until the store does its work again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StoreError):
                await store.run(lambda tx: tx.moved_to("nobody"))
                return
            await asyncio.sleep(0.05)


# --- many replicas -------------------------------------------------------------------------------------------------------------


async def one_more(tx: Transaction) -> None:
    """Read a session, wait, and keep it with one turn more: what is done at the same time must not be lost."""
    kept = await tx.load(ANN)
    turn = kept.session.turn if kept else 0
    await asyncio.sleep(0.005)
    await tx.save(ANN, "tg:1", a_session(turn + 1))


async def test_one_conversation_on_many_replicas(replicas: list[Store]) -> None:
    """What replicas do to one conversation at the same time is done one after the other, also when it has no row yet."""
    await asyncio.gather(*(replica.run(one_more, ANN) for replica in replicas for _ in range(5)))
    assert await replicas[0].run(lambda tx: tx.load(ANN)) == Kept(a_session(15))


async def test_a_new_conversation_on_many_replicas(replicas: list[Store]) -> None:
    """Again and again, of a conversation that begins on all replicas at once nothing is lost."""
    for _ in range(5):
        await asyncio.gather(*(replica.run(one_more) for replica in replicas))
        assert await replicas[0].run(lambda tx: tx.load(ANN)) == Kept(a_session(3))
        await replicas[0].run(lambda tx: tx.forget(ANN))


async def test_conversations_do_not_wait_for_each_other(replicas: list[Store]) -> None:
    """While one conversation is under way, and a crowd waits for it, others go on; on the same replica too."""
    held, go_on = asyncio.Event(), asyncio.Event()

    async def holds(tx: Transaction) -> None:
        await tx.load(ANN)
        held.set()
        await go_on.wait()

    await save(replicas[0], ANN, a_session())
    holding = asyncio.create_task(replicas[0].run(holds, ANN))
    await held.wait()
    crowd = [asyncio.create_task(replicas[0].run(one_more, ANN)) for _ in range(100)]
    async with asyncio.timeout(3):
        for replica in replicas:
            await replica.run(lambda tx: tx.save(BEN, "tg:2", a_session()), BEN)
    assert not any(task.done() for task in crowd)
    go_on.set()
    await asyncio.gather(holding, *crowd)
    assert await replicas[0].run(lambda tx: tx.load(ANN)) == Kept(a_session(101))


async def test_an_update_counts_on_one_replica(replicas: list[Store]) -> None:
    """The same update on all replicas at once is new on one."""
    for number in range(20):
        outcomes = await asyncio.gather(*(replica.run(methodcaller("seen", f"tg:{number}", START)) for replica in replicas))
        assert sorted(outcomes) == [False, True, True]


async def test_a_reply_is_taken_by_one_replica(replicas: list[Store]) -> None:
    """Replicas that look at the same time share what waits; each reply is one's, and each conversation goes on in order."""
    conversations = [f"tg:{number}:0:{number}" for number in range(40)]
    for conversation in conversations:
        await queue(replicas[0], conversation, *(a_word(f"{place}") for place in range(3)))
    now = START + LEASE
    taken: list[list[Queued]] = await asyncio.gather(*(replica.waiting(now, 25) for replica in replicas for _ in range(3)))
    ids = [queued.id for found in taken for queued in found]
    assert len(ids) == len(set(ids))
    holders: dict[str, set[int]] = {}
    for holder, found in enumerate(taken):
        for queued in found:
            holders.setdefault(queued.conversation, set()).add(holder)
    assert all(len(who) == 1 for who in holders.values()), "a conversation is with two at once"
    for found in taken:
        for conversation in {queued.conversation for queued in found}:
            mine = [queued.reply for queued in found if queued.conversation == conversation]
            assert mine == [a_word(f"{place}") for place in range(len(mine))], "one was passed over"


async def test_a_timer_is_taken_by_one_replica(replicas: list[Store]) -> None:
    """A timer that is due on all replicas rings on one."""
    for turn in range(20):
        timer = Timer(START, "abc", turn)
        await replicas[0].run(methodcaller("set_timer", ANN, "tg:1", timer))
        took = await asyncio.gather(*(replica.run(methodcaller("take_timer", ANN, timer)) for replica in replicas))
        assert sorted(took) == [False, False, True]


async def test_leases_of_a_dead_replica(database: Database, replicas: list[Store]) -> None:
    """What a replica had that died is taken over soon, long before its leases run out; what a living one has is not."""
    dying, living, other = replicas
    await queue(dying, ANN, a_word("a"))
    await queue(living, BEN, a_word("b"))
    assert await other.waiting(START, PLENTY) == []
    await die(dying)
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while not (found := await other.waiting(START + 1, PLENTY)):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    assert [queued.reply for queued in found] == [a_word("a")]
    assert time.monotonic() - began >= module.ABSENT_FOR, "one that only lost its connection must have time to come back"
    assert await other.waiting(START + 1, PLENTY) == []


async def test_start_after_a_kill(database: Database) -> None:
    """One that starts after a kill has what the dead one left at once."""
    async with opened(database) as dying:
        await queue(dying, ANN, a_word("a"))
        await die(dying)
        async with opened(database) as store:
            await store.release(START)
            assert [queued.reply for queued in await store.waiting(START, PLENTY)] == [a_word("a")]


async def test_a_lease_that_another_has(replicas: list[Store]) -> None:
    """Who stood still until another took a reply neither renews its lease nor gives it back."""
    slow, quick, third = replicas
    [reply] = await queue(slow, ANN, a_word("a"))
    now = START + LEASE
    assert [queued.id for queued in await quick.waiting(now, PLENTY)] == [reply.id]
    assert not await slow.renew(reply, now)
    await slow.postpone([reply], now)
    assert await third.waiting(now, PLENTY) == []
    assert await quick.renew(reply, now)


async def test_a_note_that_comes_late(replicas: list[Store]) -> None:
    """What another has taken stays on the queue until that one has sent it, so that what comes next waits for it."""
    slow, quick, third = replicas
    await save(slow, ANN, a_session())
    [card] = await queue(slow, ANN, a_card())
    [taken] = await quick.waiting(START + LEASE, PLENTY)
    assert await slow.sent(card, 10) is None
    assert await card_of(third, ANN) is None
    [after] = await queue(third, ANN, a_word("b"))
    assert after.behind
    assert await quick.sent(taken, 11) is None
    assert await card_of(third, ANN) == 11


async def test_stopped_in_order(database: Database, replicas: list[Store]) -> None:
    """A replica that stops in order leaves what it had to the others at once."""
    async with opened(database) as stopping:
        await queue(stopping, ANN, a_word("a"))
    assert [queued.reply for queued in await replicas[0].waiting(START, PLENTY)] == [a_word("a")]


@contextmanager
def commits_end(monkeypatch: pytest.MonkeyPatch, end: Callable[[], Awaitable[None]], *, done: bool = True) -> Iterator[None]:
    """Meanwhile something else comes of each commit, once it is done on the server, or in its place."""
    do = server.Link.do

    async def ending(link: server.Link, statement: str, *values: object) -> int:
        hit = await do(link, statement, *values) if done or statement != "COMMIT" else 0
        if statement == "COMMIT":
            await end()
        return hit

    with monkeypatch.context() as broken:
        broken.setattr(server.Link, "do", ending)
        yield


async def lost() -> None:
    raise StoreError("the answer is lost")


async def soon(store: Store, now: int) -> list[Queued]:
    """What waits after two looks, as far apart as they must be."""
    return await store.waiting(now, PLENTY) or await store.waiting(now + STRAY_AFTER, PLENTY)


async def test_doubtful_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the answer to a commit is lost, what it queued is not left lying until the lease runs out; nor what a look has taken."""
    async with opened(database) as store:
        with commits_end(monkeypatch, lost), pytest.raises(StoreError, match="lost"):
            await queue(store, ANN, a_word("a"))
        [first] = await soon(store, START)
        await store.postpone([first], START + 5)
        with commits_end(monkeypatch, lost), pytest.raises(StoreError, match="lost"):
            await store.waiting(START + 5, PLENTY)
        [again] = await soon(store, START + 6)
        assert again.reply == first.reply == a_word("a")


async def test_a_look_that_is_undone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look whose commit fails has freed nothing; the next one knows what it had found."""
    async with opened(database) as store:
        await queue(store, ANN, a_word("a"))
        assert await store.waiting(START, PLENTY) == []
        with commits_end(monkeypatch, lost, done=False), pytest.raises(StoreError, match="lost"):
            await store.waiting(START + STRAY_AFTER, PLENTY)
        assert [queued.reply for queued in await store.waiting(START + STRAY_AFTER, PLENTY)] == [a_word("a")]


async def test_a_commit_that_takes_long(replicas: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transaction has queued is nobody else's while it waits for the answer to its commit, however long that takes."""
    committed, answered = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        committed.set()
        await answered.wait()

    store, other, _ = replicas
    with commits_end(monkeypatch, late):
        queuing = asyncio.create_task(queue(store, ANN, a_word("a")))
        await committed.wait()
    found = [await looking.waiting(START + seconds, PLENTY) for seconds in range(0, LEASE, STRAY_AFTER) for looking in (store, other)]
    answered.set()
    [queued] = await queuing
    assert not any(found)
    assert await store.renew(queued, START + LEASE)


# --- who polls -----------------------------------------------------------------------------------------------------------------


async def leader(replicas: list[Store], tasks: list[asyncio.Task[asyncio.Event]]) -> int:
    """Wait until one leads; which."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.3)
    [place] = [place for place, task in enumerate(tasks) if task.done()]
    return place


async def test_one_replica_polls(replicas: list[Store]) -> None:
    """Of many that want to, one polls; when it dies, another does, within seconds; when all are there again, still one does."""
    tasks = [asyncio.create_task(replica.lead()) for replica in replicas]
    first = await leader(replicas, tasks)
    over = tasks[first].result()
    assert not over.is_set()
    await die(replicas[first])
    rest = [task for place, task in enumerate(tasks) if place != first]
    began = time.monotonic()
    await leader(replicas, rest)
    assert time.monotonic() - began < 3
    assert over.is_set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_leader_that_loses_its_connection(database: Database, replicas: list[Store]) -> None:
    """A leader whose connection is cut hears of it, stops, and stands in line again."""
    over = await replicas[0].lead()
    waiting = asyncio.create_task(replicas[1].lead())
    await asyncio.sleep(0.2)
    assert not waiting.done()
    [(cut,)] = await database.rows("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objid = 0")
    assert cut == 1
    async with asyncio.timeout(PATIENCE):
        await over.wait()
        tasks = [waiting, asyncio.create_task(replicas[0].lead())]
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.3)
    assert len(done) == 1
    assert not any(task.done() for task in rest)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


# --- the server dies, refuses, hangs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_the_server_restarts(postgres: PostgresServer, database: Database, caplog: pytest.LogCaptureFixture, how: str) -> None:
    """While the server is away, work is a StoreError of one line, and nothing of it is kept; when it is back, all goes on by itself."""
    async with opened(database) as store:
        over = await store.lead()
        await save(store, ANN, a_session(1))
        await asyncio.to_thread(postgres.kill if how == "kill" else postgres.stop)
        try:
            for _ in range(3):
                with pytest.raises(StoreError) as caught:
                    await save(store, ANN, a_session(2))
                assert "\n" not in str(caught.value)
            async with asyncio.timeout(PATIENCE):
                await over.wait()
        finally:
            await asyncio.to_thread(postgres.start)
        await until_works(store)
        assert await store.run(lambda tx: tx.load(ANN)) == Kept(a_session(1))
        async with asyncio.timeout(PATIENCE):
            assert not (await store.lead()).is_set()
    assert "Traceback" not in caplog.text
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) <= 2, "lost, and found again"


async def test_what_was_sent_is_noted_after_a_restart(postgres: PostgresServer, database: Database) -> None:
    """A message that Telegram has is noted as soon as the server is back, so that it is not sent again."""
    async with opened(database) as store:
        await save(store, ANN, a_session())
        [card] = await queue(store, ANN, a_card())
        await asyncio.to_thread(postgres.kill)
        noting = asyncio.create_task(store.sent(card, 10))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres.start)
        async with asyncio.timeout(PATIENCE):
            assert await noting is None
        assert await card_of(store, ANN) == 10
        assert await database.rows("SELECT * FROM reply_queue") == []


async def test_the_server_goes_while_the_store_is_opened(
    postgres: PostgresServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when a bot that starts was connected already: the server is away like any other time, and the bot waits for it."""

    async def unlucky(link: server.Link, url: str) -> None:
        await asyncio.to_thread(postgres.kill)
        await migrate(link, url)

    monkeypatch.setattr(module, "migrate", unlucky)
    try:
        with pytest.raises(StoreAway):
            await module.open_postgres(database.url)
    finally:
        await asyncio.to_thread(postgres.start)


async def test_the_server_is_full(postgres: PostgresServer, database: Database) -> None:
    """When the server takes no more connections, work is a StoreError that says so; when there is room again, it goes on."""
    async with opened(database) as store, AsyncExitStack() as stack:
        others: list[server.Link] = []
        with suppress(StoreError):
            while len(others) < CONNECTIONS:
                others.append(await server.connect(database.url))
        assert isinstance(store, PostgresStore)
        await asyncio.gather(*(link.close() for link in store._work._idle))  # noqa: SLF001 - so that it needs a new one
        while True:  # what it left free
            try:
                others.append(await server.connect(database.url))
            except StoreAway:
                break
        for other in others:
            stack.push_async_callback(other.close)
        with pytest.raises(StoreError, match="too many clients"):
            await save(store, ANN, a_session())
        for other in others:
            other.cut()
        await until_works(store)


@contextmanager
def silent_server() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://tests:secret@127.0.0.1:{listening.getsockname()[1]}/medic"


async def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is away, after a while; the line names it without the password."""
    monkeypatch.setattr(server, "CONNECT_SECONDS", 0.2)
    with silent_server() as url, pytest.raises(StoreAway, match="no answer in time") as caught:
        await open_store(url)
    assert "secret" not in str(caught.value)
    assert shown(url) in str(caught.value)


@pytest.mark.parametrize("moment", range(12))
async def test_not_wanted_any_more_while_it_connects(database: Database, moment: int) -> None:
    """Who is told to stop while it connects leaves neither a connection on the server nor an error in the log, at whatever moment."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    connecting = asyncio.create_task(server.connect(database.url))
    for _ in range(moment):
        await asyncio.sleep(0)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    async with asyncio.timeout(PATIENCE):
        while await ask(database.url, OURS) != [(0,)]:  # noqa: ASYNC110 - the server knows no such event
            await asyncio.sleep(0.01)
    gc.collect()  # asyncio tells when what nobody asked for is thrown away
    assert told == []


class Wire:
    """A way to the server that can be held up: what is sent on it then goes nowhere."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._flows = asyncio.Event()
        self._ends: list[asyncio.StreamWriter] = []
        self._carrying: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.free()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for end in self._ends:
            end.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, *(end.wait_closed() for end in self._ends), return_exceptions=True)

    def hold(self) -> None:
        self._flows.clear()

    def free(self) -> None:
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends += [writer, away]
        for source, target in ((reader, away), (there, writer)):
            self._carrying.add(asyncio.create_task(self._pump(source, target)))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_the_network_hangs(postgres: PostgresServer, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the network swallows everything, nobody waits for ever: a StoreError, no lead any more; then all goes on."""
    monkeypatch.setattr(server, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(server, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(presence, "ANSWERS_WITHIN", 0.3)
    async with Wire(postgres.port) as wire:
        url = database.url.replace(f":{postgres.port}/", f":{wire.port}/")
        async with opened(Database(url)) as store:
            over = await store.lead()
            await save(store, ANN, a_session(1))
            wire.hold()
            async with asyncio.timeout(5):
                with pytest.raises(StoreError, match="no answer in time"):
                    await save(store, ANN, a_session(2))
                await over.wait()
            wire.free()
            await until_works(store)
            async with asyncio.timeout(PATIENCE):
                await store.lead()


async def test_a_replica_that_stands_still(database: Database, replicas: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for a conversation that another holds gives up with a StoreError: its update comes again."""
    monkeypatch.setitem(server.LIMITS, "lock_timeout", "100ms")
    held, go_on = asyncio.Event(), asyncio.Event()

    async def holds(tx: Transaction) -> None:
        await tx.load(ANN)
        held.set()
        await go_on.wait()

    holding = asyncio.create_task(replicas[0].run(holds, ANN))
    await held.wait()
    async with opened(database) as impatient:
        with pytest.raises(StoreError, match="lock timeout"):
            await impatient.run(one_more, ANN)
    go_on.set()
    await holding


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://tests@127.0.0.1:{port}/nowhere", 'database "nowhere" does not exist'),
        ("postgresql://nobody-there:secret@127.0.0.1:{port}/postgres", 'role "nobody-there" does not exist'),
        ("postgresql://tests@127.0.0.1:{port}/postgres?sslmode=wrong", "sslmode"),
    ],
)
async def test_what_an_operator_must_put_right(postgres: PostgresServer, url: str, told: str) -> None:
    """An address that will never work is told at once, in one line, without the password; it is not tried again."""
    with pytest.raises(StoreError, match=told) as caught:
        await open_store(url.format(port=postgres.port))
    assert not isinstance(caught.value, StoreAway)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the tables ------------------------------------------------------------------------------------------------------------------


@pytest.mark.sampled
@pytest.mark.parametrize("version", sample(range(VERSION + 1), 3))
async def test_migrations(database: Database, version: int) -> None:
    """A database of any older version is brought up to date; opened again it stays as it is."""
    await database.rows("CREATE TABLE schema_version (version INTEGER NOT NULL)")
    await database.rows(f"INSERT INTO schema_version VALUES ({version})")  # noqa: S608 - a number
    for statement in (statement for step in MIGRATIONS[:version] for statement in step):
        await database.rows(for_postgresql(statement))
    for _ in range(2):
        async with opened(database):
            assert await database.rows("SELECT version FROM schema_version") == [(VERSION,)]
            assert all(found == [] for found in (await database.everything()).values())


async def test_many_migrate_at_once(database: Database) -> None:
    """Many replicas may bring a database up to date at the same time: one does it, and the others find it done."""
    await asyncio.gather(*(bring_up_to_date(database.url) for _ in range(8)))
    assert await database.rows("SELECT version FROM schema_version") == [(VERSION,)]


async def test_newer_version(database: Database) -> None:
    """A database of a newer program is left as it is, and one line says what to do."""
    await bring_up_to_date(database.url)
    await database.rows(f"UPDATE schema_version SET version = {VERSION + 1}")  # noqa: S608 - a number
    with pytest.raises(StoreError, match="update Backup Medic") as caught:
        await database.open()
    assert "\n" not in str(caught.value)
    assert await database.rows("SELECT version FROM schema_version") == [(VERSION + 1,)]


async def test_keys_are_in_the_order_of_their_bytes(database: Database) -> None:
    """The conversations of a chat are found by an index over its keys, whatever language the database speaks."""
    await bring_up_to_date(database.url)
    plan = await ask(
        database.url,
        "SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid JOIN pg_collation AS o ON o.oid = attcollation "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND collname <> 'C'",
    )
    assert plan == [(0,)]


def test_in_use_is_an_error_of_the_store() -> None:
    """Who only knows StoreError understands both kinds of it."""
    assert issubclass(InUse, StoreError)
    assert issubclass(StoreAway, StoreError)
