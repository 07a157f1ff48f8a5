"""Text as people type and paste it -> plain words that compare well.

`Wi-Fi`, `wi fi` and `wifi` become one word, and so do `backed up`, `back up` and `backup`; quotes, dots and accents go;
`can't` becomes `can not`; numbers become `#`. Phrases and messages pass through the same rules. One regular expression
splits the text; everything else is a look-up per word, so that a message of 4,096 characters costs a fraction of a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from string import ascii_letters, digits
from typing import Final

LONGEST: Final = 4096
"""Characters of a message that are read (Telegram's own limit for a text)."""

LENGTHS: Final = (20, 100, 400)
"""The longest of each class of length, in characters; what is longer is of the last one."""

NUMBER: Final = "#"
"""What every number becomes when words are compared."""

_UNSEEN: Final = re.compile(
    "[\u0300-\u036f\u00ad\u200b-\u200f\u2060\u2066-\u2069\ufe0e\ufe0f\u2018\u2019\u201b\u02bc\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c\u30fc]"
)
"""Accents (once split off), soft hyphens, unseen marks, typographic apostrophes, and what Arabic, Hindi and Japanese may leave out."""
_SIGNS: Final = "\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963"
"""Hindi's vowels inside words, which Python does not count as letters."""
_STROKE: Final = re.compile(rf"[^\w\x00-\x7f{_SIGNS}]")
"""Dashes, arrows, emoji and the like, which part words."""
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_SIGNS}])+|%")
_PLAINER: Final = str.maketrans(
    {"\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe", "\u0649": "\u064a", "\u0629": "\u0647"}
)
"""Letters that people replace by plainer ones, and that have no accent to split off."""
_UNSPACED: Final = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
"""Chinese, Japanese and Korean signs: there blanks do not part words, or part too little (Korean joins its particles to them)."""
_RUN: Final = re.compile(rf"([{_UNSPACED}]+)")
_ASCII: Final = {
    **{code: None if chr(code) in "'`" else " " for code in range(128)},
    **{ord(letter): letter.lower() for letter in f"{ascii_letters}{digits}%"},
}
"""The same split for plain ASCII, ten times as fast: letters, digits and % stay, apostrophes go, all else parts words."""
_PARTS: Final = re.compile(r"\d+(?:th|st|nd|rd|[a-z](?![a-z]))?|[^\W\d_]+|%")
_PLACEHOLDER: Final = re.compile(r"\{[a-z_]+\}")

_BACK: Final = ("back", "backed", "backing", "backs", "bak", "backd")
_UP: Final = ("up", "ups", "upped", "upping")
_PAIRS: Final[dict[str, dict[str, str]]] = {
    **{first: dict.fromkeys(_UP, "backup") for first in _BACK},
    "wi": dict.fromkeys(("fi", "fis"), "wifi"),
    "i": {"phone": "iphone", "pad": "ipad", "cloud": "icloud", "tunes": "itunes", "os": "ios"},
    "ipad": {"os": "ipados"},
    "e": {"mail": "email", "mails": "email"},
    "two": dict.fromkeys(("factor", "step", "fa"), "twofactor"),
    "2": dict.fromkeys(("factor", "step", "fa"), "twofactor"),
    "log": {"in": "login"},
    "what": {"s": "what"},
    "sign": {"in": "signin"},
    "signed": {"in": "signin"},
    "signing": {"in": "signin"},
    "logged": {"in": "login"},
    "set": {"up": "setup"},
    "time": {"machine": "timemachine"},
    "one": {"drive": "onedrive"},
    "air": {"pods": "airpods", "drop": "airdrop"},
    "whats": {"app": "whatsapp"},
}
"""Two words that are one: first word -> second word -> the one."""
_LATE: Final = "whats"
_LATE_SPELT: Final = ("what", "is")
"""Spelt out only when it is not the first half of "whats app"."""
_SECONDS: Final = frozenset(second for seconds in _PAIRS.values() for second in seconds)
_NO_PAIR: Final[dict[str, str]] = {}

_NEGATED: Final = ("is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "could", "would", "should")
_SPELT: Final[dict[str, tuple[str, ...]]] = {
    **{f"{verb}nt": (verb, "not") for verb in _NEGATED},
    "cant": ("can", "not"),
    "cannot": ("can", "not"),
    "wont": ("will", "not"),
    "aint": ("is", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "ill": ("i", "will"),
    "itll": ("it", "will"),
    "its": ("it", "is"),
    "thats": ("that", "is"),
    "hows": ("how", "is"),
    "theres": ("there", "is"),
    "backedup": ("backup",),
    "backups": ("backup",),
    "backingup": ("backup",),
    "wireless": ("wifi",),
    "wlan": ("wifi",),
    "wifis": ("wifi",),
    "iphones": ("iphone",),
    "ipads": ("ipad",),
    "2fa": ("twofactor",),
    "2sv": ("twofactor",),
    "%": ("percent",),
    "pls": ("please",),
    "plz": ("please",),
    "u": ("you",),
    "ur": ("your",),
    "thx": ("thanks",),
    "tnx": ("thanks",),
    "ty": ("thanks",),
    "w": ("with",),
    "bc": ("because",),
    "cuz": ("because",),
}
"""Words that are written in short or as one, in full."""

_SAME: Final[dict[str, str]] = {
    **dict.fromkeys(("ipad", "ipod", "phone", "fone", "handset", "ipados", "tablet"), "iphone"),
    **dict.fromkeys(("pw", "pwd", "passcode"), "password"),
    **dict.fromkeys(("gigs", "gig", "gigabytes", "gigabyte", "gbs"), "gb"),
    **dict.fromkeys(("terabyte", "terabytes"), "tb"),
    **dict.fromkeys(("pics", "pictures", "picture", "photographs", "pic"), "photo"),
    **dict.fromkeys(("pc", "laptop", "desktop"), "computer"),
    **dict.fromkeys(("application", "applications"), "app"),
    "id": "account",  # with iOS 18 the Apple ID became the Apple Account
    **dict.fromkeys(("hrs", "hr"), "hours"),
    **dict.fromkeys(("mins", "min"), "minutes"),
}
"""Words that say the same here, as they are compared."""


_SIMPLE: set[str] = set()
"""Words met before that are written in full as they stand: most texts consist of them alone."""
_REMEMBERED: Final = 4096
"""Words that are kept at hand in each form: the vocabulary of many messages, and a bound of the memory that strange ones take."""


def words(text: str) -> list[str]:
    """The plain words of a text, numbers as they stand: what facts are read from."""
    return in_full(split(text))


def split(text: str) -> list[str]:
    """The words of a text as they are written, but for case, accents and apostrophes."""
    plain = text[:LONGEST]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.replace("\u00b4", ""))  # a spacing accent would become a blank
        plain = _STROKE.sub(" ", unicodedata.normalize("NFC", _UNSEEN.sub("", plain)))
    if plain.isascii():
        return plain.replace("%", " % ").translate(_ASCII).split()
    found = _WORD.findall(plain.casefold().translate(_PLAINER).replace("'", "").replace("`", ""))
    return [part for word in found for part in _parts_of(word)] if _RUN.search(plain) else found


def unspaced(word: str) -> bool:
    """Whether a word is a sign of a script that does not part words by blanks."""
    return not word.isascii() and _RUN.match(word) is not None


def signs(plain: Sequence[str]) -> int:
    """How many of some words are signs of a script that does not part words by blanks: two of them say about as much as a word."""
    return 0 if "".join(plain).isascii() else sum(map(unspaced, plain))


def _parts_of(word: str) -> Iterator[str]:
    """A word; of a run of unspaced signs each sign, which serves as a word: their pairs are weighed as pairs of words are."""
    for run in filter(None, _RUN.split(word)):
        yield from run if unspaced(run) else (run,)


def in_full(written: list[str]) -> list[str]:
    """Words as `split` gives them, short forms spelt out and pairs joined: the plain words."""
    if not _SIMPLE.issuperset(written):
        written = [part for word in written for part in _spelt(word)]
    joined = _joined(written)
    if _LATE in joined:
        return [part for word in joined for part in (_LATE_SPELT if word == _LATE else (word,))]
    return joined


def phrase_words(text: str) -> list[str]:
    """The plain words of a phrase; its placeholders stand for anything and say nothing."""
    return words(_PLACEHOLDER.sub(" ", text))


def compared(plain: Iterable[str]) -> list[str]:
    """Plain words as they are compared. Several numbers in a row are one; a model or a version number says nothing of the trouble."""
    return _without_numbers([rooted(word)[:ROOT] for word in plain])


def exactly(plain: Iterable[str]) -> tuple[str, ...]:
    """The same, with words to their ends: two texts alike so are the same phrase."""
    return tuple(_without_numbers(list(map(rooted, plain))))


def _without_numbers(mapped: list[str]) -> list[str]:
    """Words as they are compared, without the numbers that say nothing."""
    if NUMBER not in mapped:
        return mapped
    result: list[str] = []
    before = ""
    for word in mapped:
        if word != NUMBER or before not in _NUMBERED:
            result.append(word)
            before = word
    return result


@lru_cache(maxsize=_REMEMBERED)
def _spelt(word: str) -> tuple[str, ...]:
    """One word in full: `cant` as two words, `ios16` as name and number."""
    if word in _SPELT:
        return _SPELT[word]
    parts = (word,) if word.isalpha() or not word.isascii() else tuple(_PARTS.findall(word))
    if parts == (word,) and len(_SIMPLE) < _REMEMBERED:
        _SIMPLE.add(word)
    return parts


def _joined(plain: list[str]) -> list[str]:
    """Two words that are one, joined."""
    if _SECONDS.isdisjoint(plain):
        return plain
    result: list[str] = []
    for word in plain:
        if word in _SECONDS and result and (joined := _PAIRS.get(result[-1], _NO_PAIR).get(word)) is not None:
            result[-1] = joined
        else:
            result.append(word)
    return result


_NUMBERED: Final = frozenset((NUMBER, "iphon", "ios"))
"""Words (as they are compared) after which a number is dropped."""


def token(word: str) -> str:
    """One word as it is compared."""
    return rooted(word)[:ROOT]


@lru_cache(maxsize=_REMEMBERED)
def rooted(word: str) -> str:
    """One word to its end, but for an English ending and for other names of the same thing."""
    return NUMBER if word.isdigit() else stem(_SAME.get(word, word))


ROOT: Final = 5
"""Letters of a word that are compared: what comes after them is mostly an ending, in every language that has endings."""


_ENDINGS: Final = (
    ("sses", "ss"),
    ("ies", "y"),
    ("ied", "y"),
    ("ing", ""),
    ("ed", ""),
    ("ss", "ss"),
    ("us", "us"),
    ("es", ""),
    ("s", ""),
    ("e", ""),
)


def stem(word: str) -> str:
    """A word without its English ending. Both sides lose it alike, so it need not be linguistically right."""
    if len(word) < 4 or not word.isascii():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            return _undoubled(word[: -len(ending)] + instead) if len(word) - len(ending) >= 3 else word
    return word


def _undoubled(root: str) -> str:
    """`stopped` meets `stop`."""
    return root[:-1] if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "sl" else root


def length_class(text: str) -> str:
    """The class of length that messages are counted by, such as `21-100` (characters); it tells nothing of the words."""
    return _CLASSES[bisect_left(LENGTHS, len(text.strip()))]


_LEAST: Final = (1, *(limit + 1 for limit in LENGTHS))
_CLASSES: Final = (*(f"{least}-{most}" for least, most in zip(_LEAST, LENGTHS, strict=False)), f"{_LEAST[-1]}+")
