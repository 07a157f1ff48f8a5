"""Which English text a translation was made from: responses/<language>/originals.yaml, so that `check` sees when the English changed.

The file is written by `python -m bot translated`, not by hand: group, entry, and a short fingerprint of the English entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

from bot.model import ENGLISH, Entry, Guide
from bot.schemas.texts import ORIGINALS

BYTES: Final = 4
"""Of a fingerprint: two versions of one text are alike by chance once in four billion."""
HEAD: Final = "# Written by `python -m bot translated`: of which English text each entry is the translation.\n"

Fingerprints = Mapping[str, Mapping[str, str]]
"""Group -> entry -> the fingerprint of its English text."""


def fingerprints(guide: Guide, language: str) -> dict[str, dict[str, str]]:
    """The fingerprints of the English entries, as they are now, of all that a language has."""
    english = guide.responses[ENGLISH].groups
    return {
        group: {key: fingerprint(english[group][key]) for key in entries if key in english[group]}
        for group, entries in guide.responses[language].groups.items()
    }


def fingerprint(entry: Entry) -> str:
    """What stands for the texts of one entry."""
    return blake2b(repr(sorted(entry.items())).encode(), digest_size=BYTES).hexdigest()


def changed(guide: Guide, language: str, noted: Fingerprints) -> list[str]:
    """The entries (`group/entry`) whose English text is not the one that was noted when they were translated."""
    return [
        f"{group}/{key}"
        for group, entries in fingerprints(guide, language).items()
        for key, now in entries.items()
        if noted.get(group, {}).get(key) != now
    ]


def note(guide: Guide, folder: Path, language: str, noted: Fingerprints, entries: Iterable[str]) -> int:
    """Note that these entries (`group/entry`; none: all) of a language are up to date; how many were not before.

    folder: the content's. noted: what was noted until now. Raises KeyError for an entry that the language does not have.
    """
    now = fingerprints(guide, language)
    wanted = set(entries) or {f"{group}/{key}" for group, keys in now.items() for key in keys}
    if unknown := sorted(wanted - {f"{group}/{key}" for group, keys in now.items() for key in keys}):
        raise KeyError(unknown[0])
    fresh = [entry for entry in changed(guide, language, noted) if entry in wanted]
    lines = [HEAD]
    for group, keys in now.items():
        kept = {key: value if f"{group}/{key}" in wanted else noted.get(group, {}).get(key) for key, value in keys.items()}
        lines += [f"{group}:\n", *(f'  {key}: "{value}"\n' for key, value in kept.items() if value is not None)]
    (folder / "responses" / language / ORIGINALS).write_text("".join(lines), encoding="utf-8")
    return len(fresh)
