"""Writes events into the outbox, with one delivery for each endpoint, in the transaction of the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import EventRow, WebhookDeliveryRow, WebhookEndpointRow

WEBHOOK = "webhook"
"""Kind of an endpoint that gets the events as they are, and subject of the events about endpoints."""
TICKET = "ticket"
"""Subject of the events about tickets."""
COMMENT = "comment"
"""Subject of the events about comments."""


class EventType(StrEnum):
    """What can have happened."""

    TICKET_OPENED = "ticket.opened"
    TICKET_JOINED = "ticket.joined"
    TICKET_UPDATED = "ticket.updated"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_ANSWERED = "ticket.answered"
    TICKET_WAITING = "ticket.waiting"
    TICKET_RESUMED = "ticket.resumed"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_OVERDUE = "ticket.overdue"
    TICKET_RESOLVED = "ticket.resolved"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_FOLLOWED_UP = "ticket.followed_up"
    TICKET_CLOSED = "ticket.closed"
    COMMENT_CORRECTED = "comment.corrected"
    DRIFT_DETECTED = "drift.detected"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; kept, and sent again by a replay."""
    CANCELLED = "cancelled"
    """The endpoint was deleted, or the sink had nothing to say."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about; the events of one subject are delivered in their order."""

    type: str
    id: str


def emit(
    session: Session,
    kind: EventType,
    *,
    tenant_id: str,
    ticket_id: str,
    payload: dict[str, Any],
    now: datetime,
) -> None:
    """Tell of a ticket.

    Parameters
    ----------
    session : Session
        The session of the change itself: both are committed, or neither.
    kind : EventType
        What happened.
    tenant_id : str
        Whose ticket.
    ticket_id : str
        Which ticket; also the ordering key.
    payload : dict[str, Any]
        The ticket after the change, as JSON values; never a customer's text.
    now : datetime
        When it happened.
    """
    tell(session, kind, Subject(TICKET, ticket_id), tenant_id=tenant_id, payload=payload, now=now)


def tell(
    session: Session,
    kind: EventType,
    subject: Subject,
    *,
    tenant_id: str,
    payload: dict[str, Any],
    now: datetime,
) -> EventRow:
    """Add an event to the outbox, and a delivery for each endpoint that wants it.

    Parameters
    ----------
    session : Session
        The session of the change itself, which holds the tenant's chain
        (`api.audit.chain.hold`): so no two events of a subject get one number.
    kind : EventType
        What happened.
    subject : Subject
        What it happened to.
    tenant_id : str
        Whose.
    payload : dict[str, Any]
        The subject after the change, as JSON values; never a customer's text.
    now : datetime
        When it happened.

    Returns
    -------
    EventRow
        The event.
    """
    event = store_event(session, kind, subject, tenant_id=tenant_id, payload=payload, now=now)
    endpoints = session.scalars(
        select(WebhookEndpointRow).where(
            WebhookEndpointRow.tenant_id == tenant_id,
            WebhookEndpointRow.state == "enabled",
            WebhookEndpointRow.deleted_at.is_(None),
        )
    )
    for endpoint in endpoints:
        if wants(endpoint.kind, endpoint.types, event.type):
            session.add(delivery_of(event, endpoint.id, now))
    session.flush()
    return event


def store_event(
    session: Session,
    kind: EventType,
    subject: Subject,
    *,
    tenant_id: str,
    payload: dict[str, Any],
    now: datetime,
) -> EventRow:
    """Add an event to the outbox, for nobody yet.

    Parameters
    ----------
    session : Session
        As for `tell`.
    kind : EventType
        What happened.
    subject : Subject
        What it happened to.
    tenant_id : str
        Whose.
    payload : dict[str, Any]
        JSON values; never a customer's text.
    now : datetime
        When it happened.

    Returns
    -------
    EventRow
        The event, numbered among those of its subject.
    """
    last = session.scalar(
        select(func.max(EventRow.sequence)).where(
            EventRow.tenant_id == tenant_id,
            EventRow.subject_type == subject.type,
            EventRow.subject_id == subject.id,
        )
    )
    event = EventRow(
        id=new_id("evt"),
        tenant_id=tenant_id,
        type=kind.value,
        subject_type=subject.type,
        subject_id=subject.id,
        sequence=(last or 0) + 1,
        occurred_at=now,
        payload=payload,
    )
    session.add(event)
    session.flush()
    return event


def delivery_of(event: EventRow, endpoint_id: str, now: datetime) -> WebhookDeliveryRow:
    """Make the delivery of an event to an endpoint.

    Parameters
    ----------
    event : EventRow
        A stored event.
    endpoint_id : str
        Who is told.
    now : datetime
        When it may be sent first.

    Returns
    -------
    WebhookDeliveryRow
        Not yet added to a session.
    """
    return WebhookDeliveryRow(
        id=new_id("dlv"),
        tenant_id=event.tenant_id,
        endpoint_id=endpoint_id,
        event_id=event.id,
        event_type=event.type,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        sequence=event.sequence,
        state=DeliveryState.PENDING.value,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
    )


def wants(kind: str, types: Sequence[str], event_type: str) -> bool:
    """Tell whether an endpoint is to be told of events of a type.

    Parameters
    ----------
    kind : str
        Kind of the endpoint; a sink takes the events of tickets only.
    types : Sequence[str]
        What it asked for; empty takes all.
    event_type : str
        What happened.

    Returns
    -------
    bool
        True when a delivery is due.
    """
    if event_type == EventType.WEBHOOK_TEST:
        return False
    if kind != WEBHOOK and not event_type.startswith(f"{TICKET}."):
        return False
    return not types or event_type in types
