"""Each button of a reply -> the key that it is in a message: what stands on it, and whether it stands out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.cldr import city
from bot.hours import TONIGHT
from bot.model import UNKNOWN, Button, Key, Reply, Risk
from bot.road import SEPARATOR
from bot.summaries import account
from bot.templates import SUMMARY
from bot.wording import Words

STYLES: Final[Mapping[str, str]] = dict.fromkeys(("worked", "made", "finished", "ran"), "success")
"""The buttons that stand out: what everyone hopes for. Beside them only what deletes."""
COPIED: Final = 256
"""Characters that Telegram lets a button copy."""
MADE_OF: Final[Mapping[str, str]] = {"none": "not understood", "choose": "none of these"}
"""What a copy for an operator says of the message, by its decision. In English and with ids, as the log and the reports are."""


def rows(words: Words, reply: Reply) -> tuple[tuple[Key, ...], ...]:
    """The keys of a reply, row by row. Raises MissingText."""
    return (*_copy_keys(words, reply), *(tuple(_key(words, reply, button) for button in row) for row in reply.buttons))


def _copy_keys(words: Words, reply: Reply) -> Iterator[tuple[Key]]:
    """A key that copies the summary, where there is one and a key can hold it; the block can always be copied."""
    for part in reply.parts:
        if part.template == SUMMARY and len((copied := account(words, part)).encode("utf-16-le")) <= 2 * COPIED:
            yield (Key(words.text("buttons", "copy"), Button("copy"), copies=copied),)


def _key(words: Words, reply: Reply, button: Button) -> Key:
    return Key(_label(words, button), button, "danger" if _deletes(words, reply, button) else STYLES.get(button.action, ""))


def _deletes(words: Words, reply: Reply, button: Button) -> bool:
    """Whether a press leads to the steps of something that deletes."""
    if button.action != "confirm":
        return False
    asked = (fix for part in reply.parts if part.template == "confirm" for fix in part.about.split(SEPARATOR))
    return any(words.guide.fixes[fix].risk is Risk.DATA for fix in asked)


def _label(words: Words, button: Button) -> str:
    match button.action:
        case "take":
            return words.text("intents", button.value, "name")
        case "tell":
            fact, _, value = button.value.partition(":")
            return words.text("buttons", "cannot-tell") if value == UNKNOWN else words.text("questions", fact, f"options/{value}")
        case "language":
            return words.in_language(button.value).text("replies", "own-name")
        case "remind" | "zone":
            return _when_or_where(words, button)
        case "made-of" | "nearest":
            decision, marked, language = button.value.partition(":")
            return f"{language} · {MADE_OF[decision]}" if marked else button.value
        case action:
            return words.text("buttons", action)


def _when_or_where(words: Words, button: Button) -> str:
    """A time to be asked again, or a city."""
    if button.action == "zone":
        zone = button.value.partition("@")[2]
        return city(words.language, zone) if zone else words.text("buttons", "cannot-tell")
    if not button.value.isdigit():
        return words.text("replies", "when-tonight" if button.value == TONIGHT else "when-tomorrow")
    said = words.when(int(button.value))
    return said[:1].upper() + said[1:]
