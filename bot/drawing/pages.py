"""The way through Settings: a phone on which page follows page, on each the row to tap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.drawing.lettering import Lines, Style, fitted
from bot.drawing.marks import chevron, hand, icon, number, switch
from bot.drawing.sheet import WIDTH, Sheet
from bot.model import Picture, Row, Tap

EDGE: Final = 56
"""From the edge of the picture to the phone."""
BEZEL: Final = 20
LEFT: Final = EDGE + BEZEL + 44
RIGHT: Final = WIDTH - LEFT
TOP: Final = EDGE + BEZEL + 112
TITLE: Final = (64, 58, 52, 46)
LABEL: Final = (54, 50, 46)
ORIGINAL: Final = (42, 40)
BETWEEN: Final = 62
"""From one page to the next."""
PADDING: Final = 42
ICON: Final = 76
ROOMY: Final = 2
"""So many pages leave room for more around each, and show only the upper part of a phone."""


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row with its words in lines, and the height that it takes."""

    row: Row
    label: Lines
    original: Lines | None
    height: int


def lay_out_pages(picture: Picture) -> Sheet:
    """The way through Settings, on a sheet."""
    sheet = Sheet()
    title = fitted(picture.title, Style(picture.language, TITLE, bold=True), RIGHT - LEFT, 1)
    rows = [_laid(row, picture.language) for row in picture.rows]
    ghost = 88 if len(rows) <= ROOMY else 46
    tops: list[float] = []
    y: float = TOP + title.height + 26
    for row in rows:
        tops.append(y)
        y += row.height + 2 * ghost + BETWEEN
    below = y - BETWEEN + 78
    sheet.height = round(below + (-16 if len(rows) <= ROOMY else BEZEL + EDGE))
    _phone(sheet, below + (400 if len(rows) <= ROOMY else 0))
    sheet.write((LEFT + 8, TOP), title, "text")
    for count, (top, row) in enumerate(zip(tops, rows, strict=True), 1):
        if count > 1:
            chevron(sheet, (WIDTH / 2, top - BETWEEN / 2), 34, "accent", down=True)
        _page(sheet, top, row, ghost, first=count == 1)
    for count, (top, row) in enumerate(zip(tops, rows, strict=True), 1):
        _mark(sheet, top + _above(row, ghost, first=count == 1), row, count if len(rows) > 1 else 0)
    last = tops[-1] + _above(rows[-1], ghost, first=len(rows) == 1) + rows[-1].height / 2
    hand(sheet, RIGHT - (104 if rows[-1].row.tap in {Tap.ON, Tap.OFF} else 76), last + 10)
    return sheet


def _laid(row: Row, language: str) -> _Laid:
    switches = row.tap in {Tap.ON, Tap.OFF}
    before = ICON + 32 if row.icon or row.tap is Tap.PERSON else 0
    room = RIGHT - LEFT - 2 * PADDING - before - (190 if switches else 120)
    label = fitted(row.label, Style(language, LABEL), room)
    original = fitted(row.original, Style(language, ORIGINAL), room) if row.original else None
    words = label.height + (original.height + 4 if original else 0)
    return _Laid(row, label, original, max(words + 2 * PADDING, ICON + 2 * PADDING + (16 if row.tap is Tap.PERSON else 0)))


def _above(row: _Laid, ghost: int, *, first: bool) -> int:
    """The height of what stands above the row on its page: a person's name comes first."""
    return 0 if first and row.row.tap is Tap.PERSON else ghost


def _phone(sheet: Sheet, below: float) -> None:
    """The phone, from the top down to there."""
    width, height = WIDTH - 2 * EDGE, below + BEZEL - EDGE
    sheet.shadow((EDGE, EDGE + 14, width, height), 112, 22)
    for x, y, tall in ((EDGE - 8, 300, 90), (EDGE - 8, 420, 90), (WIDTH - EDGE - 6, 350, 150)):
        if y + tall < below - 60:
            sheet.rounded((x, y, 14, tall), 7, "key")
    sheet.rounded((EDGE, EDGE, width, height), 112, "frame")
    sheet.rounded((EDGE + BEZEL, EDGE + BEZEL, width - 2 * BEZEL, height - 2 * BEZEL), 94, "screen")
    sheet.rounded((WIDTH / 2 - 104, EDGE + BEZEL + 26, 208, 56), 28, "glass")
    sheet.rounded((WIDTH / 2 - 150, below - 28, 300, 10), 5, "faint")


def _page(sheet: Sheet, top: float, row: _Laid, ghost: int, *, first: bool) -> None:
    """A page: the card with the row's place, and shapes of the rows around it that do not matter."""
    above = _above(row, ghost, first=first)
    height = row.height + 2 * ghost
    sheet.rounded((LEFT, top, RIGHT - LEFT, height), 40, "card")
    others = [top] if above else [top + row.height + ghost]
    for y in (*others, top + above + row.height):
        _ghost(sheet, y, ghost)
    for y in (top + above, top + above + row.height):
        if y not in {top, top + height}:
            sheet.rounded((LEFT + PADDING + ICON + 30, y - 1, RIGHT - LEFT - PADDING - ICON - 30, 3), 1, "line")
    if not above:
        sheet.rounded((LEFT + PADDING + ICON + 30, top + row.height + ghost - 1, RIGHT - LEFT - PADDING - ICON - 30, 3), 1, "line")


def _ghost(sheet: Sheet, y: float, height: int) -> None:
    """The shape of a row that does not matter."""
    size = min(height - 14, 52)
    middle = y + height / 2
    sheet.rounded((LEFT + PADDING + (ICON - size) / 2, middle - size / 2, size, size), size * 0.26, "ghost")
    sheet.rounded((LEFT + PADDING + ICON + 32, middle - 10, 250 + y % 7 * 26, 20), 10, "ghost")


def _mark(sheet: Sheet, top: float, laid: _Laid, count: int) -> None:
    """The row to tap, marked, with its number on the way (0: it is the only one)."""
    row, middle = laid.row, top + laid.height / 2
    sheet.shadow((LEFT - 16, top - 2, RIGHT - LEFT + 32, laid.height + 4), 34, 12)
    sheet.rounded((LEFT - 16, top - 8, RIGHT - LEFT + 32, laid.height + 16), 34, "accent")
    sheet.rounded((LEFT - 9, top - 1, RIGHT - LEFT + 18, laid.height + 2), 28, "tint")
    x: float = LEFT + PADDING
    if row.icon or row.tap is Tap.PERSON:
        size = ICON + (16 if row.tap is Tap.PERSON else 0)
        icon(sheet, x + ICON / 2, middle, "person" if row.tap is Tap.PERSON else row.icon, size)
        x += ICON + 32
    words = laid.label.height + (laid.original.height + 4 if laid.original else 0)
    sheet.write((x, middle - words / 2), laid.label, "accent" if row.tap is Tap.PRESS else "text")
    if laid.original:
        sheet.write((x, middle - words / 2 + laid.label.height + 4), laid.original, "faint")
    if row.tap in {Tap.ON, Tap.OFF}:
        switch(sheet, RIGHT - PADDING - 66, middle, on=row.tap is Tap.ON)
    elif row.tap is not Tap.PRESS:
        chevron(sheet, (RIGHT - PADDING - 14, middle), 32, "faint")
    if count:
        number(sheet, LEFT - 18, middle, count)
