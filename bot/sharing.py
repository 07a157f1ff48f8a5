"""What is said where others read along: shorter, and nothing that is the person's own affair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from bot.model import Button, Part, Reply

PRIVATE: Final = frozenset(("tried", "summary", "leaflet"))
"""The parts that tell of the phone and of all that was done: only the person is shown them."""
LEFT_OUT: Final = "road"
"""How many things there are to try: the card below says as much."""


def in_company(reply: Reply) -> Reply:
    """A reply for a group: what an error means is only named, and in place of private lists stands the way to the private chat."""
    if PRIVATE.isdisjoint(part.template for part in reply.parts):
        return replace(reply, parts=tuple(_shortened(reply.parts)))
    kept = tuple(_shortened(part for part in reply.parts if part.template not in PRIVATE))
    buttons = (row for row in reply.buttons if row[0].action != "leaflet")
    return replace(reply, parts=(*kept, Part("in-private")), buttons=((Button("private"),), *buttons))


def _shortened(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if part.template != LEFT_OUT:
            yield replace(part, template="name") if part.template == "means" else part
