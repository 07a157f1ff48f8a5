"""English texts are plain when read aloud; responses/README.md says how to write so. What cannot be measured is read by a person."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

import pytest

from tests.plain_words import LABELS, Where, actions, grade, sentences, syllables, texts, words

LONGEST: Final = 20
"""Words in a sentence, at most; a breath."""
LONG: Final = 15
LONG_SHARE: Final = 0.08
"""Of all sentences, so many may be longer than LONG."""

PER_SENTENCE: Final = 2
PER_STEP: Final = 3
"""Actions in a sentence of a step, and in a step: open a page, tap, and what confirms it."""

GRADE: Final = 7.0
"""School grade of a card: what a twelve-year-old reads without effort."""
STEPS_GRADE: Final = 5.0
"""The same of the steps of a fix, which are read with the phone in the other hand."""
ENOUGH: Final = 25
"""Words from which the grade means anything."""

FORBIDDEN: Final = re.compile(
    r"\b(?:simply|just|easy|easily|obvious(?:ly)?|basically|merely|of course|please note|note that|as you know|"
    r"must have forgotten|should have|your (?:mistake|fault)|you (?:failed|forgot)|invalid|guaranteed?|definitely|"
    r"prompts?|toggles?|outage|cache|bugs?|reboot|configure|functionality|e\.g|i\.e|etc)\b",
    re.IGNORECASE,
)
ALLOWED: Final[dict[Where, str]] = {
    ("intents", "human", "answer"): "Of course",  # the answer to "let me talk to a person": a yes, not a reproach
    ("questions", "full_storage", "ask"): "easily",  # "they are easily mixed up": others do it too
    ("replies", "upset"): "your fault",  # "it is not your fault"
}

EXPLAINED: Final = {
    "router": "the Wi-Fi box",
    "hotspot": "shared from another phone",
    "profile": "set of rules",
    "two-factor authentication": "second check besides your password",
}
"""Words that people may not know -> what must stand in the same fix."""

PRESSED: Final = re.compile(r'\bpress(?:ing)? (?:the button )?["“*]+(?!\*?Volume)', re.IGNORECASE)
"""A button of the screen, called by the verb for one on the edge."""


def _spoken() -> list[tuple[Where, str]]:
    return [(where, text) for where, text in texts() if not LABELS & set(where[2:])]


def _steps() -> list[tuple[Where, str]]:
    return [(where, text) for where, text in _spoken() if where[0] == "fixes" and where[2] == "steps"]


def test_sentences_are_short() -> None:
    """No sentence is longer than a breath, and few are longer than they should be."""
    counted = [(len(words(sentence)), where, sentence) for where, text in _spoken() for sentence in sentences(text)]
    assert [found for found in counted if found[0] > LONGEST] == []
    assert sum(count > LONG for count, _, _ in counted) <= LONG_SHARE * len(counted)


def test_a_step_is_one_thing_to_do() -> None:
    """No sentence of a step strings actions together, and no step has more than what belongs to one of them."""
    asked = {(where, text): [actions(sentence) for sentence in sentences(text)] for where, text in _steps()}
    assert [step for step, counts in asked.items() if max(counts) > PER_SENTENCE or sum(counts) > PER_STEP] == []
    assert sum(map(sum, asked.values())) > len(asked), "hardly any step asks for something: the verbs are not recognised"


def test_nobody_is_talked_down_to() -> None:
    """No word that makes light of what is hard, blames, promises too much, or is only understood by those who build phones."""
    found = {(where, match[0]) for where, text in texts() for match in FORBIDDEN.finditer(text)}
    assert found == set(ALLOWED.items())


def test_buttons_are_tapped() -> None:
    """One word for one thing: what is on the screen is tapped, what is on the edge of the phone is pressed."""
    assert [
        (where, text) for where, text in texts() if re.search(r'\bpress(?:ing)? (?:the button )?["“*]+(?!\*?Volume)', text, re.IGNORECASE)
    ] == []


@pytest.mark.parametrize("jargon", EXPLAINED)
def test_strange_words_are_explained(jargon: str) -> None:
    """A fix that tells people what to do with such a thing says what it is."""
    fixes: dict[str, str] = defaultdict(str)
    for where, text in texts():
        if where[0] == "fixes":
            fixes[where[1]] += f" {text}"
    using = [fix for fix, text in fixes.items() if jargon in text.lower()]
    assert using
    assert [fix for fix in using if EXPLAINED[jargon] not in fixes[fix]] == []


def test_cards_are_easy_to_read() -> None:
    """A card is for every reader, and its steps for a tired one."""
    cards: dict[Where, list[str]] = defaultdict(list)
    for where, text in _spoken():
        cards[where[:2]].append(text)
    for where, text in _steps():
        cards[(*where[:2], "steps")].append(text)
    grades = {where: grade(said) for where, said in cards.items() if sum(len(words(s)) for text in said for s in sentences(text)) >= ENOUGH}
    assert {where: found for where, found in grades.items() if found > (STEPS_GRADE if where[2:] else GRADE)} == {}
    assert len(grades) > 100


# --- the measures themselves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Tap it. Wait; then go on: slowly.", [2, 1, 3, 1]),
        ("Open `Settings › [your name] › iCloud` and tap **Back Up Now**.", [5]),
        ("See support.apple.com/airpods for 50 GB of music.", [6]),
        ('Ask me "how do I back up", {device} in hand.', [6]),
        ("Do this:\n\n- One thing.\n- Another.", [2, 2, 1]),
    ],
)
def test_words_of_a_sentence(text: str, counts: list[int]) -> None:
    """What is only looked for on the screen is one word, and a list is read line by line."""
    assert [len(words(sentence)) for sentence in sentences(text)] == counts


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Open Settings, tap your name and scroll down.", 3),
        ("Turn it off, then wait, then turn it on.", 3),
        ("If nothing happens, hold the button.", 1),
        ("Press and let go of the other.", 1),
        ("Is the dot green, or another color?", 0),
        ("The wait can take hours.", 0),
    ],
)
def test_actions_of_a_sentence(sentence: str, count: int) -> None:
    """An action is a verb that tells the reader to do something."""
    assert actions(sentence) == count


@pytest.mark.parametrize(
    ("word", "heard"), [("backup", 2), ("phone", 1), ("little", 2), ("tapped", 1), ("started", 2), ("pages", 2), ("makes", 1), ("5", 1)]
)
def test_syllables(word: str, heard: int) -> None:
    """Silent letters at the end are not heard."""
    assert syllables(word) == heard


def test_grades_tell_plain_from_stilted() -> None:
    """The same thing in few short words is for children; in long ones it is not."""
    assert grade(["Plug in the phone. Wait a day."]) < 3
    assert (
        grade(["Subsequently establish connectivity to an appropriate electrical installation, continuously maintaining functionality."])
        > 15
    )
