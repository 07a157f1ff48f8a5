"""Reads which fixes somebody says that they have done already: "restarted twice, deleting the old backup did not help either".

A fix wrongly taken for done would never be offered, which is worse than one that is offered twice. So it counts only where words
say that it was done, or name it beside a cue that it was tried; and never where it is denied, asked for or only spoken of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.finder import Finder, Found, numbers_alike, outermost
from bot.model import Cues, Fix
from bot.normalising import phrase_words, words
from bot.statements import parts, together

T = TypeVar("T")

NEAR: Final = 8
"""Words between the name of a fix and its cue; farther apart they speak of different things."""
AFTER: Final = 4
"""Words behind a fix that may still take it back: "neu gestartet habe ich noch nicht"."""
LISTED: Final = 3
"""Words beside a fix that is no more than an item of a list: "and then a new wifi"."""
_JOIN, _DID, _UNDONE = "join", "did", "undone"


@dataclass(frozen=True, slots=True)
class _Named:
    """A fix as a text names it, and whether the words alone say that it was done."""

    fix: str
    done: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """What a text says was done: the fixes that it says were done, and what is left of the text without that.

    `rest`: without the words that say so. `others`: without the statements that say little else: "I restarted twice" leaves nothing.
    `statements`: those that say so.
    """

    fixes: tuple[str, ...]
    rest: str
    others: str
    statements: str = ""


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement of a text: its words, the fixes and cues in it, whether it is asked, and whether it ends its sentence."""

    plain: Sequence[str]
    fixes: Sequence[Found[_Named]]
    cues: Sequence[Found[str]]
    asked: bool
    ends: bool

    def has(self, cue: str) -> bool:
        return any(found.what == cue for found in self.cues)

    @property
    def is_item(self) -> bool:
        """Whether it says little but the name of a fix."""
        return bool(self.fixes) and len(self.plain) - sum(found.end - found.start for found in self.fixes) <= LISTED

    def done(self) -> Iterator[Found[_Named]]:
        """The fixes that the statement by itself says were done."""
        for found in self.fixes:
            reach = found.end + AFTER if found.what.done else len(self.plain)
            taken_back = any(cue.what == _UNDONE and cue.start < reach for cue in self.cues)
            tried = any(cue.what == _DID and _apart(cue, found) <= NEAR for cue in self.cues)
            if not (taken_back or self.asked) and (tried or found.what.done):
                yield found

    def without(self, reported: Collection[Found[_Named]]) -> Sequence[str]:
        """Its words without those that report these fixes."""
        if not reported:
            return self.plain
        spans = [(one.start, one.end) for one in reported] + [(cue.start, cue.end) for cue in self.cues if cue.what == _DID]
        return [word for place, word in enumerate(self.plain) if not any(start <= place < end for start, end in spans)]


class ReportedReader:
    """Finds reported fixes in texts of one language. fixes: fix id -> its definition. cues: the language's own."""

    def __init__(self, fixes: Mapping[str, Fix], language: str, cues: Cues) -> None:
        self._fixes = Finder([(wording_of(text), _Named(fix, done)) for fix, text, done in _told(fixes.values(), language)])
        by_cue = ((cues.joins, _JOIN), (cues.did, _DID), (cues.undone, _UNDONE))
        self._cues = Finder([(wording_of(text), cue) for texts, cue in by_cue for text in texts])

    def read(self, text: str, plain: Sequence[str]) -> Reported:
        """What a text says was done. plain: its plain words."""
        alike = numbers_alike(plain)
        if not self._fixes.find(alike):
            return Reported((), text, text)
        statements = list(self._statements(text))
        reported = _reported(statements)
        fixes = dict.fromkeys(found.what.fix for listed in reported for found in listed)
        if not fixes:
            return Reported((), text, text)
        left = [statement.without(listed) for statement, listed in zip(statements, reported, strict=True)]
        others = [words for words, listed in zip(left, reported, strict=True) if not listed or len(words) > LISTED]
        said = [statement.plain for statement, listed in zip(statements, reported, strict=True) if listed]
        return Reported(tuple(fixes), together(left), together(others), together(said))

    def _statements(self, text: str) -> Iterator[_Statement]:
        """The statements of a text, in its order."""
        for part in parts(text):
            plain = words(part.text)
            alike = numbers_alike(plain)
            fixes = _widest(self._fixes.find(alike))
            cues = [cue for cue in outermost(self._cues.find(alike)) if not any(_inside(cue, found) for found in fixes)]
            joins = [cue for cue in cues if cue.what == _JOIN]
            starts = [0, *(join.end for join in joins)]
            stops = [*(join.start for join in joins), len(plain)]
            for start, stop in zip(starts, stops, strict=True):
                within = (_between(fixes, start, stop), _between(cues, start, stop))
                yield _Statement(plain[start:stop], *within, part.asked, part.ends and stop == len(plain))


def _reported(statements: Sequence[_Statement]) -> Sequence[Collection[Found[_Named]]]:
    """The reported fixes of each statement: by itself, or as an item of a list that has a cue or another fix that was done."""
    reported: list[dict[Found[_Named], None]] = []
    items: list[int] = []  # statements of a list whose cue may still come: "restart, new wifi, nothing helped"
    listing = False  # the cue of the list has come: "tried restart, new wifi"
    for place, statement in enumerate(statements):
        reported.append(dict.fromkeys(statement.done()))
        undone = statement.asked or statement.has(_UNDONE)
        if undone or (statement.plain and not statement.is_item and not statement.has(_DID)):
            listing, items = False, []
        elif statement.is_item:
            items.append(place)
        listing = listing or ((statement.has(_DID) or bool(reported[place])) and not undone)
        if listing:
            for item in items:
                reported[item] |= dict.fromkeys(statements[item].fixes)
        if statement.ends:
            listing, items = False, []
    return reported


def wording_of(text: str) -> tuple[str, ...]:
    """The words of a wording as it is looked for; `{n}` in it is any number."""
    return tuple(numbers_alike(phrase_words(text.replace("{n}", " 0 "))))


def _told(fixes: Iterable[Fix], language: str) -> Iterator[tuple[str, str, bool]]:
    """Fix, wording, and whether it says that it was done."""
    for fix in fixes:
        yield from ((fix.id, text, True) for text in fix.done.get(language, ()))
        yield from ((fix.id, text, False) for text in fix.named.get(language, ()))


def _widest(found: Iterable[Found[_Named]]) -> list[Found[_Named]]:
    """The fixes that are named, without names inside other names: "restarted the router" is no restart of the phone."""
    kept: list[Found[_Named]] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _inside(cue: Found[str], found: Found[_Named]) -> bool:
    return found.start <= cue.start and cue.end <= found.end


def _between(found: Iterable[Found[T]], start: int, stop: int) -> list[Found[T]]:
    """What lies within a statement, with places counted from its begin."""
    return [one._replace(start=one.start - start, end=one.end - start) for one in found if start <= one.start and one.end <= stop]


def _apart(cue: Found[str], found: Found[_Named]) -> int:
    """Words between a cue and a fix."""
    return max(found.start - cue.end, cue.start - found.end, 0)
