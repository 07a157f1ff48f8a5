"""The catalogue of what iOS shows in 22 locales, where it lies beside the repository: the measure of how on-screen texts are recognised.

`python -m tests.catalogue` prints the figures of docs/understanding.md by locale; `python -m tests.catalogue de fr` lists what is missed.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.content import content_dir, load_guide
from bot.evaluating.measures import Share, share
from bot.evaluating.tables import percent, table
from bot.matching import Matcher
from bot.model import Decision, Heard
from bot.normalising import unspaced

CATALOGUE: Final = Path(__file__).parents[2] / "shared" / "knowledge" / "error-strings.yaml"
WHY_NOT: Final = "outside the repository: the catalogue of on-screen texts is not beside this checkout"
VALUES: Final[Mapping[str, str]] = {
    "n": "3",
    "size": "2.4 GB",
    "percent": "40",
    "device": "Anna’s iPhone",
    "device_name": "Anna’s iPhone",
    "account": "anna@example.com",
}
SEED: Final = 20
LEAST: Final = 4
"""Letters of a word in which somebody slips."""

EQUALS: Final[Mapping[str, tuple[str, str]]] = {
    "icloud_backup_failed_title": (
        "last-backup-failed",
        "the title alone may stand over any failed backup; its second line says that it is the switch",
    ),
    "iphone_backup_failed_space": ("last-backup-failed", "the title alone says nothing of storage; its second line does"),
    "not_backed_up_title": ("not-backing-up", "the title alone says only that there is no backup; its second line tells the conditions"),
    "backing_up": ("not-backing-up", "a progress text, an error only when it stays: so the bot asks"),
}
"""Texts that may lead elsewhere than their entry says, by their id: the intent that is as good, and why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that iOS shows: where, in which locale, and what it means."""

    id: str
    locale: str
    text: str
    intent: str


def catalogue() -> Any:
    """All that the catalogue holds."""
    return yaml.load(CATALOGUE.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe ones


def localised() -> list[Shown]:
    """The texts of all locales but English; none where there is no catalogue."""
    if not CATALOGUE.exists():
        return []
    read = catalogue()
    intents = {row["id"]: row["bucket"] for row in read["strings"]}
    return [Shown(row["of"], row["locale"], filled(row["text"]), intents[row["of"]]) for row in read["localised"]]


def filled(text: str, values: Mapping[str, str] = VALUES) -> str:
    """A text with its placeholders filled in, as a phone would."""
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def recognised(matcher: Matcher, shown: Shown, text: str) -> bool:
    """Whether a text as somebody typed it leads to what was shown, or to what is as good: at once or among the choices."""
    heard = matcher.read(text)
    right = {shown.intent, EQUALS.get(shown.id, (shown.intent,))[0]}
    return best(heard) in right or (heard.decision is Decision.CHOOSE and not right.isdisjoint(heard.intents))


def best(heard: Heard) -> str | None:
    """The first candidate."""
    return heard.candidates[0].intent if heard.candidates else None


# --- typing errors ---------------------------------------------------------------------------------------------------------


def slip(word: str, chance: random.Random) -> str:
    """A word with one typing error inside: two letters swapped, one left out, one doubled, or a wrong one."""
    place = chance.randrange(1, len(word) - 1)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    wrong = chance.choice("abcdefghijklmnopqrstuvwxyz" if word.isascii() else word)
    return chance.choice((head + tail[0] + letter + tail[1:], head + tail, head + letter * 2 + tail, head + wrong + tail))


def mistyped(text: str, chance: random.Random) -> str:
    """The text with typing errors in two of its words; in a script without blanks, at two places."""
    said = text.split(" ")
    places = [place for place, word in enumerate(said) if len(word) >= LEAST and (word.isalpha() or any(map(unspaced, word)))]
    for place in chance.sample(places, min(2, len(places))):
        said[place] = slip(said[place], chance)
    if len(places) == 1 and unspaced(text[0]):
        said[places[0]] = slip(said[places[0]], chance)
    return " ".join(said)


# --- figures for docs/understanding.md -------------------------------------------------------------------------------------


def by_locale(matcher: Matcher, written: Callable[[str], str] = str) -> dict[str, list[tuple[Shown, bool]]]:
    """Locale -> its texts, each with whether it is recognised. written: how the text is typed."""
    found: dict[str, list[tuple[Shown, bool]]] = {}
    for shown in localised():
        found.setdefault(shown.locale, []).append((shown, recognised(matcher, shown, written(shown.text))))
    return found


def by_typing(matcher: Matcher) -> str:
    """One row for each locale: how many of its texts are recognised, as they are and with two typing errors."""
    chance = random.Random(SEED)
    exact, typed = shares(by_locale(matcher)), shares(by_locale(matcher, lambda text: mistyped(text, chance)))
    rows = [(locale, str(exact[locale].of), percent(exact[locale]), percent(typed[locale])) for locale in sorted(exact)]
    return table([("locale", "texts", "recognised", "with two typing errors"), *rows])


def shares(found: Mapping[str, Sequence[tuple[Shown, bool]]]) -> dict[str, Share]:
    """Locale -> how many of its texts are recognised."""
    return {locale: share(texts, lambda text: text[1]) for locale, texts in found.items()}


def misses(matcher: Matcher, locales: Iterable[str]) -> list[str]:
    """What is not recognised in some locales, and what it is taken for."""
    wanted = set(locales)
    lines = []
    for shown in (shown for shown in localised() if shown.locale in wanted):
        heard = matcher.read(shown.text)
        if not recognised(matcher, shown, shown.text):
            lines.append(f"{shown.locale}  {shown.intent} -> {best(heard)} ({heard.decision.value}, {heard.language}): {shown.text}")
    return lines


if __name__ == "__main__":
    its = Matcher(load_guide(content_dir()))
    sys.stdout.write(("\n".join(misses(its, sys.argv[1:])) if sys.argv[1:] else by_typing(its)) + "\n")
