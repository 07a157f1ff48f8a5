"""The index of phrases: what the words of a message say for each intent."""

from __future__ import annotations

import math
from heapq import nlargest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence import Features, Index
from bot.index_tables import Said, tables_of
from bot.lexicon import LOOKED_AT
from bot.model import Guide
from bot.normalising import compared, phrase_words, words
from bot.phrase_tables import lexicon_tables, phrases_of
from tests.sampling import sample


def index_of(**phrases: list[str]) -> Index:
    said = [Said(number, compared(words(text))) for number, listed in enumerate(phrases.values()) for text in listed]
    return Index(tables_of(list(phrases), said))


def said(index: Index, text: str) -> Features:
    return index.features(compared(words(text)))


SMALL = index_of(
    full=["storage is full", "no room for the backup", "full"],
    stuck=["backup is stuck", "backup hangs for hours"],
    price=["what does storage cost", "price of more storage"],
)


def near(index: Index, text: str) -> dict[str, list[float]]:
    """Intent -> how near its nearest phrases are to a text."""
    found = index.nearness(said(index, text), range(len(index.intents)))
    return {index.intents[intent]: [pair[0] for pair in pairs] for intent, pairs in found.items()}


def evidence_of(index: Index, text: str) -> dict[str, float]:
    return dict(zip(index.intents, index.evidence(said(index, text)), strict=True))


@pytest.mark.parametrize(("text", "intent"), [("it is stuck", "stuck"), ("how much does it cost", "price"), ("there is no room", "full")])
def test_evidence_points_to_the_intent(text: str, intent: str) -> None:
    """Words speak for the intents in whose phrases they stand."""
    evidence = evidence_of(SMALL, text)
    assert max(evidence, key=evidence.__getitem__) == intent


def test_words_of_several_phrases_add_up() -> None:
    """A message that takes words from many phrases of an intent is still found."""
    assert evidence_of(SMALL, "stuck for hours")["stuck"] > evidence_of(SMALL, "stuck")["stuck"]


def test_rare_words_weigh_more() -> None:
    """A word that stands with one intent weighs more than one that stands with all."""
    assert SMALL.rarity("stuck") > SMALL.rarity("is") > SMALL.rarity("zebra") == 0


def test_unknown_words_are_no_evidence() -> None:
    """A text without any word of the phrases speaks for nothing."""
    assert not any(evidence_of(SMALL, "zebra crossing").values())
    assert not near(SMALL, "zebra crossing")


def test_many_phrases_are_no_advantage() -> None:
    """An intent with a hundred phrases does not win a word that it shares with an intent of two."""
    many = index_of(big=[f"backup word{n}" for n in range(100)], small=["backup help", "other thing"])
    evidence = evidence_of(many, "backup help")
    assert evidence["small"] > evidence["big"]


def test_order_does_not_matter() -> None:
    """The order of intents and phrases in the files changes nothing."""
    forwards = index_of(a=["one two", "three"], b=["two four"])
    backwards = index_of(b=["two four"], a=["three", "one two"])
    for text in ("one", "two", "three four", "one two three four"):
        assert evidence_of(forwards, text) == pytest.approx(evidence_of(backwards, text))
        assert near(forwards, text) == {intent: pytest.approx(amounts) for intent, amounts in near(backwards, text).items()}


def test_an_unknown_word_makes_all_phrases_less_near() -> None:
    """What no phrase explains counts against each of them."""
    assert near(SMALL, "backup is stuck zebra")["stuck"][0] < near(SMALL, "backup is stuck")["stuck"][0]


def test_word_order_counts_a_little() -> None:
    """The same words in the phrase's own order are nearer than in another one, and both are near."""
    right, shuffled = (near(SMALL, text)["stuck"][0] for text in ("backup hangs for hours", "for hours hangs backup"))
    assert right > shuffled > 0.6


@pytest.mark.sampled
def test_every_phrase_is_nearest_to_itself(guide: Guide) -> None:
    """Each phrase of the shipped guide, given as a message, is its own nearest phrase."""
    index = Index(lexicon_tables(guide, "en"))
    astray = []
    for name, phrase in sample(phrases_of(guide, "en"), 6):
        parts = index.features(compared(phrase_words(phrase.text)))
        evidence = index.evidence(parts)
        intent = index.intents.index(name)
        found = index.nearness(parts, {intent, *nlargest(LOOKED_AT, range(len(evidence)), key=evidence.__getitem__)})
        top = max(pairs[0][0] for pairs in found.values())
        own = found[intent][0][0] if intent in found else 0.0
        if own < top - 1e-9 or own < 0.95:  # the commonest words of the longest phrases are not looked up
            astray.append(f"{name}: {phrase.text!r} {own:.2f} of {top:.2f}")
    assert astray == []


word = st.sampled_from("storage is full no room for the backup stuck hangs hours what does cost price of more zebra # ^ $".split())


@given(st.lists(word, max_size=200))
def test_bounds(listed: list[str]) -> None:
    """Evidence is finite, and none where no word is known; nearness lies between 0 and 1, best first."""
    text = " ".join(listed)
    features = said(SMALL, text)
    assert all(map(math.isfinite, SMALL.evidence(features)))
    assert features.known or not any(SMALL.evidence(features))
    for amounts in near(SMALL, text).values():
        assert amounts == sorted(amounts, reverse=True)
        assert all(0 <= amount <= 1 + 1e-9 for amount in amounts)
