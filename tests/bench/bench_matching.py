"""What understanding a message costs, from 100 to 10,000 phrases; and how long `chat` takes to its first prompt.

`make bench` prints the tables of docs/performance.md. Nothing is asserted about time: machines differ. Beside each figure
stands rapidfuzz's WRatio over the same phrases in the same run, so that their ratio can be compared across machines.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from rapidfuzz import fuzz, process, utils

from bot.building import BackgroundMatcher
from bot.content import content_dir, load_guide
from bot.model import Guide, Phrase
from tests.bench.bots import as_installed
from tests.measuring import utterances

SIZES: Final = (100, 300, 1_000, 3_000, 10_000)
MESSAGES: Final = 2_000
BY_WRATIO: Final = 24
"""Messages that WRatio is measured on; at 10,000 phrases one takes it long enough."""
LONGEST: Final = 4_096
SYNONYMS: Final = {
    "backup": "copy saving snapshot",
    "phone": "mobile handset device",
    "iphone": "phone mobile ipad",
    "full": "stuffed packed maxed",
    "stuck": "frozen hanging blocked",
    "says": "claims tells shows",
    "failed": "broke crashed stopped",
    "fix": "repair solve mend",
    "storage": "space room memory",
    "error": "fault message warning",
    "wifi": "network internet router",
    "delete": "remove erase wipe",
    "not": "never hardly barely",
}


# --- made-up phrases and messages ------------------------------------------------------------------------------------------


def _word(chance: random.Random, vocabulary: int) -> str:
    """One of so many made-up words, the first ones far more often, as in real language."""
    number = int(vocabulary ** chance.random())
    syllables = "ba ke li mo nu ra se ti vo zu dra fle gro pli sta".split()
    word = ""
    while number or len(word) < 4:
        number, digit = divmod(number, len(syllables))
        word += syllables[digit]
    return word


def reworded(text: str, chance: random.Random, vocabulary: int) -> str:
    """A phrase put differently: synonyms, words left out, other words instead."""
    said = []
    for word in text.split():
        dice = chance.random()
        if dice < 0.12:
            continue
        if dice < 0.4 and word.casefold() in SYNONYMS:
            said.append(chance.choice(SYNONYMS[word.casefold()].split()))
        elif dice < 0.62:
            said.append(_word(chance, vocabulary))
        else:
            said.append(word)
    return " ".join(said) or text


def grown(guide: Guide, size: int) -> Guide:
    """The guide with so many phrases, spread over its intents as they are: first its own, then reworded ones."""
    chance = random.Random(size)
    own = [(intent.id, phrase) for intent in guide.intents.values() for phrase in intent.phrases]
    chance.shuffle(own)
    chosen = own[:size]
    known = {phrase.text for _, phrase in chosen}
    while len(chosen) < size:
        intent, phrase = chance.choice(own)
        text = reworded(phrase.text, chance, vocabulary=2 * size)
        if text not in known:
            known.add(text)
            chosen.append((intent, Phrase(text, phrase.language)))
    by_intent: dict[str, list[Phrase]] = {}
    for intent, phrase in chosen:
        by_intent.setdefault(intent, []).append(phrase)
    return replace(guide, intents={key: replace(intent, phrases=tuple(by_intent.get(key, ()))) for key, intent in guide.intents.items()})


def messages(count: int, seed: int) -> list[str]:
    """Messages as they come: most of 5 to 40 words, some of one to four, one in fifty as long as Telegram allows."""
    chance = random.Random(seed)
    said = [one.text for one in utterances()]
    made = []
    for number in range(count):
        if number % 50 == 0:
            story = ""
            while len(story) < LONGEST:
                story += chance.choice(said) + chance.choice((" ", ". ", "\n"))
            made.append(story[:LONGEST])
        elif chance.random() < 0.1:
            made.append(" ".join(chance.choice(said).split()[: chance.randint(1, 4)]))
        else:
            text = chance.choice(said)
            while len(text.split()) < 5:
                text += " " + chance.choice(said)
            made.append(" ".join(reworded(text, chance, 5_000).split()[:40]))
    chance.shuffle(made)
    return made


# --- measuring -------------------------------------------------------------------------------------------------------------------


def timed(read: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Milliseconds for each text, in order of size."""
    taken = []
    for text in texts:
        start = time.perf_counter_ns()
        read(text)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    return sorted(taken)


def by_wratio(guide: Guide) -> Callable[[str], object]:
    """The matching that one would write first: WRatio over all phrases."""
    phrases = [utils.default_process(phrase.text) for intent in guide.intents.values() for phrase in intent.phrases]
    return lambda text: process.extractOne(utils.default_process(text), phrases, scorer=fuzz.WRatio)


def _built(guide: Guide) -> Callable[[str], object]:
    """The matching as the running bot has it: built in the background, out of the garbage collector's way."""
    matcher = BackgroundMatcher(guide, content_dir())
    matcher.read("")  # waits until it is built
    return matcher.read


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return load_guide(content_dir())


def test_matching(guide: Guide) -> None:
    """Prints one row for each number of phrases."""
    warm, texts = messages(400, seed=1), messages(MESSAGES, seed=2)
    few = messages(BY_WRATIO * 50, seed=3)[::50]
    longest = sum(len(text) == LONGEST for text in texts)
    print(f"\n\nUnderstanding one message ({MESSAGES:,} messages, {longest} of them of {LONGEST:,} characters)\n")
    print("| phrases | words known | index built | median | p95 | p99 | slowest | WRatio, median | WRatio / ours |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for size in SIZES:
        larger = grown(guide, size)
        start = time.perf_counter()
        read = _built(larger)
        built = time.perf_counter() - start
        timed(read, warm)
        ours = timed(read, texts)
        theirs = timed(by_wratio(larger), few)
        known = len({word for intent in larger.intents.values() for phrase in intent.phrases for word in phrase.text.casefold().split()})
        median, wratio = statistics.median(ours), statistics.median(theirs)
        print(
            f"| {size:,} | {known:,} | {built:.2f} s | {median:.3f} ms | {quantile(ours, 0.95):.3f} ms | {quantile(ours, 0.99):.3f} ms | "
            f"{ours[-1]:.2f} ms | {wratio:.2f} ms | {wratio / median:.0f} |"
        )


def test_by_length(guide: Guide) -> None:
    """Prints what messages of different lengths cost at the largest number of phrases."""
    read = _built(grown(guide, SIZES[-1]))
    chance = random.Random(4)
    said = " ".join(one.text for one in utterances()).split()
    print(f"\n\nBy length, at {SIZES[-1]:,} phrases\n")
    print("| words | median | p99 |")
    print("|---:|---:|---:|")
    for length in (1, 3, 5, 10, 20, 40, 100, 300, 800):
        texts = [" ".join(said[start : start + length])[:LONGEST] for start in chance.choices(range(len(said) - length), k=300)]
        timed(read, texts[:30])
        taken = timed(read, texts[30:])
        print(f"| {length} | {statistics.median(taken):.3f} ms | {quantile(taken, 0.99):.3f} ms |")


def test_start(tmp_path: Path) -> None:
    """Prints how long `python -m bot chat` takes to its first prompt, and to its first answer to words."""
    prompts, answers = [], []
    for _ in range(5):
        start = time.perf_counter()
        command = [sys.executable, "-m", "bot", "chat"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=as_installed(tmp_path)) as chat:  # noqa: S603 - our own
            assert chat.stdin
            assert chat.stdout
            _until_prompt(chat.stdout.fileno())
            prompts.append(time.perf_counter() - start)
            chat.stdin.write(b"The last backup could not be completed.\n")
            chat.stdin.flush()
            _until_prompt(chat.stdout.fileno())
            answers.append(time.perf_counter() - start)
            chat.stdin.close()
    print("\n\nStart of `chat`, 5 runs\n")
    print("| to | fastest | median | slowest |")
    print("|---|---:|---:|---:|")
    for name, taken in (("the first prompt", prompts), ("the answer to words typed at once", answers)):
        print(f"| {name} | {min(taken):.2f} s | {statistics.median(taken):.2f} s | {max(taken):.2f} s |")


def _until_prompt(descriptor: int) -> None:
    shown = b""
    while b"you> " not in shown:
        part = os.read(descriptor, 65_536)
        assert part, "the chat ended before its prompt"
        shown += part
