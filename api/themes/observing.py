"""Reads what the statistics need of stored comments."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentRow, CommentThemeRow, CommentVectorRow
from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.statistics.observation import LANGUAGE_SEGMENT, Observation

_COLUMNS = ("channel", "touchpoint", "industry")


def observations(
    session: Session,
    tenant_id: str,
    model: ThemeModel,
    *,
    zone: tzinfo,
    by: str | None = None,
    with_empty: bool = False,
) -> list[Observation]:
    """Read a tenant's comments as the statistics see them.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    model : ThemeModel
        The tenant's themes: a comment counts in the groups above its themes too.
    zone : tzinfo
        Where days are counted.
    by : str | None
        A further column to take along, of the comment or of its `extra`.
    with_empty : bool
        Whether comments that say nothing are read too: an answer to NPS counts without words.

    Returns
    -------
    list[Observation]
        Oldest first; the day is that of `created_at`, else of `received_at`.
    """
    above = {theme.id: _path(model, theme.id) for theme in model.themes}
    themes = _themes(session, tenant_id, above)
    in_extra = by is not None and by not in (*_COLUMNS, LANGUAGE_SEGMENT)
    body = AnalysisRow.body["sentiment"]
    columns: list[Any] = [
        CommentVectorRow.comment_id,
        CommentVectorRow.language,
        CommentVectorRow.meaningful,
        CommentRow.written_at,
        CommentRow.received_at,
        CommentRow.nps,
        *(getattr(CommentRow, name) for name in _COLUMNS),
        body["score"].as_float(),
        body["label"].as_string(),
    ]
    if in_extra:
        columns.append(CommentRow.extra)
    rows = session.execute(
        select(*columns)
        .join(CommentRow, CommentRow.id == CommentVectorRow.comment_id)
        .outerjoin(
            AnalysisRow,
            and_(AnalysisRow.comment_id == CommentVectorRow.comment_id, AnalysisRow.is_current),
        )
        .where(CommentVectorRow.tenant_id == tenant_id)
        .order_by(CommentVectorRow.comment_id)
    )
    found = []
    days: dict[Any, date] = {}
    for row in rows:
        comment_id, language, meaningful, written_at, received_at, nps = row[:6]
        mine = themes.get(comment_id, ())
        if not meaningful and not mine and not with_empty:
            continue
        segments = {name: value for name, value in zip(_COLUMNS, row[6:9], strict=True) if value}
        if in_extra and by is not None:
            segments |= _extra(row[11], by)
        at = written_at or received_at
        if at not in days:
            days[at] = at.astimezone(zone).date()
        found.append(
            Observation(
                id=comment_id,
                themes=mine,
                at=days[at],
                language=Language(language),
                score=row[9],
                label=None if row[10] is None else SentimentLabel(row[10]),
                nps=nps,
                segments=segments,
            )
        )
    return found


def _themes(session: Session, tenant_id: str, above: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Read the themes of all comments, with those above them."""
    table = CommentThemeRow
    rows = session.execute(
        select(table.comment_id, table.theme_id)
        .where(table.tenant_id == tenant_id)
        .order_by(table.comment_id, table.rank)
    )
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for comment_id, theme_id in rows:
        for one in above.get(theme_id, ()):
            found[comment_id][one] = None
    return {comment_id: tuple(themes) for comment_id, themes in found.items()}


def _path(model: ThemeModel, theme_id: str) -> list[str]:
    """List a theme and all above it."""
    parents = {theme.id: theme.parent for theme in model.themes}
    path = [theme_id]
    while (parent := parents.get(path[-1])) is not None:
        path.append(parent)
    return path


def _extra(extra: Mapping[str, Any], name: str) -> dict[str, str]:
    value = extra.get(name)
    return {} if value is None or isinstance(value, dict | list) else {name: str(value)}
