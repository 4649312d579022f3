"""Which comments a department's key sees: those of its tickets, and those that are its own by analysis."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select

from api.comments.selection import owned_by
from api.db.tables import AnalysisRow, CommentRow, TicketCommentRow, TicketRow


def seen_by(departments: Collection[str]) -> ColumnElement[bool]:
    """Say which comments belong to departments.

    Parameters
    ----------
    departments : Collection[str]
        Ids of the departments.

    Returns
    -------
    ColumnElement[bool]
        A condition on `CommentRow`.
    """
    wanted = sorted(departments)
    of_ticket = (
        select(TicketCommentRow.comment_id)
        .join(TicketRow, TicketRow.id == TicketCommentRow.ticket_id)
        .where(TicketCommentRow.comment_id == CommentRow.id, TicketRow.department.in_(wanted))
    )
    of_analysis = select(AnalysisRow.id).where(
        AnalysisRow.comment_id == CommentRow.id, AnalysisRow.is_current, owned_by(wanted)
    )
    return or_(of_ticket.exists(), of_analysis.exists())
