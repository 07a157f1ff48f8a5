"""Links that open the bot at one problem, question or fix, and the QR codes of them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image, ImageDraw

from bot.cli import main
from bot.linking import draw_codes, links
from bot.model import Asked, Guide, Kind, Risk, Session
from bot.triggers import Scene, read_event
from tests.conversing import Talk

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What Telegram takes after `?start=`."""


def test_every_link_leads_to_what_it_names(guide: Guide) -> None:
    """There is a link to each error, question and fix, of a form that Telegram takes, and /start with it opens just that."""
    found = list(links(guide, "some_bot", "en"))
    treated = [intent for intent in guide.intents.values() if intent.kind in (Kind.ERROR, Kind.QUESTION)]
    assert {link.id for link in found} == {intent.id for intent in treated} | guide.fixes.keys()
    assert len({link.url for link in found}) == len(found) == len(treated) + len(guide.fixes)
    for link in found:
        address, _, payload = link.url.partition("?start=")
        assert address == "https://t.me/some_bot"
        assert PAYLOAD.fullmatch(payload)
        trigger, scene = read_event(Scene(guide, Session("s"), 0), Asked("start", payload))
        assert trigger == "fix" if link.kind == "fix" else trigger in ("take", "answer")
        assert scene.about == link.id


def test_titles_are_in_the_language_asked_for(guide: Guide) -> None:
    titles = {link.id: link.title for link in links(guide, "some_bot", "de")}
    assert titles["storage-full"] == guide.responses["de"].groups["intents"]["storage-full"]["name"]


def _picture(svg: Path) -> Image.Image:
    """The QR code as a camera sees it. The SVG is one path of horizontal lines, which `m` and `h` draw from where the last one began."""
    root = ET.parse(svg).getroot()  # noqa: S314 - we wrote it
    scale, side = 8, int(root.attrib["width"])
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    path = next(node.attrib["d"] for node in root.iter() if node.attrib.get("class") == "qrline")
    x = y = 0.0
    for deed, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if deed == "h":
            pen.rectangle((x * scale, (y - 0.5) * scale, (x + values[0]) * scale - 1, (y + 0.5) * scale - 1), fill=0)
            x += values[0]
        elif deed == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    return image


def test_codes_can_be_read(guide: Guide, tmp_path: Path) -> None:
    """Every code, read as a phone reads it, holds the address of its link."""
    found = list(links(guide, "backup_medic_bot", "en"))
    draw_codes(found, tmp_path)
    for link in found:
        read = zxingcpp.read_barcodes(_picture(tmp_path / f"{link.kind}-{link.id}.svg"))
        assert [code.text for code in read] == [link.url]


def test_the_command(tmp_path: Path) -> None:
    """A table for people, JSON for scripts, and a code for each."""
    table = CliRunner().invoke(main, ["links", "--name", "@some_bot"])
    assert table.exit_code == 0, table.output
    listed = CliRunner().invoke(main, ["links", "--name", "some_bot", "--json", "--svg", str(tmp_path / "codes")])
    found = json.loads(listed.output)
    assert [line.split()[-1] for line in table.output.splitlines()] == [link["url"] for link in found]
    assert len(list((tmp_path / "codes").glob("*.svg"))) == len(found)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without segno, one line says what to install."""
    monkeypatch.setitem(sys.modules, "segno", None)
    refused = CliRunner().invoke(main, ["links", "--name", "some_bot", "--svg", str(tmp_path)])
    assert refused.exit_code == 1
    assert "backup-medic[links]" in refused.output


# --- what a link to a fix shows ----------------------------------------------------------------------------------------------


def _risky(guide: Guide) -> str:
    return next(fix.id for fix in guide.fixes.values() if fix.confirm and fix.risk is not Risk.NONE)


def test_a_link_to_a_fix_in_the_middle_of_another(guide: Guide) -> None:
    """The fix is shown as an answer; the card comes back below it, and its buttons are good."""
    talk = Talk(guide).take("poor-network")
    before = talk.session
    talk.ask("start", "fix_restart")
    assert talk.parts[:2] == ["fix restart", "back-to-it"]
    assert (talk.session.stage, talk.session.problem, talk.session.turn) == (before.stage, before.problem, before.turn)


def test_nothing_risky_is_shown_by_a_link_before_it_is_confirmed(guide: Guide) -> None:
    """Of a fix that costs something, the cost comes first, and its steps only after a press."""
    risky = _risky(guide)
    for talk in (Talk(guide), Talk(guide).take("poor-network")):
        before = talk.session
        talk.ask("start", f"fix_{risky}")
        assert talk.parts[0] == f"confirm {risky}"
        assert f"fix {risky}" not in talk.parts
        talk.press(f"confirm {risky}")
        assert talk.parts[0] == f"fix {risky}"
        assert (talk.session.stage, talk.session.problem) == (before.stage, before.problem)


def test_an_unknown_link_is_welcome(guide: Guide) -> None:
    """Whatever follows ?start=: a friendly welcome."""
    for payload in ("fix_", "fix_gone", "nonsense", "fix_../../etc", "x" * 64, "fix_" + "y" * 60):
        assert Talk(guide).ask("start", payload).parts == ["welcome"]
