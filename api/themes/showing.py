"""Shows a comment's current themes as the analysis of a comment holds them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.themes import models, repository
from api.themes.placing import Placed
from api.themes.shelf import ThemeShelf
from voc_nlp.topics.model import ThemeModel


def shown_themes(
    session: Session, tenant_id: str, shelf: ThemeShelf, languages: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Look up the current themes of stored comments.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    shelf : ThemeShelf
        Keeps the tenant's model.
    languages : Mapping[str, str]
        Language by comment id, in which its themes are named.

    Returns
    -------
    dict[str, list[dict[str, Any]]]
        ``[{"id", "label", "similarity"}]`` by comment id, best first; comments that were stored before
        there were themes, and have not been placed yet, are left out.
    """
    known = repository.known_to_themes(session, languages)
    if not known:
        return {}
    model = models.current(session, tenant_id, shelf)
    placed = repository.themes_of(session, known)
    return {
        comment_id: show(model, placed.get(comment_id, ()), languages[comment_id]) for comment_id in known
    }


def show(model: ThemeModel, placed: Sequence[Placed], language: str) -> list[dict[str, Any]]:
    """Name the themes of one comment.

    Parameters
    ----------
    model : ThemeModel
        The tenant's themes.
    placed : Sequence[Placed]
        Those of the comment, best first.
    language : str
        Language of the comment.

    Returns
    -------
    list[dict[str, Any]]
        ``[{"id", "label", "similarity"}]``.
    """
    labels = {theme.id: theme.label["ja" if language == "ja" else "en"] for theme in model.themes}
    return [
        {"id": one.theme_id, "label": labels[one.theme_id], "similarity": one.similarity}
        for one in placed
        if one.theme_id in labels
    ]


def names_of(model: ThemeModel, placed: Sequence[Placed]) -> list[str]:
    """List what the themes of one comment may be called: in opening rules, and as people's skills.

    Parameters
    ----------
    model : ThemeModel
        The tenant's themes.
    placed : Sequence[Placed]
        Those of the comment.

    Returns
    -------
    list[str]
        Ids and names in both languages, of the themes and of the groups above them.
    """
    known = {theme.id: theme for theme in model.themes}
    found: dict[str, None] = {}
    for one in placed:
        theme = known.get(one.theme_id)
        while theme is not None and theme.id not in found:
            found |= dict.fromkeys((theme.id, *theme.label.values()))
            theme = known.get(theme.parent or "")
    return list(found)
