"""What a text tells of the phone and its owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts import FactReader
from bot.matching import Matcher
from bot.model import Fact, Guide
from bot.normalising import words

ROOM = Fact(
    "room",
    ("full", "room"),
    said={"room": {"en": ("enough room",)}, "full": {"en": ("room is full",)}},
    answered={"full": {"en": ("full", "yes")}, "room": {"en": ("plenty", "no")}},
)
PHONE = Fact(
    "phone", ("old", "new"), said={"old": {"en": ("iphone 7",), "de": ("iphone sieben",)}, "new": {"en": ("iphone 7 plus", "iphone x")}}
)
SMALL = FactReader({"room": ROOM, "phone": PHONE})


@pytest.fixture(scope="module")
def reader(guide: Guide) -> FactReader:
    return FactReader(guide.facts)


@pytest.fixture(scope="module")
def readers(guide: Guide) -> Mapping[str, FactReader]:
    """One for each language that tells facts in its own words."""
    told = [texts for fact in guide.facts.values() for texts in (*fact.said.values(), *fact.answered.values())]
    languages = {language for texts in told for language in texts}
    english = FactReader(guide.facts)
    return {language: english if language == "en" else FactReader(guide.facts, (), language, others=english) for language in languages}


# --- what any message may tell ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("iphone 8, ios 16.7", {"device": "iphone", "ios": "16", "restart_buttons": "volume-keys", "newest_ios": "16"}),
        ("my iPhone 7 Plus on iOS 15", {"device": "iphone", "ios": "15", "restart_buttons": "volume-down", "newest_ios": "15"}),
        ("it is an iPhone eleven", {"device": "iphone", "restart_buttons": "volume-keys"}),  # as it is dictated
        ("my iphone seven plus", {"device": "iphone", "restart_buttons": "volume-down", "newest_ios": "15"}),
        ("an iphone six", {"device": "iphone", "restart_buttons": "home", "newest_ios": "12"}),
        ("an iphone six s", {"device": "iphone", "restart_buttons": "home", "newest_ios": "15"}),
        ("IPHONE6S", {"device": "iphone", "restart_buttons": "home", "newest_ios": "15"}),
        ("iPhone SE (2nd generation)", {"device": "iphone", "restart_buttons": "volume-keys"}),
        ("iPhone SE 1", {"device": "iphone", "restart_buttons": "home", "newest_ios": "15"}),
        ("backup fails on ipad with home button, ipados 17.1", {"device": "ipad", "ios": "17", "restart_buttons": "home"}),
        ("i-pad", {"device": "ipad"}),
        ("iOS18.3.1", {"ios": "18"}),
        ("iCloud is full", {"full_storage": "icloud"}),
        ("no space on my phone", {"full_storage": "phone"}),
        ("there is not enough iCloud storage available", {"full_storage": "icloud"}),
        ("You do not have enough space in iCloud", {"full_storage": "icloud"}),
        ("i do not own a computer", {"computer": "none"}),
        ("i don’t have a computer", {"computer": "none"}),
        ("storage full", {}),
        ("it is full", {}),
        ("", {}),
    ],
)
def test_said(reader: FactReader, text: str, told: dict[str, str]) -> None:
    """Model, version and the like are read out of any message, and nothing is read into it."""
    assert reader.said(words(text)) == told


@pytest.mark.parametrize(
    "text",
    [
        "not enough icloud storage",
        "there is not enough iCloud storage available",
        "I haven't enough icloud storage",
        "no enough space in icloud",
        "without enough icloud storage",
    ],
)
def test_denied(reader: FactReader, text: str) -> None:
    """Words that are denied tell nothing: too little room is not room."""
    assert "icloud_room" not in reader.said(words(text))


@pytest.mark.parametrize("text", ["not enough icloud storage", "there isnt enough icloud storage", "no plenty of icloud storage"])
def test_denied_answer(reader: FactReader, text: str) -> None:
    """Asked whether iCloud has room, "not enough" is never taken for a yes."""
    assert reader.answers(words(text)).get("icloud_room") != "room"


def test_the_longest_words_count() -> None:
    """A longer name is not mistaken for the shorter one inside it."""
    assert SMALL.said(words("an iPhone 7 plus of mine")) == {"phone": "new"}
    assert SMALL.said(words("an iPhone 7")) == {"phone": "old"}


def test_languages() -> None:
    """Only words of the languages asked for tell something; where one means two things, the first language's counts."""
    answers = Fact("full", ("yes", "no"), answered={"yes": {"pl": ("no",)}, "no": {"en": ("no",)}})
    facts = {"phone": PHONE, "full": answers}
    english = FactReader(facts)
    german, polish = (FactReader(facts, (), language, others=english) for language in ("de", "pl"))
    assert german.said(words("mein iphone sieben")) == {"phone": "old"}
    assert german.said(words("iphone 7")) == {"phone": "old"}
    assert english.said(words("mein iphone sieben")) == {}
    assert (english.answers(["no"]), polish.answers(["no"])) == ({"full": "no"}, {"full": "yes"})


def test_contradiction() -> None:
    """Two phones in one message: neither is taken for granted."""
    assert SMALL.said(words("my iphone 7 and her iphone x")) == {}
    assert SMALL.said(words("my iphone 7, yes, an iphone 7")) == {"phone": "old"}


def test_denial_is_near() -> None:
    """A denial counts only right before the words: one in another half of the sentence does not."""
    assert SMALL.said(words("enough room")) == {"room": "room"}
    assert SMALL.said(words("there is not really enough room")) == {}
    assert SMALL.said(words("it does not back up although there is enough room")) == {"room": "room"}


def test_facts_of_both_devices(reader: FactReader) -> None:
    """Someone with an iPhone and an iPad has not said which of them it is about."""
    assert "device" not in reader.said(words("my ipad backs up, my iphone does not"))


def _with_number(text: str) -> str:
    """A text as somebody types it: with some number for `{n}`."""
    return text.replace("{n}", "5")


def test_a_number_stands_for_any() -> None:
    """`{n}` in the words of a fact is any number; a text that names its number goes before it, also as an answer."""
    reader = FactReader({"since": Fact("since", ("hours", "days"), {"hours": {"en": ("{n} hours",)}, "days": {"en": ("24 hours",)}})})
    assert reader.said(words("stuck for 5 hours")) == {"since": "hours"}
    assert reader.said(words("stuck for 24 hours")) == {"since": "days"}
    assert reader.answers(words("about 7 hours")) == {"since": "hours"}
    assert reader.answers(words("hours")) == {}


def test_facts_of_other_intents() -> None:
    """A fact that is about some intents is told only by messages about one of them."""
    reader = FactReader({"since": Fact("since", ("days",), about=("stalled",)), "model": Fact("model", ("8",))})
    assert reader.of_others(("stalled", "too-large")) == frozenset()
    assert reader.of_others(("storage-full",)) == {"since"}
    assert reader.of_others(()) == {"since"}


def test_every_said_text_tells_its_value(guide: Guide, readers: Mapping[str, FactReader]) -> None:
    """Each text under `said` in facts.yaml, alone in a message, tells just its value."""
    wrong = [
        f"{fact.id}: {text!r} should tell {value}, tells {told.get(fact.id)}"
        for fact in guide.facts.values()
        for value, by_language in fact.said.items()
        for language, texts in by_language.items()
        for text in texts
        if (told := readers[language].said(words(_with_number(text)))).get(fact.id) != value
    ]
    assert wrong == []


# --- what a short text means as an answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("last week", "last_backup", "weeks"),
        ("I think it was last week", "last_backup", "weeks"),
        ("Yesterday!", "last_backup", "days"),
        ("yestreday", "last_backup", "days"),
        ("never", "last_backup", "never"),
        ("two months ago", "last_backup", "months"),
        ("iCloud", "full_storage", "icloud"),
        ("the phone itself", "full_storage", "phone"),
        ("8", "restart_buttons", "volume-keys"),
        ("iphone 7", "restart_buttons", "volume-down"),
        ("it’s 7", "restart_buttons", "volume-down"),
        ("yes", "trusted", "yes"),
        ("nope", "trusted", "no"),
        ("a mac", "computer", "mac"),
        ("I have a windows laptop", "computer", "pc"),
        ("no computer", "computer", "none"),
        ("not full", "icloud_room", "room"),
        ("almost full", "icloud_room", "full"),
    ],
)
def test_answers(reader: FactReader, text: str, fact: str, value: str) -> None:
    """A short text answers a question, with fillers around it or a typing error in it."""
    assert reader.answers(words(text)).get(fact) == value


@pytest.mark.parametrize(
    ("language", "text", "fact", "value"),
    [
        ("ja", "たぶん2週間前くらいです", "last_backup", "weeks"),
        ("ja", "昨日の夜です", "last_backup", "days"),
        ("ja", "去年の12月", "last_backup", "months"),
        ("ja", "ほぼ満タンです", "icloud_room", "full"),
        ("ja", "機種変更しません", "moving", "no"),
        ("tr", "yaklaşık 2 hafta önce", "last_backup", "weeks"),
        ("tr", "6 ay önce falan", "last_backup", "months"),
        ("tr", "14 Aralık", "last_backup", "months"),
        ("tr", "15 Mart", "last_backup", "days"),
        ("tr", "sanırım sığar", "fits", "yes"),
        ("ko", "2주 전쯤인 것 같아요", "last_backup", "weeks"),
        ("ko", "3월 14일", "last_backup", "days"),
        ("ko", "다 초록색이에요", "apple_status", "green"),
        ("zh-Hans", "大概5个月前吧", "last_backup", "months"),
        ("zh-Hans", "2025年3月14号", "last_backup", "months"),
        ("zh-Hans", "应该放得下吧", "fits", "yes"),
        ("zh-Hans", "不换手机", "moving", "no"),
    ],
)
def test_answers_of_other_languages(matcher: Matcher, language: str, text: str, fact: str, value: str) -> None:
    """Each language has its own words that say nothing around an answer, its own units of time, and its own dates."""
    heard = matcher.read(text, hint=language, today=date(2026, 3, 20))
    assert {**heard.facts, **heard.answers}.get(fact) == value


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "iPhone 13 Pro Max, iOS 17.4.1"),
        ("en", "sorry, my phone is an iPhone 12 mini with iOS 17"),
        ("de", "ich habe ein iPhone 13 mit iOS 17"),
        ("fr", "j'ai un iPhone 13 sous iOS 17"),
        ("es", "tengo un iPhone 13 con iOS 17"),
        ("it", "ho un iPhone 13 e iOS 17"),
        ("pt-BR", "tenho um iPhone 13 com iOS 17"),
        ("nl", "ik heb een iPhone 13 met iOS 17"),
        ("pl", "mam iPhone 13 i iOS 17"),
        ("ru", "у меня айфон 13 и iOS 17"),
        ("uk", "у мене айфон 13 з iOS 17"),
        ("tr", "iPhone 13 kullanıyorum, sürümü iOS 17"),
        ("ja", "iPhone 13です。iOS 17を使っています"),
        ("ko", "아이폰 13이에요, iOS 17입니다"),
        ("zh-Hans", "我用的是iPhone 13，系统是iOS 17"),
    ],
)
def test_facts_told_alone(matcher: Matcher, language: str, text: str) -> None:
    """Who says what phone it is, and nothing besides, has answered each question about it."""
    heard = matcher.read(text, hint=language)
    assert {"device": "iphone", "ios": "17", "restart_buttons": "volume-keys"}.items() <= heard.facts.items() <= heard.answers.items()


@pytest.mark.parametrize("text", ["my iPhone 13 is full", "iPhone 13 backup", "iPhone 13 not working"])
def test_facts_beside_something_else(matcher: Matcher, text: str) -> None:
    """What says more than which phone it is answers no question about that."""
    heard = matcher.read(text)
    assert "restart_buttons" in heard.facts.keys() - heard.answers.keys()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("9", "restart_buttons"),
        ("why do you ask", "trusted"),
        ("the last backup could not be completed", "last_backup"),
        ("", "trusted"),
        ("I went on with it for three weeks and last week I gave up on it for good, yes", "last_backup"),
    ],
)
def test_no_answer(reader: FactReader, text: str, fact: str) -> None:
    """Anything else, and anything long, is not taken for an answer."""
    assert fact not in reader.answers(words(text))


@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [
        ("2 недели назад", "weeks", None),
        ("где-то 3 месяца", "months", "ru"),
        ("12 июня 2025 г., 03:15", "days", "ru"),
        ("03.06 в 3:15", "weeks", "ru"),
        ("недели две назад", "weeks", "ru"),
        ("faz uns 2 meses", "months", None),
        ("2 de junho", "weeks", "pt-br"),
        ("hace 3 semanas", "weeks", "es"),
        ("3 тижні тому", "weeks", "uk"),
        ("2 miesiące temu", "months", "pl"),
        ("15 grudnia", "months", "pl"),
    ],
)
def test_ages_in_other_languages(matcher: Matcher, text: str, value: str, hint: str | None) -> None:
    """Asked for the last backup, people name a date or an age in their language; there the day comes before the month."""
    assert matcher.read(text, hint=hint, today=date(2025, 6, 15)).answers["last_backup"] == value


def test_a_date_of_two_readings_is_asked_again(matcher: Matcher) -> None:
    """Of an English 03/06 nobody knows which number is the month, and one of the two days is long ago; in Brazil it is a day in June."""
    assert "last_backup" not in matcher.read("03/06", today=date(2025, 6, 15)).answers
    assert matcher.read("03/06", hint="pt-br", today=date(2025, 6, 15)).answers["last_backup"] == "weeks"


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("no, it is bigger than that", "fits", "no"),
        ("да вся заполнена", "icloud_room", "full"),
        ("да, зеленый", "apple_status", "green"),
        ("sim tá ativado", "whatsapp_backup", "on"),
        ("não, vou ficar com ele mesmo", "moving", "no"),
    ],
)
def test_answers_with_more_behind_them(matcher: Matcher, text: str, fact: str, value: str) -> None:
    """A text that begins with its answer gives it, and what stands behind a yes or no may say more."""
    assert matcher.read(text).answers.get(fact) == value


def test_a_small_word_is_no_typo(matcher: Matcher) -> None:
    """Who has a laptop does not say, mistyped, that there is none: the answer is nearly the same, and means the opposite."""
    assert matcher.read("tenho um portátil").answers.get("computer") != "none"


def test_answers_without_blanks() -> None:
    """An answer in signs may be longer, and is never taken for another that differs in one sign: that one may be "no"."""
    room = Fact("room", ("full", "room"), answered={"room": {"zh-Hans": ("还有空间",), "ja": ("まだまだ余裕があります",)}})
    chinese, japanese = (FactReader({"room": room}, (), language) for language in ("zh-Hans", "ja"))
    assert chinese.answers(words("还有空间。")) == {"room": "room"}
    assert chinese.answers(words("没有空间")) == {}
    assert japanese.answers(words("まだまだ余裕があります")) == {"room": "room"}


def test_numbers_are_not_alike() -> None:
    """As an answer, one model number never passes for another."""
    models = Fact("model", ("a", "b"), answered={"a": {"en": ("8", "iphone 8 plus")}, "b": {"en": ("7", "iphone 7 plus")}})
    reader = FactReader({"model": models})
    assert reader.answers(words("8")) == {"model": "a"}
    assert reader.answers(words("7")) == {"model": "b"}
    assert reader.answers(words("6")) == {}
    assert reader.answers(words("iphone 9 plus")) == {}


def test_every_answer_is_understood(guide: Guide, readers: Mapping[str, FactReader]) -> None:
    """Each text under `said` and `answered` in facts.yaml, typed after its question, tells its value."""
    wrong = [
        f"{fact.id}: {text!r} should answer {value}, answers {told.get(fact.id)}"
        for fact in guide.facts.values()
        for texts_of in (fact.said, fact.answered)
        for value, by_language in texts_of.items()
        for language, texts in by_language.items()
        for text in texts
        for typed in (words(_with_number(text)),)
        if (told := {**readers[language].said(typed), **readers[language].answers(typed)}).get(fact.id) != value
    ]
    assert wrong == []


def test_every_button_label_is_an_answer(guide: Guide, matcher: Matcher) -> None:
    """Who types the words of a button instead of pressing it, is understood."""
    wrong = []
    for fact in guide.facts.values():
        for value in fact.values:
            label = guide.responses["en"].groups["questions"][fact.id][f"options/{value}"]
            assert isinstance(label, str)
            heard = matcher.read(label)
            told = heard.answers.get(fact.id) or heard.facts.get(fact.id)
            if told != value:
                wrong.append(f"{fact.id}: the label {label!r} should answer {value}, answers {told}")
    assert wrong == []


@given(st.text() | st.lists(st.sampled_from("not no iphone ipad 7 8 plus x ios 16 is enough room full yes , icloud".split())).map(" ".join))
def test_any_text(text: str) -> None:
    """Whatever is written, only facts and values that exist are told."""
    facts = {"room": ROOM, "phone": PHONE}
    plain = words(text)
    for told in (SMALL.said(plain), SMALL.answers(plain)):
        assert all(value in facts[fact].values for fact, value in told.items())
