"""A sheet to lay a picture out on: shapes and words in their places, and painted in one scheme or the other when they are all there.

Colours are named by what they are for. Pillow draws no smooth edges: shapes are cut as stencils several times as large, and reduced.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from bot.drawing.lettering import LEADING, Lines

WIDTH: Final = 1080
FINER: Final = 4
"""How many times as large a stencil is cut."""
COARSER: Final = 4
"""How many times as small a shadow is: nobody sees it, and it takes a twentieth of the time."""


class Scheme(StrEnum):
    """How a screen looks: dark words on light, or the other way round."""

    LIGHT = "light"
    DARK = "dark"


COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "wall-top": ("#c9d9f3", "#27314a"),
    "wall-bottom": ("#a9c0e8", "#161c2d"),
    "frame": ("#1d1d20", "#3a3b40"),
    "key": ("#57585e", "#6d6e75"),
    "screen": ("#f2f2f7", "#000000"),
    "card": ("#ffffff", "#1c1c1e"),
    "line": ("#dcdce2", "#38383a"),
    "ghost": ("#e4e4ea", "#2f2f33"),
    "text": ("#0b0b0f", "#ffffff"),
    "faint": ("#63636b", "#a5a5ae"),
    "accent": ("#0a6cf5", "#3d95ff"),
    "tint": ("#e3eeff", "#12294a"),
    "on-accent": ("#ffffff", "#ffffff"),
    "green": ("#30b853", "#30d158"),
    "red": ("#d93a30", "#ff6961"),
    "amber": ("#e08a00", "#ffb340"),
    "off": ("#d3d3da", "#4b4b51"),
    "knob": ("#ffffff", "#ffffff"),
    "grey": ("#8e8e93", "#7c7c82"),
    "skin": ("#ffffff", "#f4f4f6"),
    "ink": ("#22252c", "#0d0f14"),
    "shade": ("#51618a", "#000000"),
    "glass": ("#0d0e12", "#050506"),
    "logo": ("#f4f5f8", "#f4f5f8"),
}
"""What a colour is for -> it in the light scheme, and in the dark one."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width, height."""
Stencil = Image.Image
Cut = Callable[[ImageDraw.ImageDraw, float], None]
"""Cuts a shape out of a stencil that is so many times as large."""
Paint = Callable[[Image.Image, Callable[[str], str]], None]


@dataclass(frozen=True, slots=True)
class Words:
    """A line on the sheet, for who measures it: how large its letters are, whether it fits its place, and what it covers."""

    text: str
    size: int
    fits: bool
    box: Box


@dataclass(slots=True)
class Sheet:
    """Shapes and words, in the order in which they are painted. ground: the colours above and below of what they lie on."""

    height: int = 0
    width: int = WIDTH
    ground: tuple[str, str] = ("wall-top", "wall-bottom")
    words: list[Words] = field(default_factory=list)
    paints: list[Paint] = field(default_factory=list)

    # --- laying out ---

    def rounded(self, box: Box, radius: float, colour: str) -> None:
        """A rectangle with round corners."""
        x, y, width, height = box
        self.shape((x, y), lambda: rounded_stencil(round(width), round(height), round(radius)), colour)

    def shadow(self, box: Box, radius: float, soft: int) -> None:
        """What a rectangle throws on what lies below it."""
        x, y, width, height = box

        def stencil() -> Stencil:
            size = (round(width) + 4 * soft, round(height) + 4 * soft)
            small = [side // COARSER for side in size]
            wide = Image.new("L", (small[0], small[1]))
            wide.paste(110, (2 * soft // COARSER,) * 2, _coarse(width, height, radius))
            return wide.filter(ImageFilter.GaussianBlur(soft / COARSER)).resize(size)

        self.shape((x - 2 * soft, y - 2 * soft), stencil, "shade")

    def cut(self, box: Box, cut: Cut, colour: str) -> None:
        """A shape of any form, cut within this place."""
        x, y, width, height = box
        self.shape((x, y), lambda: cut_stencil(round(width), round(height), cut), colour)

    def shape(self, place: Point, stencil: Callable[[], Stencil], colour: str) -> None:
        """Anything that has a stencil; place is its left upper corner."""

        def paint(image: Image.Image, colours: Callable[[str], str]) -> None:
            x, y = place
            image.paste(colours(colour), (round(x), round(y)), stencil())

        self.paints.append(paint)

    def write(self, place: Point, lines: Lines, colour: str, *, centred: bool = False) -> None:
        """Lines of text, from this place on downwards. They begin there, or are centred below it."""
        x, y = place
        step = lines.size * LEADING
        for number, line in enumerate(lines.lines):
            width = lines.letters.getlength(line)
            self.words.append(Words(line, lines.size, lines.fits, (x - width / 2 if centred else x, y + number * step, width, step)))

        def paint(image: Image.Image, colours: Callable[[str], str]) -> None:
            pen = ImageDraw.Draw(image)
            for number, line in enumerate(lines.lines):
                middle = y + number * step + step / 2
                pen.text((x, middle + lines.size * 0.36), line, colours(colour), lines.letters, "ms" if centred else "ls")

        self.paints.append(paint)

    # --- painting ---

    def paint(self, scheme: Scheme) -> bytes:
        """The sheet as PNG."""
        place = list(Scheme).index(scheme)

        def colours(name: str) -> str:
            return COLOURS[name][place]

        image = _wall((self.width, self.height), *map(colours, self.ground))
        for paint in self.paints:
            paint(image, colours)
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()


def _wall(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    """What everything lies on, from one colour to the other."""
    if top == bottom:
        return Image.new("RGB", size, top)
    slope = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), slope)


def _coarse(width: float, height: float, radius: float) -> Stencil:
    return rounded_stencil(round(width / COARSER), round(height / COARSER), round(radius / COARSER))


@cache
def rounded_stencil(width: int, height: int, radius: int) -> Stencil:
    """A rectangle with round corners. Only the corners are cut finely: there can be much between them."""
    radius = max(min(radius, width // 2, height // 2), 1)
    disc = cut_stencil(2 * radius, 2 * radius, lambda pen, fine: pen.ellipse((0, 0, 2 * radius * fine - 1, 2 * radius * fine - 1), 255))
    stencil = Image.new("L", (width, height), 255)
    for x, part_x in ((0, 0), (width - radius, radius)):
        for y, part_y in ((0, 0), (height - radius, radius)):
            stencil.paste(disc.crop((part_x, part_y, part_x + radius, part_y + radius)), (x, y))
    return stencil


def cut_stencil(width: int, height: int, cut: Cut) -> Stencil:
    """A shape of any form, with smooth edges."""
    large = Image.new("L", (width * FINER, height * FINER))
    cut(ImageDraw.Draw(large), FINER)
    return large.reduce(FINER)
