"""Puts the parts together for a bot that runs unattended, and takes them apart again in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bot.assistant import Assistant
from bot.clocks import SteadyClock
from bot.content import content_dir
from bot.delivery import Delivery
from bot.model import Guide
from bot.reloading import Reloading
from bot.settings import Settings
from bot.store.sqlite import open_sqlite
from bot.transports import CannotRun
from bot.transports.bot_api import BotApi, InvalidToken, TelegramError
from bot.transports.channel import TelegramChannel
from bot.transports.polling import WRONG_TOKEN, Polling
from bot.transports.profile import changes
from bot.transports.receiving import Counters, Receiver
from bot.upkeep import Upkeep

log = logging.getLogger(__name__)
LONGEST_WAIT = 30.0


async def poll(settings: Settings, guide: Guide, token: str) -> None:
    """Run the bot by polling until SIGTERM or SIGINT. Raises CannotRun, StoreError."""
    store = open_sqlite(settings.database_path)
    clock = SteadyClock()
    api = BotApi(token, settings.telegram_api_url)
    try:
        with _stopped_by_signals() as stop, _hangups(stop) as new_content:
            username = await _connected(api, stop)
            if username is not None:
                assistant = Assistant(guide, store, clock)
                reloading = Reloading(
                    assistant, lambda: content_dir(settings.content_dir)
                )  # not before: it takes the time that connecting needs
                delivery = Delivery(lambda: assistant.guide, store, TelegramChannel(api), clock)
                receiver = Receiver(assistant, delivery, reloading.read, username)
                log.info("@%s polls", username)
                async with reloading.beside(new_content):
                    await Polling(api, receiver, Upkeep(assistant, delivery, settings.retention_days, receiver.replay)).run(stop)
                log.info("stopped after %d updates (%d repeated, %d put aside)", *_figures(receiver.counters))
    finally:
        await store.close()
        with suppress(TelegramError):
            await api.close()


def _figures(counters: Counters) -> tuple[int, int, int]:
    return counters.updates, counters.repeated, counters.poison


async def _connected(api: BotApi, stop: asyncio.Event) -> str | None:
    """The bot's name, once Telegram answers; None when told to stop before. Raises CannotRun for a wrong token."""
    wait = 1.0
    while not stop.is_set():
        try:
            return await api.open()
        except InvalidToken as error:
            raise CannotRun(WRONG_TOKEN) from error
        except TelegramError as error:
            log.warning("Telegram cannot be reached (%s); trying again in %.0f s", type(error).__name__, wait)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(wait * 2, LONGEST_WAIT)
    return None


@contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextmanager
def _hangups(stop: asyncio.Event) -> Iterator[asyncio.Event]:
    """An event that SIGHUP sets: new content is wanted. Where SIGHUP means that our terminal is gone, it stops the bot as ever."""
    wanted = asyncio.Event()
    loop = asyncio.get_running_loop()
    in_terminal = sys.stdin is not None and sys.stdin.isatty()

    def hang_up() -> None:
        gone = in_terminal and not sys.stdin.isatty()
        (stop if gone else wanted).set()

    loop.add_signal_handler(signal.SIGHUP, hang_up)
    try:
        yield wanted
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def set_up(settings: Settings, guide: Guide, token: str, tell: Callable[[str], None], *, dry_run: bool) -> None:
    """Make the bot's profile on Telegram as the content wants it, or (dry run) only tell the difference. Raises CannotRun."""
    api = BotApi(token, settings.telegram_api_url, connections=1)
    try:
        await api.open()
        made = 0
        async for change in changes(api, guide):
            if not dry_run:
                await api.call(change.method, change.parameters)
            tell(("would set " if dry_run else "set ") + change.told)
            made += 1
        tell("everything is as it should be" if not made else f"{made} change{'s' * (made != 1)}{' to make' if dry_run else ' made'}")
    except InvalidToken as error:
        raise CannotRun(WRONG_TOKEN) from error
    except TelegramError as error:
        raise CannotRun(f"Telegram cannot be reached, or refused: {error.message}") from error
    finally:
        with suppress(TelegramError):
            await api.close()
