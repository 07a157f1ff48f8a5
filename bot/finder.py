"""Finds wordings in plain words: the one search behind facts, reported fixes and their cues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from sys import intern
from typing import Any, Final, Generic, NamedTuple, TypeVar

from bot.normalising import NUMBER

T = TypeVar("T")

FEW: Final = 4
"""Wordings that begin with the same word are looked through one by one; more of them are kept by their second word, which takes memory."""


class Found(NamedTuple, Generic[T]):
    """A wording that stands in a text: its first word's place, the place after its last, and what it stands for."""

    start: int
    end: int
    what: T


class Wording(NamedTuple, Generic[T]):
    """Plain words, and what they stand for."""

    said: tuple[str, ...]
    what: T


class Finder(Generic[T]):
    """Finds wordings. told: the plain words of each wording (at least one), with what it stands for. others: a finder of more."""

    def __init__(self, told: Iterable[tuple[Sequence[str], T]], others: Finder[T] | None = None) -> None:
        begun: dict[str, list[Wording[T]]] = defaultdict(list)
        for said, what in told:
            begun[said[0]].append(Wording(tuple(map(intern, said)), what))
        self._told: dict[str, tuple[Wording[T], ...] | dict[str, tuple[Wording[T], ...]]] = {}
        for first, listed in begun.items():
            listed.sort(key=_length, reverse=True)
            self._told[first] = tuple(listed) if len(listed) <= FEW else _by_second(listed)
        self._others = others

    @property
    def endings(self) -> Iterator[str]:
        """The last word of each wording."""
        for begun in self._told.values():
            listed = begun if isinstance(begun, tuple) else chain.from_iterable(begun.values())
            yield from (wording.said[-1] for wording in listed)
        if self._others is not None:
            yield from self._others.endings

    def may_find(self, plain: Iterable[str]) -> bool:
        """Whether some word begins a wording: a cheap look before the full one."""
        return not self._told.keys().isdisjoint(plain) or (self._others is not None and self._others.may_find(plain))

    def find(self, plain: Sequence[str]) -> list[Found[T]]:
        """Every wording in a text, in its order, the longer ones first where several begin at one word."""
        own = self._find(tuple(plain)) if not self._told.keys().isdisjoint(plain) else []
        others = self._others.find(plain) if self._others is not None else []
        return sorted((*own, *others), key=_in_order) if own and others else own or others

    def _find(self, plain: tuple[str, ...]) -> list[Found[T]]:
        told = self._told
        found: list[Found[T]] = []
        for place, word in enumerate(plain):
            if word not in told:
                continue
            begun = told[word]
            if isinstance(begun, dict):
                second = plain[place + 1] if place + 1 < len(plain) else ""
                begun = (*begun.get(second, ()), *(begun.get("", ()) if second else ()))
            for said, what in begun:
                end = place + len(said)
                if plain[place:end] == said:
                    found.append(Found(place, end, what))
        return found


def _length(wording: Wording[Any]) -> int:
    return len(wording.said)


def _by_second(listed: Iterable[Wording[T]]) -> dict[str, tuple[Wording[T], ...]]:
    """Wordings by their second word, those of one word under none."""
    found: dict[str, list[Wording[T]]] = defaultdict(list)
    for wording in listed:
        found[wording.said[1] if len(wording.said) > 1 else ""].append(wording)
    return {second: tuple(of_second) for second, of_second in found.items()}


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
