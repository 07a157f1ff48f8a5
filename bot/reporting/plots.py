"""Plots as SVG that stretches to its place: shapes only, whose colours the page's style gives. All words and figures stand beside them.

So they are as sharp on a phone as on paper, follow light and dark, and every figure is there for who cannot see them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.reporting.elements import Html, element
from bot.reporting.estimates import Share

WIDE, TALL = 1000, 100
"""The units of a plot; on the page it is as large as there is room."""


def bar(parts: Sequence[tuple[str, float]], of: float, told: str) -> Html:
    """A bar of several parts, each with the class of its colour. of: what the whole width stands for. told: the same in words."""
    shapes, start = [], 0.0
    for kind, size in parts:
        width = WIDE * size / of if of else 0.0
        if width > 0:
            shapes.append(element("rect", x=_round(start), y=0, width=_round(width), height=TALL, class_=kind))
        start += width
    return _drawn("bar", WIDE, TALL, shapes, told)


def interval(share: Share, told: str) -> Html:
    """A share on a line from 0 to 100 %: its interval as a band, itself as a mark; of nothing, only the line."""
    low, high = share.interval
    shapes = [element("rect", x=0, y=46, width=WIDE, height=8, class_="line")]
    if share.of:
        shapes += [
            element("rect", x=_round(WIDE * low), y=26, width=_round(WIDE * (high - low)), height=48, class_="band"),
            element("rect", x=_round(min(WIDE * share.value, WIDE - 12)), y=10, width=12, height=80, class_="mark"),
        ]
    return _drawn("bar", WIDE, TALL, shapes, told)


def columns(stacks: Sequence[Sequence[tuple[str, float]]], told: str) -> Html:
    """A column for each stack, its parts from the bottom up. The highest fills the height."""
    most = max((sum(size for _, size in stack) for stack in stacks), default=0)
    step = WIDE / len(stacks) if stacks else WIDE
    shapes = []
    for place, stack in enumerate(stacks):
        below = 0.0
        for kind, size in stack:
            height = TALL * 3 * size / most if most else 0.0
            if height > 0:
                x, y = _round(place * step + step * 0.1), _round(TALL * 3 - below - height)
                shapes.append(element("rect", x=x, y=y, width=_round(step * 0.8), height=_round(height), class_=kind))
            below += height
    return _drawn("columns", WIDE, TALL * 3, shapes, told)


def _drawn(kind: str, width: int, height: int, shapes: Sequence[Html], told: str) -> Html:
    box = f"0 0 {width} {height}"
    return element("svg", *shapes, viewBox=box, preserveAspectRatio="none", role="img", aria_label=told, class_=kind)


def _round(value: float) -> str:
    return f"{value:.1f}"
