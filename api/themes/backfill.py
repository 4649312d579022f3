"""Places comments that have no vector yet: after an upgrade of the service."""

from datetime import datetime, tzinfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow
from api.themes import intake, models
from api.themes.intake import Newcomer
from api.themes.shelf import ThemeShelf

_CHUNK = 500


def has_unplaced(session: Session) -> bool:
    """Say whether a comment waits to be placed.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    bool
        True when one has no vector.
    """
    return session.scalar(_unplaced().with_only_columns(CommentRow.id).limit(1)) is not None


def place_some(session: Session, shelf: ThemeShelf, zone: tzinfo, now: datetime) -> int:
    """Place comments of one tenant.

    Parameters
    ----------
    session : Session
        A writing session; one call is one transaction.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    now : datetime
        The present.

    Returns
    -------
    int
        How many were placed; 0 when none waits.
    """
    first = session.scalar(_unplaced().with_only_columns(CommentRow.tenant_id).limit(1))
    if first is None:
        return 0
    model = models.lock_current(session, first, shelf, shared=False, now=now)
    rows = session.execute(
        select(CommentRow, AnalysisRow)
        .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentRow.tenant_id == first, CommentVectorRow.comment_id.is_(None))
        .limit(_CHUNK)
    ).all()
    newcomers = [Newcomer(comment, analysis.body) for comment, analysis in rows]
    vectors = intake.embed(newcomers, model, shelf)
    intake.store(session, first, newcomers, vectors, model, shelf=shelf, zone=zone, now=now)
    return len(newcomers)


def _unplaced() -> Select[CommentRow]:
    return (
        select(CommentRow)
        .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentVectorRow.comment_id.is_(None))
    )
