"""The web application: the page, its session, what it sends, and what it waits for.

A page asks `messages` for what is newer than the last revision that it has, and is answered as soon as there is something (long
polling: it passes every proxy, and nothing can be lost between two requests). What it sends is answered with what is newer, too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from bot.assistant import Assistant
from bot.metrics import HTTP_RESPONSES
from bot.model import ENGLISH, Part, Reply
from bot.settings import Settings
from bot.store import Shown, StoreError
from bot.transports.incoming import body_of, sender_of
from bot.transports.probes import probes
from bot.transports.readiness import trouble_of_store
from bot.transports.web.limits import Buckets
from bot.transports.web.messages import direction, farewell, leaflet_of, messages, spoken, texts
from bot.transports.web.pages import Pages, TooMany
from bot.transports.web.receiving import GOODBYE, PageReceiver, PutAside
from bot.transports.web.site import Site
from bot.transports.web.tokens import NoToken, Tokens
from bot.transports.web.updates import LAST, Unreadable, Update, read_update
from bot.upkeep import told

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from bot.transports.web.gallery import Gallery  # only with the extra `pictures`

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]

LARGEST: Final = 64 * 1024
"""Bytes of an update at most: the longest text, each character escaped in full."""
WAIT_SECONDS: Final = 25.0
"""How long a page waits for something new in one request: proxies give up after 30 seconds at the earliest."""
RETRY_AFTER: Final = 5
"""Seconds after which a page may try again when the store does not work, or too many wait."""
SESSIONS: Final = 20
"""Of so many requests one may ask for a new conversation."""
DAY: Final = 24 * 60 * 60
PNG: Final = "image/png"
PICTURE: Final = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
FORWARDED: Final = "a proxy forwards requests, and none is named in WEB_PROXIES: all people behind it share one limit"


class Refusal(Exception):
    """A request that is answered with no."""

    def __init__(self, status: int, why: str, wait: float = 0) -> None:
        super().__init__(why)
        self.status, self.why, self.wait = status, why, wait

    def response(self) -> Response:
        headers = {"Retry-After": str(max(1, round(self.wait + 0.5)))} if self.wait else {}
        if self.status in {408, 413}:
            headers["Connection"] = "close"  # so that the rest of the body need not be read
        return PlainTextResponse(f"{self.why}\n", self.status, headers)


class WebChat:
    """The web application. gallery: what draws pictures; without it none are offered.

    Once `leaving` is set, it says that it is not ready.
    """

    def __init__(
        self, settings: Settings, assistant: Assistant, receiver: PageReceiver, pages: Pages, gallery: Gallery | None = None
    ) -> None:
        if not settings.secret_key:
            raise ValueError("the web chat needs a secret key")
        self._assistant = assistant
        self._receiver = receiver
        self._pages = pages
        self._gallery = gallery
        self._proxies = settings.web_proxies
        self._tokens = Tokens(settings.secret_key, settings.retention_days * DAY)
        self._site = Site(settings.embed_origins)
        self._requests = Buckets(settings.web_rate)
        self._sessions = Buckets(settings.web_rate / SESSIONS)
        self._told = False
        self.leaving = False
        self.app: ASGIApp = Router(
            [
                Route("/", _guarded(self._page), methods=["GET"]),
                Route("/embed.js", self._file, methods=["GET"]),
                Route("/static/{name}", self._file, methods=["GET"]),
                Route("/pictures/{language}/{fix}/{name}.png", _guarded(self._picture), methods=["GET"]),
                Route("/api/leaflet", _guarded(self._leaflet), methods=["GET"]),
                Route("/api/texts", _guarded(self._texts), methods=["GET"]),
                Route("/api/session", _guarded(self._session), methods=["POST"]),
                Route("/api/updates", _guarded(self._update), methods=["POST"]),
                Route("/api/messages", _guarded(self._messages), methods=["GET"]),
                *probes(self.trouble),
            ],
            redirect_slashes=False,
        )

    # --- the page ---

    async def _page(self, request: Request) -> Response:
        language = spoken(self._assistant.guide, _accepted(request))
        return self._site.page(texts(self._assistant.guide, language), language, direction(language))

    async def _file(self, request: Request) -> Response:
        return self._site.file(request)

    async def _texts(self, request: Request) -> Response:
        """The page's own texts in another language."""
        language = spoken(self._assistant.guide, [request.query_params.get("language", "")])
        return _json({"language": language, "direction": direction(language), "texts": texts(self._assistant.guide, language)})

    async def _picture(self, request: Request) -> Response:
        """The picture of a fix. Its address says all that can be seen in it, so it never changes."""
        self._check_limit(request, self._requests)
        place = request.path_params
        drawn = self._gallery and await self._gallery.picture(self._assistant.guide, place["language"], place["fix"], place["name"])
        if not drawn:
            raise Refusal(404, "there is no such picture")
        return Response(drawn, media_type=PNG, headers={**PICTURE, "Cache-Control": "public, max-age=31536000, immutable"})

    # --- the conversation ---

    async def _leaflet(self, request: Request) -> Response:
        """The summary of a message on one page: drawn for whose conversation it is, and kept by nobody."""
        self._check_limit(request, self._requests)
        conversation, _ = self._whose(request)
        shown = await self._assistant.store.shown(conversation, 0)
        leaflet = leaflet_of(self._assistant.guide, shown, _number(request, "number"))
        if leaflet is None or self._gallery is None:
            raise Refusal(404, "there is no such page")
        return Response(await self._gallery.leaflet(leaflet), media_type=PNG, headers={**PICTURE, "Cache-Control": "no-store"})

    async def _session(self, request: Request) -> Response:
        """A token for a new conversation. Nothing is kept until something is said."""
        _check_ours(request)
        self._check_limit(request, self._sessions)
        return _json({"token": self._tokens.new()})

    async def _update(self, request: Request) -> Response:
        """Take one update; the answer holds what is new on the page since."""
        _check_ours(request)
        self._check_limit(request, self._requests)
        conversation, fresh = self._whose(request)
        return await self._handled(conversation, await _read(request), fresh)

    async def _handled(self, conversation: str, update: Update, fresh: str | None) -> Response:
        """Raises StoreError, and Refusal when the update cannot be handled."""
        try:
            goodbye = await self._receiver.receive(conversation, update)
        except PutAside:
            raise Refusal(500, "that could not be handled, and is put aside") from None
        if goodbye is None and _forgets(update):  # it was forgotten before: the answer got lost
            goodbye = Reply((Part(GOODBYE),), language=spoken(self._assistant.guide, [update.language]))
        if goodbye is not None:
            return _json({"goodbye": farewell(self._assistant.guide, goodbye)})
        return await self._news(await self._assistant.store.shown(conversation, update.since), update.since, fresh)

    async def _messages(self, request: Request) -> Response:
        """What is new on the page since a revision, as soon as there is something; nothing after a while."""
        self._check_limit(request, self._requests)
        conversation, fresh = self._whose(request)
        since = _number(request, "since")
        return await self._news(await self._awaited(conversation, since), since, fresh)

    async def _awaited(self, conversation: str, since: int) -> list[Shown]:
        """The messages that are new since a revision, once there are some. Raises StoreError, TooMany."""
        shown: list[Shown] = []
        async with self._pages.waiting(conversation, since) as changed:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT_SECONDS):
                    while not (shown := await self._assistant.store.shown(conversation, since)) and since and not self._pages.leaving:
                        await changed.wait()
                        changed.clear()
        return shown

    async def _news(self, shown: list[Shown], since: int, fresh: str | None) -> Response:
        news: dict[str, Any] = {
            "revision": max((one.revision for one in shown), default=since),
            "messages": messages(self._assistant.guide, shown, self._gallery),
            "language": shown[-1].reply.language or ENGLISH if shown else "",
        }
        return _json(news | ({"token": fresh} if fresh else {}))

    # --- who may ---

    def _check_limit(self, request: Request, buckets: Buckets) -> None:
        """Raises Refusal."""
        if not self._told and not self._proxies and "X-Forwarded-For" in request.headers:
            self._told = True
            log.warning(FORWARDED)
        if wait := buckets.take(sender_of(request, self._proxies), time.monotonic()):
            raise Refusal(429, "too many requests", wait)

    def _whose(self, request: Request) -> tuple[str, str | None]:
        """The conversation, and a fresh token where it is time for one. Raises Refusal."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            return self._tokens.read(token if kind == "Bearer" else "")
        except NoToken:
            raise Refusal(401, "a token of ours was expected") from None

    # --- about itself ---

    async def trouble(self) -> str:
        """Why no pages should be served here now; empty when they should."""
        return "stopping" if self.leaving else await trouble_of_store(self._assistant.store)


def _guarded(answer: Handler) -> Handler:
    """The same handler, of which every error becomes an answer; what nobody expected is told to the operator in one line."""

    async def guarded(request: Request) -> Response:
        response = await answered(request)
        HTTP_RESPONSES.add(str(response.status_code))
        return response

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except Refusal as refusal:
            return refusal.response()
        except TooMany:
            return Refusal(503, "too many pages wait", RETRY_AFTER).response()
        except StoreError as error:
            log.warning("the store does not work, pages have to ask again: %s", error)
            return Refusal(503, "the store does not work", RETRY_AFTER).response()
        except Exception as error:  # noqa: BLE001 - one line for the operator, no traceback: that could quote somebody
            log.error("a request failed (%s)", told(error))  # noqa: TRY400
            return Refusal(503, "unexpected trouble", RETRY_AFTER).response()

    return guarded


def _check_ours(request: Request) -> None:
    """Only our own page may send: a browser names the site that does. Raises Refusal."""
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if not origin or origin != request.headers.get("Host"):
        raise Refusal(403, "only its own page may send (if it did: the proxy must pass the Host on)")
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "application/json was expected")


async def _read(request: Request) -> Update:
    """The update that a request brings. Raises Refusal."""
    try:
        body = await body_of(request, LARGEST)
    except (TimeoutError, ClientDisconnect):
        raise Refusal(408, "the body did not come") from None
    if body is None:
        raise Refusal(413, f"at most {LARGEST} bytes were expected")
    try:
        return read_update(body)
    except Unreadable:
        raise Refusal(400, "an update of our page was expected") from None


def _number(request: Request, name: str) -> int:
    """A number that a page tells: a revision, or that of a message. Raises Refusal."""
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LAST))):
        raise Refusal(400, "a number was expected")
    return int(text)


def _forgets(update: Update) -> bool:
    return update.command == "forget" or (update.text or "").strip().casefold() == "/forget"


def _accepted(request: Request) -> list[str]:
    """The languages that a browser asks for, in its order: it lists the best first."""
    return [part.partition(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]


def _json(content: Any) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
