"""Reads and writes the tables of the tickets."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.db.tables import AuditRow, TicketCommentRow, TicketRow
from api.paging import Page, newest_first
from api.policy.levels import Level
from api.tickets.states import UNRESOLVED, Status


def find(session: Session, tenant_id: str, ticket_id: str) -> TicketRow | None:
    """Find a ticket of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    TicketRow | None
        None when it is not there, or another tenant's.
    """
    return session.scalars(
        select(TicketRow).where(TicketRow.tenant_id == tenant_id, TicketRow.id == ticket_id)
    ).one_or_none()


def lock_open_of_cause(
    session: Session, tenant_id: str, customer_id: str | None, thread_key: str | None, department: str
) -> TicketRow | None:
    """Find the unresolved ticket of a cause and a department, and keep others from changing it.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose ticket.
    customer_id : str | None
        Who is dissatisfied.
    thread_key : str | None
        The thread of a comment without customer.
    department : str
        Who owns the ticket.

    Returns
    -------
    TicketRow | None
        The one there can be; None when the cause has neither customer nor thread.
    """
    cause = _of_cause(customer_id, thread_key)
    if cause is None:
        return None
    return session.scalars(
        select(TicketRow)
        .where(
            TicketRow.tenant_id == tenant_id,
            cause,
            TicketRow.department == department,
            TicketRow.resolved_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_resolved_of_cause(
    session: Session,
    tenant_id: str,
    customer_id: str | None,
    thread_key: str | None,
    department: str,
    since: datetime,
) -> TicketRow | None:
    """Find the ticket of a cause and a department that was resolved last, and lock it.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose ticket.
    customer_id : str | None
        Who was dissatisfied.
    thread_key : str | None
        The thread of a comment without customer.
    department : str
        Who owned the ticket.
    since : datetime
        What was resolved before is left out.

    Returns
    -------
    TicketRow | None
        Resolved or closed.
    """
    cause = _of_cause(customer_id, thread_key)
    if cause is None:
        return None
    return session.scalars(
        select(TicketRow)
        .where(
            TicketRow.tenant_id == tenant_id,
            cause,
            TicketRow.department == department,
            TicketRow.resolved_at >= since,
        )
        .order_by(TicketRow.resolved_at.desc(), TicketRow.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_next_due(session: Session, now: datetime, skipped: Collection[str]) -> tuple[str, str] | None:
    """Find the ticket that the clock has to look at first.

    Parameters
    ----------
    session : Session
        Any session; nothing is locked.
    now : datetime
        The present.
    skipped : Collection[str]
        Ids that are not taken.

    Returns
    -------
    tuple[str, str] | None
        Tenant and id of the ticket; None when nothing is due.
    """
    found = session.execute(
        select(TicketRow.tenant_id, TicketRow.id)
        .where(
            TicketRow.next_check_at <= now,
            TicketRow.id.not_in(skipped),
        )
        .order_by(TicketRow.next_check_at, TicketRow.id)
        .limit(1)
    ).one_or_none()
    return (found.tenant_id, found.id) if found else None


def lock(session: Session, tenant_id: str, ticket_id: str) -> TicketRow | None:
    """Find a ticket of a tenant, and keep others from changing it.

    Parameters
    ----------
    session : Session
        A writing session that holds the tenant's chain (`api.audit.chain.hold`).
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    TicketRow | None
        As it is now; None when it is not there, or another tenant's.
    """
    return session.scalars(
        select(TicketRow)
        .where(TicketRow.tenant_id == tenant_id, TicketRow.id == ticket_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def page_of(
    session: Session,
    tenant_id: str,
    page: Page,
    *,
    department: str | None,
    statuses: Collection[Status],
    level: Level | None,
    customer_id: str | None,
    overdue: bool | None,
    first_answer_overdue: bool | None,
    now: datetime,
    departments: Collection[str] | None = None,
) -> tuple[Sequence[TicketRow], str | None]:
    """Select a page of tickets, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.
    department : str | None
        Owner; None takes all.
    statuses : Collection[Status]
        States; none takes all.
    level : Level | None
        Level; None takes all.
    customer_id : str | None
        Customer; None takes all.
    overdue : bool | None
        True: unresolved, not waiting for the customer, and past due; False: all others; None: both.
    first_answer_overdue : bool | None
        The same by the first answer alone, while there was none.
    now : datetime
        What past is measured by.
    departments : Collection[str] | None
        Owners that the caller may see; None for all.

    Returns
    -------
    tuple[Sequence[TicketRow], str | None]
        The tickets, and the cursor of the next page or None.
    """
    query = select(TicketRow).where(TicketRow.tenant_id == tenant_id)
    if departments is not None:
        query = query.where(TicketRow.department.in_(sorted(departments)))
    if department is not None:
        query = query.where(TicketRow.department == department)
    if statuses:
        query = query.where(TicketRow.status.in_(sorted(status.value for status in statuses)))
    if customer_id is not None:
        query = query.where(TicketRow.customer_id == customer_id)
    if level is not None:
        query = query.where(TicketRow.level == level.value)
    runs = TicketRow.resolved_at.is_(None) & TicketRow.paused_at.is_(None)
    if overdue is not None:
        is_overdue = runs & (TicketRow.due_at < now)
        query = query.where(is_overdue if overdue else ~is_overdue)
    if first_answer_overdue is not None:
        unanswered = TicketRow.first_answered_at.is_(None) & (TicketRow.first_answer_due_at < now)
        query = query.where(runs & unanswered if first_answer_overdue else ~(runs & unanswered))
    return newest_first(session, query, TicketRow.id, page)


def add(session: Session, row: TicketRow) -> None:
    """Store a new ticket.

    Parameters
    ----------
    session : Session
        A writing session.
    row : TicketRow
        The ticket.
    """
    session.add(row)
    session.flush()


def link_comment(session: Session, row: TicketRow, comment_id: str, now: datetime, rank: int = 0) -> None:
    """Make a comment belong to a ticket.

    Parameters
    ----------
    session : Session
        A writing session.
    row : TicketRow
        The ticket.
    comment_id : str
        Id of the stored comment.
    now : datetime
        The present.
    rank : int
        0 for the comment's own ticket; more for those of further departments.
    """
    session.add(
        TicketCommentRow(
            comment_id=comment_id, rank=rank, ticket_id=row.id, tenant_id=row.tenant_id, linked_at=now
        )
    )


def comment_ids(session: Session, ticket_id: str) -> Sequence[str]:
    """List the comments of a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    Sequence[str]
        In the order in which they were received.
    """
    return session.scalars(
        select(TicketCommentRow.comment_id)
        .where(TicketCommentRow.ticket_id == ticket_id)
        .order_by(TicketCommentRow.comment_id)
    ).all()


def tickets_of_comments(session: Session, ids: Collection[str]) -> dict[str, list[TicketRow]]:
    """Find the tickets that comments belong to.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments.

    Returns
    -------
    dict[str, list[TicketRow]]
        Tickets by comment id, its own first; comments without one are left out.
    """
    rows = session.execute(
        select(TicketCommentRow.comment_id, TicketRow)
        .join(TicketRow, TicketRow.id == TicketCommentRow.ticket_id)
        .where(TicketCommentRow.comment_id.in_(ids))
        .order_by(TicketCommentRow.comment_id, TicketCommentRow.rank)
    )
    found: dict[str, list[TicketRow]] = {}
    for row in rows:
        found.setdefault(row.comment_id, []).append(row.TicketRow)
    return found


def linked(session: Session, ids: Collection[str]) -> set[str]:
    """Find which comments have a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments.

    Returns
    -------
    set[str]
        Those that have one.
    """
    return set(
        session.scalars(select(TicketCommentRow.comment_id).where(TicketCommentRow.comment_id.in_(ids)))
    )


def history_of(session: Session, tenant_id: str, ticket_id: str) -> Sequence[AuditRow]:
    """List the changes of a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose ticket.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    Sequence[AuditRow]
        In the order in which they were made.
    """
    return session.scalars(
        select(AuditRow)
        .where(AuditRow.tenant_id == tenant_id, AuditRow.object_id == ticket_id)
        .order_by(AuditRow.sequence)
    ).all()


def count_unresolved(session: Session, now: datetime) -> dict[tuple[str, bool], int]:
    """Count the unresolved tickets of all tenants, for the operator.

    Parameters
    ----------
    session : Session
        Any session.
    now : datetime
        What past is measured by.

    Returns
    -------
    dict[tuple[str, bool], int]
        Count by level and whether they are past due.
    """
    overdue = TicketRow.paused_at.is_(None) & (TicketRow.due_at < now)
    rows = session.execute(
        select(TicketRow.level, overdue, func.count())
        .where(TicketRow.status.in_([status.value for status in UNRESOLVED]))
        .group_by(TicketRow.level, overdue)
    )
    return {(level, bool(late)): count for level, late, count in rows}


def _of_cause(customer_id: str | None, thread_key: str | None) -> ColumnElement[bool] | None:
    """Tell tickets of one cause: of the customer, or of the thread where nobody is named."""
    if customer_id is not None:
        return TicketRow.customer_id == customer_id
    return None if thread_key is None else TicketRow.thread_key == thread_key
