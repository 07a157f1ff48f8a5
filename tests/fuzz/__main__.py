"""Fuzzing with atheris, which watches the branches that its inputs reach: `python -m tests.fuzz [SECONDS [TARGET …]]`.

Each target runs in a process of its own for so many seconds. What breaks it is written to build/fuzz, and fails the run; once it is
mended, it becomes an example in tests/test_fuzzing.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from tests.fuzz.shapes import SAMPLES
from tests.fuzz.targets import TARGETS

FOLDER: Final = Path("build", "fuzz")
LONGEST: Final = 5_000
LIMITS: Final = ("-timeout=20", "-rss_limit_mb=1536", "-verbosity=0", "-print_final_stats=1")
MISSING: Final = "atheris is not installed, so only Hypothesis has tried. `.venv/bin/python -m pip install atheris` adds it."
SEEDS: Final = {
    "press": [b"take.storage-full", b"tell.device:ipad", b"worked.restart"],
    "link": [b"storage-full", b"fix_restart", b"from_-100_4", b"language de", b"timezone +2"],
    "text": [b"iCloud storage is full", "Es ist nicht genügend Speicher verfügbar".encode()],
    "page": [
        b'{"id":"an-update-of-the-page","text":"x","since":0,"language":"en"}',
        b'{"id":"an-update-of-the-page","press":"a.1.b","card":1}',
    ],
    "path": [b"chat.js", b"../app.py", b"%2e%2e/app.py"],
    "yaml": [b"id: hello\nkind: act\nphrases:\n  en:\n    - yes\n", b"a: {b: [1, 'x']}\n", b"a: >-\n  text\n"],
}


@click.command()
@click.argument("seconds", type=click.IntRange(1), default=60)
@click.argument("names", type=click.Choice(TARGETS), nargs=-1)
def main(seconds: int, names: tuple[str, ...]) -> None:
    """Fuzz targets (all of them, if none is named), each for some seconds."""
    if find_spec("atheris") is None:
        click.echo(MISSING)
        return
    failed = [name for name in names or TARGETS if not _holds(name, seconds)]
    if failed:
        raise click.ClickException(f"broken: {', '.join(failed)}; the inputs are in {FOLDER}")


def _holds(name: str, seconds: int) -> bool:
    """Whether a target held for so long."""
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = SEEDS.get(name, []) if name not in {"update", "webhook"} else [json.dumps(sample).encode() for sample in SAMPLES]
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", *LIMITS]
    command = [sys.executable, "-m", "tests.fuzz.harness", name, str(corpus), f"-artifact_prefix={corpus}-", *options]
    click.echo(f"-- {name}, {seconds} s")
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own command


if __name__ == "__main__":
    main()
