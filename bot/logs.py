"""The log: lines for people or as JSON, which say what an update did, and never whose it was or what it said.

Where a line is about an update, it has its number, and a keyed hash of the conversation: who holds the key (SECRET_KEY) can tell the lines
of one person, and nobody can tell the person. Of an error it has kind and place, since its text could quote anybody. Secrets are covered.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, TextIO

from bot.metrics import LOG_MESSAGES

log = logging.getLogger(__name__)

OURS: Final = "bot"
COVERED: Final = "***"
SHORTEST_SECRET: Final = 6
"""Characters: anything shorter would cover words by chance."""
DIGITS: Final = 12
"""Of a conversation's hash: enough to tell a million apart."""
NO_KEY: Final = "SECRET_KEY is not set: after each start the log names conversations anew"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

_subject: ContextVar[tuple[str, str]] = ContextVar("subject", default=("", ""))


def about(update: object = "", conversation: str = "") -> None:
    """From here on, the lines of this task are about this update, and this conversation."""
    _subject.set((str(update), conversation))


@contextmanager
def only_about(conversation: str) -> Iterator[None]:
    """The lines of this block are about this conversation: for what runs in another task or thread than its update, or for many in turn."""
    before = _subject.set(("", conversation))
    try:
        yield
    finally:
        _subject.reset(before)


def begin_log(level: str, form: str, key: str | None, covered: Iterable[str], stream: TextIO | None = None) -> None:
    """Begin to log. form: console or json. key: of the hashes; without one it is made up. covered: the secrets that never appear."""
    kind = JsonLine if form == "json" else ConsoleLine
    handler = _Output(stream or sys.stderr)
    handler.setFormatter(kind((key or secrets.token_urlsafe(32)).encode(), covered))
    handler.addFilter(_is_wanted)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda failed: _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)


def tell_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001 - asyncio gives it
    """An event loop's handler of errors that nobody waits for. asyncio's own would print arguments and exceptions, with their texts."""
    what = str(context.get("message", "")).partition("(")[0].strip()
    log.error("asyncio: %s", what, exc_info=context.get("exception"))


class _Line(logging.Formatter):
    """What stands in a line. key: of the hashes. covered: the secrets."""

    def __init__(self, key: bytes, covered: Iterable[str]) -> None:
        super().__init__()
        self._key = key
        self._covered = sorted({one for one in covered if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)

    def subject(self) -> dict[str, str]:
        """What the line is about: update and (hashed) conversation, as far as known."""
        update, conversation = _subject.get()
        found = {"update": update, "conversation": self.hashed(conversation) if conversation else ""}
        return {name: value for name, value in found.items() if value}

    def hashed(self, conversation: str) -> str:
        return hmac.new(self._key, conversation.encode(), "sha256").hexdigest()[:DIGITS]

    def cover(self, line: str) -> str:
        """The line without secrets."""
        for secret in self._covered:
            line = line.replace(secret, COVERED)
        return line


class ConsoleLine(_Line):
    """A line for people. What would begin another line is set in, so that nobody can write lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = _CONTROL.sub(lambda found: repr(found[0])[1:-1], record.getMessage())
        about_ = " ".join(f"{name}={value}" for name, value in self.subject().items())
        head = f"{_when(record)} {record.levelname} {record.name}: {told}{f' [{about_}]' if about_ else ''}"
        trace = ["Traceback (without texts):", *(f"  {line}" for line in _trace(record))] if record.exc_info and record.exc_info[1] else []
        return self.cover("\n    ".join([*head.split("\n"), *trace]))


class JsonLine(_Line):
    """A line for programs: one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self.subject(),
        }
        if record.exc_info and record.exc_info[1]:
            line["trace"] = list(_trace(record))
        return self.cover(json.dumps(line))


class _Output(logging.StreamHandler[TextIO]):
    """Writes lines, and counts those that are more than information."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            LOG_MESSAGES.add(record.levelname.lower())
        super().emit(record)


def _is_wanted(record: logging.LogRecord) -> bool:
    """All of our own; of libraries only what is wrong: what they tell besides can hold addresses with the token, and texts."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] == OURS


def _when(record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


def _trace(record: logging.LogRecord) -> Iterator[str]:
    """Where an error was raised and of which kind it is, and so for its causes; never what it says."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        for frame in traceback.extract_tb(error.__traceback__, limit=-12):
            yield f"{frame.filename}:{frame.lineno} {frame.name}"
        yield type(error).__name__
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    """What Python would print, with every text in it."""
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        log.critical("ended by an error", exc_info=(kind, error, where))
