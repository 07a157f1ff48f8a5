"""The report of a period as text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.reporting.estimates import Share
from bot.reporting.names import Names
from bot.reporting.summary import Funnel, Summary
from bot.store.counts import Period, UnmatchedTotal

HEAD: Final = ("language", "characters", "not found", "none of these", "together")
WIDTHS: Final = (10, 12, 11, 15, 10)
WIDEST: Final = 58
"""Letters of the name of a problem or a fix."""


def as_text(summary: Summary, names: Names) -> str:
    """The most important figures, then what was not understood."""
    unmatched = unmatched_table(summary.unmatched, summary.period)
    total = summary.total
    conversations = f"{sum(summary.came.values())} conversations (each once a day), {total.began} problems began: {standing(total)}"
    funnels = [f"  {names.intent(one.intent)[:WIDEST]:<{WIDEST}}{one.began:>6}  {standing(one)}" for one in summary.funnels]
    fixes = [f"  {names.fix(one.fix)[:WIDEST]:<{WIDEST}}{told(one.helped)}" for one in summary.fixes if one.helped.of]
    parts = [f"{summary.period.first} to {summary.period.last} (days by UTC; anonymous counts)\n{conversations}"]
    parts += ["Problems, and where they stand now\n" + "\n".join(funnels)] if funnels else []
    parts += ["Fixes: how often they helped (in brackets: Wilson's interval of 95 %)\n" + "\n".join(fixes)] if fixes else []
    return "\n\n".join((*parts, unmatched))


def standing(funnel: Funnel) -> str:
    """Where problems stand now, in one line."""
    return f"{funnel.solved} solved, {funnel.support} to Apple Support, {funnel.stopped} open or given up"


def told(share: Share) -> str:
    """A share with its interval, in columns."""
    low, high = share.interval
    return f"{share.part:>5} of {share.of:<5}{share.value:>5.0%}  ({low:.0%} to {high:.0%})"


def unmatched_table(totals: Sequence[UnmatchedTotal], period: Period) -> str:
    """A table of the messages that were not understood.

    `not found`: nothing was found in them. `none of these`: the bot asked which of a few it was, and none fitted.
    """
    title = f"Messages that were not understood from {period.first} to {period.last} (only counted, never kept)"
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
