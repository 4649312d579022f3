"""Weeks as drift compares them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "drift_weeks",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("week", sa.Date(), primary_key=True),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(200), nullable=False),
        sa.Column("received_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("profile", _JSON, nullable=False),
        sa.Column("findings", _JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("drift_weeks")
