"""The real bot as a process of its own: `python -m bot run` on a real SQLite file, to be started, stopped, killed, and looked into.

async with FakeTelegram() as telegram:
bot = RunningBot(telegram.url, telegram.token, tmp_path)
async with bot:                          # started; at the end stopped, by SIGTERM
...
await bot.kill()                     # SIGKILL, to this process alone
await bot.start()                    # again, on the same file
assert "Traceback" not in bot.stderr
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from bot.transports.updates import ALLOWED
from tests.fake_telegram import Telegram
from tests.nursery import Child, Wanted, started

ROOT: Final = Path(__file__).parents[1]
STOP_SECONDS: Final = 10.0
START_SECONDS: Final = 30.0
READY: Final = re.compile(r'[ "](?:polls|another replica polls; [^"\n]+|serves the (?:webhook|web chat) on port \d+)(?:"|\n)')


class RunningBot:
    """One bot, process after process.

    url, token: the Bot API server. folder: for the database and the log; the bot's working folder too. settings: more of its environment.
    One with a PYTHONPATH is begun by an interpreter of its own; all others come from the nursery, which is quicker.
    module: what the next process runs, for one that runs the bot under conditions of its own. does: with which command.
    customs: the folder of a sitecustomize with which its processes begin.
    """

    module = "bot"
    does = "run"
    customs = ""

    def __init__(self, url: str, token: str, folder: Path, *, name: str = "bot", **settings: str) -> None:
        self.telegram, self.token = url, token
        self.database = folder / f"{name}.db"
        self._log = folder / f"{name}.log"
        self._folder = folder
        ours = {
            "READ_PICTURES": "no",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "TELEGRAM_API_URL": url,
            "TELEGRAM_BOT_TOKEN": token,
            "PYTHONPATH": str(ROOT),
        }
        self._environment = {**_bare_environment(), **ours, **settings}
        self._own_interpreter = "PYTHONPATH" in settings
        self._process: asyncio.subprocess.Process | Child | None = None
        self._starts_before = 0

    def set(self, **settings: str) -> None:
        """Change its environment, from the next start on."""
        self._environment |= settings

    # --- its life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start it; what it writes goes on where it was."""
        assert not self.running, "it runs already"
        self._starts_before = self._starts
        self._process = await self._begin(self.does, output=self._log)

    async def ready(self) -> None:
        """Wait until it takes updates, or those of its replicas that polls does."""
        deadline = time.monotonic() + START_SECONDS
        while self._starts == self._starts_before and self.running and time.monotonic() < deadline:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.02)
        assert self._starts > self._starts_before, f"it takes no updates\n{self.stderr}"

    async def stop(self) -> int:
        """Stop it as an operator does, by SIGTERM; its exit code."""
        self.terminate()
        return await self.ended()

    def terminate(self) -> None:
        """Ask it to stop, and do not wait for that."""
        self._running().send_signal(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill it as a power cut does, by SIGKILL to this very process."""
        self._running().send_signal(signal.SIGKILL)
        await self._running().wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._running().send_signal(number)

    async def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end; its exit code."""
        async with asyncio.timeout(seconds):
            return await self._running().wait()

    async def setup(self, *arguments: str) -> tuple[int, str]:
        """Run `python -m bot setup`; its exit code, and all that it writes."""
        return await self.command("setup", *arguments)

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run any command that ends by itself; its exit code, and all that it writes."""
        with TemporaryDirectory(dir=self._folder) as folder:
            output = Path(folder) / "output"
            process = await self._begin(*arguments, output=output)
            return await process.wait(), output.read_text(encoding="utf-8")

    async def _begin(self, *arguments: str, output: Path) -> asyncio.subprocess.Process | Child:
        if not self._own_interpreter:
            return await started(Wanted(self.module, arguments, str(self._folder), self._environment, str(output)), self.customs)
        program = (sys.executable, "-m", self.module, *arguments)
        with output.open("ab") as file:
            return await asyncio.create_subprocess_exec(
                *program, cwd=self._folder, env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file
            )

    @property
    def pid(self) -> int:
        return self._running().pid

    def _running(self) -> asyncio.subprocess.Process | Child:
        assert self._process is not None, "it was never started"
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if self.running:
            with suppress(TimeoutError):
                await self.stop()
            if self.running:
                await self.kill()

    # --- what it leaves -----------------------------------------------------------------------------------------------

    @property
    def stderr(self) -> str:
        """All that it has written (it writes to stderr only), over all its processes."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def _starts(self) -> int:
        return len(READY.findall(self.stderr))

    @property
    def complaints(self) -> list[str]:
        """The lines of stderr that are no mere information."""
        return [line for line in self.stderr.splitlines() if " INFO " not in line]

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: object) -> int:
        """Change the database under the bot; how many rows were hit."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection, connection:
            return connection.execute(statement, values).rowcount


class WebhookBot(RunningBot):
    """The same, serving the webhook on a port of its own, with a secret of its own."""

    secret = "A-secret_of-the-webhook-0123456789"
    path = "/telegram/updates"

    def __init__(self, url: str, token: str, folder: Path, *, name: str = "bot", **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        ours = {"WEBHOOK_URL": self.address + self.path, "WEBHOOK_SECRET": self.secret, "HOST": "127.0.0.1", "PORT": str(self.port)}
        super().__init__(url, token, folder, name=name, **{**ours, **settings})


class WebBot(RunningBot):
    """The same conversation as a web page, on a port of its own. No Telegram is there."""

    does = "web"

    def __init__(self, folder: Path, *, name: str = "web", **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        ours = {"SECRET_KEY": "a key of the tests that nobody knows", "HOST": "127.0.0.1", "PORT": str(self.port)}
        super().__init__("", "", folder, name=name, **{**ours, **settings})


async def registered(telegram: Telegram, bot: RunningBot, url: str = "") -> None:
    """Have Telegram send updates to a bot that serves the webhook (to this url, if one is given); one that polls fetches them anyway."""
    if isinstance(bot, WebhookBot):
        parameters = {"url": url or bot.address + bot.path, "secret_token": bot.secret, "allowed_updates": list(ALLOWED)}
        address = f"{telegram.url}/bot{telegram.token}/setWebhook"
        async with aiohttp.ClientSession() as session, session.post(address, json=parameters) as answer:
            assert answer.status == 200, await answer.text()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _bare_environment() -> dict[str, str]:
    """This environment, without what an operator may have set for a bot of their own."""
    ours = (
        "TELEGRAM_",
        "DATABASE_URL",
        "CONTENT_DIR",
        "RETENTION_DAYS",
        "LOG_",
        "METRICS_",
        "OPERATOR_",
        "WEB",
        "SECRET_KEY",
        "EMBED_",
        "HOST",
        "PORT",
        "PYTHONPATH",
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
