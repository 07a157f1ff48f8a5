"""Where sessions are kept. The protocol, and the stores behind it."""

from __future__ import annotations

from typing import Protocol

from bot.model import Session, Timer


class Store(Protocol):
    """Keeps, for each conversation, its session and its timers; nothing that anyone wrote."""

    def load(self, conversation: str) -> Session | None:
        """The session of a conversation, if there is one."""

    def save(self, conversation: str, session: Session, timers: tuple[Timer, ...]) -> None:
        """Keep a session, and its timers besides those already kept."""

    def due(self, conversation: str, now: int) -> list[Timer]:
        """The timers whose time has come; each is given out once."""

    def forget(self, conversation: str) -> None:
        """Delete everything about a conversation."""
