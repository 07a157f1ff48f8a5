"""Reads the conversations of tests/dialogues/, and checks what comes back while a player plays them.

Nothing here knows how the bot is reached: a `Player` does what a turn says, in the process, over a fake Bot API server or in a
browser, and hands back what was seen. The format is explained in tests/dialogues/README.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from bot.model import Button
from bot.yaml_lines import Loader, YamlProblem

FOLDER: Final = Path(__file__).parent / "dialogues"
DEEDS: Final = ("you", "you edited", "press", "press old", "command", "showed", "later", "forged", "guide loses")
"""What can happen in a turn; each turn has exactly one of them."""
QUOTED: Final = 3
"""A typed text of at least so many words must not be found in what is kept."""
UNITS: Final = {"minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
_SPAN: Final = re.compile(r"(\d+) (minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a conversation: what happens (`deed`, on what), and what must come back; None where nothing is said of it."""

    deed: str
    on: Any
    times: int = 1
    bot: tuple[str, ...] | None = None
    buttons: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One file: what it shows, and its turns. `end` is the stage in which it ends, where the file says so."""

    name: str
    about: str
    turns: tuple[Exchange, ...]
    laws: tuple[int, ...] = ()
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back in one turn: the visible words, and the buttons of the newest message by name.

    What an output does not show is None there: the parts (template and what it is about), the stage, all that is kept of the person.
    """

    text: str
    buttons: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    stage: str | None = None
    kept: str | None = None


class Player(Protocol):
    """Whatever can be talked to."""

    def play(self, turn: Exchange) -> Seen:
        """Do what the turn says, and hand back what came of it. Raises LookupError for a button that is not there."""


# --- playing and checking ----------------------------------------------------------------------------------------------


def run(dialogue: Dialogue, player: Player) -> None:
    """Play a conversation to its end. Raises AssertionError with everything that is wrong at the first turn where something is."""
    seen = Seen("")
    for number, turn in enumerate(dialogue.turns, 1):
        here = f"{dialogue.name}.yaml, turn {number} ({turn.deed}: {str(turn.on)[:60]})"
        try:
            seen = player.play(turn)
        except LookupError as error:
            raise AssertionError(f"{here}\n  {error.args[0]}") from error
        wrong = complaints(turn, seen)
        assert not wrong, "\n  ".join((here, *wrong, "It said:", *seen.text.splitlines()))
    assert dialogue.end in (None, seen.stage) or seen.stage is None, f"{dialogue.name}.yaml ends at {seen.stage}, not at {dialogue.end}"


def complaints(turn: Exchange, seen: Seen) -> list[str]:
    """Everything in which what was seen differs from what a turn asks for."""
    wrong = []
    if turn.bot is not None and seen.parts is not None and seen.parts != turn.bot:
        wrong += [f"bot: [{', '.join(seen.parts)}]", f"  not [{', '.join(turn.bot)}]"]
    if turn.buttons is not None and seen.buttons != turn.buttons:
        wrong += [f"buttons: [{', '.join(seen.buttons)}]", f"  not [{', '.join(turn.buttons)}]"]
    wrong += [f'it should say "{words}"' for words in turn.says if words not in seen.text]
    wrong += [f'it should not say "{words}"' for words in turn.never if words in seen.text]
    if not seen.text and turn.deed not in ("later", "guide loses"):
        wrong.append("it says nothing")
    if turn.deed.startswith("you") and seen.kept is not None and str(turn.on).count(" ") >= QUOTED - 1 and turn.on in seen.kept:
        wrong.append("the person's words are kept")
    return wrong


def button_name(button: Button) -> str:
    """How a conversation names a button: by what it stands for (an intent, an answer, a language), else by what it does."""
    match button.action:
        case "take" | "language" | "remind" | "zone":
            return button.value
        case "tell":
            return button.value.partition(":")[2]
        case action:
            return action


# --- reading the files ---------------------------------------------------------------------------------------------------


def dialogues() -> list[Dialogue]:
    """All conversations. Raises ValueError, with the file's name, for one that is not written as it should be."""
    return [read(path) for path in sorted(FOLDER.glob("*.yaml"))]


def read(path: Path) -> Dialogue:
    """One conversation."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - our Loader is a SafeLoader
        fields = _Fields(dict(raw))
        turns = tuple(_exchange(_Fields(dict(turn)), number) for number, turn in enumerate(fields.take("turns", []), 1))
        dialogue = Dialogue(path.stem, fields.take("about"), turns, tuple(fields.take("laws", ())), fields.take("end", None))
        fields.done()
    except (ValueError, TypeError, YamlProblem, yaml.YAMLError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return dialogue


def _exchange(fields: _Fields, number: int) -> Exchange:
    deeds = [deed for deed in DEEDS if deed in fields.raw]
    if len(deeds) != 1:
        raise ValueError(f"turn {number} needs exactly one of {', '.join(DEEDS)}; it has {', '.join(deeds) or 'none'}")
    deed = deeds[0]
    on = fields.take(deed)
    exchange = Exchange(
        deed,
        seconds(on) if deed == "later" else dict(on) if deed == "forged" else str(on),
        fields.take("times", 1),
        fields.listed("bot"),
        fields.listed("buttons"),
        fields.listed("says") or (),
        fields.listed("not") or (),
    )
    fields.done(f" in turn {number}")
    return exchange


def seconds(span: str) -> int:
    """`30 minutes`, `5 hours`, `3 days` in seconds."""
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f'"{span}" is no time: write 30 minutes, 5 hours or 3 days')
    return int(found[1]) * UNITS[found[2]]


@dataclass
class _Fields:
    """The fields of a mapping, each to be taken once: what is left over is a mistake."""

    raw: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def take(self, name: str, otherwise: Any = ...) -> Any:
        self.taken.add(name)
        found = self.raw.get(name, otherwise)
        if found is ...:
            raise ValueError(f"{name} is missing")
        return found

    def listed(self, name: str) -> tuple[str, ...] | None:
        found = self.take(name, None)
        return None if found is None else tuple(map(str, found)) if isinstance(found, list) else (str(found),)

    def done(self, where: str = "") -> None:
        if unknown := self.raw.keys() - self.taken:
            raise ValueError(f"there is no field {', '.join(sorted(unknown))}{where}")
