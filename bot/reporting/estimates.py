"""How sure a share is: Wilson's interval, which holds also for few and for none."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959964
"""Standard deviations on either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.part / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval of 95 %: what the true share may well be. Of nothing it is everything."""
        if not self.of:
            return 0.0, 1.0
        middle = (self.value + Z**2 / (2 * self.of)) / (1 + Z**2 / self.of)
        reach = Z / (1 + Z**2 / self.of) * sqrt(self.value * (1 - self.value) / self.of + Z**2 / (4 * self.of**2))
        return max(0.0, middle - reach), min(1.0, middle + reach)
