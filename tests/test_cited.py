"""What a message cites of a screen."""

from __future__ import annotations

import pytest

from bot.cited import CitationReader
from bot.matching import Matcher
from bot.model import Decision
from bot.normalising import words

READER = CitationReader(("says", "shows"))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("my iPad says iCloud Backup Off", "icloud backup off"),
        ("it shows “Not Enough Storage” every night", "not enough storage"),
        ("hello\nBackup Failed\nplease help", "backup failed"),
        ("設定に「バックアップ失敗」と出ます", "バ ッ ク ア ッ プ 失 敗"),
    ],
)
def test_a_citation_is_found(text: str, cited: str) -> None:
    assert cited.split() in list(READER.read(text, words(text)))


@pytest.mark.parametrize("text", ["nobody tells me anything", "it says no", 'he said "no" to it', ""])
def test_where_nothing_is_cited_nothing_is_found(text: str) -> None:
    assert list(READER.read(text, words(text))) == []


def test_a_citation_ends_with_its_statement() -> None:
    text = "it says backup failed, what now"
    assert ["backup", "failed"] in (found := list(READER.read(text, words(text))))
    assert all("what" not in cited for cited in found)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("my iPad at Mrs Fitzgerald's house says iCloud Backup Off", "backup-off"),
        ("since the weekend my phone shows “Not Enough Storage” whenever I leave the house", "storage-full"),
    ],
)
def test_a_short_text_of_ios_is_believed_where_it_is_cited(matcher: Matcher, text: str, intent: str) -> None:
    heard = matcher.read(text)
    assert heard.decision is Decision.MATCH
    assert heard.intents[0] == intent
