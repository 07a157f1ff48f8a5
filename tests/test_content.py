"""Reading intents/ and responses/: what becomes of a good file, and what is said of a bad one."""

from __future__ import annotations

import re
import shutil
import tracemalloc
from pathlib import Path
from typing import Final

import pytest

from bot.checking import check_content
from bot.compiled import digest
from bot.content import content_dir, load_guide
from bot.findings import ContentError, Finding
from bot.model import ByFact, Guide, Kind, Likely, Phrase, Plural, Risk, Step
from bot.yaml_lines import LARGEST, Document, YamlProblem, raw_of
from tests.english_content import copy_whole
from tests.small_content import edit, line_with, write

ROOT: Final = Path(__file__).parent.parent
HELLO: Final = "intents/hello.yaml"
HEAD: Final = "id: hello\nkind: act\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path)


def problems(folder: Path) -> list[str]:
    """All that is said when the folder is loaded."""
    try:
        load_guide(folder)
    except ContentError as error:
        return [str(finding) for finding in error.findings]
    return []


# --- good files --------------------------------------------------------------------------------------------------------


def test_every_file_becomes_an_intent(guide: Guide) -> None:
    """The shipped guide has one intent for each file in intents/, under the file's name."""
    files = {path.stem for path in (content_dir() / "intents").glob("*.yaml")} - {"cues", "facts", "fixes", "standard-texts"}
    assert files == guide.intents.keys()
    assert all(key == intent.id for key, intent in guide.intents.items())


def test_an_intent_is_read_with_all_it_says(small: Path) -> None:
    """Steps, conditions, phrases and their facts arrive as the nouns of the model, in the file's order."""
    (small / HELLO).write_text(
        "id: hello\nkind: error\nmenu: 7\nvague: true\nsource: [E1]\nthen: full\n"
        "fixes:\n"
        "  - {fix: wifi, likely: often, source: [A1], cures: false}\n"
        "  - fix: [pay, wipe]\n"
        "  - {go: slow, only_if: {room: [free, full]}}\n"
        'screens: {en: ["Hello {n}"]}\n'
        "phrases:\n  de: [hallo]\n  en:\n    - yes\n    - {say: on my ipad, facts: {device: ipad}}\n",
        encoding="utf-8",
    )
    hello = load_guide(small).intents["hello"]
    assert (hello.kind, hello.menu, hello.vague, hello.source, hello.then) == (Kind.ERROR, 7, True, ("E1",), "full")
    assert hello.steps == (
        Step(("wifi",), likely=Likely.OFTEN, source=("A1",), cures=False),
        Step(("pay", "wipe")),
        Step(go="slow", only_if={"room": ("free", "full")}),
    )
    assert hello.phrases == (
        Phrase("Hello {n}", "en", screen=True),
        Phrase("hallo", "de"),
        Phrase("yes", "en"),
        Phrase("on my ipad", "en", facts={"device": "ipad"}),
    )


def test_fixes_and_facts_are_read_with_all_they_say(small: Path) -> None:
    """Properties that a file leaves out have the model's own defaults."""
    guide = load_guide(small)
    wipe, wifi, device = guide.fixes["wipe"], guide.fixes["wifi"], guide.facts["device"]
    assert (wipe.minutes, wipe.risk, wipe.confirm, wipe.only_if) == (5, Risk.DATA, True, {"moving": ("yes",)})
    assert (wifi.risk, wifi.confirm, wifi.cures, wifi.ends, wifi.wait, wifi.test) == (Risk.NONE, False, True, False, 0, "try")
    assert (device.values, device.lasting, device.said) == (("iphone", "ipad"), True, {"ipad": {"en": ("ipad",)}})


def test_texts_are_read_as_what_they_vary_by(small: Path) -> None:
    """A text is one text, a list, one per value of a fact, or one per plural form; maps within an entry become field/key."""
    edit(small, "responses/en/replies.yaml", 'when-minutes: "Said {count}"', 'when-minutes:\n  by: count\n  one: "One"\n  other: "{count}"')
    edit(small, "responses/en/fixes.yaml", "  why: It helps.", "  why:\n    by: device\n    ipad: On an iPad.\n    otherwise: It helps.")
    english = load_guide(small).responses["en"].groups
    assert english["replies"]["when-minutes"] == {"text": Plural("count", {"one": "One", "other": "{count}"})}
    assert english["fixes"]["look"]["why"] == ByFact("device", {"ipad": "On an iPad."}, "It helps.")
    assert english["fixes"]["look"]["steps"] == ("Open `Settings/look` on the {device}.",)
    assert english["questions"]["moving"]["options/yes"] == "I am"
    assert english["questions"]["room"]["notes/full"] == "Then that is it."


def test_steps_may_vary_by_a_fact(small: Path) -> None:
    """Lists, too, may depend on a fact."""
    steps = "steps:\n    by: device\n    ipad: [a, b]\n    otherwise: [c]"
    edit(small, "responses/en/fixes.yaml", "steps:\n    - Open `Settings/look` on the {device}.", steps)
    assert load_guide(small).responses["en"].groups["fixes"]["look"]["steps"] == ByFact("device", {"ipad": ("a", "b")}, ("c",))


def test_a_warning_does_not_keep_the_bot_from_starting(small: Path) -> None:
    """Stray files and a language with gaps are told by `check`, and are no reason not to run."""
    edit(small, "intents/notes.txt", "", "remember the milk")
    edit(small, "responses/de/replies.yaml", "", "own-name: Deutsch\n")
    assert load_guide(small).responses.keys() == {"de", "en"}


def test_hidden_files_and_readmes_are_nobodys_business(small: Path) -> None:
    """What editors and systems leave behind, and the READMEs, are passed over."""
    for file in (
        "intents/.hello.yaml.swp",
        "intents/README.md",
        "responses/README.md",
        "responses/.DS_Store",
        "responses/en/.x",
        "responses/__pycache__/x",
    ):
        edit(small, file, "", "x")
    assert [finding for finding in check_content(small) if "acts have no file" not in finding.message] == []


# --- bad files --------------------------------------------------------------------------------------------------------

ID_RULE: Final = "cannot be an id: small letters and digits, joined by - or _"
BAD_INTENTS: Final[dict[str, list[str]]] = {
    "": ["1: the file is empty: see README.md beside it for what belongs in it"],
    "# nothing but a comment\n": ["1: the file is empty: see README.md beside it for what belongs in it"],
    "- id: hello\n": ["1: the file: a map (lines such as `key: value`) was expected, not a list"],
    "hello\n": ["1: the file: a map (lines such as `key: value`) was expected, not a text"],
    "id: hello\n": ["1: kind: this field is missing"],
    "id: hello\nkind: akt\n": ['2: kind: "akt" is not one of error, question, act, elsewhere (did you mean act?)'],
    "id: hi\nkind: act\n": ['1: the id is "hi", but the file is called hello.yaml: give both the same name'],
    "id: Hello!\nkind: act\n": [f'1: id: "Hello!" {ID_RULE}'],
    "id: 5\nkind: act\n": ['1: id: put it in quotes, since it is a text here: "5"'],
    "id:\nkind: act\n": ["1: id: this is empty: write a text, or delete the line"],
    "id: [hello]\nkind: act\n": ["1: id: a text was expected, not a list"],
    HEAD + "kind: act\n": ['3: "kind" stands twice (first in line 2): join them, or delete one'],
    HEAD + "phrase: {en: [a]}\n": ["3: phrase: there is no such field here (did you mean phrases?)"],
    HEAD + "phrases: [a]\n": ["3: phrases: a map (lines such as `key: value`) was expected, not a list"],
    HEAD + "phrases:\n  en: hello\n": ['4: phrases › en: a list (lines that begin with "- ", or [a, b]) was expected, not a text'],
    HEAD + "phrases:\n  english: [a]\n": ['4: phrases › english: "english" is not the code of a language, such as en, de or pt-BR'],
    HEAD + "phrases:\n  en:\n    - yes\n    - 5\n    - true\n    -\n    - [a]\n    - ''\n": [
        '6: phrases › en › number 2: put it in quotes, since it is a text here: "5"',
        '7: phrases › en › number 3: put it in quotes, since it is a text here: "true"',
        "8: phrases › en › number 4: this is empty: write a text, or delete the line",
        "9: phrases › en › number 5: a text was expected, not a list",
        "10: phrases › en › number 6: this is empty: fill it in, or delete it",
    ],
    HEAD + "phrases:\n  en:\n    - {say: a}\n    - say: b\n      facts: {device: ipod}\n      fact: c\n": [
        "5: phrases › en › number 1 › facts: this field is missing",
        "8: phrases › en › number 2 › fact: there is no such field here (did you mean facts?)",
    ],
    HEAD + "phrases:\n  en:\n    - a\n    - {say: b, facts: {device: ipod, devise: ipad}}\n": [
        '6: the fact "device" has no value "ipod" (did you mean ipad?); its values: iphone, ipad',
        '6: there is no fact "devise" (did you mean device?)',
    ],
    HEAD + "menu: '1'\nvague: yes\n": [
        "3: menu: a whole number without quotes was expected, not a text",
        "4: vague: true or false without quotes was expected, not a text",
    ],
    HEAD + "menu: 0\n": ["3: menu: input should be greater than or equal to 1"],
    HEAD
    + "fixes:\n  - wifi\n  - {fix: [wifi, 3]}\n  - {go: slow}\n  - {fix: pay, go: slow, only_if: {room: [full]}}\n  - {likely: often}\n": [
        "4: fixes › number 1: a map (lines such as `key: value`) was expected, not a text",
        '5: fixes › number 2 › fix › number 2: put it in quotes, since it is a text here: "3"',
        "6: fixes › number 3: a step with `go` needs `only_if`; without a condition use `then` at the end",
        "7: fixes › number 4: a step has either `fix` or `go`, and not both",
        "8: fixes › number 5: a step has either `fix` or `go`, and not both",
    ],
    HEAD + "fixes:\n  - fix: wify\n    likely: offten\n    only_if:\n      room: full\n": [
        '5: fixes › number 1 › likely: "offten" is not one of often, sometimes, rarely (did you mean often?)',
        '7: fixes › number 1 › only_if › room: a list (lines that begin with "- ", or [a, b]) was expected, not a text',
    ],
    HEAD + "phrases:\n\ten: [a]\n": ["4: there is a tab here: indent with spaces"],
    HEAD + "phrases: &p {en: [a]}\nscreens: *p\n": [
        "3: anchors and aliases (&p) are not used here: write the value out, or put the text in quotes"
    ],
    HEAD + "phrases:\n  en:\n    - !!str a\n": [
        "5: tags (tag:yaml.org,2002:str) are not used here: leave it out, or put the text in quotes"
    ],
    HEAD + "phrases:\n  en:\n    - a: b: c\n": [
        '5: a colon with a space after it stands within this text: put the whole text in quotes ("...")'
    ],
    HEAD + "phrases:\n  en:\n    - **bold**\n": [
        '5: this is not YAML (did not find expected alphabetic or numeric character): put a text that begins with * in quotes ("...")'
    ],
    HEAD + "? [a]\n: b\n": ["3: a list or a map stands where a key is meant: put the key in quotes if it begins with [ or {"],
    HEAD + "source: 'E1\n": [
        (
            "3: this is not YAML (found unexpected end of stream): "
            "look at the quotes, the colons and the indentation here and in the line above"
        ),
    ],
}


@pytest.mark.parametrize("text", BAD_INTENTS)
def test_a_bad_intent_file_is_explained(small: Path, text: str) -> None:
    """Every problem of a file is told at once: its line, its place in words, and what to do."""
    (small / HELLO).write_text(text, encoding="utf-8")
    assert problems(small) == [f"{HELLO}:{expected}" for expected in BAD_INTENTS[text]]


BAD_BYTES: Final = {
    b"id: hello\nkind: \xff\xfe\n": "2: this is not UTF-8 text: save the file with the encoding UTF-8",
    b"id: hello\nkind: act\n# \x07\n": "3: there is an invisible control character (U+0007) here: delete it",
    "id: hello\nkind: äct\n".encode("utf-16"): "1: this is not UTF-8 text: save the file with the encoding UTF-8",
    b"[" * 3000: "1: more than 50 lists and maps stand within each other here: look at the brackets and the indentation",
    b"- " * 200_000 + b"x": "1: more than 50 lists and maps stand within each other here",
    b"id: hello\nkind: " + b"{a: " * 60: "2: more than 50 lists and maps stand within each other here",
    b"[" * 40: "1: this is not YAML (did not find expected node content): put a text that begins with [ in quotes",
    b"- word\n" * (LARGEST // 6): "1: the file is larger than 2 MiB, which no content is: look whether it is the right one",
    b"id: hello\nkind: act\nid: hello\n": '3: "id" stands twice (first in line 1): join them, or delete one',
    b"id: !!python/object/apply:os.system [exit]\n": "1: tags (tag:yaml.org,2002:python/object/apply:os.system) are not used here",
}


@pytest.mark.parametrize("raw", BAD_BYTES, ids=range(len(BAD_BYTES)))
def test_a_file_that_is_no_text_is_explained(small: Path, raw: bytes) -> None:
    """Bytes that no editor should write are told like any other mistake."""
    (small / HELLO).write_bytes(raw)
    assert [problem.startswith(f"{HELLO}:{BAD_BYTES[raw]}") for problem in problems(small)] == [True], problems(small)


def test_a_file_far_too_large_takes_no_memory(small: Path) -> None:
    """A file of 100 MB, put there by mistake, is one line in the report, and is not held in memory for it, nor to see what changed."""
    with (small / HELLO).open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        assert digest(small) is not None
        raw = raw_of(small / HELLO)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert LARGEST < len(raw) < most < 3 * LARGEST
    [problem] = problems(small)
    assert problem.startswith(f"{HELLO}:1: the file is larger than 2 MiB")


def test_a_byte_order_mark_is_passed_over(small: Path) -> None:
    """Some editors on Windows put a mark before the text; it does no harm."""
    (small / HELLO).write_bytes(b"\xef\xbb\xbf" + (small / HELLO).read_bytes())
    assert problems(small) == []


def test_a_folder_in_the_place_of_a_file_is_explained(small: Path) -> None:
    """What cannot be read is named, with the system's own reason."""
    (small / "responses/en/words.yaml").unlink()
    (small / "responses/en/words.yaml").mkdir()
    assert problems(small) == ["responses/en/words.yaml:1: the file cannot be read: Is a directory"]


BAD_TEXTS: Final = {
    (
        "words.yaml",
        "otherwise: iPhone",
        "other: iPhone",
    ): "device: a text that varies by a fact needs `otherwise:`, for when the fact is not known",
    ("words.yaml", "by: device", "bye: device"): "device: a text that varies needs `by:` with the fact or the number that it depends on",
    ("words.yaml", "ipad: iPad", "ipad: [iPad]"): "device › ipad: a text was expected, not a list",
    ("replies.yaml", 'when-minutes: "Said {count}"', "when-minutes: {by: count, one: x}"): (
        "when-minutes: a text that varies by a number needs `other:`, for all numbers that have no form of their own"
    ),
    ("buttons.yaml", "back: Press", "back: [Press]"): "back: a text was expected, not a list",
    ("buttons.yaml", "back: Press", "back: no\nBack: x"): f'Back: "Back" {ID_RULE}',
    ("buttons.yaml", "back: Press", "back: 12"): 'back: put it in quotes, since it is a text here: "12"',
    ("fixes.yaml", "  title: Do look\n", ""): "look › title: this field is missing",
    ("fixes.yaml", "title: Do look", f"title: {'x' * 61}"): "look › title: too long: 61 characters, 60 are allowed",
    ("fixes.yaml", "title: Do look", "titel: Do look\n  title: x"): "look › titel: there is no such field here (did you mean title?)",
    (
        "fixes.yaml",
        "steps:\n    - Open",
        "steps: Open",
    ): 'look › steps: a list (lines that begin with "- ", or [a, b]) was expected, not a text',
    ("fixes.yaml", "steps:\n    - Open `Settings/look` on the {device}.", "steps: {by: device, ipad: x, otherwise: [y]}"): (
        'look › steps: a list was expected under "ipad": lines that begin with "- "'
    ),
    (
        "fixes.yaml",
        "steps:\n    - Open `Settings/look` on the {device}.",
        "steps: []",
    ): "look › steps: this is empty: fill it in, or delete it",
    ("questions.yaml", "options:\n    iphone: iPhone", "options:\n    iphone: {by: device, otherwise: x}"): (
        "device › options › iphone: a text was expected, not a map"
    ),
}


@pytest.mark.parametrize("change", BAD_TEXTS)
def test_a_bad_text_is_explained(small: Path, change: tuple[str, str, str]) -> None:
    """A text of the wrong shape is told where it stands, and as the one thing that is wrong."""
    file, old, new = change
    edit(small, f"responses/en/{file}", old, new)
    (problem,) = problems(small)
    where, _, message = problem.partition(": ")
    assert where.startswith(f"responses/en/{file}:")
    assert message == BAD_TEXTS[change]


BAD_FACTS: Final = {
    ("values: [iphone, ipad]", "values: [iphone, iphone]"): 'device › values: "iphone" stands twice',
    ("values: [iphone, ipad]", "values: []"): "device › values: this is empty: fill it in, or delete it",
    ("values: [iphone, ipad]", "values: [ipad, unknown]"): (
        'device › values › number 2: "unknown" has a meaning of its own in this format: choose another word'
    ),
    ("values: [iphone, ipad]", "values: [ipad, a:b]"): f'device › values › number 2: "a:b" {ID_RULE}',
    ("values: [iphone, ipad]", "values: [ipad, 16]"): 'device › values › number 2: put it in quotes, since it is a text here: "16"',
    ("ipad: {en: [ipad]}", "ipod: {en: [ipod]}"): 'the fact "device" has no value "ipod" (did you mean ipad?); its values: iphone, ipad',
    ("ipad: {en: [ipad]}", "ipad: [ipad]"): "device › said › ipad: a map (lines such as `key: value`) was expected, not a list",
}


@pytest.mark.parametrize("change", BAD_FACTS)
def test_a_bad_fact_is_explained(small: Path, change: tuple[str, str]) -> None:
    """Values of facts become part of buttons and of texts, so they must be plain and their own."""
    edit(small, "intents/facts.yaml", *change)
    assert [problem.split(": ", 1)[1] for problem in problems(small)] == [BAD_FACTS[change]]


def test_a_broken_entry_is_not_reported_as_missing(small: Path) -> None:
    """What refers to a fix or an intent that cannot be read is not called wrong as well."""
    edit(small, "intents/fixes.yaml", "minutes: 1\n  test: try", "minutes: soon\n  test: try")
    edit(small, "intents/full.yaml", "kind: error", "kind: terror")
    assert [problem.split(" › ")[-1] for problem in problems(small)] == [
        "minutes: a whole number without quotes was expected, not a text",
        'intents/full.yaml:2: kind: "terror" is not one of error, question, act, elsewhere (did you mean error?)',
    ]


def test_all_errors_are_raised_together(small: Path) -> None:
    """The exception lists every file's errors, sorted, and reads as one line each."""
    edit(small, "intents/slow.yaml", "then: full", "then: fool")
    edit(small, "intents/how.yaml", "then: slow", "then: slo")
    with pytest.raises(ContentError) as caught:
        load_guide(small)
    assert str(caught.value).splitlines() == [str(finding) for finding in caught.value.findings]
    assert [finding.file for finding in caught.value.findings] == ["intents/how.yaml", "intents/slow.yaml"]


@pytest.mark.parametrize("folder", ["intents", "responses", "responses/en"])
def test_a_missing_folder_is_told(small: Path, folder: str) -> None:
    """Without a whole folder there is still a message, and no traceback."""
    shutil.rmtree(small / folder)
    assert any(problem.startswith(f"{folder}:1: ") for problem in problems(small))


def test_the_content_is_found_or_its_cure_is_told(small: Path, tmp_path: Path) -> None:
    """The operator's own folder is taken if it is one; else the message says what to set."""
    assert content_dir(small) == small
    assert content_dir() == ROOT
    with pytest.raises(ContentError, match="set CONTENT_DIR to a folder that holds intents/ and responses/"):
        content_dir(tmp_path / "nowhere")


def test_a_finding_reads_like_a_compiler_message() -> None:
    """Editors that know the form of compiler messages jump to the place."""
    assert str(Finding("intents/a.yaml", 3, "no")) == "intents/a.yaml:3: no"
    assert str(Finding("intents/a.yaml", 3, "hm", warning=True)) == "intents/a.yaml:3: warning: hm"


# --- YAML and its lines -------------------------------------------------------------------------------------------------


def test_words_stay_words() -> None:
    """Only true, false, null and whole numbers are more than text; keys are always text."""
    text = (
        "a: yes\nb: on\nc: 2024-01-01\nd: 1_000\ne: 0x10\nf: 1.5\ng: 12:30\nh: true\ni: -7\nj: ~\nyes: k\n14: l\ntrue: m\nnull: n\n<<: o\n"
    )
    words = {"a": "yes", "b": "on", "c": "2024-01-01", "d": "1_000", "e": "0x10", "f": "1.5", "g": "12:30"}
    assert Document(text.encode()).value == {
        **words,
        "h": True,
        "i": -7,
        "j": None,
        "yes": "k",
        "14": "l",
        "true": "m",
        "null": "n",
        "<<": "o",
    }


LINES: Final[dict[tuple[str | int, ...], int]] = {
    (): 1,
    ("a",): 2,
    ("b",): 4,
    ("b", 0): 5,
    ("b", 1): 6,
    ("b", 1, "x"): 6,
    ("b", 1, "y"): 7,
    ("b", 2): 8,
    ("c",): 9,
    ("c", "14"): 10,
    ("c", "15", 1): 12,
    ("c", "15", 7): 11,
    ("c", "missing"): 9,
    ("missing", "x"): 1,
    ("a", "too", "deep"): 2,
    ("d",): 14,
}


@pytest.mark.parametrize("keys", LINES)
def test_the_line_of_a_value_is_found(keys: tuple[str | int, ...]) -> None:
    """A place is the line of its key or of its list's dash; what is not there has the line of the nearest thing that is."""
    text = "# comment\na: >-\n  folded\nb:\n  - one\n  - x: 1\n    y: 2\n  - three\nc:\n  14: z\n  15: [p,\n    q]\n\nd: end\n"
    assert Document(text.encode()).line_of(keys) == LINES[keys]


@pytest.mark.parametrize("text", ["a: what! a day", "a: R&D * 2", "a: '*b'", 'a: "&b !c"', "a: |\n  *b\n  !c &d"])
def test_signs_within_a_text_are_only_signs(text: str) -> None:
    """What merely looks like an anchor, an alias or a tag is text."""
    assert isinstance(Document(text.encode()).value["a"], str)


def test_a_billion_laughs_are_refused() -> None:
    """Aliases that would unfold into gigabytes are refused before anything is unfolded."""
    laughs = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True))
    with pytest.raises(YamlProblem, match="anchors and aliases"):
        Document(laughs.encode())


# --- the READMEs ------------------------------------------------------------------------------------------------------------

READMES: Final = ("intents/README.md", "responses/README.md")
_BLOCKS: Final = re.compile(r"^```yaml\n# (?P<how>added to )?(?P<file>\S+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
_QUOTED: Final = re.compile(r"^```text\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def with_example(tmp_path: Path) -> Path:
    """The shipped content in English, with the example of the two READMEs in it."""
    copy_whole(tmp_path, ())
    for readme in READMES:
        for block in _BLOCKS.finditer((ROOT / readme).read_text(encoding="utf-8")):
            path = tmp_path / block["file"]
            before = path.read_text(encoding="utf-8") + "\n" if block["how"] else ""
            path.write_text(before + block["text"], encoding="utf-8")
    return tmp_path


def test_the_example_of_the_readmes_is_right_in_every_word(with_example: Path) -> None:
    """Copied as it stands, the example makes content without errors, and adds no warning."""
    assert [str(finding) for finding in _news(with_example)] == []
    example = load_guide(with_example).intents["wrong-date"]
    assert [step.fixes or step.go for step in example.steps] == [
        ("last-date",),
        ("clock-look",),
        "poor-network",
        ("set-clock",),
        ("wifi", "power"),
    ]


HURRY: Final = [
    ("intents/wrong-date.yaml", "fix: clock-look", "fix: clock-lock"),
    ("intents/wrong-date.yaml", "only_if: {clock: [wrong]}", "only_if: {clock: [worng]}"),
    ("intents/wrong-date.yaml", "    - my clock shows the wrong year", "    - icloud storage is full"),
    ("intents/wrong-date.yaml", "menu: 9", "menu: 1"),
    ("responses/en/fixes.yaml", "  why: A wrong date makes", "  wy: A wrong date makes"),
    ("responses/en/questions.yaml", "No, something is wrong", "No, something there is certainly wrong"),
    ("responses/en/intents.yaml", "talks to a {device} whose", "talks to a {devise} whose"),
]


def _news(folder: Path) -> list[Finding]:
    """What check says, which has nothing against the shipped English; that the example's phrasebook lacks the rest goes without saying."""
    return [finding for finding in check_content(folder) if not finding.file.startswith("intents/phrases/")]


def test_the_readmes_quote_what_check_says(with_example: Path) -> None:
    """For an author in a hurry the messages are those that the READMEs show, word for word but for the line numbers."""
    for file, old, new in HURRY:
        edit(with_example, file, old, new)
    found = _news(with_example)
    for readme in READMES:
        quoted = _QUOTED.findall((ROOT / readme).read_text(encoding="utf-8"))[-1]
        said = [str(finding) for finding in found if finding.file.startswith(readme.split("/", maxsplit=1)[0])]
        assert _without_lines(quoted) == _without_lines("\n".join(said))


def _without_lines(text: str) -> list[str]:
    return re.sub(r"yaml:\d+", "yaml:0", text).strip().splitlines()


def test_the_schema_line_is_the_first_of_every_shipped_file_and_of_the_example() -> None:
    """Editors find the schema by the first line (tests/test_schemas.py holds that it is the right one)."""
    example = next(block for block in _BLOCKS.finditer((ROOT / "intents/README.md").read_text(encoding="utf-8")) if not block["how"])
    assert example["text"].startswith("# yaml-language-server: $schema=../docs/schemas/intent.json\n")


def test_line_numbers_fit_the_file(small: Path) -> None:
    """The line that is named is the one that holds the mistake, also far down and after edits above it."""
    edit(small, "responses/en/questions.yaml", "device:\n", "# a line\n\n# and another\ndevice:\n")
    edit(small, "responses/en/questions.yaml", '    "no": I am not', '    "no": [I am not]')
    expected = line_with(small, "responses/en/questions.yaml", "[I am not]")
    assert problems(small) == [f"responses/en/questions.yaml:{expected}: moving › options › no: a text was expected, not a list"]
