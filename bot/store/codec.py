"""Session and Timer <-> JSON: the one form in which every store keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.model import Mark, Note, Problem, Session, Stage, Timer


def encode(session: Session) -> str:
    """A session as JSON text."""
    return json.dumps(asdict(session), separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> Session:
    """The session that JSON text stands for. Raises ValueError when it is not one."""
    try:
        raw = json.loads(text)
        problem = raw["problem"]
        return Session(
            id=str(raw["id"]),
            turn=int(raw["turn"]),
            stage=Stage(raw["stage"]),
            subject=str(raw["subject"]),
            facts={str(fact): str(value) for fact, value in raw["facts"].items()},
            problem=None if problem is None else Problem(int(problem["turn"]), tuple(_note(note) for note in problem["history"])),
            later=tuple(str(intent) for intent in raw["later"]),
            language=str(raw["language"]),
            seen=int(raw["seen"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"this is not a session: {error!r}") from error


def _note(raw: dict[str, Any]) -> Note:
    return Note(Mark(raw["mark"]), str(raw["key"]), str(raw["value"]), int(raw["at"]))


def encode_timer(timer: Timer) -> dict[str, str | int]:
    """A timer as a JSON object."""
    return {"due": timer.due, "session": timer.session, "turn": timer.turn}


def decode_timer(raw: dict[str, Any]) -> Timer:
    """The timer that a JSON object stands for. Raises ValueError when it is not one."""
    try:
        return Timer(int(raw["due"]), str(raw["session"]), int(raw["turn"]))
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"this is not a timer: {error!r}") from error
