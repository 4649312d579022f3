"""Speaks SQL for drift: which weeks have new comments, what is known of them, the stored weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session, undefer

from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow, DriftWeekRow

_PAGE = 500
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Material:
    """What a profile is made of: one stored comment, masked."""

    at: datetime
    received_at: datetime
    writer: str
    text: str
    analysis: dict[str, Any]
    encoder: str | None
    vector: bytes | None


def tenants(session: Session) -> list[str]:
    """List the tenants that have comments.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    list[str]
        In order.
    """
    return list(session.scalars(select(CommentRow.tenant_id).distinct().order_by(CommentRow.tenant_id)))


def week_of(at: datetime, zone: tzinfo) -> date:
    """Find the Monday of a time's week.

    Parameters
    ----------
    at : datetime
        Any aware time.
    zone : tzinfo
        Where days are counted.

    Returns
    -------
    date
        The Monday.
    """
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def latest_comments(
    session: Session, tenant_id: str, since: datetime | None, zone: tzinfo
) -> dict[date, datetime]:
    """Find the weeks of comments that came lately.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    since : datetime | None
        Comments that came before are not looked at; None looks at all.
    zone : tzinfo
        Where days are counted.

    Returns
    -------
    dict[date, datetime]
        When the last comment of each week came.
    """
    statement = select(CommentRow.written_at, CommentRow.received_at).where(CommentRow.tenant_id == tenant_id)
    if since is not None:
        statement = statement.where(CommentRow.received_at >= since)
    found: dict[date, datetime] = {}
    for written_at, received_at in session.execute(statement.execution_options(yield_per=_PAGE)):
        week = week_of(written_at or received_at, zone)
        found[week] = max(received_at, found.get(week, received_at))
    return found


def material(session: Session, tenant_id: str, start: datetime, end: datetime) -> Iterator[Material]:
    """Read the analysed comments of some days.

    Parameters
    ----------
    session : Session
        A reading session.
    tenant_id : str
        Whose comments.
    start : datetime
        Written at or after.
    end : datetime
        Written before.

    Yields
    ------
    Material
        One a comment; its time is that of `created_at`, else of `received_at`.
    """
    at = func.coalesce(CommentRow.written_at, CommentRow.received_at, type_=CommentRow.received_at.type)
    rows = session.execute(
        select(
            at,
            CommentRow.received_at,
            func.coalesce(CommentRow.customer_id, CommentRow.id),
            CommentRow.masked_text,
            AnalysisRow.body,
            CommentVectorRow.encoder,
            CommentVectorRow.vector,
        )
        .join(AnalysisRow, and_(AnalysisRow.comment_id == CommentRow.id, AnalysisRow.is_current))
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentRow.tenant_id == tenant_id, at >= start, at < end)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield Material(*row)


def stored_weeks(
    session: Session, tenant_id: str, *, most: int | None = None, with_profiles: bool = False
) -> list[DriftWeekRow]:
    """Read a tenant's weeks.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose.
    most : int | None
        The latest ones, at most so many; all when None.
    with_profiles : bool
        Whether the profiles are read too.

    Returns
    -------
    list[DriftWeekRow]
        Oldest first.
    """
    statement = (
        select(DriftWeekRow).where(DriftWeekRow.tenant_id == tenant_id).order_by(DriftWeekRow.week.desc())
    )
    if with_profiles:
        statement = statement.options(undefer(DriftWeekRow.profile))
    if most is not None:
        statement = statement.limit(most)
    return list(session.scalars(statement))[::-1]


def latest_findings(session: Session) -> list[dict[str, Any]]:
    """Read what was found of the latest week of each tenant.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    list[dict[str, Any]]
        `DriftWeekRow.findings` of each.
    """
    last = (
        select(DriftWeekRow.tenant_id, func.max(DriftWeekRow.week).label("week"))
        .group_by(DriftWeekRow.tenant_id)
        .subquery()
    )
    same: ColumnElement[bool] = and_(
        DriftWeekRow.tenant_id == last.c.tenant_id, DriftWeekRow.week == last.c.week
    )
    return list(session.scalars(select(DriftWeekRow.findings).join(last, same)))


def forget_before(session: Session, week: date) -> int:
    """Delete old weeks.

    Parameters
    ----------
    session : Session
        A writing session.
    week : date
        Weeks before go.

    Returns
    -------
    int
        How many went.
    """
    found: Any = session.execute(delete(DriftWeekRow).where(DriftWeekRow.week < week))
    return int(found.rowcount)
