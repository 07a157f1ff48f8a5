"""The server: HTTP in, HTTP out. Calls of the bot under /bot<token>/, control of the world under /control/ (control.py)."""

from __future__ import annotations

import asyncio
import json
import re
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.fake_telegram import methods, rules
from tests.fake_telegram.control import ACTIONS
from tests.fake_telegram.faults import BEFORE, GATEWAY, LATE, Fault, first
from tests.fake_telegram.rules import Json, Refusal, bad, flag_of, integer_of, text_of
from tests.fake_telegram.user import Telegram
from tests.fake_telegram.webhook import Webhook
from tests.fake_telegram.world import Impossible, World

LONGEST_POLL: Final = 50
LARGEST: Final = 50 << 20
_WELL_FORMED: Final = re.compile(r"[1-9]\d*:[\w-]{30,70}")


class FakeTelegram(Telegram):
    """The fake Telegram in this process: `async with FakeTelegram() as telegram:`. It listens on 127.0.0.1, by default on a free port."""

    def __init__(self, *, port: int = 0, seed: int = 0, **options: Any) -> None:
        self.world = World(seed=seed)
        self.token = self.world.token
        self.faults: list[Fault] = []
        self.webhook: Webhook | None = None
        self.port = port
        self._poll: asyncio.Future[str] | None = None
        self._last_poll = (0, -1e9)
        self._next_conflict = -1e9
        self._next_webhook = -1e9
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.set_options(**options)

    # --- running ----------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self.world.wake = self._wake
        self._runner = web.ServerRunner(web.Server(self._handle, request_factory=_request, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._closing.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("closing")
        if self.webhook is not None:
            await self.webhook.close()
        for task in self._background:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def call(self, action: str, **arguments: Any) -> Any:
        """Do an action of control.py, here."""
        found = ACTIONS[action](self, **arguments)
        return await found if asyncio.iscoroutine(found) else found

    def set_options(self, **options: Any) -> None:
        """Change options while it runs: those of options.py."""
        for name, value in options.items():
            if not hasattr(self.world.options, name):
                raise ValueError(f"there is no option {name}")
            setattr(self.world.options, name, value)

    # --- one request ------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith("/control/"):
            return await self._control(request, path.removeprefix("/control/"))
        if path.startswith("/file/bot"):
            content = self.world.files.get(path.rpartition("/")[2])
            return _json(404, Refusal(404, "Not Found").body) if content is None else web.Response(body=content)
        token, _, method = request.rel_url.path.removeprefix("/bot").partition("/")
        method = method.lower()
        if token != self.token or not path.startswith("/bot"):
            wrong = path.startswith("/bot") and _WELL_FORMED.fullmatch(token)
            refusal = Refusal(401, "Unauthorized") if wrong else Refusal(404, "Not Found")
            self.world.calls[method] += 1
            return _json(refusal.code, refusal.body)
        parameters = await _parameters(request)
        method = method or text_of(parameters, "method").lower()
        return await self._answer(request, method, parameters)

    async def _answer(self, request: web.BaseRequest, method: str, parameters: Json) -> web.StreamResponse:
        world = self.world
        world.calls[method] += 1
        if world.options.delay and method != "getupdates":
            await asyncio.sleep(world.options.delay)
        fault = first(self.faults, method, parameters) if self.faults else None
        if fault is not None and fault.kind in LATE:
            await asyncio.sleep(fault.seconds)
            if fault.kind == "held" and request.transport is None:
                return _cut(request)
        if fault is not None and fault.kind in BEFORE:
            return await self._fail(request, fault)
        headers = None
        try:
            status, body = 200, await self._execute(method, parameters)
        except Refusal as refusal:
            status, body = refusal.code, json.dumps(refusal.body).encode()
            world.refusals[refusal.description] += 1
            if "retry_after" in refusal.parameters:
                headers = {"Retry-After": str(refusal.parameters["retry_after"])}
        if world.options.keep_calls:
            world.recent.append((method, parameters, status))
        if fault is not None and fault.kind not in LATE:
            return await self._spoil(request, fault, status, body)
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)

    async def _execute(self, method: str, parameters: Json) -> bytes:
        match method:
            case "getupdates":
                return await self._get_updates(parameters)
            case "setwebhook" | "deletewebhook":
                url = text_of(parameters, "url") if method == "setwebhook" else ""
                return await self._set_webhook(url, parameters)
            case "getwebhookinfo":
                return _result(self._webhook_info())
            case _:
                return methods.call(self.world, method, parameters)

    async def _fail(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        """A fault under which the call is not executed."""
        match fault.kind:
            case "error":
                headers = {"Retry-After": str(after)} if (after := fault.parameters.get("retry_after")) else None
                return _json(fault.code, fault.refusal.body, headers)
            case "gateway":
                return web.Response(status=502, body=GATEWAY, content_type="text/html")
            case "silent":
                await self._closing.wait()
        return _cut(request)

    async def _spoil(self, request: web.BaseRequest, fault: Fault, status: int, body: bytes) -> web.StreamResponse:
        """A fault that the answer meets after the call was executed."""
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                return web.Response(status=status, body=body, content_type="application/json")
            case "hollow":
                return web.Response(body=b"{}", content_type="application/json")
            case "garbage":
                return web.Response(body=b'{"ok":tru', content_type="application/json")
            case "truncated":
                response = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                if request.transport is not None:
                    request.transport.close()
                return response
        return _cut(request)

    async def _control(self, request: web.BaseRequest, action: str) -> web.StreamResponse:
        if action not in ACTIONS:
            return _json(404, {"ok": False, "error": f"there is no action {action}: {', '.join(ACTIONS)}"})
        try:
            arguments = json.loads(await request.read() or b"{}")
            return _json(200, {"ok": True, "result": await self.call(action, **arguments)})
        except Impossible as problem:
            return _json(409, {"ok": False, "error": str(problem)})
        except (TypeError, ValueError, LookupError) as problem:
            return _json(400, {"ok": False, "error": f"{type(problem).__name__}: {problem}"})

    # --- updates ----------------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        """There is something new in the queue."""
        if self._poll is not None:
            _settle(self._poll)

    async def _get_updates(self, parameters: Json) -> bytes:
        if self.webhook is not None:
            raise await self._conflict(rules.WEBHOOK_ACTIVE)
        offset = integer_of(parameters, "offset")
        limit = min(max(integer_of(parameters, "limit", 100), 1), 100)
        timeout = min(max(integer_of(parameters, "timeout"), 0), LONGEST_POLL)
        self._allow(parameters)
        now = asyncio.get_running_loop().time()
        last, at = self._last_poll
        self._last_poll = offset, now
        if offset == last and now < at + 3:
            timeout = max(timeout, 3)
            limit = 1 if now < at + 0.5 else limit
        found = self.world.queue.get(offset, limit)
        if not found and timeout:
            self._end_poll(rules.OTHER_POLLER)
            offset = offset if offset > 0 else self.world.queue.head
            await self._wait(timeout)
            found = self.world.queue.get(offset, limit)
        return b'{"ok":true,"result":[%s]}' % b",\n".join(update.body for update in found)

    async def _wait(self, seconds: float) -> None:
        """Wait for an update. Raises Refusal if another call ends the waiting."""
        loop = asyncio.get_running_loop()
        poll = self._poll = loop.create_future()
        timer = loop.call_later(seconds, _settle, poll)
        try:
            ended = await poll
        finally:
            timer.cancel()
            if self._poll is poll:
                self._poll = None
        if ended == "closing":
            raise Refusal(500, "Internal Server Error: restart")
        if ended:
            raise await self._conflict(ended)
        if self.world.options.linger:
            await asyncio.sleep(self.world.options.linger)

    def _end_poll(self, reason: str) -> None:
        poll, self._poll = self._poll, None
        if poll is not None and not poll.done():
            poll.set_result(reason)

    async def _conflict(self, reason: str) -> Refusal:
        """409: at once, but the next ones only after a pause."""
        now = asyncio.get_running_loop().time()
        if now < self._next_conflict:
            await asyncio.sleep(self.world.options.conflict_pause)
        else:
            self._next_conflict = now + self.world.options.conflict_pause
        return Refusal(409, reason)

    def _allow(self, parameters: Json) -> None:
        if "allowed_updates" in parameters and (allowed := rules.allowed_updates_of(parameters)) is not None:
            self.world.allowed = allowed

    # --- the webhook ------------------------------------------------------------------------------------------------

    async def _set_webhook(self, url: str, parameters: Json) -> bytes:
        """Set the webhook, or with an empty address delete it."""
        now = asyncio.get_running_loop().time()
        if url:
            if now < self._next_webhook:
                raise rules.too_many(1)
            self._next_webhook = now + 1
            _check_webhook(url, parameters)
            self._end_poll(rules.WEBHOOK_SET)
        words = "Webhook was set" if url else "Webhook was deleted" if self.webhook else "Webhook is already deleted"
        await self._drop_webhook()
        if flag_of(parameters, "drop_pending_updates"):
            self.world.queue.drop()
        if url:
            self._allow(parameters)
            connections = min(max(integer_of(parameters, "max_connections", 40), 1), 100)
            secret = text_of(parameters, "secret_token")
            self.webhook = Webhook(self.world, url, secret, connections, self._execute_later, self._remove_webhook)
            self.webhook.start()
        return _result(True, words)  # noqa: FBT003

    async def _drop_webhook(self) -> None:
        webhook, self.webhook = self.webhook, None
        if webhook is not None:
            await webhook.close()

    def _remove_webhook(self) -> None:
        self._later(self._drop_webhook())

    def _execute_later(self, method: str, parameters: Json) -> None:
        async def execute() -> None:
            self.world.calls[method] += 1
            try:
                await self._execute(method, parameters)
            except Refusal as refusal:
                self.world.refusals[refusal.description] += 1

        self._later(execute())

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _webhook_info(self) -> Json:
        webhook = self.webhook
        found: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": self.world.queue.pending}
        if webhook is not None:
            found |= {"url": webhook.url, "max_connections": webhook.connections, "ip_address": "127.0.0.1"}
            if webhook.last_error is not None:
                found["last_error_date"], found["last_error_message"] = webhook.last_error
        if self.world.allowed != rules.DEFAULT_UPDATES:
            found["allowed_updates"] = sorted(self.world.allowed)
        return found


def _settle(poll: asyncio.Future[str]) -> None:
    if not poll.done():
        poll.set_result("")


def _check_webhook(url: str, parameters: Json) -> None:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        raise bad("invalid webhook URL specified")
    secret = text_of(parameters, "secret_token")
    if len(secret) > 256:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
        raise bad("secret token contains unallowed characters")


def _result(result: Any, description: str = "") -> bytes:
    return json.dumps({"ok": True, "result": result} | ({"description": description} if description else {})).encode()


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers)


def _cut(request: web.BaseRequest) -> web.Response:
    """Cut the connection: the client sees a reset, not an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """Make the request as aiohttp does, but let it be large enough for a picture."""
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=LARGEST)


async def _parameters(request: web.BaseRequest) -> Json:
    """The parameters of a call: from the query, and from a body of JSON, a form or a multipart form. Unreadable JSON counts as none."""
    found: Json = dict(request.rel_url.query) if request.rel_url.raw_query_string else {}
    if not request.can_read_body:
        return found
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read())
        except ValueError:
            return found
        return found | body if isinstance(body, dict) else found
    for name, value in (await request.post()).items():
        found[name] = value.file.read() if isinstance(value, web.FileField) else value
    return found
