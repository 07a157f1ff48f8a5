"""The small things on a sheet: icons, switches, chevrons, numbers, and the finger that taps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from bot.drawing.lettering import Style, fitted
from bot.drawing.sheet import Cut, Point, Sheet, cut_stencil

HAND: Final[tuple[tuple[Point, Point, float], ...]] = (
    ((-40, 96), (-4, 138), 14),
    ((79, 92), (77, 120), 13),
    ((54, 80), (54, 116), 14),
    ((27, 72), (27, 112), 14),
    ((20, 128), (58, 130), 34),
    ((0, 15), (0, 118), 15),
)
"""Thumb, three bent fingers, palm, and the finger that points up to (0, 0): the ends of each, and half its thickness."""
LEANING: Final = math.radians(24)
HAND_BOX: Final = (90, 24, 260, 240)
"""How far the hand reaches: to the left of its fingertip and above it; its whole width and height."""


def hand(sheet: Sheet, x: float, y: float) -> None:
    """A hand whose finger taps this place."""
    left, above, width, height = HAND_BOX
    sheet.shape((x - left + 4, y - above + 12), _hand_shadow, "shade")
    sheet.cut((x - left, y - above, width, height), _hand(6), "ink")
    for place in range(len(HAND)):
        if place in {1, 2, 3}:  # a bent finger stands out from the palm by a dark line
            sheet.cut((x - left, y - above, width, height), _hand(3, place, place + 1), "ink")
        sheet.cut((x - left, y - above, width, height), _hand(0, place, place + 1), "skin")
    sheet.cut((x - left, y - above, width, height), _hand(-5, 4), "skin")


def _hand_shadow() -> Image.Image:
    *_, width, height = HAND_BOX
    return cut_stencil(width, height, _hand(6)).filter(ImageFilter.GaussianBlur(9)).point(lambda value: value * 0.6)


def _hand(grown: float, first: int = 0, last: int = len(HAND)) -> Cut:
    def turned(point: Point, fine: float) -> Point:
        across, down = point
        x = across * math.cos(LEANING) + down * math.sin(LEANING)
        y = down * math.cos(LEANING) - across * math.sin(LEANING)
        return (x + HAND_BOX[0]) * fine, (y + HAND_BOX[1]) * fine

    def cut(pen: ImageDraw.ImageDraw, fine: float) -> None:
        for start, end, half in HAND[first:last]:
            _thick_line(pen, (turned(start, fine), turned(end, fine)), (half + grown) * fine)

    return cut


def _thick_line(pen: ImageDraw.ImageDraw, points: tuple[Point, ...], half: float) -> None:
    """A line through points, with round ends and joints."""
    pen.line(points, 255, round(2 * half))
    for x, y in points:
        pen.ellipse((x - half, y - half, x + half, y + half), 255)


def chevron(sheet: Sheet, place: Point, size: float, colour: str, *, down: bool = False) -> None:
    """A chevron around a place: to the right, or downwards."""
    x, y = place
    half, thick = size / 2, max(size / 7, 4)
    box = round(size + 4 * thick)

    def cut(pen: ImageDraw.ImageDraw, fine: float) -> None:
        middle = box / 2
        ends = ((-half / 2, -half), (half / 2, 0), (-half / 2, half))
        points = tuple(((middle + (y if down else x)) * fine, (middle + (x if down else y)) * fine) for x, y in ends)
        _thick_line(pen, points, thick / 2 * fine)

    sheet.cut((x - box / 2, y - box / 2, box, box), cut, colour)


def arrow(sheet: Sheet, tip: Point, length: float, colour: str, *, way: Point) -> None:
    """An arrow, by its tip. way: its direction, such as (1, 0) for to the right."""
    x, y = tip
    across, down = way
    reach = length + 40

    def cut(pen: ImageDraw.ImageDraw, fine: float) -> None:
        def at(back: float, aside: float) -> Point:
            return (reach - across * back - down * aside) * fine, (reach - down * back + across * aside) * fine

        _thick_line(pen, (at(length, 0), at(30, 0)), 9 * fine)
        pen.polygon((at(0, 0), at(40, 30), at(40, -30)), 255)

    sheet.cut((x - reach, y - reach, 2 * reach, 2 * reach), cut, colour)


def fruit(sheet: Sheet, x: float, y: float, size: float, colour: str) -> None:
    """An apple, such as one sees in an orchard: it stands for the logo that appears."""

    def cut(pen: ImageDraw.ImageDraw, fine: float) -> None:
        whole = size * fine
        for left in (0.08, 0.34):
            pen.ellipse((left * whole, 0.26 * whole, (left + 0.58) * whole, 0.96 * whole), 255)
        pen.ellipse((0.42 * whole, 0.2 * whole, 0.58 * whole, 0.34 * whole), 0)
        leaf = [(0.5, 0.22), (0.54, 0.08), (0.7, 0.0), (0.67, 0.14)]
        pen.polygon([(across * whole, down * whole) for across, down in leaf], 255)

    sheet.cut((x - size / 2, y - size / 2, size, size), cut, colour)


def number(sheet: Sheet, x: float, y: float, count: int, size: int = 68) -> None:
    """A number in a disc, around a place."""
    sheet.rounded((x - size / 2 - 6, y - size / 2 - 6, size + 12, size + 12), size, "card")
    sheet.rounded((x - size / 2, y - size / 2, size, size), size / 2, "accent")
    figure = fitted(str(count), Style("en", (round(size * 0.62),), bold=True), size, 1)
    sheet.write((x, y - figure.height / 2), figure, "on-accent", centred=True)


def switch(sheet: Sheet, x: float, y: float, *, on: bool) -> None:
    """A switch around a place."""
    width, height, knob = 136, 82, 70
    sheet.rounded((x - width / 2, y - height / 2, width, height), height / 2, "green" if on else "off")
    knob_x = x + (width - knob) / 2 - 6 if on else x - (width - knob) / 2 + 6
    sheet.shadow((knob_x - knob / 2, y - knob / 2 + 3, knob, knob), knob / 2, 5)
    sheet.rounded((knob_x - knob / 2, y - knob / 2, knob, knob), knob / 2, "knob")


# --- icons ------------------------------------------------------------------------------------------------------------------


def icon(sheet: Sheet, x: float, y: float, name: str, size: int = 76) -> None:
    """A picture before a row, around a place; without a name only its place."""
    colour, cut = ICONS.get(name, ("ghost", None))
    round_ = name == "person"
    sheet.rounded((x - size / 2, y - size / 2, size, size), size / 2 if round_ else size * 0.24, colour)
    if cut is not None:
        sheet.cut((x - size / 2, y - size / 2, size, size), lambda pen, fine: cut(pen, size * fine), "on-accent")


def _wifi(pen: ImageDraw.ImageDraw, size: float) -> None:
    middle, low = size / 2, size * 0.74
    for reach in (0.48, 0.31):
        far = size * reach
        pen.arc((middle - far, low - far, middle + far, low + far), 225, 315, 255, round(size * 0.09))
    pen.pieslice((middle - size * 0.14, low - size * 0.14, middle + size * 0.14, low + size * 0.14), 225, 315, 255)


def _gear(pen: ImageDraw.ImageDraw, size: float) -> None:
    middle = size / 2
    for tooth in range(8):
        angle = tooth * math.pi / 4
        end = (middle + math.cos(angle) * size * 0.33, middle + math.sin(angle) * size * 0.33)
        _thick_line(pen, ((middle, middle), end), size * 0.06)
    for reach, colour in ((0.27, 255), (0.13, 0)):
        far = size * reach
        pen.ellipse((middle - far, middle - far, middle + far, middle + far), colour)


def _cloud(pen: ImageDraw.ImageDraw, size: float) -> None:
    for x, y, reach in ((0.31, 0.58, 0.13), (0.46, 0.45, 0.18), (0.67, 0.54, 0.15)):
        pen.ellipse(((x - reach) * size, (y - reach) * size, (x + reach) * size, (y + reach) * size), 255)
    pen.rounded_rectangle((size * 0.19, size * 0.52, size * 0.81, size * 0.71), size * 0.1, 255)


def _backup(pen: ImageDraw.ImageDraw, size: float) -> None:
    middle, far = size / 2, size * 0.3
    pen.arc((middle - far, middle - far, middle + far, middle + far), 20, 310, 255, round(size * 0.085))
    tip = (middle + far * 1.02, middle - far * 0.06)
    pen.polygon((tip, (tip[0] - size * 0.22, tip[1] - size * 0.05), (tip[0] + size * 0.03, tip[1] - size * 0.23)), 255)


def _person(pen: ImageDraw.ImageDraw, size: float) -> None:
    middle = size / 2
    pen.ellipse((middle - size * 0.16, size * 0.2, middle + size * 0.16, size * 0.52), 255)
    pen.pieslice((middle - size * 0.31, size * 0.58, middle + size * 0.31, size * 1.2), 180, 360, 255)


ICONS: Final[Mapping[str, tuple[str, Callable[[ImageDraw.ImageDraw, float], None]]]] = {
    "wifi": ("accent", _wifi),
    "gear": ("grey", _gear),
    "cloud": ("accent", _cloud),
    "backup": ("green", _backup),
    "person": ("grey", _person),
}
"""Name -> the colour of its square, and how it is cut into that."""
