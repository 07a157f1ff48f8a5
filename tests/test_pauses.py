"""Who has to wait after 429: one chat as a rule, everybody where the limit is the bot's own."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pauses import IN_A_ROW, NOT_OLDER, SHORT_WAIT, Pauses
from bot.store import LONGEST_WAIT

NOW: Final = 1_000_000


def test_one_chat() -> None:
    """A chat waits as long as Telegram says; no other does."""
    pauses = Pauses()
    assert not pauses.refused("a", 30, NOW)
    assert pauses.over_at("a", NOW) == pauses.over_at("a", NOW + 30) == NOW + 31
    assert pauses.over_at("a", NOW + 31) is None
    assert pauses.over_at("b", NOW) is None


def test_a_moment() -> None:
    """A pause of a moment is waited for in memory: the chat counts as free."""
    pauses = Pauses()
    pauses.refused("a", SHORT_WAIT, NOW)
    assert pauses.over_at("a", NOW) is None


def test_everybody() -> None:
    """Different chats refused in a row: everybody waits, for the shortest of their times; each of them for its own."""
    pauses = Pauses()
    told = [pauses.refused(chat, seconds, NOW) for chat, seconds in zip("abc", (40, 20, 30), strict=True)]
    assert told == [False] * (IN_A_ROW - 1) + [True]
    assert [pauses.over_at(chat, NOW) for chat in "abcd"] == [NOW + 41, NOW + 21, NOW + 31, NOW + 21]
    assert pauses.over_at("d", NOW + 21) is None


def test_a_moment_for_everybody() -> None:
    """The bot's own limit may be over in a moment, too."""
    pauses = Pauses()
    assert [pauses.refused(chat, 1, NOW) for chat in "abc"][-1]
    assert pauses.over_at("d", NOW) == NOW + 2


def test_the_same_chat_again_and_again() -> None:
    """One chat, however often it is refused, holds up nobody else."""
    pauses = Pauses()
    assert not any(pauses.refused("a", 5, NOW) for _ in range(100))
    assert pauses.over_at("b", NOW) is None


def test_a_success_between() -> None:
    """When somebody gets through, the limit is not the bot's."""
    pauses = Pauses()
    for chat in "abcdef":
        assert not pauses.refused(chat, 5, NOW)
        pauses.went_well()


def test_old_refusals() -> None:
    """Refusals that lie far apart have nothing to do with each other."""
    pauses = Pauses()
    assert not any(pauses.refused(chat, 5, NOW + number * NOT_OLDER) for number, chat in enumerate("abcdef"))


def test_longest_wait() -> None:
    """However long Telegram wants a chat to wait, it is asked again after an hour: what waits in the store waits no longer than that."""
    pauses = Pauses()
    pauses.refused("a", 24 * LONGEST_WAIT, NOW)
    assert pauses.over_at("a", NOW) == NOW + LONGEST_WAIT


@pytest.mark.parametrize("moved", [-1, -3600, -(10**9)])
def test_clock_moved_back(moved: int) -> None:
    """When the clock is moved back, pauses from its future are over."""
    pauses = Pauses()
    for chat in "abc":
        pauses.refused(chat, 30, NOW)
    assert pauses.over_at("a", NOW + moved) is pauses.over_at("d", NOW + moved) is None


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 10**6), st.integers(0, 10**4)), max_size=30), st.integers(0, 10**4))
def test_nobody_waits_for_ever(refusals: list[tuple[str, float, int]], asked: int) -> None:
    """Whatever is refused, and however the clock moves, everybody is free again in an hour at most."""
    pauses = Pauses()
    for chat, seconds, at in refusals:
        pauses.refused(chat, seconds, at)
    for chat in "abcd":
        over = pauses.over_at(chat, asked)
        assert over is None or asked < over <= asked + LONGEST_WAIT
