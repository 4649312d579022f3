"""Reads the corrections of comments that stand, for whoever shows comments."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import CorrectionRow

_CHUNK = 500


def standing_corrections(session: Session, comment_ids: Collection[str]) -> dict[str, list[CorrectionRow]]:
    """Find the corrections of comments that stand.

    Parameters
    ----------
    session : Session
        Any session.
    comment_ids : Collection[str]
        Ids of comments of one tenant.

    Returns
    -------
    dict[str, list[CorrectionRow]]
        Newest first, by comment id; comments without are left out.
    """
    wanted = sorted(comment_ids)
    found: defaultdict[str, list[CorrectionRow]] = defaultdict(list)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.scalars(
            select(CorrectionRow)
            .where(
                CorrectionRow.comment_id.in_(wanted[start : start + _CHUNK]), CorrectionRow.ended_at.is_(None)
            )
            .order_by(CorrectionRow.id.desc())
        )
        for row in rows:
            found[row.comment_id].append(row)
    return dict(found)


def in_force(corrections: Iterable[CorrectionRow]) -> dict[str, CorrectionRow]:
    """Choose the corrections of one comment that are in force.

    Parameters
    ----------
    corrections : Iterable[CorrectionRow]
        Those that stand, newest first.

    Returns
    -------
    dict[str, CorrectionRow]
        The newest by task.
    """
    chosen: dict[str, CorrectionRow] = {}
    for row in corrections:
        chosen.setdefault(row.task, row)
    return chosen


def labels_in_force(corrections: Iterable[CorrectionRow]) -> dict[str, Any]:
    """List the labels of one comment that are in force, for an export.

    Parameters
    ----------
    corrections : Iterable[CorrectionRow]
        Those that stand, newest first.

    Returns
    -------
    dict[str, Any]
        Label by task.
    """
    return {task: row.label for task, row in sorted(in_force(corrections).items())}
