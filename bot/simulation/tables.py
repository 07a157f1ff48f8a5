"""The results of a simulation as a table to read, and as an object for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.simulation.worlds import BEST, FOLLOWED, OFF, Average, Result, Setting, overall

SURE_OF_MEAN: Final = 1.96
"""Standard errors either way that hold the mean with 95 %."""
WIDTHS: Final = (22, 12, *(9 for _ in FOLLOWED), 8, 9, 9)


def as_text(results: Sequence[Result], setting: Setting) -> str:
    """Three tables: minutes with their uncertainty, taps, and risky steps."""
    rows = [*results, overall(results)] if len(results) > 1 else list(results)
    people = sum(one.people for one in results)
    lines = [
        f"{people:,} people, {setting.worlds} worlds in which every share is off by up to {OFF:.0%} of itself, seed {setting.seed}",
        "",
        "Minutes of one's own until the backup runs, or Apple Support has it (± twice the standard error; [90 % of the worlds])",
        _line("error", "[worlds]", *FOLLOWED, BEST, "of guide", "at worst"),
    ]
    for one in rows:
        low, high = one.averages["bot"]["minutes"].range
        minutes = [_with_error(one.averages[who]["minutes"]) for who in FOLLOWED]
        ratios = (f"{one.of_better_guide:.0%}", f"{one.at_worst:.1%}")
        lines.append(_line(one.error, f"[{low:.0f}-{high:.0f}]", *minutes, f"{one.minutes(BEST):.0f}", *ratios))
    lines += [
        "of guide: the bot's minutes, of those of the better guide. at worst: of those of the list, in the world that is worst for the bot",
        "",
        "Presses, and fixes done that change or delete something",
        _line("error", "bot's taps", *FOLLOWED),
    ]
    for one in rows:
        risky = [f"{one.averages[who]['risky'].value:.2f}" for who in FOLLOWED]
        lines.append(_line(one.error, f"{one.averages['bot']['taps'].value:.1f}", *risky))
    return "\n".join(lines)


def _with_error(average: Average) -> str:
    return f"{average.value:.0f} ±{SURE_OF_MEAN * average.error:.0f}"


def _line(name: str, *cells: str) -> str:
    return (f"{name:<{WIDTHS[0]}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS[1:], strict=False))).rstrip()


def as_object(results: Sequence[Result], setting: Setting) -> dict[str, Any]:
    """All of it, with nothing rounded, for a JSON file."""
    rows = {one.error: _object(one) for one in (*results, overall(results))}
    return {"worlds": setting.worlds, "seed": setting.seed, "off": OFF, "errors": rows}


def _object(result: Result) -> dict[str, Any]:
    averages = {
        who: {measure: {"mean": one.value, "standard_error": one.error, "worlds": list(one.range)} for measure, one in by.items()}
        for who, by in result.averages.items()
    }
    return {"people": result.people, "followed": averages, "of_better_guide": result.of_better_guide, "at_worst": result.at_worst}
