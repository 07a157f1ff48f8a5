"""The card of each stage: its parts and its buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import present
from bot.model import Button, Decision, Guide, Heard, Kind, Mark, Note, Problem, Session, Sketch, Stage
from bot.rendering import render
from bot.transports.presses import LONGEST, to_data
from tests.conversing import Talk, answering, buttons_of, press_on, walk


def at(guide: Guide, stop: str, error: str = "stalled") -> Talk:
    talk = Talk(guide)
    walk(talk.take(error), answering("didnt", "confirm", "already"), until=stop)
    return talk


def rows(talk: Talk) -> list[list[str]]:
    """The rows of buttons of the newest card, by action."""
    return [[button.action for button in row] for row in talk.cards[-1].buttons]


def test_the_menu_holds_the_commonest_errors(guide: Guide) -> None:
    """The greeting has a row for each error that has a place in the menu, in that order."""
    placed = sorted((intent.menu, intent.id) for intent in guide.intents.values() if intent.menu is not None)
    assert Talk(guide).ask("start").buttons == [f"take {intent}" for _, intent in placed]


def test_a_choice_can_be_declined(guide: Guide) -> None:
    """A choice has a row for each intent, and one for none of them."""
    talk = Talk(guide).send(Heard(Decision.CHOOSE, ("storage-full", "phone-full")))
    assert talk.buttons == ["take storage-full", "take phone-full", "none"]


def test_a_question_has_its_answers(guide: Guide) -> None:
    """A question has a row for each answer, and one for "I can't tell" and Back."""
    talk = at(guide, "asking computer")
    assert talk.buttons == ["tell computer:mac", "tell computer:pc", "tell computer:none", "tell computer:unknown", "back"]


def test_the_first_card_has_no_back(guide: Guide) -> None:
    """Where there is nothing to go back to, there is no such button."""
    assert "back" not in Talk(guide).take("stalled").buttons
    assert "back" in at(guide, "fixing leave-24h").buttons


def test_a_fix_has_its_outcomes(guide: Guide) -> None:
    """A fix can have worked, not helped, not been possible or been done before; back is there. Why it is tried stands in a fold."""
    assert rows(at(guide, "fixing other-wifi")) == [["worked", "didnt"], ["couldnt", "already"], ["show", "back"]]


def test_a_fix_without_a_picture_offers_none(guide: Guide) -> None:
    """Where there is nothing to be shown, nothing is offered; where the buttons differ from what is drawn, neither."""
    assert "show" not in at(guide, "fixing system-status").buttons
    talk = Talk(guide).send(Heard(Decision.MATCH, ("stalled",), facts={"device": "ipad", "restart_buttons": "home"}))
    walk(talk, answering("didnt"), until="fixing force-restart")
    assert "show" not in talk.buttons


def test_each_fix_of_a_card_is_shown(guide: Guide) -> None:
    """Of several fixes on one card, those with a picture are shown, each in a message of its own; the last one leads back."""
    several = replace(guide, fixes={**guide.fixes, "power": replace(guide.fixes["power"], picture=Sketch(path=1))})
    talk = at(several, "fixing wifi+power", "stalled").press("show")
    assert [(reply.picture, reply.card) for reply in talk.turn.replies] == [("wifi", False), ("power", False)]
    assert [buttons_of(reply) for reply in talk.turn.replies] == [[], [Button("go-on")]]


def test_showing_changes_nothing(guide: Guide) -> None:
    """However often the picture is asked for, the conversation stands where it stood, and the picture leads back to the card."""
    talk = at(guide, "fixing other-wifi")
    before = talk.session
    card = talk.cards[-1]
    for _ in range(2):
        talk.send(press_on(card, Button("show")))
        assert (talk.session, talk.parts) == (replace(before, seen=talk.session.seen), ["picture other-wifi"])
    assert talk.press("go-on").parts == ["step other-wifi"]


def test_a_fix_that_takes_time_can_wait(guide: Guide) -> None:
    """A fix with a wait has a button for later."""
    assert "wait" in at(guide, "fixing leave-24h").buttons
    assert "wait" not in at(guide, "fixing other-wifi").buttons


def test_a_look_has_what_can_be_seen(guide: Guide) -> None:
    """A card that only looks has what can be seen for buttons, and never "it worked"."""
    talk = at(guide, "fixing system-status")
    assert talk.buttons[:2] == ["tell apple_status:green", "tell apple_status:outage"]
    assert not {"worked", "didnt"} & set(talk.buttons)


def test_a_copy_can_be_made_not_work(guide: Guide) -> None:
    """A computer backup in the middle of an error is made; whether iCloud works is another matter."""
    talk = at(guide, "asking computer").press("tell computer:pc")
    assert "made back-up-to-computer" in talk.buttons
    assert not [name for name in talk.buttons if name.startswith(("worked", "didnt"))]


def test_a_confirmation_offers_a_copy(guide: Guide) -> None:
    """A risky fix can be confirmed, preceded by a computer backup, skipped or declined."""
    assert rows(at(guide, "confirming network-reset", "poor-network")) == [["confirm"], ["safety"], ["already", "decline"], ["back"]]


def test_no_copy_is_offered_where_there_is_no_computer(guide: Guide) -> None:
    """Without a computer, or with the copy made, a confirmation does not offer one."""
    without = Talk(guide).send(Heard(Decision.MATCH, ("poor-network",), facts={"computer": "none"}))
    walk(without, answering("didnt"), until="confirming network-reset")
    assert "safety" not in without.buttons
    made = at(guide, "asking computer").press("tell computer:mac", "made back-up-to-computer")
    walk(made, answering("didnt", "confirm"), until="confirming network-reset")
    assert "safety" not in made.buttons


def test_success_may_be_taken_back(guide: Guide) -> None:
    """After success it can be said that it came back; what was tried can be seen; a new start can be made."""
    assert at(guide, "fixing other-wifi").press("worked other-wifi").buttons == ["came-back", "tried", "restart", "stop"]


def test_apple_support_can_still_end_well(guide: Guide) -> None:
    """At Apple Support, "it worked", Back and a new start are there."""
    talk = at(guide, "")
    assert talk.at == "support"
    assert talk.buttons == ["leaflet", "worked", "back", "restart"]


@pytest.mark.parametrize("error", ["stalled", "storage-full"])
def test_the_number_of_the_card_counts_on(guide: Guide, error: str) -> None:
    """Each card says its number, one more than the last; what may follow never grows within one error's own list."""
    talk = Talk(guide).take(error)
    numbers = []
    while talk.session.stage not in ("support", "solved"):
        card = [part for part in talk.turn.replies[-1].parts if part.template == "step"]
        numbers += [part.values["number"] for part in card]
        talk.press(answering("didnt", "confirm", "already")(talk))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_account_names_last_outcomes(guide: Guide) -> None:
    """What was tried is listed once, each fix with its last outcome, in the order of the first try."""
    talk = at(guide, "fixing wifi", "poor-network").press("couldnt")
    walk(talk, answering("didnt", "confirm"))
    part = next(part for reply in talk.turn.replies for part in reply.parts if part.template == "summary")
    listed = part.values["fixes"]
    assert isinstance(listed, tuple)
    assert listed[0].startswith("wifi:didnt-help:")
    assert len(listed) == len({entry.split(":")[0] for entry in listed})
    assert part.values["errors"] == ("poor-network",)


def test_nothing_tried_is_said(guide: Guide) -> None:
    """/tried before anything was tried says just that."""
    assert Talk(guide).take("stalled").ask("tried").parts[0] == "tried-nothing"
    assert at(guide, "fixing other-wifi").ask("tried").parts[0] == "tried"


def test_every_button_fits_into_callback_data(guide: Guide) -> None:
    """On the roads of all errors, each button has a label and fits into what Telegram carries."""
    for error in (intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR):
        talk = Talk(guide).take(error)
        walk(talk, answering("didnt", "confirm", "already"))
        for card in talk.cards:
            assert all(key.label for row in render(guide, card).keys for key in row)
            assert all(len(to_data("x" * 8, 99999, button).encode()) <= LONGEST for button in buttons_of(card))


def test_a_short_summary_is_copied_with_a_key(guide: Guide) -> None:
    """A summary that a key can hold has one that copies just its block; a longer one has only the block."""
    for tried, keys in (("wifi",), 1), (tuple(guide.fixes), 0):
        history = tuple(Note(Mark.TRIED, fix, "didnt-help", 0) for fix in tried)
        session = Session("s", stage=Stage.SUPPORT, problem=Problem(0, history))
        message = render(guide, present(guide, session))
        copied = [key.copies for row in message.keys for key in row if key.copies]
        assert len(copied) == keys
        assert all(f"```\n{text}\n```" in message.text and len(text) <= 256 for text in copied)
