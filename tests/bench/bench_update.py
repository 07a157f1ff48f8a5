"""Where an update's time goes: each piece alone, and (BENCH_PROFILE=1) the running bot under cProfile.

`make bench` prints the tables of docs/performance.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import pstats
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from bot.content import content_dir, load_guide
from bot.dialogue import step
from bot.matching import Matcher
from bot.model import Guide, Pressed
from bot.rendering import render
from bot.store import Arrival
from bot.store.codec import decode_session, encode_reply, encode_session
from bot.store.sqlite import open_sqlite
from bot.transports.bot_api import BotApi
from bot.transports.channel import body_of
from bot.transports.updates import read_update
from tests.bench.bench_telegram import MANY, PASTED
from tests.bench.bots import onwards, running, steps, table
from tests.bench.crowd import CrowdedTelegram
from tests.measuring import utterances

NOW: Final = 1_800_000_000
CALLS: Final = 300
ROUNDS: Final = 5
SHARE: Final = 0.01
"""Parts of the profile below this are summed up."""


def each(work: Callable[[], object], times: int = 300) -> float:
    """Microseconds of CPU that work takes: the median of five rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - start) / times * 1e6)
    return statistics.median(taken)


async def each_async(work: Callable[[], Awaitable[object]], times: int) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            await work()
        taken.append((time.process_time() - start) / times * 1e6)
    return statistics.median(taken)


@pytest.fixture(scope="module")
def guide() -> Guide:
    return load_guide(content_dir())


@pytest.mark.filterwarnings("ignore:Please use .Bot")  # pytest has put its own filters over those of bot_api
async def test_pieces(guide: Guide, tmp_path: Path) -> None:
    """Prints what each piece costs alone."""
    matcher = Matcher(guide)
    texts = [one.text for one in utterances()]
    random.Random(1).shuffle(texts)
    waiting = iter(texts * 3)
    session, reply = list(steps(guide, "last-backup-failed", NOW))[3]
    button = onwards(reply)
    assert button is not None
    press = Pressed(session.id, session.turn, button.action, button.value)
    person = {"id": 5_000_000, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    chat = {"id": 5_000_000, "type": "private", "first_name": "Ann"}
    message = {"message_id": 7, "date": NOW, "chat": chat, "from": person, "text": "x"}
    pressed = {"id": "1", "from": person, "message": message, "data": f"{session.id}.{session.turn}.{button.action}", "chat_instance": "2"}
    raw = {"update_id": 1, "callback_query": pressed}
    kept, ready = encode_session(session), render(guide, reply)
    store = open_sqlite(tmp_path / "bench.db")
    arrivals = (Arrival(f"tg:{number}", f"tg:{number % 1_000}", "tg:1", press) for number in range(1_000_000))

    async def keep(arrival: Arrival) -> None:
        async def work(tx: Any) -> None:
            await tx.seen(arrival.update, NOW)
            await tx.load(arrival.conversation)
            await tx.save(arrival.conversation, arrival.chat, session)
            await tx.queue(arrival.conversation, arrival.chat, reply, None, NOW)

        await store.run(work)

    async def keep_many() -> None:
        await asyncio.gather(*(keep(next(arrivals)) for _ in range(64)))

    rows = [
        ["understand a text (the shipped phrases, mean)", each(lambda: matcher.read(next(waiting)), 600)],
        ["read a raw update: a press", each(lambda: read_update(raw, matcher.read, "backup_medic_bot"))],
        ["one step of the dialogue", each(lambda: step(guide, session, press, NOW))],
        ["session to JSON", each(lambda: encode_session(session))],
        ["session from JSON", each(lambda: decode_session(kept))],
        ["reply to JSON", each(lambda: encode_reply(reply))],
        ["render a card", each(lambda: render(guide, reply))],
        ["card to HTML and buttons", each(lambda: body_of(ready))],
        ["the same as JSON", each(lambda: json.dumps(body_of(ready))) - each(lambda: body_of(ready))],
        ["SQLite transaction, alone (its JSON included)", await each_async(lambda: keep(next(arrivals)), CALLS)],
        ["SQLite transaction, 64 at once", await each_async(keep_many, 10) / 64],
    ]
    await store.close()
    rows += await _calls(guide)
    table("An update, piece by piece (µs of CPU)", ["", "µs"], [[name, f"{value:,.0f}"] for name, value in rows])


async def _calls(guide: Guide) -> list[list[Any]]:
    """What one call costs the bot: ours, and python-telegram-bot's own way."""
    reply = next(reply for _, reply in list(steps(guide, "last-backup-failed", NOW))[3:])
    body = body_of(render(guide, reply))
    async with CrowdedTelegram() as telegram:
        ann = await telegram.user("Ann")
        await ann.chat.send("hello")
        address = {"chat_id": ann.id, **body}
        api = BotApi(telegram.token, telegram.url)
        await api.open()
        found: list[list[Any]] = [["sendMessage, our way", await each_async(lambda: api.call("sendMessage", address), CALLS // 3)]]

        async def ten() -> None:
            await asyncio.gather(*(api.call("sendMessage", address) for _ in range(10)))

        found.append(["the same, ten at once", await each_async(ten, CALLS // 30) / 10])
        query = {"callback_query_id": "1"}

        async def answer() -> None:
            with pytest.raises(Exception, match="too old"):
                await api.call("answerCallbackQuery", query)

        found.append(["answerCallbackQuery, our way", await each_async(answer, CALLS // 3)])
        await api.close()
        async with aiohttp.ClientSession() as session:
            url = f"{telegram.url}/bot{telegram.token}/sendMessage"

            async def send_alone() -> None:
                async with session.post(url, json=address) as response:
                    await response.json()

            async def send_ten() -> None:
                await asyncio.gather(*(send_alone() for _ in range(10)))

            found.append(["sendMessage, aiohttp alone", await each_async(send_alone, CALLS // 3)])
            found.append(["the same, ten at once", await each_async(send_ten, CALLS // 30) / 10])
        keys = body["reply_markup"]["inline_keyboard"]
        rows = [[InlineKeyboardButton(key["text"], callback_data=key["callback_data"]) for key in row] for row in keys]

        async def send(bot: Bot) -> None:
            preview = LinkPreviewOptions(is_disabled=True)
            await bot.send_message(ann.id, body["text"], "HTML", link_preview_options=preview, reply_markup=InlineKeyboardMarkup(rows))

        async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
            found.append(["sendMessage, python-telegram-bot's own way", await each_async(lambda: send(bot), CALLS // 3)])
    return found


def _micro(*seconds: float) -> list[str]:
    return [f"{value * 1e6:.0f}" for value in seconds]


# --- the running bot under cProfile ----------------------------------------------------------------------------------------

PARTS: Final = (
    ("/bot/matching.py", "understanding texts"),
    ("/bot/lexicon.py", "understanding texts"),
    ("/bot/scoring.py", "understanding texts"),
    ("/bot/clauses.py", "understanding texts"),
    ("/bot/identifying.py", "understanding texts"),
    ("/bot/evidence.py", "understanding texts"),
    ("/bot/normalising.py", "understanding texts"),
    ("/bot/facts.py", "understanding texts"),
    ("/rapidfuzz/", "understanding texts"),
    ("/bot/rendering.py", "rendering"),
    ("/bot/parts.py", "rendering"),
    ("/bot/keys.py", "rendering"),
    ("/bot/wording.py", "rendering"),
    ("/bot/store/codec.py", "sessions and replies as JSON"),
    ("/bot/store/", "the store, without SQLite itself"),
    ("/bot/transports/client.py", "our HTTP client"),
    ("/bot/transports/bot_api.py", "our HTTP client"),
    ("/bot/transports/", "reading updates, the loop, HTML"),
    ("/bot/delivery.py", "delivery"),
    ("/bot/", "assistant and dialogue"),
    ("/pycurl/", "libcurl"),
    ("/telegram/", "python-telegram-bot"),
    ("/asyncio/", "asyncio"),
    ("/json/", "json"),
    ("/dataclasses.py", "dataclasses (replace)"),
    ("/logging/", "logging"),
)
BUILT_IN: Final = (
    ("sqlite3", "SQLite itself"),
    ("rapidfuzz", "understanding texts"),
    ("pycurl", "libcurl"),
    ("re.Pattern", "regular expressions"),
    ("_json", "json"),
    ("_socket", "sockets"),
    ("_asyncio", "asyncio"),
)
IDLE: Final = ("select.epoll", "_queue.SimpleQueue", "lock' objects")


def part_of(file: str, function: str) -> str | None:
    """The part of the bot that a function belongs to; None for waiting."""
    if file == "~":
        if any(name in function for name in IDLE):
            return None
        return next((part for name, part in BUILT_IN if name in function), "other built-in functions")
    return next((part for name, part in PARTS if name in file.replace(str(Path.cwd()), "")), "other modules")


@pytest.mark.skipif(not os.environ.get("BENCH_PROFILE"), reason="BENCH_PROFILE=1 profiles the bot")
async def test_profile(tmp_path: Path) -> None:
    """Prints the parts of the profile, and the dearest functions of our own."""
    file = tmp_path / "profile"
    async with CrowdedTelegram() as telegram, running(lambda _: ["-m", "tests.bench.profiled_bot", str(file)], telegram, tmp_path):
        found = await telegram.talked(MANY, 8, PASTED)
    updates = found["updates"]
    for thread in ("loop", "writer"):
        stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]]
        stats = pstats.Stats(f"{file}.{thread}").stats  # type: ignore[attr-defined]
        parts: Counter[str] = Counter()
        for (path, _, function), (_, _, own, _, _) in stats.items():
            part = part_of(path, function)
            if part is not None:
                parts[part] += own  # type: ignore[assignment]
        whole = sum(parts.values())
        rows = [[part, f"{own / updates * 1e6:.0f}", f"{own / whole:.0%}"] for part, own in parts.most_common() if own > SHARE * whole]
        table(f"The {thread} thread under cProfile, {updates:,} updates (µs an update, dearer so)", ["", "µs", "share"], rows)
        dear = sorted(stats.items(), key=lambda item: -item[1][3])
        named = [
            [
                f"`{Path(path).parent.name}/{Path(path).name}:{line} {function}`",
                f"{calls / updates:.1f}",
                *_micro(own / updates, all_ / updates),
            ]
            for (path, line, function), (_, calls, own, all_, _) in dear
            if path != "~" and part_of(path, function) is not None
        ]
        table("Its dearest functions (µs an update)", ["", "calls", "own", "with all that they call"], named[:45])
    print(f"\n{sys.executable} -m pstats {file}.loop", flush=True)
