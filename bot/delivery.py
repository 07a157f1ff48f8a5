"""Sends queued replies: in order for each conversation, many conversations at once; what fails waits, and nothing is lost.

A reply stays in the store until the channel has it, so a crash can repeat a message at most, and lose none. The words are
chosen when it is sent: language and content may have changed since it was queued.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bot.channels import CardGone, Channel, ChatBlocked, ChatMoved, ChatPaused, MessageGone, PlaceClosed, Refused, Unreachable
from bot.logs import about
from bot.metrics import REPLIES
from bot.model import Guide, Part, Reply
from bot.pacing import Turnstile
from bot.pauses import SHORT_WAIT, Pauses
from bot.rendering import is_drawn, render, without_leaflet, without_pictures
from bot.store import SURE_FOR, Queued, Store, StoreError, Transaction, writer_of
from bot.store.timing import timed
from bot.wording import MissingText

log = logging.getLogger(__name__)

AT_ONCE: Final = 100
"""Calls under way at the same time (of new messages fewer: see `pacing`)."""
RECOVER_EVERY: Final = 2.0
"""Seconds between looks for replies that nobody is sending, if nothing tells of one."""
BATCH: Final = 500
LONGEST_BACK_OFF: Final = 60
FIRST_NOTE_WAIT: Final = 0.5
LONGEST_NOTE_WAIT: Final = 8.0
STORE_TROUBLE: Final = "the store does not work: %s"


class _NotOurs(Exception):
    """The reply is left to the next start, or to the replica that has taken it."""


async def _queue(tx: Transaction, queued: Queued, reply: Reply, now: int) -> Queued:
    """Queue a reply for where another was to go."""
    return await tx.queue(queued.conversation, queued.chat, reply, None, now)


class Delivery:
    """Delivers what the assistant queued.

    guide: the content as it is now. channel: the way out. clock: whole seconds since 1970.
    """

    def __init__(self, guide: Callable[[], Guide], store: Store, channel: Channel, clock: Callable[[], int]) -> None:
        self._guide = guide
        self._store = store
        self._channel = channel
        self._clock = clock
        self._pending: dict[str, deque[Queued]] = {}
        self._going_back: set[int] = set()
        self._given_back = asyncio.Event()
        self._workers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._new = Turnstile()
        self._released = False
        self._pauses = Pauses()
        self._closing: set[asyncio.Task[None]] = set()
        self._stopping = False

    def post(self, queued: Iterable[Queued]) -> None:
        """Send these soon, each conversation's in order; one that an earlier reply waits before goes back, to come after it."""
        for reply in queued:
            waiting = self._pending.get(reply.conversation)
            if waiting is not None:
                if all(reply.id != other.id for other in waiting):  # a lease can run out while the reply waits here
                    waiting.append(reply)
            elif reply.behind:
                self._begin(self._give_back(reply))
            else:
                self._pending[reply.conversation] = deque([reply])
                self._begin(self._work(reply.conversation))

    async def recover(self) -> None:
        """Look again and again for replies that nobody is sending: after a crash, and those whose wait is over."""
        while True:
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(RECOVER_EVERY):  # unlike `wait_for` of Python 3.11, it never swallows that we are told to stop
                    await self._given_back.wait()
            self._given_back.clear()

    async def look(self) -> None:
        """The same, once."""
        try:
            if not self._released:
                await self._store.release(self._clock())
                self._released = True
            if not self._stopping:
                self.post(await timed("waiting", self._store.waiting(self._clock(), BATCH, self._in_hand())))
        except StoreError as error:
            log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback

    def _in_hand(self) -> list[int]:
        """The ids of the replies whose leases are ours to use. Whatever else is leased to this process, the store frees."""
        return [*(reply.id for waiting in self._pending.values() for reply in waiting), *self._going_back]

    def lag(self) -> int:
        """How many seconds the oldest reply that this process has in hand has waited."""
        taken = min((waiting[0].leased for waiting in self._pending.values() if waiting), default=None)
        return max(0, self._clock() - taken) if taken is not None else 0

    async def drain(self, seconds: float) -> None:
        """Begin no further reply, and finish what is being sent, for at most so long; the rest stays in the store."""
        self._stopping = True
        if self._workers:
            await asyncio.wait(self._workers, timeout=seconds)
        for task in (*self._workers, *self._closing):
            task.cancel()
        await asyncio.gather(*self._workers, *self._closing, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    # --- one conversation ---

    async def _work(self, conversation: str) -> None:
        about("", writer_of(conversation))
        waiting = self._pending[conversation]
        try:
            while waiting:
                await self._drop_replaced(waiting)
                if not await self._deliver(waiting[0]):
                    await self._postpone(waiting, self._resume_at(waiting[0]))
                    return
                waiting.popleft()
        except StoreError as error:
            log.error(STORE_TROUBLE, error)  # noqa: TRY400 - the next looks find that nobody has the reply
        except Exception:
            log.exception("a reply could not be handled")
        finally:
            del self._pending[conversation]

    async def _postpone(self, waiting: deque[Queued], until: int) -> None:
        """Give all back to the store, and what comes meanwhile."""
        while waiting:
            given = list(waiting)
            await self._store.postpone(given, until)
            REPLIES.add("postponed", amount=len(given))
            for _ in given:
                waiting.popleft()

    async def _give_back(self, reply: Queued) -> None:
        """Nobody is sending this reply: it comes again after those before it."""
        self._going_back.add(reply.id)
        try:
            await self._store.postpone([reply], self._clock())
            self._given_back.set()  # those before it may be gone by now
        except StoreError as error:
            log.error(STORE_TROUBLE, error)  # noqa: TRY400 - the next looks find that nobody has it
        finally:
            self._going_back.discard(reply.id)

    def _is_replaced(self, queued: Queued) -> bool:
        """Whether a newer card waits behind this one."""
        return queued.reply.card and any(other.reply.card and other.id > queued.id for other in self._pending[queued.conversation])

    async def _drop_replaced(self, waiting: deque[Queued]) -> None:
        """Of several cards that wait, only the newest is worth sending."""
        newest = max((place for place, queued in enumerate(waiting) if queued.reply.card), default=0)
        for place in range(newest - 1, -1, -1):
            if waiting[place].reply.card:
                await self._store.sent(waiting[place], None)
                REPLIES.add("replaced")
                del waiting[place]

    async def _deliver(self, queued: Queued) -> bool:
        """Whether the reply is done with, one way or the other; if not, it is to be tried again."""
        while not self._stopping and self._pauses.over_at(queued.chat, self._clock()) is None:
            try:
                return await self._try(queued)
            except ChatPaused as pause:
                if self._pauses.refused(queued.chat, pause.seconds, self._clock()):
                    self._new.slow_down()
                    log.warning("Telegram asks the bot to wait for %.0f s: several chats in a row were refused", pause.seconds)
                if pause.seconds <= SHORT_WAIT:
                    await asyncio.sleep(pause.seconds)
        return False

    async def _try(self, queued: Queued) -> bool:
        """The same, tried once. Raises ChatPaused, StoreError."""
        try:
            await self._show(queued)
        except (ChatPaused, StoreError):
            raise
        except _NotOurs:
            return False
        except Unreachable as error:
            log.warning("Telegram cannot be reached (%s); the reply waits", error)
            return False
        except ChatMoved as moved:
            new = moved.chat
            if queued.reply.copies:
                log.warning("%s of OPERATOR_CHAT_IDS is %s now: change it there", queued.chat, new)  # nobody's but the operator's
            await self._store.run(lambda tx: tx.move_chat(queued.chat, new, self._clock()))
            return False
        except MessageGone as gone:
            await self._tell_gone(queued, gone.chat)
        except (ChatBlocked, PlaceClosed) as error:
            await self._shut_out(queued, error)
        except (Refused, MissingText) as error:
            log.error("a reply was refused and put aside: %s", error)  # noqa: TRY400 - one line for the operator
            await self._say_it_in_words(queued)
            await self._put_aside(queued, str(error))
        except Exception as error:
            log.exception("a reply could not be sent, and is put aside")  # what fails always must not hold up those behind it
            await self._put_aside(queued, type(error).__name__)
        return True

    async def _shut_out(self, queued: Queued, error: ChatBlocked | PlaceClosed) -> None:
        """Nobody is there, or not in this part of the chat. A copy for an operator is put aside: somebody wanted it to be read."""
        if queued.reply.copies:
            log.error("a message for a chat of OPERATOR_CHAT_IDS could not be passed on (%s); it is put aside", error)
            await self._put_aside(queued, str(error))
        elif isinstance(error, ChatBlocked):
            REPLIES.add("blocked")
            await self._store.run(lambda tx: tx.abandon(queued.chat))
        else:
            REPLIES.add("closed")
            await self._store.sent(queued, None)  # it can be opened again: the conversation stays, and shows where it is then

    async def _tell_gone(self, queued: Queued, chat: str) -> None:
        """The message to be copied is not there: let its writer know, and be done with it. A kill in between tells it twice at most."""
        if queued.reply.parts:
            notice = replace(queued.reply, buttons=(), copies="")
            told = await self._store.run(lambda tx: tx.queue(writer_of(queued.conversation), chat, notice, None, self._clock()))
            self.post([told])
        await self._store.sent(queued, None)

    async def _say_it_in_words(self, queued: Queued) -> None:
        """Where a picture or a leaflet was refused, queue what it shows, in words."""
        if is_drawn(queued.reply):
            reply = without_pictures(without_leaflet(queued.reply))
            words = replace(reply, parts=(Part("picture-failed"), *reply.parts))
            work = partial(_queue, queued=queued, reply=words, now=self._clock())
            self.post([await self._store.run(work, queued.conversation)])

    async def _put_aside(self, queued: Queued, reason: str) -> None:
        """Keep it as a dead letter; but not the goodbye after /forget: of that conversation nothing is kept."""
        if any(part.template == "forgotten" for part in queued.reply.parts):
            await self._store.sent(queued, None)
        else:
            await self._store.bury(queued, reason, self._clock())
            REPLIES.add("dead_letter")

    async def _show(self, queued: Queued) -> None:
        """Put it in place of its card, or send it anew; and note that."""
        pictures = self._channel.pictures
        message = render(self._guide(), queued.reply, pictures=pictures, leaflets=pictures)
        if queued.edit is not None:
            with suppress(CardGone):
                async with self._room:
                    await self._check_ours(queued)
                    await self._channel.edit(queued, message, queued.edit)
                await self._note(queued, queued.edit)
                REPLIES.add("edited")
                return
        async with self._new.place() as place:
            if not self._is_replaced(queued):
                await self._new.turn()
                async with self._room:
                    await self._check_ours(queued)
                    number = await self._channel.send(queued, message)
                await self._note(queued, number)
                REPLIES.add("sent")
                place.went_well()
                return
        await self._store.sent(queued, None)  # replaced while it waited for its place, and nobody waits for that
        REPLIES.add("replaced")

    async def _check_ours(self, queued: Queued) -> None:
        """Nothing is begun after the bot was told to stop, nor what others may have sent while this program stood still.

        What has waited for long asks the store. Raises _NotOurs, StoreError.
        """
        now = self._clock()
        sure = 0 <= now - queued.leased < SURE_FOR
        if (not sure and not await self._store.renew(queued, now)) or self._stopping:
            raise _NotOurs

    async def _note(self, queued: Queued, number: int) -> None:
        self._pauses.went_well()
        replaced = await self._noted(queued, number)
        if replaced is not None and replaced != queued.edit:
            self._close(queued, replaced)

    async def _noted(self, queued: Queued, number: int) -> int | None:
        """Have it kept that Telegram has a reply, however long the store does not work: else it would be sent again."""
        wait = FIRST_NOTE_WAIT
        while True:
            try:
                return await timed("sent", self._store.sent(queued, number))
            except StoreError as error:
                log.error(STORE_TROUBLE, error)  # noqa: TRY400 - one line for the operator, no traceback
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_NOTE_WAIT)

    def _close(self, queued: Queued, card: int) -> None:
        """Take the buttons off the old card, if it works at once; old buttons are harmless anyway."""

        async def close() -> None:
            with suppress(ChatPaused, Unreachable, ChatMoved, ChatBlocked, PlaceClosed, CardGone, Refused):
                await self._channel.close_card(queued, card)

        task = asyncio.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _resume_at(self, queued: Queued) -> int:
        """When to try again: at the end of the chat's pause, else after a wait that doubles, with some chance in it."""
        now = self._clock()
        if self._stopping:
            return now
        if (paused := self._pauses.over_at(queued.chat, now)) is not None:
            return paused
        return now + 1 + int(min(LONGEST_BACK_OFF, 2**queued.attempts) * random.uniform(0.5, 1.0))  # noqa: S311 - not for secrets
