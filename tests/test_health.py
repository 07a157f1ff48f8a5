"""`python -m bot health`: what the bot says of itself, and an exit code to go by."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.health import NotWell, ask
from bot.settings import Settings


@contextmanager
def answering(status: int, text: str) -> Iterator[tuple[int, list[str]]]:
    """A server that answers everything so; its port, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_bot_that_listens_everywhere_is_asked_on_this_machine() -> None:
    with answering(200, "alive\n") as (port, asked):
        assert ask(Settings(port=port), "/healthz") == "alive"
    assert asked == ["/healthz"]


def test_why_it_is_not_ready_is_told() -> None:
    with answering(503, "not ready: the store does not answer\n") as (port, _), pytest.raises(NotWell, match="the store does not answer"):
        ask(Settings(port=port), "/readyz")


def test_nobody_answers() -> None:
    with answering(200, "") as (port, _):
        pass
    with pytest.raises(NotWell, match=f"nothing answers at 0.0.0.0, port {port} .*METRICS_PORT"):
        ask(Settings(port=port), "/healthz")
