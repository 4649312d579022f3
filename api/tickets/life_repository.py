"""Reads and writes the tables of a ticket's notes and resolutions, and finds clocks of an older policy."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.db.tables import TicketCommentRow, TicketNoteRow, TicketResolutionRow, TicketRow


def notes_of(session: Session, ticket_id: str) -> Sequence[TicketNoteRow]:
    """List the notes of a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    Sequence[TicketNoteRow]
        Oldest first.
    """
    return session.scalars(
        select(TicketNoteRow).where(TicketNoteRow.ticket_id == ticket_id).order_by(TicketNoteRow.id)
    ).all()


def resolutions_of(session: Session, ticket_id: str) -> Sequence[TicketResolutionRow]:
    """List the resolutions of a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    Sequence[TicketResolutionRow]
        Oldest first.
    """
    return session.scalars(
        select(TicketResolutionRow)
        .where(TicketResolutionRow.ticket_id == ticket_id)
        .order_by(TicketResolutionRow.id)
    ).all()


def last_resolution(session: Session, ticket_id: str) -> TicketResolutionRow | None:
    """Find the latest resolution of a ticket.

    Parameters
    ----------
    session : Session
        Any session; the ticket is locked by the caller.
    ticket_id : str
        Id of the ticket.

    Returns
    -------
    TicketResolutionRow | None
        None when it was never resolved.
    """
    return session.scalars(
        select(TicketResolutionRow)
        .where(TicketResolutionRow.ticket_id == ticket_id)
        .order_by(TicketResolutionRow.id.desc())
        .limit(1)
    ).one_or_none()


def has_comment_since(session: Session, ticket_id: str, since: datetime) -> bool:
    """Tell whether a comment was linked to a ticket after a time.

    Parameters
    ----------
    session : Session
        Any session.
    ticket_id : str
        Id of the ticket.
    since : datetime
        What was linked at that very time does not count.

    Returns
    -------
    bool
        True when there is one.
    """
    query = select(TicketCommentRow.comment_id).where(
        TicketCommentRow.ticket_id == ticket_id, TicketCommentRow.linked_at > since
    )
    return session.scalars(query.limit(1)).one_or_none() is not None


def find_with_other_digest(session: Session, digest: str, limit: int) -> list[tuple[str, str]]:
    """Find unresolved tickets whose deadlines were counted by other hours or another calendar.

    Parameters
    ----------
    session : Session
        Any session; nothing is locked.
    digest : str
        Of the policy of today.
    limit : int
        Most tickets.

    Returns
    -------
    list[tuple[str, str]]
        Tenant and id of each, tenant by tenant.
    """
    rows = session.execute(
        select(TicketRow.tenant_id, TicketRow.id)
        .where(TicketRow.resolved_at.is_(None), TicketRow.sla_digest != digest)
        .order_by(TicketRow.tenant_id, TicketRow.id)
        .limit(limit)
    )
    return [(row.tenant_id, row.id) for row in rows]


def set_digest(session: Session, ticket_ids: Sequence[str], digest: str) -> None:
    """Note that tickets need no counting anew; their version stays, for nothing that is shown changed.

    Parameters
    ----------
    session : Session
        A writing session that has locked them.
    ticket_ids : Sequence[str]
        The tickets.
    digest : str
        Of the policy of today.
    """
    session.execute(update(TicketRow).where(TicketRow.id.in_(ticket_ids)).values(sla_digest=digest))
