"""What was seen in an evening -> a page of docs/conversations/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.evenings.screens import Change, broken
from tests.evenings.script import Deed, Evening

INDEX = """# Evenings with Backup Medic

Scripted people, played against the real bot (`python -m bot run` and `web`), and what they saw on their phones. The scripts lie in
`tests/evenings/scripts`; `make conversations` plays them anew and writes these pages, and a test holds that
they are up to date.

| evening | what happens |
|---|---|
{rows}

**How to read them.** What a person does stands at the left with the time; what the bot shows stands indented. *The card changes* means that
no new message came: the one with the buttons was edited where it stands. `[ Button ]` is a button, with its colour if it has one. `▾`
begins a passage that is folded: its first lines are seen, a tap opens the rest. A grey block is copied with one tap; so is a `path`.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """What somebody did at a time, and what came of it on the screens. toasts: what a pressed button said for a moment."""

    deed: Deed
    at: int
    changes: tuple[Change, ...]
    toasts: tuple[str, ...] = ()


def index(evenings: Iterable[Evening]) -> str:
    rows = "\n".join(f"| [{evening.title}]({evening.name}.md) | {evening.about} |" for evening in evenings)
    return INDEX.format(rows=rows)


def page(evening: Evening, moments: Sequence[Moment]) -> str:
    """The whole page."""
    head = [f"# {evening.title}", "", evening.about, "", "[All evenings](README.md)", ""]
    body: list[str] = []
    day = ""
    for moment in moments:
        told = f"{_local(moment.at, evening.zone):%A}"
        if told != day:
            body += [f"## {told}", ""]
            day = told
        body += _moment(moment, evening.zone)
    return "\n".join([*head, *body]).rstrip() + "\n"


def _moment(moment: Moment, zone: ZoneInfo) -> list[str]:
    lines = [f"{_local(moment.at, zone):%H:%M} {_done(moment.deed)}", ""]
    for toast in moment.toasts:
        lines += [f"*For a moment it says: {toast}*", ""]
    for change in moment.changes:
        lines += _changed(change)
    if not moment.changes and not moment.toasts:
        lines += ["*Nothing comes.*", ""]
    return lines


def _done(deed: Deed) -> str:
    match deed.kind:
        case "says":
            return f"**{deed.by}:** {deed.on}"
        case "presses":
            return f"**{deed.by}** presses `[ {deed.on} ]`"
        case "opens":
            return f"**{deed.by}** opens {deed.on}"
        case "shows":
            return f"**{deed.by}** sends a screenshot ({deed.on})"
        case _:
            return f"*{deed.on} later*"


def _changed(change: Change) -> list[str]:
    bubble = change.bubble
    where = f"*In {bubble.chat}:* " if bubble.chat else ""
    said = {"new": where, "edited": f"{where}*The card changes:*"}[change.how].strip()
    rows = [" ".join(f"`[ {label} ]`" for label in row) for row in bubble.rows]
    lines = broken([*bubble.lines, *([""] if rows else []), *rows])
    return [*([said, ""] if said else []), *(f"> {line}".rstrip() for line in lines), ""]


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone)
