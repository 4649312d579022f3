"""Speaks SQL for drift: which weeks have new comments, what is known of them, the stored weeks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session, undefer

from api.db.engine import Database
from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow, DriftWeekRow, JobRow
from api.db.tables.jobs import RESCORING

_PAGE = 1_000
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Material:
    """What a profile is made of: one stored comment, masked."""

    at: datetime
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


def material(
    database: Database, tenant_id: str, start: datetime, end: datetime
) -> Iterator[Sequence[Material]]:
    """Read the analysed comments of some days, each page in a short transaction of its own.

    Parameters
    ----------
    database : Database
        Where the comments are.
    tenant_id : str
        Whose comments.
    start : datetime
        Written at or after.
    end : datetime
        Written before.

    Yields
    ------
    Sequence[Material]
        At most `_PAGE` comments, as they were received; their time is that of `created_at`, else of
        `received_at`.
    """
    at = func.coalesce(CommentRow.written_at, CommentRow.received_at, type_=CommentRow.received_at.type)
    query = (
        select(
            CommentRow.id,
            at,
            func.coalesce(CommentRow.customer_id, CommentRow.id),
            CommentRow.masked_text,
            AnalysisRow.body,
            CommentVectorRow.encoder,
            CommentVectorRow.vector,
        )
        .join(AnalysisRow, and_(AnalysisRow.comment_id == CommentRow.id, AnalysisRow.is_current))
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentRow.tenant_id == tenant_id, at >= start, at < end)
        .order_by(CommentRow.id)
        .limit(_PAGE)
    )
    after = ""
    while True:
        with database.reading() as session:
            rows = session.execute(query.where(CommentRow.id > after)).all()
        if rows:
            yield [Material(*row[1:]) for row in rows]
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def mark_rescored(session: Session, tenant_id: str, weeks: Collection[date], now: datetime) -> None:
    """Say that comments of some weeks were analysed again, in the transaction that does it.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose comments.
    weeks : Collection[date]
        Mondays; weeks that have no profile yet are passed over.
    now : datetime
        The present.
    """
    if not weeks:
        return
    rows = session.scalars(
        select(DriftWeekRow)
        .where(DriftWeekRow.tenant_id == tenant_id, DriftWeekRow.week.in_(weeks))
        .order_by(DriftWeekRow.week)
        .with_for_update()
    )
    for row in rows:
        row.rescored_at = now


def is_rescoring(session: Session, tenant_id: str, since: datetime) -> bool:
    """Tell whether comments may have been analysed again since.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    since : datetime
        A time.

    Returns
    -------
    bool
        True when a re-scoring has not ended, or did after `since`.
    """
    query = select(JobRow.id).where(
        JobRow.tenant_id == tenant_id,
        JobRow.kind == RESCORING,
        or_(JobRow.ended_at.is_(None), JobRow.ended_at >= since),
    )
    return session.scalar(query.limit(1)) is not None


def stored_weeks(
    session: Session,
    tenant_id: str,
    *,
    most: int | None = None,
    with_profiles: bool = False,
    locked: bool = False,
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
    locked : bool
        Whether nobody else may change them until the transaction ends.

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
    if locked:
        session.execute(
            select(DriftWeekRow.week)
            .where(DriftWeekRow.tenant_id == tenant_id)
            .order_by(DriftWeekRow.week)
            .with_for_update()
        ).all()
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
