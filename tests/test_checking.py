"""`python -m bot check`: every kind of mistake is found, where it stands, and nothing else is reported along with it."""

from __future__ import annotations

import ast
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import bot
from bot.cards import present, reply, tried
from bot.checking import check_content
from bot.content import load_guide
from bot.dialogue import TABLE, step
from bot.findings import Finding
from bot.markup import plain
from bot.matching import Matcher
from bot.model import (
    ENGLISH,
    Asked,
    Button,
    Decision,
    Disclosure,
    Entry,
    Event,
    Guide,
    Heard,
    Kind,
    Mark,
    Note,
    Outcome,
    Part,
    Pressed,
    Problem,
    Session,
    Showed,
    Stage,
    TimerFired,
)
from bot.originals import note
from bot.rendering import render
from bot.schemas.texts import TEXT_FILES
from bot.templates import LABELS, REPLIES
from bot.transports.presses import LONGEST, to_data
from bot.transports.web.messages import TEXTS
from bot.triggers import ACTS, BUTTONS
from tests.english_content import copy_whole, other_languages
from tests.sampling import sample
from tests.small_content import FILES, edit, line_with, write

FULL, SLOW, HOW = "intents/full.yaml", "intents/slow.yaml", "intents/how.yaml"
FACTS, FIXES = "intents/facts.yaml", "intents/fixes.yaml"
EN: Final = "responses/en/"
LONG: Final = "long " * 700


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path)


def found(folder: Path) -> list[Finding]:
    """What is wrong, but for the acts that the small content does without."""
    return [finding for finding in check_content(folder) if not finding.message.startswith("these acts have no file")]


def test_content_without_mistakes_has_no_findings(small: Path) -> None:
    """The small content, and so every test below, begins with nothing to complain about."""
    assert found(small) == []


HERE: Final = Path(__file__).parent
MISTAKES: Final[dict[str, Any]] = yaml.load((HERE / "mistakes.yaml").read_bytes(), Loader=yaml.CSafeLoader)
DOUBTS: Final[dict[str, Any]] = yaml.load((HERE / "doubts.yaml").read_bytes(), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_file_line_and_cure(small: Path, name: str) -> None:
    """Each mistake is an error at its own line, and nothing is an error that is not of its making."""
    mistake = MISTAKES[name]
    file = mistake["file"]
    edit(small, file, mistake.get("in place of", ""), mistake["put"])
    errors = [finding for finding in found(small) if not finding.warning]
    told = [finding for finding in errors if mistake["says"] in finding.message]
    assert told, "\n".join(map(str, errors))
    assert (told[0].file, told[0].line) == (file, line_with(small, file, mistake["line with"]))
    assert len(errors) == mistake.get("errors", 1), "\n".join(map(str, errors))


@pytest.mark.parametrize("name", DOUBTS)
def test_a_doubt_is_a_warning_and_does_not_fail(small: Path, name: str) -> None:
    """What a person should decide is a warning, with the figures that speak for it."""
    doubt = DOUBTS[name]
    file = doubt["file"]
    edit(small, file, doubt.get("in place of", ""), doubt["put"])
    (finding,) = found(small)
    assert doubt["says"] in finding.message
    assert finding.warning
    assert file.startswith(finding.file)
    assert finding.line == line_with(small, file, doubt["line with"])


def test_a_vague_error_may_share_words(small: Path) -> None:
    """Words of two errors are a contradiction, but where just one of them is vague: then the bot shall ask which is meant."""
    edit(small, SLOW, "  en:\n", "  en:\n    - one two three\n")
    assert ["stands in" in finding.message for finding in found(small)] == [True]
    edit(small, SLOW, "kind: error\n", "kind: error\nvague: true\n")
    assert found(small) == []
    edit(small, FULL, "kind: error\n", "kind: error\nvague: true\n")
    assert ["stands in" in finding.message for finding in found(small)] == [True]


def test_apple_support_before_what_costs_more_than_it_promises(small: Path) -> None:
    """A fix that costs more than its chance times the cost of Apple Support is a doubt, with its figures."""
    edit(small, "intents/fixes.yaml", "pay:\n  minutes: 3", "pay:\n  minutes: 200")
    (finding,) = found(small)
    assert finding.warning
    assert (finding.file, finding.line) == ("intents/full.yaml", line_with(small, "intents/full.yaml", "{fix: pay}"))
    assert "pay (sometimes, 200 min with its test" in finding.message
    assert "costs more than it promises" in finding.message
    assert "it cures in 33%" in finding.message


TOO_LONG: Final = {
    "card of look": (
        "fixes.yaml",
        "Open `Settings/look` on the {device}.\n  worked: It did.",
        f"{LONG[:900]}\n  worked: {LONG}",
        "look:",
    ),
    "answer of how": ("intents.yaml", "answer: It works by itself.", f"answer: {LONG}{LONG[:500]}", "how:"),
    "title and steps of pay": ("fixes.yaml", "steps:\n    - Open `Settings/pay`", f"steps:  # pay\n    - {LONG[:1200]}", "# pay"),
    "the path Settings": ("fixes.yaml", "`Settings/pay`", f"`Settings/{'x' * 250}`", "xxx"),
    "the label": ("buttons.yaml", "back: Press", f"back: {'x' * 29}", "back:"),
    'the label "pho': ("intents.yaml", "name: Photos", f"name: pho{'x' * 30}", "xxx"),
}


@pytest.mark.parametrize("what", TOO_LONG)
def test_what_is_too_long_for_telegram_is_found(small: Path, what: str) -> None:
    """A message, a caption, a copied path or a label that is too long is named with its length and what is allowed."""
    file, old, new, where = TOO_LONG[what]
    edit(small, EN + file, old, new)
    told = found(small)
    (finding,) = (one for one in told if what in one.message)
    assert {one.line for one in told} == {line_with(small, EN + file, where)}  # the link to a fix shows the same words
    assert finding.warning == ("label" in what)


OFF_SCREEN: Final = {
    "fixing card of pay": ("fixes.yaml", "warning: It costs.", "warning", "pay:"),
    "confirming card of wipe": ("fixes.yaml", "lost: All.", "lost", "wipe:"),
    "asking card of moving": ("questions.yaml", "ask: Are you moving?", "ask", "moving:"),
}
"""Card -> the file of its words, what is never folded of it, its field, and the line that begins its entry."""
COLUMNS: Final = "forty columns, which are a line on a row "
"""Fills a line of a phone's screen."""


@pytest.mark.parametrize("card", OFF_SCREEN)
def test_a_card_that_is_more_than_a_screen_is_found(small: Path, card: str) -> None:
    """A card that does not fit on a phone with all folded is named with its lines and the room that is left; with a line less it fits."""
    file, old, field, where = OFF_SCREEN[card]
    edit(small, EN + file, old, f"{field}: {COLUMNS * 40}")
    finding, taken, room = _off_screen(small)
    assert (finding.file, finding.line) == (EN + file, line_with(small, EN + file, where))
    assert finding.message == (
        f"the {card} takes {taken} lines of a phone's screen, and its buttons leave {room}, even with all folded that can be: "
        "shorten it, and first its title, its warning and its first step"
    )
    assert not finding.warning
    fitting = 40 - taken + room
    edit(small, EN + file, COLUMNS * 40, COLUMNS * (fitting + 1))
    assert _off_screen(small)[1:] == (room + 1, room)
    edit(small, EN + file, COLUMNS * (fitting + 1), COLUMNS * fitting)
    assert found(small) == []


def _off_screen(folder: Path) -> tuple[Finding, int, int]:
    """The only finding, with the two figures in it: the lines that a card takes, and those that are left to it."""
    (finding,) = found(folder)
    taken, room = map(int, re.findall(r"\d+", finding.message))
    return finding, taken, room


def test_a_button_whose_data_is_too_long_is_found(small: Path) -> None:
    """A card of many fixes has buttons that name them all, and there is a limit to that."""
    edit(small, FULL, "{fix: [wifi, restart], likely: often}", "{fix: [wifi, restart, try, wipe, pay, wifi, restart, wifi, restart, try]}")
    told = [finding for finding in found(small) if "callback data" in finding.message]
    assert [(finding.file, finding.line) for finding in told] == [(FULL, line_with(small, FULL, "wifi, restart"))] * 2


@pytest.mark.parametrize(("size", "fits"), [(4096, True), (4097, False)])
def test_a_message_may_be_as_long_as_telegram_allows(small: Path, size: int, fits: bool) -> None:
    """A card with the longest note above it may have 4,096 characters, and not one more."""
    edit(small, EN + "intents.yaml", "answer: It works by itself.", f"answer: {'x' * 3000}")
    edit(small, EN + "fixes.yaml", "worked: It did.", f"worked: {'y' * 500}")
    whole = next(int(word) for finding in _too_long(small, 700) for word in finding.message.split() if word.isdigit())
    edit(small, EN + "intents.yaml", "x" * 3700, "x" * (3700 - whole + size))
    assert bool(found(small)) is not fits


def _too_long(folder: Path, more: int) -> list[Finding]:
    edit(folder, EN + "intents.yaml", "x" * 3000, "x" * (3000 + more))
    return found(folder)


def test_a_phrase_may_be_like_its_own(small: Path) -> None:
    """A phrase is not called misplaced where one of its own intent is just as near."""
    edit(small, FULL, "  en:\n", "  en:\n    - the golden fleece of colt colchis\n    - the golden fleece of bolt colchis\n")
    edit(small, HOW, "  en:\n", "  en:\n    - the golden fleece of gold colchis\n")
    assert found(small) == []


def test_a_screen_that_reads_as_a_report_is_found(small: Path) -> None:
    """Words that say a fix was done must not stand in what iOS itself shows: pasting it would skip the fix."""
    edit(small, "intents/cues.yaml", "", "en:\n  did: [already]\n")
    edit(small, FIXES, "restart:\n", "restart:\n  done: {en: [box was turned over]}\n")
    assert found(small) == []
    edit(small, FULL, "phrases:\n", "screens:\n  en:\n    - The box was turned over.\nphrases:\n")
    (finding,) = found(small)
    assert (finding.file, finding.line) == (FULL, line_with(small, FULL, "turned over"))
    assert finding.message == 'by its words for "done" this text says that restart was done: make them more telling'


def test_buttons_that_no_picture_shows_are_found(small: Path) -> None:
    """The fact by which a picture of buttons varies must have values that can be drawn; it is named where these stand."""
    edit(small, FIXES, "restart:\n", "restart:\n  picture: {buttons: room}\n")
    (finding,) = found(small)
    assert (finding.file, finding.line) == (FACTS, line_with(small, FACTS, "room:"))
    assert finding.message.startswith("no picture shows the buttons free, full; there are ")


# --- all at once ---------------------------------------------------------------------------------------------------------


def test_all_problems_are_reported_at_once(small: Path) -> None:
    """One broken file hides nothing in the others, and its own entries are not reported as missing."""
    edit(small, FIXES, "minutes: 5\n", "minutes: five\n")
    edit(small, FACTS, "lasting: true", "lasting: often")
    edit(small, SLOW, "then: full", "then: nowhere")
    edit(small, EN + "intents.yaml", "There is no room.", "No {nothing}.")
    edit(small, EN + "buttons.yaml", "back: Press\n", "back: [Press]\n")
    edit(small, HOW, "  en:\n", "  en:\n    - '!'\n")
    errors = [finding for finding in found(small) if not finding.warning]
    expected = {
        (FIXES, "try › minutes: a whole number without quotes was expected, not a text"),
        (FACTS, "device › lasting: true or false without quotes was expected, not a text"),
        (SLOW, 'there is no error "nowhere"'),
        (EN + "intents.yaml", "nothing fills the placeholder {nothing}; here there are device"),
        (EN + "buttons.yaml", "back: a text was expected, not a list"),
        (HOW, '"!" has no words that could be compared, so it is never found: delete it'),
    }
    assert {(finding.file, finding.message) for finding in errors} == expected


@pytest.mark.parametrize("file", sorted(file for file in FILES if file.startswith(EN) or file in (FACTS, FIXES)))
def test_a_missing_file_is_the_only_thing_that_is_missing(small: Path, file: str) -> None:
    """A file that is not there is reported once, and what it would hold is not reported entry by entry."""
    (small / file).unlink()
    assert [str(finding) for finding in found(small) if not finding.warning] == [f"{file}:1: the file is missing"]


JUNK: Final = ("", "- a", "a", "5", "a: b", "a: [b]", "{}", "null", "a:\n\t- b", "a: &x b\nc: *x", "\x00", "{", "a: !!set x")


@pytest.mark.sampled
@pytest.mark.parametrize("file", sorted(FILES))
def test_junk_is_reported_and_never_a_traceback(small: Path, file: str) -> None:
    """Whatever a file holds, there is a finding for it, at a line that it has."""
    for junk in sample(JUNK, 4):
        (small / file).write_text(junk, encoding="utf-8")
        findings = found(small)
        assert any(finding.file == file for finding in findings) or (findings and junk in ("{}", "a: b")), junk
        assert all(1 <= finding.line <= lines_of(small, finding.file) for finding in findings), junk


def lines_of(folder: Path, file: str) -> int:
    path = folder / file
    return path.read_bytes().count(b"\n") + 1 if path.is_file() else 1


SNIPPETS: Final = (
    *("\n", " ", "  ", "\t", ":", "- ", "[", "]", "{", "}", '"', "'", "*", "**", "`", "&a ", "*a", "!", "#", "|", ">"),
    *("yes", "5", "null", "by", "é", "\u200b", "otherwise", "{x}", "{device}"),
)


@pytest.mark.sampled
@pytest.mark.parametrize("seed", range(5))
def test_random_damage_is_reported_and_never_a_traceback(small: Path, seed: int) -> None:
    """Files with pieces cut out, doubled and sprinkled with signs of YAML are read to their end."""
    for number in sample(range(25), 3):
        chance = random.Random(f"{seed} {number}")
        file = chance.choice(sorted(FILES))
        whole = (small / file).read_text(encoding="utf-8")
        damaged = whole
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(damaged) + 1)
            end = min(len(damaged), start + chance.choice((0, 0, 1, 5, 40)))
            damaged = damaged[:start] + chance.choice((*SNIPPETS, damaged[start:end] * 2)) + damaged[end:]
        (small / file).write_text(damaged, encoding="utf-8")
        for finding in found(small):
            assert 1 <= finding.line <= lines_of(small, finding.file), finding
        (small / file).write_text(whole, encoding="utf-8")


# --- other languages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def german(small: Path) -> Path:
    """The small content with a second language that is complete."""
    shutil.copytree(small / "responses/en", small / "responses/de")
    note(load_guide(small), small, "de", {}, ())
    return small


def test_a_complete_second_language_has_no_findings(german: Path) -> None:
    """A language with everything that English has is as good as English."""
    assert found(german) == []


def test_a_text_missing_in_another_language_is_a_warning(german: Path) -> None:
    """What another language lacks is shown in English."""
    edit(german, "responses/de/replies.yaml", 'glad: "Said"\n', "")
    edit(german, "responses/de/intents.yaml", "  means: There is no room.\n", "")
    assert [str(finding) for finding in found(german)] == [
        "responses/de/intents.yaml:1: warning: full: means is missing: the whole message is shown in English",
        'responses/de/replies.yaml:1: warning: the reply "glad" has no entry in responses/de/replies.yaml: it is shown in English',
    ]


def test_a_language_may_begin_with_one_file(small: Path) -> None:
    """A folder with nothing but the language's own name in it can be shipped; only that name is needed."""
    edit(small, "responses/de/replies.yaml", "", "own-name: Deutsch\n")
    assert all(finding.warning for finding in found(small))
    edit(small, "responses/de/replies.yaml", "own-name: Deutsch\n", "glad: Schön.\n")
    assert [finding.message for finding in found(small) if not finding.warning] == [
        'the reply "own-name" has no entry in responses/de/replies.yaml: add the name of the language, in the language'
    ]


def test_a_language_has_words_of_its_own(german: Path) -> None:
    """A language may fill placeholders that English has not, such as one for each case; to any other language they are unknown."""
    edit(german, "responses/de/words.yaml", "", "of_device: des iPhones\n")
    edit(german, "responses/de/intents.yaml", "There is no room.", "Kein Platz auf Seiten {of_device}.")
    assert [finding.message for finding in found(german) if not finding.warning] == []
    edit(german, EN + "intents.yaml", "There is no room.", "No room {of_device}.")
    assert [finding.file for finding in found(german) if "{of_device}" in finding.message] == [EN + "intents.yaml"]


def test_a_warning_that_a_translation_leaves_out_is_an_error(german: Path) -> None:
    """What would be left out in silence, such as what is lost, must be translated."""
    edit(german, "responses/de/fixes.yaml", "  lost: All.\n", "")
    edit(german, "responses/de/questions.yaml", "  notes:\n    full: Then that is it.\n", "")
    assert [finding.message for finding in found(german) if not finding.warning] == [
        "wipe: lost is missing, and would be left out without a word: add it",
        "room: notes › full is missing, and would be left out without a word: add it",
    ]


def test_a_translation_of_older_english_is_a_warning(german: Path) -> None:
    """When an English text changes, each language that has it translated is named, with what to do."""
    edit(german, EN + "intents.yaml", "There is no room.", "There is no room left.")
    assert [str(finding) for finding in found(german)] == [
        (
            "responses/de/originals.yaml:1: warning: the English changed since this was translated: intents/full. "
            "Look at them, then: python -m bot translated de"
        )
    ]


def test_a_plural_without_a_form_is_found(german: Path) -> None:
    """A text that varies by a number has every form that its language has."""
    edit(german, "responses/de/replies.yaml", 'when-minutes: "Said {count}"', "when-minutes: {by: count, other: 'Said {count}'}")
    (finding,) = found(german)
    assert (finding.file, finding.line) == ("responses/de/replies.yaml", line_with(german, "responses/de/replies.yaml", "when-minutes"))
    assert finding.message == "when-minutes: this language says numbers in the forms one, other, and one is missing"


def test_a_label_that_nobody_confirmed_is_a_warning(german: Path) -> None:
    """A word of the phone's screen that is not known in the language is named, unless the English one stands in brackets behind it."""
    edit(german, "responses/de/fixes.yaml", "Open `Settings/pay`", "Open **Geldbörse**")
    (finding,) = found(german)
    assert finding.warning
    assert (finding.file, finding.line) == ("responses/de/fixes.yaml", line_with(german, "responses/de/fixes.yaml", "Geldbörse"))
    assert '"Geldbörse" is no confirmed label of iOS in this language' in finding.message


# --- what the code says ---------------------------------------------------------------------------------------------------


def _templates() -> Iterator[str]:
    """The names of replies that stand in the code as plain words, put together from what `say`, `Part` and `text` are called with."""
    package = Path(bot.__file__).parent
    for path in (*package.glob("*.py"), *package.glob("transitions/*.py"), *package.glob("transports/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                arguments = (
                    node.args[:1]
                    if called in ("say", "answer_only", "Part")
                    else node.args[1:2]
                    if called == "text" and _is_replies(node)
                    else []
                )
                for argument in arguments:
                    yield from (part.value for part in ast.walk(argument) if isinstance(part, ast.Constant) and isinstance(part.value, str))


PROFILE = ("profile-", "command-")
"""How the replies begin that are the bot's profile on Telegram, and are said in no conversation."""


DRAWN = "picture-"
"""How those begin that stand in pictures; tests/test_pictures.py has them."""

ON_THE_PAGE = "web-"
"""How those begin that stand on the web page itself, all of them named in its list."""


def _is_replies(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == "replies"


def test_the_list_of_replies_has_all_that_the_code_names() -> None:
    """Every reply that the code names is in REPLIES, and REPLIES has none that the code does not name."""
    put_together = {"means", "answer", "ask", "noted", "step", "fix", "name", "title", "picture", "summary"}
    beginnings = ("noted-", "showed-", "outcome-", "disclosed-", *PROFILE, DRAWN, ON_THE_PAGE)
    named = set(_templates()) - put_together
    assert named - set(beginnings) <= REPLIES.keys()
    assert {name for name in REPLIES if not name.startswith(beginnings)} - named == {
        "lost",
        "kept",
        "leaflet",
    }  # named by what they stand for
    assert {name for name in REPLIES if name.startswith(ON_THE_PAGE)} <= set(TEXTS) <= REPLIES.keys()
    assert set(LABELS) == BUTTONS.keys() - {"take", "tell", "language", "remind", "zone"} | {"cannot-tell", "private", "go-on-here", "copy"}


OUTSIDE_THE_DIALOGUE: Final = {"not-yours", "too-many", "not-passed-on", "in-private"}
"""Said of presses, floods, copies and private lists by those who handle them."""

ON_THE_LEAFLET: Final = {"leaflet", "summary-tried", "summary-notes"}
"""What stands on the page for a shop; tests/test_leaflets.py has it."""


class Noted(dict[str, Entry]):
    """Replies that remember which of them were said."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        super().__init__(entries)
        self.said: set[str] = set()

    def __getitem__(self, key: str) -> Entry:
        self.said.add(key)
        return super().__getitem__(key)


KNOWN_VALUES = frozenset(
    "number more minutes done safety clock count errors fixes facts languages line waits goes_on timed at zone left".split()
)
"""What a part of a reply may carry besides its ids."""
MOST_TALKS = 600
SELDOM = 4
"""Replies that hardly any conversation comes to."""


def test_every_reply_is_said_in_some_conversation(guide: Guide, matcher: Matcher) -> None:
    """Random conversations say no reply that is not in the list, and nearly all that are: they go on until so many are said."""
    english = guide.responses["en"]
    replies = Noted(english.groups["replies"])
    listening = replace(guide, responses={"en": replace(english, groups={**english.groups, "replies": replies})})
    wanted = {
        reply for reply in REPLIES.keys() - OUTSIDE_THE_DIALOGUE - ON_THE_LEAFLET if not reply.startswith((*PROFILE, DRAWN, ON_THE_PAGE))
    }
    chance = random.Random(2)
    for talk in range(MOST_TALKS):
        if len(wanted - replies.said) < SELDOM:
            break
        _talk(listening, matcher, f"talk{talk}", chance)
    assert replies.said <= REPLIES.keys()
    assert len(wanted - replies.said) < SELDOM, wanted - replies.said


def _talk(guide: Guide, matcher: Matcher, name: str, chance: random.Random) -> None:
    """A random conversation of 60 events; all that it says is rendered."""
    session, now = Session(name), 1_750_000_000
    event: Event = Asked("start", chance.choice([*guide.intents]) if chance.random() < 0.8 else "")
    for _ in range(60):
        now += chance.choice((5, 60, 3600, 86_400, 86_400 * 20)) if chance.random() < 0.1 else 20
        turn = step(guide, session, event, now)
        for each in turn.replies:
            assert all(part.values.keys() <= KNOWN_VALUES for part in each.parts)
            render(guide, each)
        session = turn.session if chance.random() < 0.98 else replace(turn.session, stage=Stage.FIXING, subject="gone-from-the-guide")
        event = _next_event(chance, session, guide, matcher, [button for each in turn.replies for row in each.buttons for button in row])


def _next_event(chance: random.Random, session: Session, guide: Guide, matcher: Matcher, buttons: list[Button]) -> Event:
    """Mostly a press on a button of the last message; else anything."""
    some = [intent for intent in chance.sample(sorted(guide.intents), 4) if guide.intents[intent].kind is not Kind.ACT]
    # of one language, so that a phrase more in another does not lead the conversations elsewhere
    said = [phrase for phrase in guide.intents[chance.choice(sorted(guide.intents))].phrases if phrase.language == ENGLISH]
    pressed = [Pressed(session.id, session.turn - (chance.random() < 0.05), button.action, button.value) for button in buttons]
    events: list[tuple[Callable[[], Event], float]] = [
        (lambda: chance.choice(pressed), 60 if pressed else 0),
        (lambda: Heard(act=chance.choice(sorted(ACTS)), edited=chance.random() < 0.1), 15),
        (lambda: Heard(act="later", when=chance.choice(("30", "tonight", "tomorrow", "20:30", "~08:15", "+19:00", "+03:00"))), 3),
        (lambda: matcher.read(chance.choice(said).text), 10),
        (lambda: Heard(disclosed=chance.choice(sorted(Disclosure)), reported=tuple(chance.sample(sorted(guide.fixes), 2))), 2),
        (lambda: Heard(chance.choice(sorted(Decision)), tuple(some), message="1:1"), 3),
        (
            lambda: Showed(
                chance.choice(("photo", "unreadable", "unknown", "refused", "busy", "voice", "sticker", "empty", "edited", "film"))
            ),
            4,
        ),
        (lambda: Showed("read", matcher.read(chance.choice(said).text), "what was read"), 3),
        (lambda: TimerFired(session.id, session.reminder.turn if session.reminder else session.turn), 40 if session.reminder else 3),
        (
            lambda: Asked(
                chance.choice(("start", "help", "tried", "back", "restart", "language", "timezone", "privacy", "forget", "what"))
            ),
            3,
        ),
    ]
    [event] = chance.choices([event for event, _ in events], [weight for _, weight in events])
    return event()


# --- the shipped content -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What there is to say about English and some of the other languages."""
    return check_content(copy_whole(tmp_path_factory.mktemp("shipped"), sample(other_languages(), 5)))


@pytest.mark.sampled
def test_the_shipped_content_has_no_errors(shipped: list[Finding]) -> None:
    """What is shipped passes its own check."""
    assert [str(finding) for finding in shipped if not finding.warning] == []


@pytest.mark.sampled
def test_the_shipped_content_leaves_only_questions_of_order(shipped: list[Finding]) -> None:
    """What is left are judgements of likelihood over minutes, which a person has decided, and labels for a person to verify."""
    decided = ("per minute", "are unverified")
    assert [str(one) for one in shipped if one.warning and not any(mark in one.message for mark in decided)] == []


def test_the_longest_road_ends_in_messages_that_fit(guide: Guide) -> None:
    """With every error taken up and every fix put off twice, the summary and the list of what was tried still fit."""
    taken = [Note(Mark.TOOK, intent.id, "", 0) for intent in guide.intents.values() if intent.kind is Kind.ERROR]
    told = [Note(Mark.TOLD, fact.id, fact.values[0], 0) for fact in guide.facts.values()]
    done = [Note(Mark.TRIED, fix, Outcome.COULDNT.value, 0) for _ in range(2) for fix in guide.fixes]
    session = Session("x" * 8, 9, Stage.SUPPORT, problem=Problem(0, (*taken, *told, *done)))
    assert len(plain(render(guide, present(guide, session)).text)) <= 4096
    on_card = replace(session, stage=Stage.FIXING, subject="sign-out-in")
    assert len(plain(render(guide, present(guide, on_card, tried(guide, session))).text)) <= 4096
    at_the_end = TABLE["tried"][Stage.SUPPORT]
    assert at_the_end is not None


def test_every_shipped_button_fits_its_callback_data(guide: Guide) -> None:
    """Every button on the card of every fix and question fits, with the longest session id and turn."""
    for intent in guide.intents.values():
        for one in intent.steps:
            if one.fixes:
                session = Session(
                    "x" * 8, 9_999_999, Stage.FIXING, "+".join(one.fixes), problem=Problem(0, (Note(Mark.TOOK, intent.id, "", 0),))
                )
                for row in present(guide, session).buttons:
                    assert all(len(to_data(session.id, session.turn, button).encode()) <= LONGEST for button in row)


def test_texts_stand_in_the_files_that_are_named() -> None:
    """The files of a language are the six that the README names."""
    assert list(TEXT_FILES) == ["intents", "fixes", "questions", "replies", "buttons", "words"]


def test_a_reply_of_the_list_is_written_with_its_placeholders(guide: Guide) -> None:
    """A change of the error, as shown, names it; and a reminder counts its minutes."""
    message = render(guide, reply(Session("s"), Part("switched", "storage-full"), Part("will-ask", "", {"minutes": 30})))
    assert "iCloud storage is full" in message.text
    assert "in 30 minutes" in message.text
