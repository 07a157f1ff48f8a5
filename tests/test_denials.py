"""What is denied is not taken for the trouble; what it tells is kept."""

from __future__ import annotations

import pytest

from bot.denials import DenialReader
from bot.matching import Matcher
from bot.model import Guide
from bot.normalising import words


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


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("backup failed, i restarted twice and icloud is not full", "needs-restart storage-full phone-full"),
        ("backup failed, restarted twice, wifi is fine", "needs-restart poor-network"),
        ("it's not the wifi and it's not storage. backup keeps failing", "poor-network storage-full phone-full"),
        ("there is enough space in icloud but backup says failed", "storage-full phone-full"),
        ("backup failed, no poor network message, phone is not full", "poor-network phone-full storage-full"),
        ("restarted already and my storage is not full", "needs-restart storage-full phone-full"),
        ("Backup fehlgeschlagen, neu gestartet, WLAN ist ok, Speicher ist genug da", "needs-restart poor-network storage-full phone-full"),
        ("la copia falla, ya reinicié dos veces y icloud no está lleno", "needs-restart storage-full phone-full"),
        ("la sauvegarde échoue, j'ai redémarré deux fois et icloud n'est pas plein", "needs-restart storage-full phone-full"),
        ("il backup non riesce, ho riavviato due volte e icloud non è pieno", "needs-restart storage-full phone-full"),
        ("o backup falha, já reiniciei duas vezes e tem bastante espaço no icloud", "needs-restart storage-full phone-full"),
        ("back-up mislukt, twee keer opnieuw opgestart en er is genoeg ruimte", "needs-restart storage-full phone-full"),
        ("kopia się nie udaje, zrestartowałem, miejsca jest dość, mam dużo miejsca", "needs-restart storage-full phone-full"),
        ("yedekleme başarısız, yeniden başlattım, icloudda yer var", "needs-restart storage-full phone-full"),
        ("бэкап сорвался, перезагружал, места достаточно", "needs-restart storage-full phone-full"),
        ("копія не вдається, перезавантажував двічі, місця вистачає", "needs-restart storage-full phone-full"),
        ("バックアップに失敗します。再起動しました。空き容量は十分です", "needs-restart storage-full phone-full"),
        ("백업이 실패해요. 재시작했고 용량은 충분해요", "needs-restart storage-full phone-full"),
        ("备份失败，我重启了两次，空间足够", "needs-restart storage-full phone-full"),
    ],
)
def test_what_is_denied_or_done_is_not_offered(matcher: Matcher, text: str, never: str) -> None:
    """Nothing that a message denies, or says was done, is taken for its trouble or stands in its choice."""
    assert set(matcher.read(text).intents).isdisjoint(never.split())


@pytest.mark.parametrize(
    "text",
    [
        "not enough space in icloud",
        "is there enough space in icloud?",
        "pas assez de place dans icloud",
        "j'ai plus assez de place",
        "no hay suficiente espacio en icloud",
        "nicht genug Speicher in iCloud",
        "не хватает места в icloud",
        "места не хватает",
        "空き容量が十分ではありません",
        "没有足够的空间",
    ],
)
def test_want_of_space_is_no_denial(matcher: Matcher, text: str) -> None:
    """What says that something is well says so no more with a "not" beside it, or as a question."""
    assert {"storage-full", "phone-full"} & {candidate.intent for candidate in matcher.read(text).candidates[:2]}


def test_no_text_of_ios_denies_anything(guide: Guide) -> None:
    """What iOS says, in any language, is never left out as if it said what is not so."""
    readers = {language: DenialReader(cues) for language, cues in guide.cues.items()}
    shown = [phrase for intent in guide.intents.values() for phrase in intent.phrases if phrase.screen and phrase.language in readers]
    assert [one.text for one in shown if readers[one.language].parted(one.text, words(one.text))[1]] == []
