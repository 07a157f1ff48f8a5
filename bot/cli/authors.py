"""The commands for authors, who write the content: check it, explain and measure how it is understood, see what it is worth."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import Unusable, checked_guide, checked_settings, content_folder, matcher_of, meanings_of

if TYPE_CHECKING:
    from bot.matching import Matcher
    from bot.model import Guide


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Read one message per line on standard input, write one JSON object per line.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Explain what is read in this picture.")
@click.option("--semantic", is_flag=True, help="With semantic help, which is an extra.")
def match(text: str | None, picture: Path | None, *, as_json: bool, semantic: bool) -> None:
    """Explain how TEXT is understood, word by word."""
    from bot.explaining import as_object, explained, text_of  # noqa: PLC0415

    guide = checked_guide()
    matcher = matcher_of(guide, semantic=semantic)
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


@click.command("eval")
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

    guide = checked_guide()
    try:
        if picture is not None:
            ready_to_draw(picture)
        said = read_utterances(files, guide.intents)
        said = said.only(language) if language is not None else said
    except (CannotDraw, UtterancesError) as error:
        raise Unusable(str(error)) from error
    found = evaluated(guide, matcher_of(guide, semantic=semantic), said, with_misses=misses)
    click.echo(json.dumps(objects.as_object(found, with_misses=misses), ensure_ascii=False) if as_json else tables.as_text(found))
    if misses and not as_json:
        click.echo(f"\n{tables.misses_as_text(found.misses)}")
    if picture is not None:
        try:
            draw(found, guide, picture)
        except OSError as error:
            raise click.ClickException(f"{picture} cannot be written: {error.strerror or error}") from error


@click.command()
@click.option("--quick", is_flag=True, help="Do not make the next start fast as well.")
def check(*, quick: bool) -> None:
    """Check the content: every problem at once, each with file, line and cure."""
    from bot.checking import check_content  # noqa: PLC0415
    from bot.content import keep_matching  # noqa: PLC0415

    findings = check_content(content_folder())
    for finding in findings:
        click.echo(str(finding))
    errors = sum(not finding.warning for finding in findings)
    click.echo(f"{errors} error{'s' * (errors != 1)}, {len(findings) - errors} warning{'s' * (len(findings) - errors != 1)}")
    if errors:
        sys.exit(1)
    guide = checked_guide()
    if not quick:
        keep_matching(content_folder(), guide)  # an image is made ready for a fast start by checking it
        if checked_settings().semantic:
            meanings_of(guide)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language; can be given again.")
def pictures(folder: Path, languages: tuple[str, ...]) -> None:
    """Draw all pictures of the fixes into FOLDER, light and dark, to be looked at."""
    from bot.variants import pictures as pictures_of  # noqa: PLC0415

    try:
        from bot.drawing import Scheme, draw  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise click.ClickException("drawing needs Pillow: pip install 'backup-medic[pictures]'") from error

    guide = checked_guide()
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


@click.command()
@click.argument("language")
@click.argument("entries", nargs=-1)
def translated(language: str, entries: tuple[str, ...]) -> None:
    """Note that texts of LANGUAGE are translations of the English ones as they are now: ENTRIES (such as fixes/restart), or all."""
    from bot.originals import note  # noqa: PLC0415
    from bot.reading import Reader  # noqa: PLC0415

    reader = Reader(content_folder())
    guide = reader.guide()
    if language not in guide.responses:
        raise click.ClickException(f"there is no folder responses/{language}")
    try:
        count = note(guide, reader.folder, language, reader.originals.get(language, {}), entries)
    except KeyError as error:
        raise click.ClickException(f"responses/{language} has no entry {error.args[0]}") from None
    click.echo(f"{count} entries noted as up to date with English")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/schemas"))
def schemas(folder: Path) -> None:
    """Write the JSON Schemas of the YAML files into FOLDER, for editors."""
    from bot.schemas.editors import write_json_schemas  # noqa: PLC0415

    for path in write_json_schemas(folder):
        click.echo(str(path))


@click.command()
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
        click.echo(simulated(checked_guide(), errors, Setting(people, seed), as_json=as_json, picture=picture))
    except CannotSimulate as error:
        raise click.ClickException(str(error)) from error
