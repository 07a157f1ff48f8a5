"""The button "Tell the author", end to end: the real bot passes messages on, and counts what it did not understand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.fake_telegram import Chat, FakeTelegram, User
from tests.on_telegram import flawless, private, rows_of, said, session_of, to_bot, troubled, until
from tests.running_bot import RunningBot, WebhookBot

STRANGE: Final = "seven purple elephants danced a waltz"
GERMAN: Final = "lila Elefanten tanzen auf meiner Fensterbank und singen"
CLOSE: Final = "my backup is way too big for my plan"
TELL: Final = "Tell the author"
OPERATOR: Final = 77
OTHER: Final = 78


class WithOperators(RunningBot):
    """A bot with two operators."""

    def __init__(self, url: str, token: str, folder: Path, **settings: str) -> None:
        super().__init__(url, token, folder, **{"OPERATOR_CHAT_IDS": f"{OPERATOR},{OTHER}", **settings})


class WebhookWithOperators(WebhookBot):
    """The same by webhook."""

    def __init__(self, url: str, token: str, folder: Path, **settings: str) -> None:
        super().__init__(url, token, folder, **{"OPERATOR_CHAT_IDS": f"{OPERATOR},{OTHER}", **settings})


@pytest.fixture(params=[WithOperators, WebhookWithOperators], ids=["polling", "webhook"])
async def bot(request: pytest.FixtureRequest, telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with flawless(telegram, tmp_path, request.param) as found:
        yield found


async def operators(telegram: FakeTelegram) -> tuple[User, User]:
    """Two operators who have written to the bot."""
    found = [await telegram.user(f"Operator {id_}", id=id_) for id_ in (OPERATOR, OTHER)]
    for one in found:
        await one.chat.start()
        await one.chat.answer()
    return found[0], found[1]


async def told(chat: Chat, text: str = STRANGE) -> int:
    """Write something strange, and pass it on; the message's id."""
    [number] = await chat.send(text)
    await said(chat, TELL)
    await chat.press(TELL)
    await said(chat, "a person will read it")
    return number


async def copies(operator: User, text: str) -> list[tuple[str, ...]]:
    """The labels below each copy of a text in an operator's chat."""
    return [shown.labels for shown in await operator.chat.messages() if shown.by is None and shown.text == text]


async def test_passed_on(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Both operators get the message, what the bot made of it, and no name; its writer is thanked; a second press does nothing more."""
    first, second = await operators(telegram)
    ann = await telegram.user("Annabella")
    number = await told(ann.chat)
    assert session_of(bot, private(ann.chat))["unmatched"][4] == f"{ann.id}:{number}"
    for operator in (first, second):
        await said(operator.chat, STRANGE)
    await ann.chat.press(TELL, old=True)
    await telegram.drained()
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    for operator in (first, second):
        [labels] = await copies(operator, STRANGE)
        assert labels[0].endswith("not understood")
        assert "Annabella" not in await operator.chat.transcript()
    assert "What does your phone do?" in (await ann.chat.last()).text
    assert not [shown for shown in await ann.chat.messages() if "earlier step" in shown.text]
    assert STRANGE not in str(bot.rows("SELECT * FROM conversation"))


async def test_none_of_these(telegram: FakeTelegram, bot: RunningBot) -> None:
    """A message of which none of the choices fits is passed on with these choices, and counted then; before that it is neither."""
    first, _ = await operators(telegram)
    ann = await telegram.user("Ann")
    await ann.chat.send(CLOSE)
    card = await said(ann.chat, "Which of these")
    assert TELL not in card.labels
    assert bot.rows("SELECT * FROM unmatched_count") == []
    await ann.chat.press("None of these")
    await said(ann.chat, TELL)
    await ann.chat.press(TELL)
    await said(first.chat, CLOSE)
    [labels] = await copies(first, CLOSE)
    assert labels == ("en · none of these", "too-large", "plans-and-prices", "storage-full")
    press = await first.chat.press("too-large")
    assert press.copied == "too-large"
    assert [row[1:] for row in bot.rows("SELECT * FROM unmatched_count")] == [("en", "21-100", "choose", 1)]
    status, report = await bot.command("report", "--days", "1")
    assert status == 0
    assert report.splitlines()[-3:] == [
        "language  characters    not found  none of these  together",
        "en        21-100                0              1         1",
        "all                             0              1         1",
    ]


async def test_answered_in_the_writers_language(telegram: FakeTelegram, bot: RunningBot) -> None:
    """The button and the thanks come in the language of the message."""
    first, _ = await operators(telegram)
    uwe = await telegram.user("Uwe", language="de")
    await uwe.chat.send(GERMAN)
    await said(uwe.chat, "Dem Autor melden")
    await uwe.chat.press("Dem Autor melden")
    await said(uwe.chat, "ein Mensch wird sie lesen")
    await said(first.chat, GERMAN)


async def test_message_that_was_deleted(telegram: FakeTelegram, bot: RunningBot) -> None:
    """Whoever deletes the message before its copy is made is told once, kindly; nobody gets anything."""
    first, _ = await operators(telegram)
    ann = await telegram.user("Ann")
    [number] = await ann.chat.send(STRANGE)
    await said(ann.chat, TELL)
    await ann.chat.delete(number)
    await ann.chat.press(TELL)
    await said(ann.chat, "could not pass your message on")
    await until(lambda: not bot.rows("SELECT id FROM reply_queue"))
    assert [shown.text.startswith("I am sorry") for shown in await ann.chat.messages()].count(True) == 1
    assert await copies(first, STRANGE) == []


async def test_what_was_edited_is_copied_as_it_is(telegram: FakeTelegram, bot: RunningBot) -> None:
    """An edit of a strange message into another one is the same message, counted once."""
    first, _ = await operators(telegram)
    ann = await telegram.user("Ann")
    [number] = await ann.chat.send(STRANGE)
    await said(ann.chat, TELL)
    await ann.chat.edit(number, "seven green elephants sang a waltz")
    await telegram.drained()
    await ann.chat.press(TELL)
    await said(first.chat, "green elephants")
    assert bot.rows("SELECT sum(total) FROM unmatched_count") == [(1,)]


async def test_in_a_group(telegram: FakeTelegram, bot: RunningBot) -> None:
    """The button belongs to who wrote; what another presses passes nothing on. What is protected is not copied."""
    first, _ = await operators(telegram)
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    group = await telegram.group("Family", ann, bob, kind="supergroup", admin=True)
    hers, his = group.seen_by(ann), group.seen_by(bob)
    await hers.send(to_bot(STRANGE))
    await said(hers, TELL)
    assert (await (await his.press(TELL)).answered()).alert
    assert await copies(first, STRANGE) == []
    await hers.press(TELL)
    await said(first.chat, STRANGE)
    await group.protect()
    await hers.send(to_bot(GERMAN))
    await said(hers, "Autor")
    await hers.press("Dem Autor melden")
    await said(hers, "nicht weitergeben")


async def test_forgotten(telegram: FakeTelegram, bot: RunningBot) -> None:
    """After /forget nothing of the message is kept, and the old button passes nothing on."""
    first, _ = await operators(telegram)
    ann = await telegram.user("Ann")
    await ann.chat.send(STRANGE)
    await said(ann.chat, TELL)
    await ann.chat.send("/forget")
    await said(ann.chat, "is deleted")
    await until(lambda: rows_of(bot, f"tg:{ann.id}") == {})
    await (await ann.chat.press(TELL, old=True)).answered()
    await telegram.drained()
    assert await copies(first, STRANGE) == []


async def test_closed_chat_of_an_operator(telegram: FakeTelegram, tmp_path: Path) -> None:
    """What an operator does not get is put aside; the other gets it; and after the first one is back, the queue sends it."""
    async with WithOperators(telegram.url, telegram.token, tmp_path) as bot:
        first, second = await operators(telegram)
        await first.block()
        ann = await telegram.user("Ann")
        await told(ann.chat)
        await said(second.chat, STRANGE)
        await until(lambda: bool(bot.rows("SELECT id FROM dead_letter")))
        assert "could not be passed on" in bot.stderr
        await first.unblock()
        status, _ = await bot.command("queue", "replay", "--all")
        assert status == 0
        await said(first.chat, STRANGE)
        assert (await ann.chat.last()).text.startswith("Thank you")
        assert await bot.stop() == 0
    assert "Traceback" not in bot.stderr
    assert STRANGE not in bot.stderr


async def test_killed_in_between(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A bot that is killed after the press, before the copy could be made, makes it when it is back; once."""
    async with WithOperators(telegram.url, telegram.token, tmp_path) as bot:
        first, second = await operators(telegram)
        ann = await telegram.user("Ann")
        await telegram.fault("error", method="copyMessage", code=500, times=0)
        await told(ann.chat)
        await until(lambda: len(bot.rows("SELECT id FROM reply_queue")) == 2)
        await bot.kill()
        await telegram.call("clear_faults")
        await bot.start()
        for operator in (first, second):
            await said(operator.chat, STRANGE)
            assert len(await copies(operator, STRANGE)) == 1
        await until(lambda: not bot.rows("SELECT id FROM reply_queue"))


async def test_without_operators(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Nothing is offered, and no number of a message is kept; what was not understood is counted all the same."""
    async with troubled(telegram, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await ann.chat.send(STRANGE)
        card = await said(ann.chat, "did not understand")
        assert TELL not in card.labels
        assert TELL not in card.text
        assert session_of(bot, private(ann.chat))["unmatched"][4] == ""
        assert [row[2:] for row in bot.rows("SELECT * FROM unmatched_count")] == [("21-100", "none", 1)]


async def test_operators_that_are_taken_away(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A button of before, pressed when there are no operators any more, thanks for nothing: it shows where the person is."""
    async with WithOperators(telegram.url, telegram.token, tmp_path) as bot:
        ann = await telegram.user("Ann")
        await ann.chat.send(STRANGE)
        await said(ann.chat, TELL)
        await bot.stop()
        bot.set(OPERATOR_CHAT_IDS="")
        await bot.start()
        await ann.chat.press(TELL)
        await said(ann.chat, "earlier step")
