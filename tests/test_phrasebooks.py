"""Phrasebooks: what intents/phrases/<language>.yaml adds to the guide, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bot.checking import check_content
from bot.content import load_guide
from bot.findings import ContentError
from bot.model import Phrase
from tests.small_content import write

BOOK: Final = """\
intents:
  hello:
    screens: ["Hallo {n}"]
    phrases:
      - guten tag
      - {say: auf meinem ipad, facts: {device: ipad}}
facts:
  device:
    said: {ipad: [tablett]}
    answered: {iphone: [das telefon]}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (write(tmp_path) / "intents" / "phrases").mkdir()
    return tmp_path


def book(folder: Path, text: str, language: str = "de") -> None:
    (folder / "intents" / "phrases" / f"{language}.yaml").write_text(text, encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_guide(folder)
    return [str(finding) for finding in caught.value.findings]


def test_it_adds_phrases_and_words(small: Path) -> None:
    """Phrases come after the intent's own, with their language; the words of a fact stand beside the English ones."""
    before = load_guide(small)
    book(small, BOOK)
    guide = load_guide(small)
    assert guide.intents["hello"].phrases == (
        *before.intents["hello"].phrases,
        Phrase("Hallo {n}", "de", screen=True),
        Phrase("guten tag", "de"),
        Phrase("auf meinem ipad", "de", facts={"device": "ipad"}),
    )
    assert guide.facts["device"].said == {"ipad": {"en": ("ipad",), "de": ("tablett",)}}
    assert guide.facts["device"].answered == {"iphone": {"de": ("das telefon",)}}


def test_a_changed_phrasebook_is_read_anew(small: Path) -> None:
    """The compiled guide knows of the phrasebooks: another one is never overlooked."""
    book(small, BOOK)
    load_guide(small)
    book(small, BOOK.replace("guten tag", "servus"))
    assert "servus" in [phrase.text for phrase in load_guide(small).intents["hello"].phrases]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("  hello:\n", "  helo:\n", 'intents/phrases/de.yaml:2: there is no intent "helo" (did you mean hello?)'),
        ("  device:\n    said", "  devise:\n    said", 'intents/phrases/de.yaml:8: there is no fact "devise" (did you mean device?)'),
        ("{ipad: [tab", "{ipat: [tab", 'intents/phrases/de.yaml:9: the fact "device" has no value "ipat" (did you mean ipad?)'),
        ("device: ipad}", "device: ipat}", 'intents/phrases/de.yaml:6: the fact "device" has no value "ipat" (did you mean ipad?)'),
        ("screens:", "screen:", "intents/phrases/de.yaml:3: intents › hello › screen: there is no such field here (did you mean screens?)"),
        ("guten tag", "yes: 1", "intents/phrases/de.yaml:5: intents › hello › phrases › number 1 › say: this field is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(small: Path, before: str, after: str, said: str) -> None:
    """With its line, and how to mend it."""
    assert before in BOOK
    book(small, BOOK.replace(before, after))
    assert said in "\n".join(problems(small))


def test_words_in_two_places(small: Path) -> None:
    """English words of a fact stand in facts.yaml; a phrasebook cannot silently take their place."""
    book(small, BOOK, "en")
    assert problems(small) == [
        "intents/phrases/en.yaml:9: intents/facts.yaml has words for this in the same language: put them all in one place"
    ]


def test_checks_reach_into_phrasebooks(small: Path) -> None:
    """The same phrase under two intents, an unknown placeholder, a word that is none: each is found in the file where it stands."""
    book(small, BOOK.replace("guten tag", "guten {tag}").replace("tablett", ".."))
    book(small, "intents:\n  hello: {phrases: [bonjour a tous]}\n  photos: {phrases: [bonjour a tous]}\n", "fr")
    found = [str(finding) for finding in check_content(small)]
    assert [line for line in found if line.startswith("intents/phrases/") and "warning" not in line] == [
        "intents/phrases/de.yaml:5: {tag} is no placeholder of a phrase: here there are {account}, {device}, {n}, {percent}, {size}",
        'intents/phrases/de.yaml:9: ".." has no words that could be compared: delete it',
        (
            'intents/phrases/fr.yaml:3: "bonjour a tous" stands in intents/phrases/fr.yaml:2 as well ("bonjour a tous"): '
            "keep it where it belongs, delete the other"
        ),
    ]


def test_what_a_phrasebook_lacks(small: Path) -> None:
    """An error or a question without phrases is named once for each language: people of that language would not be understood."""
    book(small, BOOK)
    found = [str(finding) for finding in check_content(small)]
    assert "intents/phrases/de.yaml:1: warning: no phrases for full, how, slow: nobody who writes so is understood there" in found


def test_stray_files(small: Path) -> None:
    """Only files named after a language are phrasebooks."""
    book(small, BOOK, "german")
    (small / "intents" / "phrases" / "notes.txt").write_text("to do")
    found = [str(finding) for finding in check_content(small)]
    assert [line for line in found if "only files named after a language" in line] == [
        f"intents/phrases/{name}:1: warning: only files named after a language are read here, such as de.yaml or pt.yaml"
        for name in ("german.yaml", "notes.txt")
    ]
