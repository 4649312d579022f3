"""Life of a ticket: both deadlines and their clock, notes, resolutions, root causes, follow-up."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_EPOCH = "1970-01-01 00:00:00+00:00"
_UNRESOLVED = sa.text("resolved_at IS NULL")
_OPEN_OF_A_THREAD = sa.text("resolved_at IS NULL AND thread_key IS NOT NULL")
_REQUIRED: dict[str, tuple[Any, str]] = {
    "clock_started_at": (_TIME, _EPOCH),
    "first_answer_due_at": (_TIME, _EPOCH),
    "first_answer_used_s": (sa.Double(), "0"),
    "resolution_due_at": (_TIME, _EPOCH),
    "resolution_used_s": (sa.Double(), "0"),
    "resolution_is_late": (sa.Boolean(), "false"),
    "paused_business_s": (sa.Double(), "0"),
    "checked_at": (_TIME, _EPOCH),
    "sla_digest": (sa.String(16), ""),
    "waited_business_s": (sa.Double(), "0"),
    "note_count": (sa.Integer(), "0"),
    "reopen_count": (sa.Integer(), "0"),
}
"""Columns that every ticket has, with what older tickets get at first."""
_OPTIONAL: dict[str, Any] = {
    "closed_at": _TIME,
    "thread_key": sa.String(64),
    "first_answered_at": _TIME,
    "first_answer_breached_at": _TIME,
    "resolution_breached_at": _TIME,
    "paused_at": _TIME,
    "first_answer_business_s": sa.Double(),
    "reopened_at": _TIME,
    "root_cause": sa.String(64),
    "disposition": sa.String(32),
    "satisfaction": sa.Integer(),
}


def upgrade() -> None:
    """Add the columns; older tickets have one due time until the clock counts both deadlines anew."""
    for name, (kind, default) in _REQUIRED.items():
        op.add_column("tickets", sa.Column(name, kind, nullable=False, server_default=default))
    for name, kind in _OPTIONAL.items():
        op.add_column("tickets", sa.Column(name, kind))
    op.execute(
        "UPDATE tickets SET first_answer_due_at = due_at, resolution_due_at = due_at, "
        "first_answer_breached_at = breached_at, "
        "clock_started_at = CASE WHEN breached_at IS NULL THEN opened_at ELSE updated_at END, "
        "checked_at = CASE WHEN next_check_at IS NULL THEN due_at ELSE opened_at END"
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot drop a default, and needs none dropped
        for name in _REQUIRED:
            op.alter_column("tickets", name, server_default=None)
    for column in ("opened_at", "customer_id", "thread_key"):
        op.create_index(f"ix_tickets_tenant_id_{column}", "tickets", ["tenant_id", column])
    op.create_index(
        "ix_tickets_unresolved_sla_digest",
        "tickets",
        ["sla_digest"],
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.create_index(
        "uq_tickets_open_of_thread",
        "tickets",
        ["tenant_id", "thread_key", "department"],
        unique=True,
        sqlite_where=_OPEN_OF_A_THREAD,
        postgresql_where=_OPEN_OF_A_THREAD,
    )
    _create_notes()
    _create_resolutions()


def downgrade() -> None:
    """Drop all of it; what people wrote down is lost."""
    op.drop_table("ticket_resolutions")
    op.drop_table("ticket_notes")
    for index in (
        "uq_tickets_open_of_thread",
        "ix_tickets_unresolved_sla_digest",
        "ix_tickets_tenant_id_opened_at",
        "ix_tickets_tenant_id_customer_id",
        "ix_tickets_tenant_id_thread_key",
    ):
        op.drop_index(index, "tickets")
    for name in (*_OPTIONAL, *_REQUIRED):
        op.drop_column("tickets", name)


def _create_notes() -> None:
    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('internal', 'answer', 'escalation', 'action', 'told', 'reopening')", name="kind"
        ),
    )
    op.create_index("ix_ticket_notes_ticket_id_id", "ticket_notes", ["ticket_id", "id"])


def _create_resolutions() -> None:
    op.create_table(
        "ticket_resolutions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("resolved_at", _TIME, nullable=False),
        sa.Column("resolved_by", sa.String(100), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("root_cause", sa.String(64), nullable=False),
        sa.Column("disposition", sa.String(32), nullable=False),
        sa.Column("action_note_id", sa.String(40), sa.ForeignKey("ticket_notes.id"), nullable=False),
        sa.Column("told_note_id", sa.String(40), sa.ForeignKey("ticket_notes.id")),
        sa.Column("business_s", sa.Double(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("followed_up_at", _TIME),
        sa.Column("satisfaction", sa.Integer()),
        sa.Column("reopened_at", _TIME),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
    )
    op.create_index("ix_ticket_resolutions_ticket_id_id", "ticket_resolutions", ["ticket_id", "id"])
    op.create_index(
        "ix_ticket_resolutions_tenant_id_resolved_at", "ticket_resolutions", ["tenant_id", "resolved_at"]
    )
