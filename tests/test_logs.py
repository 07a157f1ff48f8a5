"""The log tells what happened, and neither whose it was nor what they said."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from bot.logs import COVERED, SHORTEST_SECRET, about, begin_log, only_about, tell_loop_errors
from bot.metrics import LOG_MESSAGES

KEY = "a key of the tests"
TOKEN = "123456:AAtoken-of-the-tests_0123456789"
ANN, BEN = "tg:700000001:0:700000001", "tg:700000002:0:700000002"
WORDS = "what somebody wrote"
log = logging.getLogger("bot.tests")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Pytest has its own handlers, and other tests their levels."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    root.handlers[:] = []
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level, sys.excepthook, threading.excepthook = before
    about()


def begun(form: str = "console", key: str | None = KEY, level: str = "INFO") -> io.StringIO:
    written = io.StringIO()
    begin_log(level, form, key, (TOKEN, TOKEN.partition(":")[2]), written)
    return written


def failed(words: str = WORDS) -> None:
    """Log an error that has a cause, both with somebody's words."""
    try:
        try:
            int(words)
        except ValueError as error:
            raise KeyError(words) from error
    except KeyError:
        log.exception("it failed")


def test_console() -> None:
    """Time, level, module and message; about which update, and (as a hash) which conversation."""
    written = begun()
    log.info("nothing special")
    about(17, ANN)
    log.warning("update %s is strange", 17)
    plain, told = written.getvalue().splitlines()
    assert plain.endswith("Z INFO bot.tests: nothing special")
    assert " WARNING bot.tests: update 17 is strange [update=17 conversation=" in told
    assert "70000000" not in told


def test_json() -> None:
    """One object a line, whatever is in the message."""
    written = begun("json")
    about(17, ANN)
    log.error('two\nlines, and a "quote"')
    failed()
    first, second = map(json.loads, written.getvalue().splitlines())
    assert first.keys() == {"time", "level", "logger", "message", "update", "conversation"}
    assert (first["level"], first["logger"], first["message"], first["update"]) == ("error", "bot.tests", 'two\nlines, and a "quote"', "17")
    assert second["trace"][-1] == "ValueError"
    assert "KeyError" in second["trace"]


def test_conversations_are_told_apart_by_who_has_the_key() -> None:
    """The same conversation has the same name, another another; with another key, or a made-up one, all names are others."""

    def name(conversation: str, key: str | None = KEY) -> str:
        written = begun("json", key)
        about(1, conversation)
        log.warning("it")
        return str(json.loads(written.getvalue().splitlines()[-1])["conversation"])

    assert name(ANN) == name(ANN) != name(BEN)
    assert len({name(ANN), name(ANN, "another key of the tests"), name(ANN, None), name(ANN, None)}) == 4


async def test_of_one_conversation_only() -> None:
    """What is about another conversation for a moment; then the lines are about the update again."""
    written = begun()
    about(1, ANN)
    with only_about(BEN):
        log.warning("his")
    log.warning("hers")
    his, hers = written.getvalue().splitlines()
    assert "[conversation=" in his
    assert "[update=1 conversation=" in hers
    assert his[-13:] != hers[-13:]


async def test_each_task_has_its_own_subject() -> None:
    """Updates are handled at the same time, and their lines are not mixed up."""
    written = begun("json")

    async def handle(update: int) -> None:
        about(update, f"tg:{update}")
        await asyncio.sleep(0)
        log.warning("%d", update)

    await asyncio.gather(*map(handle, range(5)))
    assert [line["update"] for line in map(json.loads, written.getvalue().splitlines())] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_errors_without_their_texts(form: str) -> None:
    """Kind and place of an error and of its cause; what it says could be anybody's words."""
    written = begun(form)
    failed()
    sys.excepthook(ValueError, ValueError(WORDS), None)
    assert WORDS not in written.getvalue()
    assert written.getvalue().count("ValueError") == 2
    assert "KeyError" in written.getvalue()
    assert "test_logs.py" in written.getvalue()


async def test_errors_of_the_loop() -> None:
    """Asyncio would print the exception, and what a callback was called with."""
    written = begun()
    asyncio.get_running_loop().set_exception_handler(tell_loop_errors)

    def breaks(words: str) -> None:
        raise ValueError(words)

    asyncio.get_running_loop().call_soon(breaks, WORDS)
    await asyncio.sleep(0.01)
    assert "asyncio: Exception in callback" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert WORDS not in written.getvalue()


def test_errors_of_threads() -> None:
    written = begun()

    def breaks() -> None:
        raise ValueError(WORDS)

    thread = threading.Thread(target=breaks)
    thread.start()
    thread.join()
    assert "ended by an error" in written.getvalue()
    assert WORDS not in written.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "aiohttp.client", "uvicorn.access", "asyncpg", "telegram.Bot"])
def test_libraries(form: str, library: str) -> None:
    """At the most talkative level nothing of what a library does is told; what is wrong is, and even then without the token."""
    written = begun(form, level="DEBUG")
    logger = logging.getLogger(library)
    logger.debug("POST https://api.telegram.org/bot%s/sendMessage", TOKEN)
    logger.info("POST https://api.telegram.org/bot%s/sendMessage", TOKEN)
    assert not written.getvalue()
    if logger.isEnabledFor(logging.WARNING):  # python-telegram-bot's is never heard
        logger.warning("https://api.telegram.org/bot%s/getMe failed", TOKEN)
        assert f"/bot{COVERED}/getMe failed" in written.getvalue()
        assert TOKEN.partition(":")[2] not in written.getvalue()


def test_nobody_writes_lines_of_their_own() -> None:
    """What would begin a line, or move the cursor, is shown as what it is, or set in."""
    written = begun()
    log.warning("%s", "a\r\nb\x1b[2J\u2028c\n2026-01-01T00:00:00.000Z ERROR bot: forged")
    lines = written.getvalue().split("\n")
    assert lines[0].endswith("a\\r")
    assert all(line.startswith("    ") for line in lines[1:-1])
    assert not {"\r", "\x1b", "\u2028"} & set(written.getvalue())


def test_counted() -> None:
    """Lines that are more than information are counted; Python's warnings are lines too."""
    written, before = begun(), LOG_MESSAGES.total(level="warning")
    log.info("one")
    log.warning("two")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("three", UserWarning, stacklevel=1)
    assert LOG_MESSAGES.total(level="warning") == before + 2
    assert "three" in written.getvalue()


def test_short_secrets_cover_no_words() -> None:
    """A password of one letter would make every line unreadable."""
    written = io.StringIO()
    begin_log("INFO", "console", KEY, ["", "e" * (SHORTEST_SECRET - 1)], written)
    log.info("eeeeeeee")
    assert written.getvalue().endswith("eeeeeeee\n")
