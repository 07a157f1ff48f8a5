"""Sessions and replies as JSON: there and back, and rubbish is a ValueError."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Button, LanguageFrom, Mark, Note, Part, Problem, Reply, Session, Stage
from bot.store.codec import decode_reply, decode_session, encode_reply, encode_session
from tests.keeping import a_card, a_session

words = st.text(max_size=12)
whole = st.integers(-(10**12), 10**12)
texts = st.dictionaries(words, words, max_size=3)
notes = st.builds(Note, st.sampled_from(Mark), words, words, whole)
problems = st.builds(Problem, whole, st.lists(notes, max_size=4).map(tuple))
sessions = st.builds(
    Session,
    words,
    whole,
    st.sampled_from(Stage),
    words,
    texts,
    st.none() | problems,
    st.lists(words, max_size=3).map(tuple),
    words,
    st.sampled_from(LanguageFrom),
    whole,
    st.none(),
    st.lists(words, max_size=3).map(tuple),
)
values = words | whole | st.lists(words, max_size=3).map(tuple)
parts = st.builds(Part, words, words, st.dictionaries(words, values, max_size=3))
rows = st.lists(st.builds(Button, words, words), max_size=3).map(tuple)
replies = st.builds(
    Reply, st.lists(parts, max_size=3).map(tuple), st.lists(rows, max_size=3).map(tuple), words, whole, texts, words, st.booleans()
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12)


@given(sessions)
def test_sessions_there_and_back(session: Session) -> None:
    """A session comes back from JSON as it was, with the types that it had."""
    back = decode_session(encode_session(session))
    assert back == session
    assert hash(back.problem) == hash(session.problem), "lists where tuples were"


@given(replies)
def test_replies_there_and_back(reply: Reply) -> None:
    """A reply comes back from JSON as it was: numbers stay numbers, lists come back as tuples."""
    back = decode_reply(encode_reply(reply))
    assert back == reply
    assert [type(value) for part in back.parts for value in part.values.values()] == [
        type(value) for part in reply.parts for value in part.values.values()
    ]


@given(st.text() | anything.map(json.dumps))
def test_any_text(text: str) -> None:
    """Whatever text is in the store, reading it raises ValueError at worst."""
    _read_both(text)


@given(st.data(), anything)
def test_any_change(data: st.DataObject, value: Any) -> None:
    """A session or reply with anything in the place of any part of it raises ValueError at worst."""
    for text in (encode_session(a_session()), encode_reply(a_card())):
        raw = json.loads(text)
        place: Any = raw
        key = data.draw(st.sampled_from(sorted(place)))
        while isinstance(inner := place[key], dict | list) and inner and data.draw(st.booleans()):
            place = inner
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place[key] = value
        _read_both(json.dumps(raw))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"session"',
        "[" * 100_000,
        '{"problem":' * 100_000,
        encode_session(a_session()).replace('"turn":1', '"turn":Infinity'),
        encode_session(a_session()).replace('"turn":1', '"turn":NaN'),
        encode_session(a_session()).replace('"turn":1', '"turn":1' + "0" * 5000),
        encode_session(a_session()).replace('"fixing"', '"no-such-stage"'),
        encode_reply(a_card()).replace('"turn":1', '"turn":1e999'),
    ],
    ids=lambda text: text[:20],
)
def test_rubbish(text: str) -> None:
    """What is neither a session nor a reply is a ValueError, however deep or large it is."""
    with pytest.raises(ValueError, match=r"."):
        decode_session(text)
    with pytest.raises(ValueError, match=r"."):
        decode_reply(text)


def _read_both(text: str) -> None:
    for read in (decode_session, decode_reply):
        with contextlib.suppress(ValueError):
            read(text)


def test_sessions_of_older_versions_are_read() -> None:
    """A session that was kept before reports were remembered has none."""
    raw = json.loads(encode_session(a_session()))
    del raw["reported"]
    assert decode_session(json.dumps(raw)).reported == ()
