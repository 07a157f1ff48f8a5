"""The commands for operators: run the bot, set it up, move it, and see what became of its conversations."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import __version__
from bot.building import starting_up
from bot.cli.common import (
    beside_the_bot,
    checked_guide,
    checked_settings,
    content_folder,
    day_and_time,
    settings_with_help,
    settings_with_token,
)

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.counts import Period

DAY = click.DateTime(["%Y-%m-%d"])
DAYS_OF_REPORT = 30


@click.command()
def run() -> None:
    """Run the bot on Telegram, until SIGTERM or Ctrl-C: by webhook if WEBHOOK_URL is set, else by polling."""
    with starting_up():
        import asyncio  # noqa: PLC0415 - each command imports only what it needs: a chat starts in half the time

        from bot.running import run_bot  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.transports import CannotRun  # noqa: PLC0415

        settings, token = settings_with_token()
        guide = checked_guide()
    _log_to_stderr(settings)
    try:
        asyncio.run(run_bot(settings, guide, token))
    except (CannotRun, StoreError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
def web() -> None:
    """Serve the same conversation as a web page, until SIGTERM or Ctrl-C."""
    with starting_up():
        import asyncio  # noqa: PLC0415 - each command imports only what it needs

        from bot.running import run_web  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.transports import CannotRun  # noqa: PLC0415

        settings, guide = settings_with_help(), checked_guide()
    _log_to_stderr(settings)
    try:
        asyncio.run(run_web(settings, guide))
    except (CannotRun, StoreError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be set.")
def setup(dry_run: bool) -> None:
    """Set webhook, name, descriptions and commands on Telegram; nothing changes when they are right already."""
    import asyncio  # noqa: PLC0415

    from bot.running import set_up  # noqa: PLC0415
    from bot.transports import CannotRun  # noqa: PLC0415

    settings, token = settings_with_token()
    try:
        asyncio.run(set_up(settings, checked_guide(), token, click.echo, dry_run=dry_run))
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--from", "source", metavar="URL", help="Move all that is kept in this SQLite file (sqlite:///…) …")
@click.option("--to", "target", metavar="URL", help="… to this PostgreSQL database (postgresql://…), which must be empty.")
def migrate(source: str | None, target: str | None) -> None:
    """Bring the tables of DATABASE_URL up to date, or move everything from SQLite to PostgreSQL."""
    import asyncio  # noqa: PLC0415

    from bot.store import StoreError  # noqa: PLC0415
    from bot.store.moving import bring_up_to_date, move  # noqa: PLC0415

    if (source is None) != (target is None):
        raise click.UsageError("--from and --to belong together")
    try:
        if source is None or target is None:
            asyncio.run(bring_up_to_date(checked_settings().database_url))
            click.echo("the tables are up to date")
        else:
            moved = asyncio.run(move(source, target))
            counted = f"{moved['conversation']} conversations, {moved['reply_queue']} replies under way, {moved['timer']} reminders"
            click.echo(f"moved {counted} and all the rest; now set DATABASE_URL to the new database, and start the bot")
    except StoreError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--ready", is_flag=True, help="Ask whether work should come to it (/readyz), not only whether it lives (/healthz).")
def health(*, ready: bool) -> None:
    """Ask the running bot how it is: exit code 0 when it is well. For health checks of containers."""
    from bot.health import NotWell, ask  # noqa: PLC0415

    try:
        click.echo(ask(checked_settings(), "/readyz" if ready else "/healthz"))
    except NotWell as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--keep", type=click.IntRange(1, 10_000), default=14, show_default=True, help="How many of the copies stay there.")
def backup(folder: Path, keep: int) -> None:
    """Copy the SQLite database into FOLDER, as of this moment. The bot may run meanwhile."""
    from bot.store import StoreError  # noqa: PLC0415
    from bot.store.backup import back_up  # noqa: PLC0415

    try:
        click.echo(str(back_up(checked_settings().database_url, folder, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), keep)))
    except StoreError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--name", metavar="USERNAME", help="The bot's user name; without it Telegram is asked, with the token.")
@click.option("--language", metavar="CODE", default="en", show_default=True, help="The language of the titles.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array of objects: kind, id, title, url.")
@click.option("--svg", type=click.Path(path_type=Path, file_okay=False), help="Also draw a QR code of each link into this folder.")
def links(name: str | None, language: str, svg: Path | None, *, as_json: bool) -> None:
    """Print links that open the bot at one error, question or fix: for a website or a help desk."""
    from dataclasses import asdict  # noqa: PLC0415

    from bot import linking  # noqa: PLC0415

    guide = checked_guide()
    if language not in guide.responses:
        raise click.ClickException(f"there is no folder responses/{language}")
    found = list(linking.links(guide, (name or _username()).removeprefix("@"), language))
    click.echo(json.dumps([asdict(link) for link in found], ensure_ascii=False) if as_json else linking.as_table(found))
    if svg is not None:
        try:
            linking.draw_codes(found, svg)
        except ModuleNotFoundError as error:
            raise click.ClickException("QR codes need segno: pip install 'backup-medic[links]'") from error
        except OSError as error:
            raise click.ClickException(f"{svg} cannot be written: {error.strerror or error}") from error


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), help="How many days, the last included.  [default: 30]")
@click.option("--from", "first", type=DAY, metavar="DAY", help="The first day, such as 2026-11-01, instead of --days.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="The last day.  [default: today]")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as one HTML page, with plots, into this file.")
@click.option("--suggest-order", is_flag=True, help="Show where experience contradicts the order of fixes, as a diff to review.")
def report(days: int | None, first: datetime | None, last: datetime | None, html: Path | None, *, suggest_order: bool) -> None:
    """Show how many came, what helped, where people stopped and what was not understood: anonymous counts. The bot may run meanwhile."""
    from bot.reporting.names import Names  # noqa: PLC0415
    from bot.reporting.page import page  # noqa: PLC0415
    from bot.reporting.summary import days as days_of  # noqa: PLC0415
    from bot.reporting.summary import summary_of  # noqa: PLC0415
    from bot.reporting.tables import as_text  # noqa: PLC0415
    from bot.store.counts import outcomes_in  # noqa: PLC0415
    from bot.suggesting import suggestion_report, suggestions  # noqa: PLC0415

    if html is not None and suggest_order:
        raise click.UsageError("--suggest-order is text: it goes without --html")
    period = _period(days, first, last)
    if suggest_order:
        outcomes = beside_the_bot(lambda database: outcomes_in(database, period))
        click.echo(suggestion_report(content_folder(), suggestions(checked_guide(), outcomes), len(days_of(period))))
        return
    summary, names = beside_the_bot(lambda database: summary_of(database, period)), Names(checked_guide())
    if html is None:
        click.echo(as_text(summary, names))
        return
    try:
        html.write_text(page(summary, names, f"Made by Backup Medic {__version__} on {day_and_time(int(time.time()))}."), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{html} cannot be written: {error.strerror or error}") from error


def _period(days: int | None, first: datetime | None, last: datetime | None) -> Period:
    """The days that are asked for, by UTC."""
    from bot.store.counts import Period  # noqa: PLC0415

    if days is not None and first is not None:
        raise click.UsageError("give --days or --from, not both")
    end = last.date() if last is not None else datetime.now(UTC).date()
    begin = first.date() if first is not None else end - timedelta((days or DAYS_OF_REPORT) - 1)
    if begin > end:
        raise click.UsageError(f"the period ends ({end}) before it begins ({begin})")
    return Period(begin.isoformat(), end.isoformat())


def _log_to_stderr(settings: Settings) -> None:
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415

    from bot.logs import begin_log  # noqa: PLC0415

    token, password = settings.telegram_bot_token or "", urlsplit(settings.database_url).password or ""
    covered = (token, token.partition(":")[2], settings.webhook_secret or "", settings.secret_key or "", password, unquote(password))
    begin_log(settings.log_level, settings.log_format, settings.secret_key, covered)


def _username() -> str:
    """The bot's user name, as Telegram tells it."""
    import asyncio  # noqa: PLC0415

    from bot.running import username_of  # noqa: PLC0415
    from bot.transports import CannotRun  # noqa: PLC0415

    try:
        return asyncio.run(username_of(*settings_with_token()))
    except CannotRun as error:
        raise click.ClickException(f"{error} (or give the name with --name)") from error
