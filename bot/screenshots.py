"""What a picture of a screen means: the lines that were read in it -> an intent, and the line that told it. Pure.

A page of Settings is full of words that are no error: iOS's standard texts (intents/standard-texts.yaml) are left out first. What
remains is matched in windows of a few lines, as a message of each; the most telling window decides, so that "not enough storage" goes
before the title above it that only says that the backup failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rapidfuzz import fuzz

from bot.model import Decision, Heard, Intent, Kind, LanguageFrom, Showed
from bot.normalising import split

WINDOW: Final = 3
"""Lines that are read together; a whole paragraph is read as well, up to the next number."""
PARAGRAPH: Final = 9
SURE_OF_LINE: Final = 30.0
"""How sure of a line the engine must be: less is the grain of a photo, or a wallpaper."""
STANDARD: Final = 86.0
"""From this likeness on, lines are a standard text."""
PART_OF_IT: Final = 0.35
"""Lines that are so much of a standard text may be the part of it that the screen shows."""
LONGER: Final = 1.15
"""Lines that are longer than a standard text by more than this hold more than it."""
SHORT: Final = 24
"""A standard text of so few characters is a label: it is a line of its own, and whole."""
WORTH_ASKING: Final = 58.0
"""From this score on a line that is not sure is worth a question: a picture holds many lines."""
NEIGHBOUR: Final = 90.0
"""From this score on a picture is about a neighbour topic."""
FEW_WORDS: Final = 4
"""So few words must be iOS's own: in a picture, anything may stand beside them."""
OURS: Final = ("icloud", "iphone", "ipad")
"""In every language one of these stands on a screen that has to do with a backup."""
BACK: Final = "iCloud "
"""What stands before a page's title, on the button that leads back."""
ARROWS: Final = ("<", "‹", "«", "《", "〈")
"""How engines read the arrow of that button."""
CHOICES: Final = 3
QUOTE: Final = 120
"""Characters of what was read that are shown."""
MOST_LINES: Final = 120
_PRIVATE: Final = re.compile(r"\S+@\S+|\d[\d\s-]{4,}\d")
_MARKS: Final = re.compile(r"[*`]")
_GAP: Final = re.compile(r"\{\w+\}.*", re.DOTALL)
_DATED: Final = re.compile(r"([^:：]+)[:：](.*\d.*)")
_LETTERS: Final = re.compile(r"[^\W\d_]")

Read = Callable[[str], Heard]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read in a picture: how sure the engine is of it (0 to 100), and the number of its paragraph."""

    text: str
    sure: float = 100.0
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """Lines that are read as one message, and what they mean."""

    text: str
    heard: Heard
    lines: int

    @property
    def score(self) -> float:
        return self.heard.candidates[0].score if self.heard.candidates else 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """All that one look at a picture came to: for authors, and to compare looks.

    shown: the event. kept, left_out: its lines, and those of them that are standard texts. windows: those that mean something, best first.
    """

    shown: Showed
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    windows: tuple[Window, ...] = field(default=(), repr=False)

    @property
    def rank(self) -> tuple[int, bool, float]:
        """How much it tells: what is sure goes before what is to be asked, that before words that say nothing, and these before none."""
        heard = self.shown.heard
        if heard is None:
            return int(self.shown.what == "unknown"), False, 0.0
        return 3 if self.sure else 2, heard.screen, self.windows[0].score if self.windows else 0.0

    @property
    def sure(self) -> bool:
        return self.shown.heard is not None and self.shown.heard.decision is Decision.MATCH

    @property
    def certain(self) -> bool:
        """Whether iOS's own words were read, so that another look at the picture can tell no more."""
        return self.sure and self.rank[1]


NOTHING_READ: Final = Seen(Showed("unreadable"))


class Screenshots:
    """Understands what was read in pictures. intents: of the guide. standard: language -> the texts that iOS shows to everybody."""

    def __init__(self, intents: Mapping[str, Intent], standard: Mapping[str, Sequence[str]]) -> None:
        self._intents = intents
        texts = {text for listed in standard.values() for text in listed}
        labels = {text for text in texts if len(text) <= SHORT}
        self._whole = sorted({_bare(text) for text in texts | {BACK + label for label in labels} if "{" not in text})
        self._begun = sorted({_bare(_GAP.sub("", text)) for text in texts if "{" in text})

    def understand(self, lines: Iterable[Line], read: Read) -> Seen:
        """What the lines of a picture mean. read: text -> what it means."""
        legible = [line for line in lines if line.sure >= SURE_OF_LINE and len(_LETTERS.findall(line.text)) > 1][:MOST_LINES]
        if not legible:
            return NOTHING_READ
        standard = self._standard_among(legible)
        kept = [None if place in standard else line for place, line in enumerate(legible)]
        ours = _is_ours(legible) or any(len(legible[place].text) > SHORT for place in standard)
        windows = [window for window in self._telling(kept, read) if ours or window.heard.screen]
        windows.sort(key=self._weight, reverse=True)
        left_out = tuple(legible[place].text for place in sorted(standard))
        return Seen(self._decided(windows), tuple(line.text for line in kept if line), left_out, tuple(windows))

    # --- standard texts ---

    def _standard_among(self, lines: Sequence[Line]) -> set[int]:
        """The places of the lines that are standard texts, or parts of one."""
        bare = [_bare(line.text) for line in lines]
        found = {place for place, line in enumerate(lines) if self._is_begun(line.text) or line.text.startswith(ARROWS)}
        for text in self._whole:
            for first in range(len(bare)):
                found.update(_run(bare, first, text))
        return found

    def _is_begun(self, line: str) -> bool:
        """Whether a line is a standard text that ends in a date: "Last successful backup: March 3"."""
        told = _DATED.fullmatch(line)
        return told is not None and any(fuzz.ratio(_bare(told[1]), text) >= STANDARD for text in self._begun)

    # --- windows ---

    def _telling(self, lines: Sequence[Line | None], read: Read) -> Iterator[Window]:
        """The windows that mean an error, or a neighbour topic."""
        for text, count in dict(_windows(lines)).items():
            heard = read(text)
            if heard.candidates and self._counts(text, heard):
                yield Window(text, heard, count)

    def _counts(self, text: str, heard: Heard) -> bool:
        """Whether what a window means is worth more than a shrug."""
        best = heard.candidates[0]
        kind = self._intents[best.intent].kind
        if len(split(text)) <= FEW_WORDS and not heard.screen:
            return False
        return best.score >= (WORTH_ASKING if kind is Kind.ERROR else NEIGHBOUR) and kind in (Kind.ERROR, Kind.ELSEWHERE)

    def _weight(self, window: Window) -> tuple[bool, bool, bool, float, int]:
        """What a window counts: sure, an error, one that says why; then its score, and the fewer lines the better."""
        intent = self._intents[window.heard.candidates[0].intent]
        sure = window.heard.decision is Decision.MATCH
        return sure, intent.kind is Kind.ERROR, not intent.vague, window.score, -window.lines

    def _decided(self, windows: Sequence[Window]) -> Showed:
        """What the best window means; where none is sure, what to choose from."""
        if not windows:
            return Showed("unknown")
        best = windows[0]
        screen = min(best.heard.language_from, LanguageFrom.SCREEN)
        heard = replace(best.heard, act=None, answers={}, reported=(), disclosed=None, language_from=screen)  # a screen tells none of these
        if best.heard.decision is not Decision.MATCH:
            likely = dict.fromkeys(window.heard.candidates[0].intent for window in windows)
            heard = replace(heard, decision=Decision.CHOOSE, intents=tuple(likely)[:CHOICES])
        return Showed("read", heard, quoted(best.text))


def with_caption(seen: Seen, caption: str, read: Read) -> Seen:
    """What a picture means together with the words under it, which count as well: what is sure decides, the picture first."""
    if not caption:
        return seen
    words = read(caption)
    if seen.sure and seen.shown.heard is not None:
        heard = replace(seen.shown.heard, facts={**words.facts, **seen.shown.heard.facts})
        return replace(seen, shown=replace(seen.shown, heard=heard))
    if seen.shown.heard is None:
        telling = words.decision is not Decision.NONE and words.candidates[0].score >= WORTH_ASKING
        return replace(seen, shown=Showed("read", words)) if telling else seen
    both = read(f"{caption}\n{seen.windows[0].text}")
    sure = next((heard for heard in (words, both) if heard.decision is Decision.MATCH and heard.act is None), None)
    return replace(seen, shown=replace(seen.shown, heard=sure)) if sure is not None else seen


def quoted(text: str) -> str:
    """What was read, as it may be shown: short, without marks, and without what may be an address or a number of somebody's."""
    plain = " ".join(_PRIVATE.sub("…", _MARKS.sub("", text)).split())
    return plain if len(plain) <= QUOTE else plain[: QUOTE - 1].rstrip() + "…"


def _is_ours(lines: Iterable[Line]) -> bool:
    """Whether a screen may have to do with a backup at all; its words may be misread a little."""
    page = _bare(" ".join(line.text for line in lines))
    return any(fuzz.partial_ratio(word, page) >= STANDARD - 6 for word in OURS)


def _bare(text: str) -> str:
    """A text without blanks, case and accents: engines put blanks between the signs of some scripts."""
    return "".join(split(text))


def _run(bare: Sequence[str], first: int, text: str) -> range:
    """The places, from `first` on, of lines that are a standard text or a part of it; none if they are not."""
    if not text or fuzz.partial_ratio(bare[first], text) < STANDARD - 6:
        return range(0)
    joined, best = "", range(0)
    for last in range(first, len(bare)):
        joined += bare[last]
        if len(joined) > LONGER * len(text):
            break
        alike = fuzz.ratio if len(text) <= SHORT else fuzz.partial_ratio
        if len(joined) >= PART_OF_IT * len(text) and alike(joined, text) >= STANDARD:
            best = range(first, last + 1)
    return best


def _windows(lines: Sequence[Line | None]) -> Iterator[tuple[str, int]]:
    """One to three lines that follow each other, and whole paragraphs."""
    for first in range(len(lines)):
        text = ""
        for count, line in enumerate(lines[first : first + PARAGRAPH], 1):
            if line is None or (count > WINDOW and line.paragraph != (lines[first] or line).paragraph):
                break
            text = f"{text} {line.text}".strip()
            yield text, count
