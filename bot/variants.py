"""What is said and shown under all facts on which it depends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, TypeVar

from bot.model import UNKNOWN, Fix, Guide, Picture, Reply
from bot.rendering import picture_of

T = TypeVar("T")


class _Facts(dict[str, str]):
    """Facts that remember which of them the words depended on."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def under_all_facts(guide: Guide, work: Callable[[Mapping[str, str]], T]) -> list[tuple[Mapping[str, str], T]]:
    """What work returns under each combination of the facts that it asks for, unknown ones among them."""
    varying: dict[str, tuple[str, ...]] = {}
    while True:
        asked: set[str] = set()
        found: list[tuple[Mapping[str, str], T]] = []
        for values in product(*varying.values()):
            facts = _Facts(dict(zip(varying, values, strict=True)))
            found.append((facts, work(facts)))
            asked |= facts.asked
        asked &= guide.facts.keys()
        if asked <= varying.keys():
            return found
        varying |= {fact: (*guide.facts[fact].values, UNKNOWN) for fact in sorted(asked - varying.keys())}


def pictures(guide: Guide, fix: Fix, language: str) -> Iterator[Picture]:
    """All pictures of a fix in a language. Raises MissingText, CannotShow."""
    found = under_all_facts(guide, lambda facts: picture_of(guide, Reply((), facts=facts, language=language, picture=fix.id)))
    yield from dict.fromkeys(picture for _, picture in found if picture is not None)
