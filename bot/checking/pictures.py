"""The pictures: each fix that leads into Settings or to the phone's buttons has one, and all can be read on a phone, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.checking.texts import file_of
from bot.illustrating import PRESSES, CannotShow, shown_path
from bot.model import ENGLISH, Fix, Guide, Picture
from bot.reading import Reader
from bot.schemas.intents import FACTS, FIXES
from bot.variants import pictures
from bot.wording import MissingText

if TYPE_CHECKING:
    from bot.drawing import Sheet

TALLEST: Final = 2.2
"""Heights of a picture, in widths: a taller one is made small on a phone until somebody opens it."""
NO_PILLOW: Final = "the pictures were not measured: pip install 'backup-medic[pictures]'"


def check_pictures(reader: Reader, guide: Guide) -> None:
    """Check that there is a picture wherever one is needed, and that it can be drawn and read."""
    if ENGLISH in guide.responses:
        _Pictures(reader, guide).check()


@dataclass(frozen=True, slots=True)
class _Pictures:
    reader: Reader
    guide: Guide

    def check(self) -> None:
        drawn: dict[Picture, tuple[str, str]] = {}
        for fix in self.guide.fixes.values():
            self._has_one(fix)
            self._has_all_buttons(fix)
            for language in self.guide.responses if fix.picture is not None else ():
                drawn |= dict.fromkeys(self._in(fix, language), (language, fix.id))
        self._measure(drawn)

    def _has_one(self, fix: Fix) -> None:
        steps = self.guide.responses[ENGLISH].groups["fixes"].get(fix.id, {}).get("steps")
        if fix.picture is None and isinstance(steps, tuple) and shown_path(steps):
            self.reader.find(
                FIXES, [fix.id], f"{fix.id} leads into Settings, and people would rather see that than read it: add `picture:`"
            )
        if fix.picture is None and any(
            set(self.guide.facts[fact].values) & PRESSES.keys() for fact in fix.needs if fact in self.guide.facts
        ):
            self.reader.find(FIXES, [fix.id], f"{fix.id} needs the phone's buttons, and people would rather see them: add `picture:`")

    def _has_all_buttons(self, fix: Fix) -> None:
        fact = self.guide.facts.get(fix.picture.buttons) if fix.picture is not None else None
        if fact is not None and (unknown := sorted(set(fact.values) - PRESSES.keys())):
            known = ", ".join(PRESSES)
            self.reader.find(FACTS, [fact.id], f"no picture shows the buttons {', '.join(unknown)}; there are {known}")

    def _in(self, fix: Fix, language: str) -> list[Picture]:
        """The pictures of a fix in a language; none where its words are shown in English instead."""
        try:
            return list(pictures(self.guide, fix, language))
        except MissingText:
            return []
        except CannotShow as lack:
            self.reader.find(file_of(language, "fixes"), [fix.id, "steps"], f"the picture of {fix.id} cannot be drawn: {lack}")
            return []

    # --- can it be read? ---

    def _measure(self, drawn: dict[Picture, tuple[str, str]]) -> None:
        try:
            from bot.drawing import lay_out  # noqa: PLC0415 - only with the extra
        except ModuleNotFoundError:
            self.reader.find(FIXES, [], NO_PILLOW, warning=True)
            return
        for picture, (language, fix) in drawn.items():
            for problem in problems(lay_out(picture), language):
                self.reader.find(file_of(language, "fixes"), [fix, "steps"], f"the picture of {fix}: {problem}")


def problems(sheet: Sheet, language: str) -> Iterator[str]:
    """What could not be read on a sheet."""
    from bot.drawing import PHONE, SMALLEST, WIDTH, lacking  # noqa: PLC0415 - only with the extra

    for words in sheet.words:
        if missing := lacking(language, words.text):
            yield f'no font has the letters {" ".join(missing)} of "{words.text}": see docs/pictures.md'
        if not words.fits:
            yield f'there is no room for "{words.text}": shorten it'
        if words.size * PHONE / WIDTH < SMALLEST:
            yield f'"{words.text}" is {words.size * PHONE / WIDTH:.1f} pixels high on a phone, and {SMALLEST:.0f} can be read'
    if sheet.height > TALLEST * WIDTH:
        yield f"it is {sheet.height / WIDTH:.1f} times as high as wide, and {TALLEST} can be read: show fewer rows"
