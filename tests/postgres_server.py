"""A PostgreSQL server of the tests' own: on the loopback, on a free port, with its data in a folder that is deleted at the end.

with PostgresServer() as server:
    url = server.new_database()
    server.kill()                            # as a power cut does
    server.start()                           # again, on the same data
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import asyncpg

MISSING: Final = "PostgreSQL is not installed (neither initdb on the PATH nor in /usr/lib/postgresql)"
START_SECONDS: Final = 60.0
CONNECTIONS: Final = 60
UNPRIVILEGED: Final = ("postgres", "nobody")
"""Who runs the server when we are root: PostgreSQL refuses to run as root."""
OPTIONS: Final = (
    "fsync=off",  # a killed process loses nothing by it; only a power cut would
    "shared_buffers=16MB",
    "superuser_reserved_connections=2",
    "unix_socket_directories=",
    "listen_addresses=127.0.0.1",
    "log_min_messages=fatal",
    "autovacuum=off",  # it would look through hundreds of databases that live for seconds
)

EMPTY: Final = """
DO $$ BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    EXECUTE (
        SELECT coalesce('TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY', 'SELECT')
        FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'
    );
END $$
"""


def programs() -> Path | None:
    """The folder with initdb and postgres, the newest version first."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(3), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class PostgresServer:
    """One server, process after process, on the same data and port. connections: how many it has for everybody."""

    def __init__(self, connections: int = CONNECTIONS) -> None:
        found = programs()
        assert found is not None, MISSING
        self._programs = found
        self._options = (*OPTIONS, f"max_connections={connections}")
        self._folder = Path(tempfile.mkdtemp(prefix="backup-medic-"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = _unprivileged()
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._common = ""

    # --- its life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = self._folder / "data"
        if not data.exists():
            self._run("initdb", "-D", str(data), "-U", "tests", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None:  # after a kill its children may take a moment to go
                options = [argument for option in self._options for argument in ("-c", option)]
                self._process = self._begin("postgres", "-D", str(data), "-p", str(self.port), *options)
            assert time.monotonic() < deadline, (self._folder / "log").read_text(encoding="utf-8", errors="replace")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as an operator does, without waiting for those who are connected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill it as a power cut does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop it, and delete all that it kept."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.close()

    # --- what is in it ------------------------------------------------------------------------------------------------

    def new_database(self) -> str:
        """The address of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.query("CREATE DATABASE " + name)
        return self.url(name)

    def emptied_database(self) -> str:
        """The address of one database, the same each time; what it holds is deleted, its tables stay, and who is connected is cut off."""
        if self._common:
            self.query(EMPTY, self._common)
        else:
            self._common = self.new_database().rpartition("/")[2]
        return self.url(self._common)

    def url(self, database: str) -> str:
        return f"postgresql://tests@127.0.0.1:{self.port}/{database}"

    def query(self, statement: str, database: str = "postgres") -> list[str]:
        """Ask the server, on a connection of its own; the answer's lines. Needs no event loop, and disturbs none."""
        command = [str(self._programs / "psql"), "--no-psqlrc", "-At", "-d", self.url(database), "-c", statement]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()  # noqa: S603 - our own

    # --- processes ----------------------------------------------------------------------------------------------------

    def _run(self, program: str, *arguments: str) -> None:
        process = self._begin(program, *arguments)
        assert process.wait() == 0, (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def _begin(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            command = [str(self._programs / program), *arguments]
            return subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._user)  # noqa: S603

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            return self.query("SELECT 1") == ["1"]
        except subprocess.CalledProcessError:
            return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


async def ask(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What a database says, on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _unprivileged() -> pwd.struct_passwd:
    known = {account.pw_name: account for account in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)
