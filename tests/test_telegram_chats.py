"""Chats as they change, end to end: groups and topics, groups that become supergroups, and chats that the bot is shut out of."""

from __future__ import annotations

import pytest

from tests.fake_telegram import FakeTelegram
from tests.on_telegram import (
    ERROR,
    NOT_YOURS,
    OFF,
    PATIENCE,
    WHERE_WE_ARE,
    asked,
    asked_for_later,
    history_of,
    private,
    rows_of,
    said,
    session_of,
    to_bot,
    until,
)
from tests.running_bot import RunningBot

# --- groups ----------------------------------------------------------------------------------------------------------------


async def test_in_a_group_each_person_has_a_conversation(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Two people in one group are helped side by side, each with their own problem."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, admin=True)
    hers, his = group.seen_by(ann), group.seen_by(bob)
    await hers.send(to_bot(ERROR))
    await said(hers, "Fix 1")
    await his.send(to_bot(OFF))
    await said(his, "switched on")
    assert history_of(bot, f"tg:{group.id}:0:{ann.id}")[0][1] == "last-backup-failed"
    assert history_of(bot, f"tg:{group.id}:0:{bob.id}")[0][1] == "backup-off"


async def test_in_a_group_a_button_belongs_to_who_asked(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Another person's press gets a word as an alert and changes nothing; the asker's own works."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, admin=True)
    hers, his = group.seen_by(ann), group.seen_by(bob)
    card = await asked(hers)
    toast = await (await his.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)
    assert NOT_YOURS in toast.text
    assert toast.alert
    await telegram.drained(PATIENCE)
    assert session_of(bot, f"tg:{group.id}:0:{bob.id}") == {}
    assert [shown.text for shown in await hers.messages() if shown.by is None] == [card.text]
    assert (await (await hers.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)).text == ""
    await said(hers, "Fix 2")


async def test_topics_are_kept_apart(telegram: FakeTelegram, bot: RunningBot) -> None:
    """In a forum, answers go to the topic of the question, and each topic is a conversation of its own."""
    ann = await telegram.user("Ann")
    group = await telegram.group("Forum", ann, kind="supergroup", forum=True, admin=True)
    first, second = await group.open_topic("Backups"), await group.open_topic("Other")
    await asked(group.seen_by(ann, first))
    await asked(group.seen_by(ann, second), OFF)
    assert [shown.thread for shown in await group.seen_by(ann).messages() if shown.by is None] == [first, second]
    assert {key for (key,) in bot.rows("SELECT conversation FROM conversation")} == {
        f"tg:{group.id}:{first}:{ann.id}",
        f"tg:{group.id}:{second}:{ann.id}",
    }
    await group.seen_by(ann, first).press("1-4 weeks ago")
    assert (await said(group.seen_by(ann, first), "Fix 2")).thread == first


async def test_own_old_button_after_forget_in_a_group(telegram: FakeTelegram, bot: RunningBot) -> None:
    """After /forget in a group, the person's own old button shows where they are; another's finger on it is refused as before."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, admin=True)
    hers, his = group.seen_by(ann), group.seen_by(bob)
    card = await asked(hers)
    await hers.send("/forget")
    await said(hers, "Everything about this conversation is deleted")
    assert NOT_YOURS in (await (await his.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)).text
    assert (await (await hers.press("1-4 weeks ago", message=card.id)).answered(PATIENCE)).text == ""
    assert (await said(hers, WHERE_WE_ARE)).rows


# --- groups that become supergroups ------------------------------------------------------------------------------------------


async def test_a_group_becomes_a_supergroup(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Everybody goes on where they were: what is typed, an old card's button, and a reminder all come to the new chat."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, admin=True)
    old = group.seen_by(ann)
    await asked_for_later(old)
    hers = await said(old, "I will ask you again")
    await asked(group.seen_by(bob))
    kept = {person.id: session_of(bot, f"tg:{group.id}:0:{person.id}") for person in (ann, bob)}
    new_group = await group.upgrade()
    new = new_group.seen_by(ann)
    await telegram.drained(PATIENCE)
    assert {person: session_of(bot, f"tg:{new_group.id}:0:{person}") for person in kept} == kept
    assert rows_of(bot, f"tg:{group.id}") == {"moved_chat": 1}
    assert bot.write("UPDATE timer SET due = 1 WHERE chat = ?", f"tg:{new_group.id}") == 1
    assert (await said(new, "You asked me to come back")).rows
    await asked(new, "/tried")
    press = await old.press("Didn't help", message=hers.id, old=True)
    assert (await press.answered(PATIENCE)).text == ""
    card = await said(new, "All right, that was not it")
    await new.press("Didn't help", message=card.id)
    await new.wait_for(lambda messages: [one for one in messages if one.id == card.id and one.edited], PATIENCE)
    assert session_of(bot, f"tg:{new_group.id}:0:{ann.id}")["turn"] == kept[ann.id]["turn"] + 2


async def test_what_waits_when_a_group_becomes_a_supergroup(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Written to the old group while the bot was away: the answer comes to the new one, and its buttons work there."""
    ann = await telegram.user("Ann")
    group = await telegram.group("Family", ann, admin=True)
    old = group.seen_by(ann)
    card = await asked(old)
    assert await bot.stop() == 0
    await old.press("1-4 weeks ago", message=card.id)
    await old.send("/privacy")
    new = (await group.upgrade()).seen_by(ann)
    await bot.start()
    step = await said(new, "no words, no pictures")
    assert "Fix 2" in step.text
    await new.press(step.labels[0], message=step.id)
    assert (await new.wait_for(lambda messages: [one for one in messages if one.id == step.id and one.edited], PATIENCE))[
        0
    ].text != step.text
    assert [shown.id for shown in await old.messages() if shown.by is None] == [card.id]
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    assert bot.rows("SELECT * FROM dead_letter") == []


# --- chats that the bot is shut out of ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["kicked", "left"])
async def test_removed_from_a_group_and_back(telegram: FakeTelegram, bot: RunningBot, place: str) -> None:
    """Removed from a group, the bot leaves its people alone, reminders too; added again, everybody goes on where they were."""
    ann = await telegram.user("Ann")
    group = await telegram.group("Family", ann, admin=True)
    seen = group.seen_by(ann)
    await asked_for_later(seen)
    await group.place_bot(place)
    await until(lambda: bot.rows("SELECT due FROM timer") == [])
    await group.place_bot("administrator")
    assert "Fix 2" in (await asked(seen, "/tried")).text


async def test_removed_from_a_group_while_an_answer_is_on_its_way(telegram: FakeTelegram, bot: RunningBot) -> None:
    """403 from a group: what waits for it is dropped and not tried again; others go on, and so does the group when the bot is back."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, admin=True)
    seen = group.seen_by(ann)
    await asked(bob.chat)
    assert await bot.stop() == 0
    await seen.send(to_bot(ERROR))
    await group.place_bot("kicked")
    await bot.start()
    await until(lambda: "Forbidden: bot was kicked from the group chat" in telegram.world.refusals)
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    await asked(bob.chat, "still the same")
    await group.place_bot("administrator")
    await asked(seen, OFF)
    assert telegram.world.refusals.total() == 1


async def test_blocked_and_back(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Who blocks the bot is left alone, also by reminders; who comes back finds the conversation as it was."""
    ann = await telegram.user("Ann")
    await asked_for_later(ann.chat)
    await ann.block()
    await until(lambda: bot.rows("SELECT due FROM timer") == [])
    assert session_of(bot, private(ann.chat))
    await ann.unblock()
    assert "Fix 2" in (await asked(ann.chat, "/tried")).text


async def test_blocked_while_a_card_is_on_its_way(telegram: FakeTelegram, bot: RunningBot) -> None:
    """403 for a card: it is dropped, nothing is tried again, others go on."""
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await telegram.fault("error", method="sendMessage", chat=ann.id, code=403, description="Forbidden: bot was blocked by the user")
    await ann.chat.send(ERROR)
    await until(lambda: telegram.world.calls["sendmessage"] and not bot.rows("SELECT id FROM reply_queue"))
    await asked(bob.chat)
    assert telegram.world.calls["sendmessage"] == 2
    await asked(ann.chat, OFF)


# --- replies ---------------------------------------------------------------------------------------------------------------


async def test_a_reply_is_understood_by_what_it_answers(telegram: FakeTelegram, bot: RunningBot) -> None:
    """An answer that says "this one" to an error means that error; to the bot's own card it means nothing."""
    ann = await telegram.user("Ann")
    chat = ann.chat
    (error,) = await chat.send(OFF)
    card = await said(chat, "switched on")
    await chat.send("/restart")
    await said(chat, "start over")
    await chat.send("this one", reply_to=card.id)
    await telegram.drained(PATIENCE)
    assert session_of(bot, private(chat))["problem"] is None
    await chat.send("this one", reply_to=error)
    await until(lambda: session_of(bot, private(chat))["problem"])
    assert history_of(bot, private(chat))[0][1] == "backup-off"
