"""The one loop: load the session, step, save, and hand on the messages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from bot.dialogue import step
from bot.model import Event, Guide, Message, Session, TimerFired
from bot.rendering import render
from bot.store import Store

ID_BYTES: Final = 6
"""Random bytes of a session id: enough that a button of a forgotten session fits no other."""


class Assistant:
    """Holds conversations: events in, messages out.

    guide: all content. store: keeps the sessions. clock: the time in whole seconds since 1970.
    """

    def __init__(self, guide: Guide, store: Store, clock: Callable[[], int]) -> None:
        self.guide = guide
        self._store = store
        self._clock = clock

    def handle(self, conversation: str, event: Event) -> list[Message]:
        """What one event is answered with."""
        session = self._store.load(conversation) or Session(secrets.token_urlsafe(ID_BYTES))
        turn = step(self.guide, session, event, self._clock())
        if turn.forget:
            self._store.forget(conversation)
        else:
            self._store.save(conversation, turn.session, turn.timers)
        return [render(self.guide, reply) for reply in turn.replies]

    def due(self, conversation: str) -> list[Message]:
        """What is to be said because its time has come."""
        timers = self._store.due(conversation, self._clock())
        return [message for timer in timers for message in self.handle(conversation, TimerFired(timer.session, timer.turn))]
