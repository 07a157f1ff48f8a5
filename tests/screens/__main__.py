"""`python -m tests.screens`: reads all drawn screens, and prints how well; `--write FOLDER` only draws them, to be looked at."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import click

from bot.ocr import reader_here
from tests.conversing import shipped_guide, shipped_matcher
from tests.screens.drawing import drawn
from tests.screens.reading import Result, all_screens, results


@click.command()
@click.option("--write", type=click.Path(path_type=Path, file_okay=False), help="Write the pictures into this folder, and read none.")
@click.option("--only", default="", help="Only the screens with this in their names.")
def main(write: Path | None, only: str) -> None:
    """Draw and read the screens."""
    screens = [screen for screen in all_screens() if only in screen.id]
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for screen in screens:
            (write / f"{screen.id}.{'png' if screen.sent == 'file' else 'jpg'}").write_bytes(drawn(screen))
        return
    reader = reader_here()
    if reader is None:
        raise click.ClickException("pictures cannot be read here: install the extra `ocr` and tesseract")

    async def read() -> list[Result]:
        found = []
        async for result in results(reader, shipped_guide(), shipped_matcher(), screens):
            click.echo(
                f"{'right' if result.right else 'WRONG'}  {result.screen.id:30} {result.got or '-':22} "
                f"{result.errors:5.1%} misread  {result.looks} looks  {result.seconds:4.1f} s"
            )
            found.append(result)
        return found

    found = asyncio.run(read())
    for name, part in (("screenshots", [r for r in found if r.screen.clean]), ("photos", [r for r in found if not r.screen.clean])):
        if part:
            right, errors = sum(r.right for r in part), [r.errors for r in part if r.screen.intent]
            click.echo(f"{name}: {right} of {len(part)} right ({right / len(part):.1%}), {sum(errors) / max(len(errors), 1):.1%} misread")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    click.echo(
        f"{(used.ru_utime + used.ru_stime) / len(found):.2f} s of CPU a picture, {used.ru_maxrss / 1024:.0f} MiB at most in one process"
    )


main()
