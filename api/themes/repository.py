"""Reads and writes the vectors of comments and their themes, in bulk."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentThemeRow, CommentVectorRow, GoneCommentRow
from api.themes.placing import Placed

CHUNK = 2_000
"""Comments that are read, compared and written at a time."""


class StoredVector(NamedTuple):
    """A comment as its vector is stored."""

    comment_id: str
    encoder: str
    language: str
    meaningful: bool
    vector: bytes


def add_vectors(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store vectors of new comments.

    Parameters
    ----------
    session : Session
        A writing session.
    rows : Sequence[Mapping[str, Any]]
        Columns of `CommentVectorRow` by name.
    """
    if rows:
        session.execute(insert(CommentVectorRow), list(rows))


def change_vectors(session: Session, encoder: str, vectors: Mapping[str, bytes]) -> None:
    """Put other vectors in the place of stored ones.

    Parameters
    ----------
    session : Session
        A writing session.
    encoder : str
        Fingerprint of the encoder that made them.
    vectors : Mapping[str, bytes]
        Vector by comment id.
    """
    if not vectors:
        return
    table = CommentVectorRow.__table__
    session.connection().execute(
        update(CommentVectorRow)
        .where(table.c.comment_id == bindparam("of_comment"))
        .values(vector=bindparam("made"), encoder=encoder),
        [{"of_comment": comment_id, "made": vector} for comment_id, vector in vectors.items()],
    )


def vector_chunks(
    session: Session, tenant_id: str, only: Collection[str] | None = None
) -> Iterator[list[StoredVector]]:
    """Read a tenant's vectors, oldest comments first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    only : Collection[str] | None
        Ids of the comments that are wanted; None takes all.

    Yields
    ------
    list[StoredVector]
        At most `CHUNK` of them.
    """
    row = CommentVectorRow
    query = (
        select(row.comment_id, row.encoder, row.language, row.meaningful, row.vector)
        .where(row.tenant_id == tenant_id)
        .order_by(row.comment_id)
    )
    if only is not None:
        ids = sorted(only)
        for start in range(0, len(ids), CHUNK):
            part = query.where(row.comment_id.in_(ids[start : start + CHUNK]))
            if found := [StoredVector(*one) for one in session.execute(part)]:
                yield found
        return
    after = ""
    while found := [
        StoredVector(*one) for one in session.execute(query.where(row.comment_id > after).limit(CHUNK))
    ]:
        after = found[-1].comment_id
        yield found


def vectors_of(session: Session, tenant_id: str, ids: Sequence[str], encoder: str) -> dict[str, bytes]:
    """Read the vectors of some comments.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    ids : Sequence[str]
        Their ids.
    encoder : str
        Vectors of other encoders are left out.

    Returns
    -------
    dict[str, bytes]
        Vector by comment id.
    """
    row = CommentVectorRow
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        rows = session.execute(
            select(row.comment_id, row.vector).where(
                row.tenant_id == tenant_id, row.encoder == encoder, row.comment_id.in_(part)
            )
        )
        found |= {one[0]: one[1] for one in rows}
    return found


def comment_ids(session: Session, tenant_id: str) -> set[str]:
    """List the comments of a tenant that have a vector.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.

    Returns
    -------
    set[str]
        Their ids.
    """
    return set(
        session.scalars(select(CommentVectorRow.comment_id).where(CommentVectorRow.tenant_id == tenant_id))
    )


def analysed_since(session: Session, tenant_id: str, first: str) -> set[str]:
    """List the comments of a tenant that were analysed since.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    first : str
        Least id of an analysis.

    Returns
    -------
    set[str]
        Their ids.
    """
    row = AnalysisRow
    query = select(row.comment_id).where(row.id >= first, row.tenant_id == tenant_id, row.is_current)
    return set(session.scalars(query))


def count_comments(session: Session, tenant_id: str) -> int:
    """Count the comments of a tenant that have a vector.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.

    Returns
    -------
    int
        The number.
    """
    return (
        session.scalar(
            select(func.count()).select_from(CommentVectorRow).where(CommentVectorRow.tenant_id == tenant_id)
        )
        or 0
    )


def count_gone(session: Session, tenant_id: str) -> int:
    """Count the comments of a tenant that were deleted.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.

    Returns
    -------
    int
        The number; it never falls.
    """
    query = select(func.count()).select_from(GoneCommentRow).where(GoneCommentRow.tenant_id == tenant_id)
    return session.scalar(query) or 0


def themes_between(session: Session, tenant_id: str, first: str, last: str) -> dict[str, tuple[Placed, ...]]:
    """Read the stored themes of a run of comments.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    first : str
        Id of the first comment.
    last : str
        Id of the last one.

    Returns
    -------
    dict[str, tuple[Placed, ...]]
        Themes by comment id, best first; without the comments that have none.
    """
    table = CommentThemeRow
    rows = session.execute(
        select(table.comment_id, table.theme_id, table.similarity, table.origin)
        .where(table.tenant_id == tenant_id, table.comment_id >= first, table.comment_id <= last)
        .order_by(table.comment_id, table.rank)
    )
    return _gather(rows)


def themes_of(session: Session, ids: Collection[str]) -> dict[str, tuple[Placed, ...]]:
    """Read the stored themes of some comments.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments of one tenant.

    Returns
    -------
    dict[str, tuple[Placed, ...]]
        As `themes_between`.
    """
    table = CommentThemeRow
    rows = session.execute(
        select(table.comment_id, table.theme_id, table.similarity, table.origin)
        .where(table.comment_id.in_(ids))
        .order_by(table.comment_id, table.rank)
    )
    return _gather(rows)


def known_to_themes(session: Session, ids: Collection[str]) -> set[str]:
    """Tell which comments have been placed in themes, or in none.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments.

    Returns
    -------
    set[str]
        Those that have a vector.
    """
    return set(
        session.scalars(select(CommentVectorRow.comment_id).where(CommentVectorRow.comment_id.in_(ids)))
    )


def languages_of(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Look up the languages of some comments.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments that have a vector.

    Returns
    -------
    dict[str, str]
        Language by comment id.
    """
    row = CommentVectorRow
    found = session.execute(select(row.comment_id, row.language).where(row.comment_id.in_(ids)))
    return {one[0]: one[1] for one in found}


def put_themes(
    session: Session, tenant_id: str, themes: Mapping[str, Sequence[Placed]], *, are_new: bool = False
) -> None:
    """Store the themes of comments in place of those that they had.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose comments.
    themes : Mapping[str, Sequence[Placed]]
        Themes by comment id, best first.
    are_new : bool
        Whether the comments had none before.
    """
    ids = list(themes)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        if not are_new:
            session.execute(
                delete(CommentThemeRow)
                .where(CommentThemeRow.comment_id.in_(part))
                .execution_options(synchronize_session=False)
            )
        rows = [
            {
                "tenant_id": tenant_id,
                "comment_id": comment_id,
                "theme_id": one.theme_id,
                "rank": rank,
                "similarity": one.similarity,
                "origin": one.origin,
            }
            for comment_id in part
            for rank, one in enumerate(themes[comment_id])
        ]
        if rows:
            session.execute(insert(CommentThemeRow), rows)


def _gather(rows: Any) -> dict[str, tuple[Placed, ...]]:
    found: dict[str, list[Placed]] = defaultdict(list)
    for comment_id, theme_id, similarity, origin in rows:
        found[comment_id].append(Placed(theme_id, similarity, origin))
    return {comment_id: tuple(themes) for comment_id, themes in found.items()}
