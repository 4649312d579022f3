"""Webhooks: events about anything, in order; endpoints, deliveries, attempts; incoming sources."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_PENDING = sa.text("state = 'pending'")
_UNIQUE = "uq_events_tenant_id_subject_type_subject_id_sequence"


def upgrade() -> None:
    """Number the events of each ticket, then create the tables."""
    with op.batch_alter_table("events") as events:
        events.drop_constraint("fk_events_ticket_id", type_="foreignkey")
        events.alter_column("ticket_id", new_column_name="subject_id", existing_type=sa.String(40))
        events.add_column(sa.Column("subject_type", sa.String(32), nullable=False, server_default="ticket"))
        events.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE events SET sequence = numbered.place FROM (SELECT id, row_number() OVER "
        "(PARTITION BY tenant_id, subject_id ORDER BY id) AS place FROM events) AS numbered "
        "WHERE numbered.id = events.id"
    )
    with op.batch_alter_table("events") as events:
        events.alter_column("subject_type", server_default=None, existing_type=sa.String(32))
        events.alter_column("sequence", server_default=None, existing_type=sa.Integer())
        events.create_unique_constraint(_UNIQUE, ["tenant_id", "subject_type", "subject_id", "sequence"])
    op.create_index("ix_events_tenant_id_occurred_at", "events", ["tenant_id", "occurred_at"])
    _create_endpoints()
    _create_deliveries()
    _create_incoming()


def downgrade() -> None:
    """Drop the tables; events that are not about tickets are lost."""
    for table in (
        "incoming_messages",
        "incoming_sources",
        "sink_references",
        "webhook_attempts",
        "webhook_deliveries",
        "webhook_endpoints",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM events WHERE subject_type <> 'ticket'")
    op.drop_index("ix_events_tenant_id_occurred_at", "events")
    with op.batch_alter_table("events") as events:
        events.drop_constraint(_UNIQUE, type_="unique")
        events.drop_column("sequence")
        events.drop_column("subject_type")
        events.alter_column("subject_id", new_column_name="ticket_id", existing_type=sa.String(40))
    with op.batch_alter_table("events") as events:
        events.create_foreign_key("fk_events_ticket_id", "tickets", ["ticket_id"], ["id"])


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("types", _JSON, nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_reason", sa.String(32)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("failing_since", _TIME),
        sa.Column("paused_until", _TIME),
        *_secret_columns(),
        sa.CheckConstraint("state IN ('enabled', 'disabled')", name="state"),
    )
    op.create_index("ix_webhook_endpoints_tenant_id_id", "webhook_endpoints", ["tenant_id", "id"])
    op.create_table(
        "sink_references",
        sa.Column("endpoint_id", sa.String(40), sa.ForeignKey("webhook_endpoints.id"), primary_key=True),
        sa.Column("subject_id", sa.String(40), primary_key=True),
        sa.Column("reference", sa.String(200), nullable=False),
    )


def _create_deliveries() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("endpoint_id", sa.String(40), sa.ForeignKey("webhook_endpoints.id"), nullable=False),
        sa.Column("event_id", sa.String(40), sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event_type", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("leased_until", _TIME),
        sa.Column("lease_token", sa.String(40)),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.String(32)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead', 'cancelled')", name="state"),
        sa.UniqueConstraint("endpoint_id", "event_id"),
    )
    op.create_index("ix_webhook_deliveries_event_id", table, ["event_id"])
    op.create_index("ix_webhook_deliveries_endpoint_id_id", table, ["endpoint_id", "id"])
    op.create_index("ix_webhook_deliveries_state_endpoint_id", table, ["state", "endpoint_id"])
    for name, columns in (
        ("ix_webhook_deliveries_due", ["endpoint_id", "next_attempt_at"]),
        ("ix_webhook_deliveries_order", ["endpoint_id", "subject_id", "sequence"]),
    ):
        op.create_index(name, table, columns, sqlite_where=_PENDING, postgresql_where=_PENDING)
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column(
            "delivery_id",
            sa.String(40),
            sa.ForeignKey("webhook_deliveries.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("answer_bytes", sa.Integer(), nullable=False),
    )
    op.create_index("ix_webhook_attempts_delivery_id_id", "webhook_attempts", ["delivery_id", "id"])
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"])


def _create_incoming() -> None:
    op.create_table(
        "incoming_sources",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("mapping", _JSON, nullable=False),
        sa.Column("only", _JSON, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        *_secret_columns(),
    )
    op.create_index("ix_incoming_sources_tenant_id_id", "incoming_sources", ["tenant_id", "id"])
    op.create_table(
        "incoming_messages",
        sa.Column("source_id", sa.String(40), sa.ForeignKey("incoming_sources.id"), primary_key=True),
        sa.Column("message_id", sa.String(200), primary_key=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("comment_id", sa.String(40)),
    )
    op.create_index(
        "ix_incoming_messages_source_id_received_at", "incoming_messages", ["source_id", "received_at"]
    )


def _secret_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary()),
        sa.Column("previous_until", _TIME),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", _TIME),
    ]
