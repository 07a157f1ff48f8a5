"""Where strangers' bytes come in: each target takes some, and raises where the bot would do what it never may.

What is never right: an error that comes out, an answer that cannot be sent, a status of the server's own fault, seconds of work.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from bot.assistant import Assistant
from bot.delivery import Delivery
from bot.matching import Matcher
from bot.model import Guide
from bot.rendering import render
from bot.settings import Settings
from bot.store import Queued
from bot.store.sqlite import open_sqlite
from bot.transports.channel import body_of
from bot.transports.presses import from_data
from bot.transports.receiving import Receiver
from bot.transports.updates import TRANSPORT
from bot.transports.web import app
from bot.transports.web.app import WebChat
from bot.transports.web.gallery import Gallery
from bot.transports.web.pages import Pages
from bot.transports.web.receiving import PageReceiver, onto_page
from bot.transports.web.tokens import Tokens
from bot.transports.webhook import SECRET_HEADER, Webhook
from bot.yaml_lines import Document, YamlProblem
from tests.fuzz.asgi import Answered, asked
from tests.fuzz.shapes import ANN, PRIVATE
from tests.keeping import Clock

STATIC: Final = Path(app.__file__).parent / "static"
FILES: Final = sorted(file.name for file in STATIC.iterdir() if file.name != "index.html")
KEY: Final = "a key that nobody knows"
SECRET: Final = "a-secret"
SECONDS: Final = 5.0
"""Of the processor, for one input: a hundred times what the longest message takes."""
OPEN: Final = ("/", "/embed.js", "/api/texts", "/healthz", "/readyz", *(f"/static/{file}" for file in FILES))
"""What anybody may ask for by its path."""
JSON: Final = {"content-type": "application/json"}
TARGETS: Final = ("update", "press", "link", "inline", "text", "page", "token", "path", "webhook", "yaml")


@dataclass
class _Post:
    """In the place of the delivery: what is posted must be such that Telegram can be sent it."""

    guide: Guide
    posted: list[Queued] = field(default_factory=list)

    def post(self, queued: Iterable[Queued]) -> None:
        for one in queued:
            body = body_of(render(self.guide, one.reply), "https://t.me/BackupMedicBot")
            assert json.dumps(body)
            self.posted.append(one)


class Targets:
    """All targets, over one bot in this process with its store in memory. To be closed."""

    def __init__(self, guide: Guide, matcher: Matcher) -> None:
        self._runner = asyncio.Runner()
        self._numbers = count(1)
        clock = Clock()
        self._store = open_sqlite(None)
        self._post = _Post(guide)
        assistant = Assistant(guide, self._store, clock, ("tg:77",), TRANSPORT)
        self._receiver = Receiver(assistant, cast("Delivery", self._post), matcher.read, "BackupMedicBot")
        self._webhook = Webhook(self._store, "/hook", SECRET)
        self._webhook.receiver = self._receiver
        on_pages = Assistant(guide, self._store, clock, transport="web:", way=onto_page)
        self._pages = Pages(self._store)
        receiver = PageReceiver(on_pages, self._pages, matcher.read)
        self._chat = WebChat(Settings(secret_key=KEY, web_rate=10**9), on_pages, receiver, self._pages, Gallery())
        self._token = Tokens(KEY, 60).new()
        self._read = matcher.read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._runner.run(self._pages.drain(1))
        self._runner.run(self._store.close())
        self._runner.close()

    def __call__(self, target: str, raw: bytes) -> None:
        """Give a target its bytes. Raises whatever is wrong with what it does."""
        before = time.process_time()
        getattr(self, target)(raw)
        assert time.process_time() - before < SECONDS, "it takes too long"

    # --- Telegram ---

    def update(self, raw: bytes) -> None:
        """An update, as JSON."""
        try:
            update = json.loads(raw)
        except (ValueError, RecursionError):
            return
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            update["update_id"] = next(self._numbers)  # else it would be one that was seen before
        self._take(update)

    def press(self, raw: bytes) -> None:
        """The data of a button, alone and with the session and turn of a live card."""
        data = _text(raw)
        pressed = from_data(data)
        assert bool(pressed.session) == bool(pressed.action) == (pressed.turn >= 0)
        self._say("/start storage-full")
        [card] = [one.reply for one in self._post.posted if one.reply.card]
        for one in (data, f"{card.session}.{card.turn}.{data}"):
            query = {"id": "q", "from": ANN, "message": {"message_id": 5, "chat": PRIVATE}, "data": one}
            self._take({"update_id": next(self._numbers), "callback_query": query})

    def link(self, raw: bytes) -> None:
        """What follows ?start= in a link to the bot, and any command."""
        text = _text(raw)
        self._say(f"/start {text}")
        self._say(f"/{text}")

    def inline(self, raw: bytes) -> None:
        """What is typed after the bot's name in another chat."""
        query = {"id": "q", "from": ANN, "query": _text(raw), "offset": ""}
        self._take({"update_id": next(self._numbers), "inline_query": query})

    def text(self, raw: bytes) -> None:
        """A message, as it is typed."""
        self._say(_text(raw)[:4096])

    # --- the servers ---

    def page(self, raw: bytes) -> None:
        """What a page sends, as a request's body."""
        headers = {"authorization": f"Bearer {self._token}", "host": "h", "origin": "https://h", **JSON}
        self._answered(asked(self._chat.app, "POST", "/api/updates", headers, raw))

    def token(self, raw: bytes) -> None:
        """The token of a page's session: no other than one of ours is let in."""
        shown = raw.decode("latin-1")
        headers = {"authorization": f"Bearer {shown}", "host": "h", "origin": "https://h", **JSON}
        if shown.strip() != self._token:
            assert self._answered(asked(self._chat.app, "GET", "/api/messages", headers, b"")).status == 401

    def path(self, raw: bytes) -> None:
        """What is asked for by its path: files and pictures, of which there are only those that there are."""
        for folder in ("/", "/static/", "/pictures/en/", "/pictures/en/restart/"):
            path = folder + raw.decode("latin-1")
            answer = self._answered(asked(self._chat.app, "GET", path, {"host": "h"}, b""))
            assert answer.status in {401, 404, 405} or path.removesuffix("\n") in OPEN, answer  # Starlette passes over one line break

    def webhook(self, raw: bytes) -> None:
        """The body of a request to the webhook; without the secret nothing is let in."""
        headers = {SECRET_HEADER: SECRET, **JSON}
        assert self._answered(asked(self._webhook.app, "POST", "/hook", headers, raw)).status in {200, 400, 413}
        assert self._answered(asked(self._webhook.app, "POST", "/hook", {**JSON, SECRET_HEADER: raw.hex()}, raw)).status == 403

    # --- the author's files ---

    def yaml(self, raw: bytes) -> None:
        """A file of the content."""
        with suppress(YamlProblem):
            document = Document(raw)
            assert document.line_of(("a", 0)) >= 1

    # --- how ---

    def _say(self, text: str) -> None:
        message = {"message_id": 5, "date": 1_750_000_000 + next(self._numbers), "chat": PRIVATE, "from": ANN, "text": text}
        self._take({"update_id": next(self._numbers), "message": message})

    def _take(self, update: Any) -> None:
        self._run(self._receiver.receive(update))

    def _answered(self, asking: Coroutine[Any, Any, Answered]) -> Answered:
        answer: Answered = self._run(asking)
        assert answer.status < 500, answer
        return answer

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do work, and then take what it has posted off the queue."""
        self._post.posted.clear()
        result = self._runner.run(work)
        for queued in self._post.posted:
            self._runner.run(self._store.sent(queued, None))
        return result


def _text(raw: bytes) -> str:
    """Text of some bytes: what is no letter becomes half of one, as JSON can hold it."""
    return raw.decode("utf-8", "surrogateescape")
