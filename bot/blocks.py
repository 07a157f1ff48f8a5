"""Marked-up text -> blocks and spans: the markup of responses/ as a tree, for an output that builds its elements itself.

Whoever shows it needs to escape nothing: every leaf is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from bot.markup import MARK, PATH, sections

_COPY: Final = re.compile(r"```\n(.*?)\n```", re.DOTALL)
_STEP: Final = re.compile(r"(\d+)\. ")
_ITEM: Final = re.compile(r"- ")


class BlockKind(StrEnum):
    """What a block is: a paragraph, numbered steps, a list, text to copy as a whole, or a fold that opens with a tap."""

    TEXT = "text"
    STEPS = "steps"
    LIST = "list"
    COPY = "copy"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text; bold, or a path through Settings, or both."""

    text: str
    bold: bool = False
    path: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A block and its items: the steps, the points of a list; a fold has blocks instead, and of other kinds there is one item.

    start: the number of the first step, where steps go on from those above a fold.
    """

    kind: BlockKind
    items: tuple[tuple[Span, ...], ...]
    start: int = 1
    blocks: tuple[Block, ...] = ()


def blocks(text: str) -> tuple[Block, ...]:
    """Marked-up text as blocks, in its order."""
    return tuple(_folds(text))


def _folds(text: str) -> Iterator[Block]:
    for passage, is_fold in sections(text):
        if is_fold:
            yield Block(BlockKind.FOLD, (), blocks=tuple(_blocks(passage)))
        else:
            yield from _blocks(passage)


def _blocks(text: str) -> Iterator[Block]:
    for place, piece in enumerate(_COPY.split(text)):
        if place % 2:
            yield Block(BlockKind.COPY, ((Span(piece),),))
        else:
            for paragraph in piece.split("\n\n"):
                yield from _grouped(paragraph.strip("\n"))


def _grouped(paragraph: str) -> Iterator[Block]:
    """The lines of a paragraph: steps and points as lists, other lines together."""
    for kind, grouped in groupby(paragraph.split("\n") if paragraph else (), _kind):
        lines = list(grouped)
        if kind is BlockKind.TEXT:
            yield Block(kind, (_spans("\n".join(lines)),))
        else:
            mark = _STEP if kind is BlockKind.STEPS else _ITEM
            number = _STEP.match(lines[0])
            items = tuple(_spans(mark.sub("", line, count=1)) for line in lines)
            yield Block(kind, items, start=int(number[1]) if number else 1)


def _kind(line: str) -> BlockKind:
    if _STEP.match(line):
        return BlockKind.STEPS
    return BlockKind.LIST if _ITEM.match(line) else BlockKind.TEXT


def _spans(text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for before, found in _cut(MARK, text):
        spans.append(Span(before))
        if found is not None and found["bold"] is not None:
            spans += _bold(found["bold"])
        elif found is not None:
            spans.append(Span(found["path"] or found["block"] or "", path=found["path"] is not None))
    return tuple(span for span in spans if span.text)


def _bold(text: str) -> Iterator[Span]:
    """Bold words, of which some may be a path."""
    for before, found in _cut(PATH, text):
        yield Span(before, bold=True)
        if found is not None:
            yield Span(found["path"], bold=True, path=True)


def _cut(mark: re.Pattern[str], text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """What stands before each mark, with the mark; and what is left behind the last."""
    at = 0
    for found in mark.finditer(text):
        yield text[at : found.start()], found
        at = found.end()
    yield text[at:], None
