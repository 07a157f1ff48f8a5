"""The environment -> frozen Settings."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(".env")
TELEGRAM: Final = "https://api.telegram.org"
DATABASES: Final = ("sqlite:///", "postgresql://", "postgres://")
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SHORTEST_RETENTION: Final = 15
"""Days: a problem counts as the same one for 14."""


class SettingsError(Exception):
    """The environment holds something that cannot be meant; one line for each variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets, each field by the variable of its name in capitals.

    content_dir: a folder that holds intents/ and responses/, instead of the built-in ones. telegram_bot_token: from @BotFather.
    telegram_api_url: root of the Bot API server, without /bot. database_url: where conversations are kept.
    retention_days: days after which an idle conversation is deleted. log_level: how much is logged.
    """

    content_dir: Path | None = None
    telegram_bot_token: str | None = field(default=None, repr=False)
    telegram_api_url: str = TELEGRAM
    database_url: str = field(default="sqlite:///backup-medic.db", repr=False)  # PostgreSQL's holds a password
    retention_days: int = 90
    log_level: str = "INFO"


def load_settings() -> Settings:
    """The settings of this environment and of `.env`; the environment wins, and what is empty is not set. Raises SettingsError."""
    given = {name: text for source in (_file(), os.environ) for name, text in source.items() if text}
    read: dict[str, Any] = {}
    wrong = []
    for name, reader in READERS.items():
        variable = name.upper()
        if variable in given:
            try:
                read[name] = reader(given[variable])
            except ValueError as error:
                wrong.append(f"{variable}: {error}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**read)


def _file() -> Mapping[str, str | None]:
    """The variables of `.env`, if there is one."""
    if not FILE.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - for those who have a .env

    try:
        return dotenv_values(FILE, encoding="utf-8-sig")  # some editors begin a file with a mark
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE}: this file cannot be read as UTF-8 text ({type(error).__name__})") from None


# --- what a variable says: each reader raises ValueError with what was expected -------------------------------------------


def _url(text: str) -> str:
    if not re.match(r"https?://.", text):
        raise ValueError(f"an address that begins with http:// or https:// was expected, such as {TELEGRAM}")
    return text


def _database(text: str) -> str:
    if not text.startswith(DATABASES) or text in DATABASES:
        raise ValueError("sqlite:///backup-medic.db, sqlite:////absolute/path.db or postgresql://user:password@host/database was expected")
    return text


def _days(text: str) -> int:
    if not re.fullmatch(r" *[0-9]{1,6} *", text) or int(text) < SHORTEST_RETENTION:
        raise ValueError(f'a whole number of days, at least {SHORTEST_RETENTION}, was expected, not "{text}"')
    return int(text)


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError(f'one of {", ".join(LEVELS)} was expected, not "{text}"')
    return text.upper()


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "content_dir": Path,
    "telegram_bot_token": str,
    "telegram_api_url": _url,
    "database_url": _database,
    "retention_days": _days,
    "log_level": _level,
}
"""Field -> what reads its variable."""
