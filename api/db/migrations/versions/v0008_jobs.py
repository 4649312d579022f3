"""Jobs: what was asked for, in parts that workers take."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_KEYED = sa.text("request_key IS NOT NULL")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("request_key", sa.String(255)),
        sa.Column("request_digest", sa.String(64)),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("parts_left", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(200)),
        sa.Column("error", _JSON),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("touched_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.CheckConstraint(
            "state IN ('receiving', 'queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')",
            name="state",
        ),
    )
    op.create_index("ix_jobs_tenant_id_id", "jobs", ["tenant_id", "id"])
    op.create_index("ix_jobs_state_ended_at", "jobs", ["state", "ended_at"])
    op.create_index(
        "uq_jobs_request_key",
        "jobs",
        ["tenant_id", "request_key"],
        unique=True,
        sqlite_where=_KEYED,
        postgresql_where=_KEYED,
    )
    op.create_table(
        "job_parts",
        sa.Column("job_id", sa.String(40), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("first_index", sa.Integer(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("overlong", _JSON, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("free_at", _TIME, nullable=False),
        sa.Column("lease", sa.String(40)),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'cancelled')", name="state"),
    )
    op.create_index("ix_job_parts_state_free_at", "job_parts", ["state", "free_at"])
    for table in ("job_inputs", "job_outputs"):
        op.create_table(
            table,
            sa.Column("job_id", sa.String(40), primary_key=True),
            sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
            sa.Column("body", sa.LargeBinary(), nullable=False),
            sa.ForeignKeyConstraint(["job_id", "number"], ["job_parts.job_id", "job_parts.number"]),
        )


def downgrade() -> None:
    """Drop the four tables."""
    for table in ("job_outputs", "job_inputs", "job_parts", "jobs"):
        op.drop_table(table)
