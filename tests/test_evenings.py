"""The evenings of docs/conversations: the real bot still answers as the pages say, and between them they show all that they should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.model import Guide, Kind
from tests.evenings.__main__ import PAGES
from tests.evenings.page import Moment, index, page
from tests.evenings.playing import played
from tests.evenings.screens import Bubble, Change, broken, changes, from_html
from tests.evenings.script import Evening, evenings, seconds
from tests.ocr import need_drawing, reader
from tests.sampling import sample

EVENINGS: Final = evenings()
WITH_PICTURES: Final = frozenset(evening.name for evening in EVENINGS if any(deed.kind == "shows" for deed in evening.deeds))


def written(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.sampled
async def test_the_pages_are_up_to_date(tmp_path: Path) -> None:
    """Played anew, every evening gives its page to the letter; `make conversations` writes them."""
    pages = await played(sample([evening for evening in EVENINGS if evening.name not in WITH_PICTURES], 3), tmp_path, pictures=False)
    assert [name for name, page in pages.items() if page != written(name)] == []


async def test_the_page_with_a_screenshot_is_up_to_date(tmp_path: Path) -> None:
    """The same for those in which a screenshot is sent."""
    reader()
    need_drawing()
    pages = await played([evening for evening in EVENINGS if evening.name in WITH_PICTURES], tmp_path, pictures=True)
    assert pages.keys() == WITH_PICTURES != frozenset()
    assert [name for name, page in pages.items() if page != written(name)] == []


def test_the_index_names_every_evening() -> None:
    """The index is that of the scripts, and no page is left of one that is gone."""
    assert written("README") == index(EVENINGS)
    assert {page.stem for page in PAGES.glob("*.md")} == {"README", *(evening.name for evening in EVENINGS)}


def test_every_error_has_its_evening(guide: Guide) -> None:
    """Each error's name stands on some page: its card was shown there."""
    texts = " ".join(written(evening.name) for evening in EVENINGS)
    errors = [intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR]
    languages = {evening.language for evening in EVENINGS}
    named = {error for error in errors for code in languages if f"**{guide.responses[code].groups['intents'][error]['name']}**" in texts}
    assert set(errors) == named


@pytest.mark.parametrize("where", ["telegram", "group", "web"])
def test_every_place_has_its_evening(where: str) -> None:
    assert any(evening.where == where for evening in EVENINGS)


@pytest.mark.parametrize("evening", EVENINGS, ids=[evening.name for evening in EVENINGS])
def test_a_script_can_be_believed(evening: Evening) -> None:
    """Everybody in it has a part, and nothing but the phone put away takes longer than an hour, or ends the evening."""
    assert {deed.by for deed in evening.deeds} == set(evening.people)
    assert all(deed.after <= seconds("1 hour") for deed in evening.deeds if deed.kind != "waits")


# --- what a page is made of ------------------------------------------------------------------------------------------------


def test_telegrams_html_becomes_markdown() -> None:
    """Bold, paths, blocks to copy and folds; what was escaped is itself again."""
    text = "<b>A</b> <code>B › C</code>\n<pre>x &lt; y</pre><blockquote expandable>1. a\n\nb</blockquote>end"
    assert from_html(text) == ["**A** `B › C`", "", "```text", "x < y", "```", "", "> ▾ 1. a", ">", "> b", "", "end"]


def test_lines_stay_lines() -> None:
    """Two lines of a paragraph stay two; lists, folds and blocks are left alone."""
    assert broken(["a", "b", "", "1. c", "2. d"]) == ["a\\", "b", "", "1. c", "2. d"]
    assert broken(["```text", "a", "b", "```"]) == ["```text", "a", "b", "```"]


def test_only_what_changed_is_told() -> None:
    """A card that is the same, or that only lost its buttons, is no news; one with other words is edited."""
    card = Bubble(1, ("a",), (("Go",),))
    other, bare, new = replace(card, lines=("b",)), replace(card, rows=()), replace(card, number=2)
    assert changes({1: card}, [card, new]) == [Change("new", new)]
    assert changes({1: card}, [other]) == [Change("edited", other)]
    assert changes({1: card}, [bare]) == []


def test_a_card_that_is_closed_late_is_nothing() -> None:
    """The buttons of the old card go at any time after the new one has come: a page is the same whenever they do."""
    old, new = Bubble(1, ("a",), (("Go",),)), Bubble(2, ("b",), (("On",),))
    closed = replace(old, rows=())
    assert _told([[old], [old, new], [closed, new]]) == _told([[old], [closed, new], [closed, new]])
    assert _told([[old], [old, new], [closed, new]]).endswith("*Nothing comes.*\n")


def _told(screens: list[list[Bubble]]) -> str:
    """The page of an evening on which these stand on the screen, one after the other."""
    evening = EVENINGS[0]
    seen: dict[int, Bubble] = {}
    moments = []
    for deed, screen in zip(evening.deeds, screens, strict=False):
        moments.append(Moment(deed, evening.begins, tuple(changes(seen, screen))))
        seen = {bubble.number: bubble for bubble in screen}
    return page(evening, moments)


@pytest.mark.parametrize("span", ["soon", "2 weeks", "minutes"])
def test_a_time_must_be_one(span: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        seconds(span)
