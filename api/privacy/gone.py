"""Tells which comments were deleted: for exports and training sets that were made before."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import GoneCommentRow

_CHUNK = 500


def gone_among(session: Session, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Tell which of some comments were deleted, by an erasure or for their age.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    ids : Collection[str]
        Ids of comments, for instance of the records of a training export.

    Returns
    -------
    set[str]
        Those whose records must go too.
    """
    wanted = sorted(ids)
    gone: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        gone |= set(
            session.scalars(
                select(GoneCommentRow.comment_id).where(
                    GoneCommentRow.tenant_id == tenant_id, GoneCommentRow.comment_id.in_(part)
                )
            )
        )
    return gone
