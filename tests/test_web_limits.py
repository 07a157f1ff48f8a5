"""Permits by address, and the tokens of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from unittest.mock import patch

import pytest
from itsdangerous import TimestampSigner

from bot.transports.web import limits
from bot.transports.web.limits import Buckets
from bot.transports.web.tokens import RENEWED_AFTER, TRANSPORT, NoToken, Tokens

ANN = ip_address("192.0.2.1")
BEN = ip_address("192.0.2.2")
KEY = "a key that nobody knows"
DAY = 24 * 60 * 60


def test_so_many_a_minute() -> None:
    """A minute's permits are there at once; then they come back one by one, for each address by itself."""
    buckets = Buckets(60)
    assert [buckets.take(ANN, 0) for _ in range(60)] == [0] * 60
    assert buckets.take(ANN, 0) == 1
    assert buckets.take(BEN, 0) == 0
    assert buckets.take(ANN, 0.5) == 0.5
    assert buckets.take(ANN, 1) == 0
    assert buckets.take(ANN, 1) == 1


def test_a_long_rest_saves_up_no_more_than_a_minute() -> None:
    """Who was quiet for a day has as many permits as anybody."""
    buckets = Buckets(60)
    buckets.take(ANN, 0)
    assert [buckets.take(ANN, DAY) for _ in range(61)].count(0) == 60


def test_a_household_shares() -> None:
    """All addresses of one IPv6 network of 64 bits share; the next network does not; and what has no address shares with its like."""
    buckets = Buckets(1)
    assert buckets.take(ip_address("2001:db8::1"), 0) == 0
    assert buckets.take(ip_address("2001:db8::2"), 0) > 0
    assert buckets.take(ip_address("2001:db8:0:1::1"), 0) == 0
    assert buckets.take(None, 0) == 0
    assert buckets.take(None, 0) > 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many addresses the quiet ones are forgotten, and those under way are not, as long as they are few."""
    monkeypatch.setattr(limits, "KEPT", 10)
    buckets = Buckets(2)
    buckets.take(ANN, 100)
    buckets.take(ANN, 100)
    for number in range(50):
        buckets.take(ip_address(number), 0 if number < 9 else 100)
        assert len(buckets._left) <= 10  # noqa: SLF001 - that is what the test is about
    assert Buckets(2).take(ANN, 100) == 0


def test_a_token_tells_whose_page_it_is() -> None:
    """Each new token is of another conversation; read, it gives the same one again and again."""
    tokens = Tokens(KEY, DAY)
    one, other = tokens.new(), tokens.new()
    assert tokens.read(one) == tokens.read(one)
    assert tokens.read(one)[0].startswith(TRANSPORT)
    assert tokens.read(one)[0] != tokens.read(other)[0]


def test_a_token_of_nobody() -> None:
    """What we did not sign, or signed with another key, is none."""
    for token in ("", ".", "a.b.c", "web:x", Tokens("another key that is long", DAY).new()):
        with pytest.raises(NoToken):
            Tokens(KEY, DAY).read(token)


def test_a_token_that_was_changed() -> None:
    """One other letter, anywhere, and it is good no more."""
    tokens = Tokens(KEY, DAY)
    token = tokens.new()
    for place in range(len(token) - 1):  # the last letter holds bits that do not count
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(NoToken):
            tokens.read(changed)


def test_a_token_runs_out_unless_it_is_used() -> None:
    """After a day a token that is used is replaced by one of the same conversation; left alone it ends."""
    tokens = Tokens(KEY, 15 * DAY)
    token = tokens.new()
    whose, fresh = tokens.read(token)
    assert fresh is None
    later = datetime.now(UTC) + timedelta(seconds=RENEWED_AFTER + 60)
    with patch("bot.transports.web.tokens.datetime", wraps=datetime) as clock:
        clock.now.return_value = later
        _, fresh = tokens.read(token)
    assert fresh is not None
    assert tokens.read(fresh)[0] == whose
    with patch.object(TimestampSigner, "get_timestamp", return_value=int(later.timestamp()) + 15 * DAY), pytest.raises(NoToken):
        tokens.read(token)


def test_a_signed_text_that_is_no_id() -> None:
    """What is signed with our key for another purpose is no session."""
    with pytest.raises(NoToken):
        Tokens(KEY, DAY).read(TimestampSigner(KEY).sign("A" * 22).decode())
