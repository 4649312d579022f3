"""Retention: what is too old goes, in small batches, each with an entry of the audit.

Whoever adds a table that grows with time adds a rule here and a setting VOC_RETENTION_..._DAYS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.engine import Database
from api.db.tables import (
    CommentOriginalRow,
    CommentRow,
    EventRow,
    TicketCommentRow,
    TicketNoteRow,
    TicketRow,
    WebhookDeliveryRow,
)
from api.privacy.mentions import CUSTOMER_KEY
from api.privacy.steps import OF_COMMENTS, Subject, rows_of_comments, run_steps
from api.settings import Settings
from api.themes import models

_Due: TypeAlias = Select[str, str]
"""Tenant and id of what is due."""
BATCH = 200
WORKER = "worker"
RETENTION = "retention"
"""What the audit calls it, and why a comment is gone."""

_ORIGINALS = rows_of_comments(CommentOriginalRow, CommentOriginalRow.comment_id)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing that goes.

    Parameters
    ----------
    name : str
        For audit and command line.
    days : int
        How long it is kept.
    due : Callable[[datetime], _Due]
        Selects tenant and id of what is older than a time.
    remove : Callable[[Session, Subject], int]
        Removes a batch: the ids of the subject are those that `due` selected, locked.
    """

    name: str
    days: int
    due: Callable[[datetime], _Due]
    remove: Callable[[Session, Subject], int]


def rules_of(settings: Settings) -> list[Rule]:
    """List what the operator limits; nothing is limited by default.

    Parameters
    ----------
    settings : Settings
        Days by kind.

    Returns
    -------
    list[Rule]
        Originals before comments.
    """
    known: list[tuple[str, int | None, Callable[[datetime], _Due], Callable[[Session, Subject], int]]] = [
        ("originals", settings.retention_originals_days, _due_originals, _ORIGINALS.run),
        ("closed_tickets", settings.retention_closed_tickets_days, _due_tickets, _clear_closed),
        ("comments", settings.retention_comments_days, _due_comments, _remove_comments),
        ("deliveries", settings.retention_deliveries_days, _due_deliveries, _remove_deliveries),
    ]
    return [Rule(name, days, due, remove) for name, days, due, remove in known if days is not None]


def count_due(session: Session, rule: Rule, now: datetime) -> dict[str, int]:
    """Count what a rule would remove.

    Parameters
    ----------
    session : Session
        Any session.
    rule : Rule
        The rule.
    now : datetime
        The present.

    Returns
    -------
    dict[str, int]
        Count by tenant.
    """
    due = rule.due(now - timedelta(days=rule.days)).subquery()
    rows = session.execute(select(due.c.tenant_id, func.count()).group_by(due.c.tenant_id))
    return {row[0]: row[1] for row in rows}


def remove_some(database: Database, rule: Rule, now: datetime, batch: int = BATCH) -> int:
    """Remove one batch of one tenant; one call is one transaction.

    Parameters
    ----------
    database : Database
        The database.
    rule : Rule
        The rule.
    now : datetime
        The present.
    batch : int
        Most things of one call.

    Returns
    -------
    int
        How many were removed; 0 when nothing is due.
    """
    before = now - timedelta(days=rule.days)
    with database.reading() as session:
        first = session.execute(rule.due(before).limit(1)).first()
    if first is None:
        return 0
    tenant_id: str = first.tenant_id
    with database.writing() as session:
        chain.hold(session, tenant_id)
        models.hold_current(session, tenant_id)
        due = rule.due(before).subquery()
        ids = tuple(
            session.scalars(
                select(due.c.id).where(due.c.tenant_id == tenant_id).order_by(due.c.id).limit(batch)
            )
        )
        subject = Subject(tenant_id, None, ids, (), now, RETENTION)
        count = rule.remove(session, subject) if ids else 0
        if count:
            after = {"count": count, "before": before.isoformat(), "days": rule.days}
            chain.append(
                session, tenant_id, Entry(WORKER, "expired", RETENTION, rule.name, {}, after, {}), now
            )
    return count


def _due_comments(before: datetime) -> _Due:
    """Select comments; those of an unresolved ticket wait for its end."""
    unresolved = (
        select(TicketCommentRow.comment_id)
        .join(TicketRow, TicketRow.id == TicketCommentRow.ticket_id)
        .where(TicketCommentRow.comment_id == CommentRow.id, TicketRow.resolved_at.is_(None))
    )
    return select(CommentRow.tenant_id, CommentRow.id).where(
        CommentRow.received_at < before, ~unresolved.exists()
    )


def _due_originals(before: datetime) -> _Due:
    return (
        select(CommentOriginalRow.tenant_id, CommentOriginalRow.comment_id.label("id"))
        .join(CommentRow, CommentRow.id == CommentOriginalRow.comment_id)
        .where(CommentRow.received_at < before)
    )


def _due_tickets(before: datetime) -> _Due:
    return select(TicketRow.tenant_id, TicketRow.id).where(
        TicketRow.resolved_at < before, TicketRow.customer_id.is_not(None)
    )


def _due_deliveries(before: datetime) -> _Due:
    """Select deliveries of webhooks that have ended; what is still to be delivered waits."""
    row = WebhookDeliveryRow
    return select(row.tenant_id, row.id).where(row.ended_at < before)


def _remove_deliveries(session: Session, subject: Subject) -> int:
    """Delete deliveries with their attempts, except those that are replayed meanwhile; events stay."""
    row = WebhookDeliveryRow
    gone = session.execute(
        delete(row)
        .where(row.id.in_(subject.comment_ids), row.ended_at.is_not(None))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", gone).rowcount


def _remove_comments(session: Session, subject: Subject) -> int:
    session.scalars(
        select(CommentRow.id).where(CommentRow.id.in_(subject.comment_ids)).with_for_update()
    ).all()
    return run_steps(session, OF_COMMENTS, subject)[CommentRow.__tablename__]


def _clear_closed(session: Session, subject: Subject) -> int:
    """Take the customer's id out of closed tickets and of their events."""
    ids = subject.comment_ids
    rows = session.scalars(select(TicketRow).where(TicketRow.id.in_(ids)).with_for_update()).all()
    for row in rows:
        row.customer_id = None
    session.execute(update(TicketNoteRow).where(TicketNoteRow.ticket_id.in_(ids)).values(text=None))
    for event in session.scalars(select(EventRow).where(EventRow.subject_id.in_(ids)).with_for_update()):
        event.payload = _without_customers(event.payload)
    session.flush()
    return len(rows)


def _without_customers(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: None if key == CUSTOMER_KEY else _without_customers(inner) for key, inner in value.items()
        }
    return [_without_customers(inner) for inner in value] if isinstance(value, list) else value
