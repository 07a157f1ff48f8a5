"""How full iCloud is, by the figures that its page shows: `4.9 GB of 5 GB used`."""

from __future__ import annotations

import re
from typing import Final

PLANS: Final = (5.0, 50.0, 200.0, 2_000.0, 6_000.0, 12_000.0)
"""GB of Apple's plans: a total of another size is that of a phone. (2 TB is shown as 2 TB or 2,000 GB.)"""
FULL: Final = 0.95
"""From this share on hardly any backup fits."""
ROOM: Final = 0.5
"""Up to this share there is plenty of room."""
PLENTY_LEFT: Final = 0.8
"""The same for somebody who is asked whether there is room."""
_UNITS: Final = {"mb": 0.001, "mo": 0.001, "мб": 0.001, "gb": 1.0, "go": 1.0, "гб": 1.0, "tb": 1000.0, "to": 1000.0, "тб": 1000.0}
_UNIT: Final = r"(?:[MGT][BOo]|[mgt][bo]|[МГТмгт][Бб])"
_SIZE: Final = rf"(\d{{1,5}}(?:[.,]\d{{1,3}})?)[ \u00a0]?({_UNIT})?"
_OF: Final = (
    r"\s*(?:/|out of|used of|of|von|belegt von|usados de|de|sur|utilisés sur|di|usati di|van|z|из|з|中|중|のうち|里的|，共)\s*"
    r"(?:the |my |your |meinen |mis |mes |den )?"
)
_USAGE: Final = re.compile(rf"(?<![\d.,]){_SIZE}{_OF}{_SIZE}(?![\d.,]?\d)(?P<after>[^\d.;!?\n]{{0,24}})")
_FREE: Final = re.compile(
    r"avail|free|left|remain|frei|verfügbar|übrig|libre|disponib|rest|liber|livre|vrij|beschikbaar|woln|dostępn|boş|kaldı|"
    r"kullanılabilir|своб|доступн|осталось|вільн|залиш"
    r"|空き|利用可能|残り|여유|사용 가능|남|可用|剩",
    re.IGNORECASE,
)


def icloud_usage(text: str) -> float | None:
    """The share of an iCloud plan that is in use, by the first such figures in a text; None where there are none."""
    for found in _USAGE.finditer(text):
        unit = found[4] or found[2]
        if unit is None:
            continue
        one, other = _gigabytes(found[1], found[2] or unit), _gigabytes(found[3], unit)
        used, total = min(one, other), max(one, other)
        if total in PLANS:
            return 1 - used / total if _FREE.search(found["after"]) else used / total
    return None


def _gigabytes(number: str, unit: str) -> float:
    return float(number.replace(",", ".")) * _UNITS[unit.casefold()]
