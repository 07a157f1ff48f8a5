"""What the tests of stores, of the assistant and of delivery share: sessions and replies to keep, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.assistant import Handled
from bot.model import Button, Mark, Note, Part, Problem, Reply, Session, Stage
from bot.store import Queued, Store, Transaction
from tests.conversing import START

ANN: Final = "tg:1:0:1"
BEN: Final = "tg:2:0:2"


@dataclass(slots=True)
class Clock:
    """Stands still until a test turns it."""

    now: int = START

    def __call__(self) -> int:
        return self.now


def chat_of(conversation: str) -> str:
    return ":".join(conversation.split(":")[:2])


def a_session(turn: int = 1, *, seen: int = START) -> Session:
    problem = Problem(1, (Note(Mark.TOOK, "storage-full", "", START), Note(Mark.TOLD, "device", "ipad", START)))
    return Session("abc", turn, Stage.FIXING, "restart", {"device": "ipad"}, problem, ("too-large",), "en", seen)


def a_card(turn: int = 1) -> Reply:
    return Reply((Part("menu"),), ((Button("take", "storage-full"),),), "abc", turn, {"device": "ipad"}, "en", card=True)


def a_word(about: str = "privacy") -> Reply:
    """A reply that is no card."""
    return Reply((Part(about),))


async def save(store: Store, conversation: str, session: Session) -> None:
    await store.run(lambda tx: tx.save(conversation, chat_of(conversation), session))


async def queue(store: Store, conversation: str, *replies: Reply, edit: int | None = None, now: int = START) -> list[Queued]:
    async def work(tx: Transaction) -> list[Queued]:
        return [await tx.queue(conversation, chat_of(conversation), reply, edit, now) for reply in replies]

    return await store.run(work)


async def card_of(store: Store, conversation: str) -> int | None:
    kept = await store.run(lambda tx: tx.load(conversation))
    return kept.card if kept else None


def card_in(handled: Handled) -> Reply:
    """The card that an arrival was answered with."""
    return next(queued.reply for queued in handled.queued if queued.reply.buttons)
