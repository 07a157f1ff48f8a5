"""How well real messages are understood: floors under what was measured, so that a change that costs understanding is seen.

The messages of tests/utterances are written by other hands than the phrases of intents/. What the measures mean, today's
figures, and how the matching was set by them: docs/understanding.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bot.evaluating.measures import SCOPE, Measures, Result, by_label, measured, mistaken, results, share
from bot.evaluating.utterances import read_utterances
from bot.matching import Matcher
from bot.model import ENGLISH, Decision, Guide, Kind
from bot.scoring import SURE
from tests.measuring import LANGUAGES, foreign_utterances, near_misses, utterances
from tests.understood import BLOCK, NAMES, PAGE, renewed

OTHERS: Final = Path(__file__).parents[2] / "shared" / "knowledge" / "dev-messages.jsonl"


@pytest.fixture(scope="module")
def found(guide: Guide, matcher: Matcher) -> list[Result]:
    return results(guide, matcher, utterances())


@pytest.fixture(scope="module")
def measures(found: list[Result]) -> Measures:
    return measured(found)


# --- the messages themselves ---------------------------------------------------------------------------------------------


def test_labels(guide: Guide) -> None:
    """Every label is an intent that there is, and no message stands twice."""
    said = utterances()
    assert {intent for one in said for intent in one.right} <= guide.intents.keys()
    assert {intent for miss in near_misses() for intent in (miss.looks, miss.intent)} <= guide.intents.keys()
    texts = [one.text for one in said]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []


def test_every_intent_is_measured(guide: Guide) -> None:
    """Each error and question has at least 30 messages, everything else at least 10."""
    counts = dict.fromkeys(guide.intents, 0)
    for one in utterances():
        counts[one.right[0]] += 1
    least = {intent.id: 30 if intent.kind in (Kind.ERROR, Kind.QUESTION) else 10 for intent in guide.intents.values()}
    assert [intent for intent, count in counts.items() if count < least[intent]] == []


def test_messages_are_no_phrases(guide: Guide) -> None:
    """Hardly any message in scope is a phrase of the guide word for word (some short questions have one natural form)."""
    phrases = {phrase.text.casefold() for intent in guide.intents.values() for phrase in intent.phrases if not phrase.screen}
    said = [one for one in utterances() if guide.intents[one.right[0]].kind in SCOPE]
    same = [one.text for one in said if one.text.casefold() in phrases]
    assert len(same) <= 0.03 * len(said), same


def test_foreign_messages(guide: Guide) -> None:
    """Each language has a file of its own with messages enough in scope and out of it, known labels, and no message twice."""
    said = foreign_utterances()
    by_language = {language: [one for one in said if one.language == language] for language in {one.language for one in said}}
    assert by_language.keys() == {path.stem for path in LANGUAGES.glob("*.yaml")}
    assert "en" not in by_language
    assert {intent for one in said for intent in one.right} <= guide.intents.keys()
    assert [one.text for one in said if len(set(one.right)) < len(one.right)] == []
    for language, own in by_language.items():
        texts = [one.text.casefold() for one in own]
        inside = sum(guide.intents[one.right[0]].kind in SCOPE for one in own)
        assert sorted({text for text in texts if texts.count(text) > 1}) == [], language
        assert min(inside, 3 * (len(own) - inside)) >= 15, language
        errors = {intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR}
        assert errors <= {one.right[0] for one in own}, language


# --- floors ------------------------------------------------------------------------------------------------------------------
# Each lies about a point under what was measured, so that phrases may be added for one message's sake without another's failing a test.


def test_top_1(measures: Measures) -> None:
    """The first candidate is right for nine in ten messages in scope."""
    # Measured: 92.3.
    assert measures.top_1.percent >= 91.2


def test_top_3(measures: Measures) -> None:
    """A right intent is among the first three, so that a choice holds it."""
    # Measured: 98.7. This is what a choice of four buttons lives on.
    assert measures.top_3.percent >= 97.8


def test_matched_right(measures: Measures) -> None:
    """Seven in ten of the messages in scope are taken at once, and rightly."""
    # Measured: 75.1. Asking more often would be safe and tiresome.
    assert measures.matched_right.percent >= 73


def test_matched_wrong(measures: Measures) -> None:
    """A wrong error or question is hardly ever taken without asking."""
    # Measured: 1.3. The dearest mistake: the person works through the wrong fixes. 2 is what we promise.
    assert measures.matched_wrong.percent <= 2


def test_not_found(measures: Measures) -> None:
    """Nearly every message in scope leads at least to a choice."""
    # Measured: 0.4. Whoever lands here gets the menu.
    assert measures.not_found.percent <= 1.4


def test_out_of_scope(measures: Measures) -> None:
    """Small talk and neighbour topics are hardly ever treated as a backup's trouble."""
    # Measured: 1.0.
    assert measures.out_of_scope_matched.percent <= 1.7


def test_other_languages(guide: Guide, matcher: Matcher) -> None:
    """Messages in other languages than English, shorter and more typical than the English ones, are understood better still."""
    found = results(guide, matcher, foreign_utterances())
    its = measured(found)
    # Measured: 97.6, 100.0, 86.9, 0.7, 0.3, 0.3 and 99.6.
    assert its.top_1.percent >= 96.5
    assert its.top_3.percent >= 99
    assert its.matched_right.percent >= 85.5
    assert its.matched_wrong.percent <= 1.7
    assert its.not_found.percent <= 1.3
    assert its.out_of_scope_matched.percent <= 1.3
    assert share(found, lambda one: one.language_found).percent >= 98.5


def test_near_misses(matcher: Matcher) -> None:
    """A message in the words of one intent that means another is mostly not taken for the first."""
    misses = [miss for miss in near_misses() if miss.language == ENGLISH]
    # Measured: 14 of 131. They are chosen to be hard: a restore that is stuck at "Estimating time remaining", how long a restore takes.
    assert len(mistaken(matcher, misses)) <= 0.13 * len(misses)


@pytest.mark.parametrize(
    ("kind", "top_3"),
    [
        (Kind.ERROR, 98),  # measured: 99.0
        (Kind.QUESTION, 97.5),  # measured: 98.4
        (Kind.ACT, 95),  # measured: 95.3; on a card the buttons are there as well
        (Kind.ELSEWHERE, 96.5),  # measured: 97.5; what is no backup at all has endless forms
    ],
)
def test_each_kind(found: list[Result], kind: Kind, top_3: float) -> None:
    """No kind of intent is understood at the cost of another."""
    assert share([one for one in found if one.kind is kind], lambda one: one.top_3).percent >= top_3


def test_each_intent(found: list[Result]) -> None:
    """No error or question falls behind: of each, at least 90 % have a right intent among the first three."""
    # Measured: the last ones are how-to-back-up and overnight with 95.8; each has some fifty messages, so one is 2 points.
    reached = {label: share(own, lambda one: one.top_3).percent for label, own in by_label(found).items() if own[0].in_scope}
    assert {label: percent for label, percent in reached.items() if percent < 90} == {}


def test_acts_are_heard(found: list[Result]) -> None:
    """Typed answers to the card on the table are heard as such, and what is in scope is not heard as one."""
    acts = [one for one in found if one.kind is Kind.ACT]
    errors = [one for one in found if one.kind is Kind.ERROR]
    # Measured: 91.6 and 0.0.
    assert share(acts, lambda one: one.heard.act in one.said.right).percent >= 90.5
    assert share(errors, lambda one: one.heard.act is not None).percent <= 1


# --- what a score promises ------------------------------------------------------------------------------------------------


def test_scores_keep_their_promise(found: list[Result]) -> None:
    """A score says how often such a reading is right: where it is taken without asking, it is right nineteen times in twenty."""
    sure = [one for one in found if one.heard.decision is Decision.MATCH and one.heard.candidates[0].score >= SURE]
    # Measured: 98.1 per cent.
    assert share(sure, lambda one: one.top_1).percent >= 94


def test_higher_scores_are_more_often_right(found: list[Result]) -> None:
    """From band to band of the score the readings get better."""
    bands = [(0, 60), (60, 86), (86, 96), (96, 101)]
    scored = [one for one in found if one.heard.candidates]
    right = [share([one for one in scored if low <= one.heard.candidates[0].score < high], lambda one: one.top_1) for low, high in bands]
    assert right == sorted(right, key=lambda part: part.percent)


# --- messages of other people's ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(not OTHERS.exists(), reason="outside the repository: the messages for development are not beside this checkout")
def test_messages_of_others(guide: Guide, matcher: Matcher) -> None:
    """Messages that neither phrases nor constants were set by are understood nearly as well."""
    its = measured(results(guide, matcher, read_utterances([OTHERS], guide.intents).utterances))
    assert its.top_1.of > 50
    # Measured: 92.3, 98.1, 7.7 and 0. What is wrong are labels older than two intents (docs/understanding.md); one message is two points.
    assert its.top_1.percent >= 88
    assert its.top_3.percent >= 94
    assert its.matched_wrong.percent <= 10
    assert its.out_of_scope_matched.percent <= 7.5


# --- the page ---------------------------------------------------------------------------------------------------------------


def test_the_tables_of_the_page_can_be_renewed() -> None:
    """docs/understanding.md names each table once, and only a table is replaced."""
    page = PAGE.read_text(encoding="utf-8")
    assert sorted(found[2] for found in BLOCK.finditer(page)) == sorted(NAMES)
    once = renewed(page, dict.fromkeys(NAMES, "| a table |"))
    assert once.count("| a table |") == len(NAMES)
    assert BLOCK.sub("", once) == BLOCK.sub("", page)
