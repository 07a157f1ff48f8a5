"""What every test may use: the shipped guide and its matcher, loaded once; and how hard Hypothesis tries."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from bot.building import starting_up
from bot.content import content_dir, keep_matching
from bot.matching import Matcher
from bot.model import Guide
from tests.conversing import shipped_guide, shipped_matcher
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import flawless
from tests.postgres_server import MISSING, PostgresServer, programs
from tests.running_bot import RunningBot
from tests.sampling import ALL, SAMPLE
from tests.soak.people import Story, quiet_stories

NO_SKIPS: Final = "CI_NO_SKIPS"
"""Set to 1 where everything is installed: there a skipped test is a failure."""
OUTSIDE: Final = "outside the repository"
"""Begins the reason of a skip for want of a file that no clone has; such a skip is never a failure."""

WITHOUT_EXPLAINING: Final = [phase for phase in Phase if phase is not Phase.explain]
"""To explain a failure takes Hypothesis many times as long as to find it."""

LONGEST_FIRST: Final = (
    *("test_web_browser", "test_telegram", "test_kill", "test_dialogues_on_telegram", "test_web_webkit", "test_postgres", "test_reloading"),
    *("test_faults", "test_web", "test_timers", "test_delivery", "test_laws", "test_passing_on", "test_webhook_bot", "test_refusals"),
    *("test_checking", "test_cli", "test_store", "test_evenings", "test_replicas", "test_screenshots", "test_matching", "test_strangers"),
)
"""Files whose tests take long together: begun first, lest a worker is left alone with one at the end."""

settings.register_profile(
    "quick", max_examples=20, derandomize=True, deadline=None, phases=WITHOUT_EXPLAINING, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=100)
settings.register_profile("soak", max_examples=3000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough" if SAMPLE == ALL else "quick"))


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The shipped content."""
    return shipped_guide()


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    """The matching over the shipped content."""
    return shipped_matcher()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A fake Telegram. A module that needs another kind has a fixture of this name of its own; so with the next."""
    async with FakeTelegram() as found:
        yield found


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A bot that talks to it, and must not complain."""
    async with flawless(telegram, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> list[Story]:
    """How scripted conversations go when nothing goes wrong."""
    return asyncio.run(quiet_stories(tmp_path_factory.mktemp("quiet")))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each worker of a parallel run. A test that stops it starts it again."""
    if programs() is None:
        pytest.skip(MISSING)
    with PostgresServer() as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    """Before a parallel run, compile the shipped content if it has changed: else each worker and each bot would do that for itself."""
    if getattr(config.option, "numprocesses", None):
        keep_matching(content_dir(), shipped_guide())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is made while tests are collected stays: the garbage collector does not look through it, neither then nor later."""
    with starting_up():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files in the order in which a parallel run hands them out."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_report_header() -> str | None:
    """How to run a failure of a sampled test again."""
    return None if SAMPLE == ALL else f"sampled tests: SAMPLE={SAMPLE} runs the same cases again, SAMPLE=all runs all"


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each core: the tests of running bots wait more than they work."""
    return 2 * (os.cpu_count() or 1)


# --- where nothing may be skipped --------------------------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped := _skipped(terminalreporter.config):
        terminalreporter.write_line(f"FAILED: {skipped} skipped, and {NO_SKIPS}=1 allows no skip (the reasons stand below)", red=True)


def _skipped(config: pytest.Config) -> int:
    """How many tests or modules were skipped though none may be. Only the controller of a parallel run has a reporter that counts."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(NO_SKIPS) != "1" or reporter is None:
        return 0
    return sum(OUTSIDE not in str(report.longrepr) for report in reporter.stats.get("skipped", ()))
