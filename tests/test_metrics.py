"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from bot import metrics
from bot.metrics import ALL, PREFIX, QUICK, Counter, Gauge, Histogram

parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
from prometheus_client import CollectorRegistry, generate_latest

from bot.transports.exporting import Exporter

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
    families = list(parser.text_string_to_metric_families(generate_latest(registry).decode()))
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
