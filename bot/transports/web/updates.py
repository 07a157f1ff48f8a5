"""What a page sends -> what arrived. Each update carries an id that the page made: sent twice, it counts once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.model import Asked, Event, Heard, Showed
from bot.store import Arrival
from bot.transports.presses import LONGEST, from_data
from bot.transports.web.tokens import TRANSPORT

LONGEST_TEXT: Final = 4096
"""Characters of a message: as many as Telegram allows."""
DIGITS: Final = 32
LAST: Final = 2**53
"""The last whole number that a page can count to."""

Read = Callable[..., Heard]
_Number = Annotated[int, Field(ge=0, le=LAST)]
_Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,35}$")]


class Unreadable(ValueError):
    """Not what our page sends."""


class Update(BaseModel):
    """One message, press or command of a page.

    id: made by the page. text: what was typed. press: a button's data, as the page was sent it; card: the message it stands under.
    command, argument: as after a slash. since: the newest revision that the page has. language: its browser's.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{16,64}$")]
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] | None = None
    press: Annotated[str, StringConstraints(max_length=LONGEST)] | None = None
    card: _Number | None = None
    command: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,32}$")] | None = None
    argument: Annotated[str, StringConstraints(max_length=64)] = ""
    since: _Number = 0
    language: _Language = ""


def read_update(body: bytes) -> Update:
    """The update in a request's body. Raises Unreadable."""
    try:
        update = Update.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(str(error.error_count())) from error  # not its text: that quotes the update
    if sum(one is not None for one in (update.text, update.press, update.command)) != 1:
        raise Unreadable("one of text, press and command was expected")
    return update


def name_of(conversation: str, update: Update) -> str:
    """What stands for an update once it is handled: nobody can tell from it whose it was, also after /forget."""
    return TRANSPORT + sha256(f"{conversation} {update.id}".encode()).hexdigest()[:DIGITS]


def arrival_of(conversation: str, update: Update, read: Read) -> Arrival:
    """The event with its address. read: text -> what it means."""
    event = _event(update, partial(read, hint=update.language or None))
    return Arrival(name_of(conversation, update), conversation, conversation, event, update.card, language=update.language)


def _event(update: Update, read: Read) -> Event:
    if update.press is not None:
        return from_data(update.press)
    if update.command is not None:
        return Asked(update.command, update.argument)
    text = (update.text or "").strip()
    if text.startswith("/"):
        command, argument = (*text[1:].split(maxsplit=1), "", "")[:2]
        return Asked(command.casefold(), argument.strip())
    return read(text) if text else Showed("empty")
