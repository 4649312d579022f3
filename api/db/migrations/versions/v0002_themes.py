"""Themes: the tenants' models, the vectors of comments, their themes, and queued fits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_CURRENT = sa.text("is_current")
_UNFINISHED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    """Create the tables; comments that are there already get their vectors from the worker."""
    op.create_table(
        "theme_models",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("arrays", sa.LargeBinary()),
        sa.Column("arrays_of", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_index(
        "uq_theme_models_current",
        "theme_models",
        ["tenant_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_table(
        "comment_vectors",
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("encoder", sa.String(200), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("meaningful", sa.Boolean(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_comment_vectors_tenant_id_comment_id", "comment_vectors", ["tenant_id", "comment_id"])
    op.create_table(
        "comment_themes",
        sa.Column("comment_id", sa.String(40), sa.ForeignKey("comments.id"), primary_key=True),
        sa.Column("theme_id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.CheckConstraint("origin IN ('learnt', 'rule', 'person')", name="origin"),
    )
    op.create_index(
        "ix_comment_themes_tenant_id_theme_id_comment_id",
        "comment_themes",
        ["tenant_id", "theme_id", "comment_id"],
    )
    op.create_index("ix_comment_themes_tenant_id_comment_id", "comment_themes", ["tenant_id", "comment_id"])
    _create_fits()
    op.create_index("ix_analyses_comment_id", "analyses", ["comment_id"])


def downgrade() -> None:
    """Drop the tables and the index."""
    op.drop_index("ix_analyses_comment_id", "analyses")
    for table in ("theme_fits", "comment_themes", "comment_vectors", "theme_models"):
        op.drop_table(table)


def _create_fits() -> None:
    op.create_table(
        "theme_fits",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("result", _JSON),
        sa.Column("error", _JSON),
        sa.CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed')", name="state"),
    )
    op.create_index("ix_theme_fits_state_requested_at", "theme_fits", ["state", "requested_at"])
    op.create_index(
        "uq_theme_fits_unfinished",
        "theme_fits",
        ["tenant_id"],
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
