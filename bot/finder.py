"""Finds wordings in plain words: the one search behind facts, reported fixes and their cues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from sys import intern
from typing import Any, Generic, NamedTuple, TypeVar

from bot.normalising import NUMBER

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """A wording that stands in a text: its first word's place, the place after its last, and what it stands for."""

    start: int
    end: int
    what: T


class Finder(Generic[T]):
    """Finds wordings. told: the plain words of each wording (at least one), with what it stands for. others: a finder of more."""

    def __init__(self, told: Iterable[tuple[Sequence[str], T]], others: Finder[T] | None = None) -> None:
        begun: dict[tuple[str, str], list[tuple[tuple[str, ...], T]]] = defaultdict(list)
        for said, what in told:
            begun[said[0], said[1] if len(said) > 1 else ""].append((tuple(map(intern, said)), what))
        self._told: dict[str, dict[str, tuple[tuple[tuple[str, ...], T], ...]]] = defaultdict(dict)
        for (first, second), listed in begun.items():
            self._told[first][second] = tuple(sorted(listed, key=_words_of_wording, reverse=True))
        self._others = others

    @property
    def endings(self) -> Iterator[str]:
        """The last word of each wording."""
        yield from (said[-1] for begun in self._told.values() for listed in begun.values() for said, _ in listed)
        if self._others is not None:
            yield from self._others.endings

    def may_find(self, plain: Iterable[str]) -> bool:
        """Whether some word begins a wording: a cheap look before the full one."""
        return not self._told.keys().isdisjoint(plain) or (self._others is not None and self._others.may_find(plain))

    def find(self, plain: Sequence[str]) -> Iterator[Found[T]]:
        """Every wording in a text, in its order, the longer ones first where several begin at one word."""
        own = self._find(plain)
        return own if self._others is None else merge(own, self._others.find(plain), key=_in_order)

    def _find(self, plain: Sequence[str]) -> Iterator[Found[T]]:
        following = [*plain[1:], ""]
        for place, word in enumerate(plain):
            begun = self._told.get(word)
            if begun is None:
                continue
            for said, what in (*begun.get(following[place], ()), *(begun.get("", ()) if following[place] else ())):
                end = place + len(said)
                if tuple(plain[place:end]) == said:
                    yield Found(place, end, what)


def _words_of_wording(wording: tuple[Sequence[str], object]) -> int:
    return len(wording[0])


def _in_order(found: Found[Any]) -> tuple[int, int]:
    return found.start, -found.end


def outermost(found: Iterable[Found[T]]) -> list[Found[T]]:
    """The wordings without those that stand inside others: "not yet" is no "not"."""
    kept: list[Found[T]] = []
    for one in found:
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def numbers_alike(plain: Iterable[str]) -> list[str]:
    """Plain words in which any number stands for any other."""
    return [NUMBER if word.isdigit() else word for word in plain]
