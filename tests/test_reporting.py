"""The report: its figures are the counts, it holds nothing of anybody, and it reads well in a real browser."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from playwright.async_api import ConsoleMessage, Request

from bot.cli import main
from bot.drawing import PHONE as SMALL_PHONE
from bot.drawing import SMALLEST, WIDTH
from bot.drawing.charts import Column, lay_out_chart
from bot.model import Guide, Outcome
from bot.reporting.estimates import Share
from bot.reporting.names import Names
from bot.reporting.page import NOTHING, page
from bot.reporting.status import PARTS, TITLE, WEEK, Process, Status, as_message, bars, status_of
from bot.reporting.summary import Summary, summarised, summary_of
from bot.store.beside import opened_beside
from bot.store.counted import Milestone
from bot.store.counts import OutcomeTotal, Period, ProgressTotal, UnmatchedTotal
from bot.store.health import Health
from tests.chromium import DESKTOP, MISSING, PHONE, chromium, program
from tests.simulated_month import STRANGE, fill

LAST: Final = datetime(2026, 3, 31, tzinfo=UTC)
MONTH: Final = Period("2026-03-02", "2026-03-31")
NOON: Final = int(LAST.timestamp()) + 43_200
CAPTION: Final = 1024
"""Letters that Telegram allows below a picture."""
EVIL: Final = '<script>alert("1")</script>'
Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a month of simulated people."""
    file = tmp_path_factory.mktemp("month") / "backup-medic.db"
    asyncio.run(fill(file, 60, LAST))
    return file


def rows(file: Path, query: str) -> list[Row]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def summary_in(file: Path, period: Period) -> Summary:
    async def work() -> Summary:
        async with opened_beside(f"sqlite:///{file}") as database:
            return await summary_of(database, period)

    return asyncio.run(work())


@pytest.fixture(scope="module")
def summary(month: Path) -> Summary:
    return summary_in(month, MONTH)


@pytest.fixture
def names(guide: Guide) -> Names:
    return Names(guide)


def tree(html: str) -> ET.Element:
    """The page's elements: it is well-formed XML as well."""
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>"))  # noqa: S314 - our own page


def table_after(html: str, heading: str, number: int = 0) -> list[list[str]]:
    """The texts of a table's body: that of this number in the section with this heading."""
    sections = tree(html).iter("section")
    section = next(one for one in sections if (one.findtext("h2") or "") == heading)
    body = list(section.iter("tbody"))[number]
    return [["".join(cell.itertext()) for cell in row] for row in body]


# --- its figures -----------------------------------------------------------------------------------------------------------


def test_figures_are_the_counts(month: Path, summary: Summary, names: Names) -> None:
    """What stands on the page is what the tables hold: in all, of each intent, of each fix, of each language."""
    html = page(summary, names, "")
    [(began,)] = rows(month, "SELECT sum(total) FROM progress_count WHERE milestone = 'began'")
    [(solved,)] = rows(month, "SELECT sum(total) FROM progress_count WHERE milestone = 'stands' AND value = 'solved'")
    assert began > 30
    assert solved > 5
    assert f"{solved} of {began}" in html
    by_intent: dict[str, int] = dict(rows(month, "SELECT intent, sum(total) FROM progress_count WHERE milestone = 'began' GROUP BY intent"))
    listed = table_after(html, "From the first message to the outcome", 1)
    assert {row[0].split()[-1]: int(row[2]) for row in listed} == by_intent
    assert all(int(row[2]) == sum(map(int, row[3:6])) for row in listed)
    within = f"day BETWEEN '{MONTH.first}' AND '{MONTH.last}'"  # who came late is still at it after midnight
    told = rows(month, f"SELECT fix, outcome, sum(total) FROM outcome_count WHERE {within} GROUP BY fix, outcome")  # noqa: S608
    outcomes = {(fix, outcome): n for fix, outcome, n in told}
    for row in table_after(html, "What became of each fix"):
        fix = row[0].split()[-1]
        assert [int(cell) for cell in row[3:]] == [outcomes.get((fix, outcome.value), 0) for outcome in Outcome]
    stops = "SELECT sum(total) FROM progress_count WHERE milestone = 'stands' AND value NOT IN ('solved', 'support')"
    assert [(sum(int(row[2]) for row in table_after(html, "Where people stop")),)] == rows(month, stops)
    read = table_after(html, "What was understood")
    by_milestone: dict[str, int] = dict(rows(month, f"SELECT milestone, sum(total) FROM progress_count WHERE {within} GROUP BY milestone"))  # noqa: S608
    assert int(read[0][2]) == by_milestone["read"]
    assert sum(summary.came.values()) == by_milestone["came"]


def test_where_problems_stand_is_where_sessions_stand(month: Path) -> None:
    """The counts agree with the conversations themselves, as long as these are kept."""
    standing = rows(month, "SELECT value, sum(total) FROM progress_count WHERE milestone = 'stands' GROUP BY value HAVING sum(total) > 0")
    assert sum(total for _, total in standing) == len(rows(month, "SELECT 1 FROM conversation WHERE session LIKE '%\"took\"%'"))


def test_a_period_leaves_out_other_days(month: Path) -> None:
    whole, first = summary_in(month, MONTH), summary_in(month, Period("2026-03-02", "2026-03-15"))
    second = summary_in(month, Period("2026-03-16", "2026-03-31"))
    assert 0 < first.total.began < whole.total.began == first.total.began + second.total.began
    assert len(first.standing) == 14


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596), (0, 0, 0.0, 1.0)],
)
def test_wilson(part: int, of: int, low: float, high: float) -> None:
    """Against published values."""
    assert list(Share(part, of).interval) == pytest.approx([low, high], abs=5e-4)


# --- nothing of anybody ------------------------------------------------------------------------------------------------------


def test_nothing_of_anybody(month: Path, summary: Summary, names: Names) -> None:
    """No key of a conversation, no id of a session and no word of a message is in the page, the text or the counts."""
    kept = [*rows(month, "SELECT conversation, chat, session FROM conversation")]
    secret = {text for key, chat, session in kept for text in (key, f'"{chat}"', re.findall(r'"([^"]{8})"', session)[0])} | set(STRANGE)
    counts = repr([rows(month, f"SELECT * FROM {table}") for table in ("progress_count", "outcome_count", "unmatched_count")])  # noqa: S608
    for told in (page(summary, names, ""), counts):
        assert [text for text in secret if text in told] == []


def test_what_is_planted_is_escaped(names: Names) -> None:
    """An id that is no id (somebody changed the content, or the database) is text and nothing else."""
    day = MONTH.first
    progress = [
        ProgressTotal(day, milestone, EVIL, value, EVIL, 1)
        for milestone, value in (
            (Milestone.BEGAN, ""),
            (Milestone.STANDS, f"fixing {EVIL}"),
            (Milestone.CAME, ""),
            (Milestone.READ, "none"),
        )
    ]
    planted = summarised(MONTH, progress, [OutcomeTotal(EVIL, EVIL, "worked", 1)], [UnmatchedTotal(EVIL, EVIL, 1, 0)])
    html = page(planted, names, EVIL)
    assert "<script" not in html
    assert EVIL in "".join(tree(html).itertext())
    assert "<script" not in as_message(a_status(planted), names)


def test_self_contained(summary: Summary, names: Names) -> None:
    """Well-formed, without a script, and without any address."""
    html = page(summary, names, "")
    found = tree(html)
    assert not {"script", "link", "img", "iframe", "object"} & {element.tag for element in found.iter()}
    assert not {"src", "href", "onclick", "style"} & {name for element in found.iter() for name in element.attrib}
    assert not re.search(r"https?:|//|url\(|@import", html)


def test_empty(names: Names) -> None:
    """Of a period of which nothing is known, one line says so; where only something is missing, its section says that."""
    empty = summarised(MONTH, [], [], [])
    assert NOTHING in page(empty, names, "")
    some = summarised(MONTH, [ProgressTotal(MONTH.first, Milestone.CAME, "", "", "en", 1)], [], [])
    html = page(some, names, "")
    assert NOTHING not in html
    assert html.count('class="empty"') == 7
    tree(html)


# --- the command -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(month: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{month}")
    monkeypatch.chdir(tmp_path)


def report(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments], prog_name="python -m bot")


@pytest.mark.usefixtures("settings")
def test_command(summary: Summary, tmp_path: Path) -> None:
    """Text and page tell the same of the period that is asked for."""
    asked = ("--from", MONTH.first, "--to", MONTH.last)
    told = report(*asked)
    assert told.exit_code == 0, told.output
    assert f"{summary.total.began} problems began: {summary.total.solved} solved" in told.output
    written = report(*asked, "--html", "report.html")
    assert (written.exit_code, written.output) == (0, "")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"{summary.total.solved} of {summary.total.began}" in html
    assert report("--days", "30", "--to", MONTH.last).output == told.output


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--days", "3", "--from", "2026-03-02"), "not both"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "before it begins"),
        (("--from", "yesterday"), "does not match"),
        (("--html", "x.html", "--suggest-order"), "without --html"),
        (("--html", "missing/x.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_asked(arguments: tuple[str, ...], said: str) -> None:
    told = report(*arguments)
    assert told.exit_code != 0
    assert said in told.output
    assert "Traceback" not in told.output


# --- the status --------------------------------------------------------------------------------------------------------------


def a_status(week: Summary, *, count: int = 0) -> Status:
    return Status(Process("0.1.0", NOON - 90_000, "polling"), NOON, Health(count, count, count, count, count), week, week)


def test_status(month: Path, names: Names) -> None:
    """Today is today by UTC, the week is seven days with it, and the chart is of these."""

    async def work() -> Status:
        async with opened_beside(f"sqlite:///{month}") as database:
            return await status_of(database, Process("0.1.0", NOON - 90_000, "polling"), NOON)

    status = asyncio.run(work())
    assert status.today.period == Period("2026-03-31", "2026-03-31")
    assert status.week.period == Period("2026-03-25", "2026-03-31")
    assert [name for name, _ in status.days] == ["Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29", "Mon 30", "Tue 31"]
    assert sum(sum(sizes) for _, sizes in status.days) == status.week.total.began
    text = as_message(status, names)
    assert "<b>Backup Medic 0.1.0</b>, up 1 d 1 h, by polling" in text
    assert "<b>Today</b> (2026-03-31, UTC)" in text
    assert bars(status).count("\n") == WEEK + 1


def test_status_fits_below_a_picture(guide: Guide, names: Names) -> None:
    """Whatever the figures and the names."""
    day, many = MONTH.last, 10**9
    languages = ("zh-Hans", "unknown", "x" * 99)
    progress = [ProgressTotal(day, Milestone.READ, "", "none", code, many) for code in languages]
    progress += [ProgressTotal(day, Milestone.CAME, "", "", "en", many), ProgressTotal(day, Milestone.BEGAN, "storage-full", "", "", many)]
    progress += [ProgressTotal(day, Milestone.STANDS, "storage-full", value, "", many) for value in ("solved", "support")]
    outcomes = [OutcomeTotal("storage-full", fix, outcome, many) for fix in guide.fixes for outcome in ("worked", "didnt-help")]
    status = a_status(summarised(Period(day, day), progress, outcomes, []), count=many)
    text = unescape(re.sub(r"<[^>]+>", "", as_message(status, names)))
    assert len(text.encode("utf-16-le")) // 2 <= CAPTION


@pytest.mark.parametrize("count", [0, 1, 99_999])
def test_chart_is_readable_on_a_phone(count: int) -> None:
    """All words fit their places, and none is smaller than what is easily read."""
    sheet = lay_out_chart(TITLE, PARTS, [Column(f"Wed {day}", (count, 0, count // 2)) for day in range(24, 24 + WEEK)])
    assert [word.text for word in sheet.words if not word.fits] == []
    assert min(word.size for word in sheet.words) * SMALL_PHONE / WIDTH >= SMALLEST


# --- in a browser --------------------------------------------------------------------------------------------------------------


def _note_url(urls: list[str], request: Request) -> None:
    urls.append(request.url)


def _note_text(texts: list[str], message: ConsoleMessage) -> None:
    texts.append(message.text)


@pytest.mark.skipif(program() is None, reason=MISSING)
async def test_in_a_browser(summary: Summary, names: Names, tmp_path: Path) -> None:
    """On a phone and on a desktop, light and dark: nothing is wider than the screen, nothing is fetched, nothing is complained of."""
    file = tmp_path / "report.html"
    file.write_text(page(summary, names, "Made by a test."), encoding="utf-8")
    async with chromium() as browser:
        for context in (PHONE, DESKTOP, {**PHONE, "color_scheme": "dark"}):
            tab = await (await browser.new_context(**context)).new_page()
            fetched: list[str] = []
            complaints: list[str] = []
            tab.on("request", partial(_note_url, fetched))
            tab.on("console", partial(_note_text, complaints))
            await tab.goto(file.as_uri())
            wide, there = await tab.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide <= there
            assert (fetched, complaints) == ([file.as_uri()], [])
            assert await tab.locator("svg.bar rect.solved").first.bounding_box() is not None
