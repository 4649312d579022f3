"""Places comments that have no vector yet: after an upgrade of the service."""

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow
from api.themes import intake, models, repository
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


def place_some(database: Database, shelf: ThemeShelf, zone: tzinfo, now: datetime) -> int:
    """Place comments of one tenant; they are embedded before the writing begins, so that this holds no lock.

    Parameters
    ----------
    database : Database
        Where the comments are.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    now : datetime
        The present.

    Returns
    -------
    int
        How many waited; 0 when none does.
    """
    with database.reading() as session:
        first = session.scalar(_unplaced().with_only_columns(CommentRow.tenant_id).limit(1))
        if first is None:
            return 0
        model = models.current(session, first, shelf)
        rows = session.execute(
            _unplaced().add_columns(AnalysisRow).where(CommentRow.tenant_id == first).limit(_CHUNK)
        ).all()
    newcomers = [Newcomer(comment, analysis.body) for comment, analysis in rows]
    vectors = intake.embed(newcomers, model, shelf)
    found = intake.find(newcomers, vectors, model, shelf=shelf, zone=zone)
    with database.writing() as session:
        models.lock_current(session, first, shelf, shared=False, now=now)
        placed = repository.known_to_themes(session, vectors)  # by another worker, meanwhile
        there = set(session.scalars(select(CommentRow.id).where(CommentRow.id.in_(vectors))))  # or erased
        waiting = [one for one in newcomers if one.row.id in there - placed]
        intake.store(session, first, waiting, vectors, model, found, shelf=shelf, zone=zone, now=now)
    return len(newcomers)


def _unplaced() -> Select[Any]:
    return (
        select(CommentRow)
        .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentVectorRow.comment_id.is_(None))
    )
