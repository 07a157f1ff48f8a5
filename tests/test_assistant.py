"""The assistant over a real store: each arrival counts once, timers ring once, and nothing but counts outlives /forget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bot.assistant import Assistant, Handled
from bot.counting import outcomes
from bot.dialogue import step
from bot.model import Asked, Event, Guide, Heard, Mark, Note, Outcome, Pressed, Problem, Reply, Session, Stage, Timer, Turn
from bot.store import DAY, Arrival, Kept, Queued, Store, StoreError
from bot.store.migrations import CONVERSATION_TABLES
from tests.conversing import START, buttons_of, press_on
from tests.keeping import ANN, BEN, KINDS, Clock, Database, an_emptied_database, card_in, chat_of, rung

ERROR: Final = "storage-full"


@dataclass
class Bot:
    """An assistant with its store in a database that a test may look into."""

    assistant: Assistant
    store: Store
    clock: Clock
    database: Database
    updates: int = 0

    async def send(self, event: Event, conversation: str = ANN, **more: Any) -> Handled:
        self.updates += 1
        arrival = Arrival(f"tg:{self.updates}", conversation, chat_of(conversation), event)
        return await self.assistant.handle(replace(arrival, **more))

    async def press(self, drawn: Reply, action: str, **more: Any) -> Handled:
        return await self.send(press(drawn, action), **more)

    async def session(self, conversation: str = ANN) -> Session:
        kept = await self.store.run(lambda tx: tx.load(conversation))
        assert kept is not None
        return kept.session

    async def card_with(self, action: str, *, intent: str = ERROR) -> Reply:
        """Walk along the road of an error to a card with this button."""
        card = card_in(await self.send(Asked("start", intent)))
        for _ in range(60):
            actions = [button.action for button in buttons_of(card)]
            if action in actions:
                return card
            card = card_in(
                await self.press(card, next(wish for wish in ("didnt", "tell", "confirm", "made", "couldnt") if wish in actions))
            )
        raise AssertionError(f"the road of {intent} has no {action}")

    async def look(self, query: str) -> list[tuple[Any, ...]]:
        return await self.database.rows(query)

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        return await self.database.everything()


async def ask_for_a_reminder(bot: Bot) -> None:
    """Go to a card that can be asked about later, and take the first time that is offered."""
    times = card_in(await bot.press(await bot.card_with("wait"), "wait"))
    await bot.press(times, "remind")


def press(card: Reply, action: str) -> Pressed:
    return press_on(card, next(button for button in buttons_of(card) if button.action == action))


@pytest.fixture(params=KINDS)
async def bot(guide: Guide, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bot]:
    database, clock = an_emptied_database(request.param, request, tmp_path), Clock()
    store = await database.open()
    bot = Bot(Assistant(guide, store, clock), store, clock, database)
    yield bot
    await bot.store.close()


# --- each arrival counts once ------------------------------------------------------------------------------------------------


async def test_an_arrival(bot: Bot) -> None:
    """An arrival is answered, and session and replies are kept."""
    handled = await bot.send(Asked("start", ERROR))
    assert handled.queued
    assert not handled.repeated
    assert (await bot.session()).problem is not None
    assert await bot.look("SELECT count(*) FROM reply_queue") == [(len(handled.queued),)]


async def test_repeated_update(bot: Bot) -> None:
    """An update that comes again, even much later, has no effect and no answer."""
    await bot.send(Asked("start", ERROR), update="tg:77")
    before = await bot.everything()
    for later in (0, 60, DAY):
        bot.clock.now += later
        assert await bot.send(Asked("start", ERROR), update="tg:77") == Handled(repeated=True)
    assert await bot.everything() == before


async def test_repeated_press(bot: Bot) -> None:
    """A press that comes again as an update has no effect; pressed again by hand it is answered, and skips nothing."""
    card = await bot.card_with("didnt")
    await bot.press(card, "didnt", update="tg:77")
    before, session = await bot.everything(), await bot.session()
    assert await bot.press(card, "didnt", update="tg:77") == Handled(repeated=True)
    assert await bot.everything() == before
    again = await bot.press(card, "didnt")
    assert again.queued
    assert await bot.session() == session


async def test_arrivals_without_a_number(bot: Bot) -> None:
    """A transport that never repeats itself needs no numbers: each arrival counts."""
    assert [(await bot.send(Asked("help"), update="")).repeated for _ in range(2)] == [False, False]


async def test_everyone_has_a_session(bot: Bot) -> None:
    """Each conversation has its own session, with an id that no other has."""
    await bot.send(Asked("start", ERROR), ANN)
    await bot.send(Asked("start"), BEN)
    ann, ben = await bot.session(ANN), await bot.session(BEN)
    assert ann.id != ben.id
    assert (ann.problem is None, ben.problem is None) == (False, True)


async def test_failing_step(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a step raises, nothing of the update is kept, not even that it was seen: it can be replayed."""
    await bot.send(Asked("start", ERROR))
    before = await bot.everything()
    monkeypatch.setattr("bot.assistant.step", broken)
    with pytest.raises(ZeroDivisionError):
        await bot.send(Asked("help"), update="tg:77")
    assert await bot.everything() == before
    monkeypatch.undo()
    assert (await bot.send(Asked("help"), update="tg:77")).queued


def broken(*_: object) -> Turn:
    raise ZeroDivisionError


# --- cards and groups ----------------------------------------------------------------------------------------------------------


async def test_where_the_answer_goes(bot: Bot) -> None:
    """A press on the live card is answered in its place; a press on any other, and a text, by a new message."""
    card = await bot.card_with("didnt")
    [queued, *_] = await bot.store.waiting(START + DAY, 1000)
    await bot.store.sent(queued, 50)
    assert {reply.edit for reply in (await bot.press(card, "didnt", card=49)).queued} == {None}
    assert {reply.edit for reply in (await bot.press(card, "didnt", card=50)).queued} == {50}
    assert {reply.edit for reply in (await bot.send(Heard())).queued} == {None}


async def test_foreign_press(bot: Bot) -> None:
    """In a group, a press on another person's card changes nothing for either of them, and is not answered in the chat."""
    ann, ben = "tg:-5:0:1", "tg:-5:0:2"
    card = card_in(await bot.send(Asked("start", ERROR), ann, shared=True))
    before = await bot.session(ann)
    action = buttons_of(card)[0].action
    for _ in range(2):
        assert await bot.press(card, action, conversation=ben, shared=True) == Handled(foreign=True)
        await bot.send(Asked("start"), ben, shared=True)
    assert await bot.session(ann) == before
    assert (await bot.session(ben)).problem is None
    assert not (await bot.press(card, action, conversation=ann, shared=True)).foreign


async def test_old_button_in_private(bot: Bot) -> None:
    """In a private chat a button of a session that is forgotten is an old button, and is answered."""
    card = await bot.card_with("didnt")
    await bot.send(Asked("forget"))
    handled = await bot.press(card, "didnt")
    assert not handled.foreign
    assert handled.queued
    assert (await bot.session()).problem is None


async def test_own_old_button_in_a_group(bot: Bot) -> None:
    """After /forget, the person's own old button shows where they are, in a group too; pressed by another it is still refused."""
    ann, ben = "tg:-5:0:1", "tg:-5:0:2"
    card = card_in(await bot.send(Asked("start", ERROR), ann, shared=True))
    await bot.send(Asked("forget"), ann, shared=True)
    action = buttons_of(card)[0].action
    assert await bot.press(card, action, conversation=ben, shared=True) == Handled(foreign=True)
    handled = await bot.press(card, action, conversation=ann, shared=True)
    assert not handled.foreign
    assert card_in(handled).session != card.session
    assert (await bot.session(ann)).problem is None


# --- more than one can read ----------------------------------------------------------------------------------------------------


async def test_asked_to_slow_down(bot: Bot) -> None:
    """Who sends too much is told so once for each message that says it, in their language; where they are does not change."""
    await bot.send(Asked("start", ERROR))
    before = await bot.session()
    handled = await bot.assistant.ask_to_slow_down("tg:77", ANN, chat_of(ANN))
    assert [[part.template for part in queued.reply.parts] for queued in handled.queued] == [["too-many"]]
    assert handled.queued[0].reply.language == before.language
    assert not handled.queued[0].reply.card
    assert await bot.assistant.ask_to_slow_down("tg:77", ANN, chat_of(ANN)) == Handled(repeated=True)
    assert await bot.session() == before


async def test_stranger_asked_to_slow_down(bot: Bot) -> None:
    """Of somebody who is not known yet nothing is kept but the answer on its way."""
    await bot.assistant.ask_to_slow_down("tg:77", BEN, chat_of(BEN))
    assert await bot.look("SELECT conversation FROM reply_queue") == [(BEN,)]
    assert await bot.look("SELECT * FROM conversation") == []


# --- groups that become supergroups ----------------------------------------------------------------------------------------------

OLD: Final = "tg:-5:0:1"
NEW: Final = "tg:-1000:0:1"


async def test_moved_chat(bot: Bot) -> None:
    """A conversation goes on in the new chat, and what still comes from the old one counts there: a late text, or an old button."""
    card = card_in(await bot.send(Asked("start", ERROR), OLD, shared=True))
    session = await bot.session(OLD)
    await bot.assistant.move_chat("tg:-5", "tg:-1000")
    assert await bot.session(NEW) == session
    for handled in (
        await bot.press(card, buttons_of(card)[0].action, conversation=OLD, shared=True, card=50),
        await bot.send(Asked("tried"), OLD, shared=True),
    ):
        assert not handled.foreign
        assert {(reply.conversation, reply.chat, reply.edit) for reply in handled.queued} == {(NEW, "tg:-1000", None)}
    assert (await bot.session(NEW)).id == session.id
    assert await bot.store.run(lambda tx: tx.load(OLD)) is None


async def test_old_button_of_another_in_a_moved_chat(bot: Bot) -> None:
    """Also in a chat that was moved, another's button is refused."""
    card = card_in(await bot.send(Asked("start", ERROR), OLD, shared=True))
    await bot.assistant.move_chat("tg:-5", "tg:-1000")
    assert await bot.press(card, buttons_of(card)[0].action, conversation="tg:-5:0:2", shared=True) == Handled(foreign=True)


# --- nobody there ----------------------------------------------------------------------------------------------------------------


async def test_abandoned(bot: Bot) -> None:
    """What waits for somebody who left is dropped once: told again when they are back, it takes nothing of what waits then."""
    await ask_for_a_reminder(bot)
    await bot.assistant.abandon("tg:900", chat_of(ANN))
    assert await bot.look("SELECT * FROM reply_queue") == await bot.look("SELECT * FROM timer") == []
    back = await bot.send(Asked("tried"))
    await bot.assistant.abandon("tg:900", chat_of(ANN))
    assert await bot.look("SELECT id FROM reply_queue") == [(reply.id,) for reply in back.queued]


# --- a session that cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [Heard(), Asked("tried"), Pressed("abc", 3, "didnt")], ids=lambda event: type(event).__name__)
async def test_broken_session(bot: Bot, caplog: pytest.LogCaptureFixture, event: Event) -> None:
    """Whose session cannot be read gets a new start at once, whatever they do; the operator hears of it, not who it is or what was said."""
    await bot.card_with("didnt")
    await bot.look("""UPDATE conversation SET session = '{"secret": 1}'""")
    first = await bot.send(event)
    assert card_in(first).session == (await bot.session()).id
    assert (await bot.session()).problem is None
    assert await bot.look("SELECT conversation, reason FROM dead_letter") == [(ANN, "the session cannot be read")]
    assert caplog.text.count("cannot be read") == 1
    assert ANN not in caplog.text
    assert "secret" not in caplog.text
    await bot.send(Asked("start", ERROR))
    assert (await bot.session()).problem is not None
    assert caplog.text.count("cannot be read") == 1


# --- forgetting ----------------------------------------------------------------------------------------------------------------


async def test_forget(bot: Bot) -> None:
    """/forget deletes all that is kept of the conversation, timers too; all that is left is the answer, on its way."""
    await ask_for_a_reminder(bot)
    await bot.send(Asked("start", ERROR), BEN)
    assert await bot.look(f"SELECT count(*) FROM timer WHERE conversation = '{ANN}'") == [(1,)]  # noqa: S608 - no input
    [answer] = (await bot.send(Asked("forget"))).queued
    left = {table: await bot.look(f"SELECT * FROM {table} WHERE conversation = '{ANN}'") for table in CONVERSATION_TABLES}  # noqa: S608
    assert {table for table, rows in left.items() if rows} == {"reply_queue"}
    assert [row[0] for row in left["reply_queue"]] == [answer.id]
    assert (await bot.session(BEN)).problem is not None
    await bot.store.sent(answer, 1)
    assert await bot.store.run(lambda tx: tx.load(ANN)) is None


# --- timers --------------------------------------------------------------------------------------------------------------------


async def test_timer_survives_and_rings_once(bot: Bot, guide: Guide) -> None:
    """A timer rings after a restart, when it is due and not before, and once."""
    await ask_for_a_reminder(bot)
    await bot.store.close()
    bot.store = await bot.database.open()
    bot.assistant = Assistant(guide, bot.store, bot.clock)
    [(due,)] = await bot.look("SELECT due FROM timer")
    bot.clock.now = due - 1
    assert await rung(bot.assistant) == []
    bot.clock.now = due
    assert [reply.conversation for reply in await rung(bot.assistant)] == [ANN]
    assert await rung(bot.assistant) == []


async def test_timer_that_is_late(bot: Bot) -> None:
    """A timer of a card that is no longer on the table rings silently."""
    await ask_for_a_reminder(bot)
    await bot.send(Asked("restart"))
    bot.clock.now += 30 * DAY
    assert await rung(bot.assistant) == []
    assert await bot.look("SELECT * FROM timer") == []


async def test_timer_that_cannot_be_handled(bot: Bot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer on whose session the step fails is dropped, and the timers of others ring."""
    for conversation in (BEN, ANN):
        bot.clock.now += 1
        await ask_for_a_reminder(bot)
        if conversation == BEN:
            for table in ("conversation", "timer"):
                await bot.look(f"UPDATE {table} SET conversation = '{BEN}'")  # noqa: S608 - our own table names
    of_ben = await bot.session(BEN)

    def fails_for_ben(guide: Guide, session: Session, event: Event, now: int) -> Turn:
        if session == of_ben:
            raise ZeroDivisionError
        return step(guide, session, event, now)

    monkeypatch.setattr("bot.assistant.step", fails_for_ben)
    bot.clock.now += 30 * DAY
    assert [reply.conversation for reply in await rung(bot.assistant)] == [ANN]
    assert await bot.look("SELECT * FROM timer") == []
    assert "a timer could not be handled" in caplog.text


async def test_replies_of_timers_are_handed_over_at_once(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was reminded before the store failed gets the reminder: it is not left with a program that does not know of it."""
    await ask_for_a_reminder(bot)
    [(due,)] = await bot.look("SELECT due FROM timer")
    await bot.store.run(lambda tx: tx.set_timer(BEN, chat_of(BEN), Timer(due + 1, "abc", 1)))
    bot.clock.now = due + 1
    run, replies = bot.store.run, list[Queued]()

    async def fails_after_a_reply(work: Any, of: str) -> Any:
        if replies:
            raise StoreError("the server is away")
        return await run(work, of)

    monkeypatch.setattr(bot.store, "run", fails_after_a_reply)
    with pytest.raises(StoreError, match="away"):
        await bot.assistant.fire_due(replies.extend)
    assert [reply.conversation for reply in replies] == [ANN]


async def test_timer_while_the_store_fails(bot: Bot) -> None:
    """When the store fails, a timer is not lost."""
    await ask_for_a_reminder(bot)
    await bot.store.close()
    with pytest.raises(StoreError):
        await rung(bot.assistant)
    assert len(await bot.look("SELECT * FROM timer")) == 1


# --- anonymous counts --------------------------------------------------------------------------------------------------------


async def test_counts(bot: Bot) -> None:
    """Each outcome is counted once by day, error, fix and language, whoever it was; a repetition, or Back, counts nothing."""
    card = await bot.card_with("didnt")
    before = await counted(bot)
    fixes = (await bot.session()).subject.split("+")
    await bot.press(card, "didnt", update="tg:77")
    await bot.press(card, "didnt", update="tg:77")
    await bot.send(Asked("back"))
    day = datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%d")
    new = {key: total - before.get(key, 0) for key, total in (await counted(bot)).items() if total != before.get(key, 0)}
    assert new == {(day, ERROR, fix, "didnt-help", "en"): 1 for fix in fixes}


async def test_counts_are_anonymous(bot: Bot) -> None:
    """A count names no conversation and outlives /forget."""
    await bot.press(await bot.card_with("didnt"), "didnt")
    before = await counted(bot)
    assert before
    [(day, intent, fix, outcome, language, total), *_] = await bot.look("SELECT * FROM outcome_count")
    assert (day[:4], intent, outcome, language, total) == ("2025", ERROR, "didnt-help", "en", 1)
    assert fix in bot.assistant.guide.fixes
    await bot.send(Asked("forget"))
    assert await counted(bot) == before


async def counted(bot: Bot) -> dict[tuple[Any, ...], int]:
    return {row[:-1]: row[-1] for row in await bot.look("SELECT * FROM outcome_count")}


def test_outcome_told_with_a_correction(guide: Guide) -> None:
    """“It didn't help, and it is an iPad”: the outcome counts though the same message corrects what was told before."""
    took = Note(Mark.TOOK, ERROR, "", START)
    before = Session("abc", 2, Stage.FIXING, "restart", problem=Problem(1, (took, Note(Mark.TOLD, "device", "iphone", START))))
    tried = Note(Mark.TRIED, "restart", Outcome.DIDNT_HELP, START + 1)
    after = replace(before, turn=3, problem=Problem(1, (took, Note(Mark.TOLD, "device", "ipad", START), tried)))
    assert [(count.intent, count.fix, count.outcome) for count in outcomes(guide, before, Turn(after), START + 1)] == [
        (ERROR, "restart", Outcome.DIDNT_HELP)
    ]
    assert list(outcomes(guide, after, Turn(before), START + 1)) == []


async def test_kept_between_assistants(bot: Bot, guide: Guide) -> None:
    """Another assistant over the same store goes on where the first one was."""
    card = await bot.card_with("didnt")
    kept = await bot.store.run(lambda tx: tx.load(ANN))
    bot.assistant = Assistant(guide, bot.store, bot.clock)
    await bot.press(card, "didnt")
    assert isinstance(kept, Kept)
    assert (await bot.session()).turn > kept.session.turn
