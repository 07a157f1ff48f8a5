"""The conversations of tests/dialogues/ over the whole road: typed and pressed in Telegram, held by one bot process on a real file.

A player sees what a person sees, words and buttons. Time passes for it by moving its own rows in the database back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.model import Button
from bot.transports.presses import from_data
from tests.fake_telegram import FakeTelegram, Shown, User
from tests.playing import Dialogue, Exchange, Seen, button_name, dialogues, run
from tests.running_bot import RunningBot, WebhookBot, registered
from tests.sampling import sample

NOT_OVER_TELEGRAM: Final = {
    ("a-date-is-typed", "you"): "its dates belong to the day on which the file is played; over Telegram today is today",
    ("guide-changes", "guide loses"): "the content of a running bot stays as it is",
    ("pictures-voices-stickers", "empty"): "no client sends an empty message",
    ("pictures-voices-stickers", ""): "no client sends an empty message",
    ("pictures-voices-stickers", "   "): "no client sends an empty message",
}
"""Dialogue, and the deed or what is sent: what cannot be done here, and why. From a lost piece of content on, the dialogue ends."""
BY_THE_HOUR: Final = {"a-time-is-typed", "asked-again-tonight", "the-morning-after"}
"""Dialogues that go otherwise in the evening and at night. Over Telegram now is now; in the process they are played at a fixed hour."""
SHARE: Final = 4
AT_ONCE: Final = 12
RETRY_PACE: Final = 0.01
"""A webhook that does not listen yet is tried again so much sooner than in life."""
PATIENCE: Final = 20.0
Keyboard = tuple[int, tuple[str, ...]]


class OverTelegram:
    """One person with the bot in a private chat. `play` is called in a thread of its own; all else happens in the event loop."""

    def __init__(self, telegram: FakeTelegram, bot: RunningBot, user: User) -> None:
        self._telegram, self._bot, self._user = telegram, bot, user
        self._loop = asyncio.get_running_loop()
        self._keyboards: list[Keyboard] = []
        self._sent = 0

    def play(self, turn: Exchange) -> Seen:
        return asyncio.run_coroutine_threadsafe(self._play(turn), self._loop).result()

    async def _play(self, turn: Exchange) -> Seen:
        before = {shown.id: shown for shown in await self._said()}
        pressed = await self._do(turn)
        await self._handled()
        after = await self._said()
        news = [shown for shown in after if _is_new(shown, before.get(shown.id))] or [shown for shown in after if shown.id == pressed]
        self._keyboards += [keyboard for shown in news if (keyboard := _keyboard(shown))[1] and keyboard not in self._keyboards[-1:]]
        return Seen("\n\n".join(shown.text for shown in news), _names(news[-1]) if news else ())

    async def _said(self) -> list[Shown]:
        return [shown for shown in await self._user.chat.messages() if shown.by is None]

    # --- what a person does -----------------------------------------------------------------------------------------

    async def _do(self, turn: Exchange) -> int | None:
        """Do it; the message whose button was pressed, if one was."""
        chat = self._user.chat
        match turn.deed:
            case "you":
                self._sent = (await chat.send(turn.on * turn.times))[-1]
            case "you edited":
                await chat.edit(self._sent, turn.on * turn.times)
            case "command":
                self._sent = (await chat.send(turn.on))[-1]
            case "showed":
                await chat.show(turn.on)
            case "press" | "press old":
                message, data = self._find(turn.on, old=turn.deed == "press old")
                await (await chat.press(data=data, message=message, old=True)).answered(PATIENCE)
                return message
            case "forged":
                await (await chat.press(data=self._forged(turn.on), message=self._keyboards[-1][0], forged=True)).answered(PATIENCE)
                return self._keyboards[-1][0]
            case "later":
                await self._pass(turn.on)
        return None

    def _find(self, name: str, *, old: bool) -> Keyboard | tuple[int, str]:
        """The message and the data of the button of that name: of the newest keyboard, or of the newest that is no longer there."""
        newest = _drawn_for(self._keyboards[-1])
        found = [keyboard for keyboard in self._keyboards if _drawn_for(keyboard) != newest] if old else self._keyboards[-1:]
        for message, buttons in reversed(found):
            for data in buttons:
                if name in {_name(data), from_data(data).action}:
                    return message, data
        raise LookupError(f"there is no button {name}; there are {', '.join(map(_name, self._keyboards[-1][1]))}")

    def _forged(self, given: dict[str, Any]) -> str:
        real = from_data(self._keyboards[-1][1][0])
        parts = {"session": real.session, "turn": real.turn, "action": "", "value": "", **given}
        return ".".join(str(parts[part]) for part in ("session", "turn", "action", "value"))

    async def _pass(self, seconds: int) -> None:
        """Let time pass: all that the bot knows of this person happened so much earlier. What is due then, comes."""
        mine = f"tg:{self._user.id}:0:{self._user.id}"
        for (kept,) in self._bot.rows("SELECT session FROM conversation WHERE conversation = ?", mine):
            session = json.loads(kept)
            session["seen"] -= seconds
            for note in (session["problem"] or {"history": ()})["history"]:
                note[3] -= seconds
            self._bot.write(
                "UPDATE conversation SET session = ?, seen = seen - ? WHERE conversation = ?", json.dumps(session), seconds, mine
            )
        self._bot.write("UPDATE timer SET due = due - ? WHERE conversation = ?", seconds, mine)
        due = "SELECT due FROM timer WHERE conversation = ? AND due <= unixepoch()"
        await _until(lambda: not self._bot.rows(due, mine))

    # --- waiting ----------------------------------------------------------------------------------------------------

    async def _handled(self) -> None:
        """Wait until the bot has all that this person did, and Telegram all that the bot answered."""
        lanes = {("chat", self._user.id), ("user", self._user.id)}
        await _until(lambda: not any(update.lane in lanes for update in self._telegram.world.queue.waiting()))
        queued = "SELECT id FROM reply_queue WHERE chat = ?"
        await _until(lambda: not self._bot.rows(queued, f"tg:{self._user.id}"))


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 - neither the queue nor the database knows events
            await asyncio.sleep(0.02)


def _is_new(shown: Shown, before: Shown | None) -> bool:
    """Whether a message came or says something else. That its buttons went says nothing."""
    return before is None or shown.text != before.text or (bool(shown.rows) and shown.rows != before.rows)


def _keyboard(shown: Shown) -> Keyboard:
    return shown.id, _pressed(shown)


def _drawn_for(keyboard: Keyboard) -> tuple[str, int]:
    """The session and turn for which it was drawn."""
    event = from_data(keyboard[1][0])
    return event.session, event.turn


def _names(shown: Shown) -> tuple[str, ...]:
    return tuple(map(_name, _pressed(shown)))


def _pressed(shown: Shown) -> tuple[str, ...]:
    """The data of its buttons that tell the bot something: one that copies tells it nothing."""
    return tuple(key.data for key in shown.keys if key.data)


def _name(data: str) -> str:
    event = from_data(data)
    return button_name(Button(event.action, event.value))


# --- the test ------------------------------------------------------------------------------------------------------------


def _over_telegram(dialogue: Dialogue) -> Dialogue:
    """The dialogue without the turns that cannot be done over Telegram."""
    turns: list[Exchange] = []
    for turn in dialogue.turns:
        if (dialogue.name, turn.deed) in NOT_OVER_TELEGRAM:
            break
        place = dialogue.name, str(turn.on)
        if place not in NOT_OVER_TELEGRAM:
            turns.append(turn)
    return replace(dialogue, turns=tuple(turns), end=None)


@pytest.mark.sampled
@pytest.mark.parametrize("kind", [RunningBot, WebhookBot], ids=["polling", "webhook"])
async def test_every_dialogue_goes_over_telegram_as_its_file_says(tmp_path: Path, kind: type[RunningBot]) -> None:
    """Dialogues, each with a person of its own, twelve at a time with one bot: words and buttons are those of the files."""
    places = asyncio.Semaphore(AT_ONCE)

    async def played(dialogue: Dialogue) -> str:
        async with places:
            player = OverTelegram(telegram, bot, await telegram.user(dialogue.name))
            try:
                await asyncio.to_thread(run, _over_telegram(dialogue), player)
            except (AssertionError, TimeoutError) as error:
                return str(error) or f"{dialogue.name}: nothing comes any more"
        return ""

    told = [dialogue for dialogue in dialogues() if dialogue.name not in BY_THE_HOUR]
    async with FakeTelegram(pace=RETRY_PACE) as telegram, kind(telegram.url, telegram.token, tmp_path, OPERATOR_CHAT_IDS="7") as bot:
        await (await telegram.user("Operator", id=7)).chat.start()
        await registered(telegram, bot)
        wrong = await asyncio.gather(*(played(dialogue) for dialogue in sample(told, SHARE)))
        assert await bot.stop() == 0
        counters = await telegram.counters()
    assert not any(wrong), "\n\n".join(filter(None, wrong))
    assert counters["pushed"] == counters["acknowledged"]
    assert all("message is not modified" in refusal for refusal in counters["refusals"])  # a repeated edit is no mistake
    assert bot.complaints == []


def test_what_is_left_out_is_there() -> None:
    """Each thing that is left out is really in the dialogue that it is left out of."""
    done = {(dialogue.name, found) for dialogue in dialogues() for turn in dialogue.turns for found in (turn.deed, str(turn.on))}
    assert NOT_OVER_TELEGRAM.keys() <= done
    assert {dialogue.name for dialogue in dialogues()} >= BY_THE_HOUR
