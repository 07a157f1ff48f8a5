"""Anything at all, wherever strangers' bytes come in: a little of it here, much of it by `make fuzz` (tests/fuzz)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import Matcher
from bot.model import Guide
from tests.fuzz.shapes import SAMPLES, anything, changed_updates
from tests.fuzz.targets import Targets

some_bytes = st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
data = st.from_regex(r"[a-z-]{1,12}(\.[a-z0-9:-]{0,20}){0,2}", fullmatch=True).map(str.encode)
payloads = st.from_regex(r"(fix_|from_-?\d{1,21}_\d{1,11}|language |timezone )?[\w-]{0,20}", fullmatch=True).map(str.encode)
bodies = (anything | changed_updates).map(lambda raw: json.dumps(raw).encode())
pages = st.fixed_dictionaries(
    {"id": st.just("an-update-of-the-page") | anything},
    optional=dict.fromkeys(("text", "press", "card", "command", "argument", "since", "language"), anything),
).map(lambda raw: json.dumps(raw).encode())
paths = st.text("./\\%2efx-light.pngstatichr", max_size=30).map(str.encode)
marks = st.text("abc:-?[]{}&*!|>'\"%@`#, \n\t", max_size=60).map(str.encode)


@pytest.fixture(scope="module")
def targets(guide: Guide, matcher: Matcher) -> Iterator[Targets]:
    with Targets(guide, matcher) as found:
        yield found


@given(raw=bodies | some_bytes)
def test_updates(targets: Targets, raw: bytes) -> None:
    """JSON of any shape is handled, or put aside; the webhook's body may be anything, too."""
    targets("update", raw)
    targets("webhook", raw)


@given(raw=data | some_bytes)
def test_presses(targets: Targets, raw: bytes) -> None:
    """The data of a button."""
    targets("press", raw)


@given(raw=payloads | some_bytes)
def test_what_is_typed(targets: Targets, raw: bytes) -> None:
    """Deep links, commands, messages and inline queries."""
    for target in ("link", "text", "inline"):
        targets(target, raw)


@given(raw=pages | some_bytes)
def test_pages(targets: Targets, raw: bytes) -> None:
    """What a page sends, and the token of its session."""
    targets("page", raw)
    targets("token", raw)


@given(raw=paths | some_bytes)
def test_paths(targets: Targets, raw: bytes) -> None:
    """What is asked for by its path."""
    targets("path", raw)


@given(raw=marks | some_bytes)
def test_yaml(targets: Targets, raw: bytes) -> None:
    """A file of the content."""
    targets("yaml", raw)


NESTED: Final = [
    *(b"[" * depth + b"]" * depth for depth in (60, 300, 900, 5000)),
    *(b'{"a":' * depth + b"1" + b"}" * depth for depth in (300, 900)),
]


@pytest.mark.parametrize("nested", NESTED, ids=[f"{raw[:1].decode()}{len(raw)}" for raw in NESTED])
def test_nesting(targets: Targets, nested: bytes) -> None:
    """What is nested deeply is refused, or put aside, and never too much for us."""
    for target in ("update", "webhook", "page", "yaml"):
        targets(target, nested)
    for sample in SAMPLES:
        for place in sample:
            targets("webhook", json.dumps({**sample, place: "HERE"}).encode().replace(b'"HERE"', nested))


@pytest.mark.parametrize("letter", ["a", "storage ", "\u0645", "e\u0301", "\U0001f468\u200d", "(", "*", "`", "1", "\n", "\ufdfa"])
def test_the_longest_message(targets: Targets, letter: str) -> None:
    """Any letter 4,096 times takes no longer than a message may."""
    targets("text", (letter * 4096).encode()[:16_000])
    targets("inline", (letter * 4096).encode()[:1_024])
