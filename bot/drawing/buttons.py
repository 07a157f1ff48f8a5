"""The buttons at the edge of a phone: where they are, and in which order they are pressed or held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from bot.drawing.lettering import Lines, Style, fitted
from bot.drawing.marks import arrow, fruit, hand, number
from bot.drawing.sheet import WIDTH, Point, Sheet
from bot.model import Picture, Press

TOP: Final = 150
PHONE_WIDTH: Final = 520
LEFT: Final = (WIDTH - PHONE_WIDTH) / 2
RIGHT: Final = LEFT + PHONE_WIDTH
BEZEL: Final = 18
SHOWN: Final = 560
"""How much of a phone without a Home button is seen: its buttons are all in the upper half."""
WHOLE: Final = 960
CARD: Final = 60
NAME: Final = (54, 50, 46)
HOW: Final = (46, 42, 40)
PADDING: Final = 40
TO_THE_RIGHT: Final[Point] = (1, 0)
TO_THE_LEFT: Final[Point] = (-1, 0)
DOWNWARDS: Final[Point] = (0, 1)


class _Key(NamedTuple):
    """A button: its place on the edge of the phone, and from where it is pressed."""

    x: float
    y: float
    width: float
    height: float
    way: Point


SIDE: Final = _Key(RIGHT - 6, TOP + 190, 22, 150, TO_THE_LEFT)
KEYS: Final[Mapping[str, _Key]] = {
    "volume-up": _Key(LEFT - 16, TOP + 170, 22, 104, TO_THE_RIGHT),
    "volume-down": _Key(LEFT - 16, TOP + 310, 22, 104, TO_THE_RIGHT),
    "side": SIDE,
    "power-side": SIDE,
    "power-top": _Key(RIGHT - 190, TOP - 16, 110, 22, DOWNWARDS),
}
HOME: Final = "home"
"""The round button below the screen, which is tapped and not at the edge."""


class _Laid(NamedTuple):
    press: Press
    name: Lines
    how: Lines
    height: int


def lay_out_buttons(picture: Picture) -> Sheet:
    """A phone with its buttons, and below it what is done with each, on a sheet."""
    sheet = Sheet()
    used = [key for press in picture.presses for key in press.keys]
    legend = [_laid(press, picture.language, numbered=len(picture.presses) > 1) for press in picture.presses]
    top = TOP + (WHOLE + 48 if HOME in used else SHOWN)
    height = sum(laid.height for laid in legend)
    sheet.height = round(top + height + CARD)
    _phone(sheet, WHOLE if HOME in used else SHOWN + 200, used)
    for count, press in enumerate(picture.presses, 1):
        _mark(sheet, press, count if len(picture.presses) > 1 else 0)
    sheet.shadow((CARD, top + 10, WIDTH - 2 * CARD, height), 48, 18)
    sheet.rounded((CARD, top, WIDTH - 2 * CARD, height), 48, "card")
    for count, laid in enumerate(legend, 1):
        _legend(sheet, top, laid, count if len(legend) > 1 else 0, last=count == len(legend))
        top += laid.height
    return sheet


def _laid(press: Press, language: str, *, numbered: bool) -> _Laid:
    room = WIDTH - 2 * CARD - 2 * PADDING - (110 if numbered else 0)
    name = fitted(" + ".join(press.names), Style(language, NAME, bold=True), room)
    how = fitted(press.how, Style(language, HOW), room)
    return _Laid(press, name, how, name.height + 6 + how.height + 2 * PADDING)


def _phone(sheet: Sheet, height: float, used: list[str]) -> None:
    """The phone with its buttons; those that are not used stay grey."""
    for name in ("volume-up", "volume-down", "side"):
        key = KEYS[name]
        sheet.rounded((key.x + (6 if key.way == TO_THE_RIGHT else -6), key.y, key.width, key.height), 9, "key")
    sheet.shadow((LEFT, TOP + 14, PHONE_WIDTH, height), 96, 24)
    for name in used:
        if name in KEYS:
            key = KEYS[name]
            sheet.rounded((key.x - 6, key.y - 6, key.width + 12, key.height + 12), 17, "tint")
            sheet.rounded((key.x, key.y, key.width, key.height), 11, "accent")
    sheet.rounded((LEFT, TOP, PHONE_WIDTH, height), 96, "frame")
    if HOME in used:
        sheet.rounded((LEFT + BEZEL, TOP + 130, PHONE_WIDTH - 2 * BEZEL, height - 290), 12, "glass")
        sheet.rounded((WIDTH / 2 - 60, TOP + 62, 120, 14), 7, "glass")
        sheet.rounded((WIDTH / 2 - 62, TOP + height - 142, 124, 124), 62, "accent")
        sheet.rounded((WIDTH / 2 - 52, TOP + height - 132, 104, 104), 52, "frame")
    else:
        sheet.rounded((LEFT + BEZEL, TOP + BEZEL, PHONE_WIDTH - 2 * BEZEL, height - 2 * BEZEL), 80, "glass")
        sheet.rounded((WIDTH / 2 - 78, TOP + BEZEL + 22, 156, 44), 22, "frame")
    fruit(sheet, WIDTH / 2, TOP + (360 if HOME in used else 310), 150, "logo")


def _mark(sheet: Sheet, press: Press, count: int) -> None:
    """An arrow at each button of a press, with its number (0: it is the only one)."""
    for name in press.keys:
        if name == HOME:
            hand(sheet, WIDTH / 2 + 16, TOP + WHOLE - 76)
            continue
        x, y, width, height, (across, down) = KEYS[name]
        tip_x = x + width / 2 - across * (width / 2 + 18)
        tip_y = y + height / 2 - down * (height / 2 + 18)
        length = 84 if down else 116
        arrow(sheet, (tip_x, tip_y), length, "accent", way=(across, down))
        if count:
            number(sheet, tip_x - across * (length + 34), tip_y - down * (length + 34), count, 76)


def _legend(sheet: Sheet, top: float, laid: _Laid, count: int, *, last: bool) -> None:
    """A row of the card below the phone: its number, the name of the button, and what is done with it."""
    x: float = CARD + PADDING
    if count:
        number(sheet, x + 38, top + laid.height / 2, count, 76)
        x += 110
    sheet.write((x, top + PADDING), laid.name, "text")
    sheet.write((x, top + PADDING + laid.name.height + 6), laid.how, "accent" if laid.press.hold else "faint")
    if not last:
        sheet.rounded((x, top + laid.height - 1, WIDTH - CARD - x, 3), 1, "line")
