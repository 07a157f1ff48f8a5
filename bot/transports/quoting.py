"""What a message quotes: read where the message itself tells nothing, such as "this one" in reply to a forwarded error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.model import Decision, Heard

Raw = Mapping[str, Any]


def with_quoted(heard: Heard, message: Raw, read: Callable[[str], Heard]) -> Heard:
    """What a message of a private chat means together with what it quotes.

    heard: what its own words mean. read: text -> what it means. What it quotes counts only where its own words tell nothing surely.
    """
    if message["chat"]["type"] != "private" or _tells(heard) or not (quoted := quoted_by(message)):
        return heard
    found = read(quoted)
    surer = found.decision is not Decision.NONE and _score(found) > _score(heard)
    return replace(found, facts={**found.facts, **heard.facts}) if surer else heard


def quoted_by(message: Raw) -> str:
    """The part of another message that a message quotes, else all of that message; empty where there is none, or a bot wrote it."""
    replied = message.get("reply_to_message") or {}
    origin = (message.get("external_reply") or {}).get("origin") or {}
    if any((holder or {}).get("is_bot") for holder in (replied.get("from"), origin.get("sender_user"))):
        return ""
    quote = message.get("quote") or {}
    return str(quote.get("text") or replied.get("text") or replied.get("caption") or "")


def _tells(heard: Heard) -> bool:
    """Whether words tell anything surely: a trouble, an answer, what was done, or a secret."""
    return heard.decision is Decision.MATCH or bool(heard.answers or heard.reported or heard.disclosed)


def _score(heard: Heard) -> float:
    return heard.candidates[0].score if heard.candidates else 0.0
