"""Writes events into the outbox, in the transaction of the change."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import EventRow


class EventType(StrEnum):
    """What can have happened."""

    TICKET_OPENED = "ticket.opened"
    TICKET_JOINED = "ticket.joined"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_OVERDUE = "ticket.overdue"
    TICKET_ASSIGNED = "ticket.assigned"


def emit(
    session: Session,
    kind: EventType,
    *,
    tenant_id: str,
    ticket_id: str,
    payload: dict[str, Any],
    now: datetime,
) -> None:
    """Add an event to the outbox.

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
    session.add(
        EventRow(
            id=new_id("evt"),
            tenant_id=tenant_id,
            type=kind.value,
            ticket_id=ticket_id,
            occurred_at=now,
            payload=payload,
        )
    )
