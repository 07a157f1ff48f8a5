"""Finds leases that nobody holds, so that a reply does not wait until its lease runs out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

STRAY_AFTER: Final = 2
"""Seconds for which nobody must be seen to hold a reply before its lease ends. So one look is never enough."""


class Strays:
    """Remembers which leases of this program nobody held when it looked.

    Such a reply was let go by a sender that could not give it back, or leased by a commit whose answer was lost. One look does not tell:
    what was handed over since the look began is not among what it knows as held.
    """

    def __init__(self) -> None:
        self._since: dict[int, int] = {}

    def found(self, unheld: Iterable[int], now: int) -> list[int]:
        """Those that were found unheld at every look of the last seconds. unheld: the ids of all that are so at this one."""
        self._since = {id_: self._since.get(id_, now) for id_ in unheld}
        return [id_ for id_, since in self._since.items() if now - since >= STRAY_AFTER]
