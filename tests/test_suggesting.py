"""`python -m bot report --suggest-order`: from the counts in either database to a diff that a person can apply, and nothing else."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.content import content_dir, load_guide
from bot.model import Guide, Outcome
from bot.store import Store
from bot.store.beside import opened_beside
from bot.store.counted import Count
from bot.store.counts import OutcomeTotal, Period, outcomes_in
from bot.suggesting import NOTHING, reordered, suggestion_report, suggestions
from bot.yaml_lines import Document
from tests.english_content import copy_english
from tests.keeping import KINDS, Database, a_database, opened

DAY: Final = (datetime.now(UTC) - timedelta(1)).date().isoformat()
"""A day that no report leaves out, not even at midnight."""
CLEAR: Final = {"wifi": (0, 90), "other-wifi": (2, 85), "restart": (60, 20), "update": (1, 12)}
"""Fix -> how often it worked and how often it did not: a restart is what mostly helps, and stands third."""


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return a_database(request.param, request, tmp_path)


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped content in English."""
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path / "content"))
    monkeypatch.chdir(tmp_path)
    return copy_english(tmp_path / "content")


async def counted(store: Store, counts: dict[str, tuple[int, int]], intent: str = "poor-network") -> None:
    """Add these outcomes up as the bot does: one by one, in two languages."""
    for fix, (worked, didnt) in counts.items():
        for number in range(worked + didnt):
            outcome = Outcome.WORKED if number < worked else Outcome.DIDNT_HELP
            one = Count(DAY, intent, fix, outcome, "en" if number % 2 else "de")
            await store.run(lambda tx, one=one: tx.count(one))  # type: ignore[misc]


def with_counts(database: Database, counts: dict[str, tuple[int, int]]) -> None:
    async def work() -> None:
        async with opened(database) as store:
            await counted(store, counts)

    asyncio.run(work())


def suggest(database: Database, monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    monkeypatch.setenv("DATABASE_URL", database.url)
    return CliRunner().invoke(main, ["report", "--suggest-order", *more], prog_name="python -m bot")


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.yaml")}


def test_the_diff_is_printed_and_nothing_written(database: Database, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What contradicts the order is told with its figures, as a diff that `patch` takes; the content stays as it is until then."""
    with_counts(database, CLEAR)
    before = files(content)
    shown = suggest(database, monkeypatch)
    assert shown.exit_code == 0, shown.output
    assert files(content) == before
    assert "restart (worked for 60 of 80, 18 min) before " in shown.output
    assert "--- a/intents/poor-network.yaml\n+++ b/intents/poor-network.yaml\n" in shown.output
    assert shown.output.count("\n---") == 1
    patch = shutil.which("patch")
    assert patch is not None
    subprocess.run([patch, "-p1"], input=shown.output, text=True, cwd=content, check=True, capture_output=True)  # noqa: S603 - patch
    steps = load_guide(content).intents["poor-network"].steps
    order = [step.fixes[0] for step in steps]
    assert order.index("last-date") < order.index("restart") < order.index("other-wifi") < order.index("network-reset")
    assert sorted(order) == sorted(step.fixes[0] for step in load_guide(content_dir()).intents["poor-network"].steps)


@pytest.mark.parametrize(
    "counts", [{}, {"restart": (20, 5), "wifi": (0, 24)}, {"wifi": (60, 40), "other-wifi": (15, 15), "restart": (3, 9)}]
)
def test_nothing_is_said_without_reason(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: dict[str, tuple[int, int]]
) -> None:
    """No counts, too few, or counts that agree with the order: one line says so."""
    monkeypatch.chdir(tmp_path)
    with_counts(database, counts)
    shown = suggest(database, monkeypatch, "--days", "7")
    assert shown.exit_code == 0, shown.output
    assert shown.output == f"{NOTHING}: none in 7 days with 50 outcomes or more is more than 95% sure\n"


async def test_totals_are_of_all_languages_in_a_period(database: Database) -> None:
    """Totals sum up days and languages, and leave out what is before or after."""
    async with opened(database) as store:
        await counted(store, {"restart": (3, 2)})
        for day in ("2001-01-01", "2999-01-02"):
            one = Count(day, "poor-network", "restart", Outcome.WORKED, "en")
            await store.run(lambda tx, one=one: tx.count(one))  # type: ignore[misc]
        async with opened_beside(database.url) as beside:
            assert await outcomes_in(beside, Period("2020-01-01", DAY)) == [
                OutcomeTotal("poor-network", "restart", "didnt-help", 2),
                OutcomeTotal("poor-network", "restart", "worked", 3),
            ]


def totals(intent: str, counts: dict[str, tuple[int, int]]) -> list[OutcomeTotal]:
    return [
        OutcomeTotal(intent, fix, outcome, number)
        for fix, (worked, didnt) in counts.items()
        for outcome, number in (("worked", worked), ("didnt-help", didnt))
    ]


def test_what_is_not_known_any_more_is_passed_over(guide: Guide) -> None:
    """Counts of an intent, a fix or an outcome that is gone, and of intents that are no errors, say nothing."""
    gone = [*totals("gone", CLEAR), *totals("how-long", CLEAR), OutcomeTotal("poor-network", "restart", "enjoyed", 999)]
    assert suggestions(guide, [*gone, *totals("poor-network", {"gone": (99, 0)})]) == []
    assert [one.intent for one in suggestions(guide, [*gone, *totals("poor-network", CLEAR)])] == ["poor-network"]


def test_no_suggestion_no_diff(tmp_path: Path) -> None:
    """Without a suggestion no file is opened."""
    assert suggestion_report(tmp_path / "missing", [], 30).startswith(NOTHING)


LINES: Final = """\
fixes:
  # the first
  - {fix: one}   # really
  - fix: two
    only_if:
      old: ["yes"]
  # of both
  # kinds
  - {fix: [three, four]}

then: other
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_entries_move_with_their_lines(ending: str) -> None:
    """An entry of several lines moves as a whole, with the comment above it; all other lines, and the ends of lines, stay."""
    text = LINES.replace("\n", ending)
    lines = text.splitlines(keepends=True)
    moved = reordered(lines, Document(text.encode()), (2, 0, 1))
    assert (
        "".join(moved).replace(ending, "\n")
        == """\
fixes:
  # of both
  # kinds
  - {fix: [three, four]}
  # the first
  - {fix: one}   # really
  - fix: two
    only_if:
      old: ["yes"]

then: other
"""
    )
    assert all(line.endswith(ending) for line in moved)
    assert reordered(lines, Document(text.encode()), (0, 1, 2)) == lines


def test_entries_on_one_line_stay() -> None:
    """A list on one line is left to the person who reads the reasons."""
    text = "id: x\nfixes: [{fix: one}, {fix: two}]\n"
    assert reordered(text.splitlines(keepends=True), Document(text.encode()), (1, 0)) == ["id: x\n", "fixes: [{fix: one}, {fix: two}]\n"]


def test_an_entry_at_the_end_of_the_file() -> None:
    """The last entry may be the last line."""
    text = "id: x\nfixes:\n- {fix: one}\n- {fix: two}\n"
    assert (
        "".join(reordered(text.splitlines(keepends=True), Document(text.encode()), (1, 0))) == "id: x\nfixes:\n- {fix: two}\n- {fix: one}\n"
    )
