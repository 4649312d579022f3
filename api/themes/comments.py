"""Lists the comments of a theme, or those that belong to none."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import CommentRow, CommentThemeRow, CommentVectorRow
from api.paging import Page, newest_first
from api.themes import repository
from voc_nlp.topics.hierarchy import subtree_of
from voc_nlp.topics.model import ThemeModel

UNASSIGNED = "unassigned"
"""Stands for the comments without a theme, where else a theme's id stands."""


def page_of(session: Session, tenant_id: str, model: ThemeModel, theme_id: str, page: Page) -> dict[str, Any]:
    """List a page of a theme's comments, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    model : ThemeModel
        The tenant's themes.
    theme_id : str
        A theme, a group (with all that stands below it), or `UNASSIGNED`.
    page : Page
        Which part.

    Returns
    -------
    dict[str, Any]
        A `ThemeCommentPage`.
    """
    themes, vectors = CommentThemeRow, CommentVectorRow
    query = select(CommentRow).where(CommentRow.tenant_id == tenant_id)
    if theme_id == UNASSIGNED:
        has_theme = select(themes.theme_id).where(themes.comment_id == CommentRow.id).exists()
        says = select(vectors.comment_id).where(vectors.comment_id == CommentRow.id, vectors.meaningful)
        query = query.where(says.exists(), ~has_theme)
    else:
        held = select(themes.comment_id).where(
            themes.tenant_id == tenant_id, themes.theme_id.in_(subtree_of(model.themes, theme_id))
        )
        query = query.where(CommentRow.id.in_(held))
    rows, cursor = newest_first(session, query, CommentRow.id, page)
    ids = [row.id for row in rows]
    placed = repository.themes_of(session, ids)
    languages = repository.languages_of(session, ids)
    labels = {theme.id: theme.label for theme in model.themes}
    items = []
    for row in rows:
        if row.id not in languages:  # erased since the query before
            continue
        language = languages[row.id]
        items.append(
            {
                "id": row.id,
                "text": row.masked_text,
                "language": language,
                "created_at": row.written_at,
                "received_at": row.received_at,
                "themes": [
                    {
                        "id": one.theme_id,
                        "label": labels[one.theme_id]["ja" if language == "ja" else "en"],
                        "similarity": one.similarity,
                        "origin": one.origin,
                    }
                    for one in placed.get(row.id, ())
                    if one.theme_id in labels
                ],
            }
        )
    return {"items": items, "next_cursor": cursor}
