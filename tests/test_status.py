"""/status, end to end: the operators' chats get the state of the bot and a chart; to everybody else it is a word like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import pytest

from bot.model import Guide
from bot.reporting.status import Process
from bot.store import Store, StoreError
from bot.transports import desk
from bot.transports.bot_api import BadRequest, BotApi
from bot.transports.desk import StatusDesk
from tests.conversing import START
from tests.fake_telegram import Chat, FakeTelegram, Shown
from tests.on_telegram import ERROR, PATIENCE, flawless
from tests.running_bot import RunningBot

OPERATOR: Final = 77
USERNAME: Final = "backup_medic_bot"
HEAD: Final = "Backup Medic 0.1.0"


async def asked(chat: Chat, text: str = "/status") -> str:
    """Ask for the status; the words of the answer, which stands below a picture."""
    await chat.send(text)
    answer = await chat.answer(PATIENCE)
    assert (answer.what, answer.text.startswith(HEAD)) == ("photo", True)
    return answer.text


async def test_on_telegram(telegram: FakeTelegram, tmp_path: Path) -> None:
    """In the operator's chat and in the operators' group, by whoever asks there; each time once."""
    operator, ann = await telegram.user("Olga", id=OPERATOR), await telegram.user("Ann")
    group = await telegram.group("Help desk", operator, ann)
    other = await telegram.group("Family", ann, operator)

    class WithOperators(RunningBot):
        def __init__(self, url: str, token: str, folder: Path) -> None:
            super().__init__(url, token, folder, OPERATOR_CHAT_IDS=f"{OPERATOR},{group.id}")

    async with flawless(telegram, tmp_path, WithOperators):
        await ann.chat.send(ERROR)
        await ann.chat.answer(PATIENCE)
        told = await asked(operator.chat)
        assert "by polling" in told
        assert "1 conversation, 1 problem began: 0 solved, 0 to Apple Support, 1 open or given up" in told
        assert "Queue: 0 replies. Put aside: 0 updates, 0 replies." in told
        for words in ("/status", f"/status@{USERNAME}"):
            assert "1 problem began" in await asked(group.seen_by(ann), words)
        await strangers_learn_nothing(ann.chat)
        await other.seen_by(operator).send("/status")
        await other.seen_by(operator).silence()
        await telegram.drained()
        await telegram.call("redeliver")
        await telegram.drained()
        assert len(await telegram.calls("sendPhoto")) == 3


async def strangers_learn_nothing(chat: Chat) -> None:
    """To others the answer is that to any word with a slash, letter for letter."""
    answers = set()
    for words in ("/nonsense", "/status", f"/status@{USERNAME}"):
        [number] = await chat.send(words)

        def newer(messages: list[Shown], number: int = number) -> list[str]:
            return [shown.text for shown in messages if shown.by is None and shown.id > number]

        answers.add(tuple(await chat.wait_for(newer, PATIENCE)))
    assert len(answers) == 1
    assert HEAD not in await chat.transcript()


# --- when something is missing ---------------------------------------------------------------------------------------------------


class Calls:
    """Takes calls of the Bot API, and refuses those of one method."""

    def __init__(self, refused: str = "") -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.refused = refused

    async def call(self, method: str, parameters: dict[str, Any], _seconds: float = 0) -> Any:
        self.made.append((method, parameters))
        if method == self.refused:
            raise BadRequest("not enough rights to send photos to the chat")


class Shaky:
    """A store that knows nothing, or does not work at all."""

    def __init__(self, *, works: bool) -> None:
        self.works = works

    async def run(self, _work: object) -> bool:
        return self._checked(result=False)

    async def rows(self, statement: str, *_values: object) -> Sequence[Any]:
        self._checked(result=True)
        return [(0, None, 0)] if "reply_queue" in statement else [(0,)] if "count(*)" in statement else []

    def _checked(self, *, result: bool) -> bool:
        if not self.works:
            raise StoreError("SQLite: disk <full>")
        return result


def a_desk(guide: Guide, calls: Calls, *, works: bool = True) -> StatusDesk:
    process = Process("0.1.0", START - 60, "webhook")
    return StatusDesk(cast("BotApi", calls), cast("Store", Shaky(works=works)), lambda: guide, (OPERATOR,), lambda: START, process)


def an_update(text: Any = "/status", chat: Any = OPERATOR, **more: Any) -> dict[str, Any]:
    return {"update_id": 5, "message": {"chat": {"id": chat, "type": "private"}, "text": text, **more}}


async def answers_of(desk: StatusDesk, calls: Calls, raw: Any) -> list[tuple[str, dict[str, Any]]]:
    assert await desk.take(raw, USERNAME)
    async with asyncio.timeout(20):
        while not calls.made or desk.busy:  # noqa: ASYNC110 - the answer is nobody's to await
            await asyncio.sleep(0.01)
    return calls.made


async def test_without_pictures(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Pillow the chart is of letters, in the topic where it was asked for."""
    monkeypatch.setattr(desk, "drawn", lambda _status: None)
    calls = Calls()
    [(method, sent)] = await answers_of(a_desk(guide, calls), calls, an_update(message_thread_id=9, is_topic_message=True))
    assert (method, sent["chat_id"], sent["message_thread_id"]) == ("sendMessage", OPERATOR, 9)
    assert "<pre>" in sent["text"]
    assert "by webhook" in sent["text"]


async def test_where_pictures_are_not_allowed(guide: Guide) -> None:
    calls = Calls(refused="sendPhoto")
    made = await answers_of(a_desk(guide, calls), calls, an_update())
    assert [method for method, _ in made] == ["sendPhoto", "sendMessage"]
    assert made[0][1]["photo"].startswith(b"\x89PNG")


async def test_when_the_store_does_not_work(guide: Guide) -> None:
    """That is what an operator wants to know then."""
    calls = Calls()
    [(_, sent)] = await answers_of(a_desk(guide, calls, works=False), calls, an_update())
    assert "<b>The store does not work</b>: SQLite: disk &lt;full&gt;" in sent["text"]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        {"update_id": 5},
        an_update(chat=OPERATOR + 1),
        an_update(chat=str(-OPERATOR)),
        an_update("/status@another_bot"),
        an_update("/statuses"),
        an_update("status"),
        an_update(""),
        an_update(None),
        an_update(chat=None),
        {"update_id": 5, "edited_message": an_update()["message"]},
        {"update_id": 5, "message": {"text": "/status"}},
    ],
)
async def test_all_else_is_left_alone(guide: Guide, raw: Any) -> None:
    calls = Calls()
    assert not await a_desk(guide, calls).take(raw, USERNAME)
    assert calls.made == []
