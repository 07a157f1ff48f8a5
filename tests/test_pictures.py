"""The pictures: what they show, in which letters, and that `check` finds what could not be read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import pytest
import yaml
from fontTools.ttLib import TTFont
from PIL import Image

from bot.checking.pictures import check_pictures, problems
from bot.drawing import PHONE, SMALLEST, WIDTH, Scheme, digest, draw, lay_out
from bot.drawing.lettering import FONTS, Style, fitted, lacking
from bot.illustrating import PRESSES, CannotShow, has_picture, path_picture
from bot.markup import plain
from bot.model import Fix, Guide, Part, Picture, Press, Reply, Row, Sketch, Tap
from bot.reading import Reader
from bot.rendering import render
from bot.variants import pictures
from tests.sampling import sample
from tests.small_content import write

FACTS: Final = {"device": "iphone", "ios": "18", "restart_buttons": "volume-keys"}
STEPS: Final = ("Open `Settings › [your name] › iCloud`.", "Turn on **Back Up**. It may be called **Other**.")


def shown(guide: Guide, fix: str, language: str = "en", **facts: str) -> Picture:
    reply = Reply((Part("picture", fix),), facts={**FACTS, **facts}, language=language, picture=fix)
    found = render(guide, reply, pictures=True).picture
    assert found is not None
    return found


def all_pictures(guide: Guide, language: str) -> list[Picture]:
    return [picture for fix in guide.fixes.values() for picture in pictures(guide, fix, language)]


# --- what a picture shows ------------------------------------------------------------------------------------------------


def test_a_way_through_settings_ends_at_the_switch(guide: Guide) -> None:
    """Each row of the path is tapped, then the switch that a step names; the icons are iOS's."""
    assert shown(guide, "enable") == Picture(
        "en",
        "Settings",
        (
            Row("your name", tap=Tap.PERSON),
            Row("iCloud", icon="cloud"),
            Row("iCloud Backup", icon="backup"),
            Row("Back Up This iPhone", tap=Tap.ON),
        ),
    )


def test_a_picture_says_what_the_phone_says(guide: Guide) -> None:
    """A picture follows the language, the device and the version of iOS; a label that is not confirmed shows the English one as well."""
    assert shown(guide, "toggle", "de", device="ipad").rows[-1] == Row("Dieses iPad sichern", "Back Up This iPad", Tap.OFF)
    assert shown(guide, "network-reset", ios="14").rows[1].label == "Reset"
    assert shown(guide, "network-reset").rows[1].label == "Transfer or Reset iPhone"


def test_the_buttons_are_those_of_the_phone(guide: Guide) -> None:
    """Each of the three ways to force a restart has its own picture."""
    keys = {way: [press.keys for press in shown(guide, "force-restart", restart_buttons=way).presses] for way in PRESSES}
    assert keys == {
        "volume-keys": [("volume-up",), ("volume-down",), ("side",)],
        "volume-down": [("volume-down", "side")],
        "home": [("home", "power-side", "power-top")],
    }


@pytest.mark.parametrize("facts", [{}, {"restart_buttons": "unknown"}, {"restart_buttons": "home", "device": "ipad"}])
def test_no_picture_where_it_would_be_wrong(guide: Guide, facts: dict[str, str]) -> None:
    """While nobody knows the buttons, or on an iPad, none are shown."""
    assert not has_picture(guide.fixes["force-restart"], facts)


def test_words_come_alone_where_no_picture_can_be_shown(guide: Guide) -> None:
    """An output of words has the steps, no picture, and offers none."""
    reply = Reply((Part("picture", "enable"),), facts=FACTS, language="en", picture="enable")
    assert render(guide, reply).picture is None
    assert render(guide, reply).text == render(guide, reply, pictures=True).text
    assert plain(render(guide, reply).text).startswith("See that iCloud Backup is switched on\n1. Open")


@pytest.mark.parametrize(
    ("sketch", "lack"),
    [
        (Sketch(path=2), "step 2 names no path"),
        (Sketch(path=3), "there is no step 3"),
        (Sketch(path=1, switch=1), "step 1 names nothing in bold"),
    ],
)
def test_a_step_that_lacks_what_is_drawn(sketch: Sketch, lack: str) -> None:
    with pytest.raises(CannotShow, match=lack):
        path_picture(sketch, "en", STEPS, STEPS)


def test_a_translation_with_another_path() -> None:
    """A path must have as many rows as the English one."""
    with pytest.raises(CannotShow, match="names 1 rows of Settings, and in English 2"):
        path_picture(Sketch(path=1), "de", ("`Einstellungen › iCloud`",), STEPS)


# --- drawing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fix", ["enable", "wifi", "force-restart"])
def test_a_picture_is_a_png_in_two_schemes(guide: Guide, fix: str) -> None:
    """It is as wide as all, no taller than a phone shows well, and dark where it should be."""
    picture = shown(guide, fix, "ja")
    images = {scheme: Image.open(io.BytesIO(draw(picture, scheme))) for scheme in Scheme}
    for image in images.values():
        assert image.format == "PNG"
        assert image.width == WIDTH
        assert image.height == lay_out(picture).height < 2 * WIDTH
    light, dark = (sum(image.convert("L").resize((1, 1)).tobytes()) for image in images.values())
    assert light > dark + 50


def test_the_same_is_drawn_alike(guide: Guide) -> None:
    """The name of a picture depends on all that it shows, and on nothing else."""
    assert digest(shown(guide, "enable")) == digest(shown(guide, "enable", restart_buttons="home"))
    assert digest(shown(guide, "enable")) != digest(shown(guide, "toggle"))
    assert digest(shown(guide, "enable")) != digest(shown(guide, "enable", device="ipad"))


def test_words_are_broken_where_they_may_be() -> None:
    """Words stay whole, Japanese may be broken between any two letters, and what never fits is told."""
    assert fitted("Back Up This iPhone", Style("en", (50,)), 300).lines == ("Back Up", "This iPhone")
    assert len(fitted("今すぐバックアップを作成", Style("ja", (50,)), 400).lines) == 2
    assert fitted("Netzwerkeinstellungen", Style("de", (54, 40)), 500).size == 40
    assert not fitted("Netzwerkeinstellungen", Style("de", (54, 40)), 200).fits


@pytest.mark.sampled
def test_every_language_has_its_letters(guide: Guide) -> None:
    """All that stands in any picture is in the font of its language: no boxes. Read from the fonts' own tables."""
    tables = {font.stem: set(TTFont(font).getBestCmap()) for font in FONTS.glob("*.otf")}
    assert len(guide.responses) >= 14
    for language in sample(guide.responses, 4):
        own = tables.get(f"NotoSansCJK-{language}", tables["Inter-Medium"] & tables["Inter-SemiBold"])
        said = {letter for picture in all_pictures(guide, language) for words in lay_out(picture).words for letter in words.text}
        assert len(said) > 20
        assert not [letter for letter in said if ord(letter) not in own]


def test_a_letter_that_no_font_has() -> None:
    """It is found without the fonts' tables too."""
    assert lacking("en", "Сеть — Größe") == []
    assert lacking("en", "設定 ok") == ["設", "定"]
    assert lacking("ja", "設定 שלום") == ["ש", "ל", "ו", "ם"]


@pytest.mark.sampled
def test_all_can_be_read_on_a_phone(guide: Guide) -> None:
    """In every language, every picture fits, and has no letters that are too small on a small phone."""
    for language in sample(guide.responses, 4):
        for picture in all_pictures(guide, language):
            sheet = lay_out(picture)
            assert list(problems(sheet, language)) == []
            assert min(words.size for words in sheet.words) * PHONE / WIDTH >= SMALLEST


# --- check ---------------------------------------------------------------------------------------------------------------


LEADS: Final = ["Open `Settings › Wi-Fi`.", "Tap **Join**."]


def found(folder: Path) -> list[str]:
    reader = Reader(folder)
    check_pictures(reader, reader.guide())
    return [str(finding) for finding in reader.findings]


def change(folder: Path, file: str, entry: str, **fields: object) -> None:
    """Give an entry of a content file other fields."""
    path = folder / file
    raw = yaml.safe_load(path.read_text("utf-8"))
    raw[entry] |= fields
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), "utf-8")


@pytest.mark.parametrize(
    ("properties", "steps", "told"),
    [
        ({}, LEADS, "leads into Settings"),
        ({"picture": {"path": 2}}, LEADS, "step 2 names no path in Settings"),
        ({"picture": {"path": 1, "row": 1}}, LEADS, "step 1 names nothing in bold"),
        ({"picture": {"path": 1}}, [f"Open `Settings › {'Donaudampfschiff' * 5}`."], "there is no room"),
        ({"picture": {"path": 1}}, ["Open `Settings › 設定`."], "no font has the letters 設 定"),
        ({"picture": {"path": 1}}, ["Open `Settings › " + " › ".join("abcdefghij") + "`."], "times as high as wide"),
        ({"picture": {"path": 1, "action": 2}}, LEADS, ""),
    ],
)
def test_check_finds_what_cannot_be_shown(tmp_path: Path, properties: dict[str, object], steps: list[str], told: str) -> None:
    """A fix that leads into Settings needs a picture that can be drawn, and read."""
    write(tmp_path)
    change(tmp_path, "intents/fixes.yaml", "wifi", **properties)
    change(tmp_path, "responses/en/fixes.yaml", "wifi", steps=steps)
    complaints = found(tmp_path)
    assert [told in complaint for complaint in complaints] == ([True] if told else []), complaints


def test_letters_that_are_too_small() -> None:
    """A text below 13 pixels on a small phone is told."""
    sheet = lay_out(Picture("en", presses=(Press(("side",), ("Side button",), "Hold", hold=True),)))
    sheet.write((0, 0), fitted("tiny", Style("en", (30,)), 500), "text")
    assert list(problems(sheet, "en")) == ['"tiny" is 10.0 pixels high on a phone, and 13 can be read']


def test_a_fix_that_needs_the_buttons_needs_their_picture(guide: Guide) -> None:
    """The fact of the buttons asks for a picture as well."""
    bare = Fix("force", 1, needs=("restart_buttons",))
    reader = Reader(Path())
    check_pictures(reader, Guide({}, {"force": bare}, guide.facts, guide.responses))
    assert [finding.message for finding in reader.findings] == [
        "force needs the phone's buttons, and people would rather see them: add `picture:`"
    ]
