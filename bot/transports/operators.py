"""The way to the operators: their chats on Telegram, without store or queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.transports.bot_api import BotApi, TelegramError

SECONDS: Final = 10.0
"""How long an alert may take to each chat: there is no second try, and the next one waits behind it."""


class Operators:
    """The chats of OPERATOR_CHAT_IDS."""

    def __init__(self, api: BotApi, chats: Sequence[int]) -> None:
        self._api = api
        self._chats = chats

    async def send(self, text: str) -> bool:
        """Send a plain text to all; whether anybody has it."""
        return any([await self._send_to(chat, text) for chat in self._chats])

    async def _send_to(self, chat: int, text: str) -> bool:
        parameters = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
        try:
            await self._api.call("sendMessage", parameters, SECONDS)
        except TelegramError:
            return False
        return True
