"""Reads past comments as the rules see them: in the order in which they were received, a part at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from api.db.tables import AnalysisRow, CommentRow, TicketCommentRow
from api.policy.conditions import Case
from api.themes import models
from api.themes import repository as themes
from api.themes.placing import analysis_of, comment_of
from api.themes.shelf import ThemeShelf
from api.themes.showing import names_of
from api.tickets.intake import thread_key
from voc_nlp.schema import Analysis, Aspect, Contradiction, Polarity, Urgency, UrgencyCode, UrgencyReason
from voc_nlp.topics.model import ThemeModel

CHUNK = 500
"""Comments that are read at a time."""
Mark = tuple[datetime, str]
"""When a comment was received, and its id: where a reading goes on."""

_COLUMNS = (
    CommentRow.id,
    CommentRow.source,
    CommentRow.masked_text,
    CommentRow.lang,
    CommentRow.channel,
    CommentRow.industry,
    CommentRow.touchpoint,
    CommentRow.customer_id,
    CommentRow.written_at,
    CommentRow.nps,
    CommentRow.csat,
    CommentRow.ces,
    CommentRow.extra,
    CommentRow.received_at,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `start` included, `end` not."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class PastComment:
    """A stored comment before the rules, and whether it has a ticket."""

    mark: Mark
    customer_id: str | None
    thread_key: str | None
    case: Case
    has_ticket: bool


def read_past(
    session: Session, tenant_id: str, period: Period, after: Mark | None, shelf: ThemeShelf, zone: tzinfo
) -> Iterator[list[PastComment]]:
    """Read the comments of a period with their current analyses and themes.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose comments.
    period : Period
        When they were received.
    after : Mark | None
        Where an earlier reading ended; None begins at the beginning.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    zone : tzinfo
        Of the calendar.

    Yields
    ------
    list[PastComment]
        At most `CHUNK`, earliest first; comments without an analysis are left out.
    """
    model = models.current(session, tenant_id, shelf)
    while True:
        query = select(*_COLUMNS).where(
            CommentRow.tenant_id == tenant_id,
            CommentRow.received_at >= period.start,
            CommentRow.received_at < period.end,
        )
        if after is not None:
            query = query.where(tuple_(CommentRow.received_at, CommentRow.id) > after)
        rows = session.execute(query.order_by(CommentRow.received_at, CommentRow.id).limit(CHUNK)).all()
        if not rows:
            return
        after = (rows[-1].received_at, rows[-1].id)
        yield _complete(session, rows, model, zone)


def analysis_from(body: Mapping[str, Any]) -> Analysis:
    """Read of a stored analysis all that rules ask for.

    Parameters
    ----------
    body : Mapping[str, Any]
        The published JSON shape.

    Returns
    -------
    Analysis
        Without sentences, probabilities and personal data.
    """
    analysis = analysis_of(body)
    reasons = tuple(
        UrgencyReason(UrgencyCode(one["code"]), one["start"], one["end"])
        for one in body["urgency"]["reasons"]
    )
    aspects = tuple(
        Aspect(one["term"], one["start"], one["end"], one["category"], Polarity(one["label"]), one["score"])
        for one in body["aspects"]
    )
    contradiction = body.get("contradiction")
    return replace(
        analysis,
        urgency=Urgency(analysis.urgency.level, reasons),
        aspects=aspects,
        contradiction=Contradiction(contradiction) if contradiction else None,
    )


def _complete(
    session: Session, rows: Sequence[Row[Any]], model: ThemeModel, zone: tzinfo
) -> list[PastComment]:
    """Join comments with their analyses, themes and tickets, in four queries for all."""
    ids = [row.id for row in rows]
    bodies: dict[str, dict[str, Any]] = {
        row.comment_id: row.body
        for row in session.execute(
            select(AnalysisRow.comment_id, AnalysisRow.body).where(
                AnalysisRow.comment_id.in_(ids), AnalysisRow.is_current
            )
        )
    }
    known = themes.known_to_themes(session, ids)
    placed = themes.themes_of(session, known)
    linked = set(
        session.scalars(select(TicketCommentRow.comment_id).where(TicketCommentRow.comment_id.in_(ids)))
    )
    found: list[PastComment] = []
    for row in rows:
        if row.id not in bodies:
            continue
        body = bodies[row.id]
        names = (
            names_of(model, placed.get(row.id, ()))
            if row.id in known
            else [name for theme in body["themes"] for name in (theme["id"], theme["label"])]
        )
        case = Case(
            comment_of(row, zone),
            analysis_from(body),
            row.received_at.astimezone(zone),
            names,
            model.dictionary,
        )
        thread = thread_key(row.source, row.extra)
        mark = (row.received_at, row.id)
        found.append(PastComment(mark, row.customer_id, thread, case, row.id in linked))
    return found
