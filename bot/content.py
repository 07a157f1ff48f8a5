"""The content as a Guide: found, and read from its YAML only when it has changed since it was last compiled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.compiled import digest, keep, kept
from bot.findings import ContentError, Finding

if TYPE_CHECKING:
    from bot.model import Guide


def content_dir(chosen: Path | None = None) -> Path:
    """Where intents/ and responses/ are: the operator's own folder, else inside the package, else beside it (a checkout).

    Raises ContentError when they are nowhere.
    """
    package = Path(__file__).resolve().parent
    places = [chosen] if chosen is not None else [package, package.parent]
    for place in places:
        if (place / "intents").is_dir() and (place / "responses").is_dir():
            return place
    cure = "set CONTENT_DIR to a folder that holds intents/ and responses/"
    raise ContentError([Finding(str(places[-1]), 1, f"no intents/ and responses/ here: {cure}")])


def load_guide(folder: Path) -> Guide:
    """All content below a folder, as a Guide. Raises ContentError with everything that is wrong, not only the first."""
    before = digest(folder)
    if before is not None and (guide := kept(folder, before)) is not None:
        return guide
    from bot.reading import read_guide  # noqa: PLC0415 - pydantic and YAML: 0.2 s and 8 MiB that most starts do without

    guide = read_guide(folder)
    if before is not None and before == digest(folder):  # else somebody saved a file meanwhile, and nobody knows which half was read
        keep(folder, before, guide)
    return guide
