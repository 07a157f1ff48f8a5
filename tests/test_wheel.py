"""The wheel: built, unpacked into a fresh folder and run from an empty one, with its content inside."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from bot import __version__

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ("bot", "intents", "responses", "pyproject.toml", "LICENSE", "README.md")
LIMIT: Final = 120
"""Seconds that a build may take; with the build tools at hand it takes two or three."""

pytestmark = pytest.mark.xdist_group("wheel")


def _run(command: list[str], folder: Path, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CONTENT_DIR")}
    return subprocess.run(  # noqa: S603 - our own command
        command,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**kept, **variables},
        timeout=LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources: without isolation where hatchling is at hand, else with what pip can fetch."""
    sources, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("built")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, sources / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--wheel-dir",
        str(built),
        str(sources),
    ]
    if importlib.util.find_spec("hatchling") is not None:
        command.insert(5, "--no-build-isolation")
    try:
        done = _run(command, sources, PIP_USER="0", PIP_DEFAULT_TIMEOUT="10", PIP_RETRIES="1")
    except subprocess.TimeoutExpired:
        pytest.skip("the wheel was not built in time: the package registry did not answer")
    if done.returncode and ("hatchling" in done.stderr or "Connection" in done.stderr) and "No matching distribution" in done.stderr:
        pytest.skip("the wheel cannot be built here: hatchling is not installed, and no package registry can be reached")
    assert done.returncode == 0, done.stderr
    [made] = built.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's files; what it depends on comes from this environment."""
    target = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
        str(wheel),
    ]
    done = _run(command, target, PIP_USER="0")
    assert done.returncode == 0, done.stderr
    return target


def test_files(wheel: Path) -> None:
    """The wheel holds the code, all content, the web page, the mark for type checkers and the licence, and nothing of tests or tools."""
    names = zipfile.ZipFile(wheel).namelist()
    wanted = [f"bot/{path.relative_to(ROOT)}" for folder in ("intents", "responses") for path in (ROOT / folder).rglob("*.yaml")]
    wanted += [str(path.relative_to(ROOT)) for path in (ROOT / "bot").rglob("*.py")]
    wanted += [str(path.relative_to(ROOT)) for path in (ROOT / "bot" / "transports" / "web" / "static").iterdir()]
    assert set(wanted) <= set(names)
    assert "bot/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"bot", f"backup_medic-{__version__}.dist-info"}


def test_match(installed: Path, tmp_path: Path) -> None:
    """From an empty folder, `match --json` understands by the content inside the package."""
    done = _run([sys.executable, "-m", "bot", "match", "--json"], tmp_path, "Backup needs restart\n", PYTHONPATH=str(installed))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["intent"] == "needs-restart"


def test_chat(installed: Path, tmp_path: Path) -> None:
    """So does `chat`, and it leaves nothing behind."""
    done = _run([sys.executable, "-m", "bot", "chat"], tmp_path, "Backup needs restart\n/tried\n", PYTHONPATH=str(installed))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello" in done.stdout
    assert "Fix 1" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_is_the_wheel_that_ran(installed: Path, tmp_path: Path) -> None:
    """The code and the content that ran are the wheel's own, not this checkout's."""
    code = "import bot.content as c; print(c.__file__); print(c.content_dir())"
    done = _run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(installed))
    assert done.stdout.splitlines() == [str(installed / "bot" / "content.py"), str(installed / "bot")], done.stderr


def test_command(installed: Path, tmp_path: Path) -> None:
    """The wheel brings a command of its own, which says the same version."""
    [script] = [path for path in (installed / "bin", installed / "Scripts") if path.exists()]
    [command] = script.glob("backup-medic*")
    done = _run(
        [sys.executable, str(command), "--version"] if command.suffix != ".exe" else [str(command), "--version"],
        tmp_path,
        PYTHONPATH=str(installed),
    )
    assert __version__ in done.stdout, done.stderr
