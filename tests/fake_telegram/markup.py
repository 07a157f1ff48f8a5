"""Telegram's HTML: read as its server reads it (tags, nesting, refusals with the byte offset), and written back for people to read.

The order of the checks and the words of the refusals are those of the server's parser, so what passes here passes there.
Left out: Markdown, and the finer rules for entities inside code and quotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

Entity = dict[str, Any]
"""A message entity as in the Bot API: `type`, `offset` and `length` in UTF-16 units, and `url` or `language` where it has one."""

TYPES: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
"""The tags that Telegram knows -> the type of entity that each becomes."""
_WRITTEN: Final = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
INVALID: Final = "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
_TORN: Final = re.compile("[\ud800-\udfff]")
_SPECIAL: Final = re.compile("[&<]")
_REFERENCE: Final = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*));?")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE: Final = " \t\r\n\0\v"
_TAG_NAME: Final = re.compile(rf"[^{_SPACE}>]*")
_ATTRIBUTE: Final = re.compile(rf"""[^{_SPACE}=>/"']*""")
_TOKEN: Final = re.compile(r"[A-Za-z0-9.\-]*")
_SPACES: Final = re.compile(rf"[{_SPACE}]*")
_LINK: Final = re.compile(r"(?:tg://|mailto:|tel:)\S+|(?:https?://)?[^\s/:]+\.[^\s/]+(?:[/?#]\S*)?", re.IGNORECASE)


class Unreadable(Exception):
    """The markup cannot be parsed; says why, in the server's words."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its markup, and what the markup said."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag that is not closed yet: its name, its argument, and where it starts in the text (UTF-16 units, pieces)."""

    tag: str
    argument: str
    offset: int
    piece: int


def units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str) -> Marked:
    """What Telegram makes of a text with `parse_mode` HTML. Raises Unreadable."""
    if "<" not in source and "&" not in source:
        return Marked(source)
    return _Reader(source).read()


class _Reader:
    """Reads one text: the plain `pieces` so far and their length, the tags that are open, the entities that are complete."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._length = 0
        self._opened: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> Marked:
        position = 0
        while special := _SPECIAL.search(self._source, position):
            start = special.start()
            if start > position:
                self._write(self._source[position:start])
            position = self._special(start)
        self._write(self._source[position:])
        if self._opened:
            raise Unreadable(f'Can\'t find end tag corresponding to start tag "{self._opened[-1].tag}"')
        text = "".join(self._pieces)
        if _TORN.search(text):
            raise Unreadable(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
            )
        for entity in self._entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        return Marked(text, tuple(sorted(self._entities, key=_order)))

    def _write(self, text: str) -> None:
        self._pieces.append(text)
        self._length += units(text)

    def _special(self, start: int) -> int:
        """Read the reference or the tag that starts here; where it ends."""
        if self._source[start] == "&":
            character, end = _reference(self._source, start)
            self._write(character)
            return end
        if not self._source.startswith("/", start + 1):
            tag, argument, end = _start_tag(self._source, start)
            self._opened.append(_Open(tag, argument, self._length, len(self._pieces)))
            return end
        if not self._opened:
            raise Unreadable(f"Unexpected end tag at byte offset {_bytes(self._source, start)}")
        end = _end_tag(self._source, start, self._opened[-1].tag)
        closing = self._opened.pop()
        if self._length > closing.offset:
            _add(self._entities, closing, self._length - closing.offset, "".join(self._pieces[closing.piece :]))
        return end


def _order(entity: Entity) -> tuple[int, int]:
    return entity["offset"], -entity["length"]


def trimmed(marked: Marked) -> Marked:
    """The text as it is stored: without white space around it (at the start, only before the first entity)."""
    text = marked.text.rstrip()
    entities = marked.entities
    if len(text) < len(marked.text) and entities:
        whole = units(text)
        entities = tuple(
            entity | {"length": min(entity["length"], whole - entity["offset"])} for entity in entities if entity["offset"] < whole
        )
    room = min((entity["offset"] for entity in entities), default=len(text))
    cut = min(len(text) - len(text.lstrip(" \n")), room)
    if cut:
        text = text[cut:]
        entities = tuple(entity | {"offset": entity["offset"] - cut} for entity in entities)
    return Marked(text, entities)


def to_html(text: str, entities: Iterable[Entity]) -> str:
    """The text with its entities as HTML again: for people who read a chat or a test."""
    raw = text.encode("utf-16-le")
    return _written(raw, sorted(entities, key=_order), 0, len(raw) // 2)


def _written(raw: bytes, entities: Sequence[Entity], start: int, end: int) -> str:
    found = []
    position = start
    rest = list(entities)
    while rest:
        entity = rest.pop(0)
        first, last = max(entity["offset"], position), min(entity["offset"] + entity["length"], end)
        inside = [other for other in rest if other["offset"] < last]
        rest = [other for other in rest if other["offset"] >= last]
        found.append(_plain(raw, position, first))
        found.append(_tagged(entity, _written(raw, inside, first, last)))
        position = last
    found.append(_plain(raw, position, end))
    return "".join(found)


def _tagged(entity: Entity, inner: str) -> str:
    if entity["type"] == "text_link":
        return f'<a href="{escape(entity["url"])}">{inner}</a>'
    tag = _WRITTEN.get(entity["type"])
    if tag is None:
        return inner
    return f"<{tag}{' expandable' if entity['type'] == 'expandable_blockquote' else ''}>{inner}</{tag}>"


def _plain(raw: bytes, start: int, end: int) -> str:
    return escape(raw[2 * start : 2 * end].decode("utf-16-le"), quote=False)


def _bytes(source: str, position: int) -> int:
    return len(source[:position].encode("utf-8", "surrogatepass"))


def _reference(source: str, start: int) -> tuple[str, int]:
    """The character that a reference such as `&lt;` stands for, and where it ends; a lone `&` stands for itself."""
    found = _REFERENCE.match(source, start)
    if found is None:
        return "&", start + 1
    if found["name"] is not None:
        character = _NAMED.get(found["name"])
        return (character, found.end()) if character else ("&", start + 1)
    code = int(found["hex"] or "0", 16) if found["hex"] is not None else int(found["dec"] or "0")
    length = found.end() - start - found[0].endswith(";")
    if not 0 < code < 0x10FFFF or length >= 10:
        return "&", start + 1
    return chr(code), found.end()


def _skip(pattern: re.Pattern[str], source: str, position: int) -> int:
    found = pattern.match(source, position)
    return found.end() if found else position


def _start_tag(source: str, begin: int) -> tuple[str, str, int]:
    """The name of the tag that starts here, its argument, and where it ends."""
    end = len(source)
    at = _bytes(source, begin)
    position = _skip(_TAG_NAME, source, begin + 1)
    if position == end:
        raise Unreadable(f"Unclosed start tag at byte offset {at}")
    tag = source[begin + 1 : position].lower()
    if tag not in TYPES:
        raise Unreadable(f'Unsupported start tag "{tag}" at byte offset {at}')
    argument = ""
    while source[position] != ">":
        position = _skip(_SPACES, source, position)
        if source.startswith(">", position):
            break
        name, value, position = _attribute(source, position, tag, at)
        argument = _argument(tag, name, value, argument)
    if tag == "span" and argument != "spoiler":
        raise Unreadable(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    return tag, argument, position + 1


def _attribute(source: str, first: int, tag: str, at: int) -> tuple[str, str, int]:
    """The attribute that starts here, its value, and where it ends, which is never the end of the text."""
    end = len(source)
    position = _skip(_ATTRIBUTE, source, first)
    name, value = source[first:position], ""
    if not name:
        raise Unreadable(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
    position = _skip(_SPACES, source, position)
    if source.startswith("=", position):
        position = _skip(_SPACES, source, position + 1)
        if position < end:
            value, position = _value(source, position)
            if position == end:
                raise Unreadable(f"Unclosed start tag at byte offset {at}")
    if position == end:
        raise Unreadable(f'Unclosed start tag "{tag}" at byte offset {at}')
    return name, value, position


def _value(source: str, position: int) -> tuple[str, int]:
    """The value of an attribute that starts here, and where it ends."""
    quote = source[position]
    if quote not in "'\"":
        end = _skip(_TOKEN, source, position)
        if end < len(source) and source[end] not in _SPACE and source[end] != ">":
            raise Unreadable(f"Unexpected end of name token at byte offset {_bytes(source, position)}")
        return source[position:end].lower(), end
    end = source.find(quote, position + 1)
    if end < 0:
        return "", len(source)
    return _decoded(source[position + 1 : end]), end + 1


def _decoded(value: str) -> str:
    pieces, position = [], 0
    while (start := value.find("&", position)) >= 0:
        pieces.append(value[position:start])
        character, position = _reference(value, start)
        pieces.append(character)
    return "".join([*pieces, value[position:]])


def _argument(tag: str, name: str, value: str, before: str) -> str:
    """What of an attribute matters to its tag."""
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case ("blockquote", "expandable"):
            return "1"
        case _:
            return before


def _end_tag(source: str, begin: int, expected: str) -> int:
    position = _skip(_TAG_NAME, source, begin + 2)
    name = source[begin + 2 : position].lower()
    position = _skip(_SPACES, source, position)
    if not source.startswith(">", position):
        raise Unreadable(f"Unclosed end tag at byte offset {_bytes(source, begin)}")
    if name and name != expected:
        raise Unreadable(f'Unmatched end tag at byte offset {_bytes(source, begin)}, expected "</{expected}>", found "</{name}>"')
    return position + 1


def _add(entities: list[Entity], closing: _Open, length: int, text: str) -> None:
    """Add the entity of a tag that was closed; a link that is none leaves only its words."""
    entity: Entity = {"type": TYPES[closing.tag], "offset": closing.offset, "length": length}
    match closing.tag:
        case "a":
            url = closing.argument or text
            if not _LINK.fullmatch(url):
                return
            url = url if ":" in url else f"http://{url}"
            entity["url"] = f"{url}/" if url.startswith("http") and url.count("/") == 2 else url
        case "blockquote" if closing.argument:
            entity["type"] = "expandable_blockquote"
        case "code" if closing.argument:
            entity["language"] = closing.argument
        case "tg-emoji":
            entity["custom_emoji_id"] = closing.argument
        case "pre" if (
            entities and "language" in entities[-1] and (entities[-1] | {"type": "pre", "language": ""}) == (entity | {"language": ""})
        ):
            entities[-1]["type"] = "pre"
            return
    entities.append(entity)
