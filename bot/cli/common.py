"""What the commands share: settings and content, or one line that says what is wrong with them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from bot.lexicon import Meaning
    from bot.matching import Matcher
    from bot.model import Guide
    from bot.settings import Settings
    from bot.store.beside import Database

T = TypeVar("T")


class Unusable(click.ClickException):
    """What was given cannot be used; the message says why and what to do."""

    exit_code = 2


def checked_settings() -> Settings:
    from bot.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def settings_with_help() -> Settings:
    """The settings; semantic help that they ask for can be given."""
    settings = checked_settings()
    if settings.semantic:
        from bot.semantic import CannotHelp, check_installed  # noqa: PLC0415

        try:
            check_installed()
        except CannotHelp as error:
            raise click.ClickException(f"SEMANTIC is yes, but {error}") from error
    return settings


def settings_with_token() -> tuple[Settings, str]:
    settings = settings_with_help()
    if settings.telegram_bot_token is None:
        cure = "get a token from @BotFather on Telegram and set TELEGRAM_BOT_TOKEN, in the environment or in .env"
        raise click.ClickException(f"no token: {cure}. `python -m bot chat` talks here, without one")
    return settings, settings.telegram_bot_token


def content_folder() -> Path:
    from bot.content import content_dir  # noqa: PLC0415
    from bot.findings import ContentError  # noqa: PLC0415

    try:
        return content_dir(checked_settings().content_dir)
    except ContentError as error:
        raise click.ClickException(str(error)) from error


def checked_guide() -> Guide:
    from bot.content import load_guide  # noqa: PLC0415
    from bot.findings import ContentError  # noqa: PLC0415

    try:
        return load_guide(content_folder())
    except ContentError as error:
        raise click.ClickException(f"the content has errors (python -m bot check lists them too):\n{error}") from error


def matcher_of(guide: Guide, *, semantic: bool) -> Matcher:
    from bot.matching import Matcher  # noqa: PLC0415

    return Matcher(guide, meanings_of(guide)) if semantic else Matcher(guide)


def meanings_of(guide: Guide) -> Mapping[str, Meaning]:
    from bot.semantic import CannotHelp, semantic_help  # noqa: PLC0415

    try:
        return semantic_help(content_folder(), guide)
    except CannotHelp as error:
        raise Unusable(str(error)) from error


def beside_the_bot(work: Callable[[Database], Awaitable[T]]) -> T:
    """Do something in the database of the settings, which the bot may use at the same time; its result."""
    import asyncio  # noqa: PLC0415

    from bot.store import StoreError  # noqa: PLC0415
    from bot.store.beside import opened_beside  # noqa: PLC0415

    async def run() -> T:
        async with opened_beside(checked_settings().database_url) as database:
            return await work(database)

    try:
        return asyncio.run(run())
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def day_and_time(at: int) -> str:
    """A moment, by UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
