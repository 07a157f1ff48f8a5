"""What every test may use: the shipped guide and its matcher, loaded once; and how hard Hypothesis tries."""

from __future__ import annotations

import os
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from bot.content import content_dir, load_guide
from bot.matching import Matcher
from bot.model import Guide

NO_SKIPS: Final = "CI_NO_SKIPS"
"""Set to 1 where everything is installed: there a skipped test is a failure."""

settings.register_profile("quick", max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", max_examples=3000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The shipped content."""
    return load_guide(content_dir())


@pytest.fixture(scope="session")
def matcher(guide: Guide) -> Matcher:
    """The matching over the shipped content."""
    return Matcher(guide)


# --- where nothing may be skipped --------------------------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped := _skipped(terminalreporter.config):
        terminalreporter.write_line(f"FAILED: {skipped} skipped, and {NO_SKIPS}=1 allows no skip (the reasons stand above)", red=True)


def _skipped(config: pytest.Config) -> int:
    """How many tests or modules were skipped though none may be. Only the controller of a parallel run has a reporter that counts."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(NO_SKIPS) != "1" or reporter is None:
        return 0
    return len(reporter.stats.get("skipped", ()))
