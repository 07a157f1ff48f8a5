"""A content folder small enough to be read at a glance, and to be broken in a hundred ways in a second."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from bot.templates import LABELS, REPLIES

PHRASES: Final = 26

OWN: Final = {
    "full": "one two three",
    "slow": "tick tock says the clock",
    "how": "the golden fleece of cold colchis",
    "hello": "ahoy there my friend",
    "photos": "pictures at an exhibition",
}
"""A phrase of each intent that mistakes can be made with."""

FILES: Final = {
    "intents/facts.yaml": """\
device:
  values: [iphone, ipad]
  lasting: true
  said:
    ipad: {en: [ipad]}
room:
  values: [full, free]
moving:
  values: ["yes", "no"]
""",
    "intents/fixes.yaml": """\
look:
  minutes: 1
  asks: room
wifi:
  minutes: 1
  test: try
restart:
  minutes: 2
  test: try
try:
  minutes: 5
pay:
  minutes: 3
  risk: money
wipe:
  minutes: 5
  risk: data
  confirm: true
  only_if: {moving: ["yes"]}
apple-support:
  minutes: 240
  ends: true
""",
    "intents/full.yaml": """\
id: full
kind: error
menu: 1
fixes:
  - {fix: look, likely: often}
  - {go: slow, only_if: {room: [free]}}
  - {fix: [wifi, restart], likely: often}
  - {fix: pay}
  - {fix: wipe}
  - {fix: apple-support}
""",
    "intents/slow.yaml": """\
id: slow
kind: error
menu: 2
fixes:
  - {fix: try}
then: full
""",
    "intents/how.yaml": "id: how\nkind: question\nthen: slow\n",
    "intents/hello.yaml": "id: hello\nkind: act\n",
    "intents/photos.yaml": "id: photos\nkind: elsewhere\n",
    "responses/en/intents.yaml": """\
full:
  name: It is full
  means: There is no room.
slow:
  name: It is slow
  means: It takes long.
how:
  name: How it works
  answer: It works by itself.
photos:
  name: Photos
  answer: Look at Photos.
""",
    "responses/en/fixes.yaml": "".join(
        f"{fix}:\n  title: Do {fix}\n  why: It helps.\n  steps:\n    - Open `Settings/{fix}` on the {{device}}.\n  worked: It did.\n{more}"
        for fix, more in {
            "look": "",
            "wifi": "",
            "restart": "",
            "try": "  test: Try it.\n",
            "pay": "  warning: It costs.\n",
            "wipe": "  warning: It is gone.\n  lost: All.\n  kept: Nothing.\n",
            "apple-support": "",
        }.items()
    ),
    "responses/en/questions.yaml": """\
device:
  name: Device
  ask: Which one is it?
  options:
    iphone: iPhone
    ipad: iPad
room:
  name: Room
  ask: Is there room?
  options:
    full: It is full
    free: There is room
  notes:
    full: Then that is it.
moving:
  name: Moving
  ask: Are you moving?
  options:
    "yes": I am
    "no": I am not
""",
    "responses/en/replies.yaml": "".join(
        f'{name}: "{" ".join(["Said", *(f"{{{word}}}" for word in filled)])}"\n' for name, filled in REPLIES.items()
    ),
    "responses/en/buttons.yaml": "".join(f"{name}: Press\n" for name in LABELS),
    "responses/en/words.yaml": "device:\n  by: device\n  ipad: iPad\n  otherwise: iPhone\n",
}


def write(folder: Path) -> Path:
    """Write the small content, which has nothing wrong with it."""
    for file, text in FILES.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + _phrases(path.stem) if _has_phrases(file) else text, encoding="utf-8")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Put one text in the place of another, which must be there."""
    path = folder / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in before, f"{file} has no {old!r}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before.replace(old, new, 1), encoding="utf-8")


def line_with(folder: Path, file: str, text: str) -> int:
    """The first line of a file that holds a text."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def _has_phrases(file: str) -> bool:
    return file.startswith("intents/") and not file.endswith(("fixes.yaml", "facts.yaml"))


def _phrases(intent: str) -> str:
    """Phrases of made-up words, so that no two are alike."""
    chance = random.Random(intent)
    words = ["".join(chance.choice("bdfgklmnprtvz") + chance.choice("aiou") for _ in range(4)) for _ in range(3 * PHRASES)]
    lines = [OWN[intent], *(" ".join(words[place::PHRASES]) for place in range(PHRASES))]
    return "phrases:\n  en:\n" + "".join(f"    - {line}\n" for line in lines)
