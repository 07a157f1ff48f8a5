"""The project's own files: what they name exists, and what must stand once stands once."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest

import bot
from bot.cli import main
from tests.checkout import ROOT, tracked

MODULES: Final = sorted((ROOT / "bot").rglob("*.py"))
FOREIGN: Final = re.compile(r"(?<![\w.~])(?:/(?:home|root|Users|tmp|work|mnt|private)/[\w.-]+|[A-Z]:\\\\?Users)")
"""What only one machine has: a path into somebody's own folders."""


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


def targets() -> set[str]:
    """The targets of the Makefile that are for people."""
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


# --- documents ---------------------------------------------------------------------------------------------------------------


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


HELD_BY_TESTS: Final = ("faults.md", "privacy.md", "security.md")
"""Documents whose tables say what holds: where the last column is for tests, each row has some."""


@pytest.mark.parametrize("document", HELD_BY_TESTS)
def test_every_claim_has_its_test(document: str) -> None:
    """Each row of what we claim names tests that hold it, and every test that is named, there or in the text, exists."""
    text = read(f"docs/{document}")
    rows = [row for table in tables(text) if table[0].rstrip("| ").endswith(("test", "tests", "held by")) for row in table[2:]]
    assert len(rows) > 15
    assert [row for row in rows if not NAMED_TEST.search(row)] == []
    missing = [f"{file}::{name}" for file, name in NAMED_TEST.findall(text) if not has_test(file, name)]
    assert missing == []


NAMED_TEST: Final = re.compile(r"(test_\w+\.py)::(test_\w+)")


def tables(text: str) -> list[list[str]]:
    """The tables of a document, each as its lines."""
    return [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]


def has_test(file: str, name: str) -> bool:
    return (ROOT / "tests" / file).exists() and bool(re.search(rf"^ *(?:async )?def {name}\(", read(f"tests/{file}"), re.MULTILINE))


def test_there_is_a_readme() -> None:
    """README, LICENSE and CHANGELOG are there, and the README names the two commands."""
    assert all((ROOT / name).exists() for name in ("README.md", "LICENSE", "CHANGELOG.md"))
    assert "make run" in read("README.md")
    assert "make test" in read("README.md")


def test_named_targets_exist() -> None:
    """Every `make …` that a document or our CI names is a target of the Makefile."""
    wrong = []
    for path in [*documents(), ROOT / ".ci" / "run"]:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"(?:`|^|^ *\$ )make ((?:[a-z-]+ ?)*)", text, re.MULTILINE)
        wrong += [f"{path.name}: make {target}" for words in named for target in words.split() if target not in targets()]
    assert wrong == []


def test_named_commands_exist() -> None:
    """Every `python -m bot …` that a document names is a command."""
    named = [(path.name, name) for path in documents() for name in re.findall(r"python -m bot ([a-z]+)", path.read_text(encoding="utf-8"))]
    assert [(file, name) for file, name in named if name not in main.commands] == []


def test_targets_explain_themselves() -> None:
    """`make help` lists every target that is meant for people."""
    explained = set(re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert {"run", "test", "bench", "check", "lint"} <= explained <= set(phony.split())


def test_links_lead_somewhere() -> None:
    """Every link from one of our documents to another file of ours finds it."""
    links = [(path, link) for path in documents() for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))]
    ours = [(path, link) for path, link in links if "://" not in link and not link.startswith("mailto:")]
    broken = [f"{path.relative_to(ROOT)}: {link}" for path, link in ours if not (path.parent / link).exists()]
    assert broken == []


# --- version and licence -----------------------------------------------------------------------------------------------------


def test_version_stands_once(project: dict[str, Any]) -> None:
    """The version stands in bot/__init__.py alone; the build reads it from there."""
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:\.dev\d+|rc\d+)?", bot.__version__)
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "bot/__init__.py"
    pattern = re.compile(rf"^__version__ = |^version *= *[\"']{re.escape(bot.__version__)}", re.MULTILINE)
    sources = [path for path in tracked() if path.suffix in (".py", ".toml", ".cfg") and path.name != "test_project.py"]
    assert [path.name for path in sources if pattern.search(path.read_text(encoding="utf-8"))] == ["__init__.py"]


def test_licence(project: dict[str, Any]) -> None:
    """The licence is MIT, in the file and in the package's description."""
    assert project["project"]["license"] == "MIT"
    assert read("LICENSE").startswith("MIT License")


# --- code -----------------------------------------------------------------------------------------------------------------------


def test_modules_say_what_they_are() -> None:
    """Every module begins with a docstring whose first line is a whole sentence."""
    for path in (*MODULES, *sorted((ROOT / "tests").rglob("*.py"))):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert said, path
        assert said.splitlines()[0].rstrip().endswith((".", ":", "?", ",")), path


def test_typed() -> None:
    """Other people's type checkers may rely on our types."""
    assert (ROOT / "bot" / "py.typed").exists()


# --- every file --------------------------------------------------------------------------------------------------------------------


def texts() -> list[tuple[str, str]]:
    """The tracked files that are text."""
    found = []
    for path in tracked():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_no_paths_of_one_machine() -> None:
    """No file names a path that exists on one machine only."""
    paths = [f"{name}: {found[0]}" for name, text in texts() if name != "tests/test_project.py" for found in FOREIGN.finditer(text)]
    assert paths == []


def test_no_secrets() -> None:
    """No file holds what looks like a bot's token."""
    token = re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b")
    assert [name for name, text in texts() if token.search(text)] == []


def test_line_ends() -> None:
    """Every text ends with one line break, without carriage returns and blanks at a line's end (Python is looked after by ruff)."""
    wrong = [
        name
        for name, text in texts()
        if text and not name.endswith(".py") and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
    ]
    blank = [name for name, text in texts() if not name.endswith(".py") and re.search(r"[ \t]+$", text, re.MULTILINE)]
    assert (wrong, blank) == ([], [])


def test_everything_is_locked(project: dict[str, Any]) -> None:
    """What the bot needs to run is locked with hashes, and so is what its extras, its tests and its site need; no lock names an index."""
    core, extras = project["project"]["dependencies"], project["project"]["optional-dependencies"]
    all_extras = [*core, *chain(*extras.values())]
    alone = project["dependency-groups"]["deploy"]
    groups = [one for name, group in project["dependency-groups"].items() if name != "deploy" for one in group if isinstance(one, str)]
    for file, wanted in (
        ("requirements.txt", [*core, *extras["web"], *extras["metrics"], *extras["postgres"], *extras["pictures"], *extras["links"]]),
        ("requirements-extras.txt", all_extras),
        ("requirements-dev.txt", [*all_extras, *groups]),
        ("requirements-check.txt", alone),
    ):
        locked = read(f"deploy/{file}")
        pins = set(re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE))
        assert {re.split(r"[^a-z0-9-]", name)[0] for name in wanted} <= pins
        assert locked.count("--hash=sha256:") >= len(pins)
        assert "://" not in locked
        assert "--index" not in locked
