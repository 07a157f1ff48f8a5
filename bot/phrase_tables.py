"""The phrases of one language as tables: what a lexicon needs of them, made once and kept with the guide (see `packing`)."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from itertools import chain

from bot.evidence import Index
from bot.index_tables import Said, tables_of
from bot.model import Guide, Phrase
from bot.normalising import compared, exactly, phrase_words
from bot.packing import Column, key_of, short_key_of
from bot.screens import Screens


def phrases_of(guide: Guide, language: str) -> list[tuple[str, Phrase]]:
    """The phrases of a language, each with its intent; the place in this list is the phrase's place."""
    return [(intent.id, phrase) for intent in guide.intents.values() for phrase in intent.phrases if phrase.language == language]


def lexicon_tables(guide: Guide, language: str) -> dict[str, Column]:
    """All that a lexicon needs of its phrases: the index (see `evidence`), the words as they are written, whole phrases, screens, facts."""
    phrases = phrases_of(guide, language)
    intents = {intent: number for number, intent in enumerate(dict.fromkeys(intent for intent, _ in phrases))}
    plain = [phrase_words(phrase.text) for _, phrase in phrases]
    whole: dict[tuple[int, int], int] = {}
    for place, ((intent, _), said) in enumerate(zip(phrases, plain, strict=True)):
        whole.setdefault((key_of(" ".join(exactly(said))), intents[intent]), place)
    screens = [place for place, (_, phrase) in enumerate(phrases) if phrase.screen]
    return {
        **tables_of([*intents], [Said(intents[intent], compared(said)) for (intent, _), said in zip(phrases, plain, strict=True)]),
        "written": (written := sorted(set(chain.from_iterable(plain)))),
        "written_keys": array("I", sorted(map(short_key_of, written))),
        "whole": array("Q", (key for key, _ in sorted(whole))),
        "whole_places": array("I", (whole[key] for key in sorted(whole))),
        "screens": array("I", screens),
        "shown": [" ".join(exactly(plain[place])) for place in screens],
        "facts": [json.dumps([place, dict(phrase.facts)]) for place, (_, phrase) in enumerate(phrases) if phrase.facts],
    }


def screens_of(index: Index, tables: Mapping[str, Column]) -> Screens:
    """IOS's own texts among a lexicon's phrases."""
    return Screens(index, tables["shown"])
