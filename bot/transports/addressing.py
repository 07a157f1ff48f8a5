"""Which messages are for the bot. In a group: commands, mentions of it, and replies to it; all else is talk among people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.triggers import COMMANDS

Raw = Mapping[str, Any]


def addressed(message: Raw, username: str) -> Raw | None:
    """A message without the mention by which it is for the bot; None if it is not for the bot.

    What was sent by way of the bot's own inline mode is the bot's, not the person's. username: the bot's own.
    """
    if _is(message.get("via_bot"), username):
        return None
    if message["chat"]["type"] == "private":
        return message
    words = "text" if "text" in message else "caption"
    said = str(message.get(words) or "")
    mention = _mention(username)
    if said.startswith("/") and words == "text":
        return message if _is_command(said, username) or mention.search(said) else None
    if mention.search(said):
        rest = " ".join(part for part in map(str.strip, mention.split(said)) if part)
        return {**message, words: rest or ("/start" if words == "text" else "")}
    return message if _is_reply(message.get("reply_to_message"), username) else None


def _is_command(said: str, username: str) -> bool:
    """Whether a command is for the bot: by name, or one that it has. Of others that name nobody, another bot may be meant."""
    name, _, bot = said[1:].split(maxsplit=1)[0].partition("@") if said[1:].strip() else ("", "", "")
    return bot.casefold() == username.casefold() if bot else name.casefold() in COMMANDS


def _is_reply(message: Raw | None, username: str) -> bool:
    """Whether this message is the bot's. Whatever is written in a topic replies to the note that opened it, which says nothing."""
    return message is not None and "forum_topic_created" not in message and _is(message.get("from"), username)


def _is(sender: Raw | None, username: str) -> bool:
    return sender is not None and str(sender.get("username", "")).casefold() == username.casefold()


@cache
def _mention(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)", re.IGNORECASE)
