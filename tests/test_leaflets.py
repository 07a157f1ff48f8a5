"""The summary on one page: what it says, that it fits in every language, and how it reaches people."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from bot.cards import leaflet, present, summary
from bot.drawing import draw_leaflet, lay_out_leaflet
from bot.drawing.leaflets import MARGIN, SIZE
from bot.drawing.lettering import FONTS
from bot.drawing.sheet import Box, Sheet
from bot.matching import Matcher
from bot.model import UNKNOWN, Button, Guide, Kind, Leaflet, Mark, Note, Outcome, Problem, Reply, Session, Stage
from bot.rendering import render
from bot.sharing import in_company
from bot.summaries import LONGEST
from bot.transports.terminal import Terminal
from tests.fake_telegram import Chat, FakeTelegram, Shown
from tests.on_telegram import OFF, PATIENCE, asked, flawless, said, troubled, until
from tests.sampling import sample
from tests.test_terminal import Script, answers

NOON: Final = 1_763_812_800
"""12:00 UTC on 22 November 2025: the 23rd begins in Berlin eleven hours later."""
HOUR: Final = 3600
BUTTON: Final = "A page for the shop"


def road(guide: Guide, language: str = "en", *fixes: str, zone: str = "", stage: Stage = Stage.SUPPORT) -> Session:
    """Somebody who tried these fixes, seven hours apart, each with another outcome."""
    outcomes = list(Outcome)[1:]
    told = [Note(Mark.TOLD, fact, value, NOON) for fact, value in (("device", "iphone"), ("ios", "18"))]
    tried = [Note(Mark.TRIED, fix, outcomes[place % 4].value, NOON + 7 * HOUR * place) for place, fix in enumerate(fixes)]
    took = [Note(Mark.TOOK, error, "", NOON) for error in ("not-backing-up", "poor-network")]
    problem = Problem(1, (*took, *told, *tried))
    return Session("s", 1, stage, problem=problem, language=language, zone=zone, seen=NOON + 7 * HOUR * len(fixes))


def longest(guide: Guide, language: str) -> Session:
    """Every error taken up, every question answered with the most words, every fix tried: more than anybody ever does."""
    errors = [Note(Mark.TOOK, intent.id, "", NOON) for intent in guide.intents.values() if intent.kind is Kind.ERROR]
    told = [Note(Mark.TOLD, fact.id, fact.values[-1], NOON) for fact in guide.facts.values()]
    tried = [Note(Mark.TRIED, fix, Outcome.DIDNT_HELP.value, NOON) for fix in guide.fixes]
    problem = Problem(1, (*errors, *told, *tried))
    return Session("s", 1, Stage.SUPPORT, problem=problem, language=language, zone="Europe/Berlin", seen=NOON)


def page(guide: Guide, session: Session) -> Leaflet:
    found = render(guide, leaflet(guide, session), leaflets=True).leaflet
    assert found is not None
    return found


# --- what it says ----------------------------------------------------------------------------------------------------------


def test_what_stands_on_it(guide: Guide) -> None:
    """Phone, iOS, the error as iOS words it, each fix with outcome and time, and what is left; in both languages, line by line."""
    shown = page(guide, road(guide, "de", "wifi", "restart", zone="Europe/Berlin"))
    assert shown.languages == ("de", "en")
    assert shown.title == ("iCloud-Backup funktioniert nicht", "iCloud Backup does not work")
    assert (("Gerät", "Device"), ("iPhone",)) in shown.facts
    assert (("iOS-Version", "iOS version"), ("iOS 18",)) in shown.facts
    assert shown.screen[1] == "The last backup could not be completed because of poor network conditions."
    assert shown.screen[0].startswith("Das letzte Backup konnte aufgrund schlechter Netzwerkbedingungen")
    assert [(one.title[1], one.told) for one in shown.tried] == [
        ("Connect to a Wi-Fi network that works", ("half nicht", "did not help")),
        ("Restart the iPhone", ("ging nicht", "could not be done")),
    ]
    assert shown.tried[0].when == ("22. Nov., 13:00", "Nov 22, 1:00 pm")
    assert shown.made == ("23. Nov. 2025", "Nov 23, 2025")
    left = [title[-1] for title in shown.left]
    assert "Reset the network settings" in left
    assert "Restart the iPhone" not in left
    assert all(line in shown.words for line in (shown.screen[0], "22. Nov.:", "half nicht, 13:00"))


def test_for_english_readers_it_is_english_alone(guide: Guide) -> None:
    shown = page(guide, road(guide, "en", "wifi"))
    assert shown.languages == ("en",)
    assert all(len(one.title) == len(one.told) == 1 for one in shown.tried)


@pytest.mark.parametrize(
    ("language", "zone", "when"),
    [("en", "", "Nov 22"), ("en", "America/New_York", "Nov 22, 7:00 am"), ("ja", "", "11月22日"), ("ja", "Asia/Tokyo", "11月22日, 21:00")],
)
def test_times_are_told_where_the_zone_was(guide: Guide, language: str, zone: str, when: str) -> None:
    """A guessed zone is good for the day at most: who said nothing gets no times."""
    assert page(guide, road(guide, language, "wifi", zone=zone)).tried[0].when[0] == when


def test_the_day_is_that_of_the_language_where_it_is_spoken_in_one_time(guide: Guide) -> None:
    """Late in the evening UTC it is the next day in Japan."""
    session = road(guide, "ja", "wifi", "restart", "update")
    assert page(guide, session).tried[2].when[0] == "11月23日"
    assert page(guide, road(guide, "ja", "wifi", "restart")).tried[1].when[0] == "11月23日"


def test_what_is_not_known_is_left_to_be_written_in(guide: Guide) -> None:
    """Device and iOS stand there in any case; what the person could not tell is told as that."""
    problem = Problem(1, (Note(Mark.TOOK, "stalled", "", NOON), Note(Mark.TOLD, "ios", UNKNOWN, NOON)))
    facts = page(guide, Session("s", 1, Stage.SUPPORT, problem=problem, language="en", seen=NOON)).facts
    assert facts[:2] == ((("Device",), ()), (("iOS version",), ("I can't tell",)))


def test_a_reply_of_an_older_version_has_no_times(guide: Guide) -> None:
    """What was queued before an update is still written out."""
    reply = leaflet(guide, road(guide, "en", "wifi"))
    values = {"errors": ("poor-network",), "facts": (), "fixes": ("wifi:didnt-help",)}
    old = Reply(tuple(type(part)(part.template, part.about, values) for part in reply.parts), language="en")
    shown = render(guide, old, leaflets=True).leaflet
    assert shown is not None
    assert (shown.tried[0].when, shown.made) == ((), ())


def test_what_was_tried_first_stands_first(guide: Guide) -> None:
    """A fix that was put off and tried a day later stands on that day, and no day stands twice."""
    reply = leaflet(guide, road(guide, "en", "wifi", "restart", "update"))
    [part] = [part for part in reply.parts if "fixes" in part.values]
    values = {**part.values, "fixes": (f"wifi:couldnt:{NOON + 24 * HOUR}", f"restart:didnt-help:{NOON}", f"update:already:{NOON + HOUR}")}
    shown = render(guide, replace(reply, parts=(replace(part, values=values),)), leaflets=True).leaflet
    assert shown is not None
    assert [one.title[-1] for one in shown.tried] == ["Restart the iPhone", "Update the iPhone", "Connect to a Wi-Fi network that works"]
    assert shown.words.count("Nov 22:") == 1


def test_a_long_summary_says_less_of_each(guide: Guide) -> None:
    """The lines to copy stay within a message: with very many fixes the times and the rest are left to the page."""
    short, long = (page(guide, session).words for session in (road(guide, "en", "wifi"), longest(guide, "en")))
    assert "Nov 22:" in short
    assert "Nov 22" not in long
    assert len(short) <= LONGEST < len(long)
    assert re.search(r"^Did not help:\n(- .*\n)*- Restart the (iPhone|iPad)$", long, re.MULTILINE)


# --- where it is offered ---------------------------------------------------------------------------------------------------


def test_it_is_offered_only_where_it_can_be_drawn(guide: Guide) -> None:
    """Without the extra the button is not there, and one that was pressed before brings the words."""
    card = present(guide, road(guide, "en", "wifi"))
    assert (Button("leaflet"),) in card.buttons
    labels = {offered: [row[0].label for row in render(guide, card, leaflets=offered).keys] for offered in (True, False)}
    assert BUTTON in labels[True]
    assert BUTTON not in labels[False]
    words = render(guide, leaflet(guide, road(guide, "en", "wifi")))
    assert words.leaflet is None
    assert "did not help" in words.text


def test_in_a_group_nobody_sees_it(guide: Guide) -> None:
    """What a group is shown neither has the page nor its button, but the way to the private chat."""
    for reply in (leaflet(guide, road(guide, "en", "wifi")), present(guide, road(guide, "en", "wifi"))):
        shown = in_company(reply)
        assert {"leaflet", "summary"}.isdisjoint(part.template for part in shown.parts)
        assert (Button("leaflet"),) not in shown.buttons
        assert (Button("private"),) in shown.buttons


def test_nothing_to_sum_up(guide: Guide) -> None:
    assert [part.template for part in leaflet(guide, Session("s")).parts] == ["tried-nothing"]
    assert summary(guide, Session("s")).values["left"] == ()


# --- drawing ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheets(guide: Guide) -> dict[str, list[Sheet]]:
    """Language -> pages with the longest road, a usual one and a short one."""

    def sessions(language: str) -> list[Session]:
        return [longest(guide, language), road(guide, language, *list(guide.fixes)[:9]), road(guide, language, "wifi")]

    languages = {"ru", *sample(sorted(guide.responses), 4)}
    return {language: [lay_out_leaflet(page(guide, session)) for session in sessions(language)] for language in languages}


@pytest.mark.sampled
def test_nothing_runs_out_of_the_page(sheets: dict[str, list[Sheet]]) -> None:
    """In every language, with the longest road and with usual ones: each line lies within the margins and over no other."""
    for language, words in ((language, sheet.words) for language, own in sheets.items() for sheet in own):
        assert [one.text for one in words if not one.fits] == [], language
        for one in words:
            left, top, width, height = one.box
            assert MARGIN - 1 <= left <= left + width <= SIZE[0] - MARGIN + 1, (language, one)
            assert MARGIN - 21 <= top <= top + height <= SIZE[1] - MARGIN + 21, (language, one)
        assert [(one.text, other.text) for one, other in combinations(words, 2) if overlap(one.box, other.box)] == [], language


def overlap(one: Box, other: Box) -> bool:
    """Whether two places share more than the edges of their lines."""
    (x, y, width, height), (left, top, wide, high) = one, other
    return x < left + wide and left < x + width and y + 3 < top + high and top + 3 < y + height


@pytest.mark.sampled
def test_every_language_has_its_letters(sheets: dict[str, list[Sheet]]) -> None:
    """All that stands on any page is in the font of its language, or for English in that of English. Read from the fonts' own tables."""
    tables = {font.stem: set(TTFont(font).getBestCmap()) for font in FONTS.glob("*.otf")}
    latin = tables["Inter-Medium"] & tables["Inter-SemiBold"]
    for language, own in sheets.items():
        known = tables.get(f"NotoSansCJK-{language}", latin)
        painted = {letter for sheet in own for words in sheet.words for letter in words.text}
        assert not [letter for letter in painted if ord(letter) not in known], language


def test_very_many_are_counted(guide: Guide, sheets: dict[str, list[Sheet]]) -> None:
    """What does not fit on the page is counted."""
    words = [one.text for one in sheets["ru"][0].words]
    (more,) = [text.removeprefix("… + ") for text in words if text.startswith("… + ")]
    assert int(more) > 0
    assert words.count("не помогло") + int(more) == len(guide.fixes)


def test_what_tells_most_is_kept(guide: Guide) -> None:
    """Where not all fit, those that were left out or could not be done go before those that did not help."""
    session = road(guide, "ru", *guide.fixes)
    words = [one.text for one in lay_out_leaflet(page(guide, session)).words]
    assert words.count("не помогло") == sum(note.value == Outcome.DIDNT_HELP.value for note in session.problem.history)  # type: ignore[union-attr]
    assert words.count("пропущено") == 0


def test_it_is_a_page_of_paper(guide: Guide) -> None:
    """A4, light, sharp enough to print, and small enough to send."""
    drawn = draw_leaflet(page(guide, road(guide, "ja", "wifi", "restart")))
    image = Image.open(io.BytesIO(drawn))
    assert image.format == "PNG"
    assert image.size == SIZE
    assert abs(image.height / image.width - 2**0.5) < 0.01
    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert len(drawn) < 1_000_000


# --- on Telegram -------------------------------------------------------------------------------------------------------------


async def at_the_counter(chat: Chat) -> Shown:
    """Ask for the page, and wait for it."""
    await chat.press(BUTTON)
    return (await chat.wait_for(lambda now: [one for one in now if one.what == "document"], PATIENCE))[-1]


def files(folder: Path) -> set[str]:
    """The kinds of files in a folder."""
    return {path.suffix for path in folder.rglob("*") if path.is_file()}


async def listed(chat: Chat) -> Shown:
    """Try one fix in vain, and ask what was tried."""
    await asked(chat, OFF)
    await chat.press("Didn't help")
    await said(chat, "Fix 2")
    await chat.send("/tried")
    return await said(chat, "What you tried so far")


async def test_it_comes_as_a_file(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Sharp, as a message of its own with a way back; drawn anew each time, and kept nowhere."""
    async with flawless(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        card = await listed(ann.chat)
        sent = await at_the_counter(ann.chat)
        assert sent.id > card.id
        assert sent.labels == ("Go on",)
        (drawn,) = telegram.world.files.values()
        assert Image.open(io.BytesIO(drawn)).size == SIZE
        assert files(tmp_path) <= {".db", ".log", ".db-lock", ".db-wal", ".db-shm"}
        assert bot.rows("SELECT 1 FROM picture") == []
        await ann.chat.press("Go on", message=sent.id)
        await ann.chat.wait_for(lambda now: [one for one in now if one.id > sent.id and "It worked" in one.labels], PATIENCE)


async def test_from_a_group_it_goes_to_the_private_chat(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The group sees neither list nor page; in the private chat a button below the list brings the page of the group's conversation."""
    async with flawless(telegram, tmp_path):
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        group = await telegram.group("Family", ann, bob)
        hers = group.seen_by(ann)
        await asked(hers, OFF)
        await hers.press("Didn't help")
        await said(hers, "Fix 2")
        await hers.send("/tried")
        shared = await said(hers, "for you alone")
        assert BUTTON not in shared.labels
        press = await hers.press("Open the private chat")
        assert press.url is not None
        await ann.chat.start(press.url.partition("?start=")[2])
        await said(ann.chat, "did not help")
        await at_the_counter(ann.chat)
        assert [one for one in await hers.messages() if one.what == "document"] == []


async def test_a_page_that_fails_is_said_in_words(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Like the other pictures: what Telegram will never take is put aside, and the list to copy comes instead."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await listed(ann.chat)
        await telegram.fault("error", method="sendDocument", code=413, description="Request Entity Too Large")
        await ann.chat.press(BUTTON)
        words = await said(ann.chat, "The picture did not get through")
        assert "did not help" in words.text
        assert words.labels[-1:] == ("Go on",)
        await until(lambda: len(bot.rows("SELECT 1 FROM dead_letter")) == 1)


# --- in the terminal -----------------------------------------------------------------------------------------------------------


def test_the_terminal_writes_it_when_asked(guide: Guide, matcher: Matcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation writes no file; the button of the page does, and says where it lies."""
    monkeypatch.chdir(tmp_path)
    script = Script(guide, matcher, OFF, "didn't help", "/tried")
    script.terminal = Terminal(script.assistant, matcher.read, script.ask, script.out, colour=False, draw=draw_leaflet)
    shown = script.run()
    assert files(tmp_path) == set()
    (number,) = re.findall(rf"\[(\d+)\] {BUTTON}", answers(shown)[-2])
    script.lines = ["/tried", number]
    again = script.run()
    assert f"[{tmp_path / 'backup-medic.png'}]" in again
    assert Image.open(io.BytesIO((tmp_path / "backup-medic.png").read_bytes())).size == SIZE


def test_a_folder_that_cannot_be_written_to(guide: Guide, matcher: Matcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it says so, and the conversation goes on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backup-medic.png").mkdir()
    script = Script(guide, matcher, OFF, "didn't help", "/tried")
    script.terminal = Terminal(script.assistant, matcher.read, script.ask, script.out, colour=False, draw=lambda _: b"")
    (number,) = re.findall(rf"\[(\d+)\] {BUTTON}", script.run())
    script.lines = ["/tried", number]
    assert "backup-medic.png: Is a directory" in script.run()
