"""Leaves out what somebody says is not so: "iCloud is not full, but the backup fails" is about the second half only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.finder import Finder
from bot.model import Cues
from bot.normalising import words
from bot.statements import parts, together

_DENIED, _FINE, _UNDONE, _JOIN = "denied", "fine", "undone", "join"


class DenialReader:
    """Finds denials in texts of one language. cues: the language's own."""

    def __init__(self, cues: Cues) -> None:
        self._denied = Finder([*_told(cues.denied, _DENIED), *_told(cues.fine, _FINE)])
        self._undone = Finder(_told(cues.undone, _UNDONE))
        self._joins = Finder(_told(cues.joins, _JOIN))

    def parted(self, text: str, plain: list[str]) -> tuple[str, str]:
        """A text without its denied statements, and these; the text as it is where nothing is denied. plain: its plain words."""
        if not self._denied.find(plain):
            return text, ""
        statements = list(self._statements(text))
        denied = [statement for statement, is_denial in statements if is_denial]
        return (together(statement for statement, is_denial in statements if not is_denial) if denied else text), together(denied)

    def _statements(self, text: str) -> Iterator[tuple[list[str], bool]]:
        """The statements of a text, each with whether it is a denial."""
        for part in parts(text):
            plain = words(part.text)
            denied = self._denied.find(plain)
            joins = [join for join in self._joins.find(plain) if not any(cue.start <= join.start < cue.end for cue in denied)]
            starts = [0, *(join.end for join in joins)]
            stops = [*(join.start for join in joins), len(plain)]
            for start, stop in zip(starts, stops, strict=True):
                if start < stop:
                    yield plain[start:stop], self._is_denial(plain[start:stop], asked=part.asked)

    def _is_denial(self, statement: list[str], *, asked: bool) -> bool:
        """Whether a statement says that a trouble is not there, or that something is well without taking that back."""
        found = {cue.what for cue in self._denied.find(statement)}
        well = _FINE in found and not asked and not self._undone.find(statement)
        return _DENIED in found or well


def _told(texts: Iterable[str], cue: str) -> list[tuple[list[str], str]]:
    return [(words(text), cue) for text in texts]
