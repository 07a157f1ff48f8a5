"""An evaluation as an object for JSON. Programs read it: what stands here keeps its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bot.evaluating.evaluation import Evaluation
from bot.evaluating.measures import (
    Measures,
    Result,
    Share,
    Tally,
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


def as_object(evaluation: Evaluation, *, with_misses: bool) -> dict[str, object]:
    """All figures of an evaluation, and what went wrong if that was asked for."""
    listed = evaluation.results
    shown: dict[str, object] = {
        "messages": len(listed),
        "measures": _shares(measured(listed)),
        "near_misses_taken": _share(Share(len(evaluation.taken), len(evaluation.near_misses))),
        "by_kind": {kind: _tally(own) for kind, own in by_kind(listed).items()},
        "by_language": {language: _language(own) for language, own in by_language(listed).items()},
        "by_intent": {label: {"kind": own[0].kind.value, **_tally(own)} for label, own in by_label(listed).items()},
        "confusion": {label: dict(sorted(won.items())) for label, won in confusion(listed).items()},
    }
    return {**shown, "misses": [_miss(one) for one in evaluation.misses]} if with_misses else shown


def _share(one: Share) -> dict[str, object]:
    return {"count": one.count, "of": one.of, "percent": round(one.percent, 2) if one.of else None}


def _shares(counted: Measures | Tally) -> dict[str, object]:
    return {field: _share(one) for field, one in shares_of(counted)}


def _tally(own: Sequence[Result]) -> dict[str, object]:
    return {"messages": len(own), **_shares(tallied(own))}


def _language(own: Sequence[Result]) -> dict[str, object]:
    return {"messages": len(own), **_shares(measured(own)), "language_found": _share(share(own, lambda one: one.language_found))}


def _miss(miss: Miss) -> dict[str, object]:
    return {
        "text": miss.text,
        "place": miss.place,
        "language": miss.language,
        "what": miss.what,
        "decision": miss.decision.value,
        "wanted": [_contender(one) for one in miss.wanted],
        "won": _contender(miss.won) if miss.won else None,
    }


def _contender(one: Contender) -> dict[str, object]:
    return {**asdict(one), "nearness": round(one.nearness, 3)}
