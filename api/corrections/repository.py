"""Reads and writes the table of the corrections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

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


class Said(NamedTuple):
    """What figures need of a correction."""

    id: str
    comment_id: str
    task: str
    label: Any
    annotator: str
    language: str
    model_label: Any
    agreed: bool | None
    created_at: datetime


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


def first_of(session: Session, comment_id: str, task: str) -> CorrectionRow | None:
    """Find the oldest correction of one task of a comment, ended or not.

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
    return session.scalars(query.order_by(CorrectionRow.id).limit(1)).one_or_none()


def said(session: Session, wanted: Filter) -> Iterator[Said]:
    """Read corrections for figures, a part at a time.

    Parameters
    ----------
    session : Session
        Any session.
    wanted : Filter
        Which.

    Yields
    ------
    Said
        Oldest first.
    """
    row = CorrectionRow
    query = _selected(wanted).with_only_columns(
        row.id,
        row.comment_id,
        row.task,
        row.label,
        row.annotator,
        row.language,
        row.model_label,
        row.agreed,
        row.created_at,
    )
    after = ""
    while found := session.execute(query.where(row.id > after).order_by(row.id).limit(_CHUNK)).all():
        yield from (Said(*one) for one in found)
        after = found[-1].id


def _selected(wanted: Filter) -> Any:
    """Select what is wanted, in no order."""
    row = CorrectionRow
    query = select(row).where(row.tenant_id == wanted.tenant_id)
    if wanted.departments is not None:
        query = query.join(CommentRow, CommentRow.id == row.comment_id).where(seen_by(wanted.departments))
    if not wanted.history:
        query = query.where(row.ended_at.is_(None))
    for column, value in (
        (row.task, wanted.task),
        (row.annotator, wanted.annotator),
        (row.comment_id, wanted.comment_id),
        (row.language, wanted.language),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.begin is not None:
        query = query.where(row.created_at >= wanted.begin)
    if wanted.end is not None:
        query = query.where(row.created_at < wanted.end)
    return query
