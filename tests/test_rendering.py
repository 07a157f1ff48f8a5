"""Replies in words: what they say, in which language, and that no text can break an output."""

from __future__ import annotations

import html as html_escapes
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cards import summary
from bot.cldr import plural_form
from bot.hours import ZONES
from bot.markup import folded, html, marked, plain
from bot.model import (
    Button,
    ByFact,
    Entry,
    Fact,
    Fix,
    Guide,
    Intent,
    Kind,
    Mark,
    Note,
    Outcome,
    Part,
    Plural,
    Problem,
    Reply,
    Responses,
    Session,
    Stage,
    Value,
)
from bot.rendering import render
from bot.settings import Settings
from bot.wording import MissingText, placeholders

TAGS = {"b", "code", "pre", "blockquote"}
"""What Telegram's HTML gets from us, and the quotes that open with a tap."""


class _Telegram(HTMLParser):
    """Reads HTML as strictly as Telegram: known tags without attributes, properly nested; `code` and `pre` hold no other tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"<{tag}>"
        assert attrs == ([("expandable", None)] if tag == "blockquote" else [])
        assert tag != "blockquote" or not self.open, "a quote in something else"
        assert not {"code", "pre"} & set(self.open), f"<{tag}> inside <{self.open[-1]}>"
        self.open.append(tag)
        self.found.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open:
            tag, said = self.found[-1]
            self.found[-1] = (tag, said + data)

    def handle_comment(self, data: str) -> None:
        pytest.fail("a comment")

    def handle_decl(self, decl: str) -> None:
        pytest.fail("a declaration")

    def handle_pi(self, data: str) -> None:
        pytest.fail("a processing instruction")


def parsed(marked_up: str) -> _Telegram:
    """The HTML of a marked-up text, read as Telegram reads it."""
    parser = _Telegram()
    parser.feed(html(marked_up))
    parser.close()
    assert parser.open == [], "a tag stays open"
    return parser


# --- outputs -----------------------------------------------------------------------------------------------------------------


def test_html() -> None:
    """Bold words, paths and blocks become Telegram's tags; everything else is escaped."""
    assert html("**Tap** `Settings › Wi-Fi` & <wait>") == "<b>Tap</b> <code>Settings › Wi-Fi</code> &amp; &lt;wait&gt;"
    assert html("Copy:\n```\na < b\nc\n```\nDone") == "Copy:\n<pre>a &lt; b\nc</pre>\nDone"


@pytest.mark.parametrize(
    "text",
    [
        "<b>",
        "</b>",
        "a < b > c",
        "&amp;",
        "&lt;script&gt;",
        "<!-- x -->",
        "<a href='x'>y</a>",
        "** not bold",
        "`",
        "``",
        "5 * 3 ** 2",
        "```",
        "\x00<\x00b>",
    ],
)
def test_html_escapes(text: str) -> None:
    """Text that looks like a tag or a mark is shown as it stands."""
    assert parsed(text).text.replace("\x00", "") == text.replace("\x00", "")


marks = st.lists(
    st.sampled_from(
        ["**", "`", "```", "```\n", "\n```", "*(\n", "\n)*", "\n", "<b>", "</b>", "<code>", "&", "&lt;", "a", " b ", "›", '"', "'"]
    ),
    max_size=14,
).map("".join)


@given(st.text() | marks)
@example("**a `b** c`")
@example("`a **b` c**")
@example("*(\n**a\n)* b**")
@example("*(\n*(\na\n)*\n)*")
@example("```\n*(\na\n)*\n```")
@example("```\n**a**\n```")
@example("```\n`a`\n``` **b\n```\nc**\n```")
def test_any_text_is_safe_html(text: str) -> None:
    """No text can open a tag of its own, leave one open, or nest them wrongly: Telegram would refuse the message."""
    parsed(text)


@given(st.text(st.characters(exclude_characters="*`\x00\r", exclude_categories=["Cs"])))
def test_text_without_marks_stays(text: str) -> None:
    """Without marks in it, every output shows a text unchanged."""
    assert html_escapes.unescape(html(text)) == html_escapes.unescape(html_escapes.escape(text, quote=False)) == text
    assert plain(text) == text
    assert marked(text, str.upper, str.upper, str.upper, str.upper) == text


words = st.text(st.characters(categories=["L", "N"], include_characters=" <>&›"), min_size=1, max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["", "**", "`", "block"]), words), max_size=6))
def test_marked_up_text(pieces: list[tuple[str, str]]) -> None:
    """In well-formed markup plain text has no marks, and HTML says the same words, with the marked ones in tags."""
    text = " / ".join(f"```\n{said}\n```" if mark == "block" else f"{mark}{said}{mark}" for mark, said in pieces)
    bare = plain(text)
    assert "*" not in bare
    assert "`" not in bare
    shown = parsed(text)
    assert shown.text == bare
    assert shown.found == [({"**": "b", "`": "code", "block": "pre"}[mark], said) for mark, said in pieces if mark]


def test_marked() -> None:
    """An output with styles of its own gets bold words, paths and blocks handed, also a path in bold words, and sees no marks."""
    text = "**Tap `Wi-Fi`** `On`\n```\nx **y**\n```"
    assert marked(text, "<{}>".format, "[{}]".format, "|{}|".format, str) == "<Tap [Wi-Fi]> [On]\n|x **y**|"


def test_folds() -> None:
    """A fold becomes a quote that opens with a tap, with all that is marked in it; without marks only its words are left."""
    text = f"Do it\n\n{folded('**Why?** See `Settings` & <wait>')}"
    assert html(text) == "Do it\n\n<blockquote expandable><b>Why?</b> See <code>Settings</code> &amp; &lt;wait&gt;</blockquote>"
    assert plain(text) == "Do it\n\nWhy? See Settings & <wait>"


# --- a small guide of our own -------------------------------------------------------------------------------------------------

TEXTS: Mapping[str, Mapping[str, Entry]] = {
    "replies": {
        "hello": {"text": "Hello"},
        "left": {"text": Plural("count", {"one": "one thing in {device}", "other": "{count} things"})},
        "own-name": {"text": "English"},
        "about": {"text": "It is {problem}"},
        "half": {"text": "English half"},
    },
    "intents": {"full": {"name": "The cloud is full", "means": "No room."}},
    "buttons": {"yes": {"text": "Yes"}, "cannot-tell": {"text": "I can't tell"}},
    "questions": {"ios": {"ask": "Which iOS?", "options/16": "iOS 16", "notes/16": "An old one."}},
    "words": {"device": {"text": ByFact("device", {"ipad": "iPad"}, "iPhone")}},
    "fixes": {
        "wipe": {
            "title": "Wipe <it>",
            "why": "It helps.",
            "steps": ByFact("ios", {"16": ("Old way",)}, ("Tap **A**", "Tap `B`")),
            "worked": "ok",
        }
    },
}
FOREIGN: Mapping[str, Mapping[str, Entry]] = {
    "replies": {
        "hello": {"text": "Salu"},
        "own-name": {"text": "Elbisch"},
        "left": {"text": Plural("count", {"one": "an", "other": "{count} ana"})},
    },
    "buttons": {"yes": {"text": "Na"}},
    "words": {"device": {"text": "aifon"}},
}
GUIDE = Guide(
    intents={"full": Intent("full", Kind.ERROR)},
    fixes={"wipe": Fix("wipe", 5)},
    facts={"ios": Fact("ios", ("16",))},
    responses={"en": Responses("en", TEXTS), "xx": Responses("xx", FOREIGN)},
)


def told(
    *parts: Part,
    language: str = "",
    facts: Mapping[str, str] | None = None,
    buttons: tuple[tuple[Button, ...], ...] = (),
    guide: Guide = GUIDE,
) -> str:
    """The words of a reply, its button labels behind them in brackets."""
    message = render(guide, Reply(parts, buttons, language=language, facts=facts or {}))
    return message.text + "".join(f" [{key.label}]" for row in message.keys for key in row)


@pytest.mark.parametrize(("count", "form"), [(0, "other"), (1, "one"), (2, "other"), (11, "other"), (21, "other"), (101, "other")])
def test_plural_form(count: int, form: str) -> None:
    """English has one form for one and another for the rest."""
    assert plural_form("en", count) == form


def test_plural() -> None:
    """A text that depends on a number takes that number's form, and is filled in."""
    assert told(Part("left", "", {"count": 1})) == "one thing in iPhone"
    assert told(Part("left", "", {"count": 3})) == "3 things"


def test_by_fact() -> None:
    """Words that depend on a fact follow it; unknown, or with a value that has no text, they are the general ones."""
    part = Part("left", "", {"count": 1})
    assert told(part, facts={"device": "ipad"}) == "one thing in iPad"
    assert told(part, facts={"device": "unknown"}) == "one thing in iPhone"
    assert told(part, facts={"device": "toaster"}) == "one thing in iPhone"


def test_problem_is_named() -> None:
    """A reply about an error can name it."""
    assert told(Part("about", "full")) == "It is The cloud is full"


def test_placeholders() -> None:
    """The placeholders of a text are those in braces, and nothing else in braces."""
    assert placeholders("{a} and {b_c} but not {1} or { d }") == {"a", "b_c"}


def test_value_is_not_filled_again() -> None:
    """A value with braces in it is shown as it stands: only the guide's own texts have placeholders."""
    values: dict[str, Value] = {"count": 2, "problem": "{device}"}
    guide = Guide({}, {}, {}, {"en": Responses("en", {"replies": {"x": {"text": "{problem}"}}})})
    assert told(Part("x", "", values), guide=guide) == "{device}"


def test_another_language() -> None:
    """A complete reply is all in the person's language, buttons and words by fact as well."""
    assert told(Part("hello"), Part("left", "", {"count": 2}), language="xx", buttons=((Button("yes"),),)) == "Salu\n\n2 ana [Na]"


@pytest.mark.parametrize(
    "reply",
    [
        {"parts": (Part("hello"), Part("half"))},
        {"parts": (Part("hello"),), "buttons": ((Button("take", "full"),),)},
        {"parts": (Part("hello"), Part("means", "full"))},
    ],
)
def test_fallback_is_whole(reply: dict[str, tuple[Part, ...]]) -> None:
    """Where a language lacks one text of a message, all of the message is English: no mixtures."""
    message = render(GUIDE, Reply(**reply, language="xx"))  # type: ignore[arg-type]
    assert message.text.startswith("Hello")
    assert "Salu" not in message.text


def test_own_names_of_languages() -> None:
    """Every language is called by its own name, whatever is spoken."""
    assert told(Part("hello"), buttons=((Button("language", "xx"), Button("language", "en")),)) == "Hello [Elbisch] [English]"


def test_unknown_language() -> None:
    """A language that we do not have is answered in English."""
    assert told(Part("hello"), language="qq") == "Hello"
    assert told(Part("hello")) == "Hello"


@pytest.mark.parametrize("language", ["en", "xx", "", "qq"])
def test_missing_in_english(language: str) -> None:
    """A text that even English lacks is an error that names it."""
    with pytest.raises(MissingText, match="en: replies/gone/text"):
        told(Part("gone"), language=language)


def test_step_numbers_its_steps() -> None:
    """A fix's steps are numbered, and follow a fact where they depend on one."""
    assert "Call\n\n1. Tap **A**\n2. Tap `B`" in _steps({})
    assert "Call\n\n1. Old way" in _steps({"ios": "16"})


def _steps(facts: Mapping[str, str]) -> str:
    replies = {"support": {"text": "Call"}}
    texts = {**TEXTS, "replies": replies, "fixes": {"apple-support": TEXTS["fixes"]["wipe"]}}
    return told(Part("support"), facts=facts, guide=Guide({}, {}, {}, {"en": Responses("en", texts)}))


def test_nothing_to_say_about_an_answer() -> None:
    """An answer without a note adds no empty paragraph."""
    assert told(Part("noted", "ios:16"), Part("hello")) == "An old one.\n\nHello"
    assert told(Part("noted", "ios:17"), Part("hello")) == "Hello"


# --- the shipped texts ----------------------------------------------------------------------------------------------------------

PHONES = [
    {},
    {"device": "iphone", "ios": "15", "restart_buttons": "home", "computer": "pc"},
    {"device": "ipad", "ios": "16", "restart_buttons": "volume-keys", "computer": "mac"},
    {"device": "iphone", "ios": "18", "restart_buttons": "volume-down", "computer": "none"},
    dict.fromkeys(("device", "ios", "restart_buttons", "computer"), "unknown"),
]


@pytest.mark.parametrize("facts", PHONES, ids=lambda facts: facts.get("device", "nothing known"))
def test_every_text_of_the_guide(guide: Guide, facts: dict[str, str]) -> None:
    """Every fix, intent and question is shown in words for every phone: nothing missing, no placeholder left, safe HTML."""
    place: dict[str, Value] = {"number": 2, "more": 3, "minutes": 5}
    parts = [Part(template, fix, place) for fix in guide.fixes for template in ("step", "confirm")]
    parts += [Part("why", fix) for fix in guide.fixes]
    parts += [
        Part("means" if intent.kind is Kind.ERROR else "answer", intent.id)
        for intent in guide.intents.values()
        if intent.kind is not Kind.ACT
    ]
    parts += [Part("ask", fact) for fact in guide.facts]
    parts += [Part("noted", f"{fact.id}:{value}") for fact in guide.facts.values() for value in fact.values]
    for part in parts:
        text = render(guide, Reply((part,), facts=facts)).text
        assert placeholders(text) == set(), part
        assert parsed(text).text == plain(text), part


def _shown(guide: Guide, fix: str, **facts: str) -> str:
    return plain(render(guide, Reply((Part("step", fix),), facts=facts)).text)


def test_ipad_is_called_ipad(guide: Guide) -> None:
    """To an iPad's owner an iPad is named, and an iPhone to everyone else."""
    assert "Restart the iPad" in _shown(guide, "restart", device="ipad")
    assert "top button" in _shown(guide, "restart", device="ipad")
    assert "Restart the iPhone" in _shown(guide, "restart")
    assert "side button" in _shown(guide, "restart", device="iphone")


@pytest.mark.parametrize(
    ("ios", "menu", "reset"),
    [
        ("14", "Manage Storage", "General › Reset"),
        ("15", "Manage Storage", "General › Transfer or Reset iPhone › Reset"),
        ("16", "Manage Account Storage", "General › Transfer or Reset iPhone › Reset"),
        ("17", "Manage Account Storage", "General › Transfer or Reset iPhone › Reset"),
        ("18", "Storage", "General › Transfer or Reset iPhone › Reset"),
    ],
)
def test_menus_by_version(guide: Guide, ios: str, menu: str, reset: str) -> None:
    """Menus are called as the person's iOS calls them."""
    part = {"replies": {"x": {"text": "{manage_storage} | {reset_menu}"}}}
    words_only = Guide({}, {}, {}, {"en": Responses("en", {**guide.responses["en"].groups, **part})})
    assert told(Part("x"), facts={"ios": ios}, guide=words_only) == f"{menu} | {reset}"


@pytest.mark.parametrize(
    ("buttons", "says", "never"),
    [
        ("volume-keys", "Press Volume Up and let go", "Home"),
        ("volume-down", "Hold Volume Down and the side button together", "Home"),
        ("home", "round Home button", "Volume"),
    ],
)
def test_restart_buttons(guide: Guide, buttons: str, says: str, never: str) -> None:
    """A force restart names the buttons of this phone, and no others."""
    shown = _shown(guide, "force-restart", restart_buttons=buttons)
    assert says in shown
    assert never not in shown


def test_restart_buttons_unknown(guide: Guide) -> None:
    """Where the model is not known, all three ways are told apart."""
    shown = _shown(guide, "force-restart")
    assert all(name in shown for name in ("iPhone 8", "iPhone 7", "6s"))


def test_when(guide: Guide) -> None:
    """A time to ask again is told in the largest unit that fits."""
    said = [render(guide, Reply((Part("will-ask", "", {"minutes": minutes}),))).text for minutes in (1, 30, 60, 120, 1440, 2880)]
    wanted = ["in a minute", "in 30 minutes", "in an hour", "in 2 hours", "tomorrow at this time", "in 2 days"]
    assert all(time in text for time, text in zip(wanted, said, strict=True)), said


def test_summary_can_be_copied(guide: Guide) -> None:
    """The list for Apple Support is one block to copy, without marks, with phone, errors, fixes and outcomes."""
    history = (
        Note(Mark.TOOK, "stalled", "", 1),
        Note(Mark.TRIED, "restart", Outcome.DIDNT_HELP.value, 2),
        Note(Mark.TOLD, "ios", "16", 3),
        Note(Mark.TRIED, "force-restart", Outcome.COULDNT.value, 4),
        Note(Mark.TOOK, "storage-full", "", 5),
    )
    session = Session("s", stage=Stage.SUPPORT, facts={"device": "ipad", "computer": "unknown"}, problem=Problem(1, history))
    text = render(guide, Reply((summary(guide, session),), facts={"device": "ipad"})).text
    [(tag, block)] = parsed(text).found
    assert tag == "pre"
    for said in ("iPad", "iOS 16", "I can't tell", "Restart the iPad: did not help", "could not be done"):
        assert said in block
    texts = guide.responses["en"].groups["intents"]
    assert all(str(texts[error]["name"]) in block for error in ("stalled", "storage-full"))
    assert "`" not in block
    assert "**" not in block


def test_privacy_says_what_is_true(guide: Guide) -> None:
    """In every language: after how many days all is deleted, what deletes it at once, and what has a person read a message."""
    for language, responses in guide.responses.items():
        said = render(guide, Reply((Part("privacy"),), language=language)).text
        passed_on = render(guide, Reply((), ((Button("pass-on"),),), language=language)).keys[0][0].label
        assert str(Settings().retention_days) in said, language
        assert re.findall(r"/\w+", said) == ["/forget"], language
        assert passed_on in said, language
        assert responses.groups["replies"]["privacy"], language


def test_labels_of_buttons(guide: Guide) -> None:
    """A choice is labelled with the intent's name, an answer with the fact's option, and what cannot be told with words of its own."""
    buttons = ((Button("take", "stalled"), Button("tell", "ios:16"), Button("tell", "ios:unknown"), Button("worked", "restart")),)
    message = render(guide, Reply((Part("which"),), buttons))
    assert [key.label for key in message.keys[0]] == [
        str(guide.responses["en"].groups["intents"]["stalled"]["name"]),
        "iOS 16",
        "I can't tell",
        "It worked",
    ]
    assert [key.style for key in message.keys[0]] == ["", "", "", "success"]


def test_a_city_is_offered_by_its_name(guide: Guide) -> None:
    """In no language does the button of a zone show the country or continent that stands before the city in the zone's name."""
    labels = []
    for language, zones in ZONES.items():
        rows = tuple((Button("zone", f"@{zone}"),) for zone in zones)
        labels += [key.label for row in render(guide, Reply((Part("zone-ask"),), rows, language=language)).keys for key in row]
    assert len(labels) == sum(map(len, ZONES.values()))
    assert [label for label in labels if "/" in label] == []
