"""Starting up: the garbage collector is out of the way, and back afterwards; the matching is built beside it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bot import matching
from bot.building import LOOKS_AFTER, BackgroundMatcher, starting_up
from bot.content import content_dir
from bot.model import Decision, Guide


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """What other tests leave to the collector stays with it, and it looks as often as before."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.parametrize("wrong", [False, True])
def test_the_collector_rests_while_starting(*, wrong: bool) -> None:
    """It is off within, on again after it (whatever happened), and what was made within is none of its business."""
    frozen = gc.get_freeze_count()
    kept: list[list[int]] = []
    try:
        with starting_up():
            assert not gc.isenabled()
            kept += [[] for _ in range(1000)]
            assert not wrong or 1 / 0
    except ZeroDivisionError:
        assert wrong
    assert gc.isenabled()
    assert gc.get_threshold()[0] == LOOKS_AFTER
    assert gc.get_freeze_count() >= frozen + len(kept) == frozen + 1000


def test_the_first_text_waits_for_the_building(guide: Guide) -> None:
    """A text that comes before the index stands is understood like any other."""
    heard = BackgroundMatcher(guide, content_dir()).read("The last backup could not be completed.")
    assert (heard.decision, heard.intents[:1]) == (Decision.MATCH, ("last-backup-failed",))


def test_what_goes_wrong_is_told_to_who_reads(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the building is raised where somebody hears it, each time."""

    def broken(guide: Guide) -> None:
        raise ValueError("no index")

    monkeypatch.setattr(matching, "Matcher", broken)
    reader = BackgroundMatcher(guide, content_dir())
    for _ in range(2):
        with pytest.raises(ValueError, match="no index"):
            reader.read("hello")


def test_a_new_language_is_none_of_the_collectors_business(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first message of a language loads is put out of the collector's sight; later messages cost nothing."""
    reader = BackgroundMatcher(guide, content_dir())
    reader.read("The last backup could not be completed.")
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(reader.built().languages))
    for text in ("Das letzte Backup konnte nicht abgeschlossen werden.", "Das Backup bricht ab.", "The backup failed."):
        reader.read(text)
    assert frozen == [2]
