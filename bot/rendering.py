"""Reply + guide + language -> Message: picks the words, fills them in, and folds what would not fit on a phone.

A reply is rendered in one language as a whole: where a text is missing, all of it is English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from bot import summaries
from bot.hours import TONIGHT
from bot.illustrating import CannotShow, buttons_picture, has_picture, path_picture
from bot.markup import BLOCK, plain
from bot.model import (
    ENGLISH,
    UNKNOWN,
    Button,
    ByFact,
    Guide,
    Key,
    Leaflet,
    Message,
    Outcome,
    Part,
    Picture,
    Plural,
    Reply,
    Responses,
    Risk,
    Text,
    Value,
)
from bot.moments import time_of_day
from bot.phone import LINE, Fold, Passage, fit, width
from bot.road import SEPARATOR

SUPPORT_FIX: Final = "apple-support"
"""The fix at the end of every road, whose steps stand above the summary."""
STYLES: Final[Mapping[str, str]] = dict.fromkeys(("worked", "made", "finished", "ran"), "success")
"""The buttons that stand out: what everyone hopes for. Beside them only what deletes."""
COPIED: Final = 256
"""Characters that Telegram lets a button copy."""
DONE: Final[Mapping[str, str]] = {Outcome.COULDNT.value: "✗", Outcome.DECLINED.value: "–"}
"""What stands before a fix that was not done; before all others a tick."""
SUMMARY: Final = "summary"
LEAFLET: Final = "leaflet"
"""The part that stands for the summary on one page, and the button that asks for it."""
NOTHING: Final[Mapping[str, Value]] = {}
"""The values of a text that has no placeholders but words."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_QUESTION: Final = re.compile(r"[^?？*]+[?？]")
_HOUR, _DAY = 60, 24 * 60


_PLAIN: Final = """
    own-name welcome hello-again welcome-back been-a-while menu help about-bot privacy forgotten restarted welcome-thanks goodbye glad
    upset not-found not-understood which none-then back-to-it nothing-open answer-first choose-first press-one old-button guide-changed
    showed-photo showed-voice showed-sticker showed-empty showed-edited showed-other last-one more-if-needed road why-asked
    noted-didnt-help noted-couldnt
    noted-already noted-declined go-on-without went-back first-step did-it-help safety-first safe-now take-your-time asking-again
    when-again when-tonight when-tomorrow reminders-off zone-ask zone-unset paste-it night-announced night-asked night-ran night-failed
    once-more solved solved-copy later-declined reopened support support-done summary-intro summary-title summary-screen summary-left
    summary-tried summary-notes leaflet tried tried-nothing not-yours
    profile-name profile-description profile-short-description command-start command-help command-tried command-back command-restart
    command-language command-timezone command-privacy command-forget
    outcome-worked outcome-didnt-help outcome-couldnt outcome-already outcome-declined
    together solved-hand-in too-many pass-on-offer passed-on not-passed-on in-private
    disclosed-password disclosed-code disclosed-card disclosed-email disclosed-phone
    picture-failed picture-volume-up picture-volume-down picture-side picture-power picture-home picture-press
    picture-hold picture-hold-both
    web-write web-send web-menu web-more web-copy web-copied web-save web-writing web-you web-offline web-trouble web-forget
    web-forget-yes web-cancel web-close web-new web-no-script
    showed-unreadable showed-unknown showed-refused showed-busy
""".split()
_PLACE: Final = ("number", "minutes", "more")
REPLIES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_PLAIN, ()),
    **dict.fromkeys(("same-problem", "switched", "also-heard", "later-offer", "go-on-offer"), ("problem",)),
    **dict.fromkeys(("warning", "sign", "test", "why", "lost", "kept", "summary-problem"), ("text",)),
    "safety-offer": ("minutes",),
    **dict.fromkeys(("when-minutes", "when-hours", "when-days"), ("count",)),
    **dict.fromkeys(("place", "place-waiting"), (*_PLACE, "more_text")),
    "more": _PLACE,
    "confirm": ("title",),
    "skipped": ("titles",),
    "will-ask": ("minutes", "when"),
    "read-in-picture": ("line",),
    **dict.fromkeys(("will-ask-tonight", "will-ask-tomorrow", "will-ask-morning"), ("clock", "time")),
    "zone-set": ("place", "clock", "time"),
    "languages": ("names",),
    "language-set": ("name",),
}
"""Every entry of replies.yaml, with the placeholders that are filled for it; the words of words.yaml may stand in any text."""
LABELS: Final = (
    *("worked", "made", "didnt", "couldnt", "already", "back", "wait", "confirm", "decline", "safety", "cannot-tell", "none"),
    *("fix-it", "menu", "go-on", "came-back", "restart", "tried", "pass-on", "offer-again", "show", "copy", "private", "go-on-here"),
    *("stop", "finished", "other-message", "still-running", "ran", "didnt-run", LEAFLET),
)
"""Every entry of buttons.yaml. Other buttons carry the name of an intent, an answer of a question or the name of a language."""
MADE_OF: Final[Mapping[str, str]] = {"none": "not understood", "choose": "none of these"}
"""What a copy for an operator says of the message, by its decision. In English and with ids, as the log and the reports are."""


class MissingText(KeyError):
    """A text that a language does not have."""


def render(guide: Guide, reply: Reply, *, pictures: bool = False, leaflets: bool = False, peeks: bool = True) -> Message:
    """The reply in words.

    Its language is the reply's own, else English; English is complete (`check` sees to it).
    pictures: whether the output can show any; where it cannot, none is offered. leaflets: the same of the summary on one page.
    peeks: whether it shows the first lines of a fold that is closed; where it does not, less is folded.
    Raises MissingText when even English lacks a text.
    """
    reply = reply if pictures else without_pictures(reply)
    reply = reply if leaflets else without_leaflet(reply)
    wanted = guide.responses.get(reply.language)
    if wanted is not None and reply.language != ENGLISH:
        try:
            return _Writer(guide, wanted, reply).message(peeks=peeks)
        except MissingText:
            pass
    return _Writer(guide, guide.responses[ENGLISH], reply).message(peeks=peeks)


def without_pictures(reply: Reply) -> Reply:
    """The reply for an output that shows no pictures of fixes."""
    return replace(reply, picture="", buttons=_without(reply, "show"))


def without_leaflet(reply: Reply) -> Reply:
    """The reply for an output that has no leaflets: the summary to be copied stands in its place."""
    parts = tuple(replace(part, template=SUMMARY) if part.template == LEAFLET else part for part in reply.parts)
    return replace(reply, parts=parts, buttons=_without(reply, LEAFLET))


def is_drawn(reply: Reply) -> bool:
    """Whether there is something to be drawn for a reply."""
    return bool(reply.picture) or any(part.template == LEAFLET for part in reply.parts)


def _without(reply: Reply, action: str) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons without those for this action."""
    rows = (tuple(button for button in row if button.action != action) for row in reply.buttons)
    return tuple(row for row in rows if row)


def picture_of(guide: Guide, reply: Reply) -> Picture | None:
    """The picture of a reply in its own language, if it has one that is right for this phone. Raises MissingText, CannotShow."""
    return _Writer(guide, guide.responses[reply.language], reply).picture()


def plain_text(guide: Guide, language: str, key: str) -> str:
    """One text of replies.yaml by itself, in a language or else in English: for the bot's profile."""
    try:
        return _Writer(guide, guide.responses[language], Reply(())).text("replies", key)
    except MissingText:
        return _Writer(guide, guide.responses[ENGLISH], Reply(())).text("replies", key)


# --- words ---------------------------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    """The names of the placeholders in a text."""
    return set(_PLACEHOLDER.findall(text))


def plural_form(language: str, number: int) -> str:
    """The plural form of a number, by the names of Unicode CLDR."""
    return ("one" if number == 1 else "other") if language == ENGLISH else _plural_rule(language)(number)


@cache
def _plural_rule(language: str) -> Callable[[int], str]:
    """The plural rule of a language. Babel is loaded only when somebody speaks one that has numbers in its texts."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - 20 ms and 3 MB that English does without

    try:
        rule: Callable[[int], str] = Locale.parse(language, sep="-").plural_form
    except UnknownLocaleError:
        return lambda number: "one" if number == 1 else "other"
    return rule


@cache
def _named_city(language: str, zone: str) -> str:
    """The city of a zone in a language, by Unicode CLDR."""
    from babel.core import UnknownLocaleError  # noqa: PLC0415 - as above
    from babel.dates import get_timezone_location  # noqa: PLC0415 - as above

    try:
        return str(get_timezone_location(zone, locale=language.replace("-", "_"), return_city=True))
    except UnknownLocaleError:
        return zone.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one reply in one language."""

    guide: Guide
    responses: Responses
    reply: Reply

    def message(self, *, peeks: bool) -> Message:
        keys = (*self._copy_keys(), *(tuple(self._key(button) for button in row) for row in self.reply.buttons))
        passages = [passage for part in self.reply.parts for passage in self._passages(part)]
        picture = None
        with suppress(CannotShow):  # the content has changed since; `check` sees to it that this one can be drawn
            picture = self.picture()
        text = fit(passages, len(keys), peeks=peeks)
        page = next((self._leaflet(part) for part in self.reply.parts if part.template == LEAFLET), None)
        return Message(text, keys, self.reply.session, self.reply.turn, self.reply.card, self.reply.copies, picture, page)

    def _leaflet(self, part: Part) -> Leaflet:
        """In English as well: so can whoever stands behind the counter read it."""
        english = _Writer(self.guide, self.guide.responses[ENGLISH], self.reply)
        return summaries.leaflet((self,) if self.language == ENGLISH else (self, english), part)

    def picture(self) -> Picture | None:
        """The picture of the reply, if it has one that is right for this phone. Raises CannotShow."""
        fix = self.guide.fixes.get(self.reply.picture)
        if fix is None or not has_picture(fix, self.reply.facts) or (sketch := fix.picture) is None:
            return None
        if sketch.buttons:
            return buttons_picture(self.reply.facts[sketch.buttons], self.responses.language, lambda name: self.text("replies", name))
        english = _Writer(self.guide, self.guide.responses[ENGLISH], self.reply).lines("fixes", fix.id, "steps")
        return path_picture(sketch, self.responses.language, self.lines("fixes", fix.id, "steps"), english)

    def _copy_keys(self) -> Iterable[tuple[Key, ...]]:
        """A key that copies the summary, where there is one and a key can hold it; the block can always be copied."""
        for part in self.reply.parts:
            if part.template == SUMMARY and len((account := self._account(part)).encode("utf-16-le")) <= 2 * COPIED:
                yield (Key(self.text("buttons", "copy"), Button("copy"), copies=account),)

    # --- texts ---

    def text(self, group: str, key: str, field: str = "text", values: Mapping[str, Value] = NOTHING) -> str:
        """One text, filled in."""
        chosen = self._chosen(self._find(group, key, field), values)
        return self._filled(chosen if isinstance(chosen, str) else "\n".join(chosen), values)

    def lines(self, group: str, key: str, field: str) -> list[str]:
        """A list of texts, filled in."""
        chosen = self._chosen(self._find(group, key, field), NOTHING)
        return [self._filled(line, NOTHING) for line in ((chosen,) if isinstance(chosen, str) else chosen)]

    @property
    def language(self) -> str:
        return self.responses.language

    def screen(self, intent: str) -> str:
        """How iOS words an error; empty where it has no words for it. A phrasebook is for all who speak a language, wherever they live."""
        screens = self.guide.intents[intent].screens if intent in self.guide.intents else {}
        found = screens.get(self.language) or screens.get(self.language.partition("-")[0], "")
        return self._filled(_PLACEHOLDER.sub(self._known_word, found), NOTHING)

    def _known_word(self, found: re.Match[str]) -> str:
        """A placeholder of a phrase, where it is one of our words; what else iOS fills in there is not known."""
        return found[0] if found[1] in self.responses.groups.get("words", {}) else "…"

    def has(self, group: str, key: str, field: str) -> bool:
        return field in self.responses.groups.get(group, {}).get(key, {})

    def _find(self, group: str, key: str, field: str) -> Text:
        try:
            return self.responses.groups[group][key][field]
        except KeyError:
            raise MissingText(f"{self.responses.language}: {group}/{key}/{field}") from None

    def _chosen(self, text: Text, values: Mapping[str, Value]) -> str | tuple[str, ...]:
        if isinstance(text, str):
            return text
        if isinstance(text, ByFact):
            return text.texts.get(self.reply.facts.get(text.fact, UNKNOWN), text.otherwise)
        if isinstance(text, Plural):
            form = plural_form(self.responses.language, int(str(values[text.by])))
            return text.forms.get(form, text.forms["other"])
        return text

    def _filled(self, text: str, values: Mapping[str, Value]) -> str:
        if "{" not in text:
            return text

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            return str(values[name]) if name in values else self.text("words", name)

        return _PLACEHOLDER.sub(fill, text)

    # --- buttons ---

    def _key(self, button: Button) -> Key:
        return Key(self._label(button), button, "danger" if self._deletes(button) else STYLES.get(button.action, ""))

    def _deletes(self, button: Button) -> bool:
        """Whether a press leads to the steps of something that deletes."""
        asked = (fix for part in self.reply.parts if part.template == "confirm" for fix in part.about.split(SEPARATOR))
        return button.action == "confirm" and any(self.guide.fixes[fix].risk is Risk.DATA for fix in asked)

    def _label(self, button: Button) -> str:
        match button.action:
            case "take":
                return self.text("intents", button.value, "name")
            case "tell":
                fact, _, value = button.value.partition(":")
                return self.text("buttons", "cannot-tell") if value == UNKNOWN else self.text("questions", fact, f"options/{value}")
            case "language":
                return _Writer(self.guide, self.guide.responses[button.value], self.reply).text("replies", "own-name")
            case "remind" | "zone":
                return self._when_or_where(button)
            case "made-of" | "nearest":
                decision, marked, language = button.value.partition(":")
                return f"{language} · {MADE_OF[decision]}" if marked else button.value
            case action:
                return self.text("buttons", action)

    # --- parts ---

    def _passages(self, part: Part) -> Iterable[Passage]:
        special = _PARTS.get(part.template)
        if special is None:
            return (Passage(self._reply(part), _FOLDED.get(part.template, Fold.NEVER)),)
        written = special(self, part)
        return (Passage(written),) if isinstance(written, str) else written

    def _reply(self, part: Part) -> str:
        values = dict(part.values)
        if part.about in self.guide.intents:
            values["problem"] = self.text("intents", part.about, "name")
        if isinstance(minutes := values.get("minutes"), int):
            values["when"] = self._when(minutes)
        if isinstance(clock := values.get("clock"), int):
            values["time"] = time_of_day(self.language, clock)
        if part.template == "zone-set":
            values["place"] = self._city(part.about)
        if isinstance(line := values.get("line"), str):
            values["line"] = line.rstrip(".。")  # a sentence of ours stands around it
        return self.text("replies", part.template, values=values)

    def _when(self, minutes: int) -> str:
        if minutes % _DAY == 0:
            return self.text("replies", "when-days", values={"count": minutes // _DAY})
        if minutes % _HOUR == 0:
            return self.text("replies", "when-hours", values={"count": minutes // _HOUR})
        return self.text("replies", "when-minutes", values={"count": minutes})

    def _when_or_where(self, button: Button) -> str:
        """A time to be asked again, or a city."""
        if button.action == "zone":
            zone = button.value.partition("@")[2]
            return self._city(zone) if zone else self.text("buttons", "cannot-tell")
        if not button.value.isdigit():
            return self.text("replies", "when-tonight" if button.value == TONIGHT else "when-tomorrow")
        said = self._when(int(button.value))
        return said[:1].upper() + said[1:]

    def _city(self, zone: str) -> str:
        """What people call the city that a zone is named after."""
        if self.responses.language == ENGLISH:
            return zone.rpartition("/")[2].replace("_", " ")
        return _named_city(self.responses.language, zone)

    def means(self, part: Part) -> list[Passage]:
        return [Passage(self.name(part)), Passage(self.text("intents", part.about, "means"), Fold.CONTEXT)]

    def answer(self, part: Part) -> list[Passage]:
        return [Passage(self.text("intents", part.about, "answer"), Fold.CONTEXT)]

    def ask(self, part: Part) -> str:
        return self._question(part.about)

    def _question(self, fact: str) -> str:
        """A question, with what stands behind its question mark in plain letters."""
        asked = self.text("questions", fact, "ask")
        found = _QUESTION.match(asked)
        return f"**{asked[: found.end()]}**{asked[found.end() :]}" if found else f"**{asked}**"

    def noted(self, part: Part) -> str:
        """What follows from an answer; nothing where nothing does."""
        fact, _, value = part.about.partition(":")
        field = f"notes/{value}"
        return self.text("questions", fact, field) if self.has("questions", fact, field) else ""

    def step(self, part: Part) -> Iterable[Passage]:
        """The card of one fix, or of several that share it: where we are, what to do, how to test it or what to tell."""
        fixes = part.about.split(SEPARATOR)
        yield Passage("\n".join(line for line in (self._place(part), self._done(part)) if line))
        yield from self._alone(fixes[0]) if len(fixes) == 1 else self._shared(fixes)
        yield from self._reason(part)
        if (looks := self.guide.fixes[fixes[0]].asks) is not None:
            yield Passage(self._question(looks))

    def fix(self, part: Part) -> Iterable[Passage]:
        """A fix by itself: its steps, its signs, and how to test, but no question."""
        return self._alone(part.about)

    def name(self, part: Part) -> str:
        return f"**{self.text('intents', part.about, 'name')}**"

    def title(self, part: Part) -> str:
        return self.text("fixes", part.about, "title")

    def in_words(self, part: Part) -> str:
        """What a picture shows: title and steps of its fix."""
        return f"{self._title(part.about)}\n{self._steps(part.about)}"

    def _place(self, part: Part) -> str:
        """Where on the road we are: the number of the card, how many may follow, the minutes."""
        if "number" not in part.values:
            return ""
        if part.values["more"]:
            more = self.text("replies", "more", values=part.values)
        else:
            more = self.text("replies", "more-if-needed") if "goes_on" in part.values else self.text("replies", "last-one")
        values = {**part.values, "more_text": more}
        return self.text("replies", "place-waiting", values=values) if "waits" in values else self.text("replies", "place", values=values)

    def _done(self, part: Part) -> str:
        """The last fixes that were tried, as many as a line holds."""
        tried = [pair.partition(":") for pair in _ids(part.values, "done")]
        line = ""
        for place, (fix, _, outcome) in enumerate(reversed(tried)):
            longer = " · ".join(text for text in (f"{DONE.get(outcome, '✓')} {self._short_name(fix)}", line) if text)
            if place and width(longer) > LINE - len("… "):
                return f"… {line}"
            line = longer
        return line

    def _short_name(self, fix: str) -> str:
        return self.text("fixes", fix, "label" if self.has("fixes", fix, "label") else "title")

    def _alone(self, fix: str) -> Iterable[Passage]:
        """One fix: what to mind first, then the steps, then the test and how to tell that it worked."""
        title, steps, minds = self._title(fix), self._steps(fix), self._warning(fix)
        if minds and not self.guide.fixes[fix].confirm:
            yield from (Passage(f"{title}\n{minds}"), Passage(steps, Fold.STEPS), *self._tests([fix]))
        else:  # what was confirmed has been read
            yield from (Passage(f"{title}\n{steps}", Fold.STEPS), *self._tests([fix]), Passage(minds, Fold.DETAIL))
        yield Passage(self.text("replies", "sign", values={"text": self.text("fixes", fix, "worked")}), Fold.DETAIL)

    def _warning(self, fix: str) -> str:
        return (
            self.text("replies", "warning", values={"text": self.text("fixes", fix, "warning")})
            if self.has("fixes", fix, "warning")
            else ""
        )

    def _shared(self, fixes: list[str]) -> Iterable[Passage]:
        """Several fixes in a line each, as short as can be; the steps of each are folded."""
        field = {fix: "short" if self.has("fixes", fix, "short") else "title" for fix in fixes}
        listed = (f"{number}. {self.text('fixes', fix, field[fix])}" for number, fix in enumerate(fixes, 1))
        yield Passage("\n".join((self.text("replies", "together"), *listed)))
        yield from self._tests(fixes)
        yield from (Passage(f"{self._title(fix)}\n{self._steps(fix)}", Fold.ALWAYS) for fix in fixes)

    def _tests(self, fixes: list[str]) -> Iterable[Passage]:
        tests = dict.fromkeys(test for fix in fixes if (test := self.guide.fixes[fix].test) is not None)
        for test in tests:
            yield Passage(self.text("replies", "test", values={"text": self.text("fixes", test, "test")}), Fold.KNOWN)

    def _title(self, fix: str) -> str:
        return f"**{self.text('fixes', fix, 'title')}**"

    def _steps(self, fix: str) -> str:
        return "\n".join(f"{number}. {line}" for number, line in enumerate(self.lines("fixes", fix, "steps"), 1))

    def _reason(self, part: Part) -> Iterable[Passage]:
        """Why this one now; not twice where that was asked."""
        if not any(other.template == "why" for other in self.reply.parts):
            yield Passage(self.why(part), Fold.ALWAYS)

    def confirm(self, part: Part) -> Iterable[Passage]:
        """What a risky fix costs and what it leaves, before its steps are shown."""
        titles = (self.text("fixes", fix, "title") for fix in part.about.split(SEPARATOR))
        asked = [self._place(part), *(self.text("replies", "confirm", values={"title": title}) for title in titles)]
        yield Passage("\n".join(line for line in asked if line))
        for fix in part.about.split(SEPARATOR):
            prices = [field for field in ("lost", "kept") if self.has("fixes", fix, field)]
            yield Passage("\n".join(self.text("replies", field, values={"text": self.text("fixes", fix, field)}) for field in prices))
        if "safety" in part.values:
            yield Passage(self.text("replies", "safety-offer", values={"minutes": part.values["safety"]}), Fold.KNOWN)
        yield from (Passage(self._warning(fix), Fold.DETAIL) for fix in part.about.split(SEPARATOR))
        yield from self._reason(part)

    def why(self, part: Part) -> str:
        reasons = [self.text("fixes", fix, "why") for fix in part.about.split(SEPARATOR)]
        return self.text("replies", "why", values={"text": " ".join(reasons)})

    def support(self, part: Part) -> Iterable[Passage]:
        """How to reach Apple, under the one warning that matters there."""
        return (
            Passage(self.text("replies", "support")),
            Passage(self._warning(SUPPORT_FIX)),
            Passage(self._steps(SUPPORT_FIX), Fold.STEPS),
        )

    def tried(self, part: Part) -> str:
        return "\n".join((self.text("replies", "tried"), *summaries.tried_lines(self, part)))

    def skipped(self, part: Part) -> str:
        """What a message said was done already, in one line."""
        titles = "; ".join(self.text("fixes", fix, "title") if fix else "…" for fix in _ids(part.values, "fixes"))
        return self.text("replies", "skipped", values={"titles": titles})

    def summary(self, part: Part) -> str:
        """The account for Apple Support, as a block to copy."""
        return f"{self.text('replies', 'summary-intro')}\n{BLOCK}\n{self._account(part)}\n{BLOCK}"

    def _account(self, part: Part) -> str:
        return plain("\n".join(summaries.lines(self, part)))

    def languages(self, part: Part) -> str:
        names = [
            _Writer(self.guide, self.guide.responses[code], self.reply).text("replies", "own-name")
            for code in _ids(part.values, "languages")
        ]
        return self.text("replies", "languages", values={"names": ", ".join(names)})

    def language_set(self, part: Part) -> str:
        return self.text("replies", "language-set", values={"name": self.text("replies", "own-name")})


def _ids(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    listed = values.get(name, ())
    return listed if isinstance(listed, tuple) else (str(listed),)


_FOLDED: Final[Mapping[str, Fold]] = {"road": Fold.CONTEXT}
"""Replies that may be folded where the message would be too long; all others stay in sight."""
_PARTS: Final[Mapping[str, Callable[[_Writer, Part], str | Iterable[Passage]]]] = {
    "name": _Writer.name,
    "title": _Writer.title,
    "means": _Writer.means,
    "answer": _Writer.answer,
    "ask": _Writer.ask,
    "noted": _Writer.noted,
    "step": _Writer.step,
    "fix": _Writer.fix,
    "picture": _Writer.in_words,
    "confirm": _Writer.confirm,
    "why": _Writer.why,
    "support": _Writer.support,
    "tried": _Writer.tried,
    "skipped": _Writer.skipped,
    SUMMARY: _Writer.summary,
    "languages": _Writer.languages,
    "language-set": _Writer.language_set,
}
"""The parts that are put together from several texts; every other part is one reply of replies.yaml."""
