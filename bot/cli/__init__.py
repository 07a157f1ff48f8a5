"""`python -m bot …`: one module of commands for each kind of people; every error becomes one line that says what to do."""

from __future__ import annotations

import click

from bot import __version__
from bot.cli import authors, operators, shelf, terminal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backup-medic")
def main() -> None:
    """Backup Medic: helps when an iPhone does not back up to iCloud."""


for _command in (
    terminal.chat,
    *(authors.match, authors.eval_, authors.check, authors.pictures, authors.simulate, authors.translated, authors.schemas),
    *(operators.run, operators.web, operators.setup, operators.health, operators.migrate, operators.backup),
    *(operators.links, operators.report),
    shelf.queue,
):
    main.add_command(_command)
