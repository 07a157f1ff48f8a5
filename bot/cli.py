"""`python -m bot …`: wires everything, and turns every error into one line that says what to do."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot import __version__
from bot.building import BackgroundMatcher, starting_up

if TYPE_CHECKING:
    from bot.lexicon import Meaning
    from bot.matching import Matcher
    from bot.model import Guide, Heard
    from bot.settings import Settings
    from bot.store.aside import Shelf
    from bot.store.beside import Database

T = TypeVar("T")


class _Unusable(click.ClickException):
    """What was given cannot be used; the message says why and what to do."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backup-medic")
def main() -> None:
    """Backup Medic: helps when an iPhone does not back up to iCloud."""


@main.command()
def run() -> None:
    """Run the bot on Telegram, until SIGTERM or Ctrl-C: by webhook if WEBHOOK_URL is set, else by polling."""
    with starting_up():
        import asyncio  # noqa: PLC0415 - each command imports only what it needs: a chat starts in half the time

        from bot.running import run_bot  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.transports import CannotRun  # noqa: PLC0415

        settings, token = _settings_with_token()
        guide = _guide()
    _log_to_stderr(settings)
    try:
        asyncio.run(run_bot(settings, guide, token))
    except (CannotRun, StoreError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
def web() -> None:
    """Serve the same conversation as a web page, until SIGTERM or Ctrl-C."""
    with starting_up():
        import asyncio  # noqa: PLC0415 - each command imports only what it needs

        from bot.running import run_web  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.transports import CannotRun  # noqa: PLC0415

        settings, guide = _settings_with_help(), _guide()
    _log_to_stderr(settings)
    try:
        asyncio.run(run_web(settings, guide))
    except (CannotRun, StoreError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be set.")
def setup(dry_run: bool) -> None:
    """Set webhook, name, descriptions and commands on Telegram; nothing changes when they are right already."""
    import asyncio  # noqa: PLC0415

    from bot.running import set_up  # noqa: PLC0415
    from bot.transports import CannotRun  # noqa: PLC0415

    settings, token = _settings_with_token()
    try:
        asyncio.run(set_up(settings, _guide(), token, click.echo, dry_run=dry_run))
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


@main.command()
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
            asyncio.run(bring_up_to_date(_settings().database_url))
            click.echo("the tables are up to date")
        else:
            moved = asyncio.run(move(source, target))
            counted = f"{moved['conversation']} conversations, {moved['reply_queue']} replies under way, {moved['timer']} reminders"
            click.echo(f"moved {counted} and all the rest; now set DATABASE_URL to the new database, and start the bot")
    except StoreError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--keep", type=click.Path(path_type=Path, dir_okay=False), help="Keep the conversation in this file for the next day.")
def chat(keep: Path | None) -> None:
    """Talk to the bot here in the terminal."""
    with starting_up():
        import asyncio  # noqa: PLC0415

        from bot.assistant import Assistant  # noqa: PLC0415
        from bot.store import StoreError  # noqa: PLC0415
        from bot.store.sqlite import open_sqlite  # noqa: PLC0415
        from bot.transports.terminal import on_this_terminal  # noqa: PLC0415

        guide = _guide()
    try:
        store = open_sqlite(keep)
        on_this_terminal(Assistant(guide, store, clock=lambda: int(time.time())), _reader(guide)).run()
        asyncio.run(store.close())
    except StoreError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Read one message per line on standard input, write one JSON object per line.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Explain what is read in this picture.")
@click.option("--semantic", is_flag=True, help="With semantic help, which is an extra.")
def match(text: str | None, picture: Path | None, *, as_json: bool, semantic: bool) -> None:
    """Explain how TEXT is understood, word by word."""
    from bot.explaining import as_object, explained, text_of  # noqa: PLC0415

    guide = _guide()
    matcher = _matcher(guide, semantic=semantic)
    if picture is not None:
        click.echo(_explained_picture(guide, matcher, picture))
        return
    if not as_json:
        if text is None:
            raise click.UsageError("give a text to explain, or --json and messages on standard input")
        click.echo(explained(matcher, text))
        return
    for line in [text] if text is not None else sys.stdin:
        click.echo(json.dumps(as_object(matcher, text_of(line)), ensure_ascii=False))


@main.command("eval")
@click.argument("files", metavar="FILE…", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="All figures as one JSON object.")
@click.option(
    "--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw confusion table and bars into this .png or .svg file."
)
@click.option("--misses", is_flag=True, help="List what went wrong, with the nearest phrases of what was wanted and of what won.")
@click.option("--language", metavar="CODE", help="Only the messages of this language.")
@click.option("--semantic", is_flag=True, help="With semantic help, which is an extra.")
def eval_(  # noqa: PLR0913 - one for each option
    files: tuple[Path, ...], picture: Path | None, language: str | None, *, as_json: bool, misses: bool, semantic: bool
) -> None:
    """Measure how well the labelled messages in each FILE (.jsonl, .yaml, or a folder of them) are understood."""
    from bot.evaluating import objects, tables  # noqa: PLC0415
    from bot.evaluating.evaluation import evaluated  # noqa: PLC0415
    from bot.evaluating.pictures import CannotDraw, draw, ready_to_draw  # noqa: PLC0415
    from bot.evaluating.utterances import UtterancesError, read_utterances  # noqa: PLC0415

    guide = _guide()
    try:
        if picture is not None:
            ready_to_draw(picture)
        said = read_utterances(files, guide.intents)
        said = said.only(language) if language is not None else said
    except (CannotDraw, UtterancesError) as error:
        raise _Unusable(str(error)) from error
    found = evaluated(guide, _matcher(guide, semantic=semantic), said, with_misses=misses)
    click.echo(json.dumps(objects.as_object(found, with_misses=misses), ensure_ascii=False) if as_json else tables.as_text(found))
    if misses and not as_json:
        click.echo(f"\n{tables.misses_as_text(found.misses)}")
    if picture is not None:
        try:
            draw(found, guide, picture)
        except OSError as error:
            raise click.ClickException(f"{picture} cannot be written: {error.strerror or error}") from error


def _explained_picture(guide: Guide, matcher: Matcher, path: Path) -> str:
    """What is read in a picture, look by look, and what it means."""
    import asyncio  # noqa: PLC0415

    from bot.ocr import Unreadable, reader_here  # noqa: PLC0415
    from bot.ocr.explaining import explained_looks  # noqa: PLC0415

    reader = reader_here()
    if reader is None:
        raise click.ClickException("pictures cannot be read here: pip install 'backup-medic[ocr]', and install tesseract")
    try:
        return asyncio.run(explained_looks(reader, guide, matcher.read, path.read_bytes()))
    except Unreadable as error:
        raise click.ClickException(f"{path}: this is no picture that can be read") from error


@main.command()
@click.option("--quick", is_flag=True, help="Do not make the next start fast as well.")
def check(*, quick: bool) -> None:
    """Check the content: every problem at once, each with file, line and cure."""
    from bot.checking import check_content  # noqa: PLC0415
    from bot.content import keep_matching  # noqa: PLC0415

    findings = check_content(_content_dir())
    for finding in findings:
        click.echo(str(finding))
    errors = sum(not finding.warning for finding in findings)
    click.echo(f"{errors} error{'s' * (errors != 1)}, {len(findings) - errors} warning{'s' * (len(findings) - errors != 1)}")
    if errors:
        sys.exit(1)
    guide = _guide()
    if not quick:
        keep_matching(_content_dir(), guide)  # an image is made ready for a fast start by checking it
        if _settings().semantic:
            _meanings(guide)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language; can be given again.")
def pictures(folder: Path, languages: tuple[str, ...]) -> None:
    """Draw all pictures of the fixes into FOLDER, light and dark, to be looked at."""
    from bot.variants import pictures as pictures_of  # noqa: PLC0415

    try:
        from bot.drawing import Scheme, draw  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise click.ClickException("drawing needs Pillow: pip install 'backup-medic[pictures]'") from error

    guide = _guide()
    if unknown := sorted(set(languages) - guide.responses.keys()):
        raise click.ClickException(f"there is no folder responses/{unknown[0]}")
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for language in languages or sorted(guide.responses):
        for fix in guide.fixes.values():
            for number, picture in enumerate(pictures_of(guide, fix, language), 1):
                for scheme in Scheme:
                    (folder / f"{language}-{fix.id}-{number}-{scheme.value}.png").write_bytes(draw(picture, scheme))
                    total += 1
    click.echo(f"{total} pictures in {folder}")


@main.command()
@click.option("--name", metavar="USERNAME", help="The bot's user name; without it Telegram is asked, with the token.")
@click.option("--language", metavar="CODE", default="en", show_default=True, help="The language of the titles.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array of objects: kind, id, title, url.")
@click.option("--svg", type=click.Path(path_type=Path, file_okay=False), help="Also draw a QR code of each link into this folder.")
def links(name: str | None, language: str, svg: Path | None, *, as_json: bool) -> None:
    """Print links that open the bot at one error, question or fix: for a website or a help desk."""
    from dataclasses import asdict  # noqa: PLC0415

    from bot import linking  # noqa: PLC0415

    guide = _guide()
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


@main.command()
@click.argument("language")
@click.argument("entries", nargs=-1)
def translated(language: str, entries: tuple[str, ...]) -> None:
    """Note that texts of LANGUAGE are translations of the English ones as they are now: ENTRIES (such as fixes/restart), or all."""
    from bot.originals import note  # noqa: PLC0415
    from bot.reading import Reader  # noqa: PLC0415

    reader = Reader(_content_dir())
    guide = reader.guide()
    if language not in guide.responses:
        raise click.ClickException(f"there is no folder responses/{language}")
    try:
        count = note(guide, reader.folder, language, reader.originals.get(language, {}), entries)
    except KeyError as error:
        raise click.ClickException(f"responses/{language} has no entry {error.args[0]}") from None
    click.echo(f"{count} entries noted as up to date with English")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/schemas"))
def schemas(folder: Path) -> None:
    """Write the JSON Schemas of the YAML files into FOLDER, for editors."""
    from bot.schemas import write_json_schemas  # noqa: PLC0415

    for path in write_json_schemas(folder):
        click.echo(str(path))


@main.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look, today included.")
@click.option("--suggest-order", is_flag=True, help="Show where experience contradicts the order of fixes, as a diff to review.")
def report(days: int, *, suggest_order: bool) -> None:
    """Show what was not understood, by language and length: anonymous counts, no messages. The bot may run meanwhile."""
    from bot.reporting import unmatched_report  # noqa: PLC0415
    from bot.store.counts import outcomes_since, unmatched_since  # noqa: PLC0415
    from bot.suggesting import suggestion_report, suggestions  # noqa: PLC0415

    first = time.strftime("%Y-%m-%d", time.gmtime(time.time() - (days - 1) * 24 * 60 * 60))
    if suggest_order:
        outcomes = _beside_the_bot(lambda database: outcomes_since(database, first))
        click.echo(suggestion_report(_content_dir(), suggestions(_guide(), outcomes), days))
    else:
        click.echo(unmatched_report(_beside_the_bot(lambda database: unmatched_since(database, first)), days))


@main.command()
@click.argument("errors", nargs=-1)
@click.option("--people", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="How many to play for each error.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other people.")
@click.option("--json", "as_json", is_flag=True, help="Write all figures as one JSON object.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw it too, as .png or .svg (needs the extra plots).")
def simulate(errors: tuple[str, ...], people: int, seed: int, *, as_json: bool, picture: Path | None) -> None:
    """Play simulated people with ERRORS (all of them, if none is named): what the order of the fixes is worth."""
    from bot.simulation.command import CannotSimulate, simulated  # noqa: PLC0415
    from bot.simulation.worlds import Setting  # noqa: PLC0415

    try:
        click.echo(simulated(_guide(), errors, Setting(people, seed), as_json=as_json, picture=picture))
    except CannotSimulate as error:
        raise click.ClickException(str(error)) from error


@main.group(invoke_without_command=True)
@click.pass_context
def queue(context: click.Context) -> None:
    """List what was put aside: updates that could not be handled, replies that could not be sent. The bot may run meanwhile."""
    if context.invoked_subcommand is not None:
        return
    found = _on_shelf(lambda shelf: shelf.all())
    for one in found:
        click.echo(f"{one.id}  {_day_and_time(one.at)}  {one.conversation or '-'}  {one.reason}{'  (to be handled again)' * one.marked}")
    click.echo("nothing was put aside" if not found else f"{len(found)} put aside; show ID, replay ID or drop ID tells and does more")


@queue.command()
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """Tell more of ID: what it consists of, and whether it can be replayed. No words of anybody are shown."""
    found = next((one for one in _on_shelf(lambda shelf: shelf.all()) if one.id == id_), None)
    if found is None:
        raise click.ClickException(f"{id_}: there is nothing of this id")
    click.echo(
        f"{found.id}\nconversation: {found.conversation or 'not known'}\nreason: {found.reason}\nput aside: {_day_and_time(found.at)}"
    )
    click.echo(f"holds: {found.holds}" if found.holds else "holds: nothing any more, so it cannot be replayed")


@queue.command()
@click.argument("id_", metavar="ID", required=False)
@click.option("--all", "all_", is_flag=True, help="All that can be replayed.")
def replay(id_: str | None, all_: bool) -> None:
    """Have the bot handle the update, or send the reply, ID once more: at once if it runs, else at its next start."""
    if (id_ is None) is not all_:
        raise click.UsageError("give an id, or --all")

    async def work(shelf: Shelf) -> dict[str, str]:
        wanted = [id_] if id_ is not None else [one.id for one in await shelf.all() if one.holds]
        return {one: await shelf.replay(one) for one in wanted}

    for one, outcome in _on_shelf(work).items():
        _tell_of(one, outcome)


@queue.command()
@click.argument("id_", metavar="ID")
def drop(id_: str) -> None:
    """Delete ID from what was put aside."""
    _tell_of(id_, _on_shelf(lambda shelf: shelf.drop(id_)))


def _on_shelf(work: Callable[[Shelf], Awaitable[T]]) -> T:
    """Do something with what was put aside in the database of the settings; its result."""
    from bot.store.aside import Shelf  # noqa: PLC0415

    return _beside_the_bot(lambda database: work(Shelf(database)))


def _beside_the_bot(work: Callable[[Database], Awaitable[T]]) -> T:
    """Do something in the database of the settings, which the bot may use at the same time; its result."""
    import asyncio  # noqa: PLC0415

    from bot.store import StoreError  # noqa: PLC0415
    from bot.store.beside import opened_beside  # noqa: PLC0415

    async def run() -> T:
        async with opened_beside(_settings().database_url) as database:
            return await work(database)

    try:
        return asyncio.run(run())
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def _tell_of(id_: str, outcome: str) -> None:
    from bot.store.aside import NO_SUCH  # noqa: PLC0415

    if outcome == NO_SUCH:
        raise click.ClickException(f"{id_}: {outcome}")
    click.echo(f"{id_}: {outcome}")


def _day_and_time(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))


def _log_to_stderr(settings: Settings) -> None:
    import logging  # noqa: PLC0415

    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _settings_with_help() -> Settings:
    """The settings; semantic help that they ask for can be given."""
    settings = _settings()
    if settings.semantic:
        from bot.semantic import CannotHelp, check_installed  # noqa: PLC0415

        try:
            check_installed()
        except CannotHelp as error:
            raise click.ClickException(f"SEMANTIC is yes, but {error}") from error
    return settings


def _settings_with_token() -> tuple[Settings, str]:
    settings = _settings_with_help()
    if settings.telegram_bot_token is None:
        cure = "get a token from @BotFather on Telegram and set TELEGRAM_BOT_TOKEN, in the environment or in .env"
        raise click.ClickException(f"no token: {cure}. `python -m bot chat` talks here, without one")
    return settings, settings.telegram_bot_token


def _username() -> str:
    """The bot's user name, as Telegram tells it."""
    import asyncio  # noqa: PLC0415

    from bot.running import username_of  # noqa: PLC0415
    from bot.transports import CannotRun  # noqa: PLC0415

    try:
        return asyncio.run(username_of(*_settings_with_token()))
    except CannotRun as error:
        raise click.ClickException(f"{error} (or give the name with --name)") from error


def _content_dir() -> Path:
    from bot.content import content_dir  # noqa: PLC0415
    from bot.findings import ContentError  # noqa: PLC0415

    try:
        return content_dir(_settings().content_dir)
    except ContentError as error:
        raise click.ClickException(str(error)) from error


def _guide() -> Guide:
    from bot.content import load_guide  # noqa: PLC0415
    from bot.findings import ContentError  # noqa: PLC0415

    try:
        return load_guide(_content_dir())
    except ContentError as error:
        raise click.ClickException(f"the content has errors (python -m bot check lists them too):\n{error}") from error


def _matcher(guide: Guide, *, semantic: bool) -> Matcher:
    from bot.matching import Matcher  # noqa: PLC0415

    return Matcher(guide, _meanings(guide)) if semantic else Matcher(guide)


def _meanings(guide: Guide) -> Mapping[str, Meaning]:
    from bot.semantic import CannotHelp, semantic_help  # noqa: PLC0415

    try:
        return semantic_help(_content_dir(), guide)
    except CannotHelp as error:
        raise _Unusable(str(error)) from error


def _reader(guide: Guide) -> Callable[[str], Heard]:
    """Text -> what it means, on the person's own day, here in their terminal."""
    semantic = _settings_with_help().semantic
    read = BackgroundMatcher(guide, _content_dir(), semantic=semantic).read
    return lambda text: read(text, today=date.today())  # noqa: DTZ011
