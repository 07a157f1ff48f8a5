"""The environment as settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without .env, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTENT_DIR", raising=False)


def test_nothing_needs_to_be_set() -> None:
    """Without any variable the built-in content is used."""
    assert Settings().content_dir is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CONTENT_DIR names the operator's own content."""
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path))
    assert Settings().content_dir == tmp_path


def test_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable, as a compose file leaves it, counts as not set."""
    monkeypatch.setenv("CONTENT_DIR", "")
    assert Settings().content_dir is None


def test_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A line in .env counts as well, and the environment wins over it; other people's variables do no harm."""
    Path(".env").write_text("CONTENT_DIR=/from/file\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    assert Settings().content_dir == Path("/from/file")
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path))
    assert Settings().content_dir == tmp_path


def test_the_example_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """.env.example, copied as it stands, changes nothing."""
    example = Path(__file__).parents[1] / ".env.example"
    Path(".env").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    assert Settings().content_dir is None


def test_frozen() -> None:
    """Settings are read once and never change."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().content_dir = Path("/elsewhere")
