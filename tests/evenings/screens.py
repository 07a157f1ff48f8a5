"""What stands on a person's screen: bubbles with buttons, as Markdown; and what has changed since it was last looked at."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.fake_telegram import Shown

STYLES: Final = {"success": "green", "danger": "red", "primary": "blue", "": ""}
PICTURE: Final = "Picture"
_TAG: Final = re.compile(r"<(/?)(\w+)([^>]*)>")
_FOLD: Final = re.compile(r"<blockquote expandable>(.*?)</blockquote>", re.DOTALL)
_BLOCK: Final = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
_ITEM: Final = re.compile(r"(?:\d+\.|-) ")


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of the bot. lines: Markdown. rows: the buttons' labels, with the colour of those that have one. thread: which chat."""

    number: int
    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chat: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a bubble: it is `new`, or it was `edited`."""

    how: str
    bubble: Bubble


def changes(before: Mapping[int, Bubble], after: Sequence[Bubble]) -> list[Change]:
    """What is new or other than before, the older messages first.

    A card that only lost its buttons is no news: the bot closes it at any time after the new card has come.
    """
    found = []
    for bubble in after:
        old = before.get(bubble.number)
        if old is None:
            found.append(Change("new", bubble))
        elif old.lines != bubble.lines or (bubble.rows and old.rows != bubble.rows):
            found.append(Change("edited", bubble))
    return found


# --- Telegram ----------------------------------------------------------------------------------------------------------


def from_telegram(shown: Shown, chat: str = "") -> Bubble:
    """A message as Telegram shows it."""
    picture = (f"🖼 *{PICTURE}: {shown.text.partition(chr(10))[0]}*", "") if shown.what == "photo" else ()
    rows = tuple(tuple(_label(key.label, key.style) for key in row) for row in shown.rows)
    return Bubble(shown.id, (*picture, *from_html(shown.html)), rows, chat)


def from_html(text: str) -> list[str]:
    """Telegram's HTML as lines of Markdown."""
    lines: list[str] = []
    for place, passage in enumerate(_FOLD.split(text)):
        written = _unfolded(passage)
        lines += ["", *fold(written), ""] if place % 2 else written
    return tidy(lines)


def _unfolded(text: str) -> list[str]:
    lines: list[str] = []
    for place, passage in enumerate(_BLOCK.split(text)):
        if place % 2:
            lines += ["", *block(html.unescape(passage).split("\n")), ""]
        else:
            lines += [html.unescape(_TAG.sub(_mark, line)) for line in passage.split("\n")]
    return lines


def _mark(tag: re.Match[str]) -> str:
    return {"b": "**", "code": "`", "i": "*", "a": ""}.get(tag[2], "")


# --- the web page --------------------------------------------------------------------------------------------------------


def from_page(message: Mapping[str, Any]) -> Bubble:
    """A message as the page is sent it."""
    rows = tuple(tuple(_label(key["label"], key["style"]) for key in row) for row in message["rows"])
    return Bubble(message["number"], tuple(tidy(_parts(message["parts"]))), rows)


def _parts(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if part["kind"] == "fold":
            lines += ["", *fold(_parts(part["parts"])), ""]
        elif part["kind"] == "copy":
            lines += ["", *block("".join(span["text"] for span in part["items"][0]).split("\n")), ""]
        else:
            first = part.get("start", 1)
            marks = {"steps": [f"{first + place}. " for place in range(len(part["items"]))], "list": ["- "] * len(part["items"])}
            marked = zip(marks.get(part["kind"], [""] * len(part["items"])), part["items"], strict=True)
            lines += ["", *(mark + _spans(item) for mark, item in marked), ""]
    return [line for text in lines for line in text.split("\n")]


def _spans(item: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_span(span) for span in item)


def _span(span: Mapping[str, Any]) -> str:
    text = f"`{span['text']}`" if span.get("path") else span["text"]
    return f"**{text}**" if span.get("bold") else text


# --- Markdown --------------------------------------------------------------------------------------------------------------


def fold(lines: Sequence[str]) -> list[str]:
    """A passage that opens with a tap."""
    kept = tidy(lines)
    return [f"> ▾ {kept[0]}", *(f"> {line}".rstrip() for line in kept[1:])] if kept else []


def block(lines: Sequence[str]) -> list[str]:
    """A passage that a tap copies."""
    return ["```text", *lines, "```"]


def tidy(lines: Sequence[str]) -> list[str]:
    """Without empty lines at the ends or side by side."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    while kept and not kept[-1]:
        kept.pop()
    return kept


def broken(lines: Sequence[str]) -> list[str]:
    """Lines that Markdown leaves where they are: it would join those of a paragraph."""
    found, inside = [], False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        inside ^= line.lstrip("> ").startswith("```")
        joins = bool(line and following) and not inside and not _ITEM.match(following) and not following.startswith((">", "```"))
        found.append(f"{line}\\" if joins and not line.startswith((">", "```")) else line)
    return found


def _label(label: str, style: str) -> str:
    return f"{label} · {STYLES[style]}" if STYLES[style] else label
