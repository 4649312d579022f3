"""What must hold in the database after everything was acknowledged, killed and started again."""

from collections import Counter

from sqlalchemy import func, select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import (
    AnalysisRow,
    AuditRow,
    CommentRow,
    EventRow,
    TicketCommentRow,
    TicketNoteRow,
    TicketRow,
)
from tests.reliability.load import Acknowledged


def check_comments(database: Database, acknowledged: Acknowledged) -> None:
    """Every acknowledged comment is there once, with one current analysis; nothing that nobody sent."""
    with database.reading() as session:
        rows = session.execute(select(CommentRow.source, CommentRow.external_id, CommentRow.id)).all()
        analyses = Counter(session.scalars(select(AnalysisRow.comment_id).where(AnalysisRow.is_current)))
    stored = {(row.source, row.external_id): row.id for row in rows}
    assert len(stored) == len(rows)
    assert set(acknowledged.comments) <= set(stored) <= acknowledged.sent
    for key, answer in acknowledged.comments.items():
        assert stored[key] == answer["comment"]["id"]
    assert set(analyses.values()) <= {1}
    assert set(analyses) == set(stored.values())


def check_tickets(database: Database, acknowledged: Acknowledged) -> None:
    """Every acknowledged ticket is there and holds its comment; one unresolved a customer and owner."""
    with database.reading() as session:
        tickets = {row.id: row for row in session.scalars(select(TicketRow))}
        pairs = session.execute(select(TicketCommentRow.comment_id, TicketCommentRow.ticket_id))
        links = {row.comment_id: row.ticket_id for row in pairs}
    for answer in acknowledged.comments.values():
        expected = answer["ticket"]["id"] if answer["ticket"] else None
        assert links.get(answer["comment"]["id"]) == expected
    open_ones = Counter(
        (row.customer_id, row.department)
        for row in tickets.values()
        if row.customer_id and not row.resolved_at
    )
    assert set(open_ones.values()) <= {1}
    counted = Counter(links.values())
    for ticket in tickets.values():
        assert ticket.comment_count == counted[ticket.id]


def check_audit(database: Database) -> None:
    """The chains are whole; every ticket was opened once, and every change of one has its event."""
    with database.reading() as session:
        for tenant_id in chain.tenants(session):
            verdict = chain.verify(session, tenant_id)
            assert verdict.broken_at is None, verdict.problem
        of_tickets = (
            select(AuditRow.object_id, AuditRow.action)
            .where(AuditRow.object_type == "ticket")
            .order_by(AuditRow.sequence)
        )
        entries = Counter((row.object_id, row.action) for row in session.execute(of_tickets))
        told = session.scalar(
            select(func.count()).select_from(EventRow).where(EventRow.type.like("ticket.%"))
        )
        tickets = session.scalar(select(func.count()).select_from(TicketRow))
    opened = [count for (_, action), count in entries.items() if action == "opened"]
    assert set(opened) <= {1}
    assert len(opened) == tickets
    assert told == sum(entries.values())


def check_notes(database: Database, acknowledged: Acknowledged) -> None:
    """Every acknowledged note was written exactly once, however often its request was sent."""
    with database.reading() as session:
        rows = session.execute(select(TicketNoteRow.text, TicketNoteRow.ticket_id))
        written = Counter((row.text, row.ticket_id) for row in rows)
    assert set(written.values()) <= {1}
    for text, ticket_id in acknowledged.notes.items():
        assert written[text, ticket_id] == 1


def event_ids(database: Database) -> set[str]:
    """List all events."""
    with database.reading() as session:
        return set(session.scalars(select(EventRow.id)))


def count_tickets(database: Database) -> int:
    """Count the tickets."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(TicketRow)) or 0
