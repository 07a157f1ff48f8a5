"""All phrases of one language, ready for its messages: three looks at a message, the surest first.

The whole message is a phrase; one of iOS's own texts stands somewhere in the chatter; and the blend of evidence and nearness
(see `evidence`), with a score that says how often such a reading was right.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from bot.asked_times import AskedTimeReader
from bot.cited import CitationReader
from bot.clauses import Clauses
from bot.denials import DenialReader
from bot.evidence import Features, Index
from bot.facts import FactReader
from bot.model import Candidate, Cues, Guide, Kind
from bot.normalising import compared, exactly, in_full, words
from bot.packing import Column, key_of, place_of
from bot.passages import MOST, Passages
from bot.phrase_tables import phrases_of, screens_of
from bot.reported import ReportedReader
from bot.scoring import SURE, WEIGHTS, WITH_MEANING, likelihood, near_of, scored, shares_of, signals_of, signals_with_meaning
from bot.spelling import Spelling

# Set on tests/utterances, which are written by other hands than the phrases; see docs/understanding.md.
ENOUGH_TOLD: Final = 2.2
"""Words that tell less than this together ("my backup", "icloud") are not enough to be sure ..."""
NEARLY_A_PHRASE: Final = 0.75
"""... unless a phrase is as near as this."""
LOOKED_AT: Final = 6
"""Intents with the most evidence: the others are not looked at any more."""
OUT_OF_REACH: Final = 9.0
"""Of an intent with so much less evidence than the first the phrases are not looked at: they are taken to be as near as the first one's."""
NEARNESS: Final = 5.0
"""What the nearest phrases add to the evidence of their intent."""
ASK_MEANING: Final = 90.0
"""Below this score the meaning is looked at as well, where something tells it."""
MEANING: Final = 20.0
"""What nearness in meaning adds to the evidence of an intent."""
RIVAL: Final = 0.1
"""A neighbour topic with this share of the best one's likelihood, and a phrase that is nearer, makes a question of a match."""

SCREEN_SCORE: Final = 98.0
TELLS: Final = 92.0
"""From this score on a reading says why a backup fails, whatever vaguer text iOS put beside it."""
OPTION: Final = "options/"
"""What the fields of a question begin with that are labels of its buttons."""

CLAUSE_SURE: Final = 90.0
"""From this score on a clause names an error of its own; the whole message must support it too."""
ONE_PHRASE: Final = 0.7
"""A message as near as this to a phrase names no more than the phrase does."""


NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was found in a text: what `explain` shows to an author, and what `Heard` keeps without the words.

    `nearest`: intent -> its nearest phrases: how near, and their places.
    """

    how: str = "nothing"
    scores: tuple[Candidate, ...] = ()
    nearest: Mapping[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)
    second: str | None = None
    language: str | None = None


class Meaning(Protocol):
    """Tells meanings in one language."""

    def alike(self, text: str) -> Sequence[float]:
        """How near a text is in meaning to each intent of the language's phrases, in their order: at most 1."""


class Entry(NamedTuple):
    """A phrase as far as readings need it: its intent, its place among the language's phrases, whether iOS shows it, what it gives away."""

    intent: str
    place: int
    screen: bool
    facts: Mapping[str, str]


class _Weighed(NamedTuple):
    """Words as they are compared, what the index knows of them, and how much that speaks for each intent."""

    listed: list[str]
    features: Features
    evidence: list[float]


class Lexicon:
    """Understands messages of one language.

    guide: all content. language: its code, as phrases have it. tables: what is needed of its phrases, as `lexicon_tables` makes it.
    meaning: helps where words leave a doubt. english: the lexicon of English, whose facts and times are understood in any language.
    """

    def __init__(
        self,
        guide: Guide,
        language: str,
        tables: Mapping[str, Column],
        meaning: Meaning | None = None,
        english: Lexicon | None = None,
    ) -> None:
        self.language = language
        self._meaning = meaning
        self._guide = guide
        self._intents = guide.intents
        cues = guide.cues.get(language, Cues())
        self.facts: FactReader = FactReader(guide.facts, _labels(guide, language), language, cues, english.facts if english else None)
        self.reported = ReportedReader(guide.fixes, language, cues)
        self.denials = DenialReader(cues)
        self._citations = CitationReader(cues.says)
        self.asked_times: AskedTimeReader = AskedTimeReader(cues, english.asked_times if english else None)
        self._clauses = Clauses(cues.seconds)
        self.index = Index(tables)
        self._whole: Sequence[int] = tables["whole"]
        self._whole_places: Sequence[int] = tables["whole_places"]
        self._told: dict[int, Mapping[str, str]] = dict(map(json.loads, tables["facts"]))
        self._screen_places: Sequence[int] = tables["screens"]
        self._screens = screens_of(self.index, tables)
        self._written: Sequence[str] = tables["written"]
        self._spelling = Spelling(self._written, tables["written_keys"])

    @cached_property
    def _passages(self) -> Passages:
        """Made when the first long message comes."""
        return Passages(self.index, self._written, self._screens.signs, self.facts.endings)

    def entry(self, place: int) -> Entry:
        """The phrase at a place."""
        shown = place_of(place, self._screen_places) is not None
        return Entry(self.index.intents[self.index.intent_of[place]], place, shown, self._told.get(place, NO_FACTS))

    def text(self, place: int) -> str:
        """The words of the phrase at a place."""
        return phrases_of(self._guide, self.language)[place][1].text

    def plain(self, written: list[str]) -> list[str]:
        """The plain words of a message; of a long one those of its telling passages. written: its words as `split` gives them."""
        return in_full(written if len(written) <= MOST else self._passages.of(written))

    def corrected(self, plain: list[str]) -> Mapping[str, str]:
        """The mistyped words, each with what it was taken for."""
        return self._spelling.corrected(plain)[1]

    def look(self, text: str, plain: list[str]) -> Reading:
        """What was found in a message. plain: its words, as `plain` gives them."""
        listed = compared(plain)
        if not listed:
            return Reading()
        exact = exactly(plain)
        if (whole := self._as_a_whole(exact, len(plain))) is not None:
            return whole
        right, corrected = self._spelling.corrected(plain)
        if corrected:
            listed, exact = compared(right), exactly(right)
        weighed = self._weighed(listed)
        reading = self._blend(weighed)
        if self._meaning is not None and reading.scores and reading.scores[0].score < ASK_MEANING:
            reading = self._blend(weighed, self._meaning.alike(text))
        screens = [self.entry(self._screen_places[text]) for text in self._screens.find(exact)] or self._cited(text, plain)
        if screens and not (self._is_telling(reading) and all(self._intents[entry.intent].vague for entry in screens)):
            reading = self._with_screens(reading, sorted(screens, key=lambda entry: self._intents[entry.intent].vague))
        return reading if reading.second else self._with_problems(text, reading)

    def whole(self, plain: list[str]) -> Reading | None:
        """The reading of a message that is a phrase as a whole; a single word must be an answer, or mean several things."""
        return self._as_a_whole(exactly(plain), len(plain))

    def _as_a_whole(self, exact: Sequence[str], length: int) -> Reading | None:
        """The same of words to their ends. length: how many plain words the message has."""
        found = self._phrases_like(exact)
        return self._exact(found) if found and (len(found) > 1 or length > 1 or self.kind(found[0].intent) is Kind.ACT) else None

    def _cited(self, text: str, plain: list[str]) -> list[Entry]:
        """The texts of iOS that a message says were shown, word by word."""
        cited = (self._phrases_like(exactly(part)) for part in self._citations.read(text, plain))
        return [found[0] for found in cited if len(found) == 1 and found[0].screen]

    def _phrases_like(self, exact: Sequence[str]) -> list[Entry]:
        """The phrases that consist of just these words, one for each intent."""
        key = key_of(" ".join(exact))
        place = bisect_left(self._whole, key)
        found = []
        while place < len(self._whole) and self._whole[place] == key:
            found.append(self.entry(self._whole_places[place]))
            place += 1
        return found

    def _exact(self, whole: Sequence[Entry]) -> Reading:
        """The whole message is a phrase."""
        score = 100.0 if len(whole) == 1 else SURE - 1
        nearest = {entry.intent: ((1.0, entry.place),) for entry in whole}
        return Reading("whole", tuple(Candidate(entry.intent, score) for entry in whole), nearest, language=self.language)

    def _with_screens(self, reading: Reading, screens: Sequence[Entry]) -> Reading:
        """On-screen texts found in the message come first."""
        first = screens[0]
        second = next((entry.intent for entry in screens[1:] if entry.intent != first.intent), None)
        rest = tuple(c._replace(score=min(c.score, SCREEN_SCORE / 2)) for c in reading.scores if c.intent not in (first.intent, second))
        scores = [Candidate(first.intent, SCREEN_SCORE)]
        if second is not None:
            scores.append(Candidate(second, SCREEN_SCORE - 1))
        nearest = {**reading.nearest, **{entry.intent: ((1.0, entry.place),) for entry in reversed(screens)}}
        return replace(reading, how="screen", scores=(*scores, *rest), second=second, nearest=nearest, language=self.language)

    def _is_telling(self, reading: Reading) -> bool:
        """Whether a reading is sure of an error or a question that says more than a text that only says that it fails."""
        best = next(iter(reading.scores), None)
        if best is None or best.score < TELLS:
            return False
        return self.kind(best.intent) in (Kind.ERROR, Kind.QUESTION) and not self._intents[best.intent].vague

    def _weighed(self, listed: list[str]) -> _Weighed:
        parts = self.index.features(listed)
        return _Weighed(listed, parts, self.index.evidence(parts))

    def _blend(self, weighed: _Weighed, alike: Sequence[float] = ()) -> Reading:
        """Evidence and nearness of the intents with the most evidence, blended into one score each; with how alike their meanings are."""
        listed, parts, evidence = weighed
        if not parts.known:
            return Reading()
        if alike:
            evidence = [told + MEANING * near for told, near in zip(evidence, alike, strict=True)]
        best = sorted(range(len(evidence)), key=evidence.__getitem__, reverse=True)[:LOOKED_AT]
        reach = evidence[best[0]] - OUT_OF_REACH
        nearest = self.index.nearness(parts, [intent for intent in best if evidence[intent] >= reach])
        near = {intent: near_of(pairs) for intent, pairs in nearest.items()}
        by_nearness = NEARNESS / (max(near.values(), default=0.0) or 1.0)
        assumed = near.get(best[0], 0.0)  # of those out of reach: else a message would seem surer than it is
        ranked = sorted(((evidence[intent] + by_nearness * near.get(intent, assumed), intent) for intent in best), reverse=True)
        first = ranked[0][1]
        shares = shares_of([blend for blend, _ in ranked])
        signals = signals_with_meaning(shares[0], alike[first]) if alike else signals_of(shares[0], near.get(first, 0.0))
        name = self.index.intents
        own = nearest.get(first, [(0.0, 0)])[0][0]
        enough = self.index.told_by(listed) >= ENOUGH_TOLD or (len(listed) > 1 and own >= NEARLY_A_PHRASE)
        rivals = [intent for share, (_, intent) in zip(shares, ranked, strict=True) if share >= RIVAL * shares[0]]
        nearer = [name[intent] for intent in rivals if intent in nearest and nearest[intent][0][0] > own]
        elsewhere = any(self.kind(intent) is Kind.ELSEWHERE for intent in nearer)
        sure = enough and (not elsewhere or self.kind(name[first]) is Kind.ELSEWHERE)
        return Reading(
            how="blend",
            scores=scored(
                [(share, name[intent]) for share, (_, intent) in zip(shares, ranked, strict=True)],
                likelihood(signals, WITH_MEANING if alike else WEIGHTS),
                sure=sure,
            ),
            nearest={name[intent]: tuple(nearest.get(intent, ())[:3]) for _, intent in ranked},
            language=self.language,
        )

    def _with_problems(self, text: str, reading: Reading) -> Reading:
        """The reading with two errors, where two clauses of a short message each name one that the whole supports as well."""
        if reading.how == "blend" and self._is_of_one_phrase(reading):
            return reading
        supported = {candidate.intent for candidate in reading.scores[:5]}
        named: dict[str, None] = {}
        clauses = self._telling_clauses(text)
        for left, clause in zip(range(len(clauses), 0, -1), clauses, strict=True):
            if len(named) + left < 2 and reading.how != "screen":  # one error alone is what the whole tells
                break
            best = next(iter(self._blend(clause).scores), None)
            if best and best.score >= CLAUSE_SURE and best.intent in supported and self.kind(best.intent) is Kind.ERROR:
                named[best.intent] = None
        if reading.how == "screen":  # iOS's own words come first, whatever else is said
            others = self._telling(error for error in named if error != reading.scores[0].intent)
            return replace(reading, second=others[0]) if others else reading
        return _with_both(reading, self._telling(named)[:2]) if len(named) > 1 else reading

    def _is_of_one_phrase(self, reading: Reading) -> bool:
        """Whether the message as a whole is near to a phrase of its best intent."""
        pairs = reading.nearest.get(reading.scores[0].intent, ()) if reading.scores else ()
        return bool(pairs) and pairs[0][0] >= ONE_PHRASE

    def _telling_clauses(self, text: str) -> list[_Weighed]:
        """The clauses that by evidence alone speak for an error, where they speak for two: a cheap look before the full one."""
        clauses = [self._weighed(compared(self._spelling.corrected(words(clause))[0])) for clause in self._clauses.of(text)]
        spoken = [self.index.intents[clause.evidence.index(max(clause.evidence))] for clause in clauses]
        errors = {intent for intent in spoken if self.kind(intent) is Kind.ERROR}
        return [clause for clause, intent in zip(clauses, spoken, strict=True) if intent in errors] if len(errors) > 1 else []

    def _telling(self, errors: Iterable[str]) -> list[str]:
        """The errors that say why; those that only say that it fails give way, unless there are no others."""
        listed = list(errors)
        return [error for error in listed if not self._intents[error].vague] or listed[:1]

    def kind(self, intent: str) -> Kind:
        """What an intent is."""
        return self._intents[intent].kind


def _labels(guide: Guide, language: str) -> Iterator[tuple[str, str, str]]:
    """Fact, value and label of every button of a language that answers a question: `pt` has those of `pt-BR`."""
    for code, responses in sorted(guide.responses.items()):
        if code.partition("-")[0] == language.partition("-")[0]:
            for fact, entry in responses.groups.get("questions", {}).items():
                for name, text in entry.items():
                    if name.startswith(OPTION) and isinstance(text, str):
                        yield fact, name.removeprefix(OPTION), text


def _with_both(reading: Reading, both: list[str]) -> Reading:
    """The errors that clauses name come first, in the order in which they are named."""
    top = max(SURE, reading.scores[0].score)
    rest = tuple(candidate for candidate in reading.scores if candidate.intent not in both)
    return replace(reading, second=both[1] if len(both) > 1 else None, scores=(*(Candidate(error, top) for error in both), *rest))
