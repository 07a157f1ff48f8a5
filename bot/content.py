"""The content as a Guide: found, and read from its YAML only when it has changed since it was last compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.compiled import digest, keep, keep_packed, kept
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
    if before is not None and (guide := kept(folder, before, _read)) is not None:
        return guide
    guide = _read(folder)
    if before is not None and before == digest(folder):  # else somebody saved a file meanwhile, and nobody knows which half was read
        keep(folder, before, guide)
        return replace(guide, digest=before)
    return guide


def keep_matching(folder: Path, guide: Guide) -> None:
    """Keep what matching makes of a guide's phrases for the next start, unless that is done, or the files are others by now.

    Takes seconds, once for each change of the content: do it beside other work.
    """
    if guide.digest and not guide.packed and guide.digest == digest(folder):
        from bot.matching import packed  # noqa: PLC0415 - not needed otherwise

        keep_packed(folder, guide.digest, packed(guide))


def _read(folder: Path) -> Guide:
    """The guide, from its YAML."""
    from bot.reading import read_guide  # noqa: PLC0415 - pydantic and YAML: 0.2 s and 8 MiB that most starts do without

    return read_guide(folder)
