"""`python -m bot report --suggest-order`: where experience contradicts the order of an error's file, as a diff for a person to review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

from bot.learning import FEWEST, SURE, Experience, Suggestion, Swap, suggested
from bot.model import Guide, Kind, Outcome
from bot.store.counts import OutcomeTotal
from bot.yaml_lines import Document

NOTHING: Final = "no order is contradicted by experience"


def suggestions(guide: Guide, totals: Iterable[OutcomeTotal]) -> list[Suggestion]:
    """A better order for each error of which the counts are sure. Outcomes that this version does not know are passed over."""
    told: dict[str, dict[str, dict[Outcome, int]]] = {}
    known = {outcome.value: outcome for outcome in Outcome}
    for one in totals:
        if one.outcome in known:
            told.setdefault(one.intent, {}).setdefault(one.fix, {})[known[one.outcome]] = one.total
    errors = (guide.intents[intent] for intent in sorted(told) if intent in guide.intents)
    found = (suggested(guide, intent, told[intent.id]) for intent in errors if intent.kind is Kind.ERROR)
    return [one for one in found if one is not None]


def suggestion_report(folder: Path, found: Sequence[Suggestion], days: int) -> str:
    """Each suggestion with its reasons, and the change to its file as a unified diff that `patch -p1` takes. Nothing is written.

    folder: the content's. Raises OSError or YamlProblem where a file cannot be read.
    """
    if not found:
        return f"{NOTHING}: none in {days} days with {FEWEST} outcomes or more is more than {SURE:.0%} sure"
    return "\n\n".join(_one(folder, suggestion) for suggestion in found)


def _one(folder: Path, suggestion: Suggestion) -> str:
    name = f"intents/{suggestion.intent}.yaml"
    raw = (folder / name).read_bytes()
    old = raw.decode("utf-8-sig").splitlines(keepends=True)
    new = reordered(old, Document(raw), suggestion.order)
    diff = "".join(unified_diff(old, new, f"a/{name}", f"b/{name}", n=1))
    return "\n".join((*(_reason(swap, suggestion.experience) for swap in suggestion.swaps), "", diff.rstrip("\n")))


def _reason(swap: Swap, found: Mapping[int, Experience]) -> str:
    card, before = (f"{one.name} ({_told(found[one.place])}, {one.minutes:.0f} min)" for one in (swap.card, swap.before))
    return f"{card} before {before}: {min(swap.sure, 0.999):.1%} sure"


def _told(one: Experience) -> str:
    return f"worked for {one.worked} of {one.tried}"


def reordered(lines: Sequence[str], document: Document, order: Sequence[int]) -> list[str]:
    """The lines of an intent's file with its `fixes` in another order. A comment above an entry, and what it spans, go along with it.

    Entries that share a line stay where they are: that is for a person to move.
    """
    starts = [document.line_of(("fixes", place)) - 1 for place in range(len(order))]
    if len(set(starts)) < len(starts):
        return list(lines)
    end = _end(lines, starts[-1])
    while (above := _comment_above(lines, starts)) is not None:
        starts[above] -= 1
    ends = [*starts[1:], end]
    blocks = [list(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    return [*lines[: starts[0]], *(line for place in order for line in blocks[place]), *lines[ends[-1] :]]


def _comment_above(lines: Sequence[str], starts: Sequence[int]) -> int | None:
    """The first entry that has a comment right above what is known of it."""
    return next((place for place, start in enumerate(starts) if lines[start - 1].lstrip().startswith("#")), None)


def _end(lines: Sequence[str], start: int) -> int:
    """Where the last entry ends: before an empty line, or one that stands no deeper than its dash."""
    depth = _depth(lines[start])
    after = (number for number in range(start + 1, len(lines)) if not lines[number].strip() or _depth(lines[number]) <= depth)
    return next(after, len(lines))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
