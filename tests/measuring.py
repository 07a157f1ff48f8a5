"""The messages of tests/utterances. `python -m bot eval tests/utterances` prints how well they are understood."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from bot.evaluating.measures import NearMiss, Utterance
from bot.evaluating.utterances import Collected, read_utterances
from bot.model import ENGLISH
from tests.conversing import shipped_guide

UTTERANCES: Final = Path(__file__).parent / "utterances"
LANGUAGES: Final = UTTERANCES / "languages"


def utterances() -> list[Utterance]:
    """All labelled English messages."""
    return [one for one in _read().utterances if one.language == ENGLISH]


def foreign_utterances() -> list[Utterance]:
    """All labelled messages in other languages than English."""
    return [one for one in _read().utterances if one.language != ENGLISH]


def near_misses() -> list[NearMiss]:
    """All messages that must not be taken for the intent in whose file they stand."""
    return list(_read().near_misses)


@cache
def _read() -> Collected:
    return read_utterances([UTTERANCES], shipped_guide().intents)
