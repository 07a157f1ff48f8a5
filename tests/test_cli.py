"""`python -m bot …`: what it prints, its exit codes, and that every mistake is answered in words, not with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bot import __version__
from bot.cli import main
from bot.compiled import PLACE
from bot.model import Decision, Guide
from tests.english_content import copy_english

ROOT: Final = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty folder, so that nobody's .env plays a part."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    monkeypatch.delenv("CONTENT_DIR", raising=False)


def run(*arguments: str, typed: str | bytes | None = None) -> Result:
    """One command, in this process."""
    return CliRunner().invoke(main, arguments, input=typed, prog_name="python -m bot")


def objects(result: Result) -> list[dict[str, Any]]:
    """What `match --json` wrote."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the shipped content in English, to be broken."""
    return copy_english(tmp_path)


@pytest.fixture
def bad_content(content: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content with two mistakes in two files."""
    (content / "intents" / "hello.yaml").write_text("id: hello\nkind: greeting\n", encoding="utf-8")
    (content / "intents" / "yes.yaml").write_text("id: yes\nkind: act\nfixes:\n  - fix: check-wfi\n", encoding="utf-8")
    monkeypatch.setenv("CONTENT_DIR", str(content))
    return content


# --- help --------------------------------------------------------------------------------------------------------------------


def test_help() -> None:
    """Help names every command with a line on what it is for."""
    shown = run("--help")
    assert shown.exit_code == 0
    for name, command in main.commands.items():
        assert name in shown.output
        assert command.get_short_help_str()


@pytest.mark.parametrize("command", sorted(main.commands))
def test_help_of_each_command(command: str) -> None:
    """Each command explains itself, with -h as well."""
    for flag in ("--help", "-h"):
        shown = run(command, flag)
        assert shown.exit_code == 0
        assert "Usage: python -m bot" in shown.output


def test_version() -> None:
    """The version is that of the package."""
    assert __version__ in run("--version").output


@pytest.mark.parametrize("arguments", [["dance"], ["match"], ["match", "--loud"], ["match", "a", "b"], ["chat", "now"]])
def test_wrong_use(arguments: list[str]) -> None:
    """Wrong use is answered with the usage and exit code 2."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output
    assert "Error:" in result.output


# --- match ------------------------------------------------------------------------------------------------------------------------


def test_match_explains() -> None:
    """`match TEXT` shows the decision, the facts, the candidates with their nearest phrases, and every word with its weight."""
    shown = run("match", "iphone 8 ios 16.7: the last bakcup could not be completed zebra")
    assert shown.exit_code == 0
    for said in (
        "match: last-backup-failed (error)",
        "restart_buttons = volume-keys",
        "ios = 16",
        "bakcup -> backup",
        "zebra: in no phrase",
    ):
        assert said in shown.output, shown.output


@pytest.mark.parametrize(
    "text",
    ["", "   ", "?!", "zebra", "yes", "restoring or backing up", "резервная копия", "-- --", "<b>{n}</b>", "x" * 5000, "storage full"],
)
def test_match_explains_anything(text: str) -> None:
    """Any text can be explained; options begin only what comes before `--`."""
    shown = run("match", "--", text)
    assert shown.exit_code == 0
    assert shown.output.startswith("language")


def test_match_json_form() -> None:
    """`match --json` writes one object with the agreed fields, for plain text and for JSON lines alike."""
    text = "The last backup could not be completed."
    plain, quoted, extra = objects(
        run("match", "--json", typed=f"{text}\n" + json.dumps({"text": text}) + "\n" + json.dumps({"id": 1, "text": text}) + "\n")
    )
    assert plain == quoted == extra
    assert list(plain) == ["decision", "intent", "kind", "score", "language", "candidates"]
    assert (plain["decision"], plain["intent"], plain["kind"], plain["language"]) == ("match", "last-backup-failed", "error", "en")
    assert plain["candidates"][0] == {"intent": "last-backup-failed", "score": plain["score"]}
    assert 0 <= plain["score"] <= 100


LINES: Final = [
    "",
    "   ",
    "{",
    "{bad json",
    "{}",
    '{"text": 5}',
    '{"text": null}',
    "[1, 2]",
    '"quoted"',
    "null",
    '{"text": ""}',
    '{"text": "two\\nlines"}',
    "x" * 10_000,
    '{"text": "\\ud800"}',
    "[" * 3000,
    '{"a":' * 3000,
]


def test_match_json_for_every_line(guide: Guide) -> None:
    """Each line, whatever it is, gets exactly one object: empty, broken, huge or strange."""
    written = objects(run("match", "--json", typed="\n".join(LINES) + "\n"))
    assert len(written) == len(LINES)
    for one in written:
        assert one["decision"] in list(Decision)
        assert (one["intent"] is not None) == (one["kind"] is not None) == (one["decision"] == "match")
        assert len(one["candidates"]) <= 5
        assert {candidate["intent"] for candidate in one["candidates"]} <= guide.intents.keys()
        assert one["score"] == (one["candidates"][0]["score"] if one["candidates"] else 0)


def test_match_json_kinds() -> None:
    """A neighbour topic is a match of kind elsewhere, small talk one of kind act, and what is not understood has no intent."""
    elsewhere, act, nothing = objects(run("match", "--json", typed="whatsapp backup stuck at 99%\nit worked\n\n"))
    assert (elsewhere["decision"], elsewhere["kind"]) == ("match", "elsewhere")
    assert (act["decision"], act["kind"], act["intent"]) == ("match", "act", "it-worked")
    assert (nothing["decision"], nothing["intent"], nothing["kind"], nothing["score"], nothing["candidates"]) == (
        "none",
        None,
        None,
        0.0,
        [],
    )


def test_match_json_of_a_text() -> None:
    """A text on the command line is read instead of standard input."""
    assert len(objects(run("match", "--json", "storage full", typed="more\nlines\n"))) == 1
    assert objects(run("match", "--json", typed="")) == []


# --- content ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["match", "x"], ["match", "--json"], ["chat"], ["check"]])
def test_no_content_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]) -> None:
    """A CONTENT_DIR without content is told in one line that says what to do."""
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path / "nowhere"))
    result = run(*command, typed="")
    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert "nowhere" in line
    assert "CONTENT_DIR" in line


@pytest.mark.parametrize("command", [["match", "x"], ["chat"]])
def test_broken_content(bad_content: Path, command: list[str]) -> None:
    """Content with mistakes is not used: all of them are listed, each with file and line, and a cure where there is one."""
    result = run(*command, typed="")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "intents/hello.yaml:2: " in result.output
    assert "intents/yes.yaml:4: " in result.output
    assert "check-wfi" in result.output


def test_check_makes_ready(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `check` found right is compiled for the next start; what is wrong is not."""
    monkeypatch.setenv("CONTENT_DIR", str(content))
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "0 errors" in result.output.splitlines()[-1]
    compiled = (content / PLACE).read_bytes()
    (content / "intents" / "hello.yaml").write_text("id: hello\nkind: greeting\n", encoding="utf-8")
    assert run("check").exit_code == 1
    assert (content / PLACE).read_bytes() == compiled


def test_check_lists_everything(bad_content: Path) -> None:
    """With errors in it, all are listed with file and line, and the exit code says so."""
    result = run("check")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "intents/hello.yaml:2: " in result.output
    assert "intents/yes.yaml:4: " in result.output


def test_content_of_ones_own(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CONTENT_DIR the operator's phrases count, not the built-in ones."""
    file = content / "intents" / "off-topic.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\n    - quousque tandem abutere patientia nostra\n", encoding="utf-8")
    monkeypatch.setenv("CONTENT_DIR", str(content))
    [own] = objects(run("match", "--json", "quousque tandem abutere patientia nostra"))
    monkeypatch.delenv("CONTENT_DIR")
    [shipped] = objects(run("match", "--json", "quousque tandem abutere patientia nostra"))
    assert (own["intent"], shipped["intent"]) == ("off-topic", None)


def test_schemas(tmp_path: Path) -> None:
    """`schemas FOLDER` writes the JSON Schemas there, names each file, and they are the ones that are kept in docs/schemas."""
    folder = tmp_path / "new" / "schemas"
    result = run("schemas", str(folder))
    assert result.exit_code == 0, result.output
    written = sorted(folder.iterdir())
    assert sorted(result.output.split()) == [str(path) for path in written]
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schemas").glob("*.json")}
    assert {path.name: path.read_text(encoding="utf-8") for path in written} == kept, "python -m bot schemas brings docs/schemas up to date"


# --- as a process ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def match_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "bot", "match", "--json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=variables, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        yield process
        process.kill()


def test_answers_line_by_line(match_process: subprocess.Popen[bytes]) -> None:
    """A program at the other end gets its answer before it sends the next line."""
    assert match_process.stdin
    assert match_process.stdout
    for text, intent in (("it worked", "it-worked"), ("Backup needs restart", "needs-restart")):
        match_process.stdin.write(text.encode() + b"\n")
        match_process.stdin.flush()
        assert json.loads(match_process.stdout.readline())["intent"] == intent


def test_bytes_that_are_no_text(match_process: subprocess.Popen[bytes]) -> None:
    """A line that is no UTF-8 gets its object as well, and the lines after it do too."""
    out, err = match_process.communicate(b"\xff\xfe\xc3 backup\nThe last backup could not be completed.\n", timeout=60)
    assert err == b""
    assert len(out.splitlines()) == 2
    assert json.loads(out.splitlines()[1])["intent"] == "last-backup-failed"


def test_the_reader_leaves(match_process: subprocess.Popen[bytes]) -> None:
    """When the reader of a pipe goes (`| head -1`), it ends without a traceback."""
    assert match_process.stdin
    assert match_process.stdout
    assert match_process.stderr
    match_process.stdin.write(b"storage full\n" * 2000)
    match_process.stdin.flush()
    match_process.stdout.readline()
    match_process.stdout.close()
    match_process.stdin.close()
    match_process.wait(timeout=60)
    assert b"Traceback" not in match_process.stderr.read()


# --- web --------------------------------------------------------------------------------------------------------------------------


def test_web_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SECRET_KEY one line says what to do, and nothing is made."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    result = run("web")
    assert result.exit_code == 1
    assert result.output.startswith("Error: SECRET_KEY: ")
    assert "token_urlsafe" in result.output
    assert not list(Path().iterdir())
