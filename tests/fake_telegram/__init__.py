"""A fake Telegram: a Bot API server with the real one's rules, and the people who talk to the bot through it.

In a test's own process, or as a process of its own (`python -m tests.fake_telegram --port N` prints its port), steered in the same words:

    async with FakeTelegram() as telegram:              # or SpawnedTelegram(), or RemoteTelegram(url)
        ...                                             # the bot, with TELEGRAM_API_URL=telegram.url and telegram.token
        ann = await telegram.user("Ann", language="de")
        await ann.chat.send("Not enough storage")
        card = await ann.chat.answer()                  # card.text, card.html, card.rows, card.labels
        press = await ann.chat.press("It worked")
        toast = await press.answered()
        await telegram.fault("lost", method="sendMessage", nth=2)
        counters = await telegram.counters()
        print(await ann.chat.transcript())

Where to read:

  markup.py    Telegram's HTML, read and refused as the server does
  rules.py     limits and refusals, in Telegram's words
  options.py   all that a test can set; the clock
  updates.py   the queue: what confirms an update, what expires, which numbers they get
  world.py     people, chats, messages, what people do
  methods.py   the methods of the Bot API
  faults.py    calls that go wrong on demand
  webhook.py   delivery by webhook: lanes, retries, calls in the response
  server.py    HTTP: FakeTelegram; long polling and its conflicts
  control.py   every action by name, also as POST /control/<action>
  user.py      what tests use: Telegram, User, Chat, Group, Shown, Press

The rules are those of Telegram's own server (github.com/tdlib/telegram-bot-api and tdlib/td). Where it takes its time on purpose, so does
this one: after a conflict, and when the same offset is asked for again.
"""

from tests.fake_telegram.server import FakeTelegram
from tests.fake_telegram.user import Chat, Group, Key, NotSeen, Press, RemoteTelegram, Shown, SpawnedTelegram, Telegram, Toast, User
from tests.fake_telegram.world import Impossible

__all__ = [
    "Chat",
    "FakeTelegram",
    "Group",
    "Impossible",
    "Key",
    "NotSeen",
    "Press",
    "RemoteTelegram",
    "Shown",
    "SpawnedTelegram",
    "Telegram",
    "Toast",
    "User",
]
