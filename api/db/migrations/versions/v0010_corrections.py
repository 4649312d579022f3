"""Corrections: the labels that people give to comments, beside what the model had said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STANDING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Create the tables."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    time = sa.DateTime(timezone=True)
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), nullable=False),
        sa.Column("task", sa.String(16), nullable=False),
        sa.Column("label", json, nullable=False),
        sa.Column("annotator", sa.String(100), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("model_label", json),
        sa.Column("model_version", sa.String(200), nullable=False),
        sa.Column("agreed", sa.Boolean()),
        sa.Column("created_at", time, nullable=False),
        sa.Column("ended_at", time),
        sa.Column("ended_how", sa.String(16)),
        sa.CheckConstraint(
            "task IN ('sentiment', 'aspects', 'departments', 'intent', 'urgency', 'churn', 'theme')",
            name="task",
        ),
        sa.CheckConstraint("ended_how IN ('superseded', 'withdrawn')", name="ended_how"),
    )
    op.create_index("ix_corrections_tenant_id_id", "corrections", ["tenant_id", "id"])
    op.create_index("ix_corrections_comment_id_task", "corrections", ["comment_id", "task"])
    op.create_index(
        "uq_corrections_standing",
        "corrections",
        ["comment_id", "task", "annotator"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_table(
        "label_salts",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("label_salts")
    op.drop_table("corrections")
