"""Adds, changes and removes teams and members; each change is an entry of the audit.

Every change holds the tenant's chain, as assignments do: an assignment sees staff as it is.
"""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from api import etags
from api.audit import chain
from api.db.ids import is_id, new_id
from api.db.tables import MemberRow, TeamRow
from api.errors import Bilingual, Fault, InvalidRequestError, NotFoundError
from api.staff import repository
from api.staff.changes import Change, StillNeededError, fault, tell, values_of
from api.staff.schemas import MemberChange, MemberIn, TeamChange, TeamIn


def get_team(session: Session, tenant_id: str, team_id: str) -> TeamRow:
    """Find a team.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    team_id : str
        What the caller sent as its id.

    Returns
    -------
    TeamRow
        The team.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = repository.find_team(session, tenant_id, team_id) if is_id("tea", team_id) else None
    if row is None:
        raise NotFoundError()
    return row


def get_member(session: Session, tenant_id: str, member_id: str) -> MemberRow:
    """Find a member.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    member_id : str
        What the caller sent as the id.

    Returns
    -------
    MemberRow
        The member.

    Raises
    ------
    NotFoundError
        If they are not there, or another tenant's.
    """
    row = repository.find_member(session, tenant_id, member_id) if is_id("mem", member_id) else None
    if row is None:
        raise NotFoundError()
    return row


def add_team(session: Session, change: Change, body: TeamIn, departments: Collection[str]) -> TeamRow:
    """Add a team.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    body : TeamIn
        The team.
    departments : Collection[str]
        Those that exist.

    Returns
    -------
    TeamRow
        The team.

    Raises
    ------
    InvalidRequestError
        If its department does not exist.
    """
    if body.department not in departments:
        known = ", ".join(sorted(departments))
        detail = Bilingual(
            f"there is no such department; known are {known}",
            f"この部署はありません。指定できる部署: {known}",
        )
        raise InvalidRequestError([Fault("/department", detail)])
    chain.hold(session, change.tenant_id)
    row = TeamRow(
        id=new_id("tea"),
        tenant_id=change.tenant_id,
        department=body.department,
        name_ja=body.name.ja,
        name_en=body.name.en,
        strategy=body.strategy,
        created_at=change.now,
        version=1,
    )
    session.add(row)
    session.flush()
    tell(session, change, "created", "team", row.id, {"department", "name", "strategy"}, after=row)
    return row


def change_team(session: Session, change: Change, team_id: str, body: TeamChange) -> TeamRow:
    """Change a team.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    team_id : str
        The team.
    body : TeamChange
        What becomes another.

    Returns
    -------
    TeamRow
        The team as it is now.
    """
    chain.hold(session, change.tenant_id)
    row = get_team(session, change.tenant_id, team_id)
    etags.check(change.if_match, row.version)
    before = values_of(row)
    if body.name is not None:
        row.name_ja, row.name_en = body.name.ja, body.name.en
    if body.strategy is not None:
        row.strategy = body.strategy
    row.version += 1
    session.flush()
    tell(session, change, "changed", "team", row.id, body.model_fields_set, before, row)
    return row


def remove_team(session: Session, change: Change, team_id: str) -> None:
    """Remove a team that has neither members nor open tickets.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    team_id : str
        The team.

    Raises
    ------
    StillNeededError
        If it has.
    """
    chain.hold(session, change.tenant_id)
    row = get_team(session, change.tenant_id, team_id)
    etags.check(change.if_match, row.version)
    if repository.has_members(session, row.id):
        raise StillNeededError(
            "The team has members; move or remove them first.",
            "チームに担当者がいます。先に異動または削除してください。",
        )
    if repository.has_open_tickets(session, change.tenant_id, team_id=row.id):
        raise StillNeededError(
            "Open tickets wait in the team's queue; assign them to others first.",
            "チームの待ち行列に未解決のチケットがあります。先に割り当て直してください。",
        )
    session.delete(row)
    session.flush()
    tell(session, change, "deleted", "team", row.id, set())


def add_member(session: Session, change: Change, body: MemberIn) -> MemberRow:
    """Add a member to a team.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    body : MemberIn
        The member.

    Returns
    -------
    MemberRow
        The member.
    """
    chain.hold(session, change.tenant_id)
    _check_team(session, change.tenant_id, body.team_id)
    row = MemberRow(
        id=new_id("mem"),
        tenant_id=change.tenant_id,
        created_at=change.now,
        version=1,
        **{**body.model_dump(), "languages": sorted(set(body.languages))},
    )
    session.add(row)
    session.flush()
    tell(session, change, "created", "member", row.id, set(MemberIn.model_fields), after=row)
    return row


def add_members(session: Session, change: Change, bodies: Sequence[MemberIn]) -> list[MemberRow]:
    """Add several members, or none.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    bodies : Sequence[MemberIn]
        The members.

    Returns
    -------
    list[MemberRow]
        In the same order.

    Raises
    ------
    InvalidRequestError
        If a team is not there; names the rows.
    """
    chain.hold(session, change.tenant_id)
    known = {row.id for row in repository.all_teams(session, change.tenant_id)}
    detail = Bilingual("there is no such team", "このチームはありません")
    faults = [
        Fault(f"/members/{number}/team_id", detail)
        for number, body in enumerate(bodies)
        if body.team_id not in known
    ]
    if faults:
        raise InvalidRequestError(faults[:20])
    return [add_member(session, change, body) for body in bodies]


def change_member(session: Session, change: Change, member_id: str, body: MemberChange) -> MemberRow:
    """Change a member; the open tickets of one who becomes inactive go to others by the worker.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    member_id : str
        The member.
    body : MemberChange
        What becomes another.

    Returns
    -------
    MemberRow
        The member as they are now.
    """
    chain.hold(session, change.tenant_id)
    row = get_member(session, change.tenant_id, member_id)
    etags.check(change.if_match, row.version)
    if body.team_id is not None:
        _check_team(session, change.tenant_id, body.team_id)
    before = values_of(row)
    for name in body.model_fields_set:
        value = getattr(body, name)
        setattr(row, name, sorted(set(value)) if name == "languages" else value)
    row.version += 1
    session.flush()
    tell(session, change, "changed", "member", row.id, body.model_fields_set, before, row)
    return row


def remove_member(session: Session, change: Change, member_id: str) -> None:
    """Remove a member who has no open tickets, and their absences.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    member_id : str
        The member.

    Raises
    ------
    StillNeededError
        If they have some.
    """
    chain.hold(session, change.tenant_id)
    row = get_member(session, change.tenant_id, member_id)
    etags.check(change.if_match, row.version)
    if repository.has_open_tickets(session, change.tenant_id, member_id=row.id):
        raise StillNeededError(
            "The member has open tickets; assign them to others, or set active to false and wait for the "
            "worker.",
            "担当者に未解決のチケットがあります。割り当て直すか、active を false にしてください。",
        )
    repository.delete_absences(session, row.id)
    session.delete(row)
    session.flush()
    tell(session, change, "deleted", "member", row.id, set())


def _check_team(session: Session, tenant_id: str, team_id: str) -> None:
    if not is_id("tea", team_id) or repository.find_team(session, tenant_id, team_id) is None:
        raise fault("/team_id", "there is no such team", "このチームはありません")
