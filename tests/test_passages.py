"""The passages that are read of a long message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence import Index
from bot.model import Guide, Intent, Kind, Phrase
from bot.normalising import exactly, in_full, phrase_words, split
from bot.passages import ENOUGH, MOST, PASSAGE, STRIDE, Passages
from bot.phrase_tables import lexicon_tables, phrases_of, screens_of
from bot.screens import SCREEN_WORDS, Screens

SCREEN = "This iPhone cannot be backed up because there is not enough iCloud storage available"
GUIDE = Guide(
    {
        "full": Intent("full", Kind.ERROR, (Phrase(SCREEN, "en", screen=True), Phrase("no room", "en"))),
        "stuck": Intent("stuck", Kind.ERROR, (Phrase("backup hangs for hours", "en"),)),
    },
    {},
    {},
)


def read(guide: Guide, *facts: str) -> tuple[Screens, Passages]:
    tables = lexicon_tables(guide, "en")
    index = Index(tables)
    screens = screens_of(index, tables)
    return screens, Passages(index, tables["written"], screens.signs, facts)


_, PASSAGES = read(GUIDE, "8")
CHATTER = "and then my cousin came over for dinner we had a very long evening with the dog".split()


@given(st.lists(st.sampled_from([*CHATTER, *split(SCREEN), "8", "hangs", "zebra"]), max_size=900))
def test_what_is_read(raw: list[str]) -> None:
    """Of a long message a bounded part is read, in its order; of a short one everything."""
    kept = PASSAGES.of(raw)
    words = iter(raw)
    assert all(word in words for word in kept)  # each after the one before
    assert kept == raw if len(raw) <= MOST else PASSAGE - STRIDE <= len(kept) <= ENOUGH + PASSAGE


@pytest.mark.parametrize("before", [0, 1, 3, 7, 200, 400, 700])
def test_an_on_screen_text_is_kept_whole(before: int) -> None:
    """Wherever it stands in a long story, iOS's own text is among what is read."""
    story = (CHATTER * 50)[:before] + split(SCREEN) + (CHATTER * 50)[: 700 - before]
    assert " ".join(split(SCREEN)) in " ".join(PASSAGES.of(story))


def test_what_tells_of_the_phone_is_kept() -> None:
    """So is the model, far from everything else."""
    story = CHATTER * 10 + ["hangs"] + CHATTER * 10 + ["my", "iphone", "8"] + CHATTER * 10
    kept = PASSAGES.of(story)
    assert "hangs" in kept
    assert "iphone 8" in " ".join(kept)


def test_every_on_screen_text_in_a_story(guide: Guide) -> None:
    """Each on-screen text of the shipped guide is found in a story of 600 words."""
    screens, passages = read(guide)
    story = (CHATTER * 40)[:600]
    lost = []
    phrases = phrases_of(guide, "en")
    shown = [intent for intent, phrase in phrases if phrase.screen]
    for intent, phrase in phrases:
        if phrase.screen and len(phrase_words(phrase.text)) >= SCREEN_WORDS:
            told = passages.of(story[:313] + split(phrase.text) + story[313:])
            if intent not in {shown[text] for text in screens.find(exactly(in_full(told)))}:
                lost.append(phrase.text)
    assert lost == []
