"""Which stored comments are most worth a label: doubtful ones, unlike each other and those with a label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.comments.visibility import seen_by
from api.corrections.second_opinion import SecondOpinion
from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow, CorrectionRow
from api.themes.shelf import ThemeShelf
from api.themes.showing import shown_themes
from voc_nlp.batch.chunks import chunks
from voc_nlp.labelling import Candidate, Chosen, choose, disagreement, overall, uncertainty
from voc_nlp.schema import Comment

POOL = 2_000
"""Newest comments that are looked at."""
SHORTLIST = 300
"""The most uncertain of them get a second opinion; the others are weighed by their uncertainty alone."""
_MOST_LABELLED = 2_000
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which comments are wanted; `departments` are what the key sees, None for the whole tenant."""

    tenant_id: str
    count: int
    task: str | None = None
    language: str | None = None
    department: str | None = None
    departments: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """One comment to label; `disagreement` is None without a second opinion."""

    comment: CommentRow
    analysis: dict[str, Any]
    chosen: Chosen
    uncertainty: float
    disagreement: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What to label next, the most worth first; `pool` comments were looked at."""

    items: tuple[Queued, ...]
    pool: int
    second_opinion: str | None


def fill(session: Session, asked: Asked, shelf: ThemeShelf, second: SecondOpinion) -> Queue:
    """Choose what to label next.

    Parameters
    ----------
    session : Session
        A reading session.
    asked : Asked
        Which comments.
    shelf : ThemeShelf
        Reads the stored vectors.
    second : SecondOpinion
        Asked for the most uncertain ones.

    Returns
    -------
    Queue
        Fewer than asked for where there are no more, or only the same again.
    """
    doubts: dict[str, float] = {}
    ids = session.scalars(_uncorrected(asked).limit(POOL)).all()
    for part in chunks(ids, _CHUNK):
        doubts |= {one: _of(uncertainty(body), asked.task) for one, body in _bodies(session, part).items()}
    shortlist = sorted(doubts, key=lambda one: (-doubts[one], one))[:SHORTLIST]
    rows, bodies = _rows(session, shortlist), _bodies(session, shortlist)
    comments = [
        Comment(one, rows[one].masked_text, lang=bodies[one]["language"], nps=rows[one].nps)
        for one in shortlist
        if one in rows and one in bodies
    ]
    vectors = _vectors(session, list(doubts), shelf)
    labelled = _labelled(session, asked, shelf)
    session.close()  # no connection waits while the second tier reads
    version, others = second.of(comments)
    apart = {one: _of(disagreement(bodies[one], other), asked.task) for one, other in others.items()}
    candidates = [Candidate(one, doubt, apart.get(one), vectors.get(one)) for one, doubt in doubts.items()]
    chosen = choose(candidates, asked.count, labelled=labelled)
    ids = [one.id for one in chosen]
    rows, bodies = _rows(session, ids), _bodies(session, ids)
    languages = {one: bodies[one]["language"] for one in ids if one in bodies}
    shown = shown_themes(session, asked.tenant_id, shelf, languages)
    return Queue(
        tuple(
            Queued(
                rows[one.id],
                bodies[one.id] | ({"themes": shown[one.id]} if one.id in shown else {}),
                one,
                doubts[one.id],
                apart.get(one.id),
            )
            for one in chosen
            if one.id in rows and one.id in bodies  # neither erased meanwhile
        ),
        len(doubts),
        version,
    )


def _of(by_task: Mapping[str, float], task: str | None) -> float:
    """Sum a comment's doubt up: of one task, or of all."""
    return overall(by_task) if task is None else by_task.get(task, 0.0)


def _corrected(asked: Asked) -> ColumnElement[bool]:
    """Say whether somebody labelled a comment, for the task if there is one."""
    query = select(CorrectionRow.id).where(
        CorrectionRow.comment_id == CommentVectorRow.comment_id, CorrectionRow.ended_at.is_(None)
    )
    if asked.task is not None:
        query = query.where(CorrectionRow.task == asked.task)
    return query.exists()


def _uncorrected(asked: Asked) -> Any:
    """Select the comments that say something and that nobody labelled, newest first."""
    vector = CommentVectorRow
    query = (
        select(vector.comment_id)
        .where(vector.tenant_id == asked.tenant_id, vector.meaningful, ~_corrected(asked))
        .order_by(vector.comment_id.desc())
    )
    if asked.language is not None:
        query = query.where(vector.language == asked.language)
    limits = [asked.departments, None if asked.department is None else frozenset((asked.department,))]
    if any(limit is not None for limit in limits):
        query = query.join(CommentRow, CommentRow.id == vector.comment_id)
    for limit in limits:
        if limit is not None:
            query = query.where(seen_by(limit))
    return query


def _rows(session: Session, ids: Sequence[str]) -> dict[str, CommentRow]:
    return {row.id: row for row in session.scalars(select(CommentRow).where(CommentRow.id.in_(ids)))}


def _bodies(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    query = select(AnalysisRow.comment_id, AnalysisRow.body).where(
        AnalysisRow.comment_id.in_(ids), AnalysisRow.is_current
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _vectors(session: Session, ids: Sequence[str], shelf: ThemeShelf) -> dict[str, NDArray[np.float32]]:
    """Read vectors; those of another encoder are left out."""
    query = select(CommentVectorRow.comment_id, CommentVectorRow.vector)
    query = query.where(CommentVectorRow.encoder == shelf.fingerprint)
    found = [
        row
        for part in chunks(ids, _CHUNK)
        for row in session.execute(query.where(CommentVectorRow.comment_id.in_(part)))
    ]
    if not found:
        return {}
    return dict(zip([row[0] for row in found], shelf.unpack([row[1] for row in found]), strict=True))


def _labelled(session: Session, asked: Asked, shelf: ThemeShelf) -> NDArray[np.float32] | None:
    """Read the vectors of the comments that were labelled last."""
    row, vector = CorrectionRow, CommentVectorRow
    last = (
        select(row.comment_id)
        .where(row.tenant_id == asked.tenant_id, row.ended_at.is_(None))
        .group_by(row.comment_id)
        .order_by(func.max(row.id).desc())
        .limit(_MOST_LABELLED)
    )
    if asked.task is not None:
        last = last.where(row.task == asked.task)
    ids = session.scalars(last).all()
    found: list[bytes] = []
    for part in chunks(ids, _CHUNK):
        query = select(vector.vector).where(vector.comment_id.in_(part), vector.encoder == shelf.fingerprint)
        found += session.scalars(query)
    return shelf.unpack(found) if found else None
