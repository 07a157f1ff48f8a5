"""Session and Reply <-> JSON: the one form in which every store keeps them."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.model import Button, Check, Decision, LanguageFrom, Mark, Note, Part, Problem, Reminder, Reply, Session, Stage, Unmatched, Value

Json = dict[str, Any]
_STRANGE: Final = (KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What JSON of another form ends in, besides ValueError: infinity is no int, and lists can be nested a million deep."""
_to_json: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_MARKS: Final = {mark.value: mark for mark in Mark}
_STAGES: Final = {stage.value: stage for stage in Stage}
"""As an enumeration is asked, this takes a tenth of the time."""


def encode_session(session: Session) -> str:
    """A session as JSON text."""
    problem = session.problem
    raw: Json = {
        "id": session.id,
        "turn": session.turn,
        "stage": session.stage.value,
        "subject": session.subject,
        "facts": dict(session.facts),
        "problem": problem and {"turn": problem.turn, "history": [[n.mark.value, n.key, n.value, n.at] for n in problem.history]},
        "later": session.later,
        "language": session.language,
        "language_from": session.language_from.value,
        "seen": session.seen,
        "unmatched": session.unmatched and _from_unmatched(session.unmatched),
        "reported": session.reported,
        "zone": session.zone,
        "reminder": session.reminder and _from_reminder(session.reminder),
        "unreminded": session.unreminded,
        "checked": session.checked,
    }
    return _to_json(raw)


def decode_session(text: str) -> Session:
    """The session that JSON text stands for. Raises ValueError when it is not one."""
    try:
        raw = json.loads(text)
        problem = raw["problem"]
        return Session(
            id=str(raw["id"]),
            turn=int(raw["turn"]),
            stage=_STAGES[raw["stage"]],
            subject=str(raw["subject"]),
            facts=_strings(raw["facts"]),
            problem=None if problem is None else Problem(int(problem["turn"]), tuple(_note(note) for note in problem["history"])),
            later=tuple(str(intent) for intent in raw["later"]),
            language=str(raw["language"]),
            language_from=LanguageFrom(raw.get("language_from", 0)),  # sessions of older versions have none
            seen=int(raw["seen"]),
            unmatched=_to_unmatched(raw["unmatched"]) if raw.get("unmatched") else None,  # sessions of older versions have none
            reported=tuple(str(fix) for fix in raw.get("reported", ())),
            zone=str(raw.get("zone", "")),  # sessions of older versions have none of these
            reminder=_to_reminder(raw["reminder"]) if raw.get("reminder") else None,
            unreminded=bool(raw.get("unreminded", False)),
            checked=int(raw.get("checked", 0)),
        )
    except _STRANGE as error:
        raise ValueError(f"this is not a session: {error!r}") from error


def encode_reply(reply: Reply) -> str:
    """A reply as JSON text: ids and values only, the words come when it is sent."""
    parts = [{"template": part.template, "about": part.about, "values": dict(part.values)} for part in reply.parts]
    buttons = [[{"action": button.action, "value": button.value} for button in row] for row in reply.buttons]
    raw: Json = {
        "parts": parts,
        "buttons": buttons,
        "session": reply.session,
        "turn": reply.turn,
        "facts": dict(reply.facts),
        "language": reply.language,
        "card": reply.card,
        **({"copies": reply.copies} if reply.copies else {}),
        **({"picture": reply.picture} if reply.picture else {}),
        **({"quotes": reply.quotes} if reply.quotes else {}),
    }
    return _to_json(raw)


def decode_reply(text: str) -> Reply:
    """The reply that JSON text stands for. Raises ValueError when it is not one."""
    try:
        raw = json.loads(text)
        return Reply(
            parts=tuple(Part(str(part["template"]), str(part["about"]), _values(part["values"])) for part in raw["parts"]),
            buttons=tuple(tuple(Button(str(b["action"]), str(b["value"])) for b in row) for row in raw["buttons"]),
            session=str(raw["session"]),
            turn=int(raw["turn"]),
            facts=_strings(raw["facts"]),
            language=str(raw["language"]),
            card=bool(raw["card"]),
            copies=str(raw.get("copies", "")),
            picture=str(raw.get("picture", "")),  # few replies have one
            quotes=str(raw.get("quotes", "")),  # the same
        )
    except _STRANGE as error:
        raise ValueError(f"this is not a reply: {error!r}") from error


def _from_unmatched(unmatched: Unmatched) -> list[Any]:
    return [
        unmatched.decision.value,
        unmatched.intents,
        unmatched.language,
        unmatched.length,
        unmatched.message,
        unmatched.passed_on,
    ]


def _to_unmatched(raw: list[Any]) -> Unmatched:
    decision, intents, language, length, message, passed_on = raw
    return Unmatched(Decision(decision), tuple(map(str, intents)), str(language), str(length), str(message), bool(passed_on))


def _from_reminder(reminder: Reminder) -> list[Any]:
    return [reminder.check.value, reminder.turn, reminder.due, reminder.rang]


def _to_reminder(raw: list[Any]) -> Reminder:
    check, turn, due, rang = raw
    return Reminder(Check(check), int(turn), int(due), bool(rang))


def _note(raw: list[Any]) -> Note:
    mark, key, value, at = raw
    return Note(_MARKS[mark], str(key), str(value), int(at))


def _strings(raw: Json) -> dict[str, str]:
    return {str(key): str(value) for key, value in raw.items()}


def _values(raw: Json) -> dict[str, Value]:
    return {str(key): _value(value) for key, value in raw.items()}


def _value(raw: Any) -> Value:
    if isinstance(raw, list):
        return tuple(str(item) for item in raw)
    return raw if isinstance(raw, int) else str(raw)
