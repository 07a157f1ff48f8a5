"""The commands for what an operator finds put aside: `queue` and what can be done with its entries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.common import beside_the_bot, day_and_time

if TYPE_CHECKING:
    from bot.store.aside import Shelf

T = TypeVar("T")


@click.group(invoke_without_command=True)
@click.pass_context
def queue(context: click.Context) -> None:
    """List what was put aside: updates that could not be handled, replies that could not be sent. The bot may run meanwhile."""
    if context.invoked_subcommand is not None:
        return
    found = _on_shelf(lambda shelf: shelf.all())
    for one in found:
        click.echo(f"{one.id}  {day_and_time(one.at)}  {one.conversation or '-'}  {one.reason}{'  (to be handled again)' * one.marked}")
    click.echo("nothing was put aside" if not found else f"{len(found)} put aside; show ID, replay ID or drop ID tells and does more")


@queue.command()
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """Tell more of ID: what it consists of, and whether it can be replayed. No words of anybody are shown."""
    found = next((one for one in _on_shelf(lambda shelf: shelf.all()) if one.id == id_), None)
    if found is None:
        raise click.ClickException(f"{id_}: there is nothing of this id")
    click.echo(
        f"{found.id}\nconversation: {found.conversation or 'not known'}\nreason: {found.reason}\nput aside: {day_and_time(found.at)}"
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

    return beside_the_bot(lambda database: work(Shelf(database)))


def _tell_of(id_: str, outcome: str) -> None:
    from bot.store.aside import NO_SUCH  # noqa: PLC0415

    if outcome == NO_SUCH:
        raise click.ClickException(f"{id_}: {outcome}")
    click.echo(f"{id_}: {outcome}")
