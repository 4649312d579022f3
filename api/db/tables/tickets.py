"""Tables of the tickets: the present state, and the comments that belong to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime

OPEN_OF_A_CUSTOMER = "uq_tickets_open_of_customer"
"""Name of the index that allows one unresolved ticket per tenant, customer and department."""

_OPEN_OF_A_CUSTOMER_WHERE = text("resolved_at IS NULL AND customer_id IS NOT NULL")


class TicketRow(Base):
    """One ticket as it stands now.

    `next_check_at` is when the clock must look at the ticket again; None when the clock
    has nothing left to do. `version` grows by one with every change (it is the ETag).
    `assigned_at` is when the assignee got it, `touched_at` when a person last worked on it,
    `queue_reason` why nobody has it though its department has teams, and `needs` what of its
    first comment an assignment asks for (language and topics).
    """

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("level IN ('frontline', 'department', 'executive')", name="level"),
        Index("ix_tickets_tenant_id_id", "tenant_id", "id"),
        Index("ix_tickets_next_check_at", "next_check_at"),
        Index("ix_tickets_tenant_id_assignee_id", "tenant_id", "assignee_id"),
        Index(
            OPEN_OF_A_CUSTOMER,
            "tenant_id",
            "customer_id",
            "department",
            unique=True,
            sqlite_where=_OPEN_OF_A_CUSTOMER_WHERE,
            postgresql_where=_OPEN_OF_A_CUSTOMER_WHERE,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[str | None] = mapped_column(String(200))
    department: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(16))
    rule_id: Mapped[str] = mapped_column(String(64))
    policy_version: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(200))
    comment_count: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    team_id: Mapped[str | None] = mapped_column(String(40))
    assignee_id: Mapped[str | None] = mapped_column(String(40))
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    touched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queue_reason: Mapped[str | None] = mapped_column(String(16))
    needs: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class TicketCommentRow(Base):
    """A comment that belongs to a ticket; rank 0 is its own, further ones are of further departments."""

    __tablename__ = "ticket_comments"
    __table_args__ = (
        UniqueConstraint("comment_id", "ticket_id"),
        Index("ix_ticket_comments_ticket_id", "ticket_id"),
    )

    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"))
    tenant_id: Mapped[str] = mapped_column(String(64))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
