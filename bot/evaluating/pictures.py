"""An evaluation at a glance, drawn by matplotlib (the extra `plots`): the measures, the confusion table, and bars beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.evaluating.evaluation import Evaluation
from bot.evaluating.measures import NOTHING, SCOPE, Outcome, Result, by_language, grouped, measured, shares_of
from bot.evaluating.tables import headline, name_of
from bot.model import Guide, Kind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES: Final = (".png", ".svg")
NEEDED: Final = "a picture needs matplotlib: pip install 'backup-medic[plots]'"
GROUPS: Final[Mapping[Kind, str]] = {Kind.ACT: "small talk, answers", Kind.ELSEWHERE: "other topics"}
"""Labels out of scope are many and matter little one by one: each kind of them is one row and one column."""
COLOURS: Final[Mapping[Outcome, str]] = {
    Outcome.RIGHT: "#3a923a",
    Outcome.ASKED: "#9ecae1",
    Outcome.OUTSIDE: "#bdbdbd",
    Outcome.NOT_FOUND: "#fdae6b",
    Outcome.WRONG: "#c03d3e",
}
TOP_1, TOP_3 = "#1f77b4", "#c6dbef"
WIDE, ROW, FRAME = 19.0, 0.27, 5.5
"""Inches: the picture's width, the height of a row of bars, and of all else."""
FEWEST: Final = 9
"""Rows for which there is always room in the lower half: those of the measures."""
FAINTEST: Final = 0.12
"""How strong the colour of a cell is that stands for next to nothing."""
DARK: Final = 0.55
"""From this share of a row on a cell is so dark that its figure is white."""


class CannotDraw(Exception):
    """A picture cannot be drawn; the message says what to do."""


def ready_to_draw(path: Path) -> None:
    """Raise CannotDraw when `draw` could not draw this, before much work is done for it."""
    if path.suffix not in SUFFIXES:
        raise CannotDraw(f"{path}: a picture's name ends in {' or '.join(SUFFIXES)}")
    if find_spec("matplotlib") is None:
        raise CannotDraw(NEEDED)


def draw(evaluation: Evaluation, guide: Guide, path: Path) -> None:
    """Write the picture, as PNG or SVG by the file's ending. Raises OSError when the file cannot be written."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only who draws needs it

    listed = evaluation.results
    languages = by_language(listed)
    rows = grouped(listed, lambda one: one.said.label if one.in_scope else GROUPS[one.kind])
    lower = max(len(languages), FEWEST)
    figure = Figure(figsize=(WIDE, ROW * (len(rows) + lower) + FRAME), dpi=110, facecolor="white", layout="constrained")
    upper_left, upper_right, lower_left, lower_right = figure.subplots(
        2, 2, width_ratios=(1.7, 1), height_ratios=(len(rows) + 6, lower)
    ).flat
    order = _order(guide)
    _confusion(upper_left, _counted(rows, guide), [*order, NOTHING])
    _outcomes(upper_right, rows, [name for name in order if name in rows])
    _languages(lower_left, languages)
    _measures(lower_right, listed)
    figure.suptitle(headline(listed), fontsize=15, fontweight="bold")
    figure.savefig(path, format=path.suffix.removeprefix("."))


def _order(guide: Guide) -> list[str]:
    """Errors, then questions, each by name; then what is out of scope."""
    kinds = {kind: sorted(intent.id for intent in guide.intents.values() if intent.kind is kind) for kind in SCOPE}
    return [*(intent for kind in SCOPE for intent in kinds[kind]), *GROUPS.values()]


def _counted(rows: Mapping[str, Sequence[Result]], guide: Guide) -> dict[str, Counter[str]]:
    """Row -> column -> how often."""
    kinds = {intent.id: intent.kind for intent in guide.intents.values()}

    def column(row: str, one: Result) -> str:
        if one.top_1:
            return row
        return GROUPS.get(kinds[one.first], one.first) if one.first in kinds else NOTHING

    return {row: Counter(column(row, one) for one in own) for row, own in rows.items()}


def _confusion(axes: Axes, counted: Mapping[str, Counter[str]], columns: Sequence[str]) -> None:
    """A cell for each label and each first candidate: darker, the larger its share of the row; what is wrong in red."""
    columns = [name for name in columns if name in counted or any(name in row for row in counted.values())]
    rows = [name for name in columns if name in counted]
    for y, row in enumerate(rows):
        total = counted[row].total()
        for x, column in enumerate(columns):
            if count := counted[row][column]:
                _cell(axes, (x, y), count, count / total, COLOURS[Outcome.RIGHT if row == column else Outcome.WRONG])
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5), xticks=range(len(columns)), yticks=range(len(rows)))
    axes.set_xticklabels(columns, rotation=55, ha="left", rotation_mode="anchor", fontsize=9)
    axes.set_yticklabels(rows, fontsize=9)
    axes.xaxis.tick_top()
    axes.set_xticks([x - 0.5 for x in range(len(columns))], minor=True)
    axes.set_yticks([y - 0.5 for y in range(len(rows))], minor=True)
    axes.grid(which="minor", color="#e6e6e6", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.set_title("Label (row) against the first candidate (column)", fontsize=12, loc="left", pad=10)


def _cell(axes: Axes, place: tuple[int, int], count: int, part: float, colour: str) -> None:
    """A figure on its ground. part: the share of the row."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    x, y = place
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, alpha=FAINTEST + (1 - FAINTEST) * part, linewidth=0))
    axes.text(x, y, str(count), ha="center", va="center", fontsize=8.5, color="white" if part > DARK else "black")


def _outcomes(axes: Axes, groups: Mapping[str, Sequence[Result]], rows: Sequence[str]) -> None:
    """A bar for each label: what became of its messages."""
    left = [0.0] * len(rows)
    for outcome, colour in COLOURS.items():
        parts = [100 * sum(one.outcome is outcome for one in groups[row]) / len(groups[row]) for row in rows]
        axes.barh(range(len(rows)), parts, left=left, color=colour, label=outcome.value, height=0.78)
        left = [start + part for start, part in zip(left, parts, strict=True)]
    axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)))
    axes.set_yticklabels([f"{row} ({len(groups[row])})" for row in rows], fontsize=9)
    axes.set_title("What became of them, in per cent", fontsize=12, loc="left", pad=30)
    axes.legend(ncols=len(COLOURS), loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, columnspacing=1, handlelength=1)
    _plain(axes)


def _languages(axes: Axes, groups: Mapping[str, Sequence[Result]]) -> None:
    """Top-3 and top-1 of each language."""
    found = {language: measured(own) for language, own in groups.items()}
    listed = [language for language, its in found.items() if its.top_1.of]
    if not listed:
        axes.set_axis_off()
        return
    for field, colour in (("top_3", TOP_3), ("top_1", TOP_1)):
        axes.barh(
            range(len(listed)),
            [getattr(found[language], field).percent for language in listed],
            color=colour,
            label=field.replace("_", "-"),
        )
    axes.set(xlim=(0, 100), ylim=(max(len(listed), FEWEST) - 0.5, -0.5), yticks=range(len(listed)))
    axes.set_yticklabels([f"{language} ({found[language].top_1.of})" for language in listed], fontsize=9)
    axes.set_title("By language, messages in scope, in per cent", fontsize=12, loc="left")
    axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=9, reverse=True)
    _plain(axes)


def _measures(axes: Axes, listed: Sequence[Result]) -> None:
    """The measures as bars with their figures."""
    shares = [(name_of(field), one) for field, one in shares_of(measured(listed)) if one.of]
    axes.barh(range(len(shares)), [one.percent for _, one in shares], color=TOP_1, height=0.7)
    for y, (_, one) in enumerate(shares):
        inside = one.percent > 60
        place, align, colour = (one.percent - 1, "right", "white") if inside else (one.percent + 1, "left", "black")
        axes.text(place, y, f"{one.percent:.1f} %  ({one.count} of {one.of})", ha=align, va="center", fontsize=9, color=colour)
    axes.set(xlim=(0, 100), ylim=(len(shares) - 0.5, -0.5), yticks=range(len(shares)))
    axes.set_yticklabels([name for name, _ in shares], fontsize=10)
    axes.set_title("Measures", fontsize=12, loc="left")
    _plain(axes)


def _plain(axes: Axes) -> None:
    """Nothing that does not tell something."""
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
