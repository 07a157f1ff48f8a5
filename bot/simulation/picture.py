"""The results of a simulation as a picture. Needs the extra `plots`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl

from bot.simulation.worlds import BEST, FOLLOWED, Average, Result, overall

mpl.use("agg")  # drawn into a file, whatever screen there may be

from matplotlib import pyplot as plt

COLOURS: Final = {"bot": "#0a7d4b", "list": "#7fb3d5", "guide A": "#e59866", "guide B": "#c39bd3"}
NAMES: Final = {"bot": "Backup Medic", "list": "the same as a list", "guide A": "guide A", "guide B": "guide B", BEST: "best possible"}


def draw(results: Sequence[Result], path: Path) -> None:
    """Minutes of each error as bars, for the bot and each list, with 90 % of the worlds; the best order as a mark. Raises OSError."""
    rows = [overall(results), *results] if len(results) > 1 else list(results)
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.7 * len(rows)), layout="constrained")
    height = 0.8 / len(FOLLOWED)
    for number, who in enumerate(FOLLOWED):
        places = [row + (number - (len(FOLLOWED) - 1) / 2) * height for row in range(len(rows))]
        averages = [one.averages[who]["minutes"] for one in rows]
        axes.barh(places, [one.value for one in averages], height * 0.9, color=COLOURS[who], label=NAMES[who])
        reach = [[side(one) for one in averages] for side in (_below, _above)]
        axes.errorbar([one.value for one in averages], places, xerr=reach, fmt="none", ecolor="#333333", elinewidth=0.8, capsize=1.5)
    for row, one in enumerate(rows):
        marks = axes.vlines(one.minutes(BEST), row - 0.45, row + 0.45, color="black", linewidth=1.4, linestyle="dotted")
        marks.set_label(NAMES[BEST] if row == 0 else "_")
    axes.set_yticks(range(len(rows)), [f"{one.error} ({one.of_better_guide:.0%})" for one in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("minutes of one's own until the backup runs or Apple Support has it")
    axes.set_title("Whiskers: 90 % of the worlds. In brackets: the bot's minutes, of those of the better guide", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(NAMES), frameon=False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _below(average: Average) -> float:
    return max(average.value - average.range[0], 0.0)


def _above(average: Average) -> float:
    return max(average.range[1] - average.value, 0.0)
