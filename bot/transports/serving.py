"""The web server: uvicorn inside our own loop, with our own signals, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from bot.transports import CannotRun

BACKLOG: Final = 1024
IDLE_SECONDS: Final = 75
"""A connection may be idle for so long: longer than a proxy keeps one (60 s as a rule), so that no request meets a closing door."""
FINISH_SECONDS: Final = 8
"""How long requests under way may take to finish at the end."""

logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it would tell of each stranger who does not speak HTTP


class Server:
    """Serves an application from `start` until `stop`; as a context manager too. names: of the settings that say where."""

    def __init__(self, app: ASGIApp, host: str, port: int, names: tuple[str, str] = ("HOST", "PORT")) -> None:
        config = uvicorn.Config(
            app,
            interface="asgi3",  # as all of ours are: it is guessed wrong of a method
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # X-Forwarded-For is believed only from WEBHOOK_PROXIES
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=FINISH_SECONDS,
        )
        self._server = _Uvicorn(config)
        self._host, self._port, self._names = host, port, names
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Listen. Raises CannotRun when that is not possible, such as when the port is in use."""
        self._running = asyncio.create_task(self._server.serve([listening(self._host, self._port, self._names)]))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        await self.stop()

    async def until(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; if the server itself ends before, with its error."""
        stopping = asyncio.create_task(stop.wait())
        running = self._running
        if running is not None:
            await asyncio.wait({stopping, running}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def stop(self) -> None:
        """Take no new connection, and finish the requests under way, within seconds."""
        self._server.should_exit = True
        if self._running is not None:
            await self._running


class _Uvicorn(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the bot as a whole: the server is stopped in its turn."""
        yield


def listening(host: str, port: int, names: tuple[str, str] = ("HOST", "PORT")) -> socket.socket:
    """A socket that takes connections. Raises CannotRun, which names the settings.

    What is accepted has its TCP_NODELAY: else the body of a response, written after its head, waits 0.04 s for the other side's ACK.
    asyncio sets that only on sockets that name their protocol, and those of `create_server` do not.
    """
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise CannotRun(
            f"cannot listen on {names[0]} {host}, {names[1]} {port}: {reason.lower()}. Stop what uses it, or set another"
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
