"""What `make release` and `make update` ask and say, and the form of the changelog."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from bot import __version__
from deploy.release import Part, parts, problems, version
from deploy.update import changes, pins
from tests.checkout import ROOT

TODAY: Final = date(2026, 11, 22)
KINDS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The headings of Keep a Changelog, in its order."""
PEOPLE: Final = ("For people in a chat", "For operators", "For authors", "For engineers")
"""Whom an entry concerns, in the order in which we name them."""
READY: Final = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-11-22\n\n### Added\n\n- It all.\n"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *arguments], cwd=folder, check=True)  # noqa: S603, S607


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that can be released as 1.2.0."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/__init__.py").write_text('__version__ = "1.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(READY, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All of it", "--allow-empty")


# --- what can be released ----------------------------------------------------------------------------------------------------


def test_ready(checkout: Path) -> None:
    """A clean checkout whose changelog has the version can be released, and once more from the commit that has its tag."""
    assert problems(checkout, TODAY) == []
    git(checkout, "tag", "v1.2.0")
    assert problems(checkout, TODAY) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("bot/__init__.py", "1.2.0", "1.2.0.dev1", "1.2.0.dev1 is no version of a release"),
        ("bot/__init__.py", "1.2.0", "1.3.0", "no part [1.3.0]"),
        ("CHANGELOG.md", "## [Unreleased]", "## Soon", "does not begin with a part [Unreleased]"),
        ("CHANGELOG.md", "[Unreleased]\n", "[Unreleased]\n\n- More.\n", "entries under [Unreleased]"),
        ("CHANGELOG.md", " - 2026-11-22", "", "no day"),
        ("CHANGELOG.md", "2026-11-22", "soon", "no day"),
        ("CHANGELOG.md", "2026-11-22", "2026-11-23", "in the future"),
    ],
)
def test_not_ready(checkout: Path, file: str, old: str, new: str, said: str) -> None:
    """What is wrong with version or changelog is named."""
    path = checkout / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    commit(checkout)
    assert any(said in problem for problem in problems(checkout, TODAY)), problems(checkout, TODAY)


def test_not_committed(checkout: Path) -> None:
    """A file that is not committed would go along unseen."""
    (checkout / "bot/new.py").touch()
    assert problems(checkout, TODAY) == ["the checkout has changes that are not committed"]


def test_released_already(checkout: Path) -> None:
    """A version that another commit has is not released again."""
    git(checkout, "tag", "v1.2.0")
    commit(checkout)
    assert problems(checkout, TODAY) == ["v1.2.0 is another commit already: a version is released once"]


def test_the_version_is_ours() -> None:
    """It is read from where the package has it."""
    assert version(ROOT) == __version__


# --- the changelog -----------------------------------------------------------------------------------------------------------


def changelog() -> list[Part]:
    return parts((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_versions() -> None:
    """Unreleased stands on top; below it versions with their days, the newest first."""
    first, *released = changelog()
    assert (first.name, first.day) == ("Unreleased", None)
    numbers = [tuple(map(int, part.name.split("."))) for part in released]
    assert numbers == sorted(set(numbers), reverse=True)
    days = [date.fromisoformat(part.day or "none") for part in released]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("part", changelog(), ids=lambda part: part.name)
def test_headings(part: Part) -> None:
    """Entries stand under the headings of Keep a Changelog, and there under whom they concern, each once and in order."""
    opening, *kinds = re.split(r"^### ", part.body, flags=re.MULTILINE)
    assert opening == ""
    names = [kind.partition("\n")[0] for kind in kinds]
    assert names == [kind for kind in KINDS if kind in names]
    for kind in kinds:
        opening, *groups = re.split(r"^#### ", kind.partition("\n")[2], flags=re.MULTILINE)
        assert (opening.strip(), bool(groups)) == ("", True), f"an entry under {kind.partition(chr(10))[0]} says not whom it concerns"
        people = [group.partition("\n")[0] for group in groups]
        assert people == [one for one in PEOPLE if one in people]
        for group in groups:
            entries = re.split(r"^- ", group.partition("\n")[2].strip(), flags=re.MULTILINE)[1:]
            assert entries
            assert all(entry.rstrip().endswith((".", ").")) for entry in entries), entries
            assert all(len(entry) <= 500 for entry in entries), [entry for entry in entries if len(entry) > 500]


# --- renewing the lock files -------------------------------------------------------------------------------------------------


def test_changes() -> None:
    """A package that came, went or changed has a line; one that stayed has none."""
    before = {"click": "8.2.0", "old": "1.0", "same": "3.1"}
    assert list(changes(before, {"click": "8.3.0", "new": "2.0", "same": "3.1"})) == ["  click 8.2.0 -> 8.3.0", "+ new 2.0", "- old 1.0"]


def test_pins(tmp_path: Path) -> None:
    """Pins are read from all lock files; where a package has two (for two Pythons), both count."""
    (tmp_path / "requirements.txt").write_text("click==8.2.0 \\\n    --hash=sha256:00\n    # via bot\n", encoding="utf-8")
    (tmp_path / "requirements-dev.txt").write_text(
        "a==1 ; python_version < '3.12' \\\na==2 ; python_version >= '3.12' \\\n", encoding="utf-8"
    )
    assert pins(tmp_path) == {"click": "8.2.0", "a": "1, 2"}


def test_every_pin_of_ours_is_read() -> None:
    """The form of our lock files is the one that is read."""
    assert pins(ROOT / "deploy").keys() >= {"click", "asyncpg", "pytest", "mkdocs-material"}
