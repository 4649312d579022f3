"""Reads and writes the tables of the comments and their analyses."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from api.comments.visibility import seen_by
from api.db.tables import AnalysisRow, CommentRow
from api.paging import Page, newest_first

Key = tuple[str, str]
"""Source and external id: what makes a comment the same comment for its sender."""


def add(session: Session, comment: CommentRow, analysis: AnalysisRow) -> None:
    """Store a comment and its analysis.

    Parameters
    ----------
    session : Session
        A writing session; raises IntegrityError when the key is there already.
    comment : CommentRow
        The comment, masked.
    analysis : AnalysisRow
        What was said about it.
    """
    session.add(comment)
    session.flush()
    session.add(analysis)
    session.flush()


def find_by_keys(session: Session, tenant_id: str, keys: Collection[Key]) -> dict[Key, CommentRow]:
    """Find the comments that were received before.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    keys : Collection[Key]
        Source and external id.

    Returns
    -------
    dict[Key, CommentRow]
        Comment by key; the unknown keys are left out.
    """
    if not keys:
        return {}
    rows = session.scalars(
        select(CommentRow).where(
            CommentRow.tenant_id == tenant_id,
            tuple_(CommentRow.source, CommentRow.external_id).in_(list(keys)),
        )
    )
    return {(row.source, row.external_id): row for row in rows}


def find(
    session: Session, tenant_id: str, comment_id: str, departments: Collection[str] | None = None
) -> CommentRow | None:
    """Find a comment of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    comment_id : str
        Id of the comment.
    departments : Collection[str] | None
        Only if it belongs to one of these; None for the whole tenant.

    Returns
    -------
    CommentRow | None
        None when it is not there, or another tenant's.
    """
    query = select(CommentRow).where(CommentRow.tenant_id == tenant_id, CommentRow.id == comment_id)
    if departments is not None:
        query = query.where(seen_by(departments))
    return session.scalars(query).one_or_none()


def page_of(
    session: Session, tenant_id: str, page: Page, departments: Collection[str] | None = None
) -> tuple[Sequence[CommentRow], str | None]:
    """Select a page of comments, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.
    departments : Collection[str] | None
        Only what belongs to these; None for the whole tenant.

    Returns
    -------
    tuple[Sequence[CommentRow], str | None]
        The comments, and the cursor of the next page or None.
    """
    query = select(CommentRow).where(CommentRow.tenant_id == tenant_id)
    if departments is not None:
        query = query.where(seen_by(departments))
    return newest_first(session, query, CommentRow.id, page)


def current_analyses(session: Session, comment_ids: Collection[str]) -> dict[str, AnalysisRow]:
    """Find the current analyses of comments.

    Parameters
    ----------
    session : Session
        Any session.
    comment_ids : Collection[str]
        Ids of stored comments.

    Returns
    -------
    dict[str, AnalysisRow]
        Analysis by comment id.
    """
    rows = session.scalars(
        select(AnalysisRow).where(AnalysisRow.comment_id.in_(comment_ids), AnalysisRow.is_current)
    )
    return {row.comment_id: row for row in rows}
