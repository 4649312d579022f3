"""Tables of a ticket's life: what people wrote down, and every resolution with what became of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, UtcDateTime


class TicketNoteRow(Base):
    """What a person wrote, personal data masked; the audit names it by id and sha256.

    `text` is None once it was erased.
    """

    __tablename__ = "ticket_notes"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('internal', 'answer', 'escalation', 'action', 'told', 'reopening')", name="kind"
        ),
        Index("ix_ticket_notes_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class TicketResolutionRow(Base):
    """One resolution of a ticket; a reopened ticket gets a further one.

    Department, level and root cause are those of the moment. `business_s` is the business time
    since the ticket was opened, or reopened, without the time in which it waited for the customer.
    """

    __tablename__ = "ticket_resolutions"
    __table_args__ = (
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_ticket_resolutions_ticket_id_id", "ticket_id", "id"),
        Index("ix_ticket_resolutions_tenant_id_resolved_at", "tenant_id", "resolved_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"))
    resolved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str] = mapped_column(String(100))
    department: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    root_cause: Mapped[str] = mapped_column(String(64))
    disposition: Mapped[str] = mapped_column(String(32))
    action_note_id: Mapped[str] = mapped_column(ForeignKey("ticket_notes.id"))
    told_note_id: Mapped[str | None] = mapped_column(ForeignKey("ticket_notes.id"))
    business_s: Mapped[float] = mapped_column(Double)
    is_late: Mapped[bool]
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    satisfaction: Mapped[int | None]
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
