"""Weeks whose comments were analysed again are marked, so that they are profiled anew."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark."""
    op.add_column("drift_weeks", sa.Column("rescored_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("drift_weeks", "rescored_at")
