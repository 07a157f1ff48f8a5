"""How well messages are understood, measured on tests/utterances. The measures are those of DESIGN.md.

`python -m tests.measuring` prints the figures of docs/understanding.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

from bot.content import content_dir, load_guide
from bot.identifying import closest
from bot.matching import Matcher
from bot.model import Decision, Guide, Heard, Kind

UTTERANCES: Final = Path(__file__).parent / "utterances"
LANGUAGES: Final = UTTERANCES / "languages"
SCOPE: Final = (Kind.ERROR, Kind.QUESTION)
"""What the bot treats or answers; acts and neighbour topics are out of scope."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message as somebody would send it, with the intents that are right for it, the best one first."""

    text: str
    right: tuple[str, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A message that looks like `looks` and means `intent`."""

    text: str
    looks: str
    intent: str


def utterances() -> list[Utterance]:
    """All labelled English messages."""
    return [Utterance(row["text"], (file["intent"], *row.get("also", ()))) for file in _files() for row in file["messages"]]


def foreign_utterances() -> list[Utterance]:
    """All labelled messages in other languages than English."""
    return [
        Utterance(row["text"], (row["intent"], *row.get("also", ())), file["language"])
        for file in _files(LANGUAGES)
        for row in file["messages"]
    ]


def near_misses() -> list[NearMiss]:
    """All messages that must not be taken for the intent in whose file they stand."""
    return [NearMiss(row["text"], file["intent"], row["intent"]) for file in _files() for row in file.get("near_misses") or ()]


def _files(folder: Path = UTTERANCES) -> list[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [yaml.load(path.read_bytes(), loader) for path in sorted(folder.glob("*.yaml"))]  # noqa: S506 - both are safe ones


@dataclass(frozen=True, slots=True)
class Result:
    """One message with what was read from it."""

    said: Utterance
    heard: Heard
    kind: Kind
    matched_kind: Kind | None

    @property
    def top_1(self) -> bool:
        return self._within(1)

    @property
    def top_3(self) -> bool:
        return self._within(3)

    def _within(self, places: int) -> bool:
        return any(candidate.intent in self.said.right for candidate in self.heard.candidates[:places])

    @property
    def in_scope(self) -> bool:
        return self.kind in SCOPE

    @property
    def matched(self) -> bool:
        """Taken for an error or a question without asking."""
        return self.matched_kind in SCOPE

    @property
    def right(self) -> bool:
        return self.heard.decision is Decision.MATCH and self.heard.intents[0] in self.said.right

    @property
    def language_found(self) -> bool:
        """Read as being in the language that it is in (`pt` where the guide has `pt-BR`, and the other way round)."""
        heard = self.heard.language
        return heard is not None and closest(self.said.language, (heard,)) == heard

    @property
    def offered(self) -> bool:
        """A right intent stands among the choices, or is taken as the answer to the card on the table."""
        return any(intent in self.said.right for intent in (*self.heard.intents, self.heard.act))


def results(guide: Guide, matcher: Matcher, said: Iterable[Utterance]) -> list[Result]:
    """What the matcher makes of each message."""
    return [_result(guide, matcher.read(one.text), one) for one in said]


def _result(guide: Guide, heard: Heard, said: Utterance) -> Result:
    matched = guide.intents[heard.intents[0]].kind if heard.decision is Decision.MATCH else None
    return Result(said, heard, guide.intents[said.right[0]].kind, matched)


def share(listed: Sequence[Result], holds: Callable[[Result], bool]) -> float:
    """Per cent of the results for which something holds."""
    return share_of(map(holds, listed))


def share_of(holds: Iterable[bool]) -> float:
    """Per cent of what is true."""
    listed = list(holds)
    return 100.0 * sum(listed) / len(listed)


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of understanding, in per cent."""

    top_1: float
    top_3: float
    matched_right: float
    matched_wrong: float
    not_found: float
    out_of_scope_matched: float


def measured(listed: Sequence[Result]) -> Measures:
    """The measures over messages in scope, and how many out of scope were taken for an error or a question."""
    inside = [one for one in listed if one.in_scope]
    outside = [one for one in listed if not one.in_scope]
    return Measures(
        top_1=share(inside, lambda one: one.top_1),
        top_3=share(inside, lambda one: one.top_3),
        matched_right=share(inside, lambda one: one.matched and one.right),
        matched_wrong=share(inside, lambda one: one.matched and not one.right),
        not_found=share(inside, lambda one: one.heard.decision is Decision.NONE),
        out_of_scope_matched=share(outside, lambda one: one.matched),
    )


def mistaken(matcher: Matcher, misses: Iterable[NearMiss]) -> list[NearMiss]:
    """The near misses that are taken for what they only look like."""
    return [miss for miss in misses if _takes(matcher.read(miss.text), miss.looks)]


def _takes(heard: Heard, intent: str) -> bool:
    return heard.decision is Decision.MATCH and heard.intents[0] == intent


# --- figures for docs/understanding.md -------------------------------------------------------------------------------------


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*("---" if place == 0 else "---:" for place in range(len(cells))))]


def table_by_kind(listed: Sequence[Result]) -> list[str]:
    """One row for each kind of intent."""
    rows = _head(
        "kind", "messages", "top-1", "top-3", "taken, right", "taken for a wrong error or question", "asked, right one offered", "not found"
    )
    for kind in Kind:
        own = [one for one in listed if one.kind is kind]
        rows.append(
            _row(
                kind.value,
                len(own),
                share(own, lambda one: one.top_1),
                share(own, lambda one: one.top_3),
                share(own, lambda one: one.right),
                share(own, lambda one: one.matched and not one.right),
                share(own, lambda one: one.heard.decision is not Decision.MATCH and one.offered),
                share(own, lambda one: one.heard.decision is Decision.NONE),
            )
        )
    return rows


def table_of_worst(listed: Sequence[Result], count: int = 12) -> list[str]:
    """The intents that are found least, with what they are taken for."""
    by_intent: dict[str, list[Result]] = {}
    for one in listed:
        by_intent.setdefault(one.said.right[0], []).append(one)
    worst = sorted(by_intent, key=lambda intent: share(by_intent[intent], lambda one: one.top_1))[:count]
    rows = _head("intent", "messages", "top-1", "top-3", "taken for")
    for intent in worst:
        own = by_intent[intent]
        others = Counter(one.heard.candidates[0].intent for one in own if one.heard.candidates and not one.top_1)
        taken = ", ".join(f"{other} {times}" for other, times in others.most_common(3))
        rows.append(_row(intent, len(own), share(own, lambda one: one.top_1), share(own, lambda one: one.top_3), taken))
    return rows


BANDS: Final = (0.0, 20.0, 40.0, 60.0, 75.0, 86.0, 92.0, 96.0, 98.0, 100.1)


def table_of_scores(listed: Sequence[Result]) -> list[str]:
    """How often the best candidate is right, by its score: the two should agree."""
    rows = _head("score", "messages", "mean score", "right")
    for low, high in pairwise(BANDS):
        own = [one for one in listed if one.heard.candidates and low <= one.heard.candidates[0].score < high]
        if own:
            mean = sum(one.heard.candidates[0].score for one in own) / len(own)
            rows.append(_row(f"{low:.0f} to {min(high, 100):.0f}", len(own), mean, share(own, lambda one: one.top_1)))
    return rows


def table_by_language(listed: Sequence[Result]) -> list[str]:
    """One row for each language: the measures, and how often the language itself is found."""
    measures = (name.replace("top_", "top-").replace("_", " ") for name in Measures.__slots__)
    rows = _head("language", "messages in scope", *measures, "language found")
    for language in sorted({one.said.language for one in listed}):
        own = [one for one in listed if one.said.language == language]
        found = measured(own)
        figures = (getattr(found, name) for name in Measures.__slots__)
        rows.append(_row(language, sum(one.in_scope for one in own), *figures, share(own, lambda one: one.language_found)))
    return rows


def report() -> str:
    """All figures, as Markdown."""
    guide = load_guide(content_dir())
    matcher = Matcher(guide)
    listed = results(guide, matcher, utterances())
    found, misses = measured(listed), near_misses()
    wrong = mistaken(matcher, misses)
    lines = [f"- {name.replace('_', ' ')}: {getattr(found, name):.1f} %" for name in Measures.__slots__]
    lines.append(f"- near misses taken for what they look like: {len(wrong)} of {len(misses)} ({100 * len(wrong) / len(misses):.1f} %)")
    everyone = [*listed, *results(guide, matcher, foreign_utterances())]
    tables = (table_by_kind(listed), table_of_worst(listed), table_of_scores(listed), table_by_language(everyone))
    return "\n\n".join("\n".join(block) for block in (lines, *tables, [f"- {m.text} -> {m.looks}, not {m.intent}" for m in wrong]))


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
