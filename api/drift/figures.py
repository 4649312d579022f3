"""Drift as reports and for Prometheus: what the worker found, read and put in order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from api.db.tables import DriftWeekRow
from api.drift import repository
from voc_nlp.drift.compare import Status
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.watch import Pace

_ALARM = Status.ALARM.value


def report(session: Session, tenant_id: str, weeks: int, language: str | None) -> dict[str, Any]:
    """Put a tenant's latest weeks in order.

    Parameters
    ----------
    session : Session
        A reading session.
    tenant_id : str
        Whose.
    weeks : int
        How many, at most.
    language : str | None
        Comments of one language; all when None.

    Returns
    -------
    dict[str, Any]
        A `DriftReport`.
    """
    view = language or "all"
    rows = repository.stored_weeks(session, tenant_id, most=weeks)
    points: dict[tuple[str, str], list[dict[str, Any]]] = {
        (measure.value, pace.value): [] for measure in Measure for pace in Pace
    }
    for row in rows:
        for one in row.findings.get(view, ()):
            point = {**one, "week": row.week, "comments": one["n"]}
            points.setdefault((one["measure"], one["pace"]), []).append(point)
    return {
        "language": language,
        "weeks": [
            {
                "start": row.week,
                "end": row.week + timedelta(days=6),
                "comments": row.comments,
                "model_version": row.model_version,
                "alarms": _alarms(row, view),
            }
            for row in rows
        ],
        "series": [
            {"measure": measure, "pace": pace, "points": found}
            for (measure, pace), found in points.items()
            if found
        ],
    }


def _alarms(row: DriftWeekRow, view: str) -> list[str]:
    found = row.findings.get(view, ())
    return list(dict.fromkeys(one["measure"] for one in found if one["status"] == _ALARM))


def gauges(latest: Sequence[Mapping[str, Any]]) -> Iterable[Metric]:
    """Sum up the latest week of all tenants.

    Parameters
    ----------
    latest : Sequence[Mapping[str, Any]]
        What was found of it, by tenant.

    Yields
    ------
    Metric
        The highest distance over its threshold, and the tenants with an alarm, by measure.
    """
    highest = GaugeMetricFamily(
        "voc_drift_statistic",
        "Highest distance of a tenant's latest ended week over its threshold; 1 and more is an alarm.",
        labels=("measure",),
    )
    alarms = GaugeMetricFamily(
        "voc_drift_alarm", "Tenants whose latest ended week drifted.", labels=("measure",)
    )
    for measure in Measure:
        found = [[one for one in each.get("all", ()) if one["measure"] == measure.value] for each in latest]
        ratios = [one["statistic"] / one["threshold"] for each in found for one in each if one["threshold"]]
        highest.add_metric((measure.value,), max(ratios, default=0.0))
        alarms.add_metric(
            (measure.value,), sum(any(one["status"] == _ALARM for one in each) for each in found)
        )
    yield highest
    yield alarms
