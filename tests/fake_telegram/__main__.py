"""The fake Telegram as a process: prints its port, and runs until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal

import click

from tests.fake_telegram.server import FakeTelegram


@click.command()
@click.option("--port", default=0, show_default="a free one", help="Where to listen, on 127.0.0.1.")
@click.option("--seed", default=0, help="Of all chance: update numbers, query ids.")
def main(port: int, seed: int) -> None:
    """Run the fake Telegram, and print its port."""
    gc.set_threshold(100_000, 50, 100)  # it keeps all that was ever said, so looking for garbage often only costs time
    asyncio.run(_run(port, seed))


async def _run(port: int, seed: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeTelegram(port=port, seed=seed) as telegram:
        click.echo(telegram.port)
        await stop.wait()


main()
