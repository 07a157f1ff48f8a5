"""Each part of a reply -> the passages that it is in a message: what they say, and which of them fold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol

from bot import summaries
from bot.cldr import city
from bot.markup import BLOCK
from bot.model import Outcome, Part, Reply, Value
from bot.moments import time_of_day
from bot.phone import LINE, Fold, Passage, width
from bot.road import SEPARATOR
from bot.templates import SUMMARY
from bot.wording import Words

SUPPORT_FIX: Final = "apple-support"
"""The fix at the end of every road, whose steps stand above the summary."""
DONE: Final[Mapping[str, str]] = {Outcome.COULDNT.value: "✗", Outcome.DECLINED.value: "–"}
"""What stands before a fix that was not done; before all others a tick."""
_QUESTION: Final = re.compile(r"[^?？*]+[?？]")


def passages(words: Words, reply: Reply) -> Iterator[Passage]:
    """The passages of a reply. Why this fix now stands in its card, but not twice where that was asked. Raises MissingText."""
    reason = all(part.template != "why" for part in reply.parts)
    for part in reply.parts:
        card = _CARDS.get(part.template)
        yield from card(words, part, reason=reason) if card is not None else _written(words, part)


def _written(words: Words, part: Part) -> Iterable[Passage]:
    special = _PARTS.get(part.template)
    if special is None:
        return (Passage(_reply(words, part), _FOLDED.get(part.template, Fold.NEVER)),)
    written = special(words, part)
    return (Passage(written),) if isinstance(written, str) else written


def _reply(words: Words, part: Part) -> str:
    values = dict(part.values)
    if part.about in words.guide.intents:
        values["problem"] = words.text("intents", part.about, "name")
    if isinstance(minutes := values.get("minutes"), int):
        values["when"] = words.when(minutes)
    if isinstance(clock := values.get("clock"), int):
        values["time"] = time_of_day(words.language, clock)
    if part.template == "zone-set":
        values["place"] = city(words.language, part.about)
    if isinstance(line := values.get("line"), str):
        values["line"] = line.rstrip(".。")  # a sentence of ours stands around it
    return words.text("replies", part.template, values=values)


def _means(words: Words, part: Part) -> list[Passage]:
    return [Passage(_name(words, part)), Passage(words.text("intents", part.about, "means"), Fold.CONTEXT)]


def _answer(words: Words, part: Part) -> list[Passage]:
    return [Passage(words.text("intents", part.about, "answer"), Fold.CONTEXT)]


def _ask(words: Words, part: Part) -> str:
    return _question(words, part.about)


def _question(words: Words, fact: str) -> str:
    """A question, with what stands behind its question mark in plain letters."""
    asked = words.text("questions", fact, "ask")
    found = _QUESTION.match(asked)
    return f"**{asked[: found.end()]}**{asked[found.end() :]}" if found else f"**{asked}**"


def _noted(words: Words, part: Part) -> str:
    """What follows from an answer; nothing where nothing does."""
    fact, _, value = part.about.partition(":")
    field = f"notes/{value}"
    return words.text("questions", fact, field) if words.has("questions", fact, field) else ""


def _step(words: Words, part: Part, *, reason: bool) -> Iterable[Passage]:
    """The card of one fix, or of several that share it: where we are, what to do, how to test it or what to tell."""
    fixes = part.about.split(SEPARATOR)
    yield Passage("\n".join(line for line in (_place(words, part), _done(words, part)) if line))
    yield from _alone(words, fixes[0]) if len(fixes) == 1 else _shared(words, fixes)
    if reason:
        yield Passage(_why(words, part), Fold.ALWAYS)
    if (looks := words.guide.fixes[fixes[0]].asks) is not None:
        yield Passage(_question(words, looks))


def _fix(words: Words, part: Part) -> Iterable[Passage]:
    """A fix by itself: its steps, its signs, and how to test, but no question."""
    return _alone(words, part.about)


def _name(words: Words, part: Part) -> str:
    return f"**{words.text('intents', part.about, 'name')}**"


def _title(words: Words, part: Part) -> str:
    return words.text("fixes", part.about, "title")


def _in_words(words: Words, part: Part) -> str:
    """What a picture shows: title and steps of its fix."""
    return f"{_headline(words, part.about)}\n{_steps(words, part.about)}"


def _place(words: Words, part: Part) -> str:
    """Where on the road we are: the number of the card, how many may follow, the minutes."""
    if "number" not in part.values:
        return ""
    if part.values["more"]:
        more = words.text("replies", "more", values=part.values)
    else:
        more = words.text("replies", "more-if-needed") if "goes_on" in part.values else words.text("replies", "last-one")
    values = {**part.values, "more_text": more}
    return words.text("replies", "place-waiting", values=values) if "waits" in values else words.text("replies", "place", values=values)


def _done(words: Words, part: Part) -> str:
    """The last fixes that were tried, as many as a line holds."""
    tried = [pair.partition(":") for pair in _ids(part.values, "done")]
    line = ""
    for place, (fix, _, outcome) in enumerate(reversed(tried)):
        longer = " · ".join(text for text in (f"{DONE.get(outcome, '✓')} {_short_name(words, fix)}", line) if text)
        if place and width(longer) > LINE - len("… "):
            return f"… {line}"
        line = longer
    return line


def _short_name(words: Words, fix: str) -> str:
    return words.text("fixes", fix, "label" if words.has("fixes", fix, "label") else "title")


def _alone(words: Words, fix: str) -> Iterable[Passage]:
    """One fix: what to mind first, then the steps, then the test and how to tell that it worked."""
    title, steps, minds = _headline(words, fix), _steps(words, fix), _warning(words, fix)
    if minds and not words.guide.fixes[fix].confirm:
        yield from (Passage(f"{title}\n{minds}"), Passage(steps, Fold.STEPS), *_tests(words, [fix]))
    else:  # what was confirmed has been read
        yield from (Passage(f"{title}\n{steps}", Fold.STEPS), *_tests(words, [fix]), Passage(minds, Fold.DETAIL))
    yield Passage(words.text("replies", "sign", values={"text": words.text("fixes", fix, "worked")}), Fold.DETAIL)


def _warning(words: Words, fix: str) -> str:
    return (
        words.text("replies", "warning", values={"text": words.text("fixes", fix, "warning")}) if words.has("fixes", fix, "warning") else ""
    )


def _shared(words: Words, fixes: list[str]) -> Iterable[Passage]:
    """Several fixes in a line each, as short as can be; the steps of each are folded."""
    field = {fix: "short" if words.has("fixes", fix, "short") else "title" for fix in fixes}
    listed = (f"{number}. {words.text('fixes', fix, field[fix])}" for number, fix in enumerate(fixes, 1))
    yield Passage("\n".join((words.text("replies", "together"), *listed)))
    yield from _tests(words, fixes)
    yield from (Passage(f"{_headline(words, fix)}\n{_steps(words, fix)}", Fold.ALWAYS) for fix in fixes)


def _tests(words: Words, fixes: list[str]) -> Iterable[Passage]:
    tests = dict.fromkeys(test for fix in fixes if (test := words.guide.fixes[fix].test) is not None)
    for test in tests:
        yield Passage(words.text("replies", "test", values={"text": words.text("fixes", test, "test")}), Fold.KNOWN)


def _headline(words: Words, fix: str) -> str:
    return f"**{words.text('fixes', fix, 'title')}**"


def _steps(words: Words, fix: str) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(words.lines("fixes", fix, "steps"), 1))


def _confirm(words: Words, part: Part, *, reason: bool) -> Iterable[Passage]:
    """What a risky fix costs and what it leaves, before its steps are shown."""
    titles = (words.text("fixes", fix, "title") for fix in part.about.split(SEPARATOR))
    asked = [_place(words, part), *(words.text("replies", "confirm", values={"title": title}) for title in titles)]
    yield Passage("\n".join(line for line in asked if line))
    for fix in part.about.split(SEPARATOR):
        prices = [field for field in ("lost", "kept") if words.has("fixes", fix, field)]
        yield Passage("\n".join(words.text("replies", field, values={"text": words.text("fixes", fix, field)}) for field in prices))
    if "safety" in part.values:
        yield Passage(words.text("replies", "safety-offer", values={"minutes": part.values["safety"]}), Fold.KNOWN)
    yield from (Passage(_warning(words, fix), Fold.DETAIL) for fix in part.about.split(SEPARATOR))
    if reason:
        yield Passage(_why(words, part), Fold.ALWAYS)


def _why(words: Words, part: Part) -> str:
    reasons = [words.text("fixes", fix, "why") for fix in part.about.split(SEPARATOR)]
    text = " ".join(reasons).replace("。 ", "。")  # Chinese and Japanese put no blank behind a full stop
    return words.text("replies", "why", values={"text": text})


def _support(words: Words, part: Part) -> Iterable[Passage]:
    """How to reach Apple, under the one warning that matters there."""
    return (
        Passage(words.text("replies", "support")),
        Passage(_warning(words, SUPPORT_FIX)),
        Passage(_steps(words, SUPPORT_FIX), Fold.STEPS),
    )


def _tried(words: Words, part: Part) -> str:
    return "\n".join((words.text("replies", "tried"), *summaries.tried_lines(words, part)))


def _skipped(words: Words, part: Part) -> str:
    """What a message said was done already, in one line."""
    titles = "; ".join(words.text("fixes", fix, "title") if fix else "…" for fix in _ids(part.values, "fixes"))
    return words.text("replies", "skipped", values={"titles": titles})


def _summary(words: Words, part: Part) -> str:
    """The account for Apple Support, as a block to copy."""
    return f"{words.text('replies', 'summary-intro')}\n{BLOCK}\n{summaries.account(words, part)}\n{BLOCK}"


def _languages(words: Words, part: Part) -> str:
    names = [words.in_language(code).text("replies", "own-name") for code in _ids(part.values, "languages")]
    return words.text("replies", "languages", values={"names": ", ".join(names)})


def _language_set(words: Words, part: Part) -> str:
    return words.text("replies", "language-set", values={"name": words.text("replies", "own-name")})


class _Card(Protocol):
    def __call__(self, words: Words, part: Part, *, reason: bool) -> Iterable[Passage]: ...


def _ids(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    listed = values.get(name, ())
    return listed if isinstance(listed, tuple) else (str(listed),)


_FOLDED: Final[Mapping[str, Fold]] = {"road": Fold.CONTEXT}
"""Replies that may be folded where the message would be too long; all others stay in sight."""
_CARDS: Final[Mapping[str, _Card]] = {"step": _step, "confirm": _confirm}
"""The parts that hold a fix or several, and say why."""
_PARTS: Final[Mapping[str, Callable[[Words, Part], str | Iterable[Passage]]]] = {
    "name": _name,
    "title": _title,
    "means": _means,
    "answer": _answer,
    "ask": _ask,
    "noted": _noted,
    "fix": _fix,
    "picture": _in_words,
    "why": _why,
    "support": _support,
    "tried": _tried,
    "skipped": _skipped,
    SUMMARY: _summary,
    "languages": _languages,
    "language-set": _language_set,
}
"""The parts that are put together from several texts; every other part is one reply of replies.yaml."""
