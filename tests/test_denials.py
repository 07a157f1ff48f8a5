"""What is denied is not taken for the trouble; what it tells is kept."""

from __future__ import annotations

import pytest

from bot.matching import Matcher


@pytest.mark.parametrize(
    "text",
    [
        "icloud storage is not full but backup fails",
        "iCloud isn't full, but the backup failed",
        "icloud ist nicht voll, aber das backup schlägt fehl",
        "icloud no está lleno pero la copia falla",
        "icloud没满，但是备份失败",
    ],
)
def test_the_other_half_counts(matcher: Matcher, text: str) -> None:
    """A full iCloud that is denied is no storage-full; that there is room is kept."""
    heard = matcher.read(text)
    assert heard.intents[:1] == ("last-backup-failed",)
    assert heard.facts["icloud_room"] == "room"


@pytest.mark.parametrize("text", ["it is not full", "no it doesn't say restart", "it is not stuck"])
def test_only_a_denial_is_no_error(matcher: Matcher, text: str) -> None:
    """A message that only denies means no error."""
    assert all(candidate.score < 43 or matcher.kind(candidate.intent).value == "act" for candidate in matcher.read(text).candidates)


def test_room_is_told_by_it(matcher: Matcher) -> None:
    """That it is not full tells of room, and not that of another storage."""
    assert matcher.read("it is not full").facts == {"icloud_room": "room"}
    assert "icloud_room" not in matcher.read("my phone storage is not full").facts
