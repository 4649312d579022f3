"""Writes down a change of a ticket: the entry in the audit and the event, in its own transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.tables import TicketRow
from api.webhooks.events import EventType, emit

TICKET = "ticket"
"""What the audit calls a ticket."""
_NO_TOUCH = frozenset({EventType.TICKET_OPENED, EventType.TICKET_JOINED, EventType.TICKET_ASSIGNED})
"""What a key does without anybody working on the ticket; all else shows that its owner is not idle."""


def snapshot(row: TicketRow) -> dict[str, Any]:
    """Return what history and events tell of a ticket, as JSON values.

    Parameters
    ----------
    row : TicketRow
        The ticket.

    Returns
    -------
    dict[str, Any]
        State, level, owner and times.
    """
    return {
        "department": row.department,
        "level": row.level,
        "status": row.status,
        "urgency": row.urgency,
        "due_at": row.due_at.isoformat(),
        "breached_at": row.breached_at.isoformat() if row.breached_at else None,
        "comment_count": row.comment_count,
        "team_id": row.team_id,
        "assignee_id": row.assignee_id,
    }


def record(
    session: Session,
    kind: EventType,
    row: TicketRow,
    before: Mapping[str, Any],
    *,
    actor: str,
    reason: Mapping[str, str],
    now: datetime,
) -> None:
    """Write a change down.

    Parameters
    ----------
    session : Session
        The session of the change: all is committed, or nothing.
    kind : EventType
        What happened; the history calls it by the word after the dot.
    row : TicketRow
        The ticket after the change.
    before : Mapping[str, Any]
        `snapshot` of the ticket before the change; empty when there was none.
    actor : str
        Who did it.
    reason : Mapping[str, str]
        Why: rule, versions, the comment.
    now : datetime
        The present.
    """
    if actor.startswith("key:") and kind not in _NO_TOUCH:
        row.touched_at = now
    after = snapshot(row)
    changed = [name for name in after if name not in before or before[name] != after[name]]
    entry = Entry(
        actor,
        kind.value.rpartition(".")[2],
        TICKET,
        row.id,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
        reason=reason,
    )
    chain.append(session, row.tenant_id, entry, now)
    payload = {"ticket": {"id": row.id, "customer_id": row.customer_id, **after}, "reason": dict(reason)}
    emit(session, kind, tenant_id=row.tenant_id, ticket_id=row.id, payload=payload, now=now)
    session.flush()
