"""Tables of the tickets: the present state, and the comments that belong to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime

OPEN_OF_A_CUSTOMER = "uq_tickets_open_of_customer"
"""Name of the index that allows one unresolved ticket per tenant, customer and department."""

OPEN_OF_A_THREAD = "uq_tickets_open_of_thread"
"""Name of the index that allows one unresolved ticket per tenant, thread without customer and department."""

_OPEN_OF_A_CUSTOMER_WHERE = text("resolved_at IS NULL AND customer_id IS NOT NULL")
_OPEN_OF_A_THREAD_WHERE = text("resolved_at IS NULL AND thread_key IS NOT NULL")
_UNRESOLVED = text("resolved_at IS NULL")


class TicketRow(Base):
    """One ticket as it stands now.

    `next_check_at` is when the clock must look at the ticket again; None when the clock
    has nothing left to do. `version` grows by one with every change (it is the ETag).
    `clock_started_at` to `checked_at` are the fields of `api.tickets.sla.TicketClock`, business
    time in seconds; `due_at` is the earliest deadline that is not met. `sla_digest` names the
    hours and the calendar that the deadlines were counted by. `thread_key` is the cause of a
    ticket without customer. `assigned_at` is when the assignee got it, `touched_at` when a person last
    worked on it or it came back (from waiting, from being resolved), `queue_reason` why nobody has it
    though its department has teams, and `needs` what of its first comment an assignment asks for
    (language and topics).
    """

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("level IN ('frontline', 'department', 'executive')", name="level"),
        Index("ix_tickets_tenant_id_id", "tenant_id", "id"),
        Index("ix_tickets_next_check_at", "next_check_at"),
        Index("ix_tickets_tenant_id_opened_at", "tenant_id", "opened_at"),
        Index("ix_tickets_tenant_id_customer_id", "tenant_id", "customer_id"),
        Index("ix_tickets_tenant_id_thread_key", "tenant_id", "thread_key"),
        Index(
            "ix_tickets_unresolved_sla_digest",
            "sla_digest",
            sqlite_where=_UNRESOLVED,
            postgresql_where=_UNRESOLVED,
        ),
        Index(
            OPEN_OF_A_THREAD,
            "tenant_id",
            "thread_key",
            "department",
            unique=True,
            sqlite_where=_OPEN_OF_A_THREAD_WHERE,
            postgresql_where=_OPEN_OF_A_THREAD_WHERE,
        ),
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
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    thread_key: Mapped[str | None] = mapped_column(String(64))
    clock_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_answer_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answer_breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answer_used_s: Mapped[float] = mapped_column(Double)
    resolution_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolution_breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution_used_s: Mapped[float] = mapped_column(Double)
    resolution_is_late: Mapped[bool]
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_business_s: Mapped[float] = mapped_column(Double)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sla_digest: Mapped[str] = mapped_column(String(16))
    first_answer_business_s: Mapped[float | None] = mapped_column(Double)
    waited_business_s: Mapped[float] = mapped_column(Double)
    note_count: Mapped[int]
    reopen_count: Mapped[int]
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    root_cause: Mapped[str | None] = mapped_column(String(64))
    disposition: Mapped[str | None] = mapped_column(String(32))
    satisfaction: Mapped[int | None]
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
