"""Adds, changes and removes the absences of members."""

from datetime import tzinfo

from sqlalchemy.orm import Session

from api import etags
from api.audit import chain
from api.db.ids import is_id, new_id
from api.db.tables import AbsenceRow
from api.errors import NotFoundError
from api.moments import aware
from api.staff import repository
from api.staff.changes import Change, fault, tell
from api.staff.schemas import AbsenceChange, AbsenceIn
from api.staff.service import get_member


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
        starts_at=aware(body.starts_at, zone, "/from"),
        ends_at=aware(body.ends_at, zone, "/to"),
        version=1,
    )
    _check_order(row)
    session.add(row)
    session.flush()
    tell(session, change, "created", "absence", row.id, {"from", "to"})
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
        row.starts_at = aware(body.starts_at, zone, "/from")
    if body.ends_at is not None:
        row.ends_at = aware(body.ends_at, zone, "/to")
    _check_order(row)
    row.version += 1
    session.flush()
    tell(session, change, "changed", "absence", row.id, {"from", "to"})
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
    tell(session, change, "deleted", "absence", row.id, set())


def _check_order(row: AbsenceRow) -> None:
    if row.ends_at <= row.starts_at:
        raise fault("/to", "must lie after 'from'", "from より後の日時を指定してください")
