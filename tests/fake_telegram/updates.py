"""The queue of updates, by the rules of Telegram's server: what confirms an update, when one expires, which numbers they get."""

from __future__ import annotations

import json
import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Final

from tests.fake_telegram.options import Clock, Options

MOST: Final = 100_000
"""Updates that Telegram keeps at a time; later ones are lost."""
REMEMBERED: Final = 10_000
"""Updates that can be delivered once more after they were confirmed."""


@dataclass(slots=True)
class Update:
    """One update, as it goes out. `lane`: the webhook delivers the updates of one lane in order, one at a time."""

    id: int
    kind: str
    body: bytes
    expires: float
    lane: tuple[str, int]
    deliveries: int = 0


class Queue:
    """The updates that wait for the bot, in order. `listener` hears of each that comes, also of one that comes again."""

    def __init__(self, clock: Clock, chance: Random, options: Options) -> None:
        self._clock, self._chance, self._options = clock, chance, options
        self._waiting: dict[int, Update] = {}
        self._again: deque[Update] = deque()
        self._gone: dict[int, Update] = {}
        self._next = 0
        self._pushed_at = 0.0
        self._soonest = math.inf  # nothing expires before this time
        self.counts: Counter[str] = Counter()
        self.listener: Callable[[Update], None] | None = None

    @property
    def pending(self) -> int:
        return len(self._waiting) + len(self._again)

    @property
    def head(self) -> int:
        return next(iter(self._waiting), self._next)

    def push(self, kind: str, content: Any, lifetime: float, lane: tuple[str, int]) -> Update | None:
        """Put an update at the end of the queue; None if the queue is full."""
        now = self._clock.now()
        quiet = self._options.jumps_after
        if not self._next or (quiet and now - self._pushed_at > quiet):
            self.sweep()
            self._next = self._chance.randrange(2_000_001, 1 << 30)
        if len(self._waiting) >= MOST:
            self.counts["lost"] += 1
            return None
        number = self._next
        body = b'{"update_id":%d,"%s":%s}' % (number, kind.encode(), json.dumps(content).encode())
        update = self._waiting[number] = Update(number, kind, body, now + lifetime, lane)
        self._next = number + 1
        self._pushed_at = now
        self._soonest = min(self._soonest, update.expires)
        self.counts["pushed"] += 1
        if self.listener is not None:
            self.listener(update)
        return update

    def get(self, offset: int, limit: int) -> list[Update]:
        """What getUpdates answers. Everything below the offset is confirmed and forgotten.

        0 asks from the oldest on, -n keeps the newest n; an offset far outside of the queue is taken for 0.
        """
        if offset < 0:
            self.drop(keep=-offset)
        if offset > 0 and self.head - MOST <= offset <= self._next + 10:
            while self._waiting and (first := next(iter(self._waiting))) < offset:
                self.confirm(first)
        self.sweep()
        found = [self._again.popleft() for _ in range(min(limit, len(self._again)))]
        found.extend(islice(self._waiting.values(), limit - len(found)))
        for update in found:
            self.delivered(update)
        return found

    def delivered(self, update: Update) -> None:
        update.deliveries += 1
        self.counts["delivered"] += 1
        self.counts["redelivered"] += update.deliveries > 1

    def confirm(self, number: int) -> None:
        """The bot has this one."""
        update = self._waiting.pop(number, None)
        if update is None:
            self._again = deque(waiting for waiting in self._again if waiting.id != number)
            return
        self.counts["acknowledged"] += 1
        self._gone[number] = update
        if len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]
        if self._options.repeats and self._chance.random() < self._options.repeats:
            self._repeat(update)

    def _repeat(self, update: Update) -> None:
        self._again.append(update)
        if self.listener is not None:
            self.listener(update)

    def expire(self, number: int) -> None:
        """This one is too old to be delivered."""
        if self._waiting.pop(number, None) is not None:
            self.counts["expired"] += 1

    def drop(self, keep: int = 0) -> None:
        """Forget all but the newest `keep`, as if they were confirmed."""
        for number in list(islice(self._waiting, max(len(self._waiting) - keep, 0))):
            del self._waiting[number]
            self.counts["dropped"] += 1

    def sweep(self) -> None:
        """Forget what has expired: a callback query after 150 seconds, a message after a day."""
        now = self._clock.now()
        if now <= self._soonest:
            return
        for number in [number for number, update in self._waiting.items() if update.expires < now]:
            del self._waiting[number]
            self.counts["expired"] += 1
        self._soonest = min((update.expires for update in self._waiting.values()), default=math.inf)

    def waiting(self) -> list[Update]:
        return [*self._again, *self._waiting.values()]

    def again(self, number: int | None = None) -> int:
        """Deliver a confirmed update once more (the newest, or this one): Telegram may, if it lost the confirmation."""
        if number is None:
            number = next(reversed(self._gone))
        self._repeat(self._gone[number])
        return number
