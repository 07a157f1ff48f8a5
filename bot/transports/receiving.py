"""One raw update of Telegram, from its arrival to the commit: what polling and the webhook have in common."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter
from typing import Any, Final

from bot.assistant import Assistant, Handled
from bot.delivery import Delivery
from bot.disclosures import masked
from bot.fairness import FairShare, Ruling
from bot.identifying import closest
from bot.logs import about
from bot.metrics import UPDATE_SECONDS, UPDATES
from bot.model import Heard, Part, Reply
from bot.rendering import render
from bot.store import Poison, Store, StoreError
from bot.store.timing import timed
from bot.transports.desk import StatusDesk
from bot.transports.inline import answer_of, query_of
from bot.transports.pictures import Pictures
from bot.transports.updates import (
    TRANSPORT,
    Gone,
    Moved,
    Pictured,
    Press,
    Unreadable,
    brings_picture,
    conversation_of,
    kind_of,
    number_of,
    read_update,
    sent_of,
)
from bot.upkeep import told

log = logging.getLogger(__name__)

REPLAYS_AT_ONCE: Final = 100
DEEPEST: Final = 50
"""Maps and lists within each other that are kept of an update that could not be handled; Telegram's have at most ten."""
DIGITS: Final = 16
"""Of the hash that is the number of an update without one, so that two of them are two."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The call by which a pressed button or an inline query is answered. Best effort; a press is answered only after the commit."""

    method: str
    parameters: dict[str, Any]


class Receiver:
    """Takes raw updates in.

    read: text -> what it means. username: the bot's own, for commands that name a bot. pictures: sees pictures, where they can be read.
    desk: answers the operators' /status, where there are operators.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the last two are not there everywhere
        self,
        assistant: Assistant,
        delivery: Delivery,
        read: Callable[..., Heard],
        username: str,
        pictures: Pictures | None = None,
        desk: StatusDesk | None = None,
    ) -> None:
        self._assistant = assistant
        self._delivery = delivery
        self._read = read
        self._pictures = pictures
        self._desk = desk
        self._share = FairShare()
        self.username = username

    def takes_long(self, raw: Any) -> bool:
        """Whether others should not wait for this update: it brings a picture to read."""
        return self._pictures is not None and brings_picture(raw)

    async def receive(self, raw: Any) -> Answer | None:
        """Handle an update, which may be acknowledged from then on; the answer to its button or inline query, if it has one.

        What cannot be handled is put aside, and so may be acknowledged too. Raises StoreError when nothing was kept.
        """
        began = perf_counter()
        about(number_of(raw) or "")
        query = query_of(raw)
        answer, outcome = await self._received(raw) if query is None else self._offer(query)
        UPDATES.add(kind_of(raw), outcome)
        UPDATE_SECONDS.observe(perf_counter() - began)
        return answer

    def lag(self) -> int:
        """How many seconds the oldest reply that this process has in hand has waited."""
        return self._delivery.lag()

    async def replay(self) -> None:
        """Handle again what an operator wants to be. Each counts once: by its number, like any update. Raises StoreError."""
        await replay(self._assistant.store, TRANSPORT, self._handle)

    async def _received(self, raw: Any) -> tuple[Answer | None, str]:
        """The answer to an update that is no inline query, and what became of it. Raises StoreError."""
        try:
            return await self._handle(raw) if await self._within_share(raw) else (None, "passed_over")
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the updates behind it must be handled
            await self._put_aside(raw, error)
            return None, "put_aside"

    async def _within_share(self, raw: Any) -> bool:
        """Whether a message is to be handled. One too many is answered, what comes after it is passed over: unread, and kept nowhere."""
        sent = sent_of(raw, self.username)
        ruling = self._share.rule(sent.conversation, sent.number, sent.at) if sent else Ruling.HANDLE
        if sent is None or ruling is Ruling.HANDLE:
            return True
        if ruling is Ruling.ASK:
            about(sent.number, sent.conversation)
            log.warning("somebody sends more than can be read; what comes is passed over until it stops")
            handled = await self._assistant.ask_to_slow_down(f"tg:{sent.number}", sent.conversation, sent.chat)
            self._delivery.post(handled.queued)
        return False

    async def _handle(self, raw: Any) -> tuple[Answer | None, str]:
        """The answer to an update, and what became of it."""
        if self._desk is not None and await self._desk.take(raw, self.username):
            return None, "handled"
        read = read_update(raw, self._read, self.username)
        if isinstance(read, Pictured):
            read = (read.arrival if self._pictures is None else await self._pictures.seen(read), None)
        if isinstance(read, Gone):
            await self._assistant.abandon(read.update, read.chat)
        elif isinstance(read, Moved):
            await self._assistant.move_chat(read.old, read.new)
        elif read is not None:
            arrival, press = read
            about(number_of(raw) or "", arrival.conversation)
            handled = await self._assistant.handle(arrival)
            self._delivery.post(handled.queued)
            return self._answer(press, handled) if press is not None else None, outcome_of(handled)
        return None, "ignored" if read is None else "handled"

    def _offer(self, query: Mapping[str, Any]) -> tuple[Answer | None, str]:
        """The answer to an inline query. What cannot be read is let go: it is not put aside, since nothing of a query is kept."""
        try:
            return Answer("answerInlineQuery", answer_of(self._assistant.guide, self._read, query, self.username)), "handled"
        except Exception as error:  # noqa: BLE001 - whatever it is, the updates behind it must be handled
            log.error("an inline query could not be answered (%s)", _reason(error))  # noqa: TRY400 - no word of it
            return None, "ignored"

    async def _put_aside(self, raw: Any, error: Exception) -> None:
        """Keep a poisonous update for replay; the log names it, but no word of it."""
        number, text = number_of(raw), to_json(_without_disclosures(raw))
        reason, conversation = _reason(error), conversation_of(raw)
        about(number or "", conversation)
        log.error("update %s could not be handled (%s); it is put aside", number, reason)
        key = f"tg:{number}" if number is not None else f"tg:{sha256(text.encode()).hexdigest()[:DIGITS]}"
        await self._assistant.store.put_aside(Poison(key, conversation, text, reason, self._assistant.clock()))

    def _answer(self, press: Press, handled: Handled) -> Answer:
        """Stops the little clock on the button, with a word where the button is somebody else's."""
        answer: dict[str, Any] = {"callback_query_id": press.query}
        if handled.foreign:
            guide = self._assistant.guide
            notice = render(guide, Reply((Part("not-yours"),), language=closest(press.language, guide.responses) or ""))
            answer |= {"text": notice.text, "show_alert": True}
        return Answer("answerCallbackQuery", answer)


def outcome_of(handled: Handled) -> str:
    """What became of an update, for the metrics."""
    return "repeated" if handled.repeated else "foreign" if handled.foreign else "handled"


async def replay(store: Store, transport: str, handle: Callable[[Any], Awaitable[object]]) -> None:
    """Handle again the updates of a transport that an operator wants to be. Raises StoreError."""
    for poison in await timed("replay", store.to_replay(REPLAYS_AT_ONCE, transport)):
        reason = None
        try:
            await handle(json.loads(poison.raw))
            log.info("update %s was replayed", poison.update)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the updates behind it must be handled
            reason = _reason(error)
            log.error("update %s could not be handled again (%s)", poison.update, reason)  # noqa: TRY400 - no word of it
        await store.replayed(poison.update, reason)


def _reason(error: Exception) -> str:
    """Why an update could not be handled, without a word of it."""
    return "unreadable" if isinstance(error, Unreadable) else told(error)


def _without_disclosures(raw: Any, depth: int = 0) -> Any:
    """An update in which passwords, codes and the like are covered, and what is nested deeper than any update is left out."""
    match raw:
        case dict() | list() if depth > DEEPEST:
            return None
        case dict():
            return {key: _without_disclosures(value, depth + 1) for key, value in raw.items()}
        case list():
            return [_without_disclosures(value, depth + 1) for value in raw]
        case str():
            return masked(raw)
        case _:
            return raw


def to_json(raw: Any) -> str:
    """An update as text, to be put aside."""
    return json.dumps(raw)  # ASCII: half a character, too, can be written
