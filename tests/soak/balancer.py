"""A small load balancer: gives the webhook's requests to the replicas in turn, and passes over one that is gone or not ready."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp import web

KEPT: Final = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")
TOLD: Final = ("Content-Type", "Retry-After")


class Balancer:
    """replicas: their addresses, without a path."""

    def __init__(self, replicas: Sequence[str]) -> None:
        self._replicas = list(replicas)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self._runner = web.ServerRunner(web.Server(self._pass_on, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.BaseRequest) -> web.Response:
        self._replicas.append(self._replicas.pop(0))
        body = await request.read()
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        for replica in tuple(self._replicas):
            try:
                async with self._session.post(replica + request.path, data=body, headers=headers) as answer:
                    if answer.status < 500:
                        told = {name: answer.headers[name] for name in TOLD if name in answer.headers}
                        return web.Response(status=answer.status, body=await answer.read(), headers=told)
            except aiohttp.ClientError:
                continue
        return web.Response(status=503, text="no replica takes it")
