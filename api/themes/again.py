"""Places stored comments anew after they were analysed again, as a change of the themes would."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.db.tables import CommentVectorRow
from api.themes import models, repository
from api.themes.intake import Newcomer, embed, find
from api.themes.placing import Placed
from api.themes.repository import StoredVector
from api.themes.shelf import ThemeShelf
from voc_nlp.topics.model import ThemeModel


@dataclass(frozen=True, slots=True)
class Standing:
    """The tenant's model, and what comments have by it."""

    model: ThemeModel
    vectors: Mapping[str, StoredVector]
    themes: Mapping[str, tuple[Placed, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What comments get by a model: vectors and themes by comment id."""

    model: ThemeModel
    vectors: Mapping[str, bytes]
    themes: Mapping[str, tuple[Placed, ...]]


def read_standing(session: Session, tenant_id: str, ids: Collection[str], shelf: ThemeShelf) -> Standing:
    """Read what comments have.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    ids : Collection[str]
        Their ids.
    shelf : ThemeShelf
        Keeps the tenant's themes.

    Returns
    -------
    Standing
        The model is read before the rest: what is newer than it shows when it is locked.
    """
    return _standing_by(session, tenant_id, ids, models.current(session, tenant_id, shelf))


def find_again(comments: Sequence[Newcomer], standing: Standing, *, shelf: ThemeShelf, zone: tzinfo) -> Found:
    """Find the themes of comments by their new analyses; only vectors of another encoder are made anew.

    Parameters
    ----------
    comments : Sequence[Newcomer]
        Comments with their new analyses.
    standing : Standing
        What they have.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.

    Returns
    -------
    Found
        For `store_again`.
    """
    vectors = {
        comment_id: stored.vector
        for comment_id, stored in standing.vectors.items()
        if stored.encoder == shelf.fingerprint
    }
    stale = [one for one in comments if one.row.id not in vectors]
    vectors |= embed(stale, standing.model, shelf)
    return Found(standing.model, vectors, find(comments, vectors, standing.model, shelf=shelf, zone=zone))


def lock_standing(
    session: Session, tenant_id: str, ids: Collection[str], shelf: ThemeShelf, now: datetime
) -> Standing:
    """Read what comments have, and keep others from changing the themes until the transaction ends.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose comments.
    ids : Collection[str]
        Their ids.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    now : datetime
        The present.

    Returns
    -------
    Standing
        By the model that is current now.
    """
    model = models.lock_current(session, tenant_id, shelf, shared=True, now=now)
    return _standing_by(session, tenant_id, ids, model)


def store_again(
    session: Session,
    tenant_id: str,
    comments: Sequence[Newcomer],
    standing: Standing,
    found: Found,
    shelf: ThemeShelf,
) -> None:
    """Write what differs of vectors and themes.

    Parameters
    ----------
    session : Session
        The session of `lock_standing`.
    tenant_id : str
        Whose comments.
    comments : Sequence[Newcomer]
        Comments that are still there, with their new analyses.
    standing : Standing
        What they have.
    found : Found
        What they get, by the same model.
    shelf : ThemeShelf
        The encoder.
    """
    rows = []
    for one in comments:
        made = StoredVector(
            one.row.id,
            shelf.fingerprint,
            one.analysis["language"],
            one.analysis["meaningful"],
            found.vectors[one.row.id],
        )
        if standing.vectors.get(one.row.id) != made:
            rows.append({"tenant_id": tenant_id, **made._asdict()})
    if rows:
        session.execute(
            delete(CommentVectorRow)
            .where(CommentVectorRow.comment_id.in_([row["comment_id"] for row in rows]))
            .execution_options(synchronize_session=False)
        )
        repository.add_vectors(session, rows)
    moved = {
        one.row.id: found.themes[one.row.id]
        for one in comments
        if found.themes[one.row.id] != standing.themes.get(one.row.id, ())
    }
    repository.put_themes(session, tenant_id, moved)


def _standing_by(session: Session, tenant_id: str, ids: Collection[str], model: ThemeModel) -> Standing:
    vectors = {
        row.comment_id: row for rows in repository.vector_chunks(session, tenant_id, ids) for row in rows
    }
    return Standing(model, vectors, repository.themes_of(session, ids))
