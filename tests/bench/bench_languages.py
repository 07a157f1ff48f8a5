"""What all languages together cost: understanding a message, starting, and the memory of a bot that polls.

`make bench ARGS="-k all_languages"` prints the tables of docs/understanding.md. Times are of CPU, so that other work on the machine
counts little. Nothing is asserted about them: machines differ.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from bot.content import content_dir, keep_matching, load_guide
from bot.evaluating.measures import Utterance
from bot.matching import Matcher
from bot.model import ENGLISH, Guide
from tests.bench.bench_matching import quantile
from tests.bench.bots import as_installed, ours, running, table
from tests.bench.crowd import CrowdedTelegram
from tests.fake_telegram.user import ROOT
from tests.measuring import foreign_utterances, utterances

ROUNDS: Final = 3
STARTS: Final = 7
PEOPLE: Final = 20
MOST: Final = 120.0
"""Seconds that a backlog may take."""

START: Final = """
import json, time
from bot.building import starting_up
begin = time.process_time()
with starting_up():
    from bot.content import content_dir, load_guide
    guide = load_guide(content_dir())
loaded = time.process_time()
with starting_up():
    from bot.matching import Matcher
    matcher = Matcher(guide)
built = time.process_time()
texts = json.loads(input())
for text in texts:
    matcher.read(text)
print(json.dumps([loaded - begin, built - loaded, time.process_time() - built]))
"""
"""A start, as the bot has it: its content, the index, and a first message in each language. Prints the seconds of CPU of each."""


@pytest.fixture(scope="module")
def guide() -> Guide:
    """The shipped content, with all that a second start finds ready."""
    folder = content_dir()
    keep_matching(folder, load_guide(folder))
    found = load_guide(folder)
    assert found.packed, f"nothing can be kept in {folder}"
    return found


def one_of_each() -> list[str]:
    """A message in each language."""
    return list({one.language: one.text for one in (*utterances(), *foreign_utterances())}.values())


def timed(matcher: Matcher, said: Sequence[Utterance]) -> list[float]:
    """Milliseconds of CPU that each message takes, the least of a few rounds, in order of size.

    A round is all messages, so that what was read a moment ago helps no more than it does in life.
    """
    taken = [math.inf] * len(said)
    for _ in range(ROUNDS):
        for place, one in enumerate(said):
            start = time.thread_time_ns()
            matcher.read(one.text)
            taken[place] = min(taken[place], (time.thread_time_ns() - start) / 1e6)
    return sorted(taken)


def test_all_languages(guide: Guide) -> None:
    """Prints what understanding a message costs when every language has been used."""
    matcher = Matcher(guide)
    english, others = utterances(), foreign_utterances()
    for text in one_of_each():
        matcher.read(text)
    count = sum(len(intent.phrases) for intent in guide.intents.values())
    rows = []
    for name, said in (("English", english), ("other languages", others), ("all", [*english, *others])):
        taken = timed(matcher, said)
        figures = (statistics.median(taken), quantile(taken, 0.95), quantile(taken, 0.99), taken[-1])
        rows.append([name, f"{len(said):,}", *(f"{figure:.2f} ms" for figure in figures)])
    title = f"Understanding a message with all {len(one_of_each())} languages loaded ({count:,} phrases; CPU)"
    table(title, ["messages", "count", "median", "p95", "p99", "slowest"], rows)


def test_start_of_all_languages(guide: Guide, tmp_path: Path) -> None:
    """Prints how much CPU it takes until the index is ready, when it was kept at the start before."""
    texts = json.dumps(one_of_each())
    runs = [_start(texts, tmp_path) for _ in range(STARTS)]
    names = ("content", "index (identifying, English)", f"first message in each of {len(one_of_each())} languages")
    rows = [
        [name, f"{min(taken):.3f} s", f"{statistics.median(taken):.3f} s", f"{max(taken):.3f} s"]
        for name, taken in zip(names, zip(*runs, strict=True), strict=True)
    ]
    table(f"Ready at start ({STARTS} starts; CPU)", ["until there is the", "fastest", "median", "slowest"], rows)


def _start(texts: str, folder: Path) -> list[float]:
    command = [sys.executable, "-c", START]
    found = subprocess.run(command, input=texts, capture_output=True, text=True, check=True, cwd=ROOT, env=as_installed(folder))  # noqa: S603 - our own
    taken: Any = json.loads(found.stdout)
    return [float(seconds) for seconds in taken]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_memory_of_all_languages(guide: Guide, tmp_path: Path) -> None:
    """Prints the resident memory of a bot that polls: at its start, after English messages, and after messages in all languages."""
    english = [one.text for one in utterances() if one.language == ENGLISH][:: len(utterances()) // 40]
    async with CrowdedTelegram() as telegram, running(ours, telegram, tmp_path) as bot:
        rows = [["start", f"{bot.memory():.1f} MiB"]]
        for name, texts in (("English messages", english), ("a message in each language as well", one_of_each())):
            found = await telegram.drained_backlog(PEOPLE, texts, MOST)
            assert found["left"] == 0
            rows.append([name, f"{bot.memory():.1f} MiB"])
    table(f"Resident memory of the whole bot, polling ({PEOPLE} people)", ["after", "memory"], rows)
