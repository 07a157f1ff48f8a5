"""Tables in one block: what goes in comes out, and damage is seen."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packing import Texts, pack, short_key_of, unpack
from bot.spelling import Spelling

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"])))


@given(WORDS, WORDS, st.lists(st.integers(0, 2**32 - 1)))
def test_round_trip(some: list[str], others: list[str], numbers: list[int]) -> None:
    """Texts of any letters, line breaks included, and numbers come out as they went in, whatever stands beside them."""
    tables = unpack(memoryview(pack({"some": some, "numbers": array("I", numbers), "others": others})))
    assert [list(tables[name]) for name in ("some", "numbers", "others")] == [some, numbers, others]


def test_texts_are_read_like_a_list() -> None:
    """By place, from the end, by slice; beyond the end there is nothing."""
    texts = unpack(memoryview(pack({"texts": ["a", "", "ß", "日本"]})))["texts"]
    assert isinstance(texts, Texts)
    assert (texts[0], texts[-1], texts[1:3], len(texts)) == ("a", "日本", ["", "ß"], 4)
    with pytest.raises(IndexError):
        texts[4]


def test_damage_is_seen() -> None:
    """A block of which a bit has changed is not used."""
    block = bytearray(pack({"texts": ["a", "b"]}))
    block[-1] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        unpack(memoryview(block))


@given(st.sets(st.text("abcdefgh", min_size=4, max_size=9), min_size=1), st.text("abcdefgh", min_size=4, max_size=9))
def test_a_known_word_is_never_corrected(known: set[str], other: str) -> None:
    """A word of the phrases stands as it is; another becomes one of them, or stays."""
    written = sorted(known)
    spelling = Spelling(written, sorted(map(short_key_of, written)))
    assert spelling.corrected(written) == (written, {})
    assert set(spelling.corrected([other])[1].values()) <= known
