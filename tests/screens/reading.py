"""How well the drawn screens are read: character errors, and whether the right intent is found."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import yaml
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from bot.matching import Matcher
from bot.model import Decision, Guide
from bot.ocr import PictureReader
from bot.screenshots import NOTHING_READ, Screenshots, Seen
from tests.screens.drawing import HERE, Screen, drawn, screens_of


def all_screens() -> list[Screen]:
    """The screens of screens.yaml."""
    return screens_of(_yaml("screens.yaml"), _yaml("surroundings.yaml"))


def screen_named(name: str) -> Screen:
    """One of them."""
    return next(screen for screen in all_screens() if screen.id == name)


def _yaml(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a screen. seconds: of the clock. errors: share of the error's characters that were misread."""

    screen: Screen
    seen: Seen
    looks: int
    seconds: float
    errors: float

    @property
    def got(self) -> str | None:
        """The intent taken, or those asked about behind a question mark; None if there is none."""
        heard = self.seen.shown.heard
        if heard is None:
            return None
        return heard.intents[0] if heard.decision is Decision.MATCH else "?" + ",".join(heard.intents)

    @property
    def right(self) -> bool:
        return self.got == self.screen.intent


async def results(reader: PictureReader, guide: Guide, matcher: Matcher, screens: Iterable[Screen]) -> AsyncIterator[Result]:
    """Read screens as the bot does for somebody whose app speaks their language."""
    screenshots = Screenshots(guide.intents, guide.standard)
    for screen in screens:
        raw, began = drawn(screen), time.monotonic()
        best, looks, errors = NOTHING_READ, 0, 1.0
        async with aclosing(reader.looks(raw, [screen.language, "en"])) as all_looks:
            async for lines in all_looks:
                looks += 1
                seen = screenshots.understand(lines, lambda text, code=screen.language: matcher.read(text, hint=code))  # type: ignore[misc]
                errors = min(errors, misread(screen, " ".join(line.text for line in lines)))
                best = max(best, seen, key=lambda one: one.rank)
                if best.certain:
                    break
        yield Result(screen, best, looks, time.monotonic() - began, errors)


def misread(screen: Screen, read: str) -> float:
    """The share of wrong characters in the error's words, blanks aside; 0 for a screen without an error."""
    parts = [part for part in (screen.title, screen.text) if part and (part != screen.title or "panel" not in (screen.kind, screen.of))]
    wanted = sum(len("".join(part.split())) for part in parts)
    return sum(_wrong("".join(part.split()), "".join(read.split())) for part in parts) / wanted if wanted else 0.0


def _wrong(wanted: str, read: str) -> int:
    """How many characters of a text are wrong where it stands in what was read."""
    if len(read) < len(wanted):
        return min(len(wanted), Levenshtein.distance(wanted, read))
    place = fuzz.partial_ratio_alignment(wanted, read)
    found = read[place.dest_start : place.dest_end] if place else ""
    return min(len(wanted), Levenshtein.distance(wanted, found))
