"""Reads the comments of a part with what is known about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.comments import repository
from api.db.tables import AnalysisRow, CommentRow
from api.rescoring.texts import ChosenText, choose_text
from api.vault.master import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """A stored comment, its current analysis, and the text to analyse."""

    row: CommentRow
    analysis: AnalysisRow
    chosen: ChosenText


def read_known(session: Session, vault: Vault | None, tenant_id: str, ids: Sequence[str]) -> list[Known]:
    """Read comments.

    Parameters
    ----------
    session : Session
        A reading session.
    vault : Vault | None
        Opens originals, where there are some.
    tenant_id : str
        Whose comments.
    ids : Sequence[str]
        Their ids; those that are gone are left out.

    Returns
    -------
    list[Known]
        Oldest first.
    """
    rows = session.scalars(
        select(CommentRow)
        .where(CommentRow.tenant_id == tenant_id, CommentRow.id.in_(ids))
        .order_by(CommentRow.id)
    ).all()
    analyses = repository.current_analyses(session, [row.id for row in rows])
    return [
        Known(row, analyses[row.id], choose_text(session, vault, row, analyses[row.id].body))
        for row in rows
        if row.id in analyses
    ]
