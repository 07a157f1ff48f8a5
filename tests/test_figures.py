"""Figures of storage say how full iCloud is, where they are those of a plan."""

from __future__ import annotations

import pytest

from bot.figures import icloud_usage
from bot.matching import Matcher


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("4.9 GB of 5 GB used", 0.98),
        ("4,9 von 5 GB belegt", 0.98),
        ("4.9/5 GB", 0.98),
        ("4,9 Go sur 5 Go", 0.98),
        ("4,9 из 5 ГБ", 0.98),
        ("5GB中4.9GB", 0.98),
        ("12.5 GB of 50 GB used", 0.25),
        ("1.5 TB of 2 TB", 0.75),
        ("45 GB of 50 GB available", 0.1),
        ("noch 45 GB von 50 GB frei", 0.1),
    ],
)
def test_the_share_in_use(text: str, share: float) -> None:
    """What is used of the plan, or what is left when it says so, in the figures of many languages."""
    assert icloud_usage(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["120 GB of 128 GB used", "I bought 50 GB", "3 of 5 backups", "iOS 18.5 of 26", "50 GB and 5 GB", ""])
def test_other_figures_say_nothing(text: str) -> None:
    """The phone's own storage, what was bought, and figures without a size."""
    assert icloud_usage(text) is None


@pytest.mark.parametrize(
    ("text", "room"), [("4.9 GB of 5 GB used", "full"), ("12 GB of 50 GB used", "room"), ("40 GB of 50 GB used", None)]
)
def test_it_is_a_fact(matcher: Matcher, text: str, room: str | None) -> None:
    """Nearly all in use is full, less than half is room; between them the backup's size decides, so nothing is said."""
    assert matcher.read(text).facts.get("icloud_room") == room
