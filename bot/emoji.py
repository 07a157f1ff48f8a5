"""What people say with an emoji alone, in words that every language's reader knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SAID: Final[Mapping[str, str]] = {
    **dict.fromkeys("👍👌🆗✅✔☑", "yes"),
    **dict.fromkeys("👎❌✖🚫🙅", "no"),
    **dict.fromkeys("🙏❤💕🥰😘🤗💙💚💜🧡💛🤝", "thanks"),
    **dict.fromkeys("🎉🥳🎊💯", "it worked"),
    **dict.fromkeys("😡🤬😤😠😭😢😩😫🙄🤦😞😣💩", "grrr"),
    **dict.fromkeys("🤷", "no idea"),
    **dict.fromkeys("👋", "hi"),
    **dict.fromkeys("🤔❓❔", "help"),
}
"""Emoji -> what it says. The words tell no language: the conversation goes on in its own."""
_BESIDE: Final = frozenset("\ufe0f\u200d♀♂🏻🏼🏽🏾🏿")
"""What stands behind an emoji: how it is drawn, a skin, a person."""


def in_words(text: str) -> str:
    """What a text of emoji says, where all that it says is the same; else the text as it is."""
    said = {SAID.get(sign, "") for sign in text if sign not in _BESIDE and not sign.isspace()}
    return said.pop() or text if len(said) == 1 else text
