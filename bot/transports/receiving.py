"""One raw update of Telegram, from its arrival to the commit: what polling and the webhook have in common."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.assistant import Assistant, Handled
from bot.delivery import Delivery
from bot.fairness import FairShare, Ruling
from bot.model import Heard, Part, Reply
from bot.rendering import render
from bot.store import Poison, StoreError
from bot.transports.updates import Gone, Moved, Press, Unreadable, conversation_of, number_of, read_update, sent_of

log = logging.getLogger(__name__)

Answer = dict[str, Any]
"""What is still to be said to a pressed button: the parameters of answerCallbackQuery. Best effort, and only after the commit."""


@dataclass(slots=True)
class Counters:
    """What was done since the start, for the log line at the end."""

    updates: int = 0
    repeated: int = 0
    poison: int = 0


class Receiver:
    """Takes raw updates in. read: text -> what it means. username: the bot's own, for commands that name a bot."""

    def __init__(self, assistant: Assistant, delivery: Delivery, read: Callable[..., Heard], username: str) -> None:
        self._assistant = assistant
        self._delivery = delivery
        self._read = read
        self._username = username
        self._share = FairShare()
        self.counters = Counters()

    async def receive(self, raw: Any) -> Answer | None:
        """Handle an update, which may be acknowledged from then on; the answer to its button, if one was pressed.

        What cannot be handled is put aside, and so may be acknowledged too. Raises StoreError when nothing was kept.
        """
        answer = None
        try:
            if await self._within_share(raw):
                answer = await self._handle(raw)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the updates behind it must be handled
            await self._put_aside(raw, error)
        self.counters.updates += 1
        return answer

    async def _within_share(self, raw: Any) -> bool:
        """Whether a message is to be handled. One too many is answered, what comes after it is passed over: unread, and kept nowhere."""
        sent = sent_of(raw)
        ruling = self._share.rule(sent.conversation, sent.number, sent.at) if sent else Ruling.HANDLE
        if sent is None or ruling is Ruling.HANDLE:
            return True
        if ruling is Ruling.ASK:
            log.warning("%s sends more than can be read; what comes is passed over until it stops", sent.conversation)
            handled = await self._assistant.ask_to_slow_down(f"tg:{sent.number}", sent.conversation, sent.chat)
            self._delivery.post(handled.queued)
        return False

    async def _handle(self, raw: Any) -> Answer | None:
        read = read_update(raw, self._read, self._username)
        if isinstance(read, Gone):
            await self._assistant.abandon(read.update, read.chat)
        elif isinstance(read, Moved):
            await self._assistant.move_chat(read.old, read.new)
        elif read is not None:
            arrival, press = read
            handled = await self._assistant.handle(arrival)
            self._delivery.post(handled.queued)
            self.counters.repeated += handled.repeated
            return self._answer(press, handled) if press is not None else None
        return None

    async def _put_aside(self, raw: Any, error: Exception) -> None:
        """Keep a poisonous update for replay; the log names it, but no word of it."""
        number = number_of(raw)
        reason = "unreadable" if isinstance(error, Unreadable) else type(error).__name__
        log.error("update %s could not be handled (%s); it is put aside", number, reason)
        self.counters.poison += 1
        await self._assistant.store.put_aside(Poison(f"tg:{number}", conversation_of(raw), to_json(raw), reason, self._assistant.clock()))

    def _answer(self, press: Press, handled: Handled) -> Answer:
        """Stops the little clock on the button, with a word where the button is somebody else's."""
        answer: Answer = {"callback_query_id": press.query}
        if handled.foreign:
            notice = render(self._assistant.guide, Reply((Part("not-yours"),)))
            answer |= {"text": notice.text, "show_alert": True}
        return answer


def to_json(raw: Any) -> str:
    """An update as text, to be put aside."""
    return json.dumps(raw)  # ASCII: half a character, too, can be written
