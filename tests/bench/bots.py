"""Bots as processes: how they are started, what they have used, and what the typical one says."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import aiohttp

from bot.dialogue import step
from bot.model import ENGLISH, Asked, Button, Guide, Kind, Pressed, Reply, Session
from bot.rendering import render
from bot.transports.channel import body_of
from tests.bench.crowd import CrowdedTelegram
from tests.fake_telegram.user import ROOT
from tests.running_bot import free_port

TICKS: Final = os.sysconf("SC_CLK_TCK")
STOPS_WITHIN: Final = 15.0
CARDS: Final = 12
SECRET: Final = "bench"
CONNECTIONS: Final = 40
"""Updates that Telegram sends at a time; as many as by default."""
ONWARDS: Final = ("didnt", "made", "confirm", "tell")
"""What a person presses who is to see as many cards as there are."""


class Bot:
    """A running bot. Linux only: it reads /proc."""

    def __init__(self, pid: int) -> None:
        self._proc = Path("/proc") / str(pid)

    def cpu(self) -> float:
        """Seconds of CPU used so far, by all its threads, in user and system."""
        fields = (self._proc / "stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident memory in MiB."""
        lines = (self._proc / "status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


Command = Callable[[Path], list[str]]
"""The arguments for Python that start a bot which keeps its state in this new folder."""


def ours(folder: Path) -> list[str]:
    return ["-m", "bot", "run"]


def typical(content: Path) -> Command:
    return lambda folder: ["-m", "tests.bench.typical_bot", str(content), str(folder / "state.pickle")]


_folders = count()


HIDDEN: Final = ("rich", "PIL")
"""What a core installation has not, and what would be imported here: rich by httpx, Pillow by our own pictures. Both take 4 MiB."""


def as_installed(folder: Path) -> dict[str, str]:
    """The environment of a program as an operator has it: its modules compiled, and without what our tests have besides.

    folder: for stand-ins that hide that.
    """
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    for name in HIDDEN:
        (hidden / f"{name}.py").write_text('raise ModuleNotFoundError("not in a core installation")\n', "utf-8")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": os.pathsep.join((str(hidden), str(ROOT)))}


@asynccontextmanager
async def running(
    command: Command, telegram: CrowdedTelegram, parent: Path, *, webhook: bool = False, database: str = ""
) -> AsyncIterator[Bot]:
    """A bot that takes updates, by polling or behind a webhook, until the block ends. database: its address; by default a new file."""
    folder = parent / f"bot-{next(_folders)}"
    folder.mkdir()
    before = await telegram.polls()
    port = free_port()
    environment = {
        **as_installed(parent),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "DATABASE_URL": database or f"sqlite:///{folder / 'bot.db'}",
        "LOG_LEVEL": "ERROR",
        **(serving(port) if webhook else {}),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, *command(folder), cwd=folder, env=environment)
    try:
        await _unless_ended(process, ready(telegram, port) if webhook else telegram.polled(before))
        yield Bot(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
        if webhook:
            await set_webhook(telegram, "")


async def _unless_ended(process: asyncio.subprocess.Process, ready: Coroutine[Any, Any, None]) -> None:
    """Wait until a bot is ready. Raises AssertionError if it ends instead: nobody would wait for it to the end."""
    getting, ending = asyncio.ensure_future(ready), asyncio.ensure_future(process.wait())
    await asyncio.wait({getting, ending}, return_when=asyncio.FIRST_COMPLETED)
    ended = not getting.done()
    (getting if ended else ending).cancel()
    assert not ended, f"the bot ended with {process.returncode}"
    getting.result()


def serving(port: int) -> dict[str, str]:
    """The settings of a bot behind a webhook."""
    return {"WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "WEBHOOK_SECRET": SECRET, "HOST": "127.0.0.1", "PORT": str(port)}


async def ready(telegram: CrowdedTelegram, port: int) -> None:
    """Wait until a bot says that it is ready, and have updates sent there."""
    async with aiohttp.ClientSession() as session:
        while not await _is_ready(session, port):  # noqa: ASYNC110 - it is asked, and tells nobody
            await asyncio.sleep(0.005)
    await set_webhook(telegram, f"http://127.0.0.1:{port}/hook")


async def set_webhook(telegram: CrowdedTelegram, address: str) -> None:
    """Have updates sent there; to an empty address, no longer."""
    parameters = {"url": address, "secret_token": SECRET, "max_connections": CONNECTIONS}
    method = f"{telegram.url}/bot{telegram.token}/setWebhook"
    async with aiohttp.ClientSession() as session, session.post(method, json=parameters) as answer:
        assert answer.status == 200, await answer.text()


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


# --- what the typical bot says ---------------------------------------------------------------------------------------------


def write_content(guide: Guide, path: Path) -> None:
    """English phrases (WRatio over those of all languages could not keep up with a crowd), and the cards as ours sends them."""
    phrases = [[phrase.text, intent.id] for intent in guide.intents.values() for phrase in intent.phrases if phrase.language == ENGLISH]
    errors = [intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR]
    cards = {error: [str(body_of(render(guide, reply))["text"]) for reply in islice(road(guide, error), CARDS)] for error in errors}
    path.write_text(json.dumps({"phrases": phrases, "cards": cards}), "utf-8")


def road(guide: Guide, error: str, now: int = 1_800_000_000) -> Iterator[Reply]:
    """The cards that come one after the other for somebody whom nothing helps."""
    for _, reply in steps(guide, error, now):
        yield reply


def steps(guide: Guide, error: str, now: int = 1_800_000_000) -> Iterator[tuple[Session, Reply]]:
    """The same, each with the session that it belongs to."""
    turn = step(guide, Session("bench-id"), Asked("start", error), now)
    while turn.replies:
        reply = turn.replies[-1]
        yield turn.session, reply
        button = onwards(reply)
        if button is None:
            return
        turn = step(guide, turn.session, Pressed(turn.session.id, turn.session.turn, button.action, button.value), now)


def onwards(reply: Reply) -> Button | None:
    """The button that brings the next card."""
    found = [button for row in reply.buttons for button in row]
    return next((button for action in ONWARDS for button in found if button.action == action), None)


def table(title: str, heads: list[str], rows: list[list[Any]]) -> None:
    """Print a Markdown table; all columns but the first are figures."""
    print(f"\n\n{title}\n")
    print(f"| {' | '.join(heads)} |")
    print(f"|---|{'---:|' * (len(heads) - 1)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
