"""Spoils a bot from within, for tests of faults that no file and no network can cause. Python imports it when its folder is in PYTHONPATH.

In the folder that SABOTAGE names: `clock` holds the seconds by which the machine's clock is wrong, `step` lets every step raise.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import bot.dialogue

_right_time, _right_step = time.time, bot.dialogue.step


def _told(name: str) -> Path | None:
    """A file of the folder, if it is there. A nursery has no folder yet."""
    path = Path(os.environ.get("SABOTAGE", os.devnull), name)
    return path if path.exists() else None


def _wrong_time() -> float:
    told = _told("clock")
    return _right_time() + (float(told.read_text() or 0) if told is not None else 0)


def _wrong_step(*given: Any) -> Any:
    if _told("step") is not None:
        raise ZeroDivisionError("what somebody wrote")
    return _right_step(*given)


time.time = _wrong_time
vars(bot.dialogue)["step"] = _wrong_step
