"""How long the store takes, and how often it does not do its work, for the metrics."""

from __future__ import annotations

from collections.abc import Awaitable
from time import perf_counter
from typing import TypeVar

from bot.metrics import STORE_ERRORS, STORE_SECONDS
from bot.store import StoreError

T = TypeVar("T")


async def timed(operation: str, work: Awaitable[T]) -> T:
    """The result of the store's work, which is timed and, when it raises StoreError, counted as failed."""
    began = perf_counter()
    try:
        return await work
    except StoreError:
        STORE_ERRORS.add(operation)
        raise
    finally:
        STORE_SECONDS.observe(perf_counter() - began, operation)
