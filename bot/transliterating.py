"""Russian and Ukrainian typed in Latin letters -> the Cyrillic that is meant: "bekap zavis" -> "бекап завис".

There are many ways to type it, and nobody keeps to one. So words are turned letter by letter after the commonest, and whoever looks
them up sees whether they are words; what is left of the other ways is a typing error like any other.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

_ALONE: Final = dict(zip("abcdefghjklmnopqrstuvwxz", "абцдефгхйклмнопкрстуввхз", strict=True))
_TOGETHER: Final = {"shch": "щ", "sch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц", "ck": "к"}
_SOFT: Final = {"ya": "я", "ja": "я", "yu": "ю", "ju": "ю", "yo": "е", "jo": "е"}
_SHARED: Final = _ALONE | _TOGETHER | _SOFT
"""What is typed for Cyrillic letters, alike in both languages."""
_OWN: Final = {
    "ru": {"i": "и", "y": "ы", "ye": "е", "je": "е"},
    "uk": {"i": "і", "y": "и", "h": "г", "yi": "ї", "ji": "ї", "ye": "є", "je": "є"},
}
SPELT: Final = tuple(_OWN)
"""The languages that are read so."""
_LETTERS: Final = {language: _SHARED | own for language, own in _OWN.items()}
_SIGNS: Final = {language: re.compile("|".join(sorted(table, key=len, reverse=True))) for language, table in _LETTERS.items()}
_MENDED: Final = tuple(
    (re.compile(sign), letter)
    for sign, letter in (("(?<=[иі])а$", "я"), ("(?<=[иі])у$", "ю"), ("(?<=[аеиіоуы])[ыи]$", "й"), ("(?<=...а)т$", "ть"), ("^е(?=т)", "э"))
)
"""Letters that are mostly typed as others or left out: "kopia", "kopiu", "poslednei", "sdelat", "eto"."""


def in_cyrillic(word: str, language: str) -> str:
    """A word in small Latin letters as it would be written in a language of `SPELT`; a number stays."""
    if word.isdigit():
        return word
    word = _SIGNS[language].sub(partial(_letter, _LETTERS[language]), word)
    for sign, letter in _MENDED:
        word = sign.sub(letter, word)
    return word


def _letter(table: dict[str, str], found: re.Match[str]) -> str:
    return table[found[0]]
