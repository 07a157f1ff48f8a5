"""The compiled guide: what was read from the YAML, kept as JSON, so that the next start need not read it all again.

Its thousands of phrases stand in a file of their own, which is read only when somebody asks for one: for matching, what it makes
of them is kept as well, in tables that are mapped into memory and read where a message needs them.

It lies in `__pycache__` beside intents/ and responses/, as Python keeps its own: whoever can write there can change the
content itself, so it needs no more trust than that. It is never the only source: what is missing, damaged, or made from
other bytes or by other code is not used, and where it cannot be written, the bot starts as it would without.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate, groupby
from mmap import ACCESS_READ, mmap
from pathlib import Path
from sys import intern
from typing import Any, Final

from bot import __version__
from bot.model import (
    AgeCues,
    ByFact,
    Conditions,
    Cues,
    Fact,
    Fix,
    Guide,
    Intent,
    Kind,
    Likely,
    Phrase,
    Plural,
    Responses,
    Risk,
    Sketch,
    Step,
    Text,
    TimeCues,
)

PLACE: Final = Path("__pycache__", "guide.json")
PHRASES: Final = PLACE.with_name("phrases.json")
PACKED: Final = PLACE.with_name("matching.bin")
MEANINGS: Final = PLACE.with_name("meanings.bin")
SOURCES: Final = ("intents/*", "intents/phrases/*", "responses/*", "responses/*/*")
MAKERS: Final = (
    *("compiled.py", "cures.py", "model/guide.py", "inspection.py", "phrasebooks.py", "reading.py", "yaml_lines.py"),
    *("schemas/shapes.py", "schemas/intents.py", "schemas/texts.py"),
    *("evidence.py", "identifying.py", "index_tables.py", "lexicon.py", "matching.py", "normalising.py", "packing.py", "phrase_tables.py"),
    "semantic.py",
)
"""The modules on which it depends what the same YAML becomes: with another line in one of them it is read anew."""
ALIGNED: Final = 8
PIECE: Final = 1 << 20
"""Bytes of a file that are read at a time."""
PARTS: Final = ("intents", "fixes", "facts", "responses", "cues", "standard")
"""What a guide is made of."""
NOTHING: Final[Mapping[str, str]] = {}
"""The facts of a phrase that gives none away: nearly all phrases share it."""


# --- the file -----------------------------------------------------------------------------------------------------------


def digest(folder: Path) -> str | None:
    """What stands for every byte of a folder's content, and of the code that reads it; None when something cannot be read."""
    seen = _hash(__version__.encode())
    makers = [Path(__file__).parent / maker for maker in MAKERS]
    try:
        sources = [path for pattern in SOURCES for path in sorted(folder.glob(pattern))]
        for path in (*makers, *sources):
            size = path.stat().st_size if path.suffix in (".yaml", ".py") else 0  # of anything else the name says enough
            seen.update(f"\0{path.parent.name}/{path.name}\0{size}\0".encode(errors="surrogateescape"))
            if size:
                _update_with(seen, path)
    except OSError:
        return None
    return seen.hexdigest()


def _update_with(seen: blake2b, path: Path) -> None:
    """Add what a file holds, a piece at a time: somebody's mistake may be larger than the memory. Raises OSError."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            seen.update(piece)


def kept(folder: Path, key: str, read: Callable[[Path], Guide]) -> Guide | None:
    """The guide that was compiled under this digest, if there is one and no bit of it has changed.

    read: reads a folder's YAML, should its phrases be asked for and no longer be there.
    """
    try:
        seal, _, body = (folder / PLACE).read_bytes().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(key, body):
        return None
    return replace(_guide(json.loads(body), KeptBook(folder, key, read)), digest=key, packed=kept_packed(folder, key))


def keep(folder: Path, key: str, guide: Guide) -> None:
    """Keep a guide for the next start, under the digest of what it was read from. Where that is not possible, nothing happens."""
    phrases = _json({intent.id: _told(intent.phrases) for intent in guide.intents.values()})
    _write(folder / PHRASES, _seal(key, phrases) + b"\n" + phrases)
    body = _json({part: getattr(guide, part) for part in PARTS})
    _write(folder / PLACE, _seal(key, body) + b"\n" + body)


def keep_packed(folder: Path, key: str, blocks: Mapping[str, bytes], place: Path = PACKED) -> None:
    """Keep what matching makes of the phrases, under the same digest. Where that is not possible, nothing happens."""
    offsets = [0, *accumulate(_aligned(len(block)) for block in blocks.values())]
    rows = [[name, offset, len(block)] for (name, block), offset in zip(blocks.items(), offsets, strict=False)]
    header = json.dumps([key, rows]).encode()
    header = header.ljust(_aligned(len(header) + 1) - 1) + b"\n"
    _write(folder / place, header + b"".join(block.ljust(_aligned(len(block)), b"\0") for block in blocks.values()))


def kept_packed(folder: Path, key: str, place: Path = PACKED) -> Mapping[str, memoryview]:
    """What `keep_packed` kept under this digest, mapped into memory; nothing if there is none. Each block has a seal of its own."""
    try:
        with (folder / place).open("rb") as file:
            header = file.readline()
            given, rows = json.loads(header)
            if given != key:
                return {}
            whole = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))[len(header) :]
            return {str(name): whole[offset : offset + size] for name, offset, size in rows}
    except (OSError, ValueError, TypeError):
        return {}


def _write(path: Path, raw: bytes) -> None:
    """Write a file in one go: no other start sees half of it."""
    new = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            new.write_bytes(raw)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)


def _json(thing: Any) -> bytes:
    return json.dumps(thing, default=_plain, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def _seal(key: str, body: bytes) -> bytes:
    return _hash(key.encode() + body).hexdigest().encode()


def _hash(raw: bytes) -> blake2b:
    return blake2b(raw, digest_size=32)


# --- guide -> JSON ------------------------------------------------------------------------------------------------------


def _plain(thing: Any) -> dict[str, Any]:
    """A noun as its fields; an intent without its phrases."""
    return {field.name: getattr(thing, field.name) for field in fields(thing) if field.init and field.name != "phrases"}


def _told(phrases: Sequence[Phrase]) -> list[Any]:
    """Phrases in their order, in runs of one language and kind; a phrase without facts is its bare text."""
    runs = groupby(phrases, key=lambda phrase: (phrase.language, phrase.screen))
    return [[*alike, [[phrase.text, phrase.facts] if phrase.facts else phrase.text for phrase in run]] for alike, run in runs]


# --- JSON -> guide ------------------------------------------------------------------------------------------------------


class KeptPhrases(Sequence[Phrase]):
    """The phrases of one intent, read when the first of them is asked for. book: of all intents."""

    def __init__(self, book: KeptBook, intent: str) -> None:
        self._book, self._intent = book, intent

    def __getitem__(self, place: Any) -> Any:
        return self._book.phrases[self._intent][place]

    def __len__(self) -> int:
        return len(self._book.phrases[self._intent])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class KeptBook:
    """All phrases of a compiled guide, in their file until they are asked for."""

    def __init__(self, folder: Path, key: str, read: Callable[[Path], Guide]) -> None:
        self._folder, self._key, self._read = folder, key, read

    @cached_property
    def phrases(self) -> Mapping[str, Sequence[Phrase]]:
        """Intent -> its phrases. Read from the YAML again if the file is damaged, or was made anew meanwhile."""
        with suppress(OSError):
            seal, _, body = (self._folder / PHRASES).read_bytes().partition(b"\n")
            if seal == _seal(self._key, body):
                return {intent: tuple(_phrases(runs)) for intent, runs in json.loads(body).items()}
        intents = self._read(self._folder).intents
        return defaultdict(tuple, {intent.id: intent.phrases for intent in intents.values()})


def _guide(told: dict[str, Any], book: KeptBook) -> Guide:
    return Guide(
        intents={key: _intent(intent, KeptPhrases(book, key)) for key, intent in told["intents"].items()},
        fixes={key: _fix(fix) for key, fix in told["fixes"].items()},
        facts={key: _fact(fact) for key, fact in told["facts"].items()},
        responses={key: _responses(responses) for key, responses in told["responses"].items()},
        cues={key: _cues(cues) for key, cues in told["cues"].items()},
        standard=_conditions(told["standard"]),
    )


def _intent(told: dict[str, Any], phrases: Sequence[Phrase]) -> Intent:
    steps = tuple(_step(step) for step in told["steps"])
    return Intent(**{**told, "kind": Kind(told["kind"]), "phrases": phrases, "steps": steps, "source": tuple(told["source"])})


def _phrases(runs: list[Any]) -> Iterator[Phrase]:
    for language, screen, run in runs:
        shared = intern(language)
        for said in run:
            text, facts = (said, NOTHING) if isinstance(said, str) else said
            yield Phrase(text, shared, screen, facts)


def _step(told: dict[str, Any]) -> Step:
    lists = {"fixes": tuple(told["fixes"]), "source": tuple(told["source"])}
    return Step(**{**told, **lists, "likely": Likely(told["likely"]), "only_if": _conditions(told["only_if"])})


def _fix(told: dict[str, Any]) -> Fix:
    lists = {"needs": tuple(told["needs"]), "source": tuple(told["source"])}
    words = {"done": _conditions(told["done"]), "named": _conditions(told["named"]), "only_if": _conditions(told["only_if"])}
    picture = told["picture"] and Sketch(**{**told["picture"], "unless": _conditions(told["picture"]["unless"])})
    return Fix(**{**told, **lists, **words, "risk": Risk(told["risk"]), "picture": picture})


def _fact(told: dict[str, Any]) -> Fact:
    words = {field: {value: _conditions(texts) for value, texts in told[field].items()} for field in ("said", "answered")}
    return Fact(**{**told, **words, "values": tuple(told["values"]), "about": tuple(told["about"])})


def _cues(told: dict[str, Any]) -> Cues:
    kinds = {"times": TimeCues, "ages": AgeCues}
    others = _conditions({name: listed for name, listed in told.items() if name not in kinds})
    return Cues(**{**others, **{name: kind(**_conditions(told[name])) for name, kind in kinds.items()}})


def _conditions(told: dict[str, list[str]]) -> Conditions:
    return {key: tuple(values) for key, values in told.items()}


def _responses(told: dict[str, Any]) -> Responses:
    groups = {
        group: {key: {field: _text(text) for field, text in entry.items()} for key, entry in entries.items()}
        for group, entries in told["groups"].items()
    }
    return Responses(told["language"], groups)


def _text(told: Any) -> Text:
    if not isinstance(told, dict):
        return _lines(told)
    if "forms" in told:
        return Plural(**told)
    return ByFact(told["fact"], {value: _lines(text) for value, text in told["texts"].items()}, _lines(told["otherwise"]))


def _lines(told: str | list[str]) -> str | tuple[str, ...]:
    return told if isinstance(told, str) else tuple(told)
