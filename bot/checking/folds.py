"""What fits on a phone: every card in every language, once all that can be folded is folded."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import present
from bot.checking.texts import file_of
from bot.model import Guide, Mark, Note, Outcome, Problem, Session, Stage
from bot.phone import ROW, SCREEN, lines
from bot.reading import Reader
from bot.rendering import render
from bot.road import SEPARATOR


def check_folds(reader: Reader, guide: Guide) -> None:
    """Check every card of a fix, and every question; what is broken has been found already."""
    if any(not finding.warning for finding in reader.findings):
        return
    tried = [fix.id for fix in guide.fixes.values() if not fix.asks and not fix.ends]
    for language in guide.responses:
        for group, stage, subject in _cards(guide):
            done = [Note(Mark.TRIED, fix, Outcome.DIDNT_HELP.value, 0) for fix in tried if fix not in subject.split(SEPARATOR)]
            problem = Problem(0, (Note(Mark.TOOK, "", "", 0), *done))
            card = present(guide, Session("", stage=stage, subject=subject, problem=problem, language=language))
            message = render(guide, card, pictures=True)
            room = SCREEN - ROW * len(message.keys)
            taken = lines(message.text)
            if taken > room:
                first = subject.split(SEPARATOR)[0]
                too_long = (
                    f"the {stage.value} card of {subject} takes {taken} lines of a phone's screen, and its buttons leave {room}, "
                    "even with all folded that can be: shorten it, and first its title, its warning and its first step"
                )
                reader.find(file_of(language, group), [first], too_long)


def _cards(guide: Guide) -> Iterator[tuple[str, Stage, str]]:
    """Every card that a text belongs to: the group of its words, its stage and its subject."""
    steps = [step.fixes for intent in guide.intents.values() for step in intent.steps]
    shared = [SEPARATOR.join(fixes) for fixes in steps if len(fixes) > 1 and all(fix in guide.fixes for fix in fixes)]
    for subject in dict.fromkeys([*guide.fixes, *shared]):
        yield "fixes", Stage.FIXING, subject
        if any(guide.fixes[fix].confirm for fix in subject.split(SEPARATOR)):
            yield "fixes", Stage.CONFIRMING, subject
    for fact in guide.facts:
        yield "questions", Stage.ASKING, fact
