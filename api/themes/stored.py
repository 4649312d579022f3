"""Reads stored comments as themes need them: texts, fields and analyses."""

from collections.abc import Collection, Iterator
from datetime import tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentRow, CommentThemeRow
from api.themes.placing import comment_of
from api.themes.repository import CHUNK
from voc_nlp.schema import Comment

_MOST_TO_SPLIT = 5_000
_COMMENT = [column for column in CommentRow.__table__.columns if column.name != "masked_ranges"]


def comments_by_id(session: Session, ids: Collection[str], zone: tzinfo) -> dict[str, Comment]:
    """Read stored comments as queries see them.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Their ids.
    zone : tzinfo
        Of the tenant's calendar.

    Returns
    -------
    dict[str, Comment]
        Comment by id.
    """
    rows = session.execute(select(*_COMMENT).where(CommentRow.id.in_(ids)))
    return {row.id: comment_of(row, zone) for row in rows}


def has_comment(session: Session, tenant_id: str, comment_id: str) -> bool:
    """Say whether a comment is stored.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comment.
    comment_id : str
        Its id.

    Returns
    -------
    bool
        False when it is not there, or another tenant's.
    """
    found = session.scalar(
        select(CommentRow.id).where(CommentRow.tenant_id == tenant_id, CommentRow.id == comment_id)
    )
    return found is not None


def comments_to_split(session: Session, tenant_id: str, theme_id: str, zone: tzinfo) -> list[Comment]:
    """Read the latest comments of a theme, as many as a split needs.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    theme_id : str
        The theme.
    zone : tzinfo
        Of the tenant's calendar.

    Returns
    -------
    list[Comment]
        Newest first.
    """
    rows = session.execute(
        select(*_COMMENT)
        .join(CommentThemeRow, CommentThemeRow.comment_id == CommentRow.id)
        .where(CommentThemeRow.tenant_id == tenant_id, CommentThemeRow.theme_id == theme_id)
        .order_by(CommentRow.id.desc())
        .limit(_MOST_TO_SPLIT)
    )
    return [comment_of(row, zone) for row in rows]


def comment_chunks(session: Session, tenant_id: str, zone: tzinfo) -> Iterator[list[Comment]]:
    """Read all comments of a tenant, oldest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    zone : tzinfo
        Of the tenant's calendar.

    Yields
    ------
    list[Comment]
        At most `CHUNK` of them.
    """
    query = select(*_COMMENT).where(CommentRow.tenant_id == tenant_id).order_by(CommentRow.id)
    after = ""
    while found := [
        comment_of(row, zone) for row in session.execute(query.where(CommentRow.id > after).limit(CHUNK))
    ]:
        after = found[-1].id
        yield found


def texts_by_id(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Read the masked texts of stored comments.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Their ids.

    Returns
    -------
    dict[str, str]
        Text by id.
    """
    rows = session.execute(select(CommentRow.id, CommentRow.masked_text).where(CommentRow.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def analyses_by_comment(session: Session, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Read of current analyses what queries ask for; the whole of them is ten times as long.

    Parameters
    ----------
    session : Session
        Any session.
    ids : Collection[str]
        Ids of comments.

    Returns
    -------
    dict[str, dict[str, Any]]
        By comment id, as `analysis_of` reads it.
    """
    body = AnalysisRow.body
    rows = session.execute(
        select(
            AnalysisRow.comment_id,
            body["language"].as_string(),
            body["sentiment"]["label"].as_string(),
            body["sentiment"]["score"].as_float(),
            body["intent"]["label"].as_string(),
            body["urgency"]["level"].as_string(),
            body["churn"]["at_risk"].as_boolean(),
            body["departments"],
        ).where(AnalysisRow.comment_id.in_(ids), AnalysisRow.is_current)
    )
    return {
        comment_id: {
            "id": comment_id,
            "language": language,
            "meaningful": True,
            "sentiment": {"label": label, "score": score},
            "intent": {"label": intent},
            "urgency": {"level": level},
            "churn": {"at_risk": at_risk, "probability": 0.0},
            "departments": departments,
            "abstained": False,
            "model_version": "",
        }
        for comment_id, language, label, score, intent, level, at_risk, departments in rows
    }
