"""A chart of a few days, for a phone's screen: a column for each, of parts in the colours that the legend names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.drawing.lettering import Style, fitted
from bot.drawing.sheet import WIDTH, Scheme, Sheet

LANGUAGE: Final = "en"
EDGE: Final = 36
PADDING: Final = 56
TITLE: Final = Style(LANGUAGE, (50, 44), bold=True)
SMALL: Final = Style(LANGUAGE, (39,))
FIGURE: Final = Style(LANGUAGE, (44,), bold=True)
TALLEST: Final = 420
"""The height of the highest column."""
TOP: Final = EDGE + PADDING + 240
"""Where that one begins."""
SWATCH: Final = 34
LINE: Final = 48


@dataclass(frozen=True, slots=True)
class Column:
    """A day: its name below, word by word, and the sizes of its parts from the bottom up, in the order of the legend."""

    name: str
    sizes: tuple[int, ...]


def draw_chart(title: str, legend: Sequence[tuple[str, str]], columns: Sequence[Column], scheme: Scheme = Scheme.LIGHT) -> bytes:
    """The chart as PNG. legend: colour -> what it stands for, as pairs."""
    return lay_out_chart(title, legend, columns).paint(scheme)


def lay_out_chart(title: str, legend: Sequence[tuple[str, str]], columns: Sequence[Column]) -> Sheet:
    """The chart with everything in its place, not painted yet."""
    left, right = EDGE + PADDING, WIDTH - EDGE - PADDING
    below = TOP + TALLEST
    sheet = Sheet(height=below + 20 + 2 * LINE + PADDING + EDGE)
    sheet.rounded((EDGE, EDGE, WIDTH - 2 * EDGE, sheet.height - 2 * EDGE), 48, "card")
    sheet.write((left, EDGE + PADDING - 8), fitted(title, TITLE, right - left, 1), "text")
    _lay_out_legend(sheet, left, EDGE + PADDING + 84, legend)
    most = max((sum(column.sizes) for column in columns), default=0)
    step = (right - left) / max(len(columns), 1)
    for place, column in enumerate(columns):
        _lay_out_column(sheet, (left + place * step, step), column, [colour for colour, _ in legend], TALLEST / most if most else 0)
    sheet.rounded((left, below, right - left, 4), 2, "line")
    return sheet


def _lay_out_legend(sheet: Sheet, left: float, top: float, legend: Sequence[tuple[str, str]]) -> None:
    for colour, name in legend:
        words = fitted(name, SMALL, WIDTH, 1)
        sheet.rounded((left, top + 6, SWATCH, SWATCH), 8, colour)
        sheet.write((left + SWATCH + 14, top), words, "faint")
        left += SWATCH + 14 + words.letters.getlength(name) + 36


def _lay_out_column(sheet: Sheet, place: tuple[float, float], column: Column, colours: Sequence[str], unit: float) -> None:
    """A column; place: where it begins, and how wide it is with the room around it. unit: pixels for each."""
    left, step = place
    y: float = TOP + TALLEST
    for colour, size in zip(colours, column.sizes, strict=True):
        height = size * unit
        if size > 0:
            sheet.rounded((left + step * 0.14, y - height, step * 0.72, max(height - 3, 3)), 8, colour)
        y -= height
    total = sum(column.sizes)
    sheet.write((left + step / 2, y - 58), fitted(_short(total), FIGURE, round(step), 1), "text" if total else "faint", centred=True)
    for line, word in enumerate(column.name.split()):
        sheet.write((left + step / 2, TOP + TALLEST + 20 + line * LINE), fitted(word, SMALL, round(step), 1), "faint", centred=True)


def _short(count: int) -> str:
    """A figure for which there is room above a column."""
    return str(count) if count < 10_000 else f"{count // 1000}k"
