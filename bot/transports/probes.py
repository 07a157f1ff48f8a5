"""What a server says about its process: that it lives (/healthz), and whether work should come to it (/readyz), else why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Trouble = Callable[[], Awaitable[str]]


def probes(trouble: Trouble) -> list[Route]:
    """The routes. trouble: why no work should come now; empty when it should."""

    async def ready(request: Request) -> Response:  # noqa: ARG001 - the router gives it
        why = await trouble()
        return PlainTextResponse(f"not ready: {why}\n", 503) if why else PlainTextResponse("ready\n")

    return [Route("/healthz", _alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


async def _alive(request: Request) -> Response:  # noqa: ARG001 - the router gives it
    return PlainTextResponse("alive\n")
