"""Chooses the comments of a re-scoring: their ids, oldest first, up to the newest at the start."""

from collections.abc import Collection, Iterator
from datetime import tzinfo

from sqlalchemy import ColumnElement, func, or_, select

from api.comments.selection import WRITTEN_OR_RECEIVED, has_theme, on_days, owned_by
from api.db.engine import Database
from api.db.tables import AnalysisRow, CommentRow
from api.rescoring.asking import ANY_VERSION, Ask

PART_COMMENTS = 200
"""Comments of a part: what is written in one transaction, and lost with a killed worker."""

_PARTS_AT_ONCE = 25


def chosen_ids(
    database: Database, tenant_id: str, ask: Ask, themes: Collection[str] | None, zone: tzinfo
) -> Iterator[list[str]]:
    """Read the ids, each page in a short transaction of its own.

    Parameters
    ----------
    database : Database
        Where the comments are.
    tenant_id : str
        Whose comments.
    ask : Ask
        Which.
    themes : Collection[str] | None
        Ids of which a comment must have one, where the ask names a theme.
    zone : tzinfo
        Where days begin.

    Yields
    ------
    list[str]
        Some thousands of them at most.
    """
    at_once = PART_COMMENTS * _PARTS_AT_ONCE
    conditions = [CommentRow.tenant_id == tenant_id, *_conditions(ask, themes, zone)]
    with database.reading() as session:
        newest = session.scalar(select(func.max(CommentRow.id)).where(CommentRow.tenant_id == tenant_id))
    after = ""
    while newest is not None:
        query = (
            select(CommentRow.id)
            .join(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
            .where(*conditions, CommentRow.id > after, CommentRow.id <= newest)
            .order_by(CommentRow.id)
            .limit(at_once)
        )
        with database.reading() as session:
            ids = list(session.scalars(query))
        if ids:
            yield ids
        if len(ids) < at_once:
            return
        after = ids[-1]


def _conditions(ask: Ask, themes: Collection[str] | None, zone: tzinfo) -> list[ColumnElement[bool]]:
    conditions = on_days(WRITTEN_OR_RECEIVED, ask.start, ask.end, zone)
    if ask.language is not None:
        conditions.append(AnalysisRow.body["language"].as_string() == ask.language)
    if ask.source is not None:
        conditions.append(CommentRow.source == ask.source)
    if ask.department is not None:
        conditions.append(owned_by([ask.department]))
    if themes is not None:
        conditions.append(has_theme(CommentRow.id, themes))
    if ask.model_version is None:
        # NULL, where it was not written down, is no other: an upgrade alone asks for nothing
        others = AnalysisRow.made_by["departments"].as_string() != ask.present.departments
        conditions.append(or_(AnalysisRow.model_version != ask.present.model, others))
    elif ask.model_version != ANY_VERSION:
        conditions.append(AnalysisRow.model_version == ask.model_version)
    return conditions
