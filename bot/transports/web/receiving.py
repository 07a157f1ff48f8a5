"""One update of a page, from its arrival to the commit. What is answered stands on the page with the same commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

from bot.assistant import Assistant, Handled
from bot.fairness import FairShare, Ruling
from bot.logs import about
from bot.metrics import UPDATE_SECONDS, UPDATES
from bot.model import Heard, Reply
from bot.store import Arrival, Poison, Queued, StoreError, Transaction
from bot.transports.receiving import outcome_of, replay
from bot.transports.web.pages import Pages
from bot.transports.web.tokens import TRANSPORT
from bot.transports.web.updates import Update, arrival_of, name_of
from bot.upkeep import told

log = logging.getLogger(__name__)

GOODBYE = "forgotten"
"""The reply to /forget: of that conversation nothing is kept, so it goes with the answer to the page."""


def kind_of(update: Update) -> str:
    """The kind of an update, for the metrics."""
    return "text" if update.text is not None else "press" if update.press is not None else "command"


class PutAside(Exception):
    """The update could not be handled, and is put aside for the operator."""


async def onto_page(tx: Transaction, arrival: Arrival, reply: Reply, card: int | None, now: int) -> Queued:  # noqa: ARG001 - a Way
    """The way of a reply to a page: it stands there with the commit of what it answers."""
    goodbye = any(part.template == GOODBYE for part in reply.parts)
    number = 0 if goodbye else await tx.show(arrival.conversation, reply, arrival.card, now)
    return Queued(number, arrival.conversation, arrival.chat, reply)


class PageReceiver:
    """Takes updates of pages in. pages: those who wait for what follows. read: text -> what it means."""

    def __init__(self, assistant: Assistant, pages: Pages, read: Callable[..., Heard]) -> None:
        self._assistant = assistant
        self._pages = pages
        self._read = read
        self._share = FairShare()

    async def receive(self, conversation: str, update: Update) -> Reply | None:
        """Handle an update; the goodbye, if the conversation was forgotten by it.

        Raises StoreError when nothing was kept, PutAside when it cannot be handled.
        """
        began, kind = perf_counter(), kind_of(update)
        about(name_of(conversation, update), conversation)
        try:
            handled, outcome = await self._handle_fairly(conversation, update)
        except StoreError:
            raise
        except Exception as error:
            await self._put_aside(conversation, update, told(error))
            UPDATES.add(kind, "put_aside")
            raise PutAside from error
        UPDATES.add(kind, outcome)
        UPDATE_SECONDS.observe(perf_counter() - began)
        self._pages.post(handled.queued)
        return next((queued.reply for queued in handled.queued if queued.id == 0), None)

    async def replay(self) -> None:
        """Handle again what an operator wants to be. Raises StoreError."""
        await replay(self._assistant.store, TRANSPORT, self._handle_again)

    async def _handle_fairly(self, conversation: str, update: Update) -> tuple[Handled, str]:
        """What comes of an update, and in a word: a text too many is answered, what comes after it is passed over."""
        if update.text is not None:
            name = name_of(conversation, update)
            ruling = self._share.rule(conversation, int(name.removeprefix(TRANSPORT), 16), self._assistant.clock())
            if ruling is Ruling.ASK:
                return await self._assistant.ask_to_slow_down(name, conversation, conversation), "passed_over"
            if ruling is Ruling.PASS_OVER:
                return Handled(), "passed_over"
        handled = await self._handle(conversation, update)
        return handled, outcome_of(handled)

    async def _handle(self, conversation: str, update: Update) -> Handled:
        today = datetime.fromtimestamp(self._assistant.clock(), UTC).date()
        return await self._assistant.handle(arrival_of(conversation, update, partial(self._read, today=today)))

    async def _handle_again(self, raw: Any) -> None:
        handled = await self._handle(raw["conversation"], Update.model_validate(raw["update"]))
        self._pages.post(handled.queued)

    async def _put_aside(self, conversation: str, update: Update, reason: str) -> None:
        """Keep a poisonous update for replay; the log names it, but no word of it."""
        name = name_of(conversation, update)
        log.error("update %s could not be handled (%s); it is put aside", name, reason)
        raw = json.dumps({"conversation": conversation, "update": update.model_dump()})
        await self._assistant.store.put_aside(Poison(name, conversation, raw, reason, self._assistant.clock()))
