"""One trial: people talk to a bot (or to three), which is killed again and again; then everything must be as if nothing had been.

Nothing is checked while it runs but that nobody waits for too long; the rest is counted and compared at the end.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import astuple, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import asyncpg

from bot.pacing import MORE_AFTER, NEW_AT_ONCE
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import private, secrets_told
from tests.postgres_server import PostgresServer, ask
from tests.running_bot import RunningBot, WebhookBot, registered
from tests.soak.balancer import Balancer
from tests.soak.killed_bot import DOOM, DOOMED, Point, doom
from tests.soak.people import PATIENCE, Crowd, Story, counts_in, repetitions, said_to, sessions_in, settled
from tests.soak.weather import answers_cut, faults_met, storm

RETRY_PACE: Final = 0.01
"""A webhook that does not listen is tried again so much sooner than in life."""
CALL_SECONDS: Final = 0.02
"""How long Telegram takes for a call: so that kills hit calls under way."""
SERVER_IS_AWAY: Final = 0.5
YOUNG: Final = 2.0
"""Seconds after its start within which a bot that is killed at random is killed every other time; else it is in the middle of its work."""


def fast_telegram() -> FakeTelegram:
    """Calls take their time, but a new process is let in, and tried, sooner than in life.

    A press waits until its chat counts as stuck, not 150 seconds: on a busy machine kill after kill may keep the bot away for so long.
    """
    return FakeTelegram(delay=CALL_SECONDS, conflict_pause=0.1, pace=RETRY_PACE, press_lifetime=2 * PATIENCE)


def may_repeat(calls: int) -> int:
    """How many new messages may be under way in a bot that has called sendMessage so often: all that its kill may repeat."""
    return min(NEW_AT_ONCE, 1 + calls // MORE_AFTER)


@dataclass(frozen=True, slots=True)
class Mode:
    """How the bot runs: by polling or webhook, alone on SQLite or as several replicas on PostgreSQL."""

    name: str
    kind: type[RunningBot]
    replicas: int = 0

    @property
    def on_postgres(self) -> bool:
        return self.replicas > 0


MODES: Final = (
    Mode("polling", RunningBot),
    Mode("webhook", WebhookBot),
    Mode("webhook-3", WebhookBot, 3),
    Mode("polling-3", RunningBot, 3),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a trial.

    again: updates that were delivered again. faults: calls that went wrong, `cut` of them so that nobody could know whether Telegram has
    the message. repeated: messages; at_most: how many could be, by what was under way when the bot was killed, and by what was cut.
    longest: seconds that somebody waited for an answer.
    """

    point: str
    kills: int
    conversations: int
    updates: int
    again: int
    faults: int
    cut: int
    repeated: int
    at_most: int
    longest: float

    def row(self) -> str:
        """A row of the table in docs/reliability.md."""
        return "| " + " | ".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in astuple(self)) + " |"


HEAD: Final = (
    "| killed | times | conversations | updates | delivered again | faults | answers cut | repeated | at most | longest wait, s |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


class Trial:
    """mode: how the bot runs. points: where it is killed, in turn. kills: how often. people: how many talk at a time.

    database: the PostgreSQL database for replicas. stories: how the conversations go when nothing goes wrong.
    """

    def __init__(
        self, mode: Mode, points: Sequence[Point], *, kills: int, people: int, stories: Sequence[Story], folder: Path, database: str = ""
    ) -> None:
        self._mode, self._points, self._wanted, self._people = mode, cycle(points), kills, people
        self._name = ", ".join(points)
        self._stories, self._folder, self._database = stories, folder, database
        self._chance = random.Random(f"{mode.name} {self._name}")
        self.kills = self._at_most = 0
        self._enough = asyncio.Event()
        self._bots: list[RunningBot] = []

    async def run(self) -> Figures:
        """Run it to its end. Raises AssertionError for everything that is not as it must be."""
        async with fast_telegram() as telegram:
            self._telegram = telegram
            crowd = Crowd(telegram, self._stories, self._people, self._chance)
            try:
                async with self._placed():
                    await self._killed_while(crowd)
                    await settled(telegram, self._rows)
                    for bot in self._bots:
                        assert await bot.stop() == 0
                return await self._compared(crowd)
            except Exception as error:
                error.add_note(f"{self._mode.name}, {self._name}, after {self.kills} kills: {await telegram.counters()}")
                waiting = await self._rows("SELECT conversation, not_before, attempts, owner FROM reply_queue")
                error.add_note(f"in the queue: {waiting}; the bots said at last:")
                for bot in self._bots:
                    error.add_note(bot.stderr[-2000:])
                raise

    # --- while it runs ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _placed(self) -> AsyncIterator[None]:
        """The bots where Telegram finds them, not started yet; whatever happens, they end."""
        telegram, mode = self._telegram, self._mode
        async with AsyncExitStack() as stack:
            settings = {"DATABASE_URL": self._database} if mode.on_postgres else {}
            for number in range(mode.replicas or 1):
                bot = mode.kind(telegram.url, telegram.token, self._folder, name=f"bot{number}", **settings)
                stack.push_async_exit(bot.__aexit__)
                self._bots.append(bot)
            webhooks = [bot for bot in self._bots if isinstance(bot, WebhookBot)]
            if webhooks:
                balancer = await stack.enter_async_context(Balancer([bot.address for bot in webhooks]))
                address = balancer.address + WebhookBot.path
                for bot in webhooks:
                    bot.set(WEBHOOK_URL=address)
                await registered(telegram, webhooks[0], address)
            yield

    async def _killed_while(self, crowd: Crowd) -> None:
        """The bots die, and are started again, while everybody talks and it storms."""
        async with asyncio.TaskGroup() as tasks:
            storming = tasks.create_task(storm(self._telegram, self._chance))
            talking = tasks.create_task(crowd.talk(self._enough))
            await asyncio.gather(*(self._keep(bot) for bot in self._bots))
            await talking
            storming.cancel()

    async def _keep(self, bot: RunningBot) -> None:
        """Have one bot die at its next point again and again, until there were enough kills; then let it live."""
        while not self._enough.is_set():
            calls = self._telegram.world.calls["sendmessage"]
            if await self._end(bot, next(self._points)) == -signal.SIGKILL:
                self.kills += 1
                self._at_most += may_repeat(self._telegram.world.calls["sendmessage"] - calls)
            if self.kills >= self._wanted:
                self._enough.set()
        bot.module = "bot"
        await bot.start()

    async def _end(self, bot: RunningBot, point: Point) -> int:
        """Start it, and see it die there; its exit code. One that still lives when there were enough kills is stopped in order."""
        at_random = point is Point.RANDOM
        bot.module = "bot" if at_random else DOOMED
        bot.set(**{DOOM: doom(point, self._chance.randint(1, 2 * self._people))})
        await bot.start()
        if at_random:
            await (self._work() if self.kills % 2 else asyncio.sleep(self._chance.uniform(0, YOUNG)))
            await bot.kill()
            return -signal.SIGKILL
        dying, enough = asyncio.create_task(bot.ended(2 * PATIENCE)), asyncio.create_task(self._enough.wait())
        await asyncio.wait({dying, enough}, return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        if not dying.done():
            bot.terminate()
        code = await dying
        assert code == -signal.SIGKILL or self._enough.is_set(), bot.stderr[-2000:]
        return code

    async def _work(self) -> None:
        """Wait for some calls, and for a moment more."""
        calls = self._telegram.world.calls
        wanted = calls.total() + self._chance.randint(1, 4 * self._people)
        async with asyncio.timeout(PATIENCE):
            while calls.total() < wanted:  # noqa: ASYNC110 - the server knows no such event
                await asyncio.sleep(0.005)
        await asyncio.sleep(self._chance.uniform(0, CALL_SECONDS))

    # --- at its end ---------------------------------------------------------------------------------------------------

    async def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database says; a server that is killed while we ask is asked again."""
        if not self._mode.on_postgres:
            return self._bots[0].rows(statement)
        while True:
            try:
                return await ask(self._database, statement)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await asyncio.sleep(0.1)

    async def _compared(self, crowd: Crowd) -> Figures:
        """Everything as it would be without a kill and a fault, or AssertionError; and the figures."""
        counters = await self._telegram.counters()
        updates = sum(len(story.way) for _, story in crowd.gone)
        assert counters["pushed"] == counters["acknowledged"] == updates
        assert counters["expired"] == counters["lost"] == counters["dropped"] == 0
        assert await self._rows("SELECT count(*) FROM seen_update") == [(updates,)]
        assert await sessions_in(self._rows) == {private(person.chat): story.session for person, story in crowd.gone}
        assert await counts_in(self._rows) == sum((story.counts for _, story in crowd.gone), Counter())
        for table in ("poison", "dead_letter"):
            assert await self._rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - our own table names
        for bot in self._bots:
            assert "Traceback" not in bot.stderr
            assert secrets_told(self._telegram, bot) == []
        cut = answers_cut(self._telegram)
        return Figures(
            self._name,
            self.kills,
            len(crowd.gone),
            updates,
            counters["redelivered"],
            faults_met(self._telegram),
            cut,
            sum(repetitions(said_to(self._telegram, person), story.said) for person, story in crowd.gone),
            self._at_most + cut,
            max(self._telegram.world.delays),
        )


@asynccontextmanager
async def killed_besides(postgres: PostgresServer, trials: Sequence[Trial], every: int) -> AsyncIterator[list[int]]:
    """The server is killed too, and started again, each time that so many bots were; one item for each of its kills.

    Not by the clock: on a slow machine nobody would get on between two of them.
    """
    kills: list[int] = []
    enough = asyncio.Event()

    async def kill() -> None:
        while not enough.is_set():
            if sum(trial.kills for trial in trials) >= every * (len(kills) + 1):
                await asyncio.to_thread(postgres.kill)
                kills.append(len(kills))
                await asyncio.sleep(SERVER_IS_AWAY)
                await asyncio.to_thread(postgres.start)
            await asyncio.sleep(0.05)

    killing = asyncio.create_task(kill())
    try:
        yield kills
    finally:
        enough.set()
        await killing  # so that the server runs
