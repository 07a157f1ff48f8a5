"""Telegram's updates by webhook: HTTP 200 is the acknowledgement, and goes out after the commit.

What goes wrong is answered so that Telegram sends the update again: 503 with Retry-After when too many are under way, and when
the store does not work. The same server tells whether the process lives (/healthz) and whether updates should come here (/readyz).
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from bot.metrics import ACKNOWLEDGEMENT_SECONDS, HTTP_RESPONSES
from bot.settings import Settings
from bot.store import Store, StoreError
from bot.transports.incoming import body_of, sender_of, within
from bot.transports.probes import probes
from bot.transports.readiness import trouble_of
from bot.transports.receiving import Answer, Receiver
from bot.transports.updates import number_of
from bot.upkeep import told

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from bot.settings import Networks

log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name
LARGEST: Final = 1024 * 1024
"""Bytes of an update at most. Telegram's own stay far below."""
UNDER_WAY: Final = 100
"""Updates being handled at a time: what one webhook of Telegram's can have open. Each waits for one commit."""
ACKNOWLEDGED: Final = 200
RETRY_AFTER: Final = 2
"""Seconds after which Telegram may try again. Short: an update that waits is a person who waits."""
TELL_EVERY: Final = 60.0
"""Seconds between two lines in the log about the same trouble: there can be thousands of requests."""


class Webhook:
    """The web application.

    path: where updates come. secret: what Telegram shows with each. networks: whence they may come; empty for anywhere.
    proxies: whose X-Forwarded-For is believed. Before `receiver` is set and once `leaving` is, it says that it is not ready.
    """

    def __init__(self, store: Store, path: str, secret: str, networks: Networks = (), proxies: Networks = ()) -> None:
        self._store = store
        self._secret = secret.encode()
        self._networks = networks
        self._proxies = proxies
        self._under_way = 0
        self._told: dict[str, float] = {}
        self.receiver: Receiver | None = None
        self.leaving = False
        self._path = path
        self.routes = Router([Route(path, self._update, methods=["POST"]), *probes(self.trouble)], redirect_slashes=False)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, as ASGI. Nearly all requests are updates: they go without what Starlette puts around a route."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == self._path:
            response = await self._update(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self.routes(scope, receive, send)

    # --- updates ---

    async def _update(self, request: Request) -> Response:
        """Take one update: acknowledged when it is committed, or put aside."""
        came = time.perf_counter()
        response = await self._response(request)
        HTTP_RESPONSES.add(str(response.status_code))
        if response.status_code == ACKNOWLEDGED:
            ACKNOWLEDGEMENT_SECONDS.observe(time.perf_counter() - came)
        return response

    async def _response(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if self.receiver is None:
            return _later("starting")
        if self._under_way >= UNDER_WAY:
            self._tell("too many updates are under way, some have to come again")
            return _later("too many updates are under way")
        self._under_way += 1
        try:
            return await self._taken(self.receiver, request)
        finally:
            self._under_way -= 1

    def _refusal(self, request: Request) -> Response | None:
        """What is wrong with a request, as far as that can be told before its body is read."""
        if self._networks and not within(sender_of(request, self._proxies), self._networks):
            self._tell("refused what does not come from WEBHOOK_NETWORKS: a proxy of your own has to be named in WEBHOOK_PROXIES")
            return _refused(403, "not from here")
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode("latin-1"), self._secret):
            self._tell("refused a wrong secret: if it was Telegram's, `python -m bot setup` tells it the right one")
            return _refused(403, "wrong secret")
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            return _refused(415, "application/json was expected")
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > LARGEST:
            return _too_large()
        return None

    async def _taken(self, receiver: Receiver, request: Request) -> Response:
        """The answer to an update that is read, and handled."""
        try:
            body = await body_of(request, LARGEST)
        except (TimeoutError, ClientDisconnect):
            return _refused(408, "the body did not come")
        if body is None:
            return _too_large()
        update = _from_json(body)
        if number_of(update) is None:  # damaged on its way: Telegram has it whole, and sends it again
            self._tell("refused what is no update: is there a proxy that changes what it passes on?")
            return _refused(400, "an update was expected")
        try:
            answer = await receiver.receive(update)
        except StoreError as error:
            self._tell(f"the store does not work, updates have to come again: {error}")
            return _later("the store does not work")
        except Exception as error:  # noqa: BLE001 - one line for the operator, no traceback: that could quote the update
            log.error("an update failed (%s); it has to come again", told(error))  # noqa: TRY400
            return _later("unexpected trouble")
        return Response(_call(answer), media_type="application/json") if answer is not None else Response()

    def _tell(self, trouble: str) -> None:
        """Say it in the log, unless as much (up to the colon) was said just now."""
        now, kind = time.monotonic(), trouble.partition(":")[0]
        if now - self._told.get(kind, -TELL_EVERY) >= TELL_EVERY:
            self._told[kind] = now
            log.warning("%s", trouble)

    # --- about itself ---

    async def trouble(self) -> str:
        """Why no updates should be sent here now; empty when they should."""
        return await trouble_of(self._store, self.receiver, leaving=self.leaving)

    def lag(self) -> int:
        """How many seconds the oldest reply in hand has waited."""
        return self.receiver.lag() if self.receiver is not None else 0


def webhook_of(settings: Settings, store: Store) -> Webhook:
    """The web application as the operator wants it. Raises ValueError without address or secret, which go together in the settings."""
    if not settings.webhook_url or not settings.webhook_secret:
        raise ValueError("a webhook needs an address and a secret")
    path = urlsplit(settings.webhook_url).path or "/"
    return Webhook(store, path, settings.webhook_secret, settings.webhook_networks, settings.webhook_proxies)


def _from_json(body: bytes) -> Any:
    """What the body says; nothing when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _call(answer: Answer) -> bytes:
    """The answer to a button or an inline query as a call that Telegram makes for us, when it reads our response."""
    return json.dumps({"method": answer.method, **answer.parameters}).encode()


def _later(why: str) -> Response:
    return PlainTextResponse(f"{why}\n", 503, {"Retry-After": str(RETRY_AFTER)})


def _refused(status: int, why: str) -> Response:
    """A refusal before all of the body was read; the connection is closed, so that it need not be."""
    return PlainTextResponse(f"{why}\n", status, {"Connection": "close"})


def _too_large() -> Response:
    return _refused(413, f"at most {LARGEST} bytes were expected")
