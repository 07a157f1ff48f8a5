"""The command for everybody: the conversation, here in the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.building import BackgroundMatcher, starting_up
from bot.cli.common import checked_guide, content_folder, settings_with_help

if TYPE_CHECKING:
    from bot.model import Guide, Heard


@click.command()
@click.option("--keep", type=click.Path(path_type=Path, dir_okay=False), help="Keep the conversation in this file for the next day.")
def chat(keep: Path | None) -> None:
    """Talk to the bot here in the terminal."""
    with starting_up():
        import asyncio  # noqa: PLC0415

        from bot.assistant import Assistant  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.store.sqlite import open_sqlite  # noqa: PLC0415
        from bot.transports.terminal import on_this_terminal  # noqa: PLC0415

        guide = checked_guide()
    try:
        store = open_sqlite(keep)
        on_this_terminal(Assistant(guide, store, clock=lambda: int(time.time())), _reader(guide)).run()
        asyncio.run(store.close())
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def _reader(guide: Guide) -> Callable[[str], Heard]:
    """Text -> what it means, on the person's own day, here in their terminal."""
    semantic = settings_with_help().semantic
    read = BackgroundMatcher(guide, content_folder(), semantic=semantic).read
    return lambda text: read(text, today=date.today())  # noqa: DTZ011
