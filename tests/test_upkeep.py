"""What goes on beside the updates: it may fail, is begun again, and is never silent about it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import pytest

from bot import delivery, upkeep
from bot.assistant import Assistant
from bot.delivery import Delivery
from bot.model import Asked, Guide, Message, Timer
from bot.store import DAY, Arrival, Queued, StoreError
from bot.store.sqlite import SqliteStore, open_sqlite
from bot.upkeep import Upkeep, keep_going
from tests.conversing import START
from tests.keeping import ANN, BEN, Clock, a_session, a_word, queue, save

PATIENCE: Final = 5.0
SECRET: Final = "what somebody wrote"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (upkeep, "TIMERS_EVERY"),
        (upkeep, "PURGE_EVERY"),
        (upkeep, "FIRST_WAIT"),
        (upkeep, "REPLAYS_EVERY"),
        (delivery, "RECOVER_EVERY"),
    ):
        monkeypatch.setattr(module, name, 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upkeep.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = open_sqlite(path)
    yield store
    await store.close()


def look(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


class Outbox:
    """A channel that takes everything."""

    pictures = False

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, queued: Queued, message: Message) -> int:
        self.sent.append(queued.conversation)
        return len(self.sent)

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        raise AssertionError("nothing is edited here")

    async def close_card(self, queued: Queued, card: int) -> None:
        """It has no buttons to take off."""


async def nothing() -> None:
    """Nothing is to be replayed, and no content to be reloaded."""


@asynccontextmanager
async def kept_up(guide: Guide, store: SqliteStore, clock: Clock, replay: Callable[[], Awaitable[None]] = nothing) -> AsyncIterator[Outbox]:
    """A bot's upkeep, under way."""
    outbox = Outbox()
    sending = Delivery(lambda: guide, store, outbox, clock)
    running = asyncio.create_task(Upkeep(Assistant(guide, store, clock), sending, 30, replay, nothing).run())
    try:
        yield outbox
        assert not running.done(), "it ended"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sending.drain(1)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of tests
            await asyncio.sleep(0.001)


def failing_once(monkeypatch: pytest.MonkeyPatch, store: SqliteStore, name: str) -> None:
    """Let one method of the store fail the first time, as a mistake of ours would."""
    works = getattr(store, name)
    failed: list[str] = []

    async def method(*given: Any) -> Any:
        if not failed:
            failed.append(name)
            raise LookupError(SECRET)
        return await works(*given)

    monkeypatch.setattr(store, name, method)


@pytest.mark.parametrize("name", ["waiting", "due", "purge"])
async def test_what_fails_goes_on(
    guide: Guide, store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Whichever part fails says so in one line, without the error's own words, and does its work afterwards; the others never stop."""
    clock = Clock()
    failing_once(monkeypatch, store, name)
    assistant = Assistant(guide, store, clock)
    await assistant.handle(Arrival("", BEN, "tg:2", Asked("start", "storage-full")))
    await save(store, ANN, a_session(seen=START - 31 * DAY))
    [waits] = await queue(store, "tg:3:0:3", a_word())
    await store.run(lambda tx: tx.set_timer(BEN, "tg:2", Timer(START, "abc", 1)))
    async with kept_up(guide, store, clock) as outbox:
        await until(lambda: waits.conversation in outbox.sent)
        await until(lambda: look(path, "SELECT conversation FROM conversation") == [(BEN,)])
        await until(lambda: look(path, "SELECT * FROM timer") == [])
    assert f"failed (LookupError at {Path(__file__).name}:" in caplog.text
    assert len([line for line in caplog.messages if "failed" in line]) == 1
    assert SECRET not in caplog.text
    assert "Traceback" not in caplog.text


async def test_replays_go_on(guide: Guide, store: SqliteStore, caplog: pytest.LogCaptureFixture) -> None:
    """What an operator wants to be handled again is looked for again and again, also after trouble."""
    troubles: list[Exception] = [StoreError("disk full"), LookupError(SECRET)]
    looked: list[int] = []

    async def replay() -> None:
        looked.append(1)
        if troubles:
            raise troubles.pop(0)

    async with kept_up(guide, store, Clock(), replay):
        await until(lambda: len(looked) > 4)
    assert "the store does not work: disk full" in caplog.text
    assert "replaying updates failed (LookupError" in caplog.text
    assert SECRET not in caplog.text


async def test_nothing_is_deleted_by_a_clock_that_leapt(
    guide: Guide, store: SqliteStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When the clock goes on by years at once, nothing is deleted by it at first; if that is the time an hour later too, it is."""
    clock = Clock()
    await save(store, ANN, a_session())
    async with kept_up(guide, store, clock):
        await asyncio.sleep(0.02)
        clock.now += 365 * DAY
        await until(lambda: "the clock went on by 365 days at once" in caplog.text)
        assert caplog.text.count("at once") == 1
        await until(lambda: look(path, "SELECT conversation FROM conversation") == [])
        assert caplog.text.count("at once") == 1


async def test_each_failure_waits_longer(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What fails again and again is begun again after ever longer waits, up to the longest, and never given up."""
    monkeypatch.setattr(upkeep, "FIRST_WAIT", 1.0)
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async def fails() -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(asyncio, "sleep", noted)
    going = asyncio.create_task(keep_going("failing", fails))
    while len(waits) < 9:
        await sleep(0)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(caplog.messages) >= 9
