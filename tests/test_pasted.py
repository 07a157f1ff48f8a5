"""The wrapping of pasted messages comes off, and nothing else."""

from __future__ import annotations

import pytest

from bot.matching import Matcher
from bot.pasted import unwrapped


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("9:41 Settings iPhone Backup Failed", "iPhone Backup Failed"),
        ("9:41 AM Settings\niPhone Backup Failed", "iPhone Backup Failed"),
        ("SETTINGS  now\niPhone Backup Failed", "iPhone Backup Failed"),
        ("Settings • 5m ago\niPhone Backup Failed", "iPhone Backup Failed"),
        ("EINSTELLUNGEN · jetzt\nBackup fehlgeschlagen", "Backup fehlgeschlagen"),
        ("設定 今\nバックアップに失敗しました", "バックアップに失敗しました"),
        ("[21.11.26, 09:41] Anna: Backup failed", "Backup failed"),
        ("[21/11/2026, 9:41:07 PM] +49 170: Backup failed", "Backup failed"),
        ("21/11/2026, 09:41 - Bob: Backup failed", "Backup failed"),
        ("Forwarded from Bob Smith\nBackup failed", "Backup failed"),
        ("Weitergeleitet von Anna\nBackup fehlgeschlagen", "Backup fehlgeschlagen"),
        ("Fwd: Backup failed", "Backup failed"),
        ("> Backup failed\n> again", "Backup failed\nagain"),
        ("09:41\nBackup failed", "Backup failed"),
    ],
)
def test_wrapping_comes_off(text: str, bare: str) -> None:
    """The header of a notification, a line of a chat export, and the marks of forwarding and quoting."""
    assert unwrapped(text).strip() == bare


@pytest.mark.parametrize(
    "text",
    [
        "at 9:41 it failed",
        "Settings now shows a red badge on backup",
        "9:41",
        "open settings and it fails",
        "forward it to me",
        "Yesterday at 03:12",
    ],
)
def test_other_text_stays(text: str) -> None:
    """A time or the word "settings" in a sentence is no wrapping; nor is what would leave nothing."""
    assert unwrapped(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "9:41 Settings iPhone Backup Failed You do not have enough space in iCloud to back up this iPhone.",
        "SETTINGS  now\nNot Enough iCloud Storage",
        "[21.11.26, 09:41] Anna: Not enough iCloud storage",
        "Forwarded from Mum\nYour iCloud storage is full.",
        "[21.11.26, 09:41] Anna: Nicht genügend iCloud-Speicher",
    ],
)
def test_pasted_messages_are_understood(matcher: Matcher, text: str) -> None:
    """With its wrapping a message means what it means without."""
    assert matcher.read(text).intents[:1] == ("storage-full",)
