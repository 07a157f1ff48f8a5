"""Reports of what was done already, in the words of the shipped content; and what is none."""

from __future__ import annotations

import pytest

from bot.matching import Matcher
from bot.model import Guide
from bot.normalising import words
from bot.reported import ReportedReader
from tests.measuring import foreign_utterances, utterances
from tests.sampling import sample

REPORTS = [
    ("I already restarted", "restart"),
    ("restarted twice, still the same", "restart"),
    ("restart didn't help", "restart"),
    ("tried restarting and a network reset, no luck", "restart network-reset"),
    ("Tried: restart, new wifi, hard reset", "restart other-wifi force-restart"),
    ("already tried:\n- restart\n- another wifi", "restart other-wifi"),
    ("restart, network reset, nothing helped", "restart network-reset"),
    ("I bought 50GB yesterday and it still says full", "upgrade"),
    ("turned backup off and on, deleted old backup, updated to 18.5", "toggle free-space update"),
    ("Signed out of iCloud and back in; ios is up to date", "sign-out-in update"),
    ("even after restarting it is stuck on estimating", "restart"),
    ("wifi is fine and it is plugged in", "wifi power"),
    ("left it overnight, nothing", "leave-24h"),
    ("200 GB aldım hala yetmiyor", "upgrade"),
    ("再起動もアップデートもしたけどバックアップできない", "restart update"),
    ("hab das iPhone schon neu gestartet, 50 GB gekauft, WLAN ist ok", "restart upgrade wifi"),
    ("Backup aus und wieder eingeschaltet, altes Backup gelöscht, auf 18.5 aktualisiert", "toggle free-space update"),
    ("Neustart hat nichts gebracht", "restart"),
    ("ya reinicié el móvil y compré 50 GB, el wifi va bien", "restart upgrade wifi"),
    ("he borrado las copias antiguas pero sigue igual", "free-space"),
    ("J'ai déjà redémarré l'iPhone et acheté 50 Go, le wifi marche", "restart upgrade wifi"),
    ("j'ai désactivé et réactivé la sauvegarde", "toggle"),
    ("Ho già riavviato e comprato 50 GB, il wifi funziona", "restart upgrade wifi"),
    ("ho cancellato i vecchi backup ma niente", "free-space"),
    ("Já reiniciei o celular e comprei 50 GB, o wifi está bom", "restart upgrade wifi"),
    ("apaguei os backups antigos e não adiantou", "free-space"),
    ("Ik heb de telefoon al opnieuw opgestart en 50 GB gekocht, wifi werkt", "restart upgrade wifi"),
    ("oude backups verwijderd, helpt niet", "free-space"),
    ("Już zrestartowałem telefon i kupiłem 50 GB, wifi działa", "restart upgrade wifi"),
    ("usunęłam stare kopie, nic nie pomogło", "free-space"),
    ("Telefonu yeniden başlattım, 50 GB satın aldım, wifi iyi", "restart upgrade wifi"),
    ("eski yedekleri sildim ama işe yaramadı", "free-space"),
    ("уже перезагрузил телефон и купил 50 ГБ, вайфай работает", "restart upgrade wifi"),
    ("удалила старые копии, не помогло", "free-space"),
    ("вже перезавантажив телефон і купив 50 ГБ, вайфай працює", "restart upgrade wifi"),
    ("видалила старі копії, не допомогло", "free-space"),
    ("再起動しましたし、50GBを購入しましたが、まだ失敗します", "restart upgrade"),
    ("古いバックアップを削除しても変わりません", "free-space"),
    ("이미 재시작했고 50GB를 구매했는데 와이파이는 잘 돼요", "restart upgrade wifi"),
    ("예전 백업을 삭제했는데 그대로예요", "free-space"),
    ("已经重启过手机，买了50GB，wifi没问题", "restart upgrade wifi"),
    ("删除了旧备份还是不行", "free-space"),
]
NO_REPORTS = [
    "I have not restarted",
    "I haven't restarted it yet",
    "should I restart?",
    "how do I restart",
    "I can't restart",
    "will restarting help",
    "please restart it for me",
    "Apple told me to restart",
    "it keeps restarting by itself",
    "I restarted the router",
    "backup needs restart",
    "it says update ios",
    "since I updated to ios 18 backup fails",
    "updated to ios 26 and backups stopped",
    "after I bought 50 GB it stopped",
    "I want to buy more storage",
    "the wifi is not fine",
    "do I need to be plugged in?",
    "I am afraid of deleting the old backup",
    "noch nicht neu gestartet",
    "neu gestartet habe ich noch nicht",
    "Soll ich das Handy neu starten?",
    "wie kann ich die Netzwerkeinstellungen zurücksetzen",
    "no he reiniciado todavía",
    "¿debo reiniciar el iPhone?",
    "je n'ai pas redémarré",
    "comment redémarrer l'iPhone ?",
    "non ho riavviato il telefono",
    "devo riavviare?",
    "ainda não reiniciei",
    "devo reiniciar?",
    "ik heb nog niet opnieuw opgestart",
    "moet ik herstarten",
    "nie zrestartowałem telefonu",
    "czy mam zrestartować telefon",
    "telefonu yeniden başlatmadım",
    "telefonu yeniden başlatmalı mıyım",
    "я не перезагружал телефон",
    "надо ли перезагрузить телефон",
    "я не перезавантажував телефон",
    "чи треба перезавантажити телефон",
    "まだ再起動していません",
    "再起動すべきですか？",
    "재시작하지 않았어요",
    "재시작해야 하나요?",
    "我没有重启手机",
    "要不要重启？",
]


@pytest.mark.parametrize(("text", "fixes"), REPORTS)
def test_what_was_done_is_read(matcher: Matcher, text: str, fixes: str) -> None:
    """The fixes that a message says were done are found, in its order."""
    assert list(matcher.read(text).reported) == fixes.split()


@pytest.mark.parametrize("text", NO_REPORTS)
def test_nothing_else_is_read_into_it(matcher: Matcher, text: str) -> None:
    """What is denied, asked, advised or the cause of the trouble is no report."""
    assert matcher.read(text).reported == ()


def test_no_text_of_ios_reports_anything(guide: Guide) -> None:
    """Who pastes what iOS says, in any language, has not thereby done what it speaks of."""
    readers = {language: ReportedReader(guide.fixes, language, cues) for language, cues in guide.cues.items()}
    screens = [phrase for intent in guide.intents.values() for phrase in intent.phrases if phrase.screen and phrase.language in readers]
    assert [phrase.text for phrase in screens if readers[phrase.language].read(phrase.text, words(phrase.text)).fixes] == []


@pytest.mark.sampled
def test_a_report_is_rare_in_what_people_write(matcher: Matcher) -> None:
    """Of the messages written apart from the words of fixes, at most one in fifty reports something: those that do were looked at."""
    texts = [one.text for one in sample((*utterances(), *foreign_utterances()), 4)]
    assert sum(bool(matcher.read(text).reported) for text in texts) <= len(texts) / 50


def test_the_rest_speaks_of_the_trouble(matcher: Matcher) -> None:
    """What was done does not count as the trouble: a restart that was tried is no "Backup needs restart"."""
    heard = matcher.read("backup failed, restarted twice")
    assert (heard.candidates[0].intent, heard.reported) == ("last-backup-failed", ("restart",))
