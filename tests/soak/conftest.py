"""What the long trials need of their own: a larger PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.postgres_server import MISSING, PostgresServer, programs

CONNECTIONS: Final = 200
"""Eight for each of three replicas in each of five trials, and some for us."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for all trials of a mode."""
    if programs() is None:
        pytest.skip(MISSING)
    with PostgresServer(CONNECTIONS) as server:
        yield server
