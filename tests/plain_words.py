"""How plain an English text is: its sentences, the actions of a step, and the school grade that can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml

from bot.content import content_dir
from bot.model import ENGLISH

SENTENCES: Final = ("fixes", "intents", "questions", "replies")
"""The files whose texts are read as sentences; the others hold labels and words."""
LABELS: Final = frozenset({"title", "label", "name", "options"})
"""Fields that are no sentences. They are counted by `check`, in characters."""

_NAMED: Final = re.compile(r'`[^`]+`|\*\*[^*`]+\*\*|"[^"]+"|\b[\w-]+(?:\.[a-z]+)+(?:/\w+)*|\d+(?:\.\d+)? (?:GB|MB|TB|GHz|%)')
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_BREATH: Final = re.compile(r"(?<=[.!?:;])[*\")]*\s+|\n+(?:- )?")
_WORD: Final = re.compile(r"[A-Za-z0-9$][\w'$.,-]*")
_VOWELS: Final = re.compile(r"[aeiouy]+")

VERBS: Final = (
    "agree|answer|approve|ask|change|check|choose|click|close|come|compare|confirm|connect|copy|delete|enter|find|follow|give|go|hold|join|keep|leave|"
    "let|lock|look|make|open|plug|press|put|read|scroll|see|send|set|sign|slide|start|stay|tap|tick|touch|turn|type|unlock|update|wait|write"
)
_ACTION: Final = re.compile(rf"(?:^|[.!?:;,] |\b(?:and|then|now|or) )(?:then |now |first )?(?:{VERBS})\b(?! go)", re.IGNORECASE)
_ONE_ACTION: Final = re.compile(r"\bpress and let go\b", re.IGNORECASE)

Where = tuple[str, ...]


def texts() -> Iterator[tuple[Where, str]]:
    """All English texts, each with where it stands: file, entry, field, and what lies below."""
    for file in SENTENCES:
        path = content_dir() / "responses" / ENGLISH / f"{file}.yaml"
        yield from _leaves((file,), yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))


def _leaves(where: Where, node: Any) -> Iterator[tuple[Where, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key != "by":
                yield from _leaves((*where, str(key)), value)
    elif isinstance(node, list):
        for number, value in enumerate(node, 1):
            yield from _leaves((*where, str(number)), value)
    else:
        yield where, str(node)


def sentences(text: str) -> list[str]:
    """What is said in one breath: up to a full stop, a colon or a semicolon.

    A name on the screen, an address, quoted words and an amount are one word each: they are looked for, not read.
    """
    said = _PLACEHOLDER.sub("phone", _NAMED.sub("Name", text))
    return [sentence for sentence in _BREATH.split(said) if _WORD.search(sentence)]


def words(sentence: str) -> list[str]:
    """The words of a sentence."""
    return _WORD.findall(sentence)


def actions(sentence: str) -> int:
    """How many things a sentence of a step asks its reader to do."""
    return len(_ACTION.findall(_ONE_ACTION.sub("press", sentence)))


def syllables(word: str) -> int:
    """About as many as are heard."""
    word = word.lower()
    heard = len(_VOWELS.findall(word))
    silent = re.search(r"[^l]e$|[^tdl]ed$|[^aeioucgszxlh]es$", word) is not None
    return max(1, heard - silent)


def grade(passages: Sequence[str]) -> float:
    """The school grade, as Flesch and Kincaid reckon it, whose pupils can read this: 5.0 is for ten-year-olds."""
    said = [sentence for passage in passages for sentence in sentences(passage)]
    spoken = [word for sentence in said for word in words(sentence)]
    return 0.39 * len(spoken) / len(said) + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59
