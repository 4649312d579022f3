"""Reads comments and tickets for an export: oldest first, page by page, each page a short transaction.

An export ends at the newest row that was there when it began; a row that changes meanwhile is
exported as it is when its page is read. So the memory stays flat, and a slow receiver holds no
transaction open.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.comments.corrected import labels_in_force, standing_corrections
from api.comments.selection import WRITTEN_OR_RECEIVED, has_theme, on_days
from api.db.engine import Database
from api.db.tables import (
    AnalysisRow,
    CommentRow,
    TicketCommentRow,
    TicketNoteRow,
    TicketResolutionRow,
    TicketRow,
)
from api.exports.columns import OUTCOME_COLUMNS

_PAGE = 500
Row = dict[str, Any]
ShowThemes = Callable[[Session, Mapping[str, str]], dict[str, list[dict[str, Any]]]]
"""Names the themes of comments, as they are now, by comment id and language."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is exported.

    Parameters
    ----------
    tenant_id : str
        Whose rows.
    zone : tzinfo
        Where days begin.
    start, end : date | None
        First and last day: of a comment when it was written, else received; of a ticket when it was opened.
    department : str | None
        One of the comment's owners; the ticket's owner.
    themes : frozenset[str] | None
        Ids, one of which the comment must have; of a ticket one of its comments.
    language : str | None
        Of the comment; of a ticket one of its comments.
    """

    tenant_id: str
    zone: tzinfo
    start: date | None = None
    end: date | None = None
    department: str | None = None
    themes: frozenset[str] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a ticket was resolved last; `action` is None when its words were erased."""

    root_cause: str
    action: str | None
    disposition: str


def comment_pages(database: Database, wanted: Filter, show: ShowThemes) -> Iterator[list[Row]]:
    """Read comments with their analysis, themes and ticket.

    Parameters
    ----------
    database : Database
        Where they are.
    wanted : Filter
        Which of them.
    show : ShowThemes
        Names their themes.

    Returns
    -------
    Iterator[list[Row]]
        Columns by name, some hundred rows at a time.
    """
    query: Any = (
        select(CommentRow, AnalysisRow, TicketRow)
        .outerjoin(AnalysisRow, (AnalysisRow.comment_id == CommentRow.id) & AnalysisRow.is_current)
        .outerjoin(
            TicketCommentRow, (TicketCommentRow.comment_id == CommentRow.id) & (TicketCommentRow.rank == 0)
        )
        .outerjoin(TicketRow, TicketRow.id == TicketCommentRow.ticket_id)
        .where(CommentRow.tenant_id == wanted.tenant_id)
    )
    query = query.where(*on_days(WRITTEN_OR_RECEIVED, wanted.start, wanted.end, wanted.zone))
    if wanted.language is not None:
        query = query.where(AnalysisRow.body["language"].as_string() == wanted.language)
    if wanted.themes is not None:
        query = query.where(has_theme(CommentRow.id, wanted.themes))

    def lay_out(session: Session, rows: Sequence[Any]) -> list[Row]:
        bodies = {comment.id: analysis.body for comment, analysis, _ in rows if analysis is not None}
        shown = show(session, {comment_id: body["language"] for comment_id, body in bodies.items()})
        outcomes = _outcomes(session, [ticket for _, _, ticket in rows if ticket is not None])
        corrected = standing_corrections(session, [comment.id for comment, _, _ in rows])
        return [
            _comment(comment, analysis, ticket, outcomes, shown.get(comment.id))
            | {"corrections": labels_in_force(corrected.get(comment.id, ()))}
            for comment, analysis, ticket in rows
            if wanted.department is None or wanted.department in _owners(bodies.get(comment.id, {}))
        ]

    return _pages(database, query, CommentRow.id, wanted.tenant_id, lay_out)


def ticket_pages(database: Database, wanted: Filter) -> Iterator[list[Row]]:
    """Read tickets with the ids of their comments.

    Parameters
    ----------
    database : Database
        Where they are.
    wanted : Filter
        Which of them.

    Returns
    -------
    Iterator[list[Row]]
        Columns by name, some hundred rows at a time.
    """
    query: Select[Any] = select(TicketRow).where(TicketRow.tenant_id == wanted.tenant_id)
    query = query.where(*on_days(TicketRow.opened_at, wanted.start, wanted.end, wanted.zone))
    if wanted.department is not None:
        query = query.where(TicketRow.department == wanted.department)
    joined = select(TicketCommentRow.comment_id).where(TicketCommentRow.ticket_id == TicketRow.id)
    if wanted.language is not None:
        spoken = AnalysisRow.body["language"].as_string() == wanted.language
        analysis = (AnalysisRow.comment_id == TicketCommentRow.comment_id) & AnalysisRow.is_current
        query = query.where(joined.join(AnalysisRow, analysis).where(spoken).exists())
    if wanted.themes is not None:
        query = query.where(joined.where(has_theme(TicketCommentRow.comment_id, wanted.themes)).exists())

    def lay_out(session: Session, rows: Sequence[Any]) -> list[Row]:
        tickets = [row[0] for row in rows]
        comments = _comments_of(session, [ticket.id for ticket in tickets])
        outcomes = _outcomes(session, tickets)
        return [_ticket(ticket, outcomes.get(ticket.id), comments[ticket.id]) for ticket in tickets]

    return _pages(database, query, TicketRow.id, wanted.tenant_id, lay_out)


def _pages(
    database: Database,
    query: Select[Any],
    row_id: InstrumentedAttribute[str],
    tenant_id: str,
    lay_out: Callable[[Session, Sequence[Any]], list[Row]],
) -> Iterator[list[Row]]:
    """Read a query by the ids of its rows, up to the newest one there now; no session waits with a page."""
    table = row_id.class_
    with database.reading() as session:
        newest = session.scalar(select(func.max(row_id)).where(table.tenant_id == tenant_id))
    after = ""
    while newest is not None and after < newest:
        with database.reading() as session:
            rows = session.execute(
                query.where(row_id > after, row_id <= newest).order_by(row_id).limit(_PAGE)
            ).all()
            if not rows:
                return
            after = rows[-1][0].id
            page = lay_out(session, rows)
        yield page


def _comments_of(session: Session, ticket_ids: Sequence[str]) -> dict[str, list[str]]:
    rows = session.execute(
        select(TicketCommentRow.ticket_id, TicketCommentRow.comment_id)
        .where(TicketCommentRow.ticket_id.in_(ticket_ids))
        .order_by(TicketCommentRow.comment_id)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for ticket_id, comment_id in rows:
        found[ticket_id].append(comment_id)
    return found


def _owners(body: Mapping[str, Any]) -> list[str]:
    return [each["id"] for each in body.get("departments", ())]


def _comment(
    comment: CommentRow,
    analysis: AnalysisRow | None,
    ticket: TicketRow | None,
    outcomes: Mapping[str, Outcome],
    shown: Sequence[Mapping[str, Any]] | None,
) -> Row:
    """Lay a comment out flat."""
    row: Row = {
        "id": comment.id,
        "source": comment.source,
        "external_id": comment.external_id,
        "received_at": comment.received_at,
        "created_at": comment.written_at,
        "text": comment.masked_text,
        "channel": comment.channel,
        "industry": comment.industry,
        "touchpoint": comment.touchpoint,
        "customer_id": comment.customer_id,
        "nps": comment.nps,
        "csat": comment.csat,
        "ces": comment.ces,
        "extra": comment.extra,
        "ticket_id": ticket.id if ticket else None,
        **{f"ticket_{name}": value for name, value in _state(ticket, outcomes).items()},
    }
    if analysis is None:
        return row
    body = analysis.body
    themes = body["themes"] if shown is None else shown
    return row | {
        "language": body["language"],
        "meaningful": body["meaningful"],
        "sentiment": body["sentiment"]["label"],
        "sentiment_score": body["sentiment"]["score"],
        "intent": body["intent"]["label"],
        "urgency": body["urgency"]["level"],
        "urgency_reasons": list(dict.fromkeys(each["code"] for each in body["urgency"]["reasons"])),
        "churn_at_risk": body["churn"]["at_risk"],
        "churn_probability": body["churn"]["probability"],
        "departments": _owners(body),
        "abstained": body["abstained"],
        "themes": [theme["id"] for theme in themes],
        "theme_labels": [theme["label"] for theme in themes],
        "model_version": analysis.model_version,
    }


def _ticket(ticket: TicketRow, outcome: Outcome | None, comment_ids: list[str]) -> Row:
    """Lay a ticket out flat."""
    return {
        "id": ticket.id,
        **_state(ticket, {} if outcome is None else {ticket.id: outcome}),
        "urgency": ticket.urgency,
        "customer_id": ticket.customer_id,
        "action": outcome.action if outcome else None,
        "disposition": outcome.disposition if outcome else None,
        "rule": ticket.rule_id,
        "policy_version": ticket.policy_version,
        "model_version": ticket.model_version,
        "comment_count": ticket.comment_count,
        "comment_ids": comment_ids,
        "updated_at": ticket.updated_at,
    }


def _state(ticket: TicketRow | None, outcomes: Mapping[str, Outcome]) -> Row:
    """Lay out where a ticket stands; every column is empty without one."""
    if ticket is None:
        return dict.fromkeys(OUTCOME_COLUMNS)
    outcome = outcomes.get(ticket.id)
    own = {name: getattr(ticket, name) for name in OUTCOME_COLUMNS if name != "root_cause"}
    return own | {"root_cause": outcome.root_cause if outcome else None}


def _outcomes(session: Session, tickets: Sequence[TicketRow]) -> dict[str, Outcome]:
    """Find how tickets were resolved last."""
    ids = [ticket.id for ticket in tickets]
    rows = session.execute(
        select(TicketResolutionRow, TicketNoteRow.text)
        .join(TicketNoteRow, TicketNoteRow.id == TicketResolutionRow.action_note_id)
        .where(TicketResolutionRow.ticket_id.in_(ids))
        .order_by(TicketResolutionRow.id)
    )
    return {row.ticket_id: Outcome(row.root_cause, text, row.disposition) for row, text in rows}
