"""Where Telegram sends updates: to the webhook of this bot, or nowhere, so that it can poll. Set by `python -m bot setup`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from bot.settings import Settings
from bot.transports.bot_api import BotApi, NetworkError
from bot.transports.profile import Change
from bot.transports.updates import ALLOWED

_REFUSED: Final = "403"
"""What Telegram tells of a webhook that refuses it: it shows no secret, so that is how another one is noticed."""


async def webhook_changes(api: BotApi, settings: Settings) -> AsyncIterator[Change]:
    """What makes Telegram send updates where the settings want them. Updates that wait are kept, always."""
    found = await webhook_info(api)
    if settings.webhook_url is None:
        if found.get("url"):
            yield Change("deleteWebhook", {}, "webhook: removed, so that the bot can poll (waiting updates are kept)")
        return
    wanted = {"url": settings.webhook_url, "allowed_updates": list(ALLOWED), "max_connections": settings.webhook_connections}
    if not _is_set(found, wanted):
        told = f"webhook: {settings.webhook_url}, up to {settings.webhook_connections} updates at a time"
        yield Change("setWebhook", {**wanted, "secret_token": settings.webhook_secret}, told)


async def webhook_info(api: BotApi) -> dict[str, Any]:
    """Where Telegram sends updates, and what became of the last ones. Raises PTB's TelegramError."""
    found = await api.call("getWebhookInfo")
    if not isinstance(found, dict):
        raise NetworkError("an answer that is no WebhookInfo")
    return found


def _is_set(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether Telegram has it as it is wanted."""
    same = all(found.get(key) == wanted[key] for key in ("url", "max_connections"))
    return same and set(found.get("allowed_updates", ())) == set(ALLOWED) and _REFUSED not in found.get("last_error_message", "")
