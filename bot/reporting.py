"""The report for operators and authors, as text: what the anonymous counts tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.store.counts import UnmatchedTotal

HEAD: Final = ("language", "characters", "not found", "none of these", "together")
WIDTHS: Final = (10, 12, 11, 15, 10)


def unmatched_report(totals: Sequence[UnmatchedTotal], days: int) -> str:
    """A table of the messages that were not understood.

    `not found`: nothing was found in them. `none of these`: the bot asked which of a few it was, and none fitted.
    """
    title = f"Messages that were not understood in the last {days} day{'s' * (days != 1)} (only counted, never kept)"
    if not totals:
        return f"{title}: none"
    rows = [(one.language, one.length, one.none, one.choose) for one in totals]
    rows.append(("all", "", sum(one.none for one in totals), sum(one.choose for one in totals)))
    return "\n".join((title, "", _line(HEAD), *(_line((*row, row[2] + row[3])) for row in rows)))


def _line(cells: Sequence[str | int]) -> str:
    """A line of the table: words to the left, numbers to the right."""
    words, numbers = cells[:2], cells[2:]
    left = "".join(f"{word:<{width}}" for word, width in zip(words, WIDTHS, strict=False))
    return left + "".join(f"{number:>{width}}" for number, width in zip(numbers, WIDTHS[len(words) :], strict=True))
