"""What fits on a phone: the measure, and what is folded until a message does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import cards
from bot.markup import folded, plain
from bot.model import Guide, Mark, Note, Problem, Session, Stage
from bot.phone import FOLD, LINE, ROW, SCREEN, Fold, Passage, fit, lines
from bot.rendering import render
from bot.road import SEPARATOR

LONG = " ".join(["word"] * 8 * SCREEN)
"""As many lines as a screen has, of eight words each."""


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("x" * LINE, 1),
        ("x" * (LINE + 1), 2),
        ("", 0),
        ("a\n\nb", 3),
        ("**" + "x" * LINE + "**", 1),
        ("word " * 8, 1),
        (f"{'x' * 30} {'y' * 30}", 2),
        ("手" * (LINE // 2), 1),
        ("手" * (LINE // 2 + 1), 2),
        ("```\n" + "a\n" * 30 + "```", 4),
        (folded("a\n" * 30), FOLD),
        (f"a\n\n{folded('b')}", 3),
    ],
)
def test_lines(text: str, taken: int) -> None:
    """Lines break between words; wide characters take two columns; a closed fold and a block to copy count for a few lines."""
    assert lines(text) == taken


def test_what_fits_stays_open() -> None:
    """A short message is shown whole, but for what is always folded."""
    passages = [Passage("Title"), Passage("1. a\n2. b", Fold.STEPS), Passage("ok", Fold.DETAIL), Passage("why", Fold.ALWAYS)]
    assert fit(passages, 2) == f"Title\n\n1. a\n2. b\n\nok\n\n{folded('why')}"


def test_folds_come_in_their_order() -> None:
    """Details are folded before what stands above the card, and that before the steps; folds side by side are one."""
    detail, context = Passage("ok " * 60, Fold.DETAIL), Passage("means " * 30, Fold.CONTEXT)
    steps = Passage("\n".join(f"{number}. do it" for number in range(1, 15)), Fold.STEPS)
    some = fit([context, steps, detail], 2)
    assert folded(detail.text) in some
    assert folded(context.text) not in some
    more = fit([context, steps, detail], 5)
    assert folded(context.text) in more
    assert "\n14. do it" in plain(more)


def test_steps_fold_from_the_last_up() -> None:
    """Of steps that are too many the first stay in sight, and none is lost."""
    steps = Passage("\n".join(f"{number}. {'x' * 30}" for number in range(1, 40)), Fold.STEPS)
    text = fit([Passage("**Title**"), steps], 4)
    assert lines(text) <= SCREEN - 4 * ROW
    assert text.startswith("**Title**\n\n1. ")
    assert plain(text).replace("\n\n", "\n") == f"Title\n{steps.text}"


def test_what_cannot_be_folded_is_still_said() -> None:
    """A message that no fold makes short enough is shown all the same."""
    assert fit([Passage(LONG)], 4) == LONG


def test_every_card_fits_on_a_phone(guide: Guide) -> None:
    """In every language each card of a fix fits with its buttons on one screen once it is folded."""
    steps = [step.fixes for intent in guide.intents.values() for step in intent.steps]
    for language in guide.responses:
        for subject in dict.fromkeys([*guide.fixes, *(SEPARATOR.join(fixes) for fixes in steps if len(fixes) > 1)]):
            risky = guide.fixes[subject.split(SEPARATOR)[0]].confirm
            for stage in (Stage.FIXING, Stage.CONFIRMING)[: 2 if risky else 1]:
                done = tuple(Note(Mark.TRIED, fix, "couldnt", 0) for fix in ("wifi", "power", "restart", "update"))
                session = Session("", stage=stage, subject=subject, problem=Problem(0, (Note(Mark.TOOK, "stalled", "", 0), *done)))
                card = cards.present(guide, session)
                message = render(guide, replace(card, language=language), pictures=True)
                assert lines(message.text) + ROW * len(message.keys) <= SCREEN, (language, stage, subject)


def test_shared_cards_are_short(guide: Guide) -> None:
    """Fixes that share a card have a short line each in every language, and short names in the line of what is done."""
    shared = {fix for intent in guide.intents.values() for step in intent.steps if len(step.fixes) > 1 for fix in step.fixes}
    for language, responses in guide.responses.items():
        for fix, entry in responses.groups["fixes"].items():
            assert "label" in entry, (language, fix)
            assert "short" in entry or fix not in shared, (language, fix)
