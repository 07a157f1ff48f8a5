"""What fits into Telegram: every message, caption, button and copied path, with the longest words that can be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from bot.cards import MORE, MOST_SKIPPED, present, reply, tried
from bot.checking.texts import file_of, sayings, texts_of
from bot.hours import DAY
from bot.markup import plain
from bot.model import ENGLISH, UNKNOWN, Button, ByFact, Disclosure, Guide, Kind, Mark, Note, Outcome, Part, Problem, Reply, Session, Stage
from bot.reading import Reader
from bot.rendering import render
from bot.road import SEPARATOR
from bot.screenshots import QUOTE
from bot.templates import REPLIES
from bot.transports.presses import to_data
from bot.variants import under_all_facts
from bot.wording import placeholders

MESSAGE: Final = 4096
CAPTION: Final = 1024
COPIED: Final = 256
LABEL: Final = 28
"""Characters of a button's label that can be read with two of them side by side."""
NAME: Final = 32
"""Characters of an intent's name, which has a row of its own."""
Sized = dict[str, tuple[int, str, str]]
"""What can be shown -> its characters, and the group and id of its text."""
SESSION, TURN = "x" * 8, 9_999_999
"""The longest session id and turn that buttons carry."""
MOMENT: Final = 1_796_165_400
"""Late on a day in December: a long date, and a long time."""
ZONE: Final = "Europe/Berlin"
_PATH: Final = re.compile(r"`([^`\n]+)`")
_NUMBERS: Final = {"number": 99, "more": 99, "minutes": 999}


def check_sizes(reader: Reader, guide: Guide) -> None:
    """Check every text and button against Telegram's limits, in every language."""
    _Labels(reader, guide).check()
    _callback_data(reader, guide)
    if ENGLISH in guide.responses:
        for language in guide.responses:
            _Messages(reader, guide, language).check()


def length(text: str) -> int:
    """Characters as Telegram counts them: without marks, in UTF-16 units."""
    return len(plain(text).encode("utf-16-le")) // 2


def _shorter(road: Session) -> Iterator[Session]:
    """A road, and it with ever fewer fixes at its end: a shorter summary says more of each."""
    history = road.problem.history if road.problem else ()
    fixes = sum(note.mark is Mark.TRIED for note in history) // 2
    for more in range(0, fixes + 1, 3):
        yield replace(road, problem=Problem(0, history[: len(history) - more - (fixes if more else 0)]))


# --- buttons ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Labels:
    reader: Reader
    guide: Guide

    def check(self) -> None:
        for language, responses in self.guide.responses.items():
            for group, key, field, text in texts_of(responses):
                longest = self._allowed(group, field)
                for keys, said in sayings(key, field, text):
                    if longest and len(said) > longest:
                        message = f'the label "{said}" has {len(said)} characters, and phones may cut it off after {longest}: shorten it'
                        self.reader.find(file_of(language, group), keys, message, warning=True)

    def _allowed(self, group: str, field: str) -> int | None:
        if group == "buttons" or field.startswith("options/"):
            return LABEL
        return NAME if (group, field) == ("intents", "name") else None


def _callback_data(reader: Reader, guide: Guide) -> None:
    """Every button that can be drawn must fit into its callback data."""
    for file, keys, button in _buttons(guide):
        try:
            to_data(SESSION, TURN, button)
        except ValueError as error:
            reader.find(file, keys, f"{error}: shorten the id, or put fewer fixes on one card")


def _buttons(guide: Guide) -> Iterator[tuple[str, tuple[str | int, ...], Button]]:
    """Every button with a value, and what it comes from."""
    for intent in guide.intents.values():
        file = f"intents/{intent.id}.yaml"
        yield from ((file, ("id",), Button(action, intent.id)) for action in ("take", "fix-it"))
        for place, step in enumerate(intent.steps):
            yield from ((file, ("fixes", place), Button(action, SEPARATOR.join(step.fixes))) for action in ("worked", "made"))
    for fix in guide.fixes:
        yield "intents/fixes.yaml", (fix,), Button("confirm", fix)
    for fact in guide.facts.values():
        yield from (("intents/facts.yaml", (fact.id,), Button("tell", f"{fact.id}:{value}")) for value in (*fact.values, UNKNOWN))
    for language in guide.responses:
        yield f"responses/{language}/replies.yaml", (), Button("language", language)


# --- messages --------------------------------------------------------------------------------------------------------


class _Messages:
    """Writes out, in one language, all that can be shown, in its longest form."""

    def __init__(self, reader: Reader, guide: Guide, language: str) -> None:
        self.reader = reader
        self.guide = guide
        self.language = language
        self._lengths: dict[tuple[str, str], int] = {}

    def check(self) -> None:
        self._together(self._cards(), self._notes())
        road = self._longest_road()
        end = max(self._written(present(self.guide, shorter)) for shorter in _shorter(road))
        listed = self._written(reply(road, tried(self.guide, road)))
        self._together({"end of the longest road": (end, "replies", "support")}, self._single_replies())
        self._together(self._cards(), {"list of what was tried": (listed, "replies", "tried")})
        self._captions()
        self._copied()

    def _together(self, cards: Sized, notes: Sized) -> None:
        """Each card must fit into one message, and so with the longest note that can stand above it.

        Where that is too much, the one that takes more than its half is named.
        """
        short = {what: note for what, note in notes.items() if note[0] <= MESSAGE // 2}
        for what, card in cards.items():
            if card[0] > MESSAGE // 2:
                self._fits(what, card, short)
        for what, note in notes.items():
            if note[0] > MESSAGE // 2:
                self._fits(what, note, cards)

    def _fits(self, what: str, one: tuple[int, str, str], others: Sized) -> None:
        size, group, key = one
        other = max(others, key=lambda name: others[name][0], default=None)
        message = f"the {what}"
        if size <= MESSAGE and other is not None:
            size, message = size + 2 + others[other][0], f"{message}, together with the {other},"
        if size > MESSAGE:
            self.reader.find(
                file_of(self.language, group), [key], f"{message} can have {size} characters, and Telegram allows {MESSAGE}: shorten it"
            )

    def _cards(self) -> Sized:
        cards: Sized = {}
        for subject in self._subjects():
            first = subject.split(SEPARATOR)[0]
            cards[f"card of {subject}"] = (self._longest(Part("step", subject, _NUMBERS)), "fixes", first)
            if any(self.guide.fixes[fix].confirm for fix in subject.split(SEPARATOR)):
                cards[f"confirmation of {subject}"] = (self._longest(Part("confirm", subject, _NUMBERS)), "fixes", first)
        for fact in self.guide.facts:
            cards[f"question about {fact}"] = (self._longest(Part("ask", fact)), "questions", fact)
        return cards

    def _subjects(self) -> list[str]:
        """All that stands on a card: each fix alone, and those that share one."""
        cards = [step.fixes for intent in self.guide.intents.values() for step in intent.steps]
        shared = [SEPARATOR.join(fixes) for fixes in cards if len(fixes) > 1 and all(fix in self.guide.fixes for fix in fixes)]
        return list(dict.fromkeys([*self.guide.fixes, *shared]))

    # --- what can stand above a card ---

    def _notes(self) -> Sized:
        """What an error means, an answer given in between, the reasons for a fix, or a single reply."""
        notes = self._single_replies()
        back = self._above_all()
        for intent in self.guide.intents.values():
            if intent.kind is Kind.ERROR:
                parts = (*(Part(said, intent.id) for said in ("switched", "means", "also-heard")), Part("road", "", {"count": 99}))
                notes[f"opening of {intent.id}"] = (back + sum(self._longest(part) + 2 for part in parts) - 2, "intents", intent.id)
            elif intent.kind is not Kind.ACT:
                size = back + self._longest(Part("answer", intent.id)) + 2 + self._longest(Part("back-to-it"))
                notes[f"answer of {intent.id}"] = (size, "intents", intent.id)
        for fix in self.guide.fixes:
            size = max(self._longest(Part(template, fix)) for template in ("fix", "confirm"))
            notes[f"link to {fix}"] = (back + size + 2 + self._longest(Part("back-to-it")), "fixes", fix)
        for subject in self._subjects():
            notes[f'"Why?" of {subject}'] = (back + self._longest(Part("why", subject)), "fixes", subject.split(SEPARATOR)[0])
        return notes

    def _above_all(self) -> int:
        """What may stand above any note, and between it and the card: a warning, a greeting, a line that was read, and what is skipped."""
        warning = max(self._longest(Part(f"disclosed-{kind.value}")) for kind in Disclosure)
        longest = sorted(self.guide.fixes, key=self._skipped, reverse=True)[:MOST_SKIPPED]
        line = self._longest(Part("read-in-picture", "", {"line": "x" * QUOTE}))
        return 2 + warning + 2 + self._longest(Part("welcome-back")) + 2 + line + 2 + self._skipped(*longest, *MORE)

    def _skipped(self, *fixes: str) -> int:
        return self._written(Reply((Part("skipped", "", {"fixes": fixes}),), language=self.language))

    def _single_replies(self) -> Sized:
        single = [name for name, filled in REPLIES.items() if not filled and name not in ("support", "tried")]
        return {f'reply "{name}"': (self._longest(Part(name)), "replies", name) for name in single}

    def _longest_road(self) -> Session:
        """The end of it: every error taken up, every question answered, every fix left for the end, and then not done either."""
        taken = [Note(Mark.TOOK, intent.id, "", 0) for intent in self.guide.intents.values() if intent.kind is Kind.ERROR]
        told = [Note(Mark.TOLD, fact, self._longest_answer(fact), 0) for fact in self.guide.facts]
        at = (MOMENT + place * DAY for place in count())
        done = [Note(Mark.TRIED, fix, Outcome.COULDNT.value, next(at)) for _ in range(2) for fix in self.guide.fixes]
        later = sorted((note.key for note in taken), key=lambda error: self._longest(Part("later-offer", error)))[-1:]
        problem = Problem(0, (*taken, *told, *done))
        return Session(SESSION, TURN, Stage.SUPPORT, problem=problem, later=tuple(later), language=self.language, zone=ZONE)

    def _longest_answer(self, fact: str) -> str:
        values = (*self.guide.facts[fact].values, UNKNOWN)
        sizes = {
            value: self._written(Reply((Part("summary", "", {"facts": (f"{fact}:{value}",)}),), language=self.language)) for value in values
        }
        return max(sizes, key=sizes.__getitem__)

    # --- what else Telegram limits ---

    def _captions(self) -> None:
        """A fix's title and steps go under a picture."""
        for fix, entry in self.guide.responses[self.language].groups["fixes"].items():
            steps = entry["steps"]
            for lines in [*steps.texts.values(), steps.otherwise] if isinstance(steps, ByFact) else [steps]:
                numbered = (f"{number}. {line}" for number, line in enumerate(lines if isinstance(lines, tuple) else (), 1))
                size = self._filled("\n".join([str(entry["title"]), *numbered]))
                if size > CAPTION:
                    message = (
                        f"title and steps of {fix} can have {size} characters, and Telegram allows {CAPTION} under a picture: shorten them"
                    )
                    self.reader.find(file_of(self.language, "fixes"), [fix, "steps"], message)

    def _copied(self) -> None:
        """A path in backticks can be copied with a button."""
        for group, key, field, text in texts_of(self.guide.responses[self.language]):
            for keys, said in sayings(key, field, text):
                for path in _PATH.findall(said):
                    size = self._filled(path)
                    if size > COPIED:
                        message = f"the path {path} can have {size} characters, and {COPIED} can be copied with a button: shorten it"
                        self.reader.find(file_of(self.language, group), keys, message)

    # --- writing out ---

    def _longest(self, part: Part) -> int:
        """The length of a part, with the facts under which it is longest."""
        key = (part.template, part.about)
        if key not in self._lengths:
            self._lengths[key] = self._longest_of(self.guide, part)
        return self._lengths[key]

    def _filled(self, text: str) -> int:
        """The length of a text with the longest words for its placeholders."""
        if not placeholders(text):
            return length(text)
        own = self.guide.responses[self.language]
        only = replace(own, groups={**own.groups, "replies": {"this": {"text": text}}})
        return self._longest_of(replace(self.guide, responses={**self.guide.responses, self.language: only}), Part("this"))

    def _longest_of(self, guide: Guide, part: Part) -> int:
        return max(
            size
            for _, size in under_all_facts(guide, lambda facts: self._written(Reply((part,), facts=facts, language=self.language), guide))
        )

    def _written(self, whole: Reply, guide: Guide | None = None) -> int:
        """The length of a reply; 0 where it cannot be written out, since something is missing or broken and has been found already."""
        try:
            return length(render(guide or self.guide, whole).text)
        except (LookupError, ValueError, RecursionError):
            if all(finding.warning for finding in self.reader.findings):
                raise
            return 0
