"""The summary on one page of A4, to be shown or printed: in the person's language, and below each line the English one.

The rows get smaller type where there are many; where even that is too much, the least telling ones are left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.drawing.lettering import Lines as Set
from bot.drawing.lettering import Style, fitted
from bot.drawing.sheet import Point, Sheet
from bot.model import ENGLISH, Attempt, Leaflet, Lines, Outcome

SIZE: Final = (1654, 2339)
"""A4 at 200 dots to the inch."""
MARGIN: Final = 100
ROOM: Final = SIZE[0] - 2 * MARGIN
COLUMNS: Final = 3
MOST_FACTS: Final = 9
FRAME: Final = 40
NOTES: Final = 220
"""The height that is kept for what the helper writes down."""
FOOT: Final = 70
TITLE_AT: Final = MARGIN + 52
DOT: Final = 22
BASE: Final = 0.97
"""From the top of a line down to where its letters stand, in heights of the letters."""


class _Look(NamedTuple):
    """What a row may look like: the size of its type, of the English in it, and the space to the next row.

    `dense`: the English title stands beside the other, and the outcome in English is told once for all rows.
    """

    size: int
    english: int
    space: int
    dense: bool = False


LOOKS: Final = (
    *(_Look(40, 31, 26), _Look(36, 28, 20), _Look(32, 25, 14), _Look(29, 23, 9)),
    *(_Look(28, 22, 8, dense=True), _Look(25, 21, 7, dense=True)),
)
"""The best first."""
COLOURS: Final = {
    Outcome.WORKED: "green",
    Outcome.DIDNT_HELP: "red",
    Outcome.COULDNT: "amber",
    Outcome.ALREADY: "accent",
    Outcome.DECLINED: "grey",
}
TELLING: Final = (Outcome.WORKED, Outcome.DIDNT_HELP, Outcome.ALREADY, Outcome.COULDNT, Outcome.DECLINED)
"""What became of a fix, by how much it tells who helps next; what tells least is left out first."""


def lay_out_leaflet(leaflet: Leaflet) -> Sheet:
    """A leaflet on a sheet."""
    sheet = Sheet(height=SIZE[1], width=SIZE[0], ground=("card", "card"))
    page = _Page(sheet, leaflet.languages)
    y = page.heading(leaflet)
    y = page.facts(leaflet, y + 34)
    y = page.screen(leaflet, y + 14)
    left = page.left_lines(leaflet)
    end = SIZE[1] - MARGIN - FOOT - NOTES - 40 - sum(lines.height for lines in left) - (110 if left else 0)
    y = page.attempts(leaflet, y + 50, end)
    y = page.left(leaflet, left, y + 20) if left else y
    page.notes(leaflet, y + 40)
    page.foot(leaflet)
    return sheet


class _Cell(NamedTuple):
    """Words in a row: where they begin, a pair in both languages or one of them, and the colours."""

    x: float
    said: Sequence[Set]
    colours: tuple[str, str] = ("text", "faint")


@dataclass(frozen=True, slots=True)
class _Row:
    """A fix with its words in their cells, the title first, and the height that it takes."""

    outcome: Outcome
    cells: Sequence[_Cell]
    height: int


@dataclass(frozen=True, slots=True)
class _Page:
    """Puts what a leaflet says in its place, from the top down; each part returns where it ends."""

    sheet: Sheet
    languages: tuple[str, ...]

    # --- words in two languages ---

    def pair(self, lines: Lines, room: int, sizes: tuple[int, int], *, bold: bool = False, most: int = 2) -> list[Set]:
        """A text as it stands in the first language, and below it, smaller, in English. Each size may shrink by a third."""
        styles = (Style(self._language(lines, 0), _shrinking(sizes[0]), bold), Style(ENGLISH, _shrinking(sizes[1])))
        return [fitted(text, style, room, most) for text, style in zip(lines, styles, strict=False)]

    def _language(self, lines: Lines, place: int) -> str:
        """What is alike in both languages is set in the letters of the first: it has the Latin ones too."""
        return self.languages[min(place, len(lines) - 1, len(self.languages) - 1)]

    def put(self, x: float, y: float, pair: Sequence[Set], colours: tuple[str, str] = ("text", "faint")) -> float:
        for lines, colour in zip(pair, colours, strict=False):
            self.sheet.write((x, y), lines, colour)
            y += lines.height
        return y

    def label(self, lines: Lines, place: Point, room: int, size: int = 29, *, most: int = 1) -> float:
        """A small heading: both languages in a row, rather small than on more lines."""
        style = Style(self.languages[0], _shrinking(size))
        said = fitted(" · ".join(lines), style, room, 1)
        if not said.fits and most > 1:
            said = fitted(" · ".join(lines), style, room, most)
        return self.put(*place, [said], ("faint", "faint"))

    # --- the parts of a page ---

    def heading(self, leaflet: Leaflet) -> float:
        y = self.put(MARGIN, MARGIN - 20, self.pair(leaflet.title, ROOM, (70, 42), bold=True, most=1))
        return self.label(leaflet.made, (MARGIN, y + 10), ROOM, 33) if leaflet.made else y

    def facts(self, leaflet: Leaflet, y: float) -> float:
        """What is known of the phone, in columns."""
        width = ROOM // COLUMNS
        shown = leaflet.facts[:MOST_FACTS]
        for first in range(0, len(shown), COLUMNS):
            ends = [self._fact(*fact, MARGIN + place * width, y, width - 36) for place, fact in enumerate(shown[first : first + COLUMNS])]
            y = max(ends) + 24
        return y

    def _fact(self, name: Lines, value: Lines, x: float, y: float, room: int) -> float:
        y = self.label(name, (x, y), room, 27, most=2)
        if value:
            return self.put(x, y + 2, self.pair(value, room, (38, 29), bold=True, most=1))
        self.sheet.rounded((x, y + 46, room - 60, 2), 1, "faint")
        return y + 48

    def screen(self, leaflet: Leaflet, y: float) -> float:
        """The error, in a frame."""
        room = ROOM - 2 * FRAME - 10
        said = self.pair(leaflet.screen or leaflet.problems, room, (44, 33), bold=True, most=3)
        names = self.pair(leaflet.problems, room, (30, 26)) if leaflet.screen else []
        if not said:
            return y
        height = sum(lines.height for lines in (*said, *names)) + 2 * FRAME - 8 + (44 if leaflet.screen else 0) + (18 if names else 0)
        self.sheet.rounded((MARGIN, y, ROOM, height), 28, "tint")
        self.sheet.rounded((MARGIN, y, 14, height), 7, "accent")
        x, top = MARGIN + FRAME + 10, y + FRAME - 8
        if leaflet.screen:
            top = self.label(leaflet.screen_label, (x, top), room) + 8
        top = self.put(x, top, said)
        self.put(x, top + 18, names, ("faint", "faint"))
        return y + height

    def attempts(self, leaflet: Leaflet, y: float, end: float) -> float:
        """What was tried, as a table that ends before there."""
        if not leaflet.tried:
            return y
        y = self.put(MARGIN, y, self.pair(leaflet.tried_label, ROOM // 2, (44, 31), bold=True, most=1)) + 14
        look, rows, more = self._rows(leaflet.tried, int(end - y))
        if look.dense and len(self.languages) > 1:
            self._legend(leaflet.tried, y - 50)
        for row in rows:
            self._write_row(row, y)
            y += row.height
        self.sheet.rounded((MARGIN, y, ROOM, 2), 1, "line")
        return self.put(TITLE_AT, y + 8, [fitted(f"… + {more}", Style(ENGLISH, (32,)), ROOM, 1)]) if more else y

    def _write_row(self, row: _Row, y: float) -> None:
        self.sheet.rounded((MARGIN, y, ROOM, 2), 1, "line")
        top = y + (row.height - max(_height(cell.said) for cell in row.cells)) / 2
        size = row.cells[0].said[0].size
        self._dot(row.outcome, MARGIN + 4, top + size * 0.62)
        for cell in row.cells:
            self.put(cell.x, top + (size - cell.said[0].size) * BASE, cell.said, cell.colours)

    def _dot(self, outcome: Outcome, x: float, middle: float) -> None:
        self.sheet.rounded((x, middle - DOT / 2, DOT, DOT), DOT / 2, COLOURS[outcome])

    def _legend(self, tried: Sequence[Attempt], y: float) -> None:
        """What the dots mean, in English, before the right edge."""
        told = {attempt.outcome: attempt.told[-1] for attempt in tried}
        x: float = SIZE[0] - MARGIN
        for outcome in reversed([outcome for outcome in TELLING if outcome in told]):
            said = fitted(told[outcome], Style(ENGLISH, (25,)), ROOM, 1)
            x -= said.letters.getlength(said.lines[0])
            self.put(x, y, [said], ("faint", "faint"))
            self._dot(outcome, x - DOT - 10, y + 16)
            x -= DOT + 44

    def _rows(self, tried: Sequence[Attempt], room: int) -> tuple[_Look, list[_Row], int]:
        """The rows in the best look in which all fit; in the last one as many as do, and how many do not."""
        rows: list[_Row] = []
        for look in LOOKS:
            rows = [self._row(attempt, look) for attempt in tried]
            if sum(row.height for row in rows) <= room:
                return look, rows, 0
        kept: list[int] = []
        space = room - 50
        for place in sorted(range(len(rows)), key=lambda place: (TELLING.index(rows[place].outcome), place)):
            if rows[place].height <= space:
                kept.append(place)
                space -= rows[place].height
        return LOOKS[-1], [rows[place] for place in sorted(kept)], len(rows) - len(kept)

    def _row(self, attempt: Attempt, look: _Look) -> _Row:
        cells = self._dense(attempt, look) if look.dense else self._roomy(attempt, look)
        said = [cell for cell in cells if cell.said]
        return _Row(attempt.outcome, said, max(_height(cell.said) for cell in said) + look.space)

    def _roomy(self, attempt: Attempt, look: _Look) -> list[_Cell]:
        """Title, outcome and time, each with the English below it."""
        told, when = MARGIN + 790, MARGIN + 1150
        return [
            _Cell(TITLE_AT, self.pair(attempt.title, told - TITLE_AT - 30, (look.size, look.english), bold=True)),
            _Cell(told, self.pair(attempt.told, when - told - 30, (look.size - 4, look.english))),
            _Cell(when, self.pair(attempt.when, SIZE[0] - MARGIN - when, (look.size - 8, look.english - 2), most=1)),
        ]

    def _dense(self, attempt: Attempt, look: _Look) -> list[_Cell]:
        """All on one line."""
        english, told, when = MARGIN + (580 if len(self.languages) > 1 else 940), MARGIN + 990, MARGIN + 1250
        title = self.pair(attempt.title[:1], english - TITLE_AT - 24, (look.size, 0), bold=True)
        beside = [fitted(text, Style(ENGLISH, _shrinking(look.english)), told - english - 24, 2) for text in attempt.title[1:]]
        return [
            _Cell(TITLE_AT, title),
            _Cell(english, beside, ("faint", "faint")),
            _Cell(told, self.pair(attempt.told[:1], when - told - 20, (look.size - 3, 0))),
            _Cell(when, self.pair(attempt.when[:1], SIZE[0] - MARGIN - when, (look.size - 4, 0), most=1)),
        ]

    def left_lines(self, leaflet: Leaflet) -> list[Set]:
        """What was not tried, in each language."""
        said = tuple("; ".join(texts) for texts in zip(*((*title, title[-1])[:2] for title in leaflet.left), strict=True))
        return self.pair(tuple(dict.fromkeys(said)), ROOM, (32, 26), most=3)

    def left(self, leaflet: Leaflet, said: Sequence[Set], y: float) -> float:
        y = self.label(leaflet.left_label, (MARGIN, y + 20), ROOM)
        return self.put(MARGIN, y + 4, said)

    def notes(self, leaflet: Leaflet, y: float) -> None:
        """Room for the helper's own words, down to the foot."""
        height = SIZE[1] - MARGIN - FOOT - y
        self.sheet.rounded((MARGIN, y, ROOM, height), 28, "line")
        self.sheet.rounded((MARGIN + 3, y + 3, ROOM - 6, height - 6), 25, "card")
        self.label(leaflet.notes_label, (MARGIN + FRAME, y + 24), ROOM - 2 * FRAME)
        line = y + 150
        while line < y + height - 40:
            self.sheet.rounded((MARGIN + FRAME, line, ROOM - 2 * FRAME, 2), 1, "line")
            line += 84

    def foot(self, leaflet: Leaflet) -> None:
        said = " · ".join((leaflet.by, *leaflet.made[:1]))
        self.label((said,), (MARGIN, SIZE[1] - MARGIN - FOOT + 32), ROOM)


def _shrinking(size: int) -> tuple[int, ...]:
    """A size of type, and the smaller ones that will do where there is little room."""
    return tuple(round(size * part) for part in (1, 0.9, 0.8, 0.7))


def _height(pair: Sequence[Set]) -> int:
    return sum(lines.height for lines in pair)
