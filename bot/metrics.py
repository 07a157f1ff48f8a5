"""What a running bot counts, in plain Python: to count costs a fraction of a microsecond, and nobody who counts needs a library.

Each process counts for itself, from its start. `transports.exporting` shows it to Prometheus; docs/observability.md says what is normal.
Labels never name a person, a chat or a message: their values are few, and known from the code and the content.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

PREFIX: Final = "backup_medic_"
QUICK: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: upper bounds for what goes on within this machine."""
REMOTE: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Seconds: upper bounds for what waits for Telegram."""

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """What only grows. labels: the names of its labels. known: values of theirs that are shown as 0 before the first time."""

    name: str
    meaning: str
    labels: Labels = ()
    known: Iterable[Labels] = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.update(dict.fromkeys(self.known if self.labels else ((),), 0.0))

    def add(self, *labels: str, amount: float = 1.0) -> None:
        """Count once more (or so often) under these values of the labels."""
        self.values[labels] = self.values.get(labels, 0.0) + amount

    def total(self, **only: str) -> int:
        """The sum over all, or over those with these values of labels."""
        wanted = [(self.labels.index(name), value) for name, value in only.items()]
        return int(sum(count for labels, count in self.values.items() if all(labels[place] == value for place, value in wanted)))


@dataclass(frozen=True, slots=True)
class Gauge:
    """What goes up and down. One that was never set is not shown."""

    name: str
    meaning: str
    labels: Labels = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def set(self, value: float, *labels: str) -> None:
        """Note how it is now under these values of the labels."""
        self.values[labels] = value


@dataclass(slots=True)
class Spread:
    """How many observations fell below each bound (and above the last), and their sum."""

    counts: list[int]
    sum: float = 0.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """How what is observed is spread. bounds: the upper ends of its buckets, growing."""

    name: str
    meaning: str
    labels: Labels = ()
    bounds: tuple[float, ...] = QUICK
    values: dict[Labels, Spread] = field(default_factory=dict)

    def observe(self, value: float, *labels: str) -> None:
        """Note one observation under these values of the labels."""
        spread = self.values.get(labels)
        if spread is None:
            spread = self.values[labels] = Spread([0] * (len(self.bounds) + 1))
        spread.counts[bisect_left(self.bounds, value)] += 1
        spread.sum += value


Metric = Counter | Gauge | Histogram

# --- the bot itself ---

BUILD_INFO: Final = Gauge("build_info", "Always 1; which version runs, and how: polling, webhook or web.", ("version", "mode"))
READY: Final = Gauge("ready", "1 when /readyz says ready, asked at each scrape.")
LEADER: Final = Gauge("leader", "1 while this replica polls, of all on one database; only where the bot polls.")
LOOP_LAG: Final = Gauge("loop_lag_seconds", "How late the event loop was at worst since the last scrape.")
LOG_MESSAGES: Final = Counter(
    "log_messages_total", "Lines in the log from warning on.", ("level",), [("warning",), ("error",), ("critical",)]
)

# --- updates ---

UPDATES: Final = Counter(
    "updates_total",
    "Updates by kind and by what became of them.",
    ("kind", "outcome"),
    [("message", "handled"), ("callback_query", "handled"), ("message", "put_aside"), ("callback_query", "repeated")],
)
UPDATE_SECONDS: Final = Histogram("update_seconds", "Handling of one update, from raw to committed.")
ACKNOWLEDGEMENT_SECONDS: Final = Histogram("acknowledgement_seconds", "From the arrival of an update to its acknowledgement.")
HTTP_RESPONSES: Final = Counter("http_responses_total", "Answers of the webhook to updates, or of the web chat to its pages.", ("status",))
LAST_POLL: Final = Gauge("last_poll_timestamp_seconds", "When Telegram last answered getUpdates; only where this replica polls.")

# --- replies ---

API_CALLS: Final = Counter("api_calls_total", "Calls of the Bot API by method and result.", ("method", "result"))
API_CALL_SECONDS: Final = Histogram("api_call_seconds", "How long calls of the Bot API took; getUpdates apart.", ("method",), REMOTE)
REPLIES: Final = Counter(
    "replies_total",
    "Replies by what became of them.",
    ("outcome",),
    [("sent",), ("edited",), ("replaced",), ("blocked",), ("closed",), ("dead_letter",), ("postponed",)],
)
QUEUE_REPLIES: Final = Gauge("queue_replies", "Replies in the queue of the database, the same for all replicas.")
QUEUE_OLDEST: Final = Gauge("queue_oldest_seconds", "Age of the oldest reply in the queue of the database; 0 when it is empty.")
DELIVERY_LAG: Final = Gauge("delivery_lag_seconds", "Age of the oldest reply that this process has in hand.")
PUT_ASIDE: Final = Gauge("put_aside", "What `python -m bot queue` lists: updates, and replies (dead letters).", ("what",))

# --- conversations ---

MATCHES: Final = Counter(
    "matches_total", "Texts by how sure the matching was, and the kind of what they were nearest to.", ("decision", "kind")
)
FIXES: Final = Counter("fixes_total", "Fixes by what became of them.", ("fix", "outcome"))
TIMERS: Final = Counter(
    "timers_total", "Reminders: fired, or dropped since they could not be handled.", ("outcome",), [("fired",), ("dropped",)]
)

# --- the store ---

STORE_SECONDS: Final = Histogram("store_seconds", "How long the store took, waiting for its turn included.", ("operation",))
STORE_ERRORS: Final = Counter("store_errors_total", "How often the store did not do its work.", ("operation",), [("handle",), ("sent",)])

# --- the webhook, and operators ---

WEBHOOK_REGISTERED: Final = Gauge("webhook_registered", "1 when Telegram sends updates to our WEBHOOK_URL; only behind a webhook.")
WEBHOOK_PENDING: Final = Gauge("webhook_pending_updates", "Updates that wait at Telegram (pending_update_count); only behind a webhook.")
WEBHOOK_LAST_ERROR: Final = Gauge(
    "webhook_last_error_timestamp_seconds", "When Telegram last could not deliver (last_error_date), 0 for never; only behind a webhook."
)
OPERATOR_ALERTS: Final = Counter("operator_alerts_total", "Alerts to OPERATOR_CHAT_IDS: sent or failed.", ("kind", "result"))

ALL: Final[tuple[Metric, ...]] = tuple(value for value in tuple(globals().values()) if isinstance(value, Counter | Gauge | Histogram))
"""Every metric above, in its order."""
