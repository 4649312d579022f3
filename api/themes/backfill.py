"""Places comments that have no vector yet, or one of another encoder: after an upgrade or other models."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow, ThemeModelRow
from api.themes import again, intake, models, repository
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


def has_foreign(session: Session) -> bool:
    """Say whether there are vectors of several encoders; every vector is looked at, so ask seldom.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    bool
        False also when all are of one encoder, whichever.
    """
    encoder = CommentVectorRow.encoder
    first, last = session.execute(select(func.min(encoder), func.max(encoder))).one()
    return bool(first != last)


def usable_tenants(session: Session, shelf: ThemeShelf) -> list[str]:
    """List the tenants whose themes can be compared with the encoder that is loaded.

    Parameters
    ----------
    session : Session
        Any session.
    shelf : ThemeShelf
        The encoder.

    Returns
    -------
    list[str]
        The others wait for their next fit, which embeds everything.
    """
    query = select(ThemeModelRow.tenant_id).where(ThemeModelRow.is_current).order_by(ThemeModelRow.tenant_id)
    tenants = session.scalars(query).all()
    return [one for one in tenants if shelf.can_use(models.current(session, one, shelf))]


def place_foreign(
    database: Database, tenant_id: str, shelf: ThemeShelf, zone: tzinfo, now: datetime, after: str
) -> str | None:
    """Embed some comments again whose vector is of another encoder, and find their themes.

    Nothing is locked while texts are embedded. What somebody else changes meanwhile is left as it is.

    Parameters
    ----------
    database : Database
        Where the comments are.
    tenant_id : str
        One of `usable_tenants`.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    now : datetime
        The present.
    after : str
        Id of the last comment that was looked at; empty for the first call.

    Returns
    -------
    str | None
        For the next call; None when there are no more.
    """
    row = CommentVectorRow
    foreign = (
        select(row.comment_id)
        .where(row.tenant_id == tenant_id, row.comment_id > after, row.encoder != shelf.fingerprint)
        .order_by(row.comment_id)
        .limit(_CHUNK)
    )
    with database.reading() as session:
        ids = session.scalars(foreign).all()
        standing = again.read_standing(session, tenant_id, ids, shelf)
        before = _analysed(session, ids)
    if not ids or not shelf.can_use(standing.model):
        return None
    comments = [one for one, _ in before.values()]
    found = again.find_again(comments, standing, shelf=shelf, zone=zone)
    with database.writing() as session:
        held = again.lock_standing(session, tenant_id, ids, shelf, now)
        there = _analysed(session, ids)
        same = [
            one
            for comment_id, (one, analysis_id) in before.items()
            if comment_id in there
            and there[comment_id][1] == analysis_id
            and held.vectors.get(comment_id) == standing.vectors.get(comment_id)
        ]
        if held.model.revision == standing.model.revision:
            again.store_again(session, tenant_id, same, held, found, shelf)
    return ids[-1] if len(ids) == _CHUNK else None


def _analysed(session: Session, ids: Sequence[str]) -> dict[str, tuple[Newcomer, str]]:
    """Read comments with the body and the id of their analyses."""
    query = (
        select(CommentRow, AnalysisRow)
        .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .where(CommentRow.id.in_(ids))
    )
    return {
        comment.id: (Newcomer(comment, analysis.body), analysis.id)
        for comment, analysis in session.execute(query)
    }


def _unplaced() -> Select[Any]:
    return (
        select(CommentRow)
        .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .outerjoin(CommentVectorRow, CommentVectorRow.comment_id == CommentRow.id)
        .where(CommentVectorRow.comment_id.is_(None))
    )
