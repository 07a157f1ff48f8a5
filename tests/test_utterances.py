"""Labelled messages are read from every form of file, and what is wrong with one is told in one line with its cure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from bot.evaluating.measures import NearMiss, Utterance
from bot.evaluating.utterances import Collected, UtterancesError, read_utterances

INTENTS: Final = ("full", "slow", "photos")


def read(*paths: Path) -> Collected:
    return read_utterances(paths, INTENTS)


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- forms ---------------------------------------------------------------------------------------------------------------


def test_lines(tmp_path: Path) -> None:
    """A .jsonl file: one object a line, with notes of its own, empty lines, loose labels, and the language under either name."""
    rows = (
        {"id": 1, "text": "all full", "intent": "full", "also": ["slow"], "kind": "a note"},
        {"text": "alles voll", "intent": "full", "lang": "de", "language_code": "de-AT"},
        {"text": "que calor", "intent": "smalltalk", "language": "es"},
        {"text": "my car", "intent": "out-of-scope"},
    )
    path = written(tmp_path, "some.jsonl", "\ufeff" + "\n\n".join(json.dumps(row) for row in rows) + "\n")
    assert read(path).utterances == [
        Utterance("all full", ("full", "slow"), "en", None, f"{path}:1"),
        Utterance("alles voll", ("full",), "de", "de-AT", f"{path}:3"),
        Utterance("que calor", ("smalltalk",), "es", None, f"{path}:5"),
        Utterance("my car", ("out-of-scope",), "en", None, f"{path}:7"),
    ]


def test_yaml_of_an_intent(tmp_path: Path) -> None:
    """A YAML file of one intent, with messages that may have others as well, and near misses."""
    path = written(
        tmp_path,
        "full.yaml",
        "# how people say it\nintent: full\nmessages:\n  - text: all full\n  - {text: no room, also: [slow]}\n"
        "near_misses:\n  - {text: full of joy, intent: photos}\n",
    )
    found = read(path)
    assert found.utterances == [
        Utterance("all full", ("full",), place=f"{path}:4"),
        Utterance("no room", ("full", "slow"), place=f"{path}:5"),
    ]
    assert found.near_misses == [NearMiss("full of joy", "full", "photos", place=f"{path}:7")]


def test_yaml_of_a_language(tmp_path: Path) -> None:
    """A YAML file of one language, in which each message has its own label."""
    path = written(tmp_path, "de.yaml", "language: de\nmessages:\n  - {text: voll, intent: full}\n  - {text: lahm, intent: slow}\n")
    assert [(one.text, one.label, one.language) for one in read(path).utterances] == [("voll", "full", "de"), ("lahm", "slow", "de")]


def test_folders_and_files(tmp_path: Path) -> None:
    """Folders are read to the bottom, other files in them left alone, and no file is read twice."""
    one = written(tmp_path, "a/b/one.jsonl", '{"text": "one", "intent": "full"}')
    written(tmp_path, "a/two.yml", "intent: full\nmessages: [text: two]\n")
    written(tmp_path, "a/notes.txt", "not for us")
    three = written(tmp_path, "three.yaml", "intent: full\nmessages: [text: three]\n")
    assert [said.text for said in read(tmp_path / "a", three, one).utterances] == ["one", "two", "three"]


def test_one_language(tmp_path: Path) -> None:
    """Of a mixture the messages of one language can be picked, by any of its codes."""
    found = read(
        written(tmp_path, "pt.yaml", "language: pt-BR\nmessages: [{text: cheio, intent: full}]\n"),
        written(tmp_path, "full.yaml", "intent: full\nmessages: [text: full]\nnear_misses: [{text: x, intent: slow}]\n"),
    )
    assert [one.text for one in found.only("pt").utterances] == ["cheio"]
    assert found.only("pt").near_misses == []
    assert len(found.only("en-GB").near_misses) == 1
    with pytest.raises(UtterancesError, match='no message is in "fr": there are en, pt-BR'):
        found.only("fr")


# --- what is wrong -------------------------------------------------------------------------------------------------------

ROW: Final = '{"text": "x", "intent": "full"}\n'


@pytest.mark.parametrize(
    ("name", "text", "line", "told"),
    [
        ("a.jsonl", "", 1, "the file is empty: write one message on each line"),
        ("a.jsonl", ROW + "\n" + '{"text": "x", "intent"}', 3, 'this is no JSON object: write one on each line, such as {"text"'),
        ("a.jsonl", ROW + '["x", "full"]', 2, "this is no JSON object"),
        ("a.jsonl", ROW + "[" * 100_000, 2, "this is no JSON object"),
        ("a.jsonl", ROW.encode() + b'{"text": "\xff", "intent": "full"}', 2, "save the file with the encoding UTF-8"),
        ("a.jsonl", ROW + '{"intent": "full"}', 2, "text: this field is missing"),
        ("a.jsonl", ROW + '{"text": "x"}', 2, "intent: this field is missing"),
        ("a.jsonl", '{"text": "", "intent": "full"}', 1, "text: this is empty"),
        ("a.jsonl", '{"text": 5, "intent": "full"}', 1, "text: put it in quotes"),
        ("a.jsonl", '{"text": "x", "intent": "full", "also": "slow"}', 1, "also: a list"),
        ("a.jsonl", '{"text": "x", "intent": "full", "lang": "Deutsch"}', 1, "is not the code of a language"),
        ("a.jsonl", ROW + '{"text": "x", "intent": "ful"}', 2, 'there is no intent "ful" (did you mean full?)'),
        ("a.jsonl", ROW + '{"text": "x", "intent": "full", "also": ["quick"]}', 2, 'there is no intent "quick"'),
        ("a.yaml", "", 1, "the file is empty"),
        ("a.yaml", "intent: full\nmessages:\n  - text: a: b\n", 3, "put the whole text in quotes"),
        ("a.yaml", "intent: full\nmessages: []\n", 2, "messages: this is empty"),
        ("a.yaml", "intent: full\nmessages:\n  - text: x\n  - {txt: y}\n", 4, "number 2 › text: this field is missing"),
        ("a.yaml", "intent: full\nmessages:\n  - {text: x, alsо: [slow]}\n", 3, "there is no such field here (did you mean also?)"),
        ("a.yaml", "intent: slwo\nmessages:\n  - text: x\n", 3, 'there is no intent "slwo" (did you mean slow?)'),
        ("a.yaml", "language: de\nmessages:\n  - text: x\n", 3, "the message has no label: give it an `intent`"),
        ("a.yaml", "messages: [{text: x, intent: full}]\nnear_misses:\n  - {text: x, intent: full}\n", 3, "the file has none: add it"),
        ("a.txt", "x", 1, "the name ends in none of .jsonl, .yaml, .yml"),
    ],
)
def test_what_is_wrong(tmp_path: Path, name: str, text: str | bytes, line: int, told: str) -> None:
    """What is wrong with a file is told in one line: where, what, and how to mend it."""
    path = written(tmp_path, name, text)
    with pytest.raises(UtterancesError) as raised:
        read(path)
    message = str(raised.value)
    assert message.startswith(f"{path}:{line}: ")
    assert told in message
    assert "\n" not in message


def test_each_bad_file_is_told(tmp_path: Path) -> None:
    """Of several files each bad one is told at once, also one that is not there; a folder without messages as well."""
    one, two = written(tmp_path, "one.jsonl", "x"), written(tmp_path, "two.yaml", "x: [")
    with pytest.raises(UtterancesError) as raised:
        read(one, two, tmp_path / "three.yaml")
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == [str(one), str(two), str(tmp_path / "three.yaml")]
    assert "No such file" in str(raised.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UtterancesError, match=r"empty: no file below this folder ends in .*: name another folder, or a file"):
        read(tmp_path / "empty")
