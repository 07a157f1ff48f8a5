"""Asks the bot of these settings how it is, over its own probes: what a container's health check runs, without curl."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import Final

from bot.settings import Settings

SECONDS: Final = 3.0
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no address to listen on: who listens everywhere is reached so
LONGEST: Final = 200
"""Bytes of an answer that are shown."""


class NotWell(Exception):
    """The bot does not answer, or says that it is not ready; in one line."""


def ask(settings: Settings, path: str) -> str:
    """What the bot answers at /healthz or /readyz. Raises NotWell.

    The private server of METRICS_PORT is asked where there is one: it answers in every mode. Else that of the webhook, or of the web chat.
    """
    host, port = (settings.metrics_host, settings.metrics_port) if settings.metrics_port is not None else (settings.host, settings.port)
    connection = HTTPConnection(EVERYWHERE.get(host, host), port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read(LONGEST).decode(errors="replace").strip()
    except (OSError, HTTPException) as error:
        cure = "" if settings.metrics_port is not None else "; a bot that polls has probes only with METRICS_PORT"
        raise NotWell(f"nothing answers at {host}, port {port} ({type(error).__name__}){cure}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise NotWell(said or f"HTTP {answer.status}")
    return said
