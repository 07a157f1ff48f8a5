"""How much one address may ask for: a bucket of permits for each, which fills again with time. Pure: times are passed in."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from bot.transports.incoming import Address

KEPT: Final = 10_000
"""Addresses that are remembered; beyond that, those whose buckets are full again are forgotten."""
HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that are one household's: who has one has all below it."""


class Buckets:
    """Permits by address. a_minute: how many come back in a minute; so many are there at first, too."""

    def __init__(self, a_minute: float) -> None:
        self._size = max(a_minute, 1.0)
        self._a_second = a_minute / 60
        self._left: dict[tuple[int, int], tuple[float, float]] = {}

    def take(self, address: Address | None, now: float) -> float:
        """Take a permit; 0 if there was one, else the seconds until there is."""
        key = _key(address)
        left = self._now_left(key, now)
        if left < 1:
            return (1 - left) / self._a_second
        if key not in self._left and len(self._left) >= KEPT:
            self._forget_the_full(now)
        self._left[key] = (left - 1, now)
        return 0.0

    def _now_left(self, key: tuple[int, int], now: float) -> float:
        left, at = self._left.get(key, (self._size, now))
        return min(self._size, left + (now - at) * self._a_second)

    def _forget_the_full(self, now: float) -> None:
        """Make room; if it is too little, forget all: that costs less than to look through them again and again."""
        left = {key: kept for key, kept in self._left.items() if self._now_left(key, now) < self._size}
        self._left = left if len(left) < KEPT // 2 else {}


def _key(address: Address | None) -> tuple[int, int]:
    """What stands for an address; an unknown one shares its bucket with all that are unknown."""
    if address is None:
        return 0, 0
    return address.version, int(address) >> HOUSEHOLD if isinstance(address, IPv6Address) else int(address)
