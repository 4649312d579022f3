"""Reads and writes the table of the corrections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from api.comments.visibility import seen_by
from api.db.tables import CommentRow, CorrectionRow
from api.paging import Page, newest_first

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which corrections are wanted.

    Parameters
    ----------
    tenant_id : str
        Whose.
    departments : frozenset[str] | None
        Only those of comments that these see; None for the whole tenant.
    task, annotator, comment_id, language : str | None
        What they must have.
    begin, end : datetime | None
        Made from `begin` on, before `end`.
    history : bool
        Whether those that ended are wanted too.
    """

    tenant_id: str
    departments: frozenset[str] | None = None
    task: str | None = None
    annotator: str | None = None
    comment_id: str | None = None
    language: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    history: bool = False


class Judged(NamedTuple):
    """What is compared between annotators."""

    task: str
    comment_id: str
    annotator: str
    label: Any


def find(
    session: Session, tenant_id: str, correction_id: str, departments: frozenset[str] | None
) -> CorrectionRow | None:
    """Find a correction of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    correction_id : str
        Its id.
    departments : frozenset[str] | None
        Only if its comment belongs to one of these; None for the whole tenant.

    Returns
    -------
    CorrectionRow | None
        None when it is not there, or another tenant's.
    """
    query = _selected(Filter(tenant_id, departments, history=True)).where(CorrectionRow.id == correction_id)
    found: CorrectionRow | None = session.scalars(query).one_or_none()
    return found


def page_of(session: Session, wanted: Filter, page: Page) -> tuple[Sequence[CorrectionRow], str | None]:
    """Select a page of corrections, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    wanted : Filter
        Which.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[CorrectionRow], str | None]
        The corrections, and the cursor of the next page or None.
    """
    return newest_first(session, _selected(wanted), CorrectionRow.id, page)


def standing_of(session: Session, comment_id: str, task: str) -> Sequence[CorrectionRow]:
    """Find all corrections of one task of a comment that stand.

    Parameters
    ----------
    session : Session
        Any session.
    comment_id : str
        The comment.
    task : str
        The task.

    Returns
    -------
    Sequence[CorrectionRow]
        Newest first: the first is in force.
    """
    return session.scalars(
        select(CorrectionRow)
        .where(
            CorrectionRow.comment_id == comment_id,
            CorrectionRow.task == task,
            CorrectionRow.ended_at.is_(None),
        )
        .order_by(CorrectionRow.id.desc())
    ).all()


def newest_of(session: Session, comment_id: str, task: str) -> CorrectionRow | None:
    """Find the newest correction of one task of a comment, ended or not.

    Parameters
    ----------
    session : Session
        Any session.
    comment_id : str
        The comment.
    task : str
        The task.

    Returns
    -------
    CorrectionRow | None
        None where nobody corrected it.
    """
    query = select(CorrectionRow).where(CorrectionRow.comment_id == comment_id, CorrectionRow.task == task)
    return session.scalars(query.order_by(CorrectionRow.id.desc()).limit(1)).one_or_none()


def newest_each(wanted: Filter) -> Any:
    """Select of each comment and task the newest correction of those wanted.

    Parameters
    ----------
    wanted : Filter
        Which.

    Returns
    -------
    Any
        A select of rows, in no order.
    """
    row, newer = CorrectionRow, aliased(CorrectionRow)
    same = (newer.comment_id == row.comment_id, newer.task == row.task, newer.id > row.id)
    # Without the tenant, which the comment implies: SQLite would search a tenant's ids for each row.
    _, *others = _conditions(newer, wanted)
    return _selected(wanted).where(~select(newer.id).where(*same, *others).exists())


def span(session: Session, wanted: Filter) -> tuple[datetime, datetime] | None:
    """Find when corrections were made.

    Parameters
    ----------
    session : Session
        Any session.
    wanted : Filter
        Which.

    Returns
    -------
    tuple[datetime, datetime] | None
        The first and the last time; None where there are none.
    """
    at = CorrectionRow.created_at
    first, last = session.execute(_selected(wanted).with_only_columns(func.min(at), func.max(at))).one()
    return None if first is None else (first, last)


def judged_twice(session: Session, wanted: Filter) -> Iterator[Judged]:
    """Read the labels of the comments that two or more annotators labelled for one task.

    Parameters
    ----------
    session : Session
        Any session.
    wanted : Filter
        Which corrections; without those that ended.

    Yields
    ------
    Judged
        In no order.
    """
    row = CorrectionRow
    query = _selected(wanted).with_only_columns(
        row.task,
        row.comment_id,
        row.annotator,
        row.label,
        func.count().over(partition_by=(row.comment_id, row.task)).label("times"),
    )
    found = query.subquery()
    columns = (found.c.task, found.c.comment_id, found.c.annotator, found.c.label)
    statement = select(*columns).where(found.c.times > 1).execution_options(yield_per=_CHUNK)
    for one in session.execute(statement):
        yield Judged(*one)


def _selected(wanted: Filter) -> Any:
    """Select what is wanted, in no order."""
    query = select(CorrectionRow).where(*_conditions(CorrectionRow, wanted))
    if wanted.departments is None:
        return query
    return query.join(CommentRow, CommentRow.id == CorrectionRow.comment_id).where(
        seen_by(wanted.departments)
    )


def _conditions(row: type[CorrectionRow], wanted: Filter) -> list[ColumnElement[bool]]:
    """Say what the columns of wanted corrections hold; who may see the comment is another question."""
    conditions = [row.tenant_id == wanted.tenant_id]
    if not wanted.history:
        conditions.append(row.ended_at.is_(None))
    for column, value in (
        (row.task, wanted.task),
        (row.annotator, wanted.annotator),
        (row.comment_id, wanted.comment_id),
        (row.language, wanted.language),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.begin is not None:
        conditions.append(row.created_at >= wanted.begin)
    if wanted.end is not None:
        conditions.append(row.created_at < wanted.end)
    return conditions
