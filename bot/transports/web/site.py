"""The page itself: files of static/, read once, and the head lines that say what a browser may do with them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
PAGE: Final = "index.html"
EMBED: Final = "embed.js"
_TEXT: Final = re.compile(r"\{\{([a-z-]+)\}\}")
_EVERYWHERE: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def policy(embedders: Sequence[str]) -> str:
    """What the page may load and run, and who may frame it. All that it has comes from us, and none of it is written inline.

    blob: is for a picture that is somebody's own: an <img> could not show who asks for it, so the page fetches it.
    """
    framed_by = " ".join(embedders) or "'none'"
    return "; ".join((
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'"),
        *("base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"),
        f"frame-ancestors {framed_by}",
    ))  # fmt: skip


class Site:
    """Answers for the page and its files. embedders: the origins that may frame the page."""

    def __init__(self, embedders: Sequence[str]) -> None:
        folder = files("bot.transports.web") / "static"
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        self._template = self._files.pop(PAGE).decode()
        framing = {} if embedders else {"X-Frame-Options": "DENY"}
        self._for_page = {**_EVERYWHERE, **framing, "Content-Security-Policy": policy(embedders), "Cache-Control": "no-store"}

    def page(self, texts: Mapping[str, str], language: str, direction: str) -> Response:
        """The page in a language."""
        filled = {**texts, "language": language, "direction": direction}
        body = _TEXT.sub(lambda found: html.escape(filled[found[1]]), self._template)
        return Response(body, media_type="text/html", headers={**self._for_page, "Vary": "Accept-Language"})

    def file(self, request: Request) -> Response:
        """One of its files. Only embed.js is meant for other sites."""
        name = request.path_params.get("name", EMBED)
        body = self._files.get(name)
        if body is None:
            return Response("not found\n", 404, _EVERYWHERE, media_type="text/plain")
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        whose = "cross-origin" if name == EMBED else "same-origin"
        headers = {**_EVERYWHERE, "ETag": tag, "Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": whose}
        if request.headers.get("If-None-Match") == tag:
            return Response(None, 304, headers)
        return Response(body, headers=headers, media_type=TYPES[name.rpartition(".")[2]])
