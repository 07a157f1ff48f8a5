"""What `python -m bot simulate` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.model import Guide, Kind
from bot.simulation.tables import as_object, as_text
from bot.simulation.worlds import Setting, simulate

FORMATS: Final = (".png", ".svg")


class CannotSimulate(Exception):
    """What was asked for cannot be played or drawn; the message says what to do."""


def simulated(guide: Guide, errors: Sequence[str], setting: Setting, *, as_json: bool, picture: Path | None) -> str:
    """The results for some errors, or all, as a table or as JSON; and, if a file is named, as a picture there. Raises CannotSimulate."""
    known = sorted(intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR)
    if strange := sorted(set(errors) - set(known)):
        raise CannotSimulate(f"no error is called {strange[0]}; there are: {', '.join(known)}")
    if picture is not None and picture.suffix.lower() not in FORMATS:
        raise CannotSimulate(f"{picture}: a picture ends in {' or '.join(FORMATS)}")
    results = [simulate(guide, guide.intents[error], setting) for error in errors or known]
    if picture is not None:
        try:
            from bot.simulation.picture import draw  # noqa: PLC0415 - only with the extra

            draw(results, picture)
        except ImportError:
            raise CannotSimulate("pictures need one more package: pip install 'backup-medic[plots]'") from None
        except OSError as error:
            raise CannotSimulate(f"{picture}: {error}") from error
    return json.dumps(as_object(results, setting), indent=2) if as_json else as_text(results, setting)
