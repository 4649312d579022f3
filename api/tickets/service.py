"""Finds tickets, with everything that belongs to them."""

from collections.abc import Collection, Sequence
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
    """Which tickets a list shall hold; None takes all. `departments` are those that the caller may see."""

    department: str | None = None
    statuses: tuple[Status, ...] = ()
    level: Level | None = None
    customer_id: str | None = None
    overdue: bool | None = None
    first_answer_overdue: bool | None = None
    departments: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class TicketFile:
    """A ticket, the ids of its comments, its notes and its resolutions, each oldest first."""

    row: TicketRow
    comment_ids: Sequence[str]
    notes: Sequence[TicketNoteRow]
    resolutions: Sequence[TicketResolutionRow]


def get(
    session: Session, tenant_id: str, ticket_id: str, departments: Collection[str] | None = None
) -> TicketFile:
    """Find a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.
    departments : Collection[str] | None
        Owners that the caller may see; None for all.

    Returns
    -------
    TicketFile
        The ticket and what belongs to it.
    """
    return file_of(session, _find(session, tenant_id, ticket_id, departments))


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


def history(
    session: Session, tenant_id: str, ticket_id: str, departments: Collection[str] | None = None
) -> Sequence[AuditRow]:
    """Find what happened to a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.
    departments : Collection[str] | None
        Owners that the caller may see; None for all.

    Returns
    -------
    Sequence[AuditRow]
        Oldest first.
    """
    row = _find(session, tenant_id, ticket_id, departments)
    return repository.history_of(session, tenant_id, row.id)


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
        departments=filters.departments,
    )


def _find(
    session: Session, tenant_id: str, ticket_id: str, departments: Collection[str] | None = None
) -> TicketRow:
    """Find a ticket of a tenant; what is not an id is not there either."""
    row = repository.find(session, tenant_id, ticket_id) if is_id("tkt", ticket_id) else None
    if row is None or (departments is not None and row.department not in departments):
        raise NotFoundError()
    return row
