"""A fair share for each conversation: who floods is told once, and nobody else is ever held up."""

from __future__ import annotations

from collections import Counter
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from bot import fairness
from bot.fairness import SHARE, WITHIN, FairShare, Ruling

NOW: Final = 1_000_000
HANDLE, ASK, PASS_OVER = Ruling.HANDLE, Ruling.ASK, Ruling.PASS_OVER


def test_flood() -> None:
    """Of a thousand messages at once the first are handled, one is answered, and the rest is passed over."""
    share = FairShare()
    rulings = [share.rule("ann", number, NOW + number // 100) for number in range(1000)]
    assert rulings == [HANDLE] * SHARE + [ASK] + [PASS_OVER] * (1000 - SHARE - 1)
    assert share.rule("ben", 1, NOW) is HANDLE


def test_quick_writer() -> None:
    """Who keeps to the share for hours is never asked to slow down."""
    share = FairShare()
    gap = WITHIN / SHARE
    assert {share.rule("ann", number, NOW + int(number * gap)) for number in range(1000)} == {HANDLE}


def test_after_the_flood() -> None:
    """A flood is over when nothing came for a while; the next one is answered anew, once."""
    share = FairShare()
    for number in range(100):
        share.rule("ann", number, NOW)
    assert share.rule("ann", 100, NOW + WITHIN - 1) is PASS_OVER
    assert share.rule("ann", 101, NOW + 2 * WITHIN - 2) is PASS_OVER
    later = NOW + 3 * WITHIN
    assert [share.rule("ann", 200 + number, later) for number in range(SHARE + 2)] == [HANDLE] * SHARE + [ASK, PASS_OVER]


def test_what_piled_up_is_no_flood() -> None:
    """Messages that were sent over hours, and all come at once, are handled."""
    share = FairShare()
    assert {share.rule("ann", number, NOW + number * 60) for number in range(200)} == {HANDLE}


def test_the_same_again() -> None:
    """Messages that come again because the store did not work get the same ruling, and count once."""
    share = FairShare()
    first = [share.rule("ann", number, NOW) for number in range(SHARE + 5)]
    for _ in range(3):
        assert [share.rule("ann", number, NOW) for number in range(SHARE + 5)] == first


def test_memory_is_bounded() -> None:
    """Of conversations that have been quiet nothing is remembered; a flood that is under way is not forgotten."""
    share = FairShare()
    for number in range(fairness.KEPT - 1):
        share.rule(f"person {number}", 1, NOW)
    later = NOW + WITHIN
    for number in range(SHARE + 1):
        share.rule("ann", number, later)
    share.rule("one more", 1, later)
    assert len(share._conversations) == 2  # noqa: SLF001 - memory is nothing else to be seen by
    assert share.rule("ann", 99, later) is PASS_OVER


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3 * WITHIN)), max_size=150))
def test_never_more_than_the_share(sent: list[tuple[str, int]]) -> None:
    """In no stretch of time are more handled than the share; who is under it is always handled; each flood is answered once."""
    share = FairShare()
    handled: dict[str, list[int]] = {"a": [], "b": []}
    asked: Counter[str] = Counter()
    for number, (who, at) in enumerate(sorted(sent, key=lambda one: one[1])):
        ruling = share.rule(who, number, at)
        lately = [time for time in handled[who] if at - time < WITHIN]
        assert (ruling is HANDLE and len(lately) < SHARE) or (ruling is not HANDLE and len(handled[who]) >= SHARE)
        if ruling is HANDLE:
            handled[who].append(at)
            asked[who] = 0
        asked[who] += ruling is ASK
        assert asked[who] <= 1
