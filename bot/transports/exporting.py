"""The metrics as Prometheus reads them, on a small server of their own, which tells about the process too.

Some things are looked at only when somebody asks: the queue, whether the bot is ready, and how late the event loop is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from bot.metrics import (
    ALL,
    DELIVERY_LAG,
    LOOP_LAG,
    PREFIX,
    PUT_ASIDE,
    QUEUE_OLDEST,
    QUEUE_REPLIES,
    READY,
    Counter,
    Gauge,
    Histogram,
    Metric,
)
from bot.store import Store, StoreError
from bot.store.timing import timed
from bot.transports.probes import Trouble, probes
from bot.transports.serving import Server

BEAT: Final = 1.0
"""Seconds between two looks at how late the event loop is."""
LOOK_SECONDS: Final = 2.0
"""How long the store may take to tell about the queue: Prometheus waits for ten."""
OURS: Final = ("METRICS_HOST", "METRICS_PORT")

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class Exporter(Collector):
    """The application.

    trouble: why the process is not ready. lag: seconds that the oldest reply in hand has waited. clock: whole seconds since 1970.
    """

    def __init__(self, store: Store, trouble: Trouble, lag: Callable[[], int], clock: Callable[[], int]) -> None:
        self._store = store
        self._trouble = trouble
        self._lag = lag
        self._clock = clock
        self._late = 0.0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        for of_process in (ProcessCollector, PlatformCollector, GCCollector):
            of_process(registry=self._registry)
        self.app = Router([Route("/metrics", self._metrics, methods=["GET"]), *probes(trouble)], redirect_slashes=False)

    def collect(self) -> Iterator[Family]:
        """All metrics as they are now."""
        return map(_family, ALL)

    async def watch_loop(self) -> None:
        """Notice how late the event loop is, until cancelled."""
        now = asyncio.get_running_loop().time
        while True:
            due = now() + BEAT
            await asyncio.sleep(BEAT)
            self._late = max(self._late, now() - due)

    async def _metrics(self, request: Request) -> Response:
        READY.set(not await self._trouble())
        DELIVERY_LAG.set(self._lag())
        late, self._late = self._late, 0.0
        LOOP_LAG.set(late)
        await self._look_at_queue()
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(self._registry), headers={"Content-Type": kind})

    async def _look_at_queue(self) -> None:
        """What waits in the database; what cannot be known is not shown."""
        for gauge in (QUEUE_REPLIES, QUEUE_OLDEST, PUT_ASIDE):
            gauge.values.clear()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await timed("backlog", self._store.backlog(self._clock()))
        except (TimeoutError, StoreError):
            return
        QUEUE_REPLIES.set(found.replies)
        QUEUE_OLDEST.set(found.oldest)
        PUT_ASIDE.set(found.updates_aside, "update")
        PUT_ASIDE.set(found.letters, "reply")


@asynccontextmanager
async def exporting(exporter: Exporter, host: str, port: int) -> AsyncIterator[None]:
    """Serve it as long as the block runs. Raises CannotRun."""
    async with Server(exporter.app, host, port, OURS):
        watching = asyncio.create_task(exporter.watch_loop())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def _family(metric: Metric) -> Family:
    """A metric as Prometheus's library wants it."""
    match metric:
        case Counter():
            counted = CounterMetricFamily(PREFIX + metric.name, metric.meaning, labels=metric.labels)
            return _filled(counted, metric.values.items())
        case Gauge():
            return _filled(GaugeMetricFamily(PREFIX + metric.name, metric.meaning, labels=metric.labels), metric.values.items())
        case Histogram():
            return _buckets(metric)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, values: Iterable[tuple[tuple[str, ...], float]]) -> Family:
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _buckets(metric: Histogram) -> HistogramMetricFamily:
    family = HistogramMetricFamily(PREFIX + metric.name, metric.meaning, labels=metric.labels)
    names = [*map(str, metric.bounds), "+Inf"]
    for labels, spread in metric.values.items():
        family.add_metric(labels, list(zip(names, map(float, accumulate(spread.counts)), strict=True)), spread.sum)
    return family
