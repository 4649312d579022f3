"""Re-scoring: what made an analysis, what a job was asked for, and its report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add a column to each of three tables."""
    op.add_column("analyses", sa.Column("made_by", _JSON))
    op.add_column("jobs", sa.Column("asked", _JSON))
    op.add_column("job_outputs", sa.Column("report", sa.LargeBinary()))


def downgrade() -> None:
    """Drop them."""
    for table, column in (("job_outputs", "report"), ("jobs", "asked"), ("analyses", "made_by")):
        op.drop_column(table, column)
