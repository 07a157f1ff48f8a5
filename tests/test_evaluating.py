"""`python -m bot eval`: its figures are counted rightly, and shown as text, as JSON, as a picture, and miss by miss."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.evaluating import measures, misses, pictures
from bot.evaluating.evaluation import Evaluation, evaluated
from bot.evaluating.measures import Outcome, Share, Utterance
from bot.evaluating.tables import WIDTH, as_text, misses_as_text
from bot.evaluating.utterances import Collected, read_utterances
from bot.matching import Matcher
from bot.model import Candidate, Decision, Guide, Heard
from tests.measuring import LANGUAGES, UTTERANCES
from tests.small_content import OWN, edit, write

MESSAGES: Final = f"""\
intent: full
messages:
  - text: {OWN["full"]}
  - text: {OWN["slow"]}
  - text: {OWN["photos"]}
  - text: {OWN["hello"]}
    also: [hello]
  - text: quux xyzzy
near_misses:
  - {{text: {OWN["full"]}, intent: slow}}
  - {{text: {OWN["how"]}, intent: how}}
"""
OTHERS: Final = (
    {"text": OWN["photos"], "intent": "out-of-scope"},
    {"text": OWN["slow"], "intent": "smalltalk"},
    {"text": "quux xyzzy", "intent": "smalltalk"},
    {"text": OWN["how"], "intent": "how", "lang": "de"},
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two files of labelled messages, about the small content, which `eval` uses."""
    content = write(tmp_path / "content")
    monkeypatch.setenv("CONTENT_DIR", str(content))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full.yaml").write_text(MESSAGES, "utf-8")
    (tmp_path / "others.jsonl").write_text("\n".join(map(json.dumps, OTHERS)), "utf-8")
    return ["full.yaml", "others.jsonl"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("eval", *arguments), prog_name="python -m bot")


def shown(*arguments: str) -> Any:
    """The object that `eval --json` writes."""
    result = run("--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- counting ------------------------------------------------------------------------------------------------------------


def test_measures(files: list[str]) -> None:
    """Each message is counted where it belongs."""
    counted = {name: (one["count"], one["of"]) for name, one in shown(*files)["measures"].items()}
    assert counted == {
        "top_1": (3, 6),  # full's own words, the greeting (which is right as well), how
        "top_3": (3, 6),
        "matched_right": (2, 6),
        "asked": (0, 6),
        "taken_for_out_of_scope": (2, 6),  # the greeting again: it is right, and no error or question
        "matched_wrong": (1, 6),
        "not_found": (1, 6),
        "out_of_scope_matched": (1, 3),
        "out_of_scope_asked": (0, 3),
    }


def test_groups(files: list[str]) -> None:
    """Kinds, languages, labels, near misses and the confusion table have their own figures."""
    found = shown(*files)
    assert found["messages"] == 9
    assert found["near_misses_taken"] == {"count": 1, "of": 2, "percent": 50.0}
    assert {kind: its["messages"] for kind, its in found["by_kind"].items()} == {"error": 5, "question": 1, "act": 2, "elsewhere": 1}
    assert found["by_language"]["de"]["top_1"] == {"count": 1, "of": 1, "percent": 100.0}
    assert found["by_language"]["de"]["out_of_scope_matched"] == {"count": 0, "of": 0, "percent": None}
    assert found["by_intent"]["full"]["right"] == {"count": 2, "of": 5, "percent": 40.0}
    assert found["by_intent"]["smalltalk"]["kind"] == "act"
    assert found["confusion"] == {
        "full": {"(nothing)": 1, "full": 2, "photos": 1, "slow": 1},
        "how": {"how": 1},
        "out-of-scope": {"out-of-scope": 1},
        "smalltalk": {"(nothing)": 1, "slow": 1},
    }


@pytest.mark.parametrize(
    ("label", "decision", "first", "outcome"),
    [
        ("storage-full", Decision.MATCH, "storage-full", Outcome.RIGHT),
        ("storage-full", Decision.MATCH, "stalled", Outcome.WRONG),
        ("storage-full", Decision.MATCH, "thanks", Outcome.OUTSIDE),
        ("storage-full", Decision.CHOOSE, "stalled", Outcome.ASKED),
        ("storage-full", Decision.NONE, "storage-full", Outcome.NOT_FOUND),
        ("thanks", Decision.MATCH, "android", Outcome.RIGHT),
        ("thanks", Decision.NONE, "stalled", Outcome.RIGHT),
        ("android", Decision.CHOOSE, "stalled", Outcome.ASKED),
        ("out-of-scope", Decision.MATCH, "how-long", Outcome.WRONG),
        ("smalltalk", Decision.MATCH, "thanks", Outcome.RIGHT),
    ],
)
def test_outcomes(guide: Guide, label: str, decision: Decision, first: str, outcome: Outcome) -> None:
    """What becomes of a message has one name, in scope and out of it."""

    class Fixed(Matcher):
        """Reads everything in the same way."""

        def __init__(self) -> None:
            pass

        def read(self, text: str, **given: Any) -> Heard:
            return Heard(decision, () if decision is Decision.NONE else (first,), candidates=(Candidate(first, 50.0),))

    (result,) = measures.results(guide, Fixed(), [Utterance("x", (label,))])
    assert result.outcome is outcome


def test_in_scope_outcomes_add_up(matcher: Matcher, guide: Guide) -> None:
    """Every message in scope of a real file ends in exactly one of five ways."""
    its = measures.measured(measures.results(guide, matcher, read_utterances([LANGUAGES / "de.yaml"], guide.intents).utterances))
    ways = (its.matched_right, its.asked, its.taken_for_out_of_scope, its.matched_wrong, its.not_found)
    assert sum(one.count for one in ways) == its.top_1.of > 50


def test_share_of_nothing() -> None:
    """A share of nothing is no number: no floor holds under it, and none over it."""
    assert not Share(0, 0).percent >= 0
    assert not Share(0, 0).percent <= 100


def test_language_code_is_the_hint(guide: Guide, matcher: Matcher) -> None:
    """A message is read as from somebody whose app has the language of its `language_code`, and of none without one."""
    said = [Utterance("backup error", ("last-backup-failed",), language_code=code) for code in ("de", None)]
    hinted, unhinted = measures.results(guide, matcher, said)
    assert hinted.heard == matcher.read("backup error", hint="de")
    assert unhinted.heard == matcher.read("backup error")


# --- as text and as JSON -------------------------------------------------------------------------------------------------


def test_text(files: list[str]) -> None:
    """The text names each figure with its counts, and says what came first instead of a label."""
    result = run(*files)
    assert result.exit_code == 0
    assert result.stdout.startswith("9 messages: 6 in scope, 3 out of scope\n")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "| matched wrong | 16.7 | 1 | 6 |" in lines
    assert "| near misses taken for what they look like | 50.0 | 1 | 2 |" in lines
    assert "| de | 1 | 100.0 | 100.0 | 100.0 | 0.0 | 0.0 | 0.0 | - | 0.0 |" in lines
    assert "| full | 3/5 | slow 1, photos 1, (nothing) 1 |" in lines


@pytest.mark.parametrize("misses", [True, False])
def test_text_fits(guide: Guide, matcher: Matcher, misses: bool) -> None:
    """Real figures, with one label taken for many others, are readable at 100 columns; and so are misses."""
    said = read_utterances([UTTERANCES / "storage-full.yaml", UTTERANCES / "android.yaml", UTTERANCES / "tried.yaml"], guide.intents)
    relabelled = [Utterance(one.text, ("not-backing-up",), one.language) for one in said.utterances]
    found = evaluated(guide, matcher, Collected([*said.utterances, *relabelled], []), with_misses=misses)
    text = misses_as_text(found.misses) if misses else as_text(found)
    tall = [line for line in text.splitlines() if len(line) > WIDTH]
    assert tall == []
    assert misses or " more" in text


SHARE: Final = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "of": {"type": "integer"}, "percent": {"type": ["number", "null"]}},
    "required": ["count", "of", "percent"],
    "additionalProperties": False,
}


def _object(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has just these fields."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _map(of: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


NAMES: Final = (
    "top_1 top_3 matched_right asked taken_for_out_of_scope matched_wrong not_found out_of_scope_matched out_of_scope_asked".split()
)
TALLY: Final = {"messages": {"type": "integer"}, **dict.fromkeys("top_1 top_3 right wrong offered not_found".split(), SHARE)}
CONTENDER: Final = _object(
    intent={"type": "string"}, score={"type": "number"}, phrase={"type": ["string", "null"]}, nearness={"type": "number"}
)
MISS: Final = _object(
    text={"type": "string"},
    place={"type": "string"},
    language={"type": "string"},
    what={"enum": ["matched wrong", "not found", "taken for out of scope", "another first", "near miss taken"]},
    decision={"enum": ["match", "choose", "none"]},
    wanted={"type": "array", "items": CONTENDER},
    won={"anyOf": [CONTENDER, {"type": "null"}]},
)
FORM: Final = _object(
    messages={"type": "integer"},
    measures=_object(**dict.fromkeys(NAMES, SHARE)),
    near_misses_taken=SHARE,
    by_kind=_map(_object(**TALLY)),
    by_language=_map(_object(messages={"type": "integer"}, **dict.fromkeys(NAMES, SHARE), language_found=SHARE)),
    by_intent=_map(_object(kind={"enum": ["error", "question", "act", "elsewhere"]}, **TALLY)),
    confusion=_map(_map({"type": "integer"})),
    misses={"type": "array", "items": MISS},
)
"""What programs rely on: whoever changes it breaks them."""


def test_json_form(files: list[str]) -> None:
    """The JSON has the form that programs rely on, and misses only where they were asked for."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - two seconds, as in tests/test_schemas.py

    Draft202012Validator(FORM).validate(shown("--misses", *files))
    assert "misses" not in shown(*files)


def test_language(files: list[str]) -> None:
    """--language picks the messages of one language."""
    assert list(shown("--language", "de", *files)["by_language"]) == ["de"]


# --- misses --------------------------------------------------------------------------------------------------------------


def test_misses(files: list[str]) -> None:
    """Each miss names its place, how it went wrong, and the nearest phrases of what was wanted and of what won; the dearest come first."""
    listed = shown("--misses", *files)["misses"]
    assert [(one["place"], one["what"], one["won"] and one["won"]["intent"]) for one in listed] == [
        ("full.yaml:4", "matched wrong", "slow"),
        ("others.jsonl:2", "matched wrong", "slow"),
        ("full.yaml:8", "not found", None),
        ("full.yaml:5", "taken for out of scope", "photos"),
        ("full.yaml:10", "near miss taken", "full"),
    ]
    assert listed[0]["won"] == {"intent": "slow", "score": 100.0, "phrase": OWN["slow"], "nearness": 1.0}
    assert listed[0]["wanted"] == [{"intent": "full", "score": 0.0, "phrase": None, "nearness": 0.0}]
    assert listed[1]["wanted"] == []


def test_misses_name_real_phrases(guide: Guide, matcher: Matcher) -> None:
    """Of real misses both phrases are told, and they are phrases of the intents, however little speaks for the wanted one."""
    said = [Utterance("the last backup could not be completed because of poor network conditions", ("stalled", "android"))]
    (miss,) = misses.missed(matcher, measures.results(guide, matcher, said))
    assert miss.what == "matched wrong"
    assert miss.won is not None
    assert miss.won.intent == "poor-network"
    for one in (miss.won, *miss.wanted):
        assert one.phrase in {phrase.text for phrase in guide.intents[one.intent].phrases}
        assert 0 < one.nearness <= 1
    assert miss.won.nearness > miss.wanted[0].nearness


def test_misses_as_text(files: list[str]) -> None:
    """The list stands under the figures, each miss with its phrases."""
    listed = run("--misses", *files).stdout.partition("5 went wrong\n\n")[2].split("\n\n")
    assert listed[0] == (
        "full.yaml:4  matched wrong, decision match, en\n"
        f'  "{OWN["slow"]}"\n'
        "  wanted  full 0.0  no phrase is near\n"
        f"  won     slow 100.0  ~ {OWN['slow']} (100%)"
    )
    assert "  wanted  neither an error nor a question" in listed[1]
    assert "  won     nothing" in listed[2]


def test_a_message_cannot_steer_the_terminal(tmp_path: Path, files: list[str]) -> None:
    """What would clear a screen is shown as it is written."""
    (tmp_path / "bad.jsonl").write_text(json.dumps({"text": "quux \x1b[2J xyzzy\n", "intent": "full"}), "utf-8")
    text = run("--misses", "bad.jsonl").stdout
    assert "\x1b" not in text
    assert '"quux \\u001b[2J xyzzy\\n"' in text


# --- the picture ---------------------------------------------------------------------------------------------------------


def test_png(files: list[str], tmp_path: Path) -> None:
    """--picture FILE.png draws a PNG with room for all, on a white ground, whose cells are coloured; the text is printed as well."""
    result = run("--picture", "shown.png", *files)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("9 messages")
    raw = (tmp_path / "shown.png").read_bytes()
    assert raw.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", raw[16:24])
    assert width > 1500
    assert height > 700
    from matplotlib.image import imread  # noqa: PLC0415 - half a second for whoever else collects the tests

    pixels = imread(tmp_path / "shown.png")
    assert (pixels[0, 0, :3] == 1.0).all()
    assert 0.3 < (pixels[:, :, :3].min(axis=2) > 0.95).mean() < 0.98
    assert len({tuple(pixel) for pixel in pixels[::7, ::7, :3].reshape(-1, 3).round(1)}) > 5


def test_svg(files: list[str], tmp_path: Path) -> None:
    """--picture FILE.svg draws an SVG."""
    assert run("--picture", "shown.svg", *files).exit_code == 0
    assert ET.parse(tmp_path / "shown.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def texts_in(found: Evaluation, guide: Guide, path: Path) -> set[str]:
    """What is written in the picture: matplotlib notes it in an SVG beside the letters' shapes."""
    pictures.draw(found, guide, path)
    return set(re.findall(r"<!-- (.+?) -->", path.read_text("utf-8")))


def test_picture_tells_all(guide: Guide, matcher: Matcher, tmp_path: Path) -> None:
    """Each label in scope, each language and each measure stands in the picture of our own messages."""
    found = evaluated(guide, matcher, read_utterances([LANGUAGES / "de.yaml"], guide.intents))
    texts = texts_in(found, guide, tmp_path / "shown.svg")
    labels = {one.said.label for one in found.results if one.in_scope}
    assert labels <= texts
    assert {f"{label} ({len(own)})" for label, own in measures.by_label(found.results).items() if label in labels} <= texts
    inside = sum(one.in_scope for one in found.results)
    assert {f"de ({inside})", "matched wrong", "small talk, answers", "other topics"} <= texts


def test_picture_of_little(guide: Guide, matcher: Matcher, tmp_path: Path) -> None:
    """Messages out of scope alone, or one message, can be drawn as well."""
    for number, said in enumerate((Utterance("thanks", ("smalltalk",)), Utterance("backup stuck", ("stalled",)))):
        path = tmp_path / f"{number}.png"
        pictures.draw(evaluated(guide, matcher, Collected([said], [])), guide, path)
        assert path.stat().st_size > 10_000


def test_without_matplotlib(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra one line says what to install, before any work is done; all else goes on as ever."""
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    result = run("--picture", "shown.png", *files)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: a picture needs matplotlib: pip install 'backup-medic[plots]'\n"
    assert run(*files).exit_code == 0


@pytest.mark.parametrize(("name", "told"), [("shown.jpg", "ends in .png or .svg"), ("nowhere/shown.png", "cannot be written")])
def test_picture_elsewhere(files: list[str], name: str, told: str) -> None:
    """Another kind of picture, or a folder that is not there, is told in one line."""
    result = run("--picture", name, *files)
    assert result.exit_code != 0
    assert len(result.stderr.splitlines()) == 1
    assert told in result.stderr


# --- mistakes ------------------------------------------------------------------------------------------------------------


def test_bad_files(files: list[str], tmp_path: Path) -> None:
    """A bad file is told with its place and cure, and the exit code is 2."""
    edit(tmp_path, "full.yaml", "intent: slow}", "intent: slwo}")
    result = run(*files)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'Error: full.yaml:10: there is no intent "slwo" (did you mean slow?): correct it, or add the intent first\n'


def test_no_message_in_a_language(files: list[str]) -> None:
    """A language in which there is no message is told with those that there are."""
    result = run("--language", "ja", *files)
    assert (result.exit_code, result.stderr) == (2, 'Error: no message is in "ja": there are de, en\n')
