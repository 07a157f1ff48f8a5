"""The project's own files, as they lie here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def tracked() -> list[Path]:
    """The files under version control; without git (in an unpacked sdist) those that lie here."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        hidden = {".venv", ".git", ".hypothesis", "__pycache__"}
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not hidden & set(path.relative_to(ROOT).parts) and "cache" not in str(path)
        ]
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603 - our own command
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def copy_checkout(target: Path) -> Path:
    """A copy of these files in `target`, with new times, and modes that others may have; `target`."""
    for path in tracked():
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return target
