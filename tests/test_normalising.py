"""How texts become words: what must compare as equal, what must stay apart, and that no text is too strange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.normalising import LONGEST, NUMBER, compared, phrase_words, split, stem, token, words

EQUAL = {
    "quotes": [
        ("“full”", '"full"'),
        ("«full»", "full"),
        ("‘full’", "'full'"),
        ("it’s full", "it's full"),
        ("it`s full", "its full"),
        ("don´t", "don't"),
    ],
    "dots and dashes": [
        ("iCloud…", "icloud..."),
        ("Backing Up…", "backing up"),
        ("failed - again", "failed – again"),
        ("e-mail", "email"),
        ("time-machine", "Time Machine"),
        ("iCloud_Backup", "icloud backup"),
    ],
    "Wi-Fi": [
        ("Wi-Fi", "wifi"),
        ("Wi‑Fi", "wi fi"),
        ("WI–FI", "WiFi"),
        ("wireless", "wifi"),
        ("WLAN", "Wi-Fi"),
    ],
    "contractions": [
        ("can't", "cannot"),
        ("can’t", "can not"),
        ("cant", "can not"),
        ("won't", "will not"),
        ("isnt", "is not"),
        ("hasn’t", "has not"),
        ("doesn't", "does not"),
        ("couldn't", "could not"),
        ("I'm", "i am"),
        ("it's", "it is"),
        ("what's", "what is"),
    ],
    "numbers": [
        ("3 weeks", "12 weeks"),
        ("2.4 GB", "50 GB"),
        ("1,5 GB", "50 gb"),
        ("50gb", "50 gigabytes"),
        ("99%", "7 percent"),
        ("99 %", "99%"),
    ],
    "models and versions": [
        ("iPhone 15", "iPhone"),
        ("iphone15", "iphone"),
        ("iOS 16.7.2", "ios 17"),
        ("iOS16", "ios"),
        ("iPad", "iPhone"),
        ("i phone", "iphone"),
    ],
    "device names and times": [
        ("Anna’s iPhone", "Anna's iPhone"),
        ("9:41 AM", "10:02 AM"),
        ("21:14", "9:41"),
    ],
    "line breaks and blanks": [
        ("full\n\nnow", "full now"),
        ("full\r\nnow", "full\tnow"),
        ("  iCloud\u00a0Backup ", "icloud backup"),
        ("i\u00adCloud\u200b", "iCloud"),
        ("i cloud", "icloud"),
    ],
    "emoji and accents": [
        ("full 😭😭", "full"),
        ("☁️ full ⚠️", "full"),
        ("👩🏽‍🦳 full", "full"),
        ("café", "cafe"),
        ("cafe\u0301", "café"),
        ("ＩＣＬＯＵＤ", "icloud"),
        ("ﬁles", "files"),
    ],
    "backed up": [
        ("backed up", "backup"),
        ("back-up", "back up"),
        ("BackUp", "backing up"),
        ("backups", "back ups"),
        ("backs up", "backedup"),
    ],
    "names": [
        ("Apple ID", "Apple Account"),
        ("2FA", "two-factor"),
        ("two factor", "2 step"),
        ("Whats App", "WhatsApp"),
        ("one drive", "OneDrive"),
        ("log in", "login"),
        ("pictures", "photos"),
        ("laptop", "PC"),
    ],
    "endings": [
        ("stopped", "stop"),
        ("failing", "failed"),
        ("replies", "reply"),
        ("addresses", "address"),
    ],
}


@pytest.mark.parametrize(("one", "other"), [pair for pairs in EQUAL.values() for pair in pairs])
def test_equal(one: str, other: str) -> None:
    """Two spellings of one thing compare as the same words."""
    assert compared(words(one)) == compared(words(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("backed up", "not backed up"),
        ("can", "can't"),
        ("iCloud", "iTunes"),
        ("iCloud storage", "iPhone storage"),
        ("backup", "restore"),
        ("update", "backup"),
        ("on", "off"),
        ("yes", "no"),
        ("photos", "phones"),
        ("wait", "waited so long"),
        ("3 weeks", "3 hours"),
        ("less", "le"),
        ("bonus", "bonu"),
    ],
)
def test_apart(one: str, other: str) -> None:
    """Words whose difference decides what is meant stay different."""
    assert compared(words(one)) != compared(words(other))


def test_numbers_are_kept_until_words_are_compared() -> None:
    """The plain words keep numbers, since facts are read from them; compared, every number is the same."""
    plain = words("iOS 16.7 needs 2.4 GB")
    assert plain == ["ios", "16", "7", "needs", "2", "4", "gb"]
    assert compared(plain) == ["ios", "need", NUMBER, "gb"]


def test_number_inside_a_word() -> None:
    """A number written onto a word is split off, but the name of a model or of a way to sign in is not torn apart."""
    assert words("ios16.7.2") == ["ios", "16", "7", "2"]
    assert words("60gb") == ["60", "gb"]
    assert words("iphone 6s") == ["iphone", "6s"]
    assert words("2fa") == ["twofactor"]


def test_placeholders_say_nothing() -> None:
    """A phrase's placeholders leave no word behind."""
    assert phrase_words("{device} was not backed up in {n} weeks") == words("was not backed up in weeks")


def test_only_the_beginning_is_read() -> None:
    """What stands beyond Telegram's longest message is not read."""
    assert words("x" * LONGEST + " backup") == ["x" * LONGEST]
    assert words(" " * LONGEST + "backup") == []


@pytest.mark.parametrize("word", ["ss", "ed", "ing", "es", "s", "", "e", "is", "was", "yes"])
def test_stem_leaves_short_words(word: str) -> None:
    """A short word keeps its ending: nothing would be left of it."""
    assert stem(word) == word


TRICKY = (
    "back backed up ups backup wi fi wifi wlan i phone pad cloud os ios ipad e mail mails two 2 factor step fa 2fa 2sv log in what s whats "
    "app sign signed set time machine one drive air pods can't cannot dont its % 99% 16.7.2 6s 3rd ios16 iphone iphones # ^ $ passes tries "
    "stopping Anna’s “full” … – \u00ad \u200d 😭 ﬃ ß İ ǅ ﷺ ½ ² ٣ ４ ⅸ \u0301 备份 резервная"
).split(" ")

tricky = st.builds(
    lambda between, parts: between.join(parts), st.sampled_from(("", " ", "-")), st.lists(st.sampled_from(TRICKY), max_size=12)
)
messages = st.text() | tricky


@given(messages)
def test_any_text_is_read(text: str) -> None:
    """No text raises; every word is a plain one, and there are never many more words than characters."""
    plain = words(text)
    assert all(word and not word.isspace() and word == word.casefold() for word in plain)
    assert len(plain) <= 4 * len(text)
    listed = compared(plain)
    assert all(listed)
    assert len(listed) <= len(plain)


@given(messages)
def test_reading_the_words_again(text: str) -> None:
    """Plain words, read once more, compare as the same: phrases copied out of an explanation mean the same again."""
    once = words(text)
    assert compared(words(" ".join(once))) == compared(once)


@given(messages)
def test_case_and_blanks_say_nothing(text: str) -> None:
    """Surrounding blanks never matter, and capitals of plain letters do not either."""
    assert words(f" \n{text[: LONGEST - 4]}\t ") == words(text[: LONGEST - 4])
    ascii_only = text.encode("ascii", "ignore").decode()
    assert words(ascii_only.upper()) == words(ascii_only.lower())


@given(st.text())
def test_token_of_any_word(word: str) -> None:
    """A single word is never lost or torn apart when it is compared."""
    assert isinstance(token(word), str)
    assert bool(token(word)) == bool(word)


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_split_as_all_text_is(text: str) -> None:
    """The short way through plain ASCII gives the words that the long way gives."""
    assert split(text) == split(f"{text} \u00e9")[:-1]


# --- other scripts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Резервную", "резервной"),
        ("sauvegardée", "SAUVEGARDER"),
        ("Łódź", "lodz"),
        ("ĐÃ SAO LƯU", "da sao luu"),
        ("YEDEKLEME yapılmıyor", "yedekleme yapilmiyor"),
        ("النَّسخ الأحتياطي", "النسخ الاحتياطي"),
        ("الحالة", "الحاله"),
        ("ｉＣｌｏｕｄ　バックアップ", "iCloudバックアップ"),
        ("１２３　備份", "5 備份"),
        ("בדיקה\u200f", "בדיקה"),
    ],
)
def test_same_in_other_scripts(one: str, other: str) -> None:
    """Accents, vowel signs, full width and plainer letters make no difference, nor do endings."""
    assert compared(words(one)) == compared(words(other)) != []


def test_signs_without_blanks() -> None:
    """Runs of Chinese, Japanese and Korean signs are read sign by sign; Latin words and numbers among them stay whole."""
    assert words("iCloud备份3周失败") == ["icloud", "备", "份", "3", "周", "失", "败"]
    assert words("백업이 안 돼요") == ["백", "업", "이", "안", "돼", "요"]
    assert words("バ") == ["バ"]
    assert words("サーバー") == words("サーバ") == ["サ", "バ"]


def test_vowels_inside_hindi_words() -> None:
    """A vowel sign does not part a word."""
    assert words("बैकअप नहीं हो रहा।") == ["बैकअप", "नहीं", "हो", "रहा"]
