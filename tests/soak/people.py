"""People who talk to a bot on scripted ways, and what they must see: what they saw when nothing went wrong."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fake_telegram import Chat, FakeTelegram, Shown, User
from tests.on_telegram import private
from tests.running_bot import RunningBot

PATIENCE: Final = 300.0
"""Seconds after which a chat counts as stuck, also on a busy machine."""
THINKING: Final = 0.4
"""Seconds between two deeds of a person, at most."""

# What people do: a text that they type, or `[label]`, a button that they press.
WAYS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "The last backup could not be completed.",
        "[1-4 weeks ago]",
        "it fits",
        "[Didn't help]",
        "[Didn't help]",
        "how long does it take",
        "[All green]",
        "why?",
        "[Back]",
        "[I can't tell]",
        "/tried",
    ),
    (
        "iCloud Backup Off",
        "[Didn't help]",
        "[Already did]",
        "[Didn't help]",
        "[Back]",
        "still the same",
        "[I can't tell]",
        "/tried",
    ),
    (
        "The last backup could not be completed because of poor network conditions.",
        "[In the last few days]",
        "[Didn't help]",
        "still the same",
        "[Didn't help]",
        "[Already did]",
        "[Yes, show me the steps]",
        "/tried",
    ),
    (
        "iPhone Not Backed Up",
        "I think it was last week",
        "[Didn't help]",
        "why?",
        "go back",
        "already did that",
        "what have I tried so far",
        "[Can't do this]",
        "[It worked]",
        "thank you so much",
    ),
    (
        "/start",
        "my iPad says iCloud Backup Off",
        "[Didn't help]",
        "is icloud down?",
        "[Ask me later]",
        "[In 12 hours]",
        "[Didn't help]",
        "/restart",
        "The last backup could not be completed.",
        "[Longer ago]",
    ),
)

Seen = tuple[str, tuple[str, ...]]
"""A message as a person sees it: the words, and the labels of its buttons."""
Asks = Callable[[str], Awaitable[list[tuple[Any, ...]]]]
"""Asks a database: a statement in, its rows out."""


@dataclass(frozen=True, slots=True)
class Story:
    """A way as it goes when nothing goes wrong.

    answers: what there is to see after each deed. said: all that the bot said, in order. session: what is kept at the end, without ids and
    times. counts: the anonymous outcomes that it added.
    """

    way: tuple[str, ...]
    answers: tuple[Seen, ...]
    said: tuple[Seen, ...]
    session: dict[str, Any]
    counts: Counter[tuple[Any, ...]]


def asking(bot: RunningBot) -> Asks:
    """Asks a bot's SQLite file."""

    async def rows(statement: str) -> list[tuple[Any, ...]]:
        return bot.rows(statement)

    return rows


async def quiet_stories(folder: Path) -> list[Story]:
    """Each way gone once, with a bot that nobody disturbs."""
    stories = []
    async with FakeTelegram() as telegram, RunningBot(telegram.url, telegram.token, folder, name="quiet") as bot:
        rows = asking(bot)
        before: Counter[tuple[Any, ...]] = Counter()
        for way in WAYS:
            person = await telegram.user("Somebody")
            answers = [await _done(person.chat, deed, None) for deed in way]
            await settled(telegram, rows)
            counts = await counts_in(rows)
            session = (await sessions_in(rows))[private(person.chat)]
            stories.append(Story(way, tuple(answers), tuple(said_to(telegram, person)), session, counts - before))
            before = counts
    return stories


@dataclass(slots=True)
class Crowd:
    """So many people at a time, each on some way; who is at its end makes room for somebody else.

    gone: who has gone, and the story that they should have had.
    """

    telegram: FakeTelegram
    stories: Sequence[Story]
    people: int
    chance: random.Random
    gone: list[tuple[User, Story]] = field(default_factory=list)

    async def talk(self, enough: asyncio.Event) -> None:
        """Talk until there is enough; then each goes their way to its end. Raises NotSeen when a chat is stuck."""
        await asyncio.gather(*(self._one_after_another(enough) for _ in range(self.people)))

    async def _one_after_another(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            story = self.stories[len(self.gone) % len(self.stories)]
            person = await self.telegram.user(f"Person {len(self.gone)}")
            self.gone.append((person, story))
            for deed, wanted in zip(story.way, story.answers, strict=True):
                await asyncio.sleep(self.chance.uniform(0, THINKING))
                await _done(person.chat, deed, wanted)


async def _done(chat: Chat, deed: str, wanted: Seen | None) -> Seen:
    """Type or press something, and wait for its answer: any, or the one that is wanted."""
    before = {message.id: message.version for message in await chat.messages()}
    pressing = deed.startswith("[")
    if pressing:
        await chat.press(deed[1:-1])
    else:
        await chat.send(deed)

    def answer(messages: list[Shown]) -> Seen | None:
        last = next((message for message in reversed(messages) if message.by is None), None)
        if last is None or before.get(last.id) == last.version or (not pressing and last.id in before):
            return None
        seen = last.text, last.labels
        return seen if wanted in (None, seen) else None

    found = await chat.wait_for(answer, PATIENCE)
    assert found is not None
    return found


# --- what is left of it all ------------------------------------------------------------------------------------------------


async def settled(telegram: FakeTelegram, rows: Asks) -> None:
    """Wait until nothing is under way any more."""
    await telegram.drained(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while await rows("SELECT id FROM reply_queue"):  # noqa: ASYNC110 - a database knows no events
            await asyncio.sleep(0.05)


def said_to(telegram: FakeTelegram, person: User) -> list[Seen]:
    """All that the bot said to somebody, as new messages or in place of others, in order."""
    said = (entry for entry in telegram.world.rooms[person.id].log if entry.by is None and entry.deed in {"says", "edits"})
    return [(one.content.text, tuple(button["text"] for row in one.keyboard or () for button in row)) for one in said]


def repetitions(said: Sequence[Seen], story: Sequence[Seen]) -> int:
    """How many messages repeat what was said before. Raises AssertionError where the rest is not the story, whole and in order."""
    place = repeated = 0
    for one in said:
        if place < len(story) and one == story[place]:
            place += 1
        else:
            assert one in story[:place], f"out of order, or never to be said: {one[0]!r}"
            repeated += 1
    assert place == len(story), f"never said: {story[place][0]!r}"
    return repeated


async def sessions_in(rows: Asks) -> dict[str, dict[str, Any]]:
    """Conversation -> its session, without what differs from run to run: ids and times."""
    sessions = {}
    for conversation, raw in await rows("SELECT conversation, session FROM conversation"):
        session = sessions[conversation] = json.loads(raw)
        session.pop("id")
        session.pop("seen")
        if session.get("reminder"):
            session["reminder"][2] = "due"
        for note in (session["problem"] or {"history": ()})["history"]:
            note.pop()
    return sessions


async def counts_in(rows: Asks) -> Counter[tuple[Any, ...]]:
    """The anonymous outcomes of all days together."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for *outcome, total in await rows("SELECT intent, fix, outcome, language, total FROM outcome_count"):
        counts[tuple(outcome)] += total
    return counts
