"""The bot's profile on Telegram: name, descriptions, commands, in every language that the guide speaks. Set by `python -m bot setup`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from bot.model import ENGLISH, Guide
from bot.rendering import plain_text
from bot.transports.bot_api import BotApi

COMMANDS: Final = ("start", "help", "tried", "back", "restart", "language", "timezone", "privacy", "forget")
_TEXTS: Final = (
    ("setMyName", "getMyName", "name", "profile-name"),
    ("setMyDescription", "getMyDescription", "description", "profile-description"),
    ("setMyShortDescription", "getMyShortDescription", "short_description", "profile-short-description"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One call that makes Telegram as content or settings want it, and what to tell the operator of it."""

    method: str
    parameters: dict[str, Any]
    told: str


async def profile_changes(api: BotApi, guide: Guide) -> AsyncIterator[Change]:
    """What differs between Telegram and the content, and so has to be set. Nothing differs after it was set once."""
    for language in sorted(guide.responses):
        code = {} if language == ENGLISH else {"language_code": language.partition("-")[0]}  # Telegram knows no regions
        for setter, getter, field, key in _TEXTS:
            wanted = plain_text(guide, language, key)
            if (await api.call(getter, code)).get(field, "") != wanted:
                yield Change(setter, {field: wanted, **code}, f"{field} ({language}): {wanted}")
        commands = [{"command": command, "description": plain_text(guide, language, f"command-{command}")} for command in COMMANDS]
        if await api.call("getMyCommands", code) != commands:
            listed = "".join(f"\n  /{entry['command']} - {entry['description']}" for entry in commands)
            yield Change("setMyCommands", {"commands": commands, **code}, f"commands ({language}):{listed}")
