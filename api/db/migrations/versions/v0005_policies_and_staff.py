"""Stored opening rules; staff; owners of tickets; a comment may have a ticket in several departments."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_OWNER_COLUMNS = (
    ("team_id", sa.String(40)),
    ("assignee_id", sa.String(40)),
    ("assigned_at", _TIME),
    ("touched_at", _TIME),
    ("queue_reason", sa.String(16)),
    ("needs", _JSON),
)


def upgrade() -> None:
    """Create the tables, and widen tickets and their links."""
    _create_policies()
    _create_staff()
    for name, kind in _OWNER_COLUMNS:
        op.add_column("tickets", sa.Column(name, kind, nullable=True))
    op.create_index("ix_tickets_tenant_id_assignee_id", "tickets", ["tenant_id", "assignee_id"])
    op.create_index("ix_comments_tenant_id_received_at_id", "comments", ["tenant_id", "received_at", "id"])
    _remake_links(
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), primary_key=True),
        sa.Column("rank", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.UniqueConstraint("comment_id", "ticket_id", name="uq_ticket_comments_comment_id_ticket_id"),
        fill="INSERT INTO ticket_comments (comment_id, rank, ticket_id, tenant_id, linked_at) "
        "SELECT comment_id, 0, ticket_id, tenant_id, linked_at FROM ticket_comments_kept",
    )


def downgrade() -> None:
    """Drop what was added; of several tickets a comment keeps its own."""
    _remake_links(
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), primary_key=True),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        fill="INSERT INTO ticket_comments (comment_id, ticket_id, tenant_id, linked_at) "
        "SELECT comment_id, ticket_id, tenant_id, linked_at FROM ticket_comments_kept WHERE rank = 0",
    )
    op.drop_index("ix_comments_tenant_id_received_at_id", "comments")
    op.drop_index("ix_tickets_tenant_id_assignee_id", "tickets")
    for name, _ in reversed(_OWNER_COLUMNS):
        op.drop_column("tickets", name)
    for table in ("absences", "members", "teams", "policy_versions"):
        op.drop_table(table)


def _create_policies() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("effective_at", _TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )


def _create_staff() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("name_ja", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("strategy", sa.String(16), nullable=False),
        sa.Column("last_member_id", sa.String(40)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("strategy IN ('round_robin', 'least_loaded')", name="ck_teams_strategy"),
    )
    op.create_index("ix_teams_tenant_id_department", "teams", ["tenant_id", "department"])
    op.create_table(
        "members",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("team_id", sa.String(40), sa.ForeignKey("teams.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("contact", sa.Text()),
        sa.Column("skills", _JSON, nullable=False),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_assigned_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_members_tenant_id_id", "members", ["tenant_id", "id"])
    op.create_index("ix_members_team_id", "members", ["team_id"])
    op.create_table(
        "absences",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("member_id", sa.String(40), sa.ForeignKey("members.id"), nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_absences_member_id_ends_at", "absences", ["member_id", "ends_at"])


def _remake_links(*columns: sa.Column[Any] | sa.UniqueConstraint, fill: str) -> None:
    """Make the table of the links anew with other columns: SQLite cannot change a primary key."""
    op.execute("CREATE TABLE ticket_comments_kept AS SELECT * FROM ticket_comments")
    op.drop_index("ix_ticket_comments_ticket_id", "ticket_comments")
    op.drop_table("ticket_comments")
    op.create_table("ticket_comments", *columns)
    op.create_index("ix_ticket_comments_ticket_id", "ticket_comments", ["ticket_id"])
    op.execute(fill)
    op.drop_table("ticket_comments_kept")
