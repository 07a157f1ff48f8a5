"""Our bot under cProfile, both its threads: `python -m tests.bench.profiled_bot FILE` runs it as `python -m bot run` does.

It writes FILE.loop (the event loop, once updates come) and FILE.writer (the store's thread) when it is told to stop.
"""

from __future__ import annotations

import cProfile
import sys
from typing import Any

from bot.cli.operators import run
from bot.store.writer import Writer
from bot.transports.polling import Polling


def main(file: str) -> None:
    writer_class: Any = Writer
    polling_class: Any = Polling
    serve = writer_class._serve  # noqa: SLF001 - what runs on the writer thread
    poll = polling_class.run

    def profiled_serve(writer: Writer) -> None:
        profile = cProfile.Profile()
        profile.runcall(serve, writer)
        profile.dump_stats(f"{file}.writer")

    async def profiled_run(polling: Polling, *arguments: Any) -> None:
        profile = cProfile.Profile()
        profile.enable()  # of this thread: all that its loop does from here on
        try:
            await poll(polling, *arguments)
        finally:
            profile.disable()
            profile.dump_stats(f"{file}.loop")

    writer_class._serve = profiled_serve  # noqa: SLF001
    polling_class.run = profiled_run
    run(args=[])


if __name__ == "__main__":
    main(sys.argv[1])
