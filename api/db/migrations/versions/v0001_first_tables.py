"""First tables: keys, comments, analyses, tickets with history, events, workers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_OPEN_OF_A_CUSTOMER = sa.text("resolved_at IS NULL AND customer_id IS NOT NULL")


def upgrade() -> None:
    """Create the tables and make the history append-only."""
    _create_keys_and_comments()
    _create_tickets()
    op.create_table(
        "workers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("pass_started_at", _TIME, nullable=False),
        sa.Column("pass_ended_at", _TIME, nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
    )
    _forbid_changes_of_history()


def downgrade() -> None:
    """Drop everything."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ticket_history_append_only ON ticket_history")
        op.execute("DROP TRIGGER IF EXISTS ticket_history_append_only_as_a_whole ON ticket_history")
        op.execute("DROP FUNCTION voc_refuse_change()")
    for table in (
        "workers",
        "events",
        "ticket_history",
        "ticket_comments",
        "tickets",
        "analyses",
        "comments",
        "api_keys",
    ):
        op.drop_table(table)


def _create_keys_and_comments() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("masked_text", sa.Text(), nullable=False),
        sa.Column("masked_ranges", _JSON, nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(200)),
        sa.Column("industry", sa.String(200)),
        sa.Column("touchpoint", sa.String(200)),
        sa.Column("customer_id", sa.String(200)),
        sa.Column("written_at", _TIME),
        sa.Column("nps", sa.Integer()),
        sa.Column("csat", sa.Double()),
        sa.Column("ces", sa.Double()),
        sa.Column("extra", _JSON, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.UniqueConstraint("tenant_id", "source", "external_id"),
    )
    op.create_index("ix_comments_tenant_id_id", "comments", ["tenant_id", "id"])
    op.create_index("ix_comments_tenant_id_customer_id", "comments", ["tenant_id", "customer_id"])
    op.create_table(
        "analyses",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("model_version", sa.String(200), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("analyzed_at", _TIME, nullable=False),
    )
    op.create_index(
        "uq_analyses_current",
        "analyses",
        ["comment_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(200)),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("policy_version", sa.String(64), nullable=False),
        sa.Column("model_version", sa.String(200), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("next_check_at", _TIME),
        sa.Column("breached_at", _TIME),
        sa.Column("resolved_at", _TIME),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("level IN ('frontline', 'department', 'executive')", name="level"),
    )
    op.create_index("ix_tickets_tenant_id_id", "tickets", ["tenant_id", "id"])
    op.create_index("ix_tickets_next_check_at", "tickets", ["next_check_at"])
    op.create_index(
        "uq_tickets_open_of_customer",
        "tickets",
        ["tenant_id", "customer_id", "department"],
        unique=True,
        sqlite_where=_OPEN_OF_A_CUSTOMER,
        postgresql_where=_OPEN_OF_A_CUSTOMER,
    )
    op.create_table(
        "ticket_comments",
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), primary_key=True),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
    )
    op.create_index("ix_ticket_comments_ticket_id", "ticket_comments", ["ticket_id"])
    op.create_table(
        "ticket_history",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("reason", _JSON, nullable=False),
    )
    op.create_index("ix_ticket_history_ticket_id_id", "ticket_history", ["ticket_id", "id"])
    op.create_table(
        "events",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("occurred_at", _TIME, nullable=False),
        sa.Column("payload", _JSON, nullable=False),
    )
    op.create_index("ix_events_tenant_id_id", "events", ["tenant_id", "id"])


def _forbid_changes_of_history() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION voc_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'ticket_history is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ticket_history_append_only BEFORE UPDATE OR DELETE ON ticket_history "
            "FOR EACH ROW EXECUTE FUNCTION voc_refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ticket_history_no_{change.lower()} BEFORE {change} ON ticket_history "
            "BEGIN SELECT RAISE(ABORT, 'ticket_history is append-only'); END"
        )
