"""What people say with an emoji alone."""

from __future__ import annotations

import pytest

from bot.emoji import SAID, in_words
from bot.matching import Matcher
from bot.model import LanguageFrom


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("👍", "yes"),
        ("👍🏽 👍🏽", "yes"),
        ("🤷‍♀️", "no idea"),
        ("❤️❤️", "thanks"),
        ("🎉🥳", "it worked"),
        ("👍👎", "👍👎"),
        ("👍🍕", "👍🍕"),
        ("🍕", "🍕"),
        ("", ""),
        ("\ufe0f", "\ufe0f"),
    ],
)
def test_emoji_in_words(text: str, said: str) -> None:
    """Emoji that all say the same are put in words; any other text stays as it is."""
    assert in_words(text) == said


@pytest.mark.parametrize("sign", SAID)
def test_an_emoji_is_an_act_in_no_language(matcher: Matcher, sign: str) -> None:
    """Each is understood, and leaves the conversation in its own language."""
    heard = matcher.read(sign)
    assert heard.act is not None
    assert heard.language_from is LanguageFrom.NOTHING


def test_beside_words_an_emoji_says_nothing(matcher: Matcher) -> None:
    """Words count, whatever stands beside them."""
    assert matcher.read("it did not help 👍").act == "didnt-help"
