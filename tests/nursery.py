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
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = ("bot.cli", "bot.running", "bot.content", "bot.store.postgres", "bot.transports.serving", "bot.transports.webhook")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process: its module with arguments, where it runs, its whole environment, and the file that its stderr is added to."""

    module: str
    arguments: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    stderr: str


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


async def started(wanted: Wanted) -> Child:
    """Have a process started, by a nursery that begins with the first and ends with us."""
    reader, writer = await asyncio.open_unix_connection(_nursery())
    writer.write(json.dumps(asdict(wanted)).encode() + b"\n")
    return Child(int(await reader.readline()), reader, writer)


@cache
def _nursery() -> str:
    """The socket of this process's nursery."""
    folder = tempfile.TemporaryDirectory(prefix="nursery-")
    path = f"{folder.name}/socket"
    command = [sys.executable, "-m", "tests.nursery", path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
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
    bell, struck = socket.socketpair()
    for end in (bell, struck):
        end.setblocking(False)  # noqa: FBT003 - the library's signature
    signal.set_wakeup_fd(struck.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and then us
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as selector:
        listening.bind(path)
        listening.listen()
        for source in (sys.stdin, listening, bell):
            selector.register(source, selectors.EVENT_READ)
        print("ready", flush=True)  # noqa: T201 - our word to who started us
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if sys.stdin in ready:
                return None
            if bell in ready:
                bell.recv(4096)
                _tell_ends(children)
            if listening in ready:
                connection, _ = listening.accept()
                wanted = Wanted(**json.loads(connection.makefile().readline()))
                pid = os.fork()
                if not pid:
                    for other in (connection, bell, struck, *children.values()):
                        other.close()
                    return wanted
                children[pid] = connection
                connection.sendall(b"%d\n" % pid)


def _tell_ends(children: dict[int, socket.socket]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with children.pop(pid) as connection, suppress(OSError):  # nobody waits for it any more
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(wanted: Wanted) -> None:
    """Be a new process, as if begun by a shell."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.chdir(wanted.folder)
    os.environ.clear()
    os.environ.update(wanted.environment)
    nothing = os.open(os.devnull, os.O_RDWR)
    stderr = os.open(wanted.stderr, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for ours, standard in ((nothing, 0), (nothing, 1), (stderr, 2)):
        os.dup2(ours, standard)
    os.closerange(3, max(nothing, stderr) + 1)
    sys.path[0] = wanted.folder
    sys.argv = [wanted.module, *wanted.arguments]
    runpy.run_module(wanted.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in MODULES:
        __import__(name)
    if (found := _serve(sys.argv[1])) is not None:
        _become(found)
