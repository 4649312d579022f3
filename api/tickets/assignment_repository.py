"""Finds tickets to be given to somebody: what idle owners have, what waits, who has how many."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.orm import Session

from api.db.tables import MemberRow, TeamRow, TicketRow
from api.db.tables.base import UtcDateTime
from api.tickets.states import Status

_AT_ONCE = 500
BY_HAND = "by_hand"
"""`queue_reason` of a ticket that a person put back into the queue."""
_WORKED_ON = (Status.OPEN.value, Status.IN_PROGRESS.value)
"""States in which the owner has to do something; while the customer is waited for nobody is idle."""


def count_open_by_assignee(session: Session, tenant_id: str, ids: Collection[str]) -> dict[str, int]:
    """Count the unresolved tickets of members.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose tickets.
    ids : Collection[str]
        Ids of members.

    Returns
    -------
    dict[str, int]
        Those who have none are left out.
    """
    rows = session.execute(
        select(TicketRow.assignee_id, func.count())
        .where(
            TicketRow.tenant_id == tenant_id,
            TicketRow.assignee_id.in_(ids),
            TicketRow.resolved_at.is_(None),
        )
        .group_by(TicketRow.assignee_id)
    )
    return {member_id: count for member_id, count in rows if member_id is not None}


def idle_tickets(session: Session, idle_since: datetime | None) -> list[tuple[str, str]]:
    """Find tickets that their owners did not touch, or whose owners left.

    Parameters
    ----------
    session : Session
        Any session.
    idle_since : datetime | None
        What was assigned and touched last up to then is idle; None takes only those of people who left.

    Returns
    -------
    list[tuple[str, str]]
        Tenant and id, at most `_AT_ONCE`.
    """
    gone = ~exists().where(MemberRow.id == TicketRow.assignee_id, MemberRow.active)
    idle = gone if idle_since is None else gone | (_last_touch() <= idle_since)
    rows = session.execute(
        select(TicketRow.tenant_id, TicketRow.id)
        .where(TicketRow.assignee_id.is_not(None), TicketRow.status.in_(_WORKED_ON), idle)
        .order_by(TicketRow.id)
        .limit(_AT_ONCE)
    )
    return [(row.tenant_id, row.id) for row in rows]


def is_idle(session: Session, row: TicketRow, idle_since: datetime | None) -> bool:
    """Tell whether a ticket that is held is idle.

    Parameters
    ----------
    session : Session
        The session that holds it.
    row : TicketRow
        The ticket.
    idle_since : datetime | None
        As for `idle_tickets`.

    Returns
    -------
    bool
        False when nobody has it.
    """
    if row.assignee_id is None or row.status not in _WORKED_ON:
        return False
    touched_at = row.touched_at or row.assigned_at
    if idle_since is not None and touched_at is not None and touched_at <= idle_since:
        return True
    member = session.get(MemberRow, row.assignee_id)
    return member is None or not member.active


def waiting_departments(session: Session) -> list[tuple[str, str]]:
    """Find the departments with teams in which tickets wait for somebody.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    list[tuple[str, str]]
        Tenant and department.
    """
    has_team = exists().where(
        TeamRow.tenant_id == TicketRow.tenant_id, TeamRow.department == TicketRow.department
    )
    rows = session.execute(
        select(TicketRow.tenant_id, TicketRow.department)
        .where(_waits(), has_team)
        .distinct()
        .order_by(TicketRow.tenant_id, TicketRow.department)
    )
    return [(row.tenant_id, row.department) for row in rows]


def waiting_tickets(session: Session, tenant_id: str, department: str) -> Iterator[TicketRow]:
    """Yield the tickets that wait for somebody, earliest due first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose tickets.
    department : str
        Of which department.

    Yields
    ------
    TicketRow
        Not locked.
    """
    last: tuple[datetime, str] | None = None
    while True:
        query = select(TicketRow).where(
            TicketRow.tenant_id == tenant_id, TicketRow.department == department, _waits()
        )
        if last is not None:
            query = query.where(tuple_(TicketRow.due_at, TicketRow.id) > last)
        rows = session.scalars(query.order_by(TicketRow.due_at, TicketRow.id).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield from rows
        last = (rows[-1].due_at, rows[-1].id)
        session.expunge_all()


def is_waiting(row: TicketRow) -> bool:
    """Tell whether a ticket that is held waits for somebody.

    Parameters
    ----------
    row : TicketRow
        The ticket.

    Returns
    -------
    bool
        False when somebody has it, or it was put back by hand.
    """
    return row.assignee_id is None and row.status in _WORKED_ON and row.queue_reason != BY_HAND


def _waits() -> ColumnElement[bool]:
    """Say the same in SQL."""
    by_hand = func.coalesce(TicketRow.queue_reason, "") == BY_HAND
    return TicketRow.assignee_id.is_(None) & TicketRow.status.in_(_WORKED_ON) & ~by_hand


def _last_touch() -> ColumnElement[Any]:
    return func.coalesce(TicketRow.touched_at, TicketRow.assigned_at, type_=UtcDateTime())
