"""Scripts of evenings: YAML -> what a person does, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from bot.yaml_lines import Loader

FOLDER: Final = Path(__file__).parent / "scripts"
DEEDS: Final = ("says", "presses", "shows", "waits", "opens")
"""What a person can do: type a text, press a button, send a drawn screen (tests/screens), put the phone away, open the page."""
PLACES: Final = ("telegram", "group", "web")
MINUTE: Final = 60
UNITS: Final = {"minute": MINUTE, "hour": 60 * MINUTE, "day": 24 * 60 * MINUTE}
_SPAN: Final = re.compile(r"(\d+) (minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class Deed:
    """One turn. after: seconds since the turn before. by: who does it. aside: said to the others in a group, not to the bot."""

    kind: str
    on: str
    after: int
    by: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Evening:
    """One script. begins: seconds since 1970, in the zone of which the page tells the time. people: the first is whose evening it is."""

    name: str
    title: str
    about: str
    where: str
    people: tuple[str, ...]
    language: str
    begins: int
    zone: ZoneInfo
    deeds: tuple[Deed, ...]


def evenings() -> list[Evening]:
    """All scripts, in the order of their files' names."""
    return [read(path) for path in sorted(FOLDER.glob("*.yaml"))]


def read(path: Path) -> Evening:
    """One script. Raises ValueError for what is no script."""
    given: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader of ours
    zone = ZoneInfo(given.get("zone", "Europe/London"))
    people = tuple(given["people"])
    if given.get("where", "telegram") not in PLACES:
        raise ValueError(f"{path.name}: where is one of {', '.join(PLACES)}")
    return Evening(
        name=path.stem,
        title=given["title"],
        about=given["about"],
        where=given.get("where", "telegram"),
        people=people,
        language=given.get("language", "en"),
        begins=int(datetime.strptime(given["begins"], "%Y-%m-%d %H:%M").replace(tzinfo=zone).timestamp()),
        zone=zone,
        deeds=tuple(_deed(turn, people, path.name) for turn in given["turns"]),
    )


def _deed(turn: dict[str, Any], people: tuple[str, ...], file: str) -> Deed:
    """One turn; without a word on when, it comes a minute after the one before."""
    kinds = [kind for kind in DEEDS if kind in turn]
    if len(kinds) != 1:
        raise ValueError(f"{file}: a turn needs one of {', '.join(DEEDS)}: {turn}")
    [kind] = kinds
    on = str(turn[kind])
    after = seconds(on) if kind == "waits" else seconds(turn.get("after", "1 minute"))
    return Deed(kind, on, after, turn.get("by", people[0]), aside=bool(turn.get("aside", False)))


def seconds(span: str) -> int:
    """A time such as "2 days". Raises ValueError."""
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"{span!r} is no time such as 30 minutes, 2 days")
    return int(found[1]) * UNITS[found[2]]
