"""Puts the parts together for a bot that runs unattended, and takes them apart again in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import __version__
from bot.alerting import Alerts
from bot.assistant import Assistant
from bot.clocks import SteadyClock
from bot.content import content_dir
from bot.delivery import Delivery
from bot.leading import poll_in_turn
from bot.logs import NO_KEY as NO_LOG_KEY
from bot.logs import tell_loop_errors
from bot.metrics import UPDATES
from bot.model import Guide
from bot.notifying import watched
from bot.ocr import reader_here
from bot.reloading import Reloading
from bot.reporting.status import Process
from bot.settings import NEW_SECRET, Settings
from bot.store import Store
from bot.store.opening import wait_for_store
from bot.transports import CannotRun
from bot.transports.bot_api import BotApi, InvalidToken, PatientApi, TelegramError
from bot.transports.channel import TelegramChannel
from bot.transports.desk import StatusDesk
from bot.transports.observing import observed
from bot.transports.operators import Operators
from bot.transports.pictures import Pictures
from bot.transports.polling import WRONG_TOKEN, Polling
from bot.transports.profile import profile_changes
from bot.transports.readiness import PollingReadiness
from bot.transports.receiving import Receiver
from bot.transports.registering import webhook_changes
from bot.transports.updates import TRANSPORT
from bot.transports.watching import WebhookWatch
from bot.upkeep import Upkeep, keep_going

if TYPE_CHECKING:
    from bot.album import Album
    from bot.transports.web.gallery import Gallery

log = logging.getLogger(__name__)
LONGEST_WAIT = 30.0
LEAVING_SECONDS = 1.0
"""How long updates are still taken at the end, while /readyz says that they should go elsewhere."""
NO_WEB = "the webhook needs Starlette and uvicorn: pip install 'backup-medic[web]' (or leave WEBHOOK_URL empty, to poll)"


INLINE_OFF = "inline mode is off; it can be switched on at @BotFather alone: /setinline"
NO_WEB_CHAT = "the web chat needs Starlette, uvicorn and itsdangerous: pip install 'backup-medic[web]'"
NO_KEY = f"SECRET_KEY: the web chat signs with it what pages hold, so it must stay the same: {NEW_SECRET}"


@watched()
async def run_bot(settings: Settings, guide: Guide, token: str) -> None:
    """Run the bot until SIGTERM or SIGINT: by webhook where there is an address for it, else by polling. Raises CannotRun, StoreError."""
    asyncio.get_running_loop().set_exception_handler(tell_loop_errors)
    if not settings.secret_key:
        log.info(NO_LOG_KEY)
    store = await wait_for_store(settings.database_url)
    api = BotApi(token, settings.telegram_api_url)
    try:
        with _stopped_by_signals() as stop, _hangups(stop) as new_content:
            await (_serve if settings.webhook_url else _poll)(Parts(settings, guide, store, api, new_content), stop)
    finally:
        await store.close()
        with suppress(TelegramError):
            await api.close()


@watched()
async def run_web(settings: Settings, guide: Guide) -> None:
    """Serve the web chat until SIGTERM or SIGINT. Raises CannotRun, StoreError."""
    if not settings.secret_key:
        raise CannotRun(NO_KEY)
    try:
        from bot.transports.serving import Server  # noqa: PLC0415 - the others work without the extra
        from bot.transports.web.app import WebChat  # noqa: PLC0415
        from bot.transports.web.pages import Pages  # noqa: PLC0415
        from bot.transports.web.receiving import PageReceiver, onto_page  # noqa: PLC0415
        from bot.transports.web.tokens import TRANSPORT as WEB  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CannotRun(NO_WEB_CHAT) from error
    asyncio.get_running_loop().set_exception_handler(tell_loop_errors)
    store = await wait_for_store(settings.database_url)
    try:
        with _stopped_by_signals() as stop, _hangups(stop) as new_content:
            assistant = Assistant(guide, store, SteadyClock(), transport=WEB, way=onto_page)
            reloading = Reloading(assistant, lambda: content_dir(settings.content_dir), new_content, semantic=settings.semantic)
            pages = Pages(store)
            receiver = PageReceiver(assistant, pages, reloading.read)
            chat = WebChat(settings, assistant, receiver, pages, _gallery())
            private = observed(settings, store, "web", chat.trouble, lag=int)
            async with private, Server(chat.app, settings.host, settings.port) as server:
                async with Upkeep(assistant, pages, settings.retention_days, receiver.replay, reloading.run).beside():
                    log.info("serves the web chat on port %d", settings.port)
                    await server.until(stop)
                    chat.leaving = True
                    await asyncio.sleep(LEAVING_SECONDS)
                await server.stop()
    finally:
        await store.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bot is made of, before it knows its name. new_content: set when the content is to be reloaded."""

    settings: Settings
    guide: Guide
    store: Store
    api: BotApi
    new_content: asyncio.Event

    async def joined(self, stop: asyncio.Event) -> Joined | None:
        """All of it put together, once Telegram answers; None when told to stop before. Raises CannotRun."""
        username = await _connected(self.api, stop)
        if username is None:
            return None
        clock = SteadyClock()
        operators = [f"tg:{id_}" for id_ in self.settings.operator_chat_ids]
        assistant = Assistant(self.guide, self.store, clock, operators, TRANSPORT)
        # Not before: to build the matching would take the time that connecting needs.
        reloading = Reloading(assistant, lambda: content_dir(self.settings.content_dir), self.new_content, semantic=self.settings.semantic)
        channel = TelegramChannel(self.api, _album(self.store, clock), username)
        delivery = Delivery(lambda: assistant.guide, self.store, channel, clock)
        reader = await asyncio.to_thread(reader_here) if self.settings.read_pictures else None
        pictures = Pictures(assistant, self.api.fetch, reader) if reader is not None else None
        receiver = Receiver(assistant, delivery, reloading.read, username, pictures, self._desk(assistant))
        upkeep = Upkeep(assistant, delivery, self.settings.retention_days, receiver.replay, reloading.run)
        send = Operators(self.api, self.settings.operator_chat_ids).send
        return Joined(receiver, upkeep, Alerts(f"@{username} on {socket.gethostname()}", send, receiver.lag))

    def _desk(self, assistant: Assistant) -> StatusDesk | None:
        """What answers operators, where there are any."""
        if not self.settings.operator_chat_ids:
            return None
        process = Process(__version__, assistant.clock(), "webhook" if self.settings.webhook_url else "polling")
        return StatusDesk(self.api, self.store, lambda: assistant.guide, self.settings.operator_chat_ids, assistant.clock, process)


@dataclass(frozen=True, slots=True)
class Joined:
    """A bot that Telegram answers."""

    receiver: Receiver
    upkeep: Upkeep
    alerts: Alerts

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """What goes on beside the updates, as long as the block runs."""
        alerting = asyncio.create_task(keep_going("alerting", self.alerts.run))
        try:
            async with self.upkeep.beside():
                yield
        finally:
            alerting.cancel()
            await asyncio.gather(alerting, return_exceptions=True)


def _album(store: Store, clock: Callable[[], int]) -> Album | None:
    """The pictures, where the extra for them is installed; without it none is offered."""
    try:
        from bot.album import Album  # noqa: PLC0415 - everything else works without the extra
    except ModuleNotFoundError:
        return None
    return Album(store, clock)


def _gallery() -> Gallery | None:
    """The same for pages."""
    try:
        from bot.transports.web.gallery import Gallery  # noqa: PLC0415 - everything else works without the extra
    except ModuleNotFoundError:
        return None
    return Gallery()


async def _poll(parts: Parts, stop: asyncio.Event) -> None:
    state = PollingReadiness(parts.store, stop)
    async with observed(parts.settings, parts.store, "polling", state.trouble, state.lag):
        joined = await parts.joined(stop)
        if joined is None:
            return
        polling = Polling(parts.api, joined.receiver)
        state.receiver, state.silence = joined.receiver, polling.silence
        async with joined.beside():
            await poll_in_turn(parts.store, polling.run, stop)
    _tell_end()


async def _serve(parts: Parts, stop: asyncio.Event) -> None:
    """Listen at once, so that /healthz answers; take updates once Telegram is reached; at the end let everybody know, and finish."""
    try:
        from bot.transports.serving import Server  # noqa: PLC0415 - polling works without the extra
        from bot.transports.webhook import webhook_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CannotRun(NO_WEB) from error
    webhook = webhook_of(parts.settings, parts.store)
    private = observed(parts.settings, parts.store, "webhook", webhook.trouble, webhook.lag)
    async with private, Server(webhook.app, parts.settings.host, parts.settings.port) as server:
        joined = await parts.joined(stop)
        if joined is None:
            return
        async with joined.beside():
            webhook.receiver = joined.receiver
            log.info("@%s serves the webhook on port %d", joined.receiver.username, parts.settings.port)
            watching = asyncio.create_task(_watch(parts, joined.alerts, stop))
            await server.until(stop)
            watching.cancel()
            webhook.leaving = True
            await asyncio.sleep(LEAVING_SECONDS)
            await server.stop()
    _tell_end()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch(parts: Parts, alerts: Alerts, stop: asyncio.Event) -> None:
    """Look after the webhook until cancelled. Raises CannotRun when the token was revoked, and has the bot stopped."""
    try:
        await WebhookWatch(parts.api, parts.settings.webhook_url or "", alerts.report).run()
    except CannotRun:
        stop.set()
        raise


def _tell_end() -> None:
    repeated, aside = UPDATES.total(outcome="repeated"), UPDATES.total(outcome="put_aside")
    log.info("stopped after %d updates (%d repeated, %d put aside)", UPDATES.total(), repeated, aside)


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


async def username_of(settings: Settings, token: str) -> str:
    """The user name of the bot that has this token. Raises CannotRun."""
    api = BotApi(token, settings.telegram_api_url)
    try:
        return await api.open()
    except InvalidToken as error:
        raise CannotRun(WRONG_TOKEN) from error
    except TelegramError as error:
        raise CannotRun(f"Telegram cannot be reached: {error.message}") from error
    finally:
        with suppress(TelegramError):
            await api.close()


async def set_up(settings: Settings, guide: Guide, token: str, tell: Callable[[str], None], *, dry_run: bool) -> None:
    """Make Telegram know webhook and profile as settings and content want them, or (dry run) only tell the difference. Raises CannotRun."""
    api = PatientApi(token, settings.telegram_api_url, tell)
    try:
        await api.open()
        if not (await api.call("getMe")).get("supports_inline_queries"):
            tell(INLINE_OFF)
        made = 0
        for changes in (webhook_changes(api, settings), profile_changes(api, guide)):
            async for change in changes:
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
