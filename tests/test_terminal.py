"""The conversation in a terminal, first with a script in place of the person, then as a real process."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from bot.assistant import Assistant
from bot.matching import Matcher
from bot.model import Asked, Guide, Heard, Pressed, Showed
from bot.store.sqlite import open_sqlite
from bot.transports.terminal import WIDEST, Terminal

ROOT: Final = Path(__file__).parents[1]


class Script:
    """Types the given lines, then leaves as told; holds what was shown."""

    def __init__(self, guide: Guide, matcher: Matcher, *lines: str, end: type[BaseException] = EOFError, colour: bool = False) -> None:
        self.out = io.StringIO()
        self.now = 1_750_000_000
        self.lines = list(lines)
        self.end = end
        self.assistant = Assistant(guide, open_sqlite(None), lambda: self.now)
        self.terminal = Terminal(self.assistant, matcher.read, self.ask, self.out, colour=colour)

    def ask(self, prompt: str) -> str:
        self.out.write(prompt)
        if not self.lines:
            raise self.end
        line = self.lines.pop(0)
        self.out.write(line + "\n")
        return line

    def run(self) -> str:
        self.terminal.run()
        return self.out.getvalue()


def answers(shown: str) -> list[str]:
    """What was shown, cut at each prompt: the greeting, then the answer to each line."""
    return shown.split("\nyou> ")


def numbers(answer: str) -> list[int]:
    return [int(number) for number in re.findall(r"\[(\d+)\]", answer)]


# --- with a script ------------------------------------------------------------------------------------------------------------


def test_greeting(guide: Guide, matcher: Matcher) -> None:
    """It starts with a greeting and numbered choices, and leaves politely."""
    greeting, bye = answers(Script(guide, matcher).run())
    assert "Hello" in greeting
    assert numbers(greeting) == list(range(1, len(numbers(greeting)) + 1))
    assert len(numbers(greeting)) >= 5
    assert "Bye" in bye


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_leaving(guide: Guide, matcher: Matcher, end: type[BaseException]) -> None:
    """Ctrl-D and Ctrl-C end the conversation without a traceback."""
    assert Script(guide, matcher, end=end).run().endswith("Bye. Take care.\n")


def test_number_presses_the_button(guide: Guide, matcher: Matcher) -> None:
    """A number presses the button of that number on the current card."""
    greeting, answer, _ = answers(Script(guide, matcher, "1").run())
    first = re.search(r"\[1\] (.+)", greeting)
    assert first
    assert first[1] in answer


def test_words(guide: Guide, matcher: Matcher) -> None:
    """Words are understood as a message."""
    answer = answers(Script(guide, matcher, "The last backup could not be completed.").run())[1]
    assert str(guide.responses["en"].groups["intents"]["last-backup-failed"]["name"]) in answer


def test_command(guide: Guide, matcher: Matcher) -> None:
    """A line that begins with a slash is a command, capitals and blanks around it or not."""
    for line in ("/help", " /HELP ", "/help please"):
        assert "/forget" in answers(Script(guide, matcher, line).run())[1]


def test_empty_line(guide: Guide, matcher: Matcher) -> None:
    """An empty line has an answer, too, and the choices with it."""
    for line in ("", "   "):
        answer = answers(Script(guide, matcher, line).run())[1]
        assert "empty" in answer
        assert numbers(answer)


@pytest.mark.parametrize(
    "line", ["0", "99", "-1", "1.5", "²", "١", "/", "1 2", "1" * 5000, "a" * 10_000, "\x00", "\ud800", "😭", "<b>", "{n}"]
)
def test_strange_lines(guide: Guide, matcher: Matcher, line: str) -> None:
    """A number without a button and any other strange line gets an answer with choices."""
    answer = answers(Script(guide, matcher, line).run())[1]
    assert numbers(answer)


def test_events(guide: Guide, matcher: Matcher) -> None:
    """What a line is, is decided here; what it leads to is not."""
    script = Script(guide, matcher)
    terminal = script.terminal
    assert isinstance(terminal.event("1"), Heard)  # before the first card a number is a word like any other
    script.run()
    assert isinstance(terminal.event("1"), Pressed)
    assert terminal.event("/start stalled") == Asked("start", "stalled")
    assert terminal.event("/") == matcher.read("/")
    assert terminal.event("") == Showed("empty")
    assert terminal.event("it worked") == matcher.read("it worked")


def test_numbers_belong_to_the_last_card(guide: Guide, matcher: Matcher) -> None:
    """The numbers shown last are the ones that count: the same number twice presses two different buttons."""
    shown = answers(Script(guide, matcher, "backup needs restart", "1", "1").run())
    cards = [re.findall(r"\[1\] (.+?)(?:   \[|$)", answer, re.MULTILINE)[-1] for answer in shown[:3]]
    assert len(set(cards)) > 1


def test_width(guide: Guide, matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are wrapped to the terminal's width, and to a readable one on a wide screen."""
    for columns, widest in ((50, 50), (300, WIDEST)):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = Script(guide, matcher, "The last backup could not be completed.", "1", "1", "/tried", "/privacy").run()
        texts = [line for line in shown.splitlines() if not line.startswith(("   [", "you> ", "http"))]
        assert max(map(len, texts)) <= widest


def test_steps_hang(guide: Guide, matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second line of a numbered step stands under the first one's words."""
    monkeypatch.setenv("COLUMNS", "50")
    shown = Script(guide, matcher, "The last backup could not be completed.").run()
    assert re.search(r"^1\. .+\n(   \S.*\n)?(\n│ )?2\. .+$", shown, re.MULTILINE)


def test_no_marks_without_colour(guide: Guide, matcher: Matcher) -> None:
    """Plain output has no marks and no escape sequences."""
    shown = Script(guide, matcher, "The last backup could not be completed.", "1").run()
    assert "**" not in shown
    assert "`" not in shown
    assert "\033" not in shown


def test_colour(guide: Guide, matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """With colours, bold words and paths are styled, no mark is left, the words are the same, and every style is switched off again."""
    lines = ("The last backup could not be completed.", "1", "1", "/tried")
    for columns in ("50", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        styled, bare = Script(guide, matcher, *lines, colour=True).run(), Script(guide, matcher, *lines).run()
        assert "\033[1m" in styled
        assert "\033[36m" in styled
        assert "**" not in styled
        assert "`" not in styled
        assert styled.count("\033[0m") == styled.count("\033[1m") + styled.count("\033[36m")
        words = [re.sub(r"\033\[\d+m|[\s│]", "", shown) for shown in (styled, bare)]
        assert words[0] == words[1]


def test_ask_me_later(guide: Guide, matcher: Matcher) -> None:
    """A card that was put off comes back once its time has come, at the next line."""
    script = Script(guide, matcher, "/start stalled")
    shown = script.run()
    for _ in range(12):
        wait = re.findall(r"\[(\d+)\] Ask me later", answers(shown)[-2])
        if wait:
            break
        script.lines, shown = ["didn't help" if "Didn't help" in shown else "1"], ""
        script.out.seek(script.out.truncate(0))
        shown = script.run()
    else:
        pytest.fail("no card could be put off")
    script.lines = [wait[0], "1"]
    script.run()
    script.now += 24 * 60 * 60
    script.out.seek(script.out.truncate(0))
    assert "You asked me to come back" in script.run()


# --- as a process --------------------------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80", **more}


def chat(folder: Path, lines: Iterable[str] | bytes, *options: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot chat` with these lines typed, from an empty folder."""
    typed = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
    command = [sys.executable, "-m", "bot", "chat", *options]
    done = subprocess.run(command, input=typed, capture_output=True, cwd=folder, env=environment(), timeout=60, check=False)  # noqa: S603 - our own
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_process(tmp_path: Path) -> None:
    """A whole conversation through pipes: from the pasted error to the fix that worked."""
    done = chat(tmp_path, ["Backup needs restart", "1", "it worked", "/tried"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "Your backup runs" in done.stdout
    assert done.stdout.endswith("Bye. Take care.\n")
    assert "\033" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_process_with_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no text end in an answer, not in a traceback."""
    done = chat(tmp_path, b"\xff\xfe\xc3\nThe last backup failed\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Bye" in done.stdout


def test_keep(tmp_path: Path) -> None:
    """With --keep the next process goes on where the first one stopped; the next day it says so."""
    kept = tmp_path / "kept.db"
    first = chat(tmp_path, ["Backup needs restart", "1", "already did"], "--keep", str(kept))
    assert first.returncode == 0, first.stderr
    card = re.findall(r"\[\d+\] .*", answers(first.stdout)[3])
    assert card
    with closing(sqlite3.connect(kept)) as database, database:
        (session,) = database.execute("SELECT session FROM conversation").fetchone()
        raw = json.loads(session)
        raw["seen"] -= 24 * 60 * 60
        database.execute("UPDATE conversation SET session = ?", (json.dumps(raw),))
    second = chat(tmp_path, ["/tried"], "--keep", str(kept))
    assert second.returncode == 0, second.stderr
    assert re.search(r"Welcome back|Hello again", answers(second.stdout)[0])
    assert re.findall(r"\[\d+\] .*", answers(second.stdout)[0]) == card
    assert "was done before" in answers(second.stdout)[1]


def test_keep_nothing_after_forget(tmp_path: Path) -> None:
    """After /forget a new process knows nothing any more."""
    kept = tmp_path / "kept.db"
    chat(tmp_path, ["Backup needs restart", "1", "already did", "/forget"], "--keep", str(kept))
    assert b'"stage"' not in kept.read_bytes()  # not even in what the database file has left over
    assert "Hello" in answers(chat(tmp_path, [], "--keep", str(kept)).stdout)[0]


@pytest.mark.parametrize("content", [b"my shopping list", b"{}", b"\xff\xfe\x00"])
def test_keep_in_somebody_elses_file(tmp_path: Path, content: bytes) -> None:
    """A file that is not ours is named in one clear line, and not overwritten."""
    other = tmp_path / "list.txt"
    other.write_bytes(content)
    done = chat(tmp_path, ["hello"], "--keep", str(other))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "list.txt" in done.stderr
    assert other.read_bytes() == content


@pytest.mark.parametrize("where", ["no/such/folder/kept.json", "."])
def test_keep_where_nothing_can_be_kept(tmp_path: Path, where: str) -> None:
    """A place where no file can be written is told at once and clearly, before anybody has typed anything."""
    done = chat(tmp_path, ["hello"], "--keep", where)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "Error" in done.stderr
    assert "Hello" not in done.stdout


def _until(descriptor: int, wanted: str, seconds: float = 30) -> str:
    """What a terminal shows until the wanted text has come."""
    shown, end = b"", time.monotonic() + seconds
    while wanted.encode() not in shown:
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            pytest.fail(f"{wanted!r} did not come; shown was: {shown.decode(errors='replace')[-500:]}")
        try:
            shown += os.read(descriptor, 65536)
        except OSError:
            pytest.fail(f"the process ended before {wanted!r}; shown was: {shown.decode(errors='replace')[-500:]}")
    return shown.decode(errors="replace")


@contextmanager
def on_a_terminal(folder: Path, **variables: str) -> Iterator[int]:
    """`chat` on a terminal of its own, by its descriptor; at the end Ctrl-D, with which it must leave in order."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "chat"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment(**variables))  # noqa: S603
    os.close(theirs)
    try:
        yield ours
        os.write(ours, b"\x04")
        assert "Bye" in _until(ours, "Take care.")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.skipif(importlib.util.find_spec("readline") is None, reason="this Python has no readline: a line history needs it")
def test_on_a_real_terminal(tmp_path: Path) -> None:
    """On a terminal there are colours, the arrow key brings the last line back, and Ctrl-D leaves."""
    with on_a_terminal(tmp_path, TERM="xterm") as terminal:
        assert "\033[1m" in _until(terminal, "you> ")
        os.write(terminal, b"/privacy\n")
        assert "no words, no pictures" in " ".join(_until(terminal, "you> ").split())
        os.write(terminal, b"\033[A\n")
        assert "/privacy" in _until(terminal, "you> ")


def test_no_color(tmp_path: Path) -> None:
    """Who sets NO_COLOR gets none, also on a terminal."""
    with on_a_terminal(tmp_path, TERM="xterm", NO_COLOR="1") as terminal:
        assert "\033[1m" not in _until(terminal, "you> ")
