"""The compiled guide: what was read from the YAML, kept as JSON, so that the next start need not read it all again.

It lies in `__pycache__` beside intents/ and responses/, as Python keeps its own: whoever can write there can change the
content itself, so it needs no more trust than that. It is never the only source: what is missing, damaged, or made from
other bytes or by other code is not used, and where it cannot be written, the bot starts as it would without.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from sys import intern
from typing import Any, Final

from bot import __version__
from bot.model import ByFact, Conditions, Fact, Fix, Guide, Intent, Kind, Likely, Phrase, Plural, Responses, Risk, Step, Text

PLACE: Final = Path("__pycache__", "guide.json")
SOURCES: Final = ("intents/*", "intents/phrases/*", "responses/*", "responses/*/*")
MAKERS: Final = ("compiled.py", "cures.py", "model.py", "phrasebooks.py", "reading.py", "schemas.py", "yaml_lines.py")
"""The modules on which it depends what the same YAML becomes: with another line in one of them it is read anew."""
NOTHING: Final[Mapping[str, str]] = {}
"""The facts of a phrase that gives none away: nearly all phrases share it."""


# --- the file -----------------------------------------------------------------------------------------------------------


def digest(folder: Path) -> str | None:
    """What stands for every byte of a folder's content, and of the code that reads it; None when something cannot be read."""
    seen = _hash(__version__.encode())
    makers = [Path(__file__).with_name(maker) for maker in MAKERS]
    try:
        sources = [path for pattern in SOURCES for path in sorted(folder.glob(pattern))]
        for path in (*makers, *sources):
            raw = path.read_bytes() if path.suffix in (".yaml", ".py") else b""  # of anything else the name says enough
            seen.update(f"\0{path.parent.name}/{path.name}\0{len(raw)}\0".encode(errors="surrogateescape"))
            seen.update(raw)
    except OSError:
        return None
    return seen.hexdigest()


def kept(folder: Path, key: str) -> Guide | None:
    """The guide that was compiled under this digest, if there is one and no bit of it has changed."""
    try:
        seal, _, body = (folder / PLACE).read_bytes().partition(b"\n")
    except OSError:
        return None
    return _guide(json.loads(body)) if seal == _seal(key, body) else None


def keep(folder: Path, key: str, guide: Guide) -> None:
    """Keep a guide for the next start, under the digest of what it was read from. Where that is not possible, nothing happens."""
    body = json.dumps(guide, default=_plain, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    path = folder / PLACE
    new = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            new.write_bytes(_seal(key, body) + b"\n" + body)
            new.replace(path)  # in one go: no other start sees half of it
        finally:
            new.unlink(missing_ok=True)


def _seal(key: str, body: bytes) -> bytes:
    return _hash(key.encode() + body).hexdigest().encode()


def _hash(raw: bytes) -> blake2b:
    return blake2b(raw, digest_size=32)


# --- guide -> JSON ------------------------------------------------------------------------------------------------------


def _plain(thing: Any) -> dict[str, Any]:
    """A noun as its fields. An intent's thousands of phrases are told in short."""
    told = {field.name: getattr(thing, field.name) for field in fields(thing) if field.init}
    return {**told, "phrases": _told(thing.phrases)} if isinstance(thing, Intent) else told


def _told(phrases: tuple[Phrase, ...]) -> list[Any]:
    """Phrases in their order, in runs of one language and kind; a phrase without facts is its bare text."""
    runs = groupby(phrases, key=lambda phrase: (phrase.language, phrase.screen))
    return [[*alike, [[phrase.text, phrase.facts] if phrase.facts else phrase.text for phrase in run]] for alike, run in runs]


# --- JSON -> guide ------------------------------------------------------------------------------------------------------


def _guide(told: dict[str, Any]) -> Guide:
    return Guide(
        intents={key: _intent(intent) for key, intent in told["intents"].items()},
        fixes={key: _fix(fix) for key, fix in told["fixes"].items()},
        facts={key: _fact(fact) for key, fact in told["facts"].items()},
        responses={key: _responses(responses) for key, responses in told["responses"].items()},
    )


def _intent(told: dict[str, Any]) -> Intent:
    phrases, steps = tuple(_phrases(told["phrases"])), tuple(_step(step) for step in told["steps"])
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
    return Fix(**{**told, **lists, "risk": Risk(told["risk"]), "only_if": _conditions(told["only_if"])})


def _fact(told: dict[str, Any]) -> Fact:
    words = {field: {value: _conditions(texts) for value, texts in told[field].items()} for field in ("said", "answered")}
    return Fact(**{**told, **words, "values": tuple(told["values"])})


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
