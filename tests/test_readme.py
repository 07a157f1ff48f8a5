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
from tests.fake_telegram import FakeTelegram, Shown
from tests.running_bot import RunningBot

README = Path(__file__).parent.parent / "README.md"
TELEGRAM = re.compile(r"<!-- telegram:begin -->\n```\n(.*?)```\n<!-- telegram:end -->", re.DOTALL)
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
    check_or_update(found, now)


def check_or_update(found: re.Match[str], now: str) -> None:
    """The README says what comes back now; after a change of words: UPDATE_README=1 make test ARGS="-k readme"."""
    if os.environ.get("UPDATE_README"):
        start, end = found.span(1)
        README.write_text(f"{found.string[:start]}{now}{found.string[end:]}", encoding="utf-8")
    assert found[1] == now


async def evening(folder: Path) -> str:
    """A short evening on Telegram, with the bot as a process of its own, as the person sees it."""
    async with FakeTelegram() as telegram, RunningBot(telegram.url, telegram.token, folder):
        chat = (await telegram.user("Ann")).chat
        await chat.send("it says backup needs restart??")
        await chat.wait_for(partial(shows, "Never, or no date"), seconds=30)
        presses = {"In the last few days": "Yes, show me the steps", "Yes, show me the steps": "Didn't help", "It worked": "It came back"}
        for label, then in presses.items():
            await (await chat.press(label)).answered(seconds=20)
            await chat.wait_for(partial(shows, then), seconds=20)
        return await chat.transcript()


def shows(label: str, messages: list[Shown]) -> bool:
    """Whether a button with this label is on the screen."""
    return any(label in message.labels for message in messages)


async def test_the_readmes_telegram_transcript_is_what_is_seen(tmp_path: Path) -> None:
    """The README's evening on Telegram is what a person sees there, button by button."""
    found = TELEGRAM.search(README.read_text(encoding="utf-8"))
    assert found is not None
    seen = await evening(tmp_path)
    check_or_update(found, "\n".join(line.rstrip() for line in seen.strip().splitlines()) + "\n")
