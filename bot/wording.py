"""Words: the texts of one language, looked up and filled in for one phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.cldr import plural_form
from bot.model import UNKNOWN, ByFact, Guide, Plural, Responses, Text, Value

NOTHING: Final[Mapping[str, Value]] = {}
"""The values of a text that has no placeholders but words."""
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_HOUR, _DAY = 60, 24 * 60


class MissingText(KeyError):
    """A text that a language does not have."""


def placeholders(text: str) -> set[str]:
    """The names of the placeholders in a text."""
    return set(_PLACEHOLDER.findall(text))


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language. facts: what is known of the phone; some texts depend on it.

    Whoever asks for a text that the language does not have gets MissingText.
    """

    guide: Guide
    responses: Responses
    facts: Mapping[str, str]

    @property
    def language(self) -> str:
        return self.responses.language

    def in_language(self, language: str) -> Words:
        """The same in another language. Raises KeyError for one that nobody has written."""
        return replace(self, responses=self.guide.responses[language])

    def text(self, group: str, key: str, field: str = "text", values: Mapping[str, Value] = NOTHING) -> str:
        """One text, filled in."""
        chosen = self._find(group, key, field)
        if not isinstance(chosen, str):
            chosen = self._chosen(chosen, values)
        text = chosen if isinstance(chosen, str) else "\n".join(chosen)
        return self._filled(text, values) if "{" in text else text

    def lines(self, group: str, key: str, field: str) -> list[str]:
        """A list of texts, filled in."""
        chosen = self._chosen(self._find(group, key, field), NOTHING)
        listed = (chosen,) if isinstance(chosen, str) else chosen
        return [self._filled(line, NOTHING) if "{" in line else line for line in listed]

    def screen(self, intent: str) -> str:
        """How iOS words an error; empty where it has no words for it. A phrasebook is for all who speak a language, wherever they live."""
        screens = self.guide.intents[intent].screens if intent in self.guide.intents else {}
        found = screens.get(self.language) or screens.get(self.language.partition("-")[0], "")
        return self._filled(_PLACEHOLDER.sub(self._known_word, found), NOTHING)

    def _known_word(self, found: re.Match[str]) -> str:
        """A placeholder of a phrase, where it is one of our words; what else iOS fills in there is not known."""
        return found[0] if found[1] in self.responses.groups.get("words", {}) else "…"

    def has(self, group: str, key: str, field: str) -> bool:
        return field in self.responses.groups.get(group, {}).get(key, {})

    def _find(self, group: str, key: str, field: str) -> Text:
        try:
            return self.responses.groups[group][key][field]
        except KeyError:
            raise MissingText(f"{self.language}: {group}/{key}/{field}") from None

    def _chosen(self, text: Text, values: Mapping[str, Value]) -> str | tuple[str, ...]:
        if isinstance(text, str):
            return text
        if isinstance(text, ByFact):
            return text.texts.get(self.facts.get(text.fact, UNKNOWN), text.otherwise)
        if isinstance(text, Plural):
            form = plural_form(self.language, int(str(values[text.by])))
            return text.forms.get(form, text.forms["other"])
        return text

    def _filled(self, text: str, values: Mapping[str, Value]) -> str:
        """A text with its placeholders filled in."""

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            return str(values[name]) if name in values else self.text("words", name)

        return _PLACEHOLDER.sub(fill, text)

    def when(self, minutes: int) -> str:
        """A span of time from now: "in 2 hours"."""
        if minutes % _DAY == 0:
            return self.text("replies", "when-days", values={"count": minutes // _DAY})
        if minutes % _HOUR == 0:
            return self.text("replies", "when-hours", values={"count": minutes // _HOUR})
        return self.text("replies", "when-minutes", values={"count": minutes})
