"""Many questions in one statement: while one is on its way to the server and back, the next ones gather."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

BATCH: Final = 16
"""Questions in one statement at most: those who asked go on one after the other, and the loop waits for them."""


class Batcher(Generic[Q, A]):
    """Asks together what was asked apart. Alone, a question waits for nobody.

    answers: has so many questions answered, in their order; its error is everybody's. at_once: so many batches are under way at most.
    """

    def __init__(self, answers: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], at_once: int) -> None:
        self._answers = answers
        self._free = at_once
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer. Who is cancelled may have been answered already."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._free:
            self._free -= 1
            task = asyncio.create_task(self._ask_all())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await future

    async def _ask_all(self) -> None:
        """One batch after the other, as long as somebody waits."""
        try:
            while self._waiting:
                await self._ask_batch([self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))])
        finally:
            self._free += 1

    async def _ask_batch(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answers([question for question, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.cancel() if isinstance(error, asyncio.CancelledError) else future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
