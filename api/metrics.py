"""Figures for Prometheus: requests of this process, and what the database holds."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from api.analysis.figures import AnalysisFigures
from api.clock import Clock
from api.db.engine import Database
from api.drift import figures as drift
from api.drift.repository import latest_findings
from api.heartbeat import last_pass_at
from api.jobs.repository import count_waiting
from api.tickets.repository import count_unresolved
from api.webhooks.figures import WebhookFigures, figures

_DRIFT_EVERY = timedelta(minutes=5)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one application.

    Parameters
    ----------
    database : Database
        Asked at every scrape for the tickets and the worker.
    clock : Clock
        What past due is measured by.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_DatabaseFigures(database, clock))
        self.requests = Counter(
            "voc_http_requests",
            "Requests answered by this process.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "voc_http_request_seconds",
            "Time to answer a request, in this process.",
            ("method", "route"),
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self.unchecked = Counter(
            "voc_rate_limit_unchecked",
            "Requests let through by this process because the storage of the rate limits was away.",
            registry=self._registry,
        )
        self._corrections = Counter(
            "voc_corrections",
            "Corrections taken by this process; agreed says whether the model had said the same.",
            ("task", "agreed"),
            registry=self._registry,
        )

        self.analysis = AnalysisFigures(self._registry)

    def count_correction(self, task: str, agreed: bool | None) -> None:
        """Count a correction.

        Parameters
        ----------
        task : str
            Of what.
        agreed : bool | None
            Whether the model had said the same; None where nothing is known.
        """
        told = "unknown" if agreed is None else str(agreed).lower()
        self._corrections.labels(task, told).inc()

    def exposition(self) -> bytes:
        """Write all figures in Prometheus' text form.

        Returns
        -------
        bytes
            UTF-8.
        """
        return generate_latest(self._registry)


class _DatabaseFigures(Collector):
    """What is counted in the tables, when somebody asks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._drift: list[dict[str, Any]] = []
        self._drift_read_at: datetime | None = None

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand, so that registering does not ask the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Count the unresolved tickets and find the worker's last pass."""
        with self._database.reading() as session:
            counts = count_unresolved(session, self._clock())
            passed_at: datetime | None = last_pass_at(session)
            waiting = count_waiting(session)
            webhooks = figures(session, self._clock())
            drifted = self._latest_drift(session)
        tickets = GaugeMetricFamily(
            "voc_tickets_unresolved", "Unresolved tickets of all tenants.", labels=("level", "overdue")
        )
        for (level, overdue), count in sorted(counts.items()):
            tickets.add_metric((level, str(overdue).lower()), count)
        yield tickets
        yield GaugeMetricFamily(
            "voc_job_comments_waiting", "Comments of jobs that are not worked off yet.", value=waiting
        )
        yield GaugeMetricFamily(
            "voc_worker_last_pass_timestamp_seconds",
            "Start of the last completed pass of any worker; 0 when there was none.",
            value=passed_at.timestamp() if passed_at else 0.0,
        )
        yield from _webhook_families(webhooks)
        yield from drift.gauges(drifted)

    def _latest_drift(self, session: Session) -> list[dict[str, Any]]:
        """Read what was found of each tenant's latest week: tens of kilobytes each, and new once an hour."""
        now = self._clock()
        if self._drift_read_at is None or now - self._drift_read_at >= _DRIFT_EVERY:
            self._drift, self._drift_read_at = latest_findings(session), now
        return self._drift


def _webhook_families(told: WebhookFigures) -> Iterable[Metric]:
    """Put the figures of the webhooks into families."""
    deliveries = GaugeMetricFamily(
        "voc_webhook_deliveries",
        "Deliveries that wait or were given up, by the age of their event's delivery.",
        labels=("state", "age"),
    )
    for (state, age), count in sorted(told.deliveries.items()):
        deliveries.add_metric((state, age), count)
    yield deliveries
    attempts = GaugeMetricFamily(
        "voc_webhook_attempts_last_hour", "Attempts to deliver within the last hour.", labels=("outcome",)
    )
    for outcome, count in sorted(told.attempts.items()):
        attempts.add_metric((outcome,), count)
    yield attempts
    endpoints = GaugeMetricFamily(
        "voc_webhook_endpoints", "Endpoints by state and its reason.", labels=("state", "reason")
    )
    for (state, reason), count in sorted(told.endpoints.items()):
        endpoints.add_metric((state, reason), count)
    yield endpoints
