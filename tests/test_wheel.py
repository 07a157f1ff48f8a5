"""What is released: built twice, and run from an empty folder in an empty environment, with its content inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest

from bot import __version__
from deploy.release import build
from tests.checkout import ROOT, copy_checkout, tracked
from tests.english_content import copy_english

LIMIT: Final = 180
"""Seconds that a command may take; where the packages are at hand, each takes some."""
EPOCH: Final = "1700000000"
NO_REGISTRY: Final = ("Failed to fetch", "error sending request", "not found in the package registry", "client error (Connect)")
"""What uv says when it reaches no package registry."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]  # one worker: what is built is built once


def run(command: list[str], folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """One command, as somebody runs it who knows nothing of this checkout."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "TELEGRAM_BOT_TOKEN", "SECRET_KEY", "PYTHONDONTWRITEBYTECODE")
    return subprocess.run(  # noqa: S603 - our own command
        command,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in ours},
        timeout=LIMIT,
        check=False,
    )


def uv(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A package command; skips the test where no package registry is reached."""
    try:
        done = run([sys.executable, "-m", "uv", "pip", *arguments], folder)
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry did not answer in time")
    if done.returncode and any(said in done.stderr for said in NO_REGISTRY):
        pytest.skip("no package registry can be reached")
    return done


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def released(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What `make dist` makes, by the ends of the names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        made = build(sources, tmp_path_factory.mktemp("dist"))
    return {end: next(path for path in made if path.name.endswith(end)) for end in (".whl", ".tar.gz", ".cdx.json", "SHA256SUMS")}


@pytest.fixture(scope="module")
def python(released: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of a new environment, outside the checkout, with the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    made = run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], folder)
    assert made.returncode == 0, made.stderr
    [found] = [path for path in (folder / "venv/bin/python", folder / "venv/Scripts/python.exe") if path.exists()]
    locked = ["--constraint", str(ROOT / "deploy/requirements.txt")]
    done = uv("install", "--quiet", "--python", str(found), *locked, str(released[".whl"]), folder=folder)
    assert done.returncode == 0, done.stderr
    return str(found)


# --- what is built -----------------------------------------------------------------------------------------------------------


def test_files_of_the_wheel(released: dict[str, Path]) -> None:
    """The wheel holds the code, all content, fonts, the web page, the mark for type checkers and the licence, and no tests or tools."""
    wheel = zipfile.ZipFile(released[".whl"])
    ours = {str(path.relative_to(ROOT)): path for path in tracked()}
    wanted = {f"bot/{name}": path for name, path in ours.items() if name.startswith(("intents/", "responses/")) and path.suffix == ".yaml"}
    wanted |= {name: path for name, path in ours.items() if name.startswith("bot/")}
    assert {"bot/py.typed", "bot/transports/web/static/index.html"} <= wanted.keys()
    assert any(name.startswith("bot/drawing/fonts/") for name in wanted)
    names = wheel.namelist()
    assert wanted.keys() <= set(names)
    assert [name for name, path in wanted.items() if wheel.read(name) != path.read_bytes()] == []
    assert any(name.endswith("LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {"bot", f"backup_medic-{__version__}.dist-info"}


def test_files_of_the_sdist(released: dict[str, Path]) -> None:
    """The sdist holds every file of the checkout, so that one can test and build from it."""
    with tarfile.open(released[".tar.gz"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {str(path.relative_to(ROOT)) for path in tracked()} | {"PKG-INFO"} == names


def test_built_again_it_is_the_same(released: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the same files elsewhere come the same bytes: the sdist, the bill, and the wheel, though made without the sdist."""
    again = copy_checkout(tmp_path / "again")
    (again / "README.md").chmod(0o600)
    (again / "intents/__pycache__").mkdir()
    (again / "intents/__pycache__/left.pyc").write_bytes(b"behind")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--sdist", "--outdir", str(tmp_path / "dist"), str(again)]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stdout
    for end in (".whl", ".tar.gz"):
        assert (tmp_path / "dist" / released[end].name).read_bytes() == released[end].read_bytes(), end


def test_the_bill_of_materials(released: dict[str, Path]) -> None:
    """The bill of materials is of this version, and lists every package that the lock file of all extras pins."""
    bill = json.loads(released[".cdx.json"].read_text(encoding="utf-8"))
    ours = bill["metadata"]["component"]
    assert (bill["bomFormat"], ours["name"], ours["version"]) == ("CycloneDX", "backup-medic", __version__)
    locked = (ROOT / "deploy/requirements-extras.txt").read_text(encoding="utf-8")
    pinned = {line.split("==")[0] for line in locked.splitlines() if "==" in line and line[0].isalnum()}
    assert {part["name"] for part in bill["components"]} == pinned
    assert all(part["version"] and part["externalReferences"][0]["hashes"] for part in bill["components"])


def test_checksums(released: dict[str, Path]) -> None:
    """`sha256sum --check SHA256SUMS` finds all files as they are."""
    done = run(["sha256sum", "--check", "--strict", "SHA256SUMS"], released["SHA256SUMS"].parent)
    assert (done.returncode, done.stdout.count(": OK")) == (0, 3), done.stdout


# --- installed alone ---------------------------------------------------------------------------------------------------------


def test_match(python: str, tmp_path: Path) -> None:
    """From an empty folder, `match --json` understands by the content inside the package."""
    done = run([python, "-m", "bot", "match", "--json"], tmp_path, "Backup needs restart\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["intent"] == "needs-restart"


def test_chat(python: str, tmp_path: Path) -> None:
    """So does `chat`, by the command that the wheel brings, and it leaves nothing behind."""
    done = run([str(Path(python).with_name("backup-medic")), "chat"], tmp_path, "Backup needs restart\n/tried\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello" in done.stdout
    assert "Fix 1" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_check(python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does `check`. It takes one language of an author's own; all of them, as they are in the wheel, are checked by CI."""
    monkeypatch.setenv("CONTENT_DIR", str(copy_english(tmp_path)))
    done = run([python, "-m", "bot", "check"], tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1].startswith("0 errors")


@pytest.mark.parametrize(("command", "said"), [("run", "TELEGRAM_BOT_TOKEN"), ("setup", "TELEGRAM_BOT_TOKEN"), ("web", "SECRET_KEY")])
def test_what_is_missing_is_one_line(python: str, tmp_path: Path, command: str, said: str) -> None:
    """With nothing set and no extras, what cannot run says so in one line with the cure."""
    done = run([python, "-m", "bot", command], tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_schemas(python: str, tmp_path: Path) -> None:
    """`schemas` writes those of docs/schemas."""
    done = run([python, "-m", "bot", "schemas", str(tmp_path)], tmp_path)
    assert done.returncode == 0, done.stderr
    ours = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/schemas").iterdir()}
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == ours


def test_it_is_the_wheel_that_ran(python: str, tmp_path: Path) -> None:
    """The code, the content and the version that ran are the wheel's own, not this checkout's."""
    code = "import bot.content as c; from importlib.metadata import version as v; print(c.__file__, c.content_dir(), v('backup-medic'))"
    done = run([python, "-c", code], tmp_path)
    file, content, number = done.stdout.split()
    assert not Path(file).is_relative_to(ROOT)
    assert (Path(content), number) == (Path(file).parent, __version__)


def test_extras_resolve(python: str, released: dict[str, Path], tmp_path: Path) -> None:
    """All extras together find packages that fit each other and the bot."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = f"backup-medic[{','.join(extras)}] @ {released['.whl'].as_uri()}"
    done = uv("install", "--dry-run", "--python", python, wanted, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for package in ("asyncpg", "matplotlib", "onnxruntime", "pi-heif", "segno", "starlette"):
        assert f"+ {package}==" in done.stderr, package
