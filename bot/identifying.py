"""Which language a message is written in, by its words: those of the guide's own phrases, language by language.

Naive Bayes over words. It need not be perfect: where two languages are close, the message is read in both.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final
from zlib import crc32

from bot.packing import Column

UNSEEN: Final = 0.05
"""What a word counts in a language whose phrases do not have it, where 1 is a word met once."""
HINT: Final = 2.0
"""What it is worth (in nats) that somebody's app or conversation is in a language."""
USUAL: Final = 1.0
"""What it is worth that a language is the one most people write in."""
TWICE: Final = math.log(2.0)
ENOUGH: Final = 100
"""Words that are looked at, from the beginning."""


def closest(code: str, languages: Iterable[str]) -> str | None:
    """The language among these that a code means: itself, or one that differs in region or script only (`pt` for `pt-BR`).

    code: as apps tell it: `de`, `pt-br`, `zh-TW`. Of several the first in the alphabet.
    """
    wanted = code.casefold().replace("_", "-")
    wanted = _CHINESE.get(wanted, wanted)
    known = sorted(languages)
    same = [language for language in known if f"{wanted}-".startswith(f"{language.casefold()}-")]
    base = wanted.partition("-")[0]
    return next(iter((*same, *(language for language in known if language.partition("-")[0] == base))), None)


_CHINESE: Final = {**dict.fromkeys(("zh-tw", "zh-hk", "zh-mo"), "zh-hant"), **dict.fromkeys(("zh", "zh-cn", "zh-sg"), "zh-hans")}
"""Where Chinese is written in which script."""


def identifier_tables(said: Mapping[str, Iterable[str]]) -> dict[str, Column]:
    """What tells languages apart, as tables. said: language -> the words of all its phrases, as `normalising.split` gives them.

    `keys` stand for the words, in order; `starts` says where the languages of each begin in `of`, with what the word is worth in `gains`.
    """
    absent, gains = array("d"), defaultdict[int, list[tuple[int, float]]](list)
    for place, words in enumerate(said.values()):
        counts = Counter(words)
        absent.append(math.log(UNSEEN / (counts.total() + 1.0)))
        for word, count in counts.items():
            gains[crc32(word.encode())].append((place, math.log((count + UNSEEN) / UNSEEN)))
    keys = sorted(gains)
    told = [pair for key in keys for pair in gains[key]]
    return {
        "languages": list(said),
        "absent": absent,
        "keys": array("I", keys),
        "starts": array("I", accumulate((len(gains[key]) for key in keys), initial=0)),
        "of": array("I", (language for language, _ in told)),
        "gains": array("d", (gain for _, gain in told)),
    }


class Identifier:
    """Tells languages apart.

    tables: as `identifier_tables` makes them. usual: the language most people write in.
    """

    def __init__(self, tables: Mapping[str, Column], usual: str) -> None:
        self.languages: Sequence[str] = tables["languages"]
        self._prior = [USUAL if language == usual else 0.0 for language in self.languages]
        self._absent: Sequence[float] = tables["absent"]
        self._keys: Sequence[int] = tables["keys"]
        self._starts: Sequence[int] = tables["starts"]
        self._of: Sequence[int] = tables["of"]
        self._gains: Sequence[float] = tables["gains"]

    def likely(self, written: Sequence[str], hint: str | None = None) -> list[tuple[float, str]]:
        """How likely each language is, the likeliest first.

        written: the words of a message, as `normalising.split` gives them. hint: the code of the language of somebody's app.
        """
        hinted = closest(hint, self.languages) if hint else None
        scores = [prior + (HINT if language == hinted else 0.0) for prior, language in zip(self._prior, self.languages, strict=True)]
        known = 0
        for word in written[:ENOUGH]:
            gains = self._gains_of(word)
            known += bool(gains)
            for language, gain in gains:
                scores[language] += gain
        scores = [score + known * absent for score, absent in zip(scores, self._absent, strict=True)]
        best = max(scores)
        shares = [math.exp(score - best) for score in scores]
        total = sum(shares)
        return sorted(((share / total, language) for share, language in zip(shares, self.languages, strict=True)), reverse=True)

    def telling(self, written: Sequence[str], language: str) -> int:
        """How many different words are rather of this language than of any other. Names, numbers and single letters are of none."""
        wanted = self.languages.index(language)
        return sum(self._speaks_for(word, wanted) for word in dict.fromkeys(written[:ENOUGH]) if len(word) > 1 and not word.isdigit())

    def _speaks_for(self, word: str, language: int) -> bool:
        gains = dict(self._gains_of(word))
        own = gains.pop(language, 0.0)
        return own - max(gains.values(), default=0.0) >= TWICE

    def _gains_of(self, word: str) -> list[tuple[int, float]]:
        """The languages in whose phrases a word stands, with what it is worth for each."""
        key = crc32(word.encode())
        found = bisect_left(self._keys, key)
        if found == len(self._keys) or self._keys[found] != key:
            return []
        return [(self._of[place], self._gains[place]) for place in range(self._starts[found], self._starts[found + 1])]
