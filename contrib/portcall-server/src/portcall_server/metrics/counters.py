"""The numbers of one process, in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portcall.outbox import OutboxStatus

_LAG_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400)


class Counters:
    """Everything that a service counts; safe to use from any thread."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self._calls: Final = Counter(
            "portcall_ingest_calls", "Calls by what became of them.", ("source", "code"),
            registry=self.registry,
        )  # fmt: skip
        self._events: Final = Counter(
            "portcall_ingest_events", "Events that came in and are durable.", ("source",),
            registry=self.registry,
        )  # fmt: skip
        self._outcomes: Final = Counter(
            "portcall_outcomes", "What became of attempts to deliver an event.",
            ("destination", "connection", "action", "outcome"), registry=self.registry,
        )  # fmt: skip
        self._lag: Final = Histogram(
            "portcall_delivery_lag_seconds", "From the outbox to the destination.",
            ("destination", "connection", "action"), buckets=_LAG_S, registry=self.registry,
        )  # fmt: skip
        self._refreshes: Final = Counter(
            "portcall_token_refreshes", "Tokens that were replaced by fresh ones.",
            ("destination", "connection"), registry=self.registry,
        )  # fmt: skip

    def call(self, source: str, code: str, events: int) -> None:
        """Count a call that came in; see `IngestRoutes`."""
        self._calls.labels(source, code).inc()
        if code == "taken":
            self._events.labels(source).inc(events)

    def outcome(
        self, destination: str, connection: str, action: str, outcome: str, events: int
    ) -> None:
        """Count what became of some events."""
        self._outcomes.labels(destination, connection, action, outcome).inc(events)

    def lag(self, destination: str, connection: str, action: str, lag_s: float) -> None:
        """Note how long an event took from the outbox to its destination."""
        self._lag.labels(destination, connection, action).observe(max(lag_s, 0.0))

    def refresh(self, destination: str, connection: str) -> None:
        """Count a token that was replaced."""
        self._refreshes.labels(destination, connection).inc()


class OutboxCollector(Collector):
    """What the outbox holds, looked up when it is asked for.

    Args:
        status: Returns it.
        now: The time of this machine.
    """

    def __init__(
        self,
        status: Callable[[], OutboxStatus],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._status: Final = status
        self._now: Final = now

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges."""
        status, now = self._status(), self._now()
        held = GaugeMetricFamily("portcall_outbox_held_events", "Events that are not delivered.")
        held.add_metric((), status.held_events)
        size = GaugeMetricFamily("portcall_outbox_held_bytes", "Their bytes.")
        size.add_metric((), status.held_bytes)
        events = GaugeMetricFamily(
            "portcall_outbox_events", "Events by state.", labels=("connection", "state")
        )
        oldest = GaugeMetricFamily(
            "portcall_outbox_oldest_seconds",
            "For how long the oldest event that waits has been due.",
            labels=("connection",),
        )
        parked = GaugeMetricFamily(
            "portcall_outbox_parked", "1 where nothing goes out.", labels=("connection",)
        )
        for each in status.connections:
            for state, count in each.counts.items():
                events.add_metric((each.name, state), count)
            age_s = (
                0.0 if each.oldest_due_at is None else (now - each.oldest_due_at).total_seconds()
            )
            oldest.add_metric((each.name,), max(age_s, 0.0))
            parked.add_metric((each.name,), float(bool(each.parked)))
        yield from (held, size, events, oldest, parked)
