"""Leaves out what somebody says is not so: "iCloud is not full, but the backup fails" is about the second half only."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.finder import Finder
from bot.model import Cues
from bot.normalising import words
from bot.statements import BETWEEN, parts

_DENIED, _JOIN = "denied", "join"


class DenialReader:
    """Finds denials in texts of one language. cues: the language's own."""

    def __init__(self, cues: Cues) -> None:
        self._denied = Finder([(words(text), _DENIED) for text in cues.denied])
        self._joins = Finder([(words(text), _JOIN) for text in cues.joins])

    def affirmed(self, text: str, plain: list[str]) -> str:
        """The text without its denied statements; as it is where nothing is denied. plain: its plain words."""
        if not self._denied.may_find(plain) or next(self._denied.find(plain), None) is None:
            return text
        return BETWEEN.join(" ".join(statement) for statement in self._statements(text) if not self._is_denied(statement))

    def _statements(self, text: str) -> Iterator[list[str]]:
        for part in parts(text):
            plain = words(part.text)
            joins = list(self._joins.find(plain))
            starts = [0, *(join.end for join in joins)]
            stops = [*(join.start for join in joins), len(plain)]
            yield from (plain[start:stop] for start, stop in zip(starts, stops, strict=True) if start < stop)

    def _is_denied(self, statement: Collection[str]) -> bool:
        return next(self._denied.find([*statement]), None) is not None
