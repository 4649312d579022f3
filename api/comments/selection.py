"""Conditions that pick stored comments: days, themes, owners."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from api.db.tables import AnalysisRow, CommentRow, CommentThemeRow

WRITTEN_OR_RECEIVED: ColumnElement[Any] = func.coalesce(CommentRow.written_at, CommentRow.received_at)
"""What a comment's day is told by."""
_MOST_OWNERS = 3
"""An analysis names three departments at most."""


def on_days(
    at: ColumnElement[Any] | Any, start: date | None, end: date | None, zone: tzinfo
) -> list[ColumnElement[bool]]:
    """Say that a moment lies within days.

    Parameters
    ----------
    at : ColumnElement[Any] | Any
        The moment's column.
    start : date | None
        First day; None has no beginning.
    end : date | None
        Last day; None has no end.
    zone : tzinfo
        Where days begin.

    Returns
    -------
    list[ColumnElement[bool]]
        All must hold.
    """
    conditions = []
    if start is not None:
        conditions.append(at >= _begin(start, zone))
    if end is not None:
        conditions.append(at < _begin(end + timedelta(days=1), zone))
    return conditions


def has_theme(comment_id: Any, themes: Collection[str]) -> ColumnElement[bool]:
    """Say that a comment has one of some themes.

    Parameters
    ----------
    comment_id : Any
        The column that names the comment.
    themes : Collection[str]
        Ids of the themes.

    Returns
    -------
    ColumnElement[bool]
        The condition.
    """
    return (
        select(CommentThemeRow.comment_id)
        .where(CommentThemeRow.comment_id == comment_id, CommentThemeRow.theme_id.in_(sorted(themes)))
        .exists()
    )


def owned_by(departments: Collection[str]) -> ColumnElement[bool]:
    """Say that an analysis names one of some departments as an owner.

    Parameters
    ----------
    departments : Collection[str]
        Ids of the departments.

    Returns
    -------
    ColumnElement[bool]
        A condition on `AnalysisRow`.
    """
    wanted = sorted(departments)
    return or_(
        *(
            AnalysisRow.body[("departments", place, "id")].as_string().in_(wanted)
            for place in range(_MOST_OWNERS)
        )
    )


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
