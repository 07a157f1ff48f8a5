"""Makes a release: sees that this commit can be one, and builds it. Run by `make release` and `make dist`.

python deploy/release.py check      # every reason why this commit is no release; exit code 1 if there is one
python deploy/release.py build      # wheel, sdist, bill of materials and checksums into dist/
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).parents[1]
VERSION: Final = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
RELEASED: Final = re.compile(r"\d+\.\d+\.\d+(?:rc\d+)?")
LOCK: Final = "deploy/requirements-extras.txt"
"""All that may run in somebody's installation, every extra included: what the bill of materials lists."""


class CannotBuild(Exception):
    """A tool that a build needs failed, or a commit has no time; the message says which."""


@dataclass(frozen=True, slots=True)
class Part:
    """One version's part of the changelog. name: a version, or Unreleased. day: as written; None where there is none."""

    name: str
    day: str | None
    body: str


def version(root: Path) -> str:
    """The version, from its one place."""
    found = VERSION.search((root / "bot" / "__init__.py").read_text(encoding="utf-8"))
    if found is None:
        raise CannotBuild("bot/__init__.py names no __version__")
    return found[1]


def parts(changelog: str) -> list[Part]:
    """The changelog's parts, in its order."""
    _, *pieces = re.split(r"^## ", changelog, flags=re.MULTILINE)
    found = []
    for piece in pieces:
        heading, _, body = piece.partition("\n")
        name, _, day = heading.partition("] - ")
        found.append(Part(name.strip("[] "), day.strip() or None, body.strip()))
    return found


def problems(root: Path, today: date) -> list[str]:
    """Every reason why the checkout in `root` cannot be released as it is, each with its cure."""
    number = version(root)
    return [
        *([] if RELEASED.fullmatch(number) else [f"{number} is no version of a release: set __version__ in bot/__init__.py"]),
        *_problems_of_changelog(parts((root / "CHANGELOG.md").read_text(encoding="utf-8")), number, today),
        *_problems_of_checkout(root, number),
    ]


def _problems_of_changelog(found: list[Part], number: str, today: date) -> list[str]:
    if not found or found[0].name != "Unreleased":
        return ["CHANGELOG.md does not begin with a part [Unreleased]"]
    wrong = [f"CHANGELOG.md has entries under [Unreleased]: move them under [{number}]"] if found[0].body else []
    if len(found) < 2 or found[1].name != number:
        return [*wrong, f"CHANGELOG.md has no part [{number}] right below [Unreleased]"]
    try:
        day = date.fromisoformat(found[1].day or "")
    except ValueError:
        return [*wrong, f"CHANGELOG.md gives [{number}] no day, such as {today}"]
    return [*wrong, *([f"CHANGELOG.md dates [{number}] in the future"] if day > today else [])]


def _problems_of_checkout(root: Path, number: str) -> list[str]:
    wrong = ["the checkout has changes that are not committed"] if _git(root, "status", "--porcelain") else []
    tagged = _git(root, "tag", "--list", f"v{number}") and _git(root, "rev-list", "-n", "1", f"v{number}")
    if tagged and tagged != _git(root, "rev-parse", "HEAD"):
        wrong.append(f"v{number} is another commit already: a version is released once")
    return wrong


def build(root: Path, target: Path) -> list[Path]:
    """Build what is released from the checkout in `root` into `target`: the files made, checksums last.

    The same commit gives the same bytes, anywhere: every date in them is the commit's own, or SOURCE_DATE_EPOCH. Raises CannotBuild.
    """
    target.mkdir(parents=True, exist_ok=True)
    dated = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or _git(root, "log", "-1", "--format=%ct")}
    name = f"backup_medic-{version(root)}"
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(root)], root, dated)
    made = [target / f"{name}-py3-none-any.whl", target / f"{name}.tar.gz", target / f"{name}.cdx.json"]
    _write_materials(root, made[-1], dated)
    sums = target / "SHA256SUMS"
    sums.write_text("".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made), encoding="utf-8")
    return [*made, sums]


def _write_materials(root: Path, path: Path, dated: dict[str, str]) -> None:
    """Write the software bill of materials (CycloneDX): every locked package with its hashes, and whether its form is right."""
    described = (root / "pyproject.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"  # the tool reads a version from there only, and ours stands elsewhere
        project.write_text(re.sub(r"^dynamic = .*$", f'version = "{version(root)}"', described, flags=re.MULTILINE), encoding="utf-8")
        for file in ("README.md", "LICENSE"):  # which it names
            shutil.copy(root / file, folder)
        tool = [sys.executable, "-m", "cyclonedx_py", "requirements", LOCK, "--pyproject", str(project)]
        _run([*tool, "--output-reproducible", "--validate", "--output-file", str(path)], root, dated)


def _run(command: list[str], folder: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBuild(f"{' '.join(command[1:4])} failed:\n{done.stdout}{done.stderr}".rstrip())


def _git(root: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise CannotBuild("git is not installed")
    done = subprocess.run(  # noqa: S603 - our own command
        [git, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBuild(f"git {arguments[0]}: {done.stderr.strip()} (outside a checkout, set SOURCE_DATE_EPOCH)")
    return done.stdout.strip()


@click.group()
def main() -> None:
    """Check and build a release."""


@main.command()
def check() -> None:
    """List every reason why this commit cannot be released."""
    try:
        found = problems(ROOT, datetime.now(UTC).date())
    except CannotBuild as error:
        raise click.ClickException(str(error)) from error
    for problem in found:
        click.echo(problem)
    if found:
        sys.exit(1)
    click.echo(f"{version(ROOT)} can be released")


@main.command("build")
@click.option("--to", "target", type=click.Path(path_type=Path, file_okay=False), default=ROOT / "dist", help="Instead of dist/.")
def build_(target: Path) -> None:
    """Build wheel, sdist, bill of materials and checksums."""
    try:
        for path in build(ROOT, target):
            click.echo(str(path))
    except CannotBuild as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
