"""Sessions and timers as JSON, in memory and in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.model import Mark, Note, Problem, Session, Stage, Timer
from bot.store import Store
from bot.store.codec import decode, decode_timer, encode, encode_timer
from bot.store.local import FileStore, MemoryStore

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
notes = st.builds(Note, st.sampled_from(Mark), text, text, st.integers(0, 2**40))
sessions = st.builds(
    Session,
    id=text,
    turn=st.integers(0, 2**31),
    stage=st.sampled_from(Stage),
    subject=text,
    facts=st.dictionaries(text, text, max_size=4),
    problem=st.none() | st.builds(Problem, st.integers(0, 2**31), st.lists(notes, max_size=4).map(tuple)),
    later=st.lists(text, max_size=3).map(tuple),
    language=text,
    seen=st.integers(0, 2**40),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)

SESSION = Session(
    "Ab-9_xYz",
    turn=7,
    stage=Stage.FIXING,
    subject="restart+force-restart",
    facts={"ios": "16"},
    problem=Problem(2, (Note(Mark.TOOK, "stalled", "", 5), Note(Mark.TRIED, "restart", "didnt-help", 9))),
    later=("storage-full",),
    language="de",
    seen=10,
)
TIMER = Timer(100, "Ab-9_xYz", 7)


# --- the codec --------------------------------------------------------------------------------------------------------------


@given(sessions)
@example(SESSION)
@example(Session(""))
def test_session_there_and_back(session: Session) -> None:
    """A session comes back as it was kept."""
    assert decode(encode(session)) == session


@given(st.builds(Timer, st.integers(0, 2**40), text, st.integers(0, 2**31)))
def test_timer_there_and_back(timer: Timer) -> None:
    """A timer comes back as it was kept, also through JSON."""
    assert decode_timer(json.loads(json.dumps(encode_timer(timer)))) == timer


def test_no_words_are_kept() -> None:
    """What is kept of a session are ids, numbers and outcomes: just the fields of the model."""
    assert set(json.loads(encode(SESSION))) == {"id", "turn", "stage", "subject", "facts", "problem", "later", "language", "seen"}


@given(anything.filter(lambda raw: not isinstance(raw, dict) or "id" not in raw))
@example({"problem": {"turn": float("inf"), "history": []}})
@example(json.loads(encode(SESSION)) | {"turn": float("inf")})
@example(json.loads(encode(SESSION)) | {"turn": float("nan")})
@example(json.loads(encode(SESSION)) | {"stage": "dancing"})
@example(json.loads(encode(SESSION)) | {"facts": ["ios"]})
@example(json.loads(encode(SESSION)) | {"later": None})
@example(json.loads(encode(SESSION)) | {"problem": {"turn": 1, "history": [{"mark": "tried"}]}})
def test_what_is_not_a_session(raw: Any) -> None:
    """JSON that is not a session is refused with ValueError, and with nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011 - any message will do
        decode(json.dumps(raw))


@pytest.mark.parametrize("kept", ["", "{", "null", "[]", "1", '"x"', "\x00", "[" * 100])
def test_what_is_not_json(kept: str) -> None:
    """Text that is not even JSON is refused alike."""
    with pytest.raises(ValueError):  # noqa: PT011 - any message will do
        decode(kept)


@pytest.mark.parametrize("due", ["soon", None, [], float("inf"), float("nan")])
def test_what_is_not_a_timer(due: Any) -> None:
    """The same with timers."""
    with pytest.raises(ValueError):  # noqa: PT011 - any message will do
        decode_timer({"due": due, "session": "s", "turn": 1})
    with pytest.raises(ValueError, match="turn"):
        decode_timer({"due": 1, "session": "s"})


def test_a_field_of_a_newer_version() -> None:
    """A session kept by a newer version, with a field more, can still be read after going back."""
    assert decode(json.dumps(json.loads(encode(SESSION)) | {"mood": "good"})) == SESSION


# --- both stores --------------------------------------------------------------------------------------------------------------


class TestStores:
    """What holds in memory and in a file alike."""

    @pytest.fixture(params=["memory", "file"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Store:
        makers: dict[str, Callable[[], Store]] = {"memory": MemoryStore, "file": lambda: FileStore(tmp_path / "kept.json")}
        return makers[request.param]()

    def test_new(self, store: Store) -> None:
        """Of a conversation that never was, there is nothing."""
        assert store.load("a") is None
        assert store.due("a", 10**12) == []
        store.forget("a")

    def test_save(self, store: Store) -> None:
        """The last session saved is the one that stands, each conversation's own."""
        store.save("a", SESSION, ())
        store.save("b", Session("b"), ())
        store.save("a", Session("later"), ())
        assert store.load("a") == Session("later")
        assert store.load("b") == Session("b")

    def test_timers_come_once(self, store: Store) -> None:
        """A timer is given out when its time has come, and once."""
        late = Timer(200, "s", 1)
        store.save("a", SESSION, (late, TIMER))
        assert store.due("a", 99) == []
        assert store.due("b", 999) == []
        assert store.due("a", 100) == [TIMER]
        assert store.due("a", 100) == []
        assert store.due("a", 300) == [late]

    def test_timers_stay(self, store: Store) -> None:
        """Timers of an earlier turn are kept when a session is saved again, and the same one is not kept twice."""
        store.save("a", SESSION, (TIMER,))
        store.save("a", SESSION, (TIMER,))
        store.save("a", Session("later"), ())
        assert store.due("a", 1000) == [TIMER]

    def test_forget(self, store: Store) -> None:
        """Nothing of a forgotten conversation stays, and others are left alone."""
        store.save("a", SESSION, (TIMER,))
        store.save("b", SESSION, (TIMER,))
        store.forget("a")
        assert store.load("a") is None
        assert store.due("a", 1000) == []
        assert store.load("b") == SESSION
        assert store.due("b", 1000) == [TIMER]


# --- the file -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept.json"


def test_the_next_day(kept: Path) -> None:
    """What one process saved, another one finds: sessions, timers, and what was forgotten or given out."""
    first = FileStore(kept)
    first.save("a", SESSION, (TIMER, Timer(500, "s", 8)))
    first.save("b", SESSION, ())
    first.due("a", 100)
    first.forget("b")
    second = FileStore(kept)
    assert second.load("a") == SESSION
    assert second.load("b") is None
    assert second.due("a", 1000) == [Timer(500, "s", 8)]
    assert FileStore(kept).due("a", 1000) == []


def test_forgotten_is_gone_from_the_file(kept: Path) -> None:
    """After /forget the file holds nothing of the conversation."""
    store = FileStore(kept)
    store.save("tty", SESSION, (TIMER,))
    store.forget("tty")
    assert "tty" not in kept.read_text(encoding="utf-8")
    assert SESSION.id not in kept.read_text(encoding="utf-8")


def test_a_new_file(kept: Path) -> None:
    """A new file is made at once and holds nothing."""
    FileStore(kept)
    assert json.loads(kept.read_text(encoding="utf-8")) == {"conversations": {}}
    assert FileStore(kept).load("a") is None


def test_where_nothing_can_be_kept(tmp_path: Path) -> None:
    """A place where no file can be made is told at once, not after the first message."""
    with pytest.raises(OSError, match="no-such-folder"):
        FileStore(tmp_path / "no-such-folder" / "kept.json")


def test_the_file_is_whole_at_any_moment(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing breaks off, the old file is still there, whole."""
    store = FileStore(kept)
    store.save("a", SESSION, ())

    def breaks_off(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", breaks_off)
        with pytest.raises(OSError, match="no space"):
            store.save("a", Session("never kept"), ())
    assert FileStore(kept).load("a") == SESSION


def test_nothing_else_lies_about(kept: Path) -> None:
    """Only the file itself stays in its folder."""
    store = FileStore(kept)
    store.save("a", SESSION, (TIMER,))
    store.save("a", SESSION, ())
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"conversations": []}',
        b'{"conversations": {"a": {}}}',
        b'{"conversations": {"a": {"session": {}, "timers": []}}}',
        b'{"conversations": {"a": {"session": null, "timers": null}}}',
        b"\xff\xfe not text",
        b"my shopping list",
        b"[" * 100_000,
    ],
    ids=lambda content: content[:30].decode("ascii", "replace"),
)
def test_somebody_elses_file(kept: Path, content: bytes) -> None:
    """A file that is not ours is refused in one line that names it, and is left as it is."""
    kept.write_bytes(content)
    with pytest.raises(ValueError, match=r"kept\.json") as refused:
        FileStore(kept)
    assert "\n" not in str(refused.value)
    assert kept.read_bytes() == content
