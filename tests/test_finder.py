"""Wordings are found in plain words: all of them, in the order of the text, and the longer ones before those inside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.finder import Finder, Found, numbers_alike, outermost

WORDINGS = ("not", "not yet", "not yet done", "yet", "done twice", "a b a", "restart")
FINDER = Finder([(wording.split(), wording) for wording in WORDINGS])


def found(text: str) -> list[str]:
    return [one.what for one in FINDER.find(text.split())]


@pytest.mark.parametrize(
    ("text", "wordings"),
    [
        ("", []),
        ("nothing of it", []),
        ("restart", ["restart"]),
        ("please restart it", ["restart"]),
        ("not", ["not"]),
        ("not done", ["not"]),
        ("not yet", ["not yet", "not", "yet"]),
        ("not yet done", ["not yet done", "not yet", "not", "yet"]),
        ("not yet done twice", ["not yet done", "not yet", "not", "yet", "done twice"]),
        ("done", []),
        ("done done twice", ["done twice"]),
        ("a b a b a", ["a b a", "a b a"]),
        ("restart restart", ["restart", "restart"]),
        ("restarted", []),
    ],
)
def test_every_wording_is_found(text: str, wordings: list[str]) -> None:
    """Each wording is found wherever it stands, inside others too; no part of a word counts, and no wording that the text cuts off."""
    assert found(text) == wordings


def test_places() -> None:
    """A wording tells where it begins and where the text goes on."""
    assert list(FINDER.find("it is not yet so".split())) == [Found(2, 4, "not yet"), Found(2, 3, "not"), Found(3, 4, "yet")]


def test_words_of_two_meanings() -> None:
    """The same words may stand for two things, and are found for both."""
    both = Finder([(["restart"], "the phone"), (["restart"], "the router")])
    assert {one.what for one in both.find(["restart"])} == {"the phone", "the router"}


@pytest.mark.parametrize(("text", "wordings"), [("not yet done twice", ["not yet done", "done twice"]), ("not yet", ["not yet"]), ("", [])])
def test_outermost(text: str, wordings: list[str]) -> None:
    """Without what stands inside others; wordings that only overlap are kept."""
    assert [one.what for one in outermost(FINDER.find(text.split()))] == wordings


def test_numbers_are_alike() -> None:
    """Any number stands for any other, and words stay as they are."""
    assert numbers_alike(["restarted", "2", "times"]) == numbers_alike(["restarted", "300", "times"])
    assert numbers_alike(["ios18", "two"]) == ["ios18", "two"]


TEXTS = st.lists(st.sampled_from(["not", "yet", "done", "twice", "a", "b", "restart", "other"]), max_size=12)


@given(TEXTS)
def test_as_a_plain_search_finds_it(plain: list[str]) -> None:
    """What is found is what looking for each wording at each place finds; the cheap look never says no where there is something."""
    said = {
        (place, wording)
        for wording in WORDINGS
        for place in range(len(plain))
        if plain[place:][: wording.count(" ") + 1] == wording.split()
    }
    assert {(one.start, one.what) for one in FINDER.find(plain)} == said
    assert FINDER.may_find(plain) or not said


def test_endings() -> None:
    """The last words of all wordings, by which a long message is searched for them."""
    assert set(FINDER.endings) == {wording.split()[-1] for wording in WORDINGS}
