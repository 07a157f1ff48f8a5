"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.metrics import ALL, PREFIX, QUICK, Counter, Gauge, Histogram
from bot.store import Backlog, Store, StoreError
from bot.transports.exporting import Exporter, exporting
from tests.running_bot import free_port

DOCS: Final = Path(__file__).parents[1] / "docs" / "observability.md"


def test_counter() -> None:
    """It adds up by labels; what is known beforehand is there as 0."""
    counter = Counter("calls_total", "Calls.", ("method", "result"), [("send", "ok")])
    assert counter.values == {("send", "ok"): 0}
    for method, result in (("send", "ok"), ("send", "refused"), ("edit", "ok")):
        counter.add(method, result)
    counter.add("edit", "ok", amount=3)
    assert (counter.total(), counter.total(method="send"), counter.total(result="ok"), counter.total(method="none")) == (6, 2, 5, 0)


def test_histogram() -> None:
    """What is exactly at a bound counts as below it, and what is above the last bound counts too."""
    histogram = Histogram("seconds", "Time.", bounds=(0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7):
        histogram.observe(value)
    assert (histogram.values[()].counts, histogram.values[()].sum) == ([2, 1, 1], 7.65)


def read_back(monkeypatch: pytest.MonkeyPatch, *shown: metrics.Metric) -> dict[str, Any]:
    """Metrics as Prometheus's own parser reads them: name with labels -> value."""
    monkeypatch.setattr("bot.transports.exporting.ALL", shown)
    registry = CollectorRegistry()
    registry.register(Exporter.__new__(Exporter))
    families = list(text_string_to_metric_families(generate_latest(registry).decode()))
    return {f"{one.name} {' '.join(sorted(one.labels.values()))}".rstrip(" "): one.value for family in families for one in family.samples}


def test_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prometheus reads the same figures, in cumulated buckets; a gauge that was never set is not there."""
    counter, histogram = Counter("calls_total", 'Of "all" kinds.', ("method",)), Histogram("seconds", "Time.", ("of",), bounds=(0.1, 1.0))
    counter.add('a "b"\n')
    for value in (0.05, 0.5, 0.6, 7):
        histogram.observe(value, "x")
    gauge, unset = Gauge("queue", "Waiting."), Gauge("unset", "Never.")
    gauge.set(3)
    assert read_back(monkeypatch, counter, histogram, gauge, unset) == {
        'backup_medic_calls_total a "b"\n': 1,
        "backup_medic_seconds_bucket 0.1 x": 1,
        "backup_medic_seconds_bucket 1.0 x": 3,
        "backup_medic_seconds_bucket +Inf x": 4,
        "backup_medic_seconds_count x": 4,
        "backup_medic_seconds_sum x": 8.15,
        "backup_medic_queue": 3,
    }


class NoStore:
    """A store that cannot be asked."""

    async def backlog(self, now: int) -> Backlog:
        raise StoreError("the disk is full")


async def test_what_is_not_known_is_not_shown() -> None:
    """Without the store the figures of the queue are missing, not old ones; all else is there, and says that the bot is not ready."""
    metrics.QUEUE_REPLIES.set(5)
    port = free_port()

    async def trouble() -> str:
        return "the disk is full"

    exporter = Exporter(cast("Store", NoStore()), trouble, lambda: 7, lambda: 0)
    async with exporting(exporter, "127.0.0.1", port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        async with session.get("/metrics") as answer:
            text = await answer.text()
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "not ready: the disk is full\n")
    assert "\nbackup_medic_queue_replies " not in text
    assert "backup_medic_ready 0.0" in text
    assert "backup_medic_delivery_lag_seconds 7.0" in text
    assert 'backup_medic_store_errors_total{operation="backlog"}' in text


def test_names() -> None:
    """By Prometheus's rules: counters end in _total, and nothing else does; every one has its own name, and says what it means."""
    names = [metric.name for metric in ALL]
    assert len(set(names)) == len(names) > 20
    for metric in ALL:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", metric.name)
        assert isinstance(metric, Counter) == metric.name.endswith("_total")
        assert metric.meaning.endswith(".")
        if isinstance(metric, Histogram):
            assert list(metric.bounds) == sorted(metric.bounds)
            assert metric.name.endswith("_seconds")
    assert list(QUICK) == sorted(QUICK)


def test_every_metric_is_explained() -> None:
    """docs/observability.md has a row for each, with its labels, and for nothing else; the operator reads there what is normal."""
    rows = re.findall(rf"^\| `{PREFIX}(\w+)(?:\{{([\w, ]*)\}})?` \| (\w+) \|(.+)\|(.+)\|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    explained = {(name, labels, kind) for name, labels, kind, meaning, normal in rows if meaning.strip() and normal.strip()}
    assert explained == {(metric.name, ", ".join(metric.labels), type(metric).__name__.lower()) for metric in ALL}
