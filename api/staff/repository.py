"""Reads and writes the tables of the staff."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from api.db.tables import AbsenceRow, MemberRow, TeamRow, TicketRow
from api.paging import Page, newest_first


def find_team(session: Session, tenant_id: str, team_id: str) -> TeamRow | None:
    """Find a team of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    team_id : str
        Id of the team.

    Returns
    -------
    TeamRow | None
        None when it is not there, or another tenant's.
    """
    return session.scalars(
        select(TeamRow)
        .where(TeamRow.tenant_id == tenant_id, TeamRow.id == team_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_member(session: Session, tenant_id: str, member_id: str) -> MemberRow | None:
    """Find a member of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    member_id : str
        Id of the member.

    Returns
    -------
    MemberRow | None
        None when they are not there, or another tenant's.
    """
    return session.scalars(
        select(MemberRow)
        .where(MemberRow.tenant_id == tenant_id, MemberRow.id == member_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_absence(session: Session, tenant_id: str, member_id: str, absence_id: str) -> AbsenceRow | None:
    """Find an absence of a member.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    member_id : str
        The member.
    absence_id : str
        Id of the absence.

    Returns
    -------
    AbsenceRow | None
        None when it is not there, or somebody else's.
    """
    return session.scalars(
        select(AbsenceRow)
        .where(
            AbsenceRow.tenant_id == tenant_id,
            AbsenceRow.member_id == member_id,
            AbsenceRow.id == absence_id,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def page_of_teams(
    session: Session, tenant_id: str, page: Page, department: str | None
) -> tuple[Sequence[TeamRow], str | None]:
    """Select a page of teams, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    page : Page
        Which part.
    department : str | None
        Of one department; None takes all.

    Returns
    -------
    tuple[Sequence[TeamRow], str | None]
        The teams, and the cursor of the next page or None.
    """
    query = select(TeamRow).where(TeamRow.tenant_id == tenant_id)
    if department is not None:
        query = query.where(TeamRow.department == department)
    return newest_first(session, query, TeamRow.id, page)


def page_of_members(
    session: Session, tenant_id: str, page: Page, team_id: str | None
) -> tuple[Sequence[MemberRow], str | None]:
    """Select a page of members, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    page : Page
        Which part.
    team_id : str | None
        Of one team; None takes all.

    Returns
    -------
    tuple[Sequence[MemberRow], str | None]
        The members, and the cursor of the next page or None.
    """
    query = select(MemberRow).where(MemberRow.tenant_id == tenant_id)
    if team_id is not None:
        query = query.where(MemberRow.team_id == team_id)
    return newest_first(session, query, MemberRow.id, page)


def page_of_absences(session: Session, member_id: str, page: Page) -> tuple[Sequence[AbsenceRow], str | None]:
    """Select a page of a member's absences, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    member_id : str
        The member.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[AbsenceRow], str | None]
        The absences, and the cursor of the next page or None.
    """
    return newest_first(
        session, select(AbsenceRow).where(AbsenceRow.member_id == member_id), AbsenceRow.id, page
    )


def teams_of(session: Session, tenant_id: str, department: str) -> Sequence[TeamRow]:
    """List the teams of a department.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    department : str
        The department.

    Returns
    -------
    Sequence[TeamRow]
        In the order in which they were made, as they are now.
    """
    return session.scalars(
        select(TeamRow)
        .where(TeamRow.tenant_id == tenant_id, TeamRow.department == department)
        .order_by(TeamRow.id)
        .execution_options(populate_existing=True)
    ).all()


def all_teams(session: Session, tenant_id: str) -> Sequence[TeamRow]:
    """List all teams of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.

    Returns
    -------
    Sequence[TeamRow]
        In the order in which they were made.
    """
    return session.scalars(select(TeamRow).where(TeamRow.tenant_id == tenant_id).order_by(TeamRow.id)).all()


def active_members_of(session: Session, team_ids: Collection[str]) -> Sequence[MemberRow]:
    """List the active members of teams.

    Parameters
    ----------
    session : Session
        Any session.
    team_ids : Collection[str]
        The teams.

    Returns
    -------
    Sequence[MemberRow]
        In the order of their ids, as they are now.
    """
    return session.scalars(
        select(MemberRow)
        .where(MemberRow.team_id.in_(team_ids), MemberRow.active)
        .order_by(MemberRow.id)
        .execution_options(populate_existing=True)
    ).all()


def away_at(session: Session, member_ids: Collection[str], now: datetime) -> set[str]:
    """Find the members who are away at a moment.

    Parameters
    ----------
    session : Session
        Any session.
    member_ids : Collection[str]
        Of these.
    now : datetime
        The moment.

    Returns
    -------
    set[str]
        Their ids.
    """
    return set(
        session.scalars(
            select(AbsenceRow.member_id).where(
                AbsenceRow.member_id.in_(member_ids), AbsenceRow.starts_at <= now, AbsenceRow.ends_at > now
            )
        )
    )


def note_turn(session: Session, team_id: str, member_id: str, now: datetime) -> None:
    """Remember who got a ticket last.

    Parameters
    ----------
    session : Session
        A writing session that holds the tenant's chain.
    team_id : str
        The team.
    member_id : str
        Who got it.
    now : datetime
        When.
    """
    session.execute(update(TeamRow).where(TeamRow.id == team_id).values(last_member_id=member_id))
    session.execute(update(MemberRow).where(MemberRow.id == member_id).values(last_assigned_at=now))


def has_members(session: Session, team_id: str) -> bool:
    """Tell whether anybody belongs to a team.

    Parameters
    ----------
    session : Session
        Any session.
    team_id : str
        The team.

    Returns
    -------
    bool
        Inactive members count.
    """
    return bool(session.scalar(select(exists().where(MemberRow.team_id == team_id))))


def has_open_tickets(
    session: Session, tenant_id: str, *, team_id: str | None = None, member_id: str | None = None
) -> bool:
    """Tell whether unresolved tickets name a team or a member.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The tenant.
    team_id : str | None
        The team.
    member_id : str | None
        The member.

    Returns
    -------
    bool
        True when one does.
    """
    where = [TicketRow.tenant_id == tenant_id, TicketRow.resolved_at.is_(None)]
    if team_id is not None:
        where.append(TicketRow.team_id == team_id)
    if member_id is not None:
        where.append(TicketRow.assignee_id == member_id)
    return bool(session.scalar(select(exists().where(*where))))


def delete_absences(session: Session, member_id: str) -> None:
    """Forget all absences of a member.

    Parameters
    ----------
    session : Session
        A writing session.
    member_id : str
        The member.
    """
    session.execute(delete(AbsenceRow).where(AbsenceRow.member_id == member_id))
