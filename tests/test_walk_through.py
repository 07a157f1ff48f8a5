"""docs/walk-through.md, done to the letter: its files are written, its commands are run, and what comes back is what it shows.

After a change of content or words, UPDATE_README=1 writes into the page what comes back now.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from bot.cli import main
from tests.checkout import ROOT

PAGE: Final = ROOT / "docs" / "walk-through.md"
BLOCK: Final = re.compile(r"^```(?P<kind>yaml|console)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE: Final = re.compile(r"# (?P<added>added to )?(?P<name>\S+)\n(?P<text>.*)", re.DOTALL)


class Author:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.folder, self.environment = folder, environment

    def write(self, block: str) -> None:
        """Write a file, or add to one, below the copy if it is content."""
        found = FILE.fullmatch(block)
        assert found is not None, block
        content = found["name"].startswith(("intents/", "responses/"))
        path = self.folder / ("try" if content else ".") / found["name"]
        before = path.read_text(encoding="utf-8") + "\n" if found["added"] else ""
        path.write_text(before + found["text"], encoding="utf-8")

    def run(self, command: str) -> str:
        """What a command says."""
        words = shlex.split(command)
        if words[0] == "export":
            self.environment.setenv(*words[1].split("=", 1))
            return ""
        if words[:3] == ["python", "-m", "bot"]:
            return CliRunner().invoke(main, words[3:], prog_name="python -m bot").output
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - mkdir, cp, rm

    def session(self, block: str) -> Iterator[str]:
        """The block's commands, each with what came back. A line of dots stands for the rest."""
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, said = shown.partition("\n")
            lines = "\n".join(line.rstrip() for line in self.run(command).strip().splitlines())
            kept = len(said.splitlines()) - 1
            if said.endswith("\n…\n"):
                lines = "\n".join([*lines.splitlines()[:kept], "…"])
            yield f"$ {command}\n{lines}{chr(10) * bool(lines)}"


def test_the_walk_through_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who follows the page gets what the page shows."""
    for folder in ("intents", "responses/en"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CONTENT_DIR", raising=False)
    author = Author(tmp_path, monkeypatch)
    written = PAGE.read_text(encoding="utf-8")

    def done(found: re.Match[str]) -> str:
        text = found["text"]
        if found["kind"] == "yaml":
            author.write(text)
        else:
            text = "".join(author.session(text))
        return f"```{found['kind']}\n{text}```"

    now = BLOCK.sub(done, written)
    if os.environ.get("UPDATE_README"):
        PAGE.write_text(now, encoding="utf-8")
    assert now == written
