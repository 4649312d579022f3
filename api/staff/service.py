"""Adds, changes and removes teams, members and absences; each change is an entry of the audit.

The audit holds ids and the names of the fields that changed, never a person's name or contact.
Every change holds the tenant's chain, as assignments do: an assignment sees staff as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from api import etags
from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import is_id, new_id
from api.db.tables import AbsenceRow, MemberRow, TeamRow
from api.errors import Bilingual, Fault, InvalidRequestError, NotFoundError, RequestError
from api.staff import repository
from api.staff.schemas import AbsenceChange, AbsenceIn, MemberChange, MemberIn, TeamChange, TeamIn

_TOLD = ("department", "strategy", "team_id", "languages", "capacity", "active")
"""Fields whose values the audit may hold."""


class StillNeededError(RequestError):
    """A team or member that something still names.

    Parameters
    ----------
    en : str
        What does.
    ja : str
        The same in Japanese.
    """

    status = 409
    code = "still_needed"
    title = Bilingual("Still needed", "使用中です")

    def __init__(self, en: str, ja: str) -> None:
        super().__init__(Bilingual(en, ja))


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes the staff of which tenant, having seen what, when."""

    tenant_id: str
    actor: str
    now: datetime
    if_match: str | None = None


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


def get_absence(session: Session, tenant_id: str, member_id: str, absence_id: str) -> AbsenceRow:
    """Find an absence of a member.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    member_id : str
        The member.
    absence_id : str
        What the caller sent as its id.

    Returns
    -------
    AbsenceRow
        The absence.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    known = is_id("mem", member_id) and is_id("abs", absence_id)
    row = repository.find_absence(session, tenant_id, member_id, absence_id) if known else None
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
    _tell(session, change, "created", "team", row.id, {"department", "name", "strategy"}, after=row)
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
    before = _values(row)
    if body.name is not None:
        row.name_ja, row.name_en = body.name.ja, body.name.en
    if body.strategy is not None:
        row.strategy = body.strategy
    row.version += 1
    session.flush()
    _tell(session, change, "changed", "team", row.id, body.model_fields_set, before, row)
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
    _tell(session, change, "deleted", "team", row.id, set())


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
    _tell(session, change, "created", "member", row.id, set(MemberIn.model_fields), after=row)
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
    before = _values(row)
    for name in body.model_fields_set:
        value = getattr(body, name)
        setattr(row, name, sorted(set(value)) if name == "languages" else value)
    row.version += 1
    session.flush()
    _tell(session, change, "changed", "member", row.id, body.model_fields_set, before, row)
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
    _tell(session, change, "deleted", "member", row.id, set())


def add_absence(
    session: Session, change: Change, member_id: str, body: AbsenceIn, zone: tzinfo
) -> AbsenceRow:
    """Note when a member is away.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    member_id : str
        The member.
    body : AbsenceIn
        From when to when.
    zone : tzinfo
        Of times without one.

    Returns
    -------
    AbsenceRow
        The absence.
    """
    chain.hold(session, change.tenant_id)
    member = get_member(session, change.tenant_id, member_id)
    row = AbsenceRow(
        id=new_id("abs"),
        tenant_id=change.tenant_id,
        member_id=member.id,
        starts_at=_aware(body.starts_at, zone),
        ends_at=_aware(body.ends_at, zone),
        version=1,
    )
    _check_order(row)
    session.add(row)
    session.flush()
    _tell(session, change, "created", "absence", row.id, {"from", "to"})
    return row


def change_absence(
    session: Session, change: Change, member_id: str, absence_id: str, body: AbsenceChange, zone: tzinfo
) -> AbsenceRow:
    """Change the beginning or the end of an absence.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    member_id : str
        The member.
    absence_id : str
        The absence.
    body : AbsenceChange
        What becomes another.
    zone : tzinfo
        Of times without one.

    Returns
    -------
    AbsenceRow
        The absence as it is now.
    """
    chain.hold(session, change.tenant_id)
    row = get_absence(session, change.tenant_id, member_id, absence_id)
    etags.check(change.if_match, row.version)
    if body.starts_at is not None:
        row.starts_at = _aware(body.starts_at, zone)
    if body.ends_at is not None:
        row.ends_at = _aware(body.ends_at, zone)
    _check_order(row)
    row.version += 1
    session.flush()
    _tell(session, change, "changed", "absence", row.id, {"from", "to"})
    return row


def remove_absence(session: Session, change: Change, member_id: str, absence_id: str) -> None:
    """Forget an absence.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who asks.
    member_id : str
        The member.
    absence_id : str
        The absence.
    """
    chain.hold(session, change.tenant_id)
    row = get_absence(session, change.tenant_id, member_id, absence_id)
    etags.check(change.if_match, row.version)
    session.delete(row)
    session.flush()
    _tell(session, change, "deleted", "absence", row.id, set())


def _check_team(session: Session, tenant_id: str, team_id: str) -> None:
    if not is_id("tea", team_id) or repository.find_team(session, tenant_id, team_id) is None:
        raise _fault("/team_id", "there is no such team", "このチームはありません")


def _check_order(row: AbsenceRow) -> None:
    if row.ends_at <= row.starts_at:
        raise _fault("/to", "must lie after 'from'", "from より後の日時を指定してください")


def _aware(at: datetime, zone: tzinfo) -> datetime:
    """Give a time its zone; the ends of the calendar would overflow."""
    if not 1900 <= at.year <= 2200:
        raise _fault("/from", "expected a year from 1900 to 2200", "1900〜2200 年で指定してください")
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _fault(pointer: str, en: str, ja: str) -> InvalidRequestError:
    return InvalidRequestError([Fault(pointer, Bilingual(en, ja))])


def _values(row: TeamRow | MemberRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _TOLD if hasattr(row, name)}


def _tell(
    session: Session,
    change: Change,
    action: str,
    kind: str,
    object_id: str,
    fields: Collection[str],
    before: Mapping[str, Any] | None = None,
    after: TeamRow | MemberRow | None = None,
) -> None:
    """Write the entry of the audit."""
    old, new = before or {}, _values(after) if after is not None else {}
    changed = [name for name in new if name in fields]
    entry = Entry(
        actor=change.actor,
        action=action,
        object_type=kind,
        object_id=object_id,
        before={name: old[name] for name in changed if name in old},
        after={name: new[name] for name in changed},
        reason={"fields": sorted(fields)},
    )
    chain.append(session, change.tenant_id, entry, change.now)
