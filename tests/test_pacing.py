"""The turnstile: few at a time, one at first, and nobody who hangs holds up the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot import pacing
from bot.pacing import CATCH_UP, MORE_AFTER, NEW_AT_ONCE, PER_SECOND, Turnstile


@dataclass
class Crowd:
    """Messages that want to pass, each for as long as its gate is closed."""

    turnstile: Turnstile = field(default_factory=Turnstile)
    inside: int = 0
    most: int = 0
    passed: int = 0

    async def one(self, gate: asyncio.Event) -> None:
        async with self.turnstile.place() as place:
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                await gate.wait()
            finally:
                self.inside -= 1
            place.went_well()
        self.passed += 1

    async def many(self, number: int) -> int:
        """Let so many pass, each taking a few turns of the loop; how many were under way at most."""
        self.most = 0

        async def short() -> None:
            gate = asyncio.Event()
            asyncio.get_running_loop().call_later(0.001, gate.set)
            await self.one(gate)

        await asyncio.gather(*(short() for _ in range(number)))
        return self.most


async def test_one_at_first_and_more_the_longer_it_goes_well() -> None:
    """One message is under way at first; after each so many, one more; never more than the most."""
    crowd = Crowd()
    found = [await crowd.many(MORE_AFTER) for _ in range(NEW_AT_ONCE + 2)]
    assert found[0] == 1
    assert found == sorted(found)
    assert all(most <= min(place + 1, NEW_AT_ONCE) for place, most in enumerate(found))
    assert found[-1] == NEW_AT_ONCE


async def test_failures_open_it_no_further() -> None:
    """What fails was not noted as sent: after any number of failures, one at a time passes, as before."""
    crowd = Crowd()

    async def fails() -> None:
        async with crowd.turnstile.place():
            raise LookupError

    for _ in range(3 * MORE_AFTER):
        with pytest.raises(LookupError):
            await fails()
    assert await crowd.many(MORE_AFTER) == 1


async def test_who_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that takes too long gives up its place, once: those behind it go on, one at a time as before."""
    monkeypatch.setattr(pacing, "HANGS_AFTER", 0.01)
    crowd, never = Crowd(), asyncio.Event()
    hanging = asyncio.create_task(crowd.one(never))
    await asyncio.sleep(0)
    assert await crowd.many(5) == 2, "the one that hangs, and one more"
    never.set()
    await hanging
    assert await crowd.many(5) == 1, "its place came back once"


async def test_who_is_cancelled_leaves_its_place() -> None:
    """A message that is given up, while it waits or while it is sent, leaves no place taken."""
    crowd, never = Crowd(), asyncio.Event()
    tasks = [asyncio.create_task(crowd.one(never)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await crowd.many(2) == 1


async def test_slowed_down_it_keeps_telegrams_pace() -> None:
    """Before, nobody waits for their turn. Then so many pass in a second, but for the few that make up for a late one."""
    turnstile, loop = Turnstile(), asyncio.get_running_loop()
    for _ in range(10 * PER_SECOND):
        turning = turnstile.turn()
        with pytest.raises(StopIteration):
            turning.send(None)
    turnstile.slow_down()
    begun = loop.time()
    for _ in range(PER_SECOND):
        await turnstile.turn()
    assert loop.time() - begun >= 1 - CATCH_UP - 1 / PER_SECOND
