"""Delivery to a channel that keeps a diary: in order, at once, and through everything that Telegram can say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from bot import delivery as module
from bot import pacing
from bot.cards import copy
from bot.channels import CardGone, ChatBlocked, ChatMoved, ChatPaused, MessageGone, PlaceClosed, Refused, Unreachable
from bot.delivery import Delivery
from bot.model import Button, Decision, Guide, Message, Part, Reply, Unmatched
from bot.pacing import CATCH_UP, PER_SECOND
from bot.store import LEASE, SURE_FOR, Queued, Store, StoreError, Transaction, copy_key
from bot.store.strays import STRAY_AFTER
from tests.conversing import START
from tests.keeping import ANN, BEN, KINDS, Clock, Database, a_card, a_session, a_word, an_emptied_database, card_of, opened, queue, save
from tests.postgres_server import PostgresServer

PATIENCE: Final = 5.0


@dataclass
class Diary:
    """A channel that notes what is shown to whom, and says no as told: `trouble` is taken in order, for each conversation or all.

    Messages are numbered from 100 on. A gate, when there is one, holds everything up until it opens.
    """

    shown: list[str] = field(default_factory=list)
    trouble: dict[str, list[Exception]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    number: int = 99
    pictures: bool = False

    async def send(self, queued: Queued, message: Message) -> int:
        await self._meet(queued, "send")
        self.number += 1
        self.shown.append(f"{queued.conversation} send {name(queued.reply)}")
        return self.number

    async def edit(self, queued: Queued, message: Message, card: int) -> None:
        await self._meet(queued, "edit")
        self.shown.append(f"{queued.conversation} edit {card} {name(queued.reply)}")

    async def close_card(self, queued: Queued, card: int) -> None:
        await self._meet(queued, "close")
        self.shown.append(f"{queued.conversation} close {card}")

    async def _meet(self, queued: Queued, act: str) -> None:
        self.begun.append(queued.conversation)
        if gate := self.gates.get(queued.conversation):
            await gate.wait()
        await asyncio.sleep(0)
        for key in (f"{queued.conversation} {act}", queued.conversation):
            if self.trouble.get(key):
                raise self.trouble[key].pop(0)

    def of(self, conversation: str) -> list[str]:
        return [line.removeprefix(f"{conversation} ") for line in self.shown if line.startswith(f"{conversation} ")]


def name(reply: Reply) -> str:
    if reply.copies:
        return f"copy {reply.copies}"
    return f"card {reply.turn}" if reply.card else reply.parts[0].template


@dataclass
class Post:
    """A store, a channel and their delivery, with its recovery under way. looked: how often that has looked for what waits."""

    database: Database
    store: Store
    channel: Diary
    delivery: Delivery
    clock: Clock
    looked: int = 0

    async def put(self, conversation: str, *replies: Reply, edit: int | None = None) -> list[Queued]:
        """Queue replies and post them, as one arrival does."""
        queued = await queue(self.store, conversation, *replies, edit=edit, now=self.clock())
        self.delivery.post(queued)
        return queued

    async def quiet(self) -> None:
        """Wait until everything that may be sent now is sent, or waits for its time, or behind what does."""
        await self.idle()
        due = f"""SELECT id FROM reply_queue AS mine WHERE not_before <= {self.clock.now} AND NOT EXISTS
            (SELECT 1 FROM reply_queue AS earlier
             WHERE earlier.conversation = mine.conversation AND earlier.id < mine.id AND earlier.not_before > {self.clock.now})"""  # noqa: S608
        leased = f"SELECT id FROM reply_queue WHERE owner IS NOT NULL AND not_before = {self.clock.now + LEASE}"  # noqa: S608
        async with asyncio.timeout(PATIENCE):
            while await self.database.rows(due) or await self.database.rows(leased):  # leased just now, its sending has not begun yet
                await asyncio.sleep(0.001)
                await self.idle()

    async def looks(self) -> None:
        """Wait until the recovery has looked once more, from beginning to end."""
        begun = self.looked
        await self.until(lambda: self.looked >= begun + 2)

    async def idle(self) -> None:
        """Wait until everything that is being sent is sent, or given back."""
        await self.until(lambda: not self.delivery._workers and not self.delivery._closing)  # noqa: SLF001 - nothing else tells

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of tests
                await asyncio.sleep(0.001)

    async def left(self) -> int:
        """Replies that are still in the queue."""
        return len(await self.database.rows("SELECT id FROM reply_queue"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database of each kind that there is."""
    return an_emptied_database(request.param, request, tmp_path)


@pytest.fixture
async def post(guide: Guide, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(module, "RECOVER_EVERY", 0.005)
    monkeypatch.setattr(pacing, "HANGS_AFTER", 0.02)
    async with opened(database) as store:
        channel = Diary()
        delivery = Delivery(lambda: guide, store, channel, clock)
        found = Post(database, store, channel, delivery, clock)
        look = delivery.look

        async def counted() -> None:
            await look()
            found.looked += 1

        monkeypatch.setattr(delivery, "look", counted)
        recovering = asyncio.create_task(delivery.recover())
        yield found
        recovering.cancel()
        await asyncio.gather(recovering, return_exceptions=True)
        await delivery.drain(1)


WORDS: Final = [a_word(template) for template in ("privacy", "welcome", "not-yours")]
NAMES: Final = [f"send {name(word)}" for word in WORDS]


# --- order -----------------------------------------------------------------------------------------------------------------


async def test_in_order(post: Post) -> None:
    """A conversation's replies are sent in their order, whether they come together or one by one; then the queue is empty."""
    await post.put(ANN, WORDS[0], WORDS[1])
    await post.put(ANN, WORDS[2])
    await post.quiet()
    assert post.channel.of(ANN) == NAMES
    assert await post.left() == 0


async def test_in_parallel(post: Post) -> None:
    """Nobody waits for another's network."""
    post.channel.gates[ANN] = asyncio.Event()
    await post.put(ANN, WORDS[0])
    for number in range(2, 50):
        await post.put(f"tg:{number}:0:{number}", WORDS[1])
    await post.until(lambda: len(post.channel.shown) == 48)
    assert post.channel.of(ANN) == []
    post.channel.gates[ANN].set()
    await post.quiet()
    assert post.channel.of(ANN) == NAMES[:1]


async def test_new_messages_are_few_at_a_time(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many new messages only the first is under way: a kill now would repeat one. Edits do not wait: to repeat one is harmless."""
    monkeypatch.setattr(pacing, "HANGS_AFTER", PATIENCE)
    gate = asyncio.Event()
    strangers = [f"tg:{number}:0:{number}" for number in range(2, 30)]
    post.channel.gates = dict.fromkeys(strangers, gate)
    for stranger in strangers:
        await post.put(stranger, WORDS[0])
    await with_card(post, edit=100)
    assert post.channel.of(ANN) == ["edit 100 card 1"]
    assert post.channel.begun == [strangers[0], ANN]
    gate.set()
    await post.quiet()
    assert len(post.channel.shown) == 1 + len(strangers)


async def test_card_that_is_replaced_while_it_waits_for_its_place(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that another takes the place of, while all places are taken, is not sent."""
    monkeypatch.setattr(pacing, "HANGS_AFTER", PATIENCE)
    gate = post.channel.gates[BEN] = asyncio.Event()
    await save(post.store, ANN, a_session())
    await post.put(BEN, WORDS[0])
    await post.until(lambda: bool(post.channel.begun))
    for turn in (1, 2, 3):
        await post.put(ANN, a_card(turn))
    await asyncio.sleep(0.02)
    gate.set()
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 3"]
    assert await post.left() == 0


async def test_a_replaced_card_keeps_nobody_waiting(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a card was replaced is noted after its place is given back: the next message does not wait for the store."""
    monkeypatch.setattr(pacing, "HANGS_AFTER", PATIENCE)
    gate = post.channel.gates[BEN] = asyncio.Event()
    noted, sent = asyncio.Event(), post.store.sent

    async def slow(queued: Queued, message: int | None) -> int | None:
        if message is None:
            await noted.wait()
        return await sent(queued, message)

    monkeypatch.setattr(post.store, "sent", slow)
    await post.put(BEN, WORDS[0])
    await post.until(lambda: bool(post.channel.begun))
    await post.put(ANN, a_card(1))
    await post.put("tg:3:0:3", WORDS[0])
    await asyncio.sleep(0.01)
    await post.put(ANN, a_card(2))
    gate.set()
    await post.until(lambda: post.channel.of("tg:3:0:3") == NAMES[:1])
    assert post.channel.of(ANN) == []
    noted.set()
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 2"]


async def test_a_place_is_held_until_it_is_noted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next new message is not begun before the store knows that the one before it was sent."""
    noted: list[int] = []
    sent = post.store.sent

    async def note(queued: Queued, message: int | None) -> int | None:
        await asyncio.sleep(0.002)
        assert len(post.channel.begun) == len(noted) + 1
        noted.append(queued.id)
        return await sent(queued, message)

    monkeypatch.setattr(post.store, "sent", note)
    for number in range(2, 10):
        await post.put(f"tg:{number}:0:{number}", WORDS[0])
    await post.quiet()
    assert len(noted) == 8


async def test_newest_card(post: Post) -> None:
    """Of the cards that wait while one is being sent, only the newest is sent; words are all sent."""
    gate = post.channel.gates[ANN] = asyncio.Event()
    await save(post.store, ANN, a_session())
    await post.put(ANN, a_card(1))
    await post.until(lambda: bool(post.channel.begun))
    await post.put(ANN, a_card(2), WORDS[0])
    await post.put(ANN, a_card(3))
    gate.set()
    await post.quiet()
    assert [line for line in post.channel.of(ANN) if line.startswith("send")] == ["send card 1", NAMES[0], "send card 3"]
    assert await post.left() == 0


async def test_lease_that_runs_out_while_it_is_sent(post: Post) -> None:
    """A reply that takes longer than its lease is not sent a second time by the same bot."""
    gate = post.channel.gates[ANN] = asyncio.Event()
    await post.put(ANN, *WORDS)
    post.clock.now += 2 * LEASE
    await asyncio.sleep(0.05)
    gate.set()
    await post.quiet()
    assert post.channel.of(ANN) == NAMES


async def test_what_was_taken_meanwhile_is_not_sent(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stood still for long asks the store before sending: what another has taken is that one's, and so is the order of what follows."""
    monkeypatch.setattr(pacing, "HANGS_AFTER", PATIENCE)
    gate = post.channel.gates[BEN] = asyncio.Event()
    await post.put(BEN, WORDS[0])
    await post.until(lambda: bool(post.channel.begun))
    taken, behind = await post.put(ANN, WORDS[0], WORDS[1])
    await post.database.rows(f"UPDATE reply_queue SET owner = NULL WHERE id = {taken.id} RETURNING id")  # noqa: S608 - a number
    post.clock.now += SURE_FOR
    gate.set()
    await post.until(lambda: ANN not in post.delivery._pending)  # noqa: SLF001 - nothing else tells
    assert post.channel.of(ANN) == []
    assert await post.database.rows("SELECT id FROM reply_queue WHERE owner IS NULL ORDER BY id") == [(taken.id,), (behind.id,)]


async def test_what_is_forgotten_while_it_waits_is_not_sent(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number is nobody else's afterwards: the goodbye is sent."""
    gate = post.channel.gates[ANN] = asyncio.Event()
    await post.put(ANN, WORDS[0])
    await post.until(lambda: bool(post.channel.begun))
    await post.store.run(lambda tx: tx.forget(ANN), ANN)
    await post.put(ANN, a_word("forgotten"))
    gate.set()
    await post.quiet()
    assert post.channel.of(ANN) == [NAMES[0], "send forgotten"]
    assert await post.left() == 0


# --- trouble -----------------------------------------------------------------------------------------------------------------


async def test_paused(post: Post) -> None:
    """A pause holds up the chat that it is for, to its end and not longer; nobody else."""
    post.channel.trouble[ANN] = [ChatPaused(30)]
    await post.put(ANN, WORDS[0], WORDS[1])
    await post.put(BEN, WORDS[0])
    await post.quiet()
    await post.put(ANN, WORDS[2])
    await post.quiet()
    post.clock.now += 30
    await asyncio.sleep(0.05)
    assert post.channel.of(ANN) == []
    assert post.channel.of(BEN) == NAMES[:1]
    assert post.channel.begun.count(ANN) == 1, "a paused chat is left alone"
    post.clock.now += 1
    await post.until(lambda: post.channel.of(ANN) == NAMES)


async def test_pause_holds_for_the_whole_chat(post: Post) -> None:
    """A pause is the group's: another person's conversation there waits too."""
    first, second = "tg:-5:0:1", "tg:-5:0:2"
    post.channel.trouble[first] = [ChatPaused(30)]
    await post.put(first, WORDS[0])
    await post.quiet()
    await post.put(second, WORDS[1])
    await post.quiet()
    assert post.channel.shown == []
    post.clock.now += 31
    await post.until(lambda: len(post.channel.shown) == 2)


STRANGERS: Final = tuple(f"tg:{number}:0:{number}" for number in (5, 6, 7))


async def test_everybody_paused(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """When several chats in a row are refused, the limit is the bot's: nobody is tried before the shortest pause is over, then all are."""
    for stranger, seconds in zip(STRANGERS, (30, 40, 20), strict=True):
        post.channel.trouble[stranger] = [ChatPaused(seconds)]
        await post.put(stranger, WORDS[0])
        await post.quiet()
    await post.put(BEN, WORDS[0])
    post.clock.now += 20
    await post.quiet()
    assert (post.channel.shown, BEN in post.channel.begun) == ([], False)
    assert caplog.text.count("asks the bot to wait for 20 s") == 1
    post.clock.now += 1
    await post.until(lambda: post.channel.of(BEN) == NAMES[:1])
    post.clock.now += 20
    await post.until(lambda: len(post.channel.shown) == 4)


async def test_at_telegrams_pace_after_that(post: Post) -> None:
    """Once the bot's limit is known, a crowd is written to as fast as it allows, and no faster: else everybody would wait again."""
    for stranger in STRANGERS:
        post.channel.trouble[stranger] = [ChatPaused(5)]
        await post.put(stranger, WORDS[0])
        await post.quiet()
    post.clock.now += 6
    begun = time.monotonic()
    for number in range(PER_SECOND):
        await post.put(f"tg:{100 + number}:0:1", WORDS[0])
    await post.until(lambda: len(post.channel.shown) == PER_SECOND + len(STRANGERS))
    assert time.monotonic() - begun >= 1 - CATCH_UP - 1 / PER_SECOND


async def test_pauses_of_several(post: Post) -> None:
    """Several chats that are refused while others get through wait each for themselves."""
    for stranger in STRANGERS:
        post.channel.trouble[stranger] = [ChatPaused(30)]
        await post.put(stranger, WORDS[0])
        await post.quiet()
        await post.put(BEN, WORDS[0])
        await post.quiet()
    assert post.channel.shown == [f"{BEN} {NAMES[0]}"] * 3


async def test_short_pause(post: Post) -> None:
    """A pause of a moment is waited for, without a way through the store."""
    post.channel.trouble[ANN] = [ChatPaused(0.01)]
    await post.put(ANN, *WORDS)
    await post.quiet()
    assert post.channel.of(ANN) == NAMES


async def test_short_pauses_without_end(post: Post) -> None:
    """However often a moment's pause is asked for, the reply waits, and comes."""
    post.channel.trouble[ANN] = [ChatPaused(0)] * 1500
    await post.put(ANN, *WORDS)
    await post.quiet()
    assert post.channel.of(ANN) == NAMES
    assert await letters(post) == []


async def test_moved(post: Post) -> None:
    """When the chat has another id, all that waits goes there, in order, and never to the old one again; an old card is not edited."""
    old, new = "tg:-5:0:1", "tg:-1000:0:1"
    await save(post.store, old, a_session())
    post.channel.trouble[f"{old} edit"] = [CardGone("message can't be edited")]
    post.channel.trouble[f"{old} send"] = [ChatMoved("tg:-1000")]
    await post.put(old, a_card(2), WORDS[0], edit=100)
    await post.quiet()
    post.clock.now += 3
    await post.until(lambda: len(post.channel.shown) == 2)
    assert post.channel.of(new) == ["send card 2", NAMES[0]]
    await post.quiet()
    assert (await card_of(post.store, new), await card_of(post.store, old)) == (100, None)
    assert await post.left() == 0
    assert await letters(post) == []


async def test_unreachable(post: Post) -> None:
    """When Telegram cannot be reached, replies wait ever longer, at most about a minute, and then go in their order."""
    post.channel.trouble[ANN] = [Unreachable("down")] * 9
    start = post.clock.now
    waits: list[int] = []
    await post.put(ANN, *WORDS)
    while post.channel.trouble[ANN]:
        tried, before = len(post.channel.begun), post.clock.now
        await post.quiet()
        while len(post.channel.begun) == tried and post.channel.trouble[ANN]:
            post.clock.now += 1
            await asyncio.sleep(0.012)
        waits.append(post.clock.now - before)
    await post.until(lambda: post.channel.of(ANN) == NAMES or bool(post.channel.trouble[ANN]) or _tick(post.clock))
    assert post.channel.of(ANN) == NAMES
    assert max(waits) <= 66
    assert post.clock.now - start > 60, "it hardly waited"


def _tick(clock: Clock) -> bool:
    clock.now += 1
    return False


async def test_nothing_passes_what_waits(post: Post) -> None:
    """While an earlier reply waits for the network, a later one does not pass it: an old card never comes after a newer one."""
    await save(post.store, ANN, a_session())
    post.channel.trouble[ANN] = [Unreachable("down")]
    await post.put(ANN, WORDS[0], a_card(1))
    await post.quiet()
    await post.put(ANN, WORDS[1])
    await post.put(ANN, a_card(2))
    await post.quiet()
    assert post.channel.of(ANN) == []
    post.clock.now += 5
    await post.until(lambda: len(post.channel.of(ANN)) == 3)
    assert post.channel.of(ANN) == [NAMES[0], NAMES[1], "send card 2"]
    await post.until(lambda: not post.delivery._pending)  # noqa: SLF001
    assert await post.left() == 0


async def test_blocked(post: Post) -> None:
    """What waits for somebody who blocked the bot is dropped, and nobody is disturbed."""
    post.channel.trouble[ANN] = [ChatBlocked("blocked")] * 3
    await post.put(ANN, *WORDS)
    await post.put(BEN, WORDS[0])
    await post.quiet()
    assert post.channel.shown == [f"{BEN} {NAMES[0]}"]
    assert await post.left() == 0


async def test_topic_closed(post: Post) -> None:
    """Where nobody can be written to just now, the reply is dropped; it is no dead letter, and others of the chat go on."""
    topic, other = "tg:-5:7:1", "tg:-5:8:1"
    post.channel.trouble[topic] = [PlaceClosed("closed")]
    await post.put(topic, WORDS[0])
    await post.put(other, WORDS[0])
    await post.quiet()
    assert post.channel.shown == [f"{other} {NAMES[0]}"]
    assert (await post.left(), await letters(post)) == (0, [])


async def test_refused(post: Post) -> None:
    """What Telegram never takes becomes a dead letter, and those behind it go on."""
    post.channel.trouble[ANN] = [Refused("message is too long")]
    await post.put(ANN, *WORDS)
    await post.quiet()
    assert post.channel.of(ANN) == NAMES[1:]
    assert await post.left() == 0
    assert await letters(post) == ["message is too long"]


async def test_goodbye_that_is_refused(post: Post) -> None:
    """After /forget nothing is kept of the conversation, not even that its last reply was refused."""
    post.channel.trouble[ANN] = [Refused("no"), ValueError("no")]
    await post.put(ANN, a_word("forgotten"), a_word("forgotten"))
    await post.quiet()
    assert (post.channel.of(ANN), await post.left(), await letters(post)) == ([], 0, [])


async def test_text_that_is_gone(post: Post) -> None:
    """A reply whose text left the content meanwhile becomes a dead letter too."""
    await post.put(ANN, Reply((Part("no-such-template"),)), WORDS[0])
    await post.quiet()
    assert post.channel.of(ANN) == NAMES[:1]
    assert len(await letters(post)) == 1


async def test_error_of_our_own(post: Post) -> None:
    """A reply on which our own code fails becomes a dead letter: it would fail again, and hold up the conversation for ever."""
    post.channel.trouble[ANN] = [ValueError("callback data of 70 bytes")]
    await post.put(ANN, *WORDS)
    await post.quiet()
    assert post.channel.of(ANN) == NAMES[1:]
    assert await letters(post) == ["ValueError"]


async def letters(post: Post) -> list[str]:
    return [reason for (reason,) in await post.database.rows("SELECT reason FROM dead_letter ORDER BY id")]


# --- cards -------------------------------------------------------------------------------------------------------------------


async def test_edit_in_place(post: Post) -> None:
    """The answer to a tap takes the card's place."""
    await with_card(post)
    await post.put(ANN, a_card(2), edit=100)
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 1", "edit 100 card 2"]
    assert await card_of(post.store, ANN) == 100


async def test_card_gone(post: Post) -> None:
    """A card that can no longer be edited is sent anew, and is the card from then on."""
    await with_card(post)
    post.channel.trouble[f"{ANN} edit"] = [CardGone("message to edit not found")]
    await post.put(ANN, a_card(2), edit=100)
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 1", "send card 2"]
    assert await card_of(post.store, ANN) == 101


async def test_old_card_is_closed(post: Post) -> None:
    """A new card closes the old one; a reply that is no card leaves it."""
    await with_card(post)
    await post.put(ANN, WORDS[0])
    await post.put(ANN, a_card(2))
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 1", NAMES[0], "send card 2", "close 100"]


async def test_tap_on_the_card_before_last(post: Post) -> None:
    """A card put in the place of an older one closes the one between."""
    await with_card(post)
    await post.put(ANN, a_card(2))
    await post.quiet()
    await post.put(ANN, a_card(3), edit=100)
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 1", "send card 2", "close 100", "edit 100 card 3", "close 101"]
    assert await card_of(post.store, ANN) == 100


@pytest.mark.parametrize(
    "trouble",
    [ChatPaused(9), Unreachable(), ChatMoved("tg:-1"), ChatBlocked(), PlaceClosed(), CardGone(), Refused("no")],
    ids=lambda error: type(error).__name__,
)
async def test_old_card_that_cannot_be_closed(post: Post, trouble: Exception) -> None:
    """That an old card keeps its buttons is no trouble for anybody."""
    await with_card(post)
    post.channel.trouble[f"{ANN} close"] = [trouble]
    await post.put(ANN, a_card(2))
    await post.quiet()
    await post.put(ANN, WORDS[0])
    await post.quiet()
    assert post.channel.of(ANN) == ["send card 1", "send card 2", NAMES[0]]


async def with_card(post: Post, edit: int | None = None) -> None:
    """A conversation whose card is message 100."""
    await save(post.store, ANN, a_session())
    await post.put(ANN, a_card(1), edit=edit)
    await post.until(lambda: ANN not in post.delivery._pending)  # noqa: SLF001 - nothing else tells


async def test_words_are_chosen_late(post: Post, guide: Guide) -> None:
    """A reply is rendered when it is sent: with the content of that moment."""
    seen: list[str] = []

    class Reading(Diary):
        async def send(self, queued: Queued, message: Message) -> int:
            seen.append(message.text)
            return 1

    texts = guide.responses["en"]
    groups = {**texts.groups, "replies": {**texts.groups["replies"], "privacy": {"text": "New words."}}}
    newer = replace(guide, responses={**guide.responses, "en": replace(texts, groups=groups)})
    current = [guide]
    delivery = Delivery(lambda: current[0], post.store, Reading(), post.clock)
    queued = await queue(post.store, ANN, WORDS[0])
    current[0] = newer
    delivery.post(queued)
    await post.until(lambda: bool(seen))
    await delivery.drain(PATIENCE)
    assert seen == ["New words."]


# --- the end, and after a crash --------------------------------------------------------------------------------------------


async def test_drain(post: Post) -> None:
    """At the end, what is being sent is finished in the time there is; nothing more is begun, and the rest stays in the store."""
    post.channel.gates |= {ANN: asyncio.Event(), BEN: asyncio.Event()}
    await post.put(ANN, WORDS[0])
    await post.put(BEN, WORDS[0], WORDS[1])
    await post.until(lambda: set(post.channel.begun) == {ANN, BEN})
    asyncio.get_running_loop().call_later(0.01, post.channel.gates[BEN].set)
    async with asyncio.timeout(PATIENCE):
        await post.delivery.drain(0.1)
    assert post.channel.shown == [f"{BEN} {NAMES[0]}"]
    assert await post.left() == 2


async def test_nothing_is_begun_at_the_end(guide: Guide, database: Database, clock: Clock) -> None:
    """What still waits for its place when the bot is told to stop goes back to the store, and is there for the next start at once."""
    store, channel = await database.open(), Diary(gates={ANN: asyncio.Event()})
    stopped = Post(database, store, channel, Delivery(lambda: guide, store, channel, clock), clock)
    await stopped.put(ANN, WORDS[0])
    await stopped.until(lambda: channel.begun == [ANN])
    await stopped.put(BEN, WORDS[0])
    asyncio.get_running_loop().call_later(0.01, channel.gates[ANN].set)
    await stopped.delivery.drain(PATIENCE)
    assert channel.shown == [f"{ANN} {NAMES[0]}"]
    assert [queued.conversation for queued in await store.waiting(clock(), 10)] == [BEN]
    await store.close()


async def test_drain_of_nothing(post: Post) -> None:
    """With nothing under way the end is at once."""
    async with asyncio.timeout(PATIENCE):
        await post.delivery.drain(1000)


async def test_after_a_crash(guide: Guide, database: Database, clock: Clock) -> None:
    """What a bot that died left in the queue is sent by the next one as soon as it looks, in order; what is new does not pass it."""
    async with opened(database) as died:
        await queue(died, ANN, WORDS[0], WORDS[1])
        await database.rows("UPDATE reply_queue SET owner = 1, not_before = not_before + 1 RETURNING id")  # as it was before it closed
    store = await database.open()
    channel = Diary()
    after = Post(database, store, channel, Delivery(lambda: guide, store, channel, clock), clock)
    clock.now += 1
    await after.put(ANN, WORDS[2])
    await after.idle()
    assert channel.shown == []
    recovering = asyncio.create_task(after.delivery.recover())
    await after.until(lambda: channel.of(ANN) == NAMES)
    recovering.cancel()
    await asyncio.gather(recovering, return_exceptions=True)
    await after.delivery.drain(PATIENCE)
    assert await after.left() == 0
    await store.close()


async def test_store_that_fails_once_it_is_sent(post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """When the store fails after Telegram has a message, noting it is tried until it works: nobody gets it twice, not even much later."""
    monkeypatch.setattr(module, "FIRST_NOTE_WAIT", 0.001)
    sent, failures = post.store.sent, [StoreError("disk full")] * 5

    async def failing(queued: Queued, message: int | None) -> int | None:
        if failures:
            post.clock.now += LEASE
            await asyncio.sleep(0.01)
            raise failures.pop()
        return await sent(queued, message)

    monkeypatch.setattr(post.store, "sent", failing)
    await post.put(ANN, *WORDS)
    await post.quiet()
    assert post.channel.of(ANN) == NAMES
    assert await post.left() == 0
    assert caplog.text.count("the store does not work: disk full") == 5
    assert "Traceback" not in caplog.text


async def test_store_that_fails_when_a_reply_is_to_wait(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a reply can neither be sent nor be given back, it waits for seconds, not until its lease runs out; so do those behind it."""
    postpone, failures = post.store.postpone, [StoreError("the server is away")] * 2

    async def failing(queued: Sequence[Queued], until: int) -> None:
        if failures:
            raise failures.pop()
        await postpone(queued, until)

    monkeypatch.setattr(post.store, "postpone", failing)
    post.channel.trouble[ANN] = [Unreachable("no answer")]
    await post.put(ANN, WORDS[0])
    await post.idle()
    await post.put(ANN, *WORDS[1:])
    await post.idle()
    assert (failures, post.channel.shown) == ([], [])
    await post.looks()
    post.clock.now += STRAY_AFTER
    await post.until(lambda: post.channel.of(ANN) == NAMES)
    await post.idle()
    assert await post.left() == 0


async def test_postgresql_dies_when_a_reply_is_to_wait(guide: Guide, postgres: PostgresServer, clock: Clock) -> None:
    """The same with a server that is killed while Telegram cannot be reached: once it is back, the reply is sent within seconds."""
    channel = Diary(gates={ANN: asyncio.Event()}, trouble={ANN: [Unreachable("no answer")]})
    async with opened(database := Database(postgres.new_database())) as store:
        killed = Post(database, store, channel, Delivery(lambda: guide, store, channel, clock), clock)
        await killed.put(ANN, WORDS[0])
        await killed.until(lambda: channel.begun == [ANN])
        await asyncio.to_thread(postgres.kill)
        channel.gates[ANN].set()
        await killed.idle()
        await killed.delivery.look()
        await asyncio.to_thread(postgres.start)
        while await killed.left():
            await killed.delivery.look()
            await killed.idle()
            clock.now += 1
        assert channel.of(ANN) == NAMES[:1]
        assert clock.now < START + 10


async def test_what_goes_back_is_held_until_it_is_back(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a reply is being given back nobody takes it, however long that takes: it would be sent by one, and freed for another."""
    postpone, gate = post.store.postpone, asyncio.Event()

    async def slow(queued: Sequence[Queued], until: int) -> None:
        await gate.wait()
        await postpone(queued, until)

    monkeypatch.setattr(post.store, "postpone", slow)
    behind = replace((await queue(post.store, ANN, WORDS[0], now=post.clock()))[0], behind=True)
    post.delivery.post([behind])
    for _ in range(3):
        await post.looks()
        post.clock.now += STRAY_AFTER
    assert post.channel.shown == []
    gate.set()
    await post.until(lambda: post.channel.of(ANN) == NAMES[:1])


async def test_store_that_fails_for_good(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """When the store never works again, delivery says so in one line, and ends when it is told to."""
    queued = await queue(post.store, ANN, WORDS[0])
    await post.store.close()
    post.delivery.post(queued)
    await post.until(lambda: "the store does not work" in caplog.text)
    async with asyncio.timeout(PATIENCE):
        await post.delivery.drain(0.01)
    assert "Traceback" not in caplog.text


async def test_button_that_does_not_fit(post: Post) -> None:
    """A reply with a button that the content no longer labels holds up nobody."""
    await post.put(ANN, replace(a_card(1), buttons=((Button("no-such-action"),),)), WORDS[0])
    await post.quiet()
    assert NAMES[0] in post.channel.of(ANN)
    assert await post.left() == 0


# --- copies for operators ------------------------------------------------------------------------------------------------------

OPS: Final = "tg:90"
OTHER_OPS: Final = "tg:91"
PASSED: Final = Unmatched(Decision.NONE, ("stalled",), "de", "21-100", "1:7")
FIRST, SECOND = copy_key(ANN, OPS), copy_key(ANN, OTHER_OPS)


async def pass_on(post: Post) -> None:
    """Ann's message is passed on to two operators."""

    async def work(tx: Transaction) -> list[Queued]:
        lines = ((FIRST, OPS, True), (SECOND, OTHER_OPS, False))
        return [await tx.queue(key, chat, copy(PASSED, "de", tells=tells), None, post.clock()) for key, chat, tells in lines]

    post.delivery.post(await post.store.run(work))


async def test_copies(post: Post) -> None:
    """Each operator gets one, and nobody's pause holds up the writer or the other."""
    post.channel.trouble[FIRST] = [ChatPaused(30)]
    await pass_on(post)
    await post.put(ANN, WORDS[0])
    await post.quiet()
    assert sorted(post.channel.shown) == [f"{ANN} {NAMES[0]}", f"{SECOND} send copy 1:7"]
    post.clock.now += 31
    await post.quiet()
    assert post.channel.of(FIRST) == ["send copy 1:7"]
    assert await post.left() == 0


@pytest.mark.parametrize("trouble", [ChatBlocked("no"), PlaceClosed("no"), Refused("no")], ids=lambda trouble: type(trouble).__name__)
async def test_copy_that_an_operator_does_not_get(post: Post, trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """It is put aside, not dropped, and the log says so; the other operator gets theirs, and what waits for the first one's chat stays."""
    post.channel.trouble[FIRST] = [trouble]
    await pass_on(post)
    await post.quiet()
    assert await post.database.rows("SELECT conversation, chat, reply IS NOT NULL FROM dead_letter") in (
        [(FIRST, OPS, 1)],
        [(FIRST, OPS, True)],
    )
    assert post.channel.shown == [f"{SECOND} send copy 1:7"]
    assert "put aside" in caplog.text


async def test_message_that_is_gone(post: Post) -> None:
    """Its writer hears of it once, in their language, however many operators there are."""
    post.channel.trouble = {FIRST: [MessageGone("tg:1")], SECOND: [MessageGone("tg:1")]}
    await pass_on(post)
    await post.quiet()
    assert post.channel.shown == [f"{ANN} send not-passed-on"]
    assert await post.left() == 0


async def test_operators_chat_that_moved(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """What waits for it goes to its new id; whoever wrote the message stays who they are, and the log says what to change."""
    post.channel.trouble[FIRST] = [ChatMoved("tg:-1000")]
    await pass_on(post)
    await post.idle()
    post.clock.now += 2
    await post.quiet()
    assert post.channel.of(FIRST) == ["send copy 1:7"]
    assert "OPERATOR_CHAT_IDS" in caplog.text


async def test_copy_that_is_forgotten(post: Post) -> None:
    """After /forget no copy is sent that waited."""
    post.channel.trouble = {FIRST: [ChatPaused(30)], SECOND: [ChatBlocked("no")]}
    await pass_on(post)
    await post.quiet()
    await post.store.run(lambda tx: tx.forget(ANN), ANN)
    assert await post.left() == 0
    assert await post.database.rows("SELECT id FROM dead_letter") == []
    post.clock.now += 60
    await post.quiet()
    assert post.channel.shown == []
