"""The conversation in a terminal: numbered buttons, typed answers, `/commands`, Ctrl-D to leave."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TextIO

from bot.assistant import Assistant
from bot.markup import marked, plain, sections
from bot.model import Asked, Event, Heard, Key, Leaflet, Message, Pressed, Showed
from bot.rendering import render
from bot.store import Arrival, Queued

CONVERSATION: Final = "tty"
WIDEST: Final = 88
LONGEST_NUMBER: Final = 4
LEAFLET: Final = Path("backup-medic.png")
"""In the folder from which the conversation was begun."""
FOLD_EDGE: Final = "│ "
_ITEM: Final = re.compile(r"^(\d+\. |- |[✅⚠]\S* )")


class Terminal:
    """A conversation on one terminal.

    assistant: holds the conversation. read: text -> what it means. ask: shows a prompt and returns a line (EOFError ends it).
    out: where messages go. colour: whether bold and paths may be styled. draw: a leaflet as PNG, where that can be done; it is
    written to LEAFLET when the person asks for it, and nothing ever is before.
    """

    def __init__(  # noqa: PLR0913 - each is another side of a terminal
        self,
        assistant: Assistant,
        read: Callable[[str], Heard],
        ask: Callable[[str], str],
        out: TextIO,
        *,
        colour: bool,
        draw: Callable[[Leaflet], bytes] | None = None,
    ) -> None:
        self._assistant = assistant
        self._read = read
        self._ask = ask
        self._out = out
        self._colour = colour
        self._draw = draw
        self._current: Message | None = None
        self._runner: asyncio.Runner

    def run(self) -> None:
        """Talk until the person leaves."""
        with asyncio.Runner() as runner:
            self._runner = runner
            self._handle(Asked("start"))
            while True:
                due: list[Queued] = []
                runner.run(self._assistant.fire_due(due.extend))
                self._say(due)
                try:
                    line = self._ask("\nyou> ")
                except (EOFError, KeyboardInterrupt):
                    print("\nBye. Take care.", file=self._out)
                    break
                self._handle(self.event(line))

    def _handle(self, event: Event) -> None:
        self._say(self._runner.run(self._assistant.handle(Arrival("", CONVERSATION, CONVERSATION, event))).queued)

    def _say(self, replies: Iterable[Queued]) -> None:
        for queued in replies:
            self._show(render(self._assistant.guide, queued.reply, leaflets=self._draw is not None))
            self._runner.run(self._assistant.store.sent(queued, None))

    def event(self, line: str) -> Event:
        """What a typed line is: a button's number, a command, or words."""
        typed = line.strip()
        keys = [key for row in _pressed(self._current) for key in row] if self._current else []
        if self._current and typed.isascii() and typed.isdigit() and len(typed) < LONGEST_NUMBER and 1 <= int(typed) <= len(keys):
            button = keys[int(typed) - 1].button
            return Pressed(self._current.session, self._current.turn, button.action, button.value)
        if typed.startswith("/") and len(typed) > 1:
            command, _, argument = typed[1:].partition(" ")
            return Asked(command.casefold(), argument)
        return self._read(typed) if typed else Showed("empty")

    def _show(self, message: Message) -> None:
        print(file=self._out)
        print(self._wrapped(message.text), file=self._out)
        if message.leaflet is not None and self._draw is not None:
            print(f"[{self._written(self._draw(message.leaflet))}]", file=self._out)
        number = 0
        for row in _pressed(message):
            labels = []
            for key in row:
                number += 1
                labels.append(f"[{number}] {key.label}")
            print("   " + "   ".join(labels), file=self._out)
        if message.keys:
            self._current = message

    def _written(self, leaflet: bytes) -> str:
        """Where a leaflet lies now, or why it does not."""
        try:
            LEAFLET.write_bytes(leaflet)
        except OSError as error:
            return f"{LEAFLET}: {error.strerror}"
        return str(LEAFLET.absolute())

    def _wrapped(self, text: str) -> str:
        """A message's words, as wide as the terminal; what is folded on a phone stands here in the open, behind a line."""
        columns = min(shutil.get_terminal_size().columns, WIDEST)
        passages = []
        for passage, is_fold in sections(text):
            edge = FOLD_EDGE if is_fold else ""
            shown = passage if self._colour else plain(passage)
            wrapped = (_wrap(line, columns - len(edge)) for line in shown.split("\n"))
            passages.append("\n".join(f"{edge}{line}".rstrip() for line in "\n".join(wrapped).split("\n")))
        whole = "".join(passages)
        return marked(whole, _bold, _path, str, str) if self._colour else whole


def _pressed(message: Message) -> Iterable[list[Key]]:
    """The rows of keys without those that copy: a terminal copies by itself."""
    rows = ([key for key in row if not key.copies] for row in message.keys)
    return (row for row in rows if row)


def _wrap(line: str, width: int) -> str:
    item = _ITEM.match(line)
    return textwrap.fill(line, width, subsequent_indent=" " * (len(item[0]) if item else 0), break_long_words=False) if line else ""


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m"


def _path(text: str) -> str:
    return f"\033[36m{text}\033[0m"


def on_this_terminal(assistant: Assistant, read: Callable[[str], Heard]) -> Terminal:
    """A conversation on standard input and output, with a line history where the system has one (in memory only)."""
    with contextlib.suppress(ImportError):  # not every system has it
        import readline  # noqa: F401, PLC0415 - importing it is what gives input() its history
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Terminal(assistant, read, input, sys.stdout, colour=colour, draw=_drawer())


def _drawer() -> Callable[[Leaflet], bytes] | None:
    """What draws leaflets, where the extra for it is installed. It is loaded when the first one is wanted."""
    if find_spec("PIL") is None:
        return None

    def draw(leaflet: Leaflet) -> bytes:
        from bot.drawing import draw_leaflet  # noqa: PLC0415 - an extra

        return draw_leaflet(leaflet)

    return draw
