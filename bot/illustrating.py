"""Which picture a fix has, and what it shows: drawn from the fix's own steps, so that words and picture never differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from bot.model import ENGLISH, Fix, Picture, Press, Row, Sketch, Tap


class _Buttons(NamedTuple):
    """What is done with some buttons at once: which, and under which names in replies.yaml their words stand."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    how: str
    hold: bool = False


UP: Final = _Buttons(("volume-up",), ("picture-volume-up",), "picture-press")
DOWN: Final = _Buttons(("volume-down",), ("picture-volume-down",), "picture-press")
SIDE: Final = _Buttons(("side",), ("picture-side",), "picture-hold", hold=True)
DOWN_AND_SIDE: Final = _Buttons(("volume-down", "side"), ("picture-volume-down", "picture-side"), "picture-hold-both", hold=True)
HOME_AND_POWER: Final = _Buttons(("home", "power-side", "power-top"), ("picture-home", "picture-power"), "picture-hold-both", hold=True)
PRESSES: Final[Mapping[str, tuple[_Buttons, ...]]] = {
    "volume-keys": (UP, DOWN, SIDE),
    "volume-down": (DOWN_AND_SIDE,),
    "home": (HOME_AND_POWER,),
}
"""How a phone is forced to restart, by the buttons that do it."""
ICONS: Final = {"Wi-Fi": "wifi", "General": "gear", "iCloud": "cloud", "iCloud Backup": "backup"}
"""What stands before a row of Settings, by its English label."""

_PATH: Final = re.compile(r"`([^`\n]*›[^`\n]*)`")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_BRACKETS: Final = re.compile(r"\s*[(（]([^()（）]+)[)）]$")


class CannotShow(Exception):
    """The steps lack what the picture is to be drawn from; says what."""


def has_picture(fix: Fix, facts: Mapping[str, str]) -> bool:
    """Whether a fix has a picture that is right for this phone."""
    sketch = fix.picture
    if sketch is None or any(facts.get(fact) in values for fact, values in sketch.unless.items()):
        return False
    return not sketch.buttons or facts.get(sketch.buttons) in PRESSES


def shown_path(steps: Sequence[str]) -> bool:
    """Whether steps name a place in Settings, so that people would rather see it than read it."""
    return any(_PATH.search(step) for step in steps)


def path_picture(sketch: Sketch, language: str, steps: Sequence[str], english: Sequence[str]) -> Picture:
    """The way through Settings that steps name. english: the same steps in English, for the icons. Raises CannotShow."""
    title, *labels = _path(sketch, steps)
    originals = _path(sketch, english)[1:]
    rows = [_row(label, language, ICONS.get(original, "")) for label, original in zip(labels, originals, strict=False)]
    if len(labels) != len(originals):
        raise CannotShow(f"step {sketch.path} names {len(labels)} rows of Settings, and in English {len(originals)}")
    ends = {Tap.OPEN: sketch.row, Tap.PRESS: sketch.action, Tap.ON if sketch.on else Tap.OFF: sketch.switch}
    for tap, step in ends.items():
        if step:
            rows.append(Row(*_parted(_bold(steps, step), language), tap))
    return Picture(language, _parted(title, language)[0], tuple(rows))


def buttons_picture(buttons: str, language: str, words: Callable[[str], str]) -> Picture:
    """The buttons that restart a phone. buttons: which; words: a name of replies.yaml -> its text."""
    presses = (Press(press.keys, tuple(words(name) for name in press.names), words(press.how), press.hold) for press in PRESSES[buttons])
    return Picture(language, presses=tuple(presses))


def _path(sketch: Sketch, steps: Sequence[str]) -> list[str]:
    """The labels of the Settings path in the step of the sketch."""
    found = _PATH.search(_step(steps, sketch.path))
    if found is None:
        raise CannotShow(f"step {sketch.path} names no path in Settings")
    return [label.strip() for label in found[1].split("›")]


def _bold(steps: Sequence[str], number: int) -> str:
    found = _BOLD.search(_step(steps, number))
    if found is None:
        raise CannotShow(f"step {number} names nothing in bold")
    return found[1]


def _step(steps: Sequence[str], number: int) -> str:
    if number > len(steps):
        raise CannotShow(f"there is no step {number}")
    return steps[number - 1]


def _row(label: str, language: str, icon: str) -> Row:
    if label.startswith("["):
        return Row(label.strip("[]"), tap=Tap.PERSON)
    shown, original = _parted(label, language)
    return Row(shown, original, icon=icon)


def _parted(label: str, language: str) -> tuple[str, str]:
    """A label, and the English one that stands in brackets behind it where it is not confirmed."""
    found = _BRACKETS.search(label) if language != ENGLISH else None
    return (label[: found.start()], found[1]) if found else (label, "")
