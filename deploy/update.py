"""Renews the lock files and says what changed, package by package. Run by `make update`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

DEPLOY: Final = Path(__file__).parent
PIN: Final = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)


def pins(folder: Path) -> dict[str, str]:
    """What the lock files in `folder` pin: package -> version, or versions where Pythons or systems differ."""
    found: dict[str, set[str]] = {}
    for path in folder.glob("requirements*.txt"):
        for package, number in PIN.findall(path.read_text(encoding="utf-8")):
            found.setdefault(package, set()).add(number)
    return {package: ", ".join(sorted(numbers)) for package, numbers in found.items()}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """A line for each package that came, went or changed."""
    for package in sorted(before.keys() | after.keys()):
        old, new = before.get(package), after.get(package)
        if old is None:
            yield f"+ {package} {new}"
        elif new is None:
            yield f"- {package} {old}"
        elif old != new:
            yield f"  {package} {old} -> {new}"


def main(lock: list[str]) -> None:
    """lock: the command that writes the lock files anew."""
    before = pins(DEPLOY)
    done = subprocess.run(lock, check=False)  # noqa: S603 - what the Makefile gives
    if done.returncode:
        sys.exit(done.returncode)
    found = list(changes(before, pins(DEPLOY)))
    click.echo("\n".join(found) if found else "nothing changed")


if __name__ == "__main__":
    main(sys.argv[1:])
