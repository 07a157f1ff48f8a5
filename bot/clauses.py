"""Cuts a short message into its clauses: two of them may name two troubles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.normalising import unspaced

WORDS: Final = 3
"""A shorter clause names no trouble."""
SIGNS: Final = 10
"""The same in a script without spaces, in characters."""
MOST: Final = 3
LONGEST: Final = 400
"""Characters; a longer message tells one story, whose clauses say too little alone."""
_STOP: Final = r"[!?;\n。！？；…]+|\.+(?!\w)"


class Clauses:
    """The clauses of messages of one language. joins: its words that join two troubles, in any script."""

    def __init__(self, joins: Iterable[str]) -> None:
        self._end = _end(joins)

    def of(self, text: str) -> list[str]:
        """The first clauses that have words enough to name a trouble, where there are at least two."""
        if len(text) > LONGEST:
            return []
        clauses = [clause for clause in self._end.split(text) if _says_enough(clause)]
        return clauses[:MOST] if len(clauses) > 1 else []


def _end(joins: Iterable[str]) -> re.Pattern[str]:
    """Where a clause ends: at a stop, and at words that join two troubles."""
    found = (re.escape(join) if unspaced(join[0]) else rf"\b{re.escape(join)}\b" for join in sorted(joins, key=len, reverse=True))
    return re.compile("|".join((_STOP, *found)), re.IGNORECASE)


def _says_enough(clause: str) -> bool:
    """Whether a clause has words enough to name a trouble."""
    bare = clause.strip()
    return bare.count(" ") + 1 >= WORDS or (len(bare) >= SIGNS and any(map(unspaced, bare)))
