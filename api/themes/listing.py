"""Reads the themes with what the stored comments say about them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Float, and_, func, or_, select
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentThemeRow, CommentVectorRow, ThemeModelRow
from voc_nlp.topics.hierarchy import subtree_of
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme

REPRESENTATIVES = 5


@dataclass(slots=True)
class Count:
    """What the stored comments say about one theme."""

    comments: int = 0
    scored: int = 0
    total_score: float = 0.0
    languages: dict[str, int] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    def add(self, language: str, comments: int, scored: int, total_score: float | None) -> None:
        """Add the comments of one language.

        Parameters
        ----------
        language : str
            The language.
        comments : int
            Their number.
        scored : int
            How many of them have a sentiment.
        total_score : float | None
            Sum of the scores.
        """
        self.comments += comments
        self.languages[language] = comments
        if scored and total_score is not None:
            self.scored += scored
            self.total_score += total_score
            self.scores[language] = total_score / scored

    @property
    def score(self) -> float | None:
        """Mean sentiment; None without any."""
        return self.total_score / self.scored if self.scored else None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the stored comments say about all themes."""

    by_theme: dict[str, Count]
    meaningful: int
    not_meaningful: int
    unassigned: int


def count(session: Session, tenant_id: str, model: ThemeModel) -> Counts:
    """Count the stored comments of every theme; a comment with two themes of one group counts once in it.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    model : ThemeModel
        The tenant's themes.

    Returns
    -------
    Counts
        Themes without comments are left out.
    """
    by_theme: defaultdict[str, Count] = defaultdict(Count)
    table, score = CommentThemeRow, AnalysisRow.body["sentiment"]["score"].as_float()
    figures = (CommentVectorRow.language, func.count(), func.count(score), func.sum(score, type_=Float))
    analysed = and_(AnalysisRow.comment_id == CommentVectorRow.comment_id, AnalysisRow.is_current)
    rows = session.execute(
        select(table.theme_id, *figures)
        .join(CommentVectorRow, CommentVectorRow.comment_id == table.comment_id)
        .outerjoin(AnalysisRow, analysed)
        .where(table.tenant_id == tenant_id)
        .group_by(table.theme_id, CommentVectorRow.language)
    )
    for theme_id, *found in rows:
        by_theme[theme_id].add(*found)
    for theme_id in sorted({theme.parent for theme in model.themes if theme.parent is not None}):
        held = select(table.comment_id).where(
            table.tenant_id == tenant_id, table.theme_id.in_(subtree_of(model.themes, theme_id))
        )
        by_theme[theme_id] = Count()
        for figure in session.execute(
            select(*figures)
            .outerjoin(AnalysisRow, analysed)
            .where(CommentVectorRow.comment_id.in_(held))
            .group_by(CommentVectorRow.language)
        ):
            by_theme[theme_id].add(*figure)
    has_theme = (
        select(CommentThemeRow.theme_id)
        .where(CommentThemeRow.comment_id == CommentVectorRow.comment_id)
        .exists()
    )
    mine = CommentVectorRow.tenant_id == tenant_id
    counted = select(func.count()).select_from(CommentVectorRow)
    every = session.scalar(counted.where(mine)) or 0
    meaningful = session.scalar(counted.where(mine, or_(CommentVectorRow.meaningful, has_theme))) or 0
    unassigned = session.scalar(counted.where(mine, CommentVectorRow.meaningful, ~has_theme)) or 0
    return Counts(dict(by_theme), meaningful, every - meaningful, unassigned)


def representatives(session: Session, tenant_id: str, model: ThemeModel, theme: Theme) -> list[str]:
    """Choose stored comments that stand for a theme: those that the fit chose, then the nearest.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    model : ThemeModel
        The tenant's themes.
    theme : Theme
        One of them.

    Returns
    -------
    list[str]
        Ids, the most telling first.
    """
    table = CommentThemeRow
    inside = (table.tenant_id == tenant_id, table.theme_id.in_(subtree_of(model.themes, theme.id)))
    wanted = list(theme.representatives)
    held = set(session.scalars(select(table.comment_id).where(*inside, table.comment_id.in_(wanted))))
    nearest = session.scalars(
        select(table.comment_id)
        .where(*inside)
        .order_by(table.rank, table.similarity.desc(), table.comment_id.desc())
        .limit(2 * REPRESENTATIVES)
    )
    found = [one for one in wanted if one in held]
    return list(dict.fromkeys([*found, *nearest]))[:REPRESENTATIVES]


def revisions(session: Session, tenant_id: str) -> Sequence[tuple[int, str, str, datetime]]:
    """List who changed the themes.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose themes.

    Returns
    -------
    Sequence[tuple[int, str, str, datetime]]
        Revision, action, actor and time, oldest first.
    """
    row = ThemeModelRow
    found = session.execute(
        select(row.revision, row.action, row.actor, row.created_at)
        .where(row.tenant_id == tenant_id)
        .order_by(row.revision)
    )
    return [tuple(one) for one in found]  # type: ignore[misc]
