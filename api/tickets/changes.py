"""Writes down a change of a ticket: the entry in the audit and the event, in its own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.tables import TicketRow
from api.webhooks.events import EventType, emit

TICKET = "ticket"
"""What the audit calls a ticket."""


def snapshot(row: TicketRow) -> dict[str, Any]:
    """Return what history and events tell of a ticket, as JSON values.

    Parameters
    ----------
    row : TicketRow
        The ticket.

    Returns
    -------
    dict[str, Any]
        State, level, owner, times, and how it ended.
    """
    return {
        "department": row.department,
        "level": row.level,
        "status": row.status,
        "urgency": row.urgency,
        "due_at": row.due_at.isoformat(),
        "breached_at": _told(row.breached_at),
        "comment_count": row.comment_count,
        "note_count": row.note_count,
        "first_answer_due_at": row.first_answer_due_at.isoformat(),
        "first_answered_at": _told(row.first_answered_at),
        "first_answer_breached_at": _told(row.first_answer_breached_at),
        "resolution_due_at": row.resolution_due_at.isoformat(),
        "resolution_breached_at": _told(row.resolution_breached_at),
        "waiting_since": _told(row.paused_at),
        "resolved_at": _told(row.resolved_at),
        "closed_at": _told(row.closed_at),
        "root_cause": row.root_cause,
        "disposition": row.disposition,
        "satisfaction": row.satisfaction,
        "reopen_count": row.reopen_count,
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
    reason: Mapping[str, Any],
    now: datetime,
    concerned: Sequence[Mapping[str, str]] = (),
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
    reason : Mapping[str, Any]
        Why: rule, versions, the comment; never what a person wrote.
    now : datetime
        The present.
    concerned : Sequence[Mapping[str, str]]
        Whom the event is for, each with ``role`` and ``id``.
    """
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
    payload = {
        "ticket": {"id": row.id, "customer_id": row.customer_id, **after},
        "reason": dict(reason),
        "concerned": [dict(one) for one in concerned],
    }
    emit(session, kind, tenant_id=row.tenant_id, ticket_id=row.id, payload=payload, now=now)
    session.flush()


def _told(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
