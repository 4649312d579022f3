"""Counts what operators watch: deliveries that wait or were given up, attempts, endpoints."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow
from api.webhooks.events import DeliveryState

_AGES = (
    ("under_1m", timedelta(minutes=1)),
    ("under_1h", timedelta(hours=1)),
    ("under_1d", timedelta(days=1)),
)
_OLDEST = "over_1d"
_RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """Counts over all tenants: deliveries by state and age, attempts by outcome, endpoints by state."""

    deliveries: dict[tuple[str, str], int]
    attempts: dict[str, int]
    endpoints: dict[tuple[str, str], int]


def figures(session: Session, now: datetime) -> WebhookFigures:
    """Count.

    Parameters
    ----------
    session : Session
        Any session.
    now : datetime
        What age is measured by.

    Returns
    -------
    WebhookFigures
        The counts; the combinations of state and age are all there, if only as 0.
    """
    delivery = WebhookDeliveryRow
    age = case(*((delivery.created_at > now - limit, name) for name, limit in _AGES), else_=_OLDEST)
    shown = (DeliveryState.PENDING.value, DeliveryState.DEAD.value)
    counted = session.execute(
        select(delivery.state, age, func.count())
        .where(delivery.state.in_(shown))
        .group_by(delivery.state, age)
    )
    deliveries = {(state, name): 0 for state in shown for name in (*dict(_AGES), _OLDEST)}
    deliveries |= {(state, name): count for state, name, count in counted}
    attempts = session.execute(
        select(WebhookAttemptRow.outcome, func.count())
        .where(WebhookAttemptRow.at > now - _RECENT)
        .group_by(WebhookAttemptRow.outcome)
    )
    endpoints = session.execute(
        select(WebhookEndpointRow.state, WebhookEndpointRow.state_reason, func.count())
        .where(WebhookEndpointRow.deleted_at.is_(None))
        .group_by(WebhookEndpointRow.state, WebhookEndpointRow.state_reason)
    )
    return WebhookFigures(
        deliveries,
        {row[0]: row[1] for row in attempts},
        {(state, reason or ""): count for state, reason, count in endpoints},
    )
