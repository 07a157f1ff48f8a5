"""The matching, built in the background: the bot greets, or polls, before its index stands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.matching import Matcher
    from bot.model import Guide, Heard


class BackgroundMatcher:
    """A Matcher whose building begins now, in a thread of its own; the first text waits for it."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self._matcher: Matcher | None = None
        self._error: Exception | None = None
        self._builder = threading.Thread(target=self._build, name="matcher-builder", daemon=True)
        self._builder.start()

    def _build(self) -> None:
        from bot.matching import Matcher  # noqa: PLC0415 - its import is part of what goes on in the background

        try:
            self._matcher = Matcher(self._guide)
        except Exception as error:  # noqa: BLE001 - raised again in `read`, where somebody hears it
            self._error = error

    def read(self, text: str, **given: Any) -> Heard:
        """As Matcher.read. Raises what building raised."""
        self._builder.join()
        if self._matcher is None:
            raise self._error or RuntimeError("the matching was not built")
        return self._matcher.read(text, **given)
