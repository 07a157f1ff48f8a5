"""Starting up fast: the bot greets, or polls, before its matching is built; that goes on in the background."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.matching import Matcher
    from bot.model import Guide, Heard

LOOKS_AFTER: Final = 10_000
"""Objects that are there more than at the garbage collector's last look, after which it looks again. Python's own 700 are what a few
updates under way have in hand, so that it looked in vain many times a second: a thirtieth of all CPU."""


@contextmanager
def starting_up() -> Iterator[None]:
    """What is made within (modules, the guide) stays: the garbage collector does not look through it, neither now nor later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(LOOKS_AFTER)
        gc.enable()


class BackgroundMatcher:
    """A Matcher whose building begins now, in a thread of its own; the first text waits for it.

    guide: all content. folder: where it was read from; what matching makes of it is kept there for the next start.
    semantic: whether meanings help, once what they need is loaded (seconds later; after a change of the content, minutes).
    """

    def __init__(self, guide: Guide, folder: Path, *, semantic: bool = False) -> None:
        self._guide = guide
        self._folder = folder
        self._semantic = semantic
        self._ready = threading.Event()
        self._matcher: Matcher | None = None
        self._languages = 0
        self._error: Exception | None = None
        threading.Thread(target=self._build, name="matcher-builder", daemon=True).start()

    def _build(self) -> None:
        from bot.matching import Matcher  # noqa: PLC0415 - its import is part of what goes on in the background

        try:
            self._matcher = Matcher(self._guide)
            self._keep(self._matcher)
        except Exception as error:  # noqa: BLE001 - raised again in `read`, where somebody hears it
            self._error = error
        finally:
            self._ready.set()
        from bot.content import keep_matching  # noqa: PLC0415 - most commands do without the content

        keep_matching(self._folder, self._guide)
        if self._semantic and self._matcher is not None:
            from bot.semantic import semantic_help  # noqa: PLC0415 - an extra

            self._matcher = Matcher(self._guide, semantic_help(self._folder, self._guide))

    def read(self, text: str, **given: Any) -> Heard:
        """As Matcher.read. Raises what building raised."""
        matcher = self.built()
        heard = matcher.read(text, **given)
        if matcher.languages != self._languages:
            self._keep(matcher)
        return heard

    def _keep(self, matcher: Matcher) -> None:
        """Leave what a new language brought out of the collector's sight: to look through all languages would stop everybody for 0.1 s."""
        self._languages = matcher.languages
        gc.freeze()

    def built(self) -> Matcher:
        """The matcher, as soon as it is built. Raises what building raised."""
        self._ready.wait()
        if self._matcher is None:
            raise self._error or RuntimeError("the matching was not built")
        return self._matcher
