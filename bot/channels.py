"""A channel: the way to people's screens, and what can come between."""

from __future__ import annotations

from typing import Protocol

from bot.model import Message
from bot.store import Queued


class Channel(Protocol):
    """A way to a person's screen. pictures: whether it can show any."""

    @property
    def pictures(self) -> bool: ...

    async def send(self, queued: Queued, message: Message) -> int:
        """Send a new message, or the copy that it stands for; returns its number. Raises the exceptions below."""

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        """Put a message in place of another. That it is there already is no error."""

    async def close_card(self, queued: Queued, card: int) -> None:
        """Take the buttons off a card that is not the live one any more."""


class ChatPaused(Exception):
    """The chat (only that one) has to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Unreachable(Exception):
    """The channel cannot be reached, or does not work just now."""


class ChatMoved(Exception):
    """The chat has another id."""

    def __init__(self, chat: str) -> None:
        super().__init__(chat)
        self.chat = chat


class ChatBlocked(Exception):
    """Nobody is there any more: the person blocked the bot, left, or the account is gone."""


class PlaceClosed(Exception):
    """Nobody can be written to in this part of the chat (a topic that was closed or deleted); elsewhere in it they can."""


class CardGone(Exception):
    """The message to put the reply in place of cannot be edited: send it anew."""


class MessageGone(Exception):
    """The message to be copied is not there any more, or may not be copied.

    chat: that in which it was.
    """

    def __init__(self, chat: str) -> None:
        super().__init__(chat)
        self.chat = chat


class Refused(Exception):
    """The channel will never take this reply; the message says why (never what it said)."""
