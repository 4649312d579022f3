"""Finds tickets, with everything that belongs to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.db.ids import is_id
from api.db.tables import AuditRow, TicketNoteRow, TicketResolutionRow, TicketRow
from api.errors import NotFoundError
from api.paging import Page
from api.policy.levels import Level
from api.tickets import life_repository, repository
from api.tickets.states import Status


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tickets a list shall hold; None takes all."""

    department: str | None = None
    statuses: tuple[Status, ...] = ()
    level: Level | None = None
    customer_id: str | None = None
    overdue: bool | None = None
    first_answer_overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class TicketFile:
    """A ticket, the ids of its comments, its notes and its resolutions, each oldest first."""

    row: TicketRow
    comment_ids: Sequence[str]
    notes: Sequence[TicketNoteRow]
    resolutions: Sequence[TicketResolutionRow]


def get(session: Session, tenant_id: str, ticket_id: str) -> TicketFile:
    """Find a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.

    Returns
    -------
    TicketFile
        The ticket and what belongs to it.
    """
    return file_of(session, _find(session, tenant_id, ticket_id))


def file_of(session: Session, row: TicketRow) -> TicketFile:
    """Put together what belongs to a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    row : TicketRow
        The ticket.

    Returns
    -------
    TicketFile
        All of it.
    """
    return TicketFile(
        row,
        repository.comment_ids(session, row.id),
        life_repository.notes_of(session, row.id),
        life_repository.resolutions_of(session, row.id),
    )


def history(session: Session, tenant_id: str, ticket_id: str) -> Sequence[AuditRow]:
    """Find what happened to a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.

    Returns
    -------
    Sequence[AuditRow]
        Oldest first.
    """
    return repository.history_of(session, tenant_id, _find(session, tenant_id, ticket_id).id)


def list_page(
    session: Session, tenant_id: str, page: Page, filters: Filters, now: datetime
) -> tuple[Sequence[TicketRow], str | None]:
    """List a page of tickets, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.
    filters : Filters
        Which tickets.
    now : datetime
        What past due is measured by.

    Returns
    -------
    tuple[Sequence[TicketRow], str | None]
        The tickets, and the cursor of the next page or None.
    """
    return repository.page_of(
        session,
        tenant_id,
        page,
        department=filters.department,
        statuses=filters.statuses,
        level=filters.level,
        customer_id=filters.customer_id,
        overdue=filters.overdue,
        first_answer_overdue=filters.first_answer_overdue,
        now=now,
    )


def _find(session: Session, tenant_id: str, ticket_id: str) -> TicketRow:
    """Find a ticket of a tenant; what is not an id is not there either."""
    row = repository.find(session, tenant_id, ticket_id) if is_id("tkt", ticket_id) else None
    if row is None:
        raise NotFoundError()
    return row
