"""Inline mode: what `@bot …` offers in any chat, and that nothing of it is kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.markup import plain
from bot.matching import Matcher
from bot.model import ENGLISH, Guide, Kind
from bot.transports.inline import MOST, answer_of, superseded
from tests.fake_telegram import FakeTelegram
from tests.on_telegram import PATIENCE, asked, flawless, until
from tests.running_bot import RunningBot, WebhookBot

RESTART = "needs restart"
LONGEST = 4096


def asking(text: str, *, language: str = "en", person: int = 7) -> dict[str, Any]:
    return {"id": "q", "from": {"id": person, "language_code": language}, "query": text, "offset": ""}


def offered(guide: Guide, matcher: Matcher, text: str, language: str = "en") -> dict[str, Any]:
    return answer_of(guide, matcher.read, asking(text, language=language), "some_bot")


def test_the_fixes_of_what_is_meant(guide: Guide, matcher: Matcher) -> None:
    """The fixes of the problem are offered, each with its steps, and with a button that leads to the problem."""
    found = offered(guide, matcher, RESTART)
    steps = {fix for step in guide.intents["needs-restart"].steps for fix in step.fixes}
    first = found["results"][0]
    assert first["id"].removeprefix("fix_") in steps
    assert first["title"] in plain(first["input_message_content"]["message_text"])
    assert first["reply_markup"]["inline_keyboard"] == [
        [{"text": "Go on with the bot", "url": "https://t.me/some_bot?start=needs-restart"}]
    ]
    assert found["button"] == {"text": "Go on with the bot", "start_parameter": "needs-restart"}
    assert found["is_personal"]


def test_in_the_language_of_who_asks(guide: Guide, matcher: Matcher) -> None:
    """The language is that of the words where these tell it, else that of the app."""
    german = guide.responses["de"].groups["buttons"]["go-on-here"]["text"]
    assert offered(guide, matcher, "", "de")["button"]["text"] == german
    assert offered(guide, matcher, "iCloud-Speicher ist voll, das Backup geht nicht mehr", "en")["button"]["text"] == german
    assert offered(guide, matcher, "", "xx")["button"]["text"] == "Go on with the bot"


def test_whatever_is_asked_can_be_sent(guide: Guide, matcher: Matcher) -> None:
    """Any problem or question, in any language: few results of different ids, none too long, and nothing risky."""
    risky = {fix.id for fix in guide.fixes.values() if fix.confirm}
    queries = [intent.phrases[0].text for intent in guide.intents.values() if intent.kind in (Kind.ERROR, Kind.QUESTION) and intent.phrases]
    for language in guide.responses if queries else (ENGLISH,):
        for text in ("", *queries[:: 1 if language == ENGLISH else 8]):
            found = offered(guide, matcher, text, language)
            ids = [result["id"] for result in found["results"]]
            assert len(set(ids)) == len(ids) <= MOST
            assert not risky & {id_.removeprefix("fix_") for id_ in ids}
            assert all(len(result["input_message_content"]["message_text"]) <= LONGEST for result in found["results"])


def test_nothing_understood(guide: Guide, matcher: Matcher) -> None:
    """Where nothing is near, nothing is offered but the way to the bot."""
    found = offered(guide, matcher, "qwrtz plmk xxyy")
    assert (found["results"], found["button"]["start_parameter"]) == ([], "inline")


def test_who_types_on_waits_for_the_last_only() -> None:
    """Of a person's queries in one batch the newest is answered; others' stand for themselves."""
    batch = [{"inline_query": asking(text, person=person)} for text, person in (("n", 1), ("ne", 1), ("s", 2), ("nee", 1))]
    assert superseded([*batch, {"message": {}}, None, {"inline_query": {"from": 3}}]) == {0, 1}


# --- with a real bot -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RunningBot, WebhookBot], ids=["polling", "webhook"])
async def test_offered_and_sent(telegram: FakeTelegram, tmp_path: Path, kind: type[RunningBot]) -> None:
    """What is offered can be sent to any chat, is not answered there, and leaves nothing in the database."""
    async with flawless(telegram, tmp_path, kind) as bot:
        ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
        group = await telegram.group("Family", ann, bob, admin=True)
        found = await ann.ask_inline(RESTART, PATIENCE)
        assert found is not None
        assert found["button"]["start_parameter"] == "needs-restart"
        assert (found["personal"], found["cached"]) == (True, 60)
        for chat in (group.id, ann.id):
            await telegram.call("send_inline", query=found["query"], chat=chat, result=0)
        await asked(bob.chat, "/privacy")
        await telegram.drained(PATIENCE)
        assert telegram.world.counts["sent"] == 1
        assert [key for (key,) in bot.rows("SELECT conversation FROM conversation")] == [f"tg:{bob.id}:0:{bob.id}"]
        assert RESTART not in json.dumps(bot.rows("SELECT * FROM conversation"))
        assert telegram.world.refusals == {}


async def test_too_late(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A bot that was away answers only those who still wait; a refusal, or a query that cannot be read, stops nothing and is not kept."""
    bot = RunningBot(telegram.url, telegram.token, tmp_path)
    ann = await telegram.user("Ann")
    gone = asyncio.create_task(ann.ask_inline(RESTART, 0.1))
    assert await gone is None
    await telegram.advance(40)
    assert await ann.ask_inline("needs", 0.1) is None
    await telegram.fault("error", method="answerInlineQuery", code=400, description="Bad Request: query is too old")
    await telegram.call("raw", kind="inline_query", content={"query": "secret words"})
    async with bot:
        await until(lambda: telegram.world.calls["answerinlinequery"] == 1)
        found = await ann.ask_inline(RESTART, PATIENCE)
        assert found is not None
        await telegram.drained(PATIENCE)
        assert bot.rows("SELECT * FROM poison") == []
    assert "an inline query could not be answered" in bot.stderr
    assert "secret words" not in bot.stderr
    assert "Traceback" not in bot.stderr
    assert telegram.world.calls["answerinlinequery"] == 2
