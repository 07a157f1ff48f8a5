"""In which language people are understood, and in which they are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest
from babel import localedata

from bot.cldr import city, language_names, named_day, plural_form
from bot.dialogue import step
from bot.identifying import Identifier, closest, identifier_tables
from bot.matching import Matcher
from bot.model import ENGLISH, Asked, Decision, Guide, Heard, Intent, Kind, LanguageFrom, Phrase, Responses, Session

Spoken = tuple[str, LanguageFrom]
SPOKEN: Final = ("de", "en", "es", "pt-BR", "zh-Hans")
SAID: Final = {
    "en": "the backup is stuck and nothing is saved",
    "de": "das backup hängt und nichts wird gesichert",
    "es": "la copia está parada y no se guarda nada",
}


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("es-419", "es"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("fi", None),
        ("", None),
        ("d", None),
    ],
)
def test_closest(code: str, language: str | None) -> None:
    """A code leads to its language in whatever region or script it is spoken."""
    assert closest(code, SPOKEN) == language


def test_closest_chinese() -> None:
    """Taiwan and Hong Kong write in another script than the mainland."""
    both = ("zh-Hans", "zh-Hant")
    assert [closest(code, both) for code in ("zh", "zh-CN", "zh-TW", "zh-hk", "zh-Hant-TW")] == [
        *("zh-Hans", "zh-Hans", "zh-Hant", "zh-Hant"),
        "zh-Hant",
    ]


# --- identifying ---------------------------------------------------------------------------------------------------------


IDENTIFIER: Final = Identifier(identifier_tables({language: text.split() for language, text in SAID.items()}), ENGLISH)


@pytest.mark.parametrize(("text", "language"), [("das backup ist stuck und nichts", "de"), ("no se guarda", "es"), ("it is stuck", "en")])
def test_words_tell_the_language(text: str, language: str) -> None:
    """The language in whose phrases most of the words stand."""
    share, best = IDENTIFIER.likely(text.split())[0]
    assert best == language
    assert share > 0.9


@pytest.mark.parametrize(
    ("text", "language"), [("bakcup hängtt nihcts", "de"), ("cpoia paradda gurada", "es"), ("stukc noting svaed", "en")]
)
def test_mistyped_words_tell_the_language(text: str, language: str) -> None:
    """Words that no phrase has still look like their language, letter by letter."""
    assert IDENTIFIER.likely(text.split())[0][1] == language


def test_one_unknown_word_among_known_ones_tells_nothing() -> None:
    """A name in a sentence does not change its language."""
    assert IDENTIFIER.likely("the backup is stuck gesichert".split())[0][1] == "en"
    assert IDENTIFIER.likely("the backup is stuck xyz".split()) == IDENTIFIER.likely("the backup is stuck".split())


def test_unknown_words_tell_nothing() -> None:
    """Without a known word nothing is sure; the usual language comes first, or the one of the app."""
    assert IDENTIFIER.likely(["xyz"])[0][1] == "en"
    assert IDENTIFIER.likely(["xyz"], "de-CH")[0][1] == "de"
    assert IDENTIFIER.likely(["xyz"], "fi") == IDENTIFIER.likely(["xyz"])
    assert IDENTIFIER.likely([])[0][0] < 0.9


def test_the_app_decides_between_equals() -> None:
    """A word of two languages: the app's is meant."""
    assert IDENTIFIER.likely(["backup"], "de")[0][1] == "de"
    assert IDENTIFIER.likely(["backup"], "en")[0][1] == "en"
    assert IDENTIFIER.likely("the backup is stuck".split(), "de")[0][1] == "en"


# --- understanding -------------------------------------------------------------------------------------------------------


def guide_of(*intents: Intent, spoken: tuple[str, ...] = SPOKEN) -> Guide:
    return Guide({intent.id: intent for intent in intents}, {}, {}, {language: Responses(language, {}) for language in spoken})


STUCK: Final = Intent(
    "stuck",
    Kind.QUESTION,
    (
        *(Phrase(text, language) for language, text in SAID.items()),
        Phrase("Das letzte Backup konnte nicht abgeschlossen werden", "de", screen=True),
    ),
)
OTHER: Final = Intent(
    "other",
    Kind.QUESTION,
    (
        Phrase("what does storage cost", "en"),
        Phrase("was kostet der ganze speicher", "de"),
        Phrase("cuánto cuesta el almacenamiento", "es"),
    ),
)
MATCHER: Final = Matcher(guide_of(STUCK, OTHER))


@pytest.mark.parametrize("language", SAID)
def test_each_language_is_understood(language: str) -> None:
    """A message is matched against the phrases of its own language, which it names."""
    heard = MATCHER.read(SAID[language])
    assert (heard.decision, heard.intents, heard.language) == (Decision.MATCH, ("stuck",), language)
    assert heard.language_from is LanguageFrom.WORDS


def test_what_a_screen_showed() -> None:
    """IOS's own words are no words of the person's own."""
    assert MATCHER.read("Das letzte Backup konnte nicht abgeschlossen werden.").language_from is LanguageFrom.SCREEN


@pytest.mark.parametrize("text", ["backup", "no", "xyz abc def", ""])
def test_what_tells_no_language(text: str) -> None:
    """A word or two, or unknown ones, are not enough to change the language of a conversation."""
    assert MATCHER.read(text).language_from is LanguageFrom.NOTHING


# --- answering ----------------------------------------------------------------------------------------------------------


def told(session: Session, language: str, known: LanguageFrom) -> Session:
    """The session after a text in a language. In the shipped guide's rows, which need texts only when they are rendered."""
    return step(guide_of(STUCK), session, Heard(language=language, language_from=known), 0).session


@pytest.mark.parametrize(
    ("before", "heard", "after"),
    [
        (("", LanguageFrom.NOTHING), ("de", LanguageFrom.SCREEN), ("de", LanguageFrom.SCREEN)),
        (("en", LanguageFrom.APP), ("de", LanguageFrom.SCREEN), ("de", LanguageFrom.SCREEN)),
        (("es", LanguageFrom.WORDS), ("de", LanguageFrom.SCREEN), ("es", LanguageFrom.WORDS)),
        (("es", LanguageFrom.WORDS), ("de", LanguageFrom.WORDS), ("de", LanguageFrom.WORDS)),
        (("es", LanguageFrom.CHOICE), ("de", LanguageFrom.WORDS), ("es", LanguageFrom.CHOICE)),
        (("es", LanguageFrom.APP), ("de", LanguageFrom.NOTHING), ("es", LanguageFrom.APP)),
        (("es", LanguageFrom.APP), ("fi", LanguageFrom.WORDS), ("es", LanguageFrom.APP)),
        (("es", LanguageFrom.APP), ("pt", LanguageFrom.WORDS), ("pt-BR", LanguageFrom.WORDS)),
    ],
)
def test_which_language_is_spoken(
    before: tuple[str, LanguageFrom], heard: tuple[str, LanguageFrom], after: tuple[str, LanguageFrom]
) -> None:
    """Their own words outrank what a screen showed, that outranks the app's language, and nothing outranks what they chose."""
    session = told(Session("abc", language=before[0], language_from=before[1]), *heard)
    assert (session.language, session.language_from) == after


@pytest.mark.parametrize(("argument", "language"), [("de", "de"), ("pt", "pt-BR"), ("ES", "es"), ("klingon", "en")])
def test_language_command(argument: str, language: str) -> None:
    """/language with a code changes it for good; with anything else it lists what there is."""
    session = Session("abc", language="en", language_from=LanguageFrom.WORDS)
    after = step(guide_of(STUCK), session, Asked("language", argument), 0).session
    assert after.language == language
    assert after.language_from is (LanguageFrom.CHOICE if language != "en" else LanguageFrom.WORDS)
    assert replace(after, language="en", language_from=session.language_from, turn=0, seen=0) == session


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["other", "one", "other", "other"]),
        ("ru", ["many", "one", "few", "one"]),
        ("pl", ["many", "one", "few", "many"]),
        ("ja", ["other", "other", "other", "other"]),
        ("fr", ["one", "one", "other", "other"]),
        ("pt-BR", ["one", "one", "other", "other"]),
        ("zh-Hans", ["other", "other", "other", "other"]),
    ],
)
def test_plural_forms(language: str, forms: list[str]) -> None:
    """Of 0, 1, 2 and 21, by the rules of Unicode."""
    assert [plural_form(language, number) for number in (0, 1, 2, 21)] == forms


def test_nothing_of_babel_is_kept() -> None:
    """Of a language that is met Babel's data is let go: it would keep a megabyte or two of each."""
    assert plural_form("uk", 3) == "few"
    assert city("de", "Europe/Zurich") == "Zürich"
    assert named_day("fr", date(2026, 11, 22), "MMMd") == "22 nov."
    assert language_names()["zh_Hans"] == "Simplified Chinese"
    assert localedata._cache == {}  # noqa: SLF001 - Babel has no public way to it
