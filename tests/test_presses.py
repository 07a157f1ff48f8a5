"""Callback data of buttons: there and back, and never trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Button, Guide, Pressed
from bot.road import SEPARATOR
from bot.transports.presses import LONGEST, from_data, to_data

ids = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=8)
values = st.lists(ids, max_size=3).map(":".join)


def test_form() -> None:
    """The data is short and can be read by eye."""
    assert to_data("Ab-9_xYz", 12, Button("worked", "restart")) == "Ab-9_xYz.12.worked.restart"
    assert to_data("Ab-9_xYz", 0, Button("why")) == "Ab-9_xYz.0.why"


@given(ids, st.integers(0, 10**9 - 1), ids, values)
def test_there_and_back(session: str, turn: int, action: str, value: str) -> None:
    """A press is the button that was drawn, with its session and turn."""
    assert from_data(to_data(session, turn, Button(action, value))) == Pressed(session, turn, action, value)


@pytest.mark.parametrize(
    "data",
    [
        "",
        ".",
        "...",
        "s",
        "s.1",
        "s.1.",
        "s..why",
        "s.-1.why",
        "s.x.why",
        "s.1x.why",
        "s.١.why",
        "s.²." + "why",
        ".1.why",
        "s." + "9" * 10 + ".why",
        "s.1e3.why",
        " ",
    ],
)
def test_strange_data(data: str) -> None:
    """Data that we never made is a press that fits no session."""
    pressed = from_data(data)
    assert (pressed.session, pressed.turn, pressed.action) == ("", -1, "")


@given(st.text() | st.text(".0123456789ab:+").map(str))
def test_any_data(data: str) -> None:
    """Whatever arrives as callback data becomes a press: its turn is a number, or it fits no session."""
    pressed = from_data(data)
    assert pressed.turn >= -1
    assert bool(pressed.session) == bool(pressed.action) == (pressed.turn >= 0)


@pytest.mark.parametrize(("value", "bytes_too_many"), [("x" * 60, True), ("ü" * 30, True), ("x" * 20, False)])
def test_too_long(value: str, bytes_too_many: bool) -> None:
    """Telegram's 64 bytes are held, counted as bytes; what is longer is an error that names the button."""
    if bytes_too_many:
        with pytest.raises(ValueError, match="take"):
            to_data("12345678", 1, Button("take", value))
    else:
        assert len(to_data("12345678", 1, Button("take", value)).encode()) <= LONGEST


def test_every_button_of_the_guide(guide: Guide) -> None:
    """Each button that the shipped guide can ask for fits, even late in a long conversation."""
    cards = {SEPARATOR.join(step.fixes) for intent in guide.intents.values() for step in intent.steps if step.fixes}
    buttons = [Button("worked", card) for card in (*cards, *guide.fixes)]
    buttons += [Button(action, intent) for intent in guide.intents for action in ("take", "fix-it")]
    buttons += [Button("tell", f"{fact.id}:{value}") for fact in guide.facts.values() for value in (*fact.values, "unknown")]
    for button in buttons:
        assert from_data(to_data("x" * 8, 99_999, button)) == Pressed("x" * 8, 99_999, button.action, button.value)
