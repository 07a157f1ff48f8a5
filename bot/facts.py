"""Reads facts of the phone out of a text: words that tell them anywhere, and short answers to their questions."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Final

from rapidfuzz import fuzz, process

from bot.dates import DAYS, MONTHS, days_ago, reminded_days
from bot.finder import Finder, numbers_alike, outermost
from bot.model import ENGLISH, Cues, Fact
from bot.normalising import signs, words

LONGEST_ANSWER: Final = 6
"""Words, or twice as many signs of an unspaced script; a longer text is more than an answer to a question."""
ALIKE: Final = 85
"""Rapidfuzz ratio from which a mistyped answer counts as the answer."""
LONGEST_REPLY: Final = 12
"""Words of a text that may answer a question by some of its words."""
SHORTEST_PART: Final = 2
"""Words of an answer inside a longer text that say something, or a sign more of an unspaced script; "on" and "yes" answer only alone."""
SHORTEST_TYPO: Final = 6
"""Letters; a shorter answer must be typed as it is: "done" is not "down"."""
LONGEST_SMALL: Final = 3
"""Letters of a word that may turn the sense of an answer: "no", "не", "não"."""
_HEAD: Final = re.compile(r"[,.;!\n]")
"""Where an answer may end that a text begins with."""
LONGEST_HEAD: Final = 2
"""Words of an answer that a text begins with: "no, it is bigger"."""
FILLERS: Final = frozenset("a an the my i have it is its ok well um just only think am in was about maybe probably one of".split())
"""Words around an answer that say nothing: "I think it was" last week. Those of other languages stand in their cues."""

VARIANTS: Final = frozenset("pro max mini plus air".split())
"""Words behind a model that make no difference here: "iPhone 13 Pro Max"."""
AMOUNTS: Final = frozenset(("enough", "plenty", "lots"))
ANY_NUMBER: Final = "{n}"
"""Stands for a number in the words of a fact."""
DENIALS: Final = frozenset(("not", "no", "never", "without", "neither"))

NO_CUES: Final = Cues()

Told = tuple[str, str]
"""A fact and its value."""


class FactReader:
    """Finds facts in texts.

    facts: fact id -> its definition. labels: (fact, value, label) of the buttons, whose words count as answers too.
    language: whose words are read. cues: its small words. others: of another language, whose words are read as well: of two words that
    contradict each other, the ones of this reader count.
    """

    def __init__(
        self,
        facts: Mapping[str, Fact],
        labels: Iterable[tuple[str, str, str]] = (),
        language: str = ENGLISH,
        cues: Cues = NO_CUES,
        others: FactReader | None = None,
    ) -> None:
        told: list[tuple[list[str], Told]] = []
        counted: list[tuple[list[str], Told]] = []
        worded: list[tuple[list[str], str]] = []
        self._meant: dict[str, tuple[Told, ...]] = {}
        for what, text in _of_each(facts.values(), "said", language):
            if ANY_NUMBER in text:
                said = numbers_alike(words(text.replace(ANY_NUMBER, " 0 ")))
                counted.append((said, what))
            else:
                said = words(text)
                told.append((said, what))
            self._means(" ".join(said), what)
        for what, text in _of_each(facts.values(), "answered", language):
            said = words(text)
            self._means(key := " ".join(said), what)
            if _says_enough(said):
                worded.append((said, key))
        for fact_id, value, label in labels:
            self._means(_key(label), (fact_id, value))
        self._others = others
        self.telling: Finder[Told] = Finder(told, others.telling if others else None)
        self.counting: Finder[Told] = Finder(counted, others.counting if others else None)
        self.answering: Finder[str] = Finder(worded, others.answering if others else None)
        self._undone = Finder([(words(text), text) for text in cues.undone])
        self._fillers = Finder([(words(text), text) for text in cues.fillers])
        self._spans = Finder([(words(text), days) for days, texts in _units(cues) for text in texts])
        self._months = dict(zip(map(_key, cues.ages.month_names), MONTHS, strict=False))
        self._about = {fact.id: frozenset(fact.about) for fact in facts.values() if fact.about}
        self._ages = {fact.id: fact.ages for fact in facts.values() if fact.ages}
        self._keys: dict[int, list[str]] = defaultdict(list)
        for key in self._meant:
            if len(key) >= SHORTEST_TYPO:
                self._keys[len(key)].append(key)

    def _means(self, key: str, what: Told) -> None:
        """Note that a text means this, unless it means another value of the same fact."""
        meant = self._meant.get(key, ())
        if all(fact != what[0] for fact, _ in meant):
            self._meant[key] = (*meant, what)

    def meaning(self, key: str) -> dict[str, str]:
        """Fact -> the value that a text, as `_key` makes it, means as a whole."""
        others = self._others.meaning(key) if self._others is not None else {}
        return {**others, **dict(self._meant.get(key, ()))}

    def as_long_as(self, given: str) -> list[str]:
        """The answers that are about as long as a text."""
        own = chain.from_iterable(self._keys.get(length, ()) for length in _alike_lengths(len(given)))
        return [*own, *(self._others.as_long_as(given) if self._others is not None else ())]

    @property
    def endings(self) -> frozenset[str]:
        """The last words of all that tells a fact: the 8 of "iPhone 8"."""
        return frozenset(self.telling.endings)

    def said(self, plain: list[str]) -> dict[str, str]:
        """The facts that plain words tell, the longest words for each. Two values of one fact contradict each other: neither counts."""
        found: dict[str, set[str]] = defaultdict(set)
        covered: dict[str, int] = {}
        counted = self.counting.find(numbers_alike(plain)) if any(map(str.isdigit, plain)) else ()
        for place, end, (fact, value) in chain(self.telling.find(plain), counted):
            if covered.get(fact, 0) < end:
                covered[fact] = end
                if not _denied(plain, place):
                    found[fact].add(value)
        return {fact: next(iter(values)) for fact, values in found.items() if len(values) == 1}

    def of_others(self, intents: Iterable[str]) -> frozenset[str]:
        """The facts that only messages about other intents than these can tell."""
        return frozenset(fact for fact, about in self._about.items() if about.isdisjoint(intents))

    def reminded(self, plain: list[str]) -> dict[str, str]:
        """What iOS's own reminder tells of the last backup: "It's been 3 weeks since the last backup"."""
        return self._aged(reminded_days(" ".join(plain)))

    def dated(self, text: str, plain: Sequence[str], today: date) -> dict[str, str]:
        """Fact -> the value that a date or an age in a text would mean as an answer to the fact's question. plain: its plain words."""
        days = days_ago(text, today, day_first=bool(self._months))
        return self._aged(days if days is not None else self._by_month(plain, today))

    def _by_month(self, plain: Sequence[str], today: date) -> float | None:
        """How many days ago something was, told with a month's name in the reader's own language; None when none is named."""
        said = self._without_fillers(list(plain))  # the "de" of "12 de março"
        english = [next((f"of {month}" for name, month in self._months.items() if word.startswith(name)), word) for word in said]
        return days_ago(" ".join(english), today) if english != said else None

    def _by_span(self, plain: Sequence[str]) -> float | None:
        """How many days ago something was, told by a number with its unit; None unless there is just one of each."""
        numbers = [place for place, word in enumerate(plain) if word.isdigit()]
        units = [found.what for found in self._spans.find(plain) if found.start - 1 in numbers]
        return int(plain[numbers[0]]) * units[0] if len(numbers) == 1 and units else None

    def _aged(self, days: float | None) -> dict[str, str]:
        if days is None:
            return {}
        found = {fact: next((value for value, most in ages.items() if days <= most), None) for fact, ages in self._ages.items()}
        return {fact: value for fact, value in found.items() if value is not None}

    def answers(self, plain: list[str]) -> dict[str, str]:
        """Fact -> the value that a text would mean as an answer to the fact's question: a short one, or one that tells facts alone."""
        return {**self._told_alone(plain), **self._answered(plain)}

    def _answered(self, plain: list[str]) -> dict[str, str]:
        """Fact -> the value that a short text would mean as an answer."""
        unspaced = signs(plain)
        if not 0 < len(plain) - unspaced / 2 <= LONGEST_ANSWER:
            return {}
        bare = self._without_fillers(plain)
        for attempt in (plain, bare, numbers_alike(plain), numbers_alike(bare)):
            if meant := self.meaning(" ".join(attempt)):
                return {**self._aged(self._by_span(plain)), **meant}
        if (days := self._by_span(plain)) is not None:
            return self._aged(days)
        if not bare or unspaced or not DENIALS.isdisjoint(plain) or any(word.isdigit() for word in plain):
            return {}
        given = " ".join(bare)
        close = process.extractOne(given, self.as_long_as(given), scorer=fuzz.ratio, score_cutoff=ALIKE)
        return self.meaning(close[0]) if close and _small(close[0].split()) == _small(bare) else {}

    def _told_alone(self, plain: list[str]) -> dict[str, str]:
        """The facts of a text that says nothing besides: "I have an iPhone X with iOS 16"."""
        if len(plain) > LONGEST_REPLY + signs(plain) or not self.telling.may_find(plain):
            return {}
        covered = _places(self.telling.find(plain))
        for place, word in enumerate(plain):
            if place - 1 in covered and (word.isdigit() or word in VARIANTS):  # the 4 of "iOS 17.4"
                covered.add(place)
        return self.said(plain) if covered.issuperset(self._saying(plain)) else {}

    def _without_fillers(self, plain: list[str]) -> list[str]:
        """The words of a text that say something."""
        return [plain[place] for place in self._saying(plain)]

    def _saying(self, plain: list[str]) -> list[int]:
        """The places of the words of a text that say something."""
        found = outermost(self._fillers.find(plain))
        fillers = _places(found)
        return [place for place, word in enumerate(plain) if word not in FILLERS and place not in fillers]

    def answered_first(self, text: str, *, sure: bool) -> dict[str, str]:
        """Fact -> the value that a text would mean that begins with its answer: "no, it is bigger".

        What comes behind may say more, and goes first: "yes, all green". sure: whether the text is known to say yes or no; then the
        first word may do without a comma.
        """
        plain = words(text)
        parted = len(words(_HEAD.split(text, maxsplit=1)[0]))
        head = 1 if sure else parted
        if not 0 < head < len(plain) or head > LONGEST_HEAD:
            return {}
        return {**self.meaning(" ".join(plain[:head])), **self.answers(plain[head:])}

    def answers_within(self, plain: list[str]) -> dict[str, str]:
        """Fact -> the value that some words of a text would mean as an answer: "there is plenty of room left, really".

        Nothing where other words may take that back, or where two values are named.
        """
        if not 0 < len(plain) - signs(plain) / 2 <= LONGEST_REPLY or not self.answering.may_find(plain):
            return {}
        named = outermost(self.answering.find(plain))
        if any(all(cue.end <= one.start or one.end <= cue.start for one in named) for cue in self._undone.find(plain)):
            return {}
        found: dict[str, set[str]] = defaultdict(set)
        for one in named:
            for fact, value in self.meaning(one.what).items():
                found[fact].add(value)
        return {fact: next(iter(values)) for fact, values in found.items() if len(values) == 1}


def _places(found: Iterable[tuple[int, int, object]]) -> set[int]:
    """The places of the words of all that was found."""
    return {place for start, end, _ in found for place in range(start, end)}


def _says_enough(said: Sequence[str]) -> bool:
    """Whether an answer is recognised inside a longer text."""
    telling = [word for word in said if word not in FILLERS]
    return len(telling) >= SHORTEST_PART + (signs(telling) > 0)


def _small(plain: Iterable[str]) -> set[str]:
    """The small words of an answer. They turn its sense, so a typo is never looked for there: "have no laptop" is not "have a laptop"."""
    return {word for word in plain if len(word) <= LONGEST_SMALL}


def _units(cues: Cues) -> Iterator[tuple[float, tuple[str, ...]]]:
    """How many days each unit of time is, and its words."""
    told = {"minute": cues.times.minutes, "hour": cues.times.hours, "day": cues.ages.days, "week": cues.ages.weeks}
    yield from ((DAYS[unit], texts) for unit, texts in {**told, "month": cues.ages.months, "year": cues.ages.years}.items())


def _of_each(facts: Iterable[Fact], words_of: str, language: str) -> Iterator[tuple[Told, str]]:
    """What facts and values there are, with the words of a language for them. words_of: `said` or `answered`."""
    for fact in facts:
        for value, by_language in getattr(fact, words_of).items():
            what = (fact.id, value)
            yield from ((what, text) for text in by_language.get(language, ()))


def _denied(plain: list[str], place: int) -> bool:
    """Whether the words at a place are denied: "not enough iCloud storage" tells of no room."""
    return plain[place] in AMOUNTS and any(word in DENIALS for word in plain[max(place - 2, 0) : place])


def _alike_lengths(length: int) -> range:
    """The lengths of texts that can be ALIKE to one of this length: the ratio is at most twice the shorter over both together."""
    return range(math.ceil(length * ALIKE / (200 - ALIKE)), length * (200 - ALIKE) // ALIKE + 1)


def _key(text: str) -> str:
    return " ".join(words(text))
