"""The environment -> frozen Settings."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Networks = tuple[IPv4Network | IPv6Network, ...]

FILE: Final = Path(".env")
TELEGRAM: Final = "https://api.telegram.org"
DATABASES: Final = ("sqlite:///", "postgresql://", "postgres://")
FORMATS: Final = ("console", "json")
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SHORTEST_RETENTION: Final = 15
"""Days: a problem counts as the same one for 14."""
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
TELEGRAM_NETWORKS: Final = "149.154.160.0/20,91.108.4.0/22"
"""Where Telegram says that its webhooks come from (core.telegram.org/bots/webhooks)."""
NEW_SECRET: Final = 'python -c "import secrets; print(secrets.token_urlsafe(32))" makes one'  # noqa: S105 - how to make one
SHORTEST_KEY: Final = 16
"""Characters of the key that signs sessions."""
OWN_PATHS: Final = ("/healthz", "/readyz", "/metrics")
"""Paths at which the server answers about itself."""


class SettingsError(Exception):
    """The environment holds something that cannot be meant; one line for each variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets, each field by the variable of its name in capitals.

    content_dir: a folder that holds intents/ and responses/, instead of the built-in ones. telegram_bot_token: from @BotFather.
    telegram_api_url: root of the Bot API server, without /bot. database_url: where conversations are kept.
    retention_days: days after which an idle conversation is deleted.
    log_level: how much is logged. log_format: as lines for people (console), or for programs (json).
    metrics_host, metrics_port: where metrics and probes are served; without a port they are not.
    webhook_url: the public address for Telegram's updates; without one the bot polls. webhook_secret: what Telegram shows with each.
    host, port: where the bot listens for them. webhook_connections: how many Telegram may send at a time.
    read_pictures: whether pictures are read, where the extra `ocr` and tesseract are installed.
    webhook_networks: whence they may come (empty: from anywhere). webhook_proxies: whose word on that (X-Forwarded-For) is trusted.
    operator_chat_ids: the chats to which people may pass on what was not understood, which hear of troubles, and may ask for /status.
    secret_key: signs what pages of the web chat hold, and keys the names of conversations in the log.
    embed_origins: the sites that may show the web chat in a frame. web_rate: the requests that one address may make in a minute.
    web_proxies: whose word on the address is trusted.
    semantic: whether English messages in doubt are read by their meaning too, which needs an extra.
    """

    content_dir: Path | None = None
    telegram_bot_token: str | None = field(default=None, repr=False)
    telegram_api_url: str = TELEGRAM
    database_url: str = field(default="sqlite:///backup-medic.db", repr=False)  # PostgreSQL's holds a password
    retention_days: int = 90
    log_level: str = "INFO"
    log_format: str = "console"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    read_pictures: bool = True
    webhook_url: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    host: str = "0.0.0.0"  # noqa: S104 - a container is reached from outside; what comes without the secret is refused
    port: int = 8080
    webhook_connections: int = 40
    webhook_networks: Networks = ()
    webhook_proxies: Networks = ()
    operator_chat_ids: tuple[int, ...] = ()
    secret_key: str | None = field(default=None, repr=False)
    embed_origins: tuple[str, ...] = ()
    web_rate: int = 600
    web_proxies: Networks = ()
    semantic: bool = False


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
    if "webhook_url" in read and "WEBHOOK_SECRET" not in given:
        wrong.append(f"WEBHOOK_SECRET: WEBHOOK_URL needs one, to know Telegram's updates by: {NEW_SECRET}")
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


def _webhook(text: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - few set this, and everything starts faster without it

    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("the full public address was expected, such as https://bot.example.org/telegram")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("Telegram sends updates over https only; http is for an address of this machine")
    if not re.fullmatch(r"[\w./~-]*", parts.path, re.ASCII) or parts.query or parts.fragment:
        raise ValueError("only letters, digits and . _ ~ - / were expected after the host, no question mark and no #")
    if parts.path in OWN_PATHS:
        raise ValueError(f"the server itself answers at {parts.path}: choose another path")
    return text


def _secret(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", text):
        raise ValueError("1 to 256 letters, digits, _ and - were expected (Telegram allows no others)")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in this range."""

    def read(text: str) -> int:
        if not re.fullmatch(r" *[0-9]{1,6} *", text) or not least <= int(text) <= most:
            raise ValueError(f'a whole number from {least} to {most} was expected, not "{text}"')
        return int(text)

    return read


def _networks(text: str) -> Networks:
    from ipaddress import ip_network  # noqa: PLC0415 - few set this, and everything starts faster without it

    try:
        return tuple(ip_network(part.strip()) for part in text.replace("telegram", TELEGRAM_NETWORKS).split(","))
    except ValueError:
        raise ValueError("networks were expected, with commas between them, such as 10.0.0.0/8,127.0.0.1") from None


def _chats(text: str) -> tuple[int, ...]:
    ids = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"-?[1-9][0-9]{0,15}", id_) for id_ in ids):
        wanted = "numbers of chats on Telegram were expected, with commas between them, such as 123456789,-1001234567890"
        raise ValueError(f"{wanted}; in each of these chats somebody must have written to the bot, or added it")
    return tuple(dict.fromkeys(map(int, ids)))


def _key(text: str) -> str:
    if len(text.strip()) < SHORTEST_KEY:
        raise ValueError(f"at least {SHORTEST_KEY} characters that nobody can guess were expected: {NEW_SECRET}")
    return text.strip()


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/") for part in text.split(","))
    if not all(re.fullmatch(r"https?://(\*\.)?[\w.-]+(:[0-9]{1,5})?", origin, re.ASCII) for origin in origins):
        raise ValueError("sites were expected, with commas between them, such as https://www.example.org,https://*.example.com")
    return origins


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError(f'one of {", ".join(LEVELS)} was expected, not "{text}"')
    return text.upper()


def _format(text: str) -> str:
    if text.lower() not in FORMATS:
        raise ValueError(f'one of {", ".join(FORMATS)} was expected, not "{text}"')
    return text.lower()


def _yes_or_no(text: str) -> bool:
    if text.strip().lower() not in {"yes", "no"}:
        raise ValueError(f'yes or no was expected, not "{text}"')
    return text.strip().lower() == "yes"


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "content_dir": Path,
    "telegram_bot_token": str,
    "telegram_api_url": _url,
    "database_url": _database,
    "retention_days": _days,
    "log_level": _level,
    "log_format": _format,
    "metrics_host": str,
    "metrics_port": _whole(1, 65535),
    "read_pictures": _yes_or_no,
    "webhook_url": _webhook,
    "webhook_secret": _secret,
    "host": str,
    "port": _whole(1, 65535),
    "webhook_connections": _whole(1, 100),
    "webhook_networks": _networks,
    "webhook_proxies": _networks,
    "operator_chat_ids": _chats,
    "secret_key": _key,
    "embed_origins": _origins,
    "web_rate": _whole(60, 100_000),
    "web_proxies": _networks,
    "semantic": _yes_or_no,
}
"""Field -> what reads its variable."""
