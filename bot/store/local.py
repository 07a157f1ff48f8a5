"""Sessions in memory, or in one small file: for the conversation in a terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bot.model import Session, Timer
from bot.store.codec import decode, decode_timer, encode, encode_timer


class MemoryStore:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._timers: dict[str, list[Timer]] = {}

    def load(self, conversation: str) -> Session | None:
        return self._sessions.get(conversation)

    def save(self, conversation: str, session: Session, timers: tuple[Timer, ...]) -> None:
        self._sessions[conversation] = session
        asked = {(timer.session, timer.turn) for timer in timers}
        kept = [timer for timer in self._timers.get(conversation, []) if (timer.session, timer.turn) not in asked]
        self._timers[conversation] = [*kept, *timers]

    def due(self, conversation: str, now: int) -> list[Timer]:
        timers = self._timers.get(conversation, [])
        self._timers[conversation] = [timer for timer in timers if timer.due > now]
        return [timer for timer in timers if timer.due <= now]

    def forget(self, conversation: str) -> None:
        self._sessions.pop(conversation, None)
        self._timers.pop(conversation, None)


class FileStore(MemoryStore):
    """Keeps everything in one JSON file, written anew (and moved into place) after each change.

    path: the file; it need not exist. Raises ValueError when it exists and is not one of ours.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            self._read(path.read_bytes())
        else:
            self._write()  # a place where nothing can be kept is found now, not after the first message

    def _read(self, written: bytes) -> None:
        try:
            kept = json.loads(written.decode())
            for conversation, raw in kept["conversations"].items():
                self._sessions[conversation] = decode(json.dumps(raw["session"]))
                self._timers[conversation] = [decode_timer(timer) for timer in raw["timers"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{self._path} is not a file of kept conversations: move it away, or name another one") from error

    def save(self, conversation: str, session: Session, timers: tuple[Timer, ...]) -> None:
        super().save(conversation, session, timers)
        self._write()

    def due(self, conversation: str, now: int) -> list[Timer]:
        timers = super().due(conversation, now)
        if timers:
            self._write()
        return timers

    def forget(self, conversation: str) -> None:
        super().forget(conversation)
        self._write()

    def _write(self) -> None:
        kept = {
            conversation: {
                "session": json.loads(encode(session)),
                "timers": [encode_timer(timer) for timer in self._timers.get(conversation, [])],
            }
            for conversation, session in self._sessions.items()
        }
        new = self._path.with_suffix(self._path.suffix + ".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"conversations": kept}, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
