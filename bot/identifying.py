"""Which language a message is written in, by its words: those of the guide's own phrases, language by language.

Naive Bayes over words, and over the letters of words that no phrase has: mistyped ones still look like their language.
It need not be perfect: where two languages are close, the message is read in both.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from struct import Struct
from typing import Final, NamedTuple

from bot.packing import Column, place_of, short_key_of

UNSEEN: Final = 0.05
"""What a word counts in a language whose phrases do not have it, where 1 is a word met once."""
HINT: Final = 2.0
"""What it is worth (in nats) that somebody's app or conversation is in a language."""
USUAL: Final = 1.5
"""What it is worth that a language is the one most people write in."""
TWICE: Final = math.log(2.0)
"""By so much a word must be worth more for a language than for any other, to be called its own."""
BY_LETTERS: Final = 0.3
"""What a pair of letters in an unknown word counts: they are not independent of each other."""
UNKNOWN: Final = 0.5
"""From this share of unknown words on their letters are looked at. In other messages they are mostly names."""
REMEMBERED: Final = 2500
"""Signs whose worth is kept at hand: in each language a few hundred words make up most of what people write."""
LANE: Final = 64
"""Bits of a language's worth in a row."""
FINE: Final = 2.0**32
"""Parts of 1 in which worth is added up: that of a sign stays below 32, and a message has some thousand signs at most."""
ENOUGH: Final = 100
"""Words that are looked at, from the beginning, each once: a name that comes again and again tells no more."""


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
    """What tells languages apart, as tables. said: language -> the words of all its phrases, as `normalising.split` gives them."""
    words = [Counter(listed) for listed in said.values()]
    letters = [Counter(pair for word in counts for pair in letters_of(word)) for counts in words]
    return {"languages": list(said), **_signs_tables("word", words), **_signs_tables("letter", letters)}


def letters_of(word: str) -> Iterator[str]:
    """The pairs of letters in a word, its ends included."""
    return map("".join, pairwise(f" {word} "))


def _signs_tables(name: str, counted: Sequence[Counter[str]]) -> dict[str, Column]:
    """The tables of some signs (words, or pairs of letters), counted language by language.

    `keys` stand for the signs, in order; `starts` says where the languages of each begin in `of`, with what the sign is worth in `gains`.
    """
    absent, gains = array("d"), defaultdict[int, list[tuple[int, float]]](list)
    for place, counts in enumerate(counted):
        absent.append(math.log(UNSEEN / (counts.total() + 1.0)))
        for sign, count in counts.items():
            gains[short_key_of(sign)].append((place, math.log((count + UNSEEN) / UNSEEN)))
    keys = sorted(gains)
    told = [pair for key in keys for pair in gains[key]]
    columns: dict[str, Column] = {
        "absent": absent,
        "keys": array("I", keys),
        "starts": array("I", accumulate((len(gains[key]) for key in keys), initial=0)),
        "of": array("I", (language for language, _ in told)),
        "gains": array("d", (gain for _, gain in told)),
    }
    return {f"{name}_{column}": values for column, values in columns.items()}


class Worth(NamedTuple):
    """What a sign is worth: the languages that have it, its worth for each, and the one whose own it rather is, if it is one's.

    row: one long integer with the worth for each language side by side, in parts of `FINE`: adding two of them adds all at once.
    """

    of: bytes
    row: int
    own: int | None


class Signs:
    """What signs are worth for each language. tables: as `identifier_tables` makes them. name: which signs."""

    def __init__(self, tables: Mapping[str, Column], name: str) -> None:
        self._absent: Sequence[float] = tables[f"{name}_absent"]
        self._keys: Sequence[int] = tables[f"{name}_keys"]
        self._starts: Sequence[int] = tables[f"{name}_starts"]
        self._of: Sequence[int] = tables[f"{name}_of"]
        self._gains: Sequence[float] = tables[f"{name}_gains"]
        self._lanes = Struct(f"<{len(self._absent)}Q")
        self.worth = lru_cache(maxsize=REMEMBERED)(self._looked_up)

    def weigh(self, signs: Iterable[str], scores: list[float], weight: float = 1.0) -> list[str]:
        """Adds to the scores of the languages what the known signs are worth, and gives back the others."""
        unknown = []
        row = known = 0
        for sign in signs:
            if worth := self.worth(sign):
                known += 1
                row += worth.row
            else:
                unknown.append(sign)
        gains = self._lanes.unpack(row.to_bytes(self._lanes.size, "little"))
        for language, (gain, absent) in enumerate(zip(gains, self._absent, strict=True)):
            scores[language] += weight * (gain / FINE + known * absent)
        return unknown

    def _looked_up(self, sign: str) -> Worth | None:
        found = place_of(short_key_of(sign), self._keys)
        if found is None:
            return None
        span = slice(self._starts[found], self._starts[found + 1])
        of, gains = tuple(self._of[span]), tuple(self._gains[span])
        *_, second, best = sorted((*gains, 0.0))
        row = sum(round(gain * FINE) << (LANE * language) for language, gain in zip(of, gains, strict=True))
        return Worth(bytes(of), row, of[gains.index(best)] if best - second >= TWICE else None)


class Identifier:
    """Tells languages apart.

    tables: as `identifier_tables` makes them. usual: the language most people write in.
    """

    def __init__(self, tables: Mapping[str, Column], usual: str) -> None:
        self.languages: Sequence[str] = tuple(tables["languages"])
        self._prior = [USUAL if language == usual else 0.0 for language in self.languages]
        self._words = Signs(tables, "word")
        self._letters = Signs(tables, "letter")

    def likely(self, written: Sequence[str], hint: str | None = None) -> list[tuple[float, str]]:
        """How likely each language is, the likeliest first.

        written: the words of a message, as `normalising.split` gives them. hint: the code of the language of somebody's app.
        """
        hinted = closest(hint, self.languages) if hint else None
        scores = [prior + (HINT if language == hinted else 0.0) for prior, language in zip(self._prior, self.languages, strict=True)]
        looked_at = list(dict.fromkeys(written))[:ENOUGH]
        unknown = self._words.weigh(looked_at, scores)
        if len(unknown) >= UNKNOWN * len(looked_at):
            self._letters.weigh((pair for word in unknown for pair in letters_of(word)), scores, BY_LETTERS)
        best = max(scores)
        shares = [math.exp(score - best) for score in scores]
        total = sum(shares)
        return sorted(((share / total, language) for share, language in zip(shares, self.languages, strict=True)), reverse=True)

    def knows(self, word: str, language: str) -> bool:
        """Whether a phrase of a language has this word."""
        return self.known((word,), language) > 0

    def known(self, written: Iterable[str], language: str) -> int:
        """How many of these words some phrase of a language has."""
        wanted = self.languages.index(language)
        return sum(wanted in worth.of for worth in map(self._words.worth, written) if worth is not None)

    def telling(self, written: Sequence[str], language: str) -> int:
        """How many different words are rather of this language than of any other. Names, numbers and single letters are of none."""
        wanted = self.languages.index(language)
        looked_at = list(dict.fromkeys(written))[:ENOUGH]
        own = [word for word in looked_at if (len(word) > 1 or not word.isascii()) and not word.isdigit()]
        return sum(worth.own == wanted for worth in map(self._words.worth, own) if worth is not None)
