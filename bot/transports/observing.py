"""The private server of a running bot: metrics and probes on METRICS_PORT, where the operator set one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from bot import __version__
from bot.clocks import SteadyClock
from bot.metrics import BUILD_INFO
from bot.settings import Settings
from bot.store import Store
from bot.transports import CannotRun

NO_EXPORTER: Final = "METRICS_PORT needs a few more packages: pip install 'backup-medic[metrics]' (or leave it empty)"


def observed(
    settings: Settings, store: Store, mode: str, trouble: Callable[[], Awaitable[str]], lag: Callable[[], int]
) -> AbstractAsyncContextManager[None]:
    """Serve metrics and probes as long as the block runs, if that is wanted. Raises CannotRun.

    mode: polling, webhook or web. trouble: why no work should come; empty when it should. lag: seconds that the oldest reply has waited.
    """
    BUILD_INFO.set(1, __version__, mode)
    if settings.metrics_port is None:
        return nullcontext()
    try:
        from bot.transports.exporting import Exporter, exporting  # noqa: PLC0415 - most bots work without the extra
    except ModuleNotFoundError as error:
        raise CannotRun(NO_EXPORTER) from error
    return exporting(Exporter(store, trouble, lag, SteadyClock()), settings.metrics_host, settings.metrics_port)
