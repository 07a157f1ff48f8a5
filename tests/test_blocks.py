"""Marked-up text as a tree: what a page builds its elements from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import Block, BlockKind, Span, blocks
from bot.markup import folded, plain
from bot.model import Guide, Part, Reply
from bot.rendering import render

TEXT, STEPS, LIST, COPY, FOLD = BlockKind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("plain", (Block(TEXT, ((Span("plain"),),)),)),
        ("one\n\ntwo", (Block(TEXT, ((Span("one"),),)), Block(TEXT, ((Span("two"),),)))),
        ("a **b** c", (Block(TEXT, ((Span("a "), Span("b", bold=True), Span(" c")),)),)),
        ("open `Settings › General`.", (Block(TEXT, ((Span("open "), Span("Settings › General", path=True), Span(".")),)),)),
        ("**open `Settings`**", (Block(TEXT, ((Span("open ", bold=True), Span("Settings", bold=True, path=True)),)),)),
        ("**T**\n1. a\n2. `b`", (Block(TEXT, ((Span("T", bold=True),),)), Block(STEPS, ((Span("a"),), (Span("b", path=True),))))),
        ("- a\n- b\nc", (Block(LIST, ((Span("a"),), (Span("b"),))), Block(TEXT, ((Span("c"),),)))),
        ("copy:\n```\na **b**\n\n1. c\n```", (Block(TEXT, ((Span("copy:"),),)), Block(COPY, ((Span("a **b**\n\n1. c"),),)))),
        ("3. a\n4. b", (Block(STEPS, ((Span("a"),), (Span("b"),)), start=3),)),
        (
            folded("**T**\n\n2. a"),
            (Block(FOLD, (), blocks=(Block(TEXT, ((Span("T", bold=True),),)), Block(STEPS, ((Span("a"),),), start=2))),),
        ),
        (
            f"a\n\n{folded('b')}\n\nc",
            (Block(TEXT, ((Span("a"),),)), Block(FOLD, (), blocks=(Block(TEXT, ((Span("b"),),)),)), Block(TEXT, ((Span("c"),),))),
        ),
        ("<b>&amp;</b>", (Block(TEXT, ((Span("<b>&amp;</b>"),),)),)),
    ],
)
def test_blocks(text: str, found: tuple[Block, ...]) -> None:
    """Paragraphs, steps, points, what is to be copied, and folds of these; within them bold words and paths.

    Nothing is escaped: all leaves are text.
    """
    assert blocks(text) == found


@given(st.text(alphabet="ab 1.-*`\n", max_size=60))
def test_no_text_is_lost(text: str) -> None:
    """Whatever a text looks like, all its letters are in the tree, in their order."""
    leaves = "".join(span.text for block in blocks(text) for item in block.items for span in item)
    assert [letter for letter in leaves if letter in "ab"] == [letter for letter in text if letter in "ab"]


def test_the_shipped_content(guide: Guide) -> None:
    """Every fix of every language shows its steps as steps, and no mark is left in any text."""
    for language in guide.responses:
        for fix in guide.fixes:
            text = render(guide, Reply((Part("step", fix),), language=language)).text
            found = list(_unfolded(blocks(text)))
            assert any(block.kind is STEPS for block in found), (language, fix)
            leaves = "".join(span.text for block in found for item in block.items for span in item)
            assert "**" not in leaves
            assert "`" not in leaves
            assert "".join(leaves.split()) == "".join("".join(_unnumbered(line) for line in plain(text).split("\n")).split())


def _unfolded(found: Iterable[Block]) -> Iterator[Block]:
    for block in found:
        yield from _unfolded(block.blocks) if block.kind is FOLD else (block,)


def _unnumbered(line: str) -> str:
    number, dot, rest = line.partition(". ")
    return rest if dot and number.isdigit() else line
