"""The process in which atheris fuzzes one target: `python -m tests.fuzz.harness TARGET [options of libFuzzer]`."""

from __future__ import annotations

import logging
import sys

import atheris

with atheris.instrument_imports(include=["bot", "yaml", "pydantic", "itsdangerous"]):
    from tests.conversing import shipped_guide, shipped_matcher
    from tests.fuzz.targets import Targets


def main(name: str, options: list[str]) -> None:
    """Fuzz until the options say to stop; libFuzzer then ends the process."""
    logging.disable()  # what is put aside is told there
    with Targets(shipped_guide(), shipped_matcher()) as targets:

        def one(raw: bytes) -> None:
            targets(name, raw)

        atheris.Setup([name, *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
