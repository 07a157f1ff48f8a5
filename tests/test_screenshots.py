"""What is made of the lines of a picture, without any picture; and how well the drawn screens are read."""

from __future__ import annotations

import pytest

from bot.matching import Matcher
from bot.model import Decision, Guide, LanguageFrom
from bot.screenshots import QUOTE, Line, Screenshots, Seen, quoted, with_caption
from tests.ocr import need_drawing, reader
from tests.sampling import ALL, SAMPLE, sample

PAGE = """< iCloud iCloud Backup
Back Up This iPhone
Automatically back up data such as your accounts,
documents, Home configuration, and settings when
this iPhone is connected to power, locked, and on
Wi-Fi.
Back Up Over Cellular
Back Up Now
{error}
Last successful backup: March 3 at 2:14 AM"""


def _seen(guide: Guide, matcher: Matcher, page: str, sure: float = 90.0) -> Seen:
    lines = [Line(text, sure) for text in page.splitlines()]
    return Screenshots(guide.intents, guide.standard).understand(lines, matcher.read)


def _intent(seen: Seen) -> str | None:
    heard = seen.shown.heard
    return heard.intents[0] if heard and heard.decision is Decision.MATCH else None


@pytest.mark.parametrize(
    ("error", "intent"),
    [
        ("The last backup could not be completed.", "last-backup-failed"),
        ("The last backup could not be completed\nbecause of poor network conditions.", "poor-network"),
        ("This iPhone cannot be backed up because there is\nnot enough iCloud storage available.", "storage-full"),
        ("Last Backup: Never", "backup-off"),
    ],
)
def test_the_error_is_found_among_standard_texts(guide: Guide, matcher: Matcher, error: str, intent: str) -> None:
    seen = _seen(guide, matcher, PAGE.format(error=error))
    assert _intent(seen) == intent
    assert seen.kept == tuple(error.splitlines())


def test_a_page_without_an_error_is_none(guide: Guide, matcher: Matcher) -> None:
    """The standard page says "connected to power, locked, and on Wi-Fi", which would be an error by itself."""
    assert _seen(guide, matcher, PAGE.format(error="")).shown.what == "unknown"
    assert _intent(_seen(guide, matcher, "Back up when connected to power, locked, and on Wi-Fi\niCloud")) == "requirements-not-met"


def test_every_language_of_replies_has_standard_texts(guide: Guide) -> None:
    assert {language.partition("-")[0] for language in guide.responses} <= {language.partition("-")[0] for language in guide.standard}


def test_the_most_telling_line_goes_before_the_title(guide: Guide, matcher: Matcher) -> None:
    seen = _seen(guide, matcher, "iCloud Backup Failed\nThere was a problem connecting to the server.\nOK")
    assert _intent(seen) == "requirements-not-met"
    assert seen.shown.line == "There was a problem connecting to the server."


@pytest.mark.parametrize("page", ["Low Battery\n20% battery remaining\nLow Power Mode Close", "Dear Ann, the meeting is at noon.", "12:30"])
def test_another_kind_of_picture_is_no_error(guide: Guide, matcher: Matcher, page: str) -> None:
    assert _seen(guide, matcher, page).shown.heard is None


def test_what_the_engine_is_not_sure_of_is_not_read(guide: Guide, matcher: Matcher) -> None:
    assert _seen(guide, matcher, "The last backup could not be completed.", sure=12).shown.what == "unreadable"


def test_a_screen_tells_the_language_less_surely_than_words(guide: Guide, matcher: Matcher) -> None:
    heard = _seen(guide, matcher, "Das letzte Backup konnte nicht abgeschlossen werden.").shown.heard
    assert heard is not None
    assert (heard.language, heard.language_from) == ("de", LanguageFrom.SCREEN)
    assert heard.act is None


def test_words_under_a_picture_count(guide: Guide, matcher: Matcher) -> None:
    nothing = _seen(guide, matcher, "Mail Maps Clock")
    told = with_caption(nothing, "the last backup could not be completed", matcher.read).shown
    assert told.heard is not None
    assert told.heard.intents == ("last-backup-failed",)
    assert with_caption(nothing, "my screen", matcher.read).shown.what == "unknown"
    found = _seen(guide, matcher, "The last backup could not be completed because of poor network conditions.")
    both = with_caption(found, "my icloud storage is full", matcher.read)
    assert _intent(both) == "poor-network"
    assert with_caption(found, "", matcher.read) is found


def test_what_is_quoted_is_short_and_holds_no_address() -> None:
    assert quoted("Enter the password for “ann@example.com” **now** `x`") == "Enter the password for … now x"
    assert quoted("call 0171 2345678") == "call …"
    assert len(quoted("word " * 100)) <= QUOTE


# --- the drawn screens -----------------------------------------------------------------------------------------------------


SHARES = 2
"""Parts that can be read on different cores."""
SAMPLED = 8
"""One screen of so many is read in a quick run: each takes a second of an engine that is not ours."""
MISREAD = 0.05
WORST = 0.35
"""Shares of characters: in the mean of many screens, and in any one."""


@pytest.mark.sampled
@pytest.mark.parametrize("share", range(SHARES))
async def test_clean_screens_are_read(guide: Guide, matcher: Matcher, share: int) -> None:
    """The screenshots lead to the right intent: all of them, where 95 % were asked for, since they are always drawn the same."""
    from tests.screens.reading import all_screens, results  # noqa: PLC0415 - needs Pillow

    using = reader()
    need_drawing()
    clean = [screen for screen in all_screens() if screen.clean]
    found = [result async for result in results(using, guide, matcher, sample(clean, SAMPLED)[share::SHARES])]
    assert len(clean) >= 40
    assert [(result.screen.id, result.got) for result in found if not result.right] == []
    assert [(result.screen.id, result.errors) for result in found if result.errors > WORST] == []
    if SAMPLE == ALL:  # the mean of a few says little
        assert sum(result.errors for result in found) / len(found) <= MISREAD
