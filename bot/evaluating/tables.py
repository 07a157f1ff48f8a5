"""An evaluation in words: Markdown tables whose columns line up, for the terminal (100 columns) and for docs alike."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from bot.evaluating.evaluation import Evaluation
from bot.evaluating.measures import (
    Result,
    Share,
    by_kind,
    by_label,
    by_language,
    confusion,
    measured,
    share,
    shares_of,
    tallied,
)
from bot.evaluating.misses import Contender, Miss

WIDTH: Final = 100
NAMES: Final[Mapping[str, str]] = {"top_1": "top-1", "top_3": "top-3"}
BANDS: Final = (0.0, 20.0, 40.0, 60.0, 75.0, 86.0, 92.0, 96.0, 98.0, 100.1)
"""Scores are put together in these."""
MEASURES: Final = ""
KIND_TITLE: Final = "By kind (right, wrong: taken at once; offered: not taken, and a right one among the buttons)"
LANGUAGE_TITLE: Final = "By language (matched: out of scope, taken for an error or a question; found: the language itself)"
INTENT_TITLE: Final = "By intent"
CONFUSION_TITLE: Final = "Confusion: what came first instead"
SCORE_TITLE: Final = "By score of the first candidate"
LONGEST: Final = 300
"""Characters of a message that are shown; its place tells where the rest is."""


def as_text(evaluation: Evaluation) -> str:
    """All figures of an evaluation."""
    under_titles = (f"{title}\n\n{text}" if title else text for title, text in tables(evaluation).items())
    return "\n\n".join([headline(evaluation.results), *under_titles])


def tables(evaluation: Evaluation) -> dict[str, str]:
    """Title -> the table under it, but for tables without rows. The measures of all messages have no title."""
    listed = evaluation.results
    rows = {
        MEASURES: _measures(evaluation),
        KIND_TITLE: _tallies("kind", by_kind(listed)),
        LANGUAGE_TITLE: _languages(by_language(listed)),
        INTENT_TITLE: _tallies("intent", by_label(listed)),
        CONFUSION_TITLE: _confusion(listed),
        SCORE_TITLE: _scores(listed),
    }
    return {title: table(own) for title, own in rows.items() if len(own) > 1}


def headline(listed: Sequence[Result]) -> str:
    """How many messages there were."""
    inside = sum(one.in_scope for one in listed)
    return f"{len(listed):,} messages: {inside:,} in scope, {len(listed) - inside:,} out of scope"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows, the heads first, as a Markdown table: the first column is words, and so is one that holds no figure; the others are figures."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = [place == 0 or any(cell[:1].isalpha() for cell in column[1:]) for place, column in enumerate(zip(*rows, strict=True))]
    rule = ["-" * width if left else "-" * (width - 1) + ":" for width, left in zip(widths, words, strict=True)]
    lines = [
        [cell.ljust(width) if left else cell.rjust(width) for cell, width, left in zip(row, widths, words, strict=True)] for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def name_of(field: str) -> str:
    """A measure as people read it."""
    return NAMES.get(field, field.replace("_", " "))


def percent(one: Share) -> str:
    return f"{one.percent:.1f}" if one.of else "-"


# --- the tables ----------------------------------------------------------------------------------------------------------


def _measures(evaluation: Evaluation) -> list[tuple[str, ...]]:
    found = measured(evaluation.results)
    shares = {name_of(field): one for field, one in shares_of(found)}
    if evaluation.near_misses:
        shares["near misses taken for what they look like"] = Share(len(evaluation.taken), len(evaluation.near_misses))
    return [("measure", "per cent", "count", "of"), *((name, percent(one), str(one.count), str(one.of)) for name, one in shares.items())]


def _tallies(what: str, groups: Mapping[str, Sequence[Result]]) -> list[tuple[str, ...]]:
    """One row for each group: what became of its messages."""
    rows: list[tuple[str, ...]] = [(what, "messages", "top-1", "top-3", "right", "wrong", "offered", "none")]
    for name, own in groups.items():
        found = tallied(own)
        shares = (found.top_1, found.top_3, found.right, found.wrong, found.offered, found.not_found)
        rows.append((name, str(len(own)), *map(percent, shares)))
    return rows


def _languages(groups: Mapping[str, Sequence[Result]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "in scope", "top-1", "top-3", "right", "asked", "wrong", "none", "matched", "found")]
    for language, own in groups.items():
        its = measured(own)
        shares = (its.top_1, its.top_3, its.matched_right, its.asked, its.matched_wrong, its.not_found, its.out_of_scope_matched)
        found = share(own, lambda one: one.language_found)
        rows.append((language, str(its.top_1.of), *map(percent, (*shares, found))))
    return rows


def _confusion(listed: Sequence[Result]) -> list[tuple[str, ...]]:
    """One row for each label that was not always first, the worst one at the top, with what came first instead."""
    rows = []
    for label, won in confusion(listed).items():
        missed = won.total() - won[label]
        others = [f"{intent} {times}" for intent, times in won.most_common() if intent != label]
        if missed:
            rows.append((label, Share(missed, won.total()), others))
    rows.sort(key=lambda row: row[1].percent, reverse=True)
    names = max((len(label) for label, *_ in rows), default=0)
    room = WIDTH - max(names, len("label")) - len("|  |  missed |  |")
    return [("label", "missed", "first was"), *((label, f"{one.count}/{one.of}", _fitting(others, room)) for label, one, others in rows)]


def _fitting(parts: Sequence[str], room: int) -> str:
    """As many parts as there is room for, at least one."""
    for count in range(len(parts), 1, -1):
        more = f" and {len(parts) - count} more" if count < len(parts) else ""
        if len(text := ", ".join(parts[:count]) + more) <= room:
            return text
    return parts[0] + (f" and {len(parts) - 1} more" if len(parts) > 1 else "")


def _scores(listed: Sequence[Result]) -> list[tuple[str, ...]]:
    """How often the best candidate is right, by its score: the two should agree."""
    rows: list[tuple[str, ...]] = [("score", "messages", "mean score", "right")]
    for low, high in pairwise(BANDS):
        own = [one for one in listed if one.heard.candidates and low <= one.heard.candidates[0].score < high]
        if own:
            mean = sum(one.heard.candidates[0].score for one in own) / len(own)
            rows.append((f"{low:.0f} to {min(high, 100):.0f}", str(len(own)), f"{mean:.1f}", percent(share(own, lambda one: one.top_1))))
    return rows


# --- what went wrong -----------------------------------------------------------------------------------------------------


def misses_as_text(misses: Sequence[Miss]) -> str:
    """What went wrong, message by message."""
    return "\n\n".join([f"{len(misses)} went wrong", *map(_miss, misses)])


def _miss(miss: Miss) -> str:
    said = miss.text if len(miss.text) <= LONGEST else f"{miss.text[:LONGEST]}…"
    quoted = json.dumps(said, ensure_ascii=False)  # on one line, and what controls a terminal does no harm
    roles = ("wanted", *("or" for _ in miss.wanted[1:]))
    return "\n".join(
        [
            f"{miss.place}  {miss.what}, decision {miss.decision.value}, {miss.language}",
            textwrap.fill(quoted, WIDTH, initial_indent="  ", subsequent_indent="  "),
            *(map(_contender, roles, miss.wanted) if miss.wanted else ["  wanted  neither an error nor a question"]),
            _contender("won", miss.won) if miss.won else "  won     nothing",
        ]
    )


def _contender(role: str, one: Contender) -> str:
    phrase = f"~ {one.phrase} ({one.nearness:.0%})" if one.phrase is not None else "no phrase is near"
    line = f"  {role:<6}  {one.intent} {one.score:.1f}  {phrase}"
    return textwrap.fill(line, WIDTH, subsequent_indent=" " * 10)
