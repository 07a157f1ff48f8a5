"""Starts bots in an instant: a process that has all of the bot's modules in memory, and forks for each that is wanted.

A bot that comes from here is a process of its own like any other: it has run nothing yet, and goes through `python -m bot` from the
first line on. Most of a start is importing, which is the same each time.

    python -m tests.nursery SOCKET      # until its standard input ends

A connection to the socket brings one line of JSON (a `Wanted`); it is answered with the process's id, and at its end with its exit code.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = (
    "bot.cli",
    "bot.running",
    "bot.album",
    "bot.matching",
    "bot.content",
    "bot.store.postgres",
    "bot.transports.serving",
    "bot.transports.webhook",
    "bot.transports.web.app",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process: its module with arguments, where it runs, its whole environment, and the file to which it adds all that it writes."""

    module: str
    arguments: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    output: str


class Child:
    """A process that came from the nursery."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._ended = asyncio.create_task(self._watch(reader))

    async def wait(self) -> int:
        """Wait for its end; its exit code, or the signal that ended it, below 0."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        """Send it a signal; to one that has ended, nothing."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _watch(self, reader: asyncio.StreamReader) -> int:
        self.returncode = int(await reader.readline())
        self._writer.close()
        return self.returncode


async def started(wanted: Wanted, customs: str = "") -> Child:
    """Have a process started, by a nursery that begins with the first and ends with us.

    customs: the folder of a sitecustomize, which a nursery of its own has run before it imported anything of ours.
    """
    reader, writer = await asyncio.open_unix_connection(_nursery(customs))
    writer.write(json.dumps(asdict(wanted)).encode() + b"\n")
    return Child(int(await reader.readline()), reader, writer)


@cache
def _nursery(customs: str) -> str:
    """The socket of this process's nursery with these customs."""
    folder = tempfile.TemporaryDirectory(prefix="nursery-")
    path = f"{folder.name}/socket"
    command = [sys.executable, "-m", "tests.nursery", path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (customs, str(ROOT))))}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    atexit.register(folder.cleanup)
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    return path


# --- in the nursery ----------------------------------------------------------------------------------------------------------


def _serve(path: str) -> Wanted | None:
    """Fork for everyone who asks, and tell their ends; returns in each child what it is to be, and None at the end."""
    children: dict[int, socket.socket] = {}
    with ExitStack() as ours:
        bell = ours.enter_context(_bell())
        listening = ours.enter_context(socket.socket(socket.AF_UNIX))
        selector = ours.enter_context(selectors.DefaultSelector())
        listening.bind(path)
        listening.listen()
        for source in (sys.stdin, listening, bell):
            selector.register(source, selectors.EVENT_READ)
        print("ready", flush=True)  # noqa: T201 - our word to who started us
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if sys.stdin in ready:
                for pid in children:  # what an interrupted test has left
                    os.kill(pid, signal.SIGKILL)
                return None
            if bell in ready:
                bell.recv(4096)
                _tell_ends(children)
            if listening in ready:
                connection, _ = listening.accept()
                wanted = Wanted(**json.loads(connection.makefile().readline()))
                if not (pid := os.fork()):
                    for inherited in (connection, *children.values()):
                        inherited.close()
                    return wanted
                children[pid] = connection
                connection.sendall(b"%d\n" % pid)


@contextmanager
def _bell() -> Iterator[socket.socket]:
    """What can be read from when a child has ended. Ctrl-C is for the tests; we end with them."""
    bell, struck = socket.socketpair()
    struck.setblocking(False)  # noqa: FBT003 - the library's signature
    signal.set_wakeup_fd(struck.fileno())
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGCHLD, signal.SIGINT)}
    with bell, struck:
        yield bell
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell_ends(children: dict[int, socket.socket]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with children.pop(pid) as connection, suppress(OSError):  # nobody waits for it any more
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(wanted: Wanted) -> None:
    """Be a new process, as if begun by a shell."""
    os.chdir(wanted.folder)
    os.environ.clear()
    os.environ.update(wanted.environment)
    for standard, path in enumerate((os.devnull, wanted.output, wanted.output)):
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        os.dup2(opened, standard)
        os.close(opened)
    sys.path[0] = wanted.folder
    sys.argv = [wanted.module, *wanted.arguments]
    runpy.run_module(wanted.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in MODULES:
        __import__(name)
    if (found := _serve(sys.argv[1])) is not None:
        _become(found)
