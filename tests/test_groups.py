"""The bot among people: what it answers, what it leaves alone, and what it shows to one person only."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model import Guide
from bot.transports.addressing import addressed
from tests.fake_telegram import Chat, FakeTelegram, Group, Shown, User
from tests.on_telegram import ERROR, OFF, PATIENCE, asked, history_of, rows_of, said, session_of, to_bot, until
from tests.running_bot import RunningBot

NAME = "BackupMedicBot"
OURS = {"id": 5, "is_bot": True, "username": "backupmedicbot"}
GROUP = {"id": -100, "type": "supergroup"}


# --- what is for the bot -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"text": "my phone is full"}, None),
        ({"text": f"@{NAME} my phone is full"}, "my phone is full"),
        ({"text": "hey @backupmedicbot my phone is full"}, "hey my phone is full"),
        ({"text": "my phone is full @backupmedicbot"}, "my phone is full"),
        ({"text": f"@{NAME}"}, "/start"),
        ({"text": f"@{NAME}s are many"}, None),
        ({"text": f"mail me at x@{NAME}"}, None),
        ({"text": "/help"}, "/help"),
        ({"text": f"/help@{NAME}"}, f"/help@{NAME}"),
        ({"text": "/help@OtherBot"}, None),
        ({"text": "/weather"}, None),
        ({"text": f"/weather@{NAME}"}, f"/weather@{NAME}"),
        ({"text": "/"}, None),
        ({"text": "still the same", "reply_to_message": {"from": OURS}}, "still the same"),
        ({"text": "still the same", "reply_to_message": {"from": {"id": 9, "username": "ben"}}}, None),
        ({"text": "hello", "reply_to_message": {"from": OURS, "forum_topic_created": {}}}, None),
        ({"text": "a fix", "via_bot": OURS, "reply_to_message": {"from": OURS}}, None),
    ],
)
def test_what_is_for_the_bot(fields: dict[str, Any], heard: str | None) -> None:
    """In a group: mentions, replies to it and its commands, without the mention; what its inline mode wrote is nobody's."""
    found = addressed({"chat": GROUP, **fields}, NAME)
    assert (None if found is None else found["text"]) == heard


def test_captions_in_groups() -> None:
    """A picture is for the bot by its caption, or as a reply."""
    assert addressed({"chat": GROUP, "photo": [], "caption": f"@{NAME} look"}, NAME) == {"chat": GROUP, "photo": [], "caption": "look"}
    assert addressed({"chat": GROUP, "photo": [], "caption": "look"}, NAME) is None
    assert addressed({"chat": GROUP, "photo": [], "reply_to_message": {"from": OURS}}, NAME) is not None


# --- with a real bot -----------------------------------------------------------------------------------------------------------


async def _family(telegram: FakeTelegram, **given: Any) -> tuple[Group, Chat, Chat]:
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, **given)
    return group, group.seen_by(ann), group.seen_by(bob)


@pytest.mark.parametrize("admin", [False, True], ids=["member", "administrator"])
async def test_talk_among_people_is_left_alone(telegram: FakeTelegram, bot: RunningBot, *, admin: bool) -> None:
    """Whatever people say to each other, in whatever number, brings no answer and leaves no trace; a reply to the bot is heard."""
    group, hers, his = await _family(telegram, admin=admin)
    for number in range(30):
        await hers.send(f"{ERROR} {number}")
    await telegram.drained(PATIENCE)
    assert rows_of(bot, f"tg:{group.id}") == {}
    card = await asked(hers)
    await his.send(OFF)
    await hers.send("a week ago", reply_to=card.id)
    await said(hers, "Fix 2")
    assert session_of(bot, f"tg:{group.id}:0:{his.person.id}") == {}
    assert [shown.text for shown in await hers.messages() if shown.by is None and "at once" in shown.text] == []


async def test_answers_quote_the_question(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Each answer shows which question it answers; one whose question was deleted comes all the same. None is long."""
    group, hers, his = await _family(telegram)
    [first] = await hers.send(to_bot(ERROR))
    [second] = await his.send(to_bot(OFF))
    await said(hers, "Fix 1")
    await until(lambda: telegram.world.calls["sendmessage"] == 2)
    sent = [call["parameters"] for call in await telegram.calls("sendMessage")]
    assert {call["reply_parameters"]["message_id"] for call in sent} == {first, second}
    await until(lambda: bot.rows("SELECT id FROM reply_queue") == [])
    assert await bot.stop() == 0
    [third] = await hers.send("/privacy")
    await hers.delete(third)
    await bot.start()
    await said(hers, "no words, no pictures")
    lone = await telegram.user("Cem")
    alone = await asked(lone.chat)
    shared = next(shown for shown in await hers.messages() if "Fix 1" in shown.text)
    assert len(shared.text) < len(alone.text)
    assert group.id < 0


async def _private_list(telegram: FakeTelegram, group: Chat, person: User) -> Shown:
    """Follow the button of a group's answer to the private chat."""
    press = await group.press("Open the private chat")
    assert press.url is not None
    address, _, payload = press.url.partition("?start=")
    assert address == "https://t.me/backup_medic_bot"
    await person.chat.start(payload)
    return await person.chat.answer(PATIENCE)


async def test_what_was_tried_is_shown_to_the_person_alone(telegram: FakeTelegram, bot: RunningBot, guide: Guide) -> None:
    """/tried in a group shows nothing there: its button leads to the private chat, where the list is. For another it is their own."""
    _, hers, his = await _family(telegram, kind="supergroup")
    card = await asked(hers, OFF)
    title = str(guide.responses["en"].groups["fixes"]["enable"]["title"])
    assert "Fix 1" in card.text
    await hers.press("Didn't help")
    await said(hers, "Fix 2")
    await hers.send("/tried")
    shared = await said(hers, "for you alone")
    assert "did not help" not in shared.text.casefold()
    mine = await _private_list(telegram, hers, hers.person)
    assert "did not help" in mine.text.casefold()
    assert history_of(bot, f"tg:{hers.id}:0:{hers.person.id}")[0][1] == "backup-off"
    theirs = await _private_list(telegram, his, his.person)
    assert "did not help" not in theirs.text.casefold()
    assert title not in theirs.text


async def test_the_private_list_after_the_group_moved(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A group that became a supergroup: the old button still leads to the list, and what is said there quotes nothing of the old chat."""
    group, hers, _ = await _family(telegram)
    await asked(hers, OFF)
    await hers.press("Didn't help")
    await said(hers, "Fix 2")
    await hers.send("/tried")
    await said(hers, "for you alone")
    new = (await group.upgrade()).seen_by(hers.person)
    await telegram.drained(PATIENCE)
    assert "did not help" in (await _private_list(telegram, hers, hers.person)).text.casefold()
    assert "Fix 1" in (await asked(new, "/back@backup_medic_bot")).text
    assert bot.rows("SELECT * FROM dead_letter") == []


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post", "business_message", "message_reaction", "poll"])
async def test_other_updates_are_ignored(telegram: FakeTelegram, bot: RunningBot, kind: str) -> None:
    """What the bot did not ask for, and gets all the same, brings nothing, and holds nothing up."""
    channel = {"id": -1009, "type": "channel", "title": "News"}
    telegram.world.allowed |= {kind}
    await telegram.call("raw", kind=kind, content={"message_id": 1, "date": 1_750_000_000, "chat": channel, "text": ERROR})
    ann = await telegram.user("Ann")
    await asked(ann.chat)
    assert telegram.world.calls["sendmessage"] == 1
    assert bot.rows("SELECT count(*) FROM conversation") == [(1,)]


async def test_added_to_a_channel_and_removed(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Membership in a channel is no reason to say anything."""
    member = {"user": {"id": 5, "is_bot": True, "first_name": "x"}}
    channel = {"id": -1009, "type": "channel", "title": "News"}
    for place in ("administrator", "kicked"):
        change = {
            "chat": channel,
            "from": {"id": 7, "is_bot": False, "first_name": "Ann"},
            "date": 1,
            "new_chat_member": {**member, "status": place},
        }
        await telegram.call("raw", kind="my_chat_member", content={**change, "old_chat_member": member})
    await telegram.drained(PATIENCE)
    assert telegram.world.calls["sendmessage"] == 0


async def test_a_closed_topic(telegram: FakeTelegram, bot: RunningBot) -> None:
    """What cannot be said in a topic that was closed meanwhile is put aside; in another topic the bot goes on."""
    ann = await telegram.user("Ann")
    group = await telegram.group("Forum", ann, kind="supergroup", forum=True)
    first, second = await group.open_topic("Backups"), await group.open_topic("Other")
    await asked(group.seen_by(ann, first))
    assert await bot.stop() == 0
    await group.seen_by(ann, first).send("/privacy")
    await group.change_topic(first, "close")
    await bot.start()
    card = await asked(group.seen_by(ann, second), OFF)
    assert card.thread == second
    await until(lambda: bot.rows("SELECT id FROM reply_queue") == [])
