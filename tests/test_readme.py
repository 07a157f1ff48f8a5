"""The README shows what really comes back."""

from __future__ import annotations

import io
import os
import re
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.matching import Matcher
from bot.model import Guide
from bot.store.sqlite import open_sqlite
from bot.transports.terminal import Terminal

README = Path(__file__).parent.parent / "README.md"
TRANSCRIPT = re.compile(r"<!-- transcript:begin -->\n```\n(.*?)```\n<!-- transcript:end -->", re.DOTALL)
PROMPT = "you> "


def replayed(guide: Guide, matcher: Matcher, typed: list[str]) -> str:
    """What the terminal shows when these lines are typed, the lines included."""
    out = io.StringIO()
    lines = iter(typed)

    def ask(prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        out.write(f"{prompt}{line}\n")
        return line

    read = partial(matcher.read, today=date(2026, 11, 21))
    Terminal(Assistant(guide, open_sqlite(None), clock=lambda: 1), read, ask, out, colour=False).run()
    return out.getvalue()


def test_the_readmes_transcript_is_what_comes_back(guide: Guide, matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typing the lines of the README's transcript brings back its other lines, word for word."""
    monkeypatch.setenv("COLUMNS", "100")
    written = README.read_text(encoding="utf-8")
    found = TRANSCRIPT.search(written)
    assert found is not None
    typed = [line.removeprefix(PROMPT) for line in found[1].splitlines() if line.startswith(PROMPT)]
    assert len(typed) > 3, "the transcript shows too little"
    now = replayed(guide, matcher, typed).strip().removesuffix("Bye. Take care.").strip() + "\n"
    if os.environ.get("UPDATE_README"):  # after a change of words: UPDATE_README=1 make test ARGS="-k readme"
        README.write_text(written.replace(found[1], now), encoding="utf-8")
    assert found[1] == now
