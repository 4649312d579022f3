"""Privacy: tenants' keys and sealed originals, erasures, and keys with departments and an end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_CURRENT = sa.text("retired_at IS NULL AND destroyed_at IS NULL")


def upgrade() -> None:
    """Create the tables, and give the API keys their new columns."""
    op.create_table(
        "tenant_keys",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("wrapped_key", sa.LargeBinary()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("retired_at", _TIME),
        sa.Column("destroyed_at", _TIME),
        sa.PrimaryKeyConstraint("tenant_id", "version", name="pk_tenant_keys"),
    )
    op.create_index(
        "uq_tenant_keys_current",
        "tenant_keys",
        ["tenant_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_table(
        "comment_originals",
        sa.Column("comment_id", sa.String(40), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name="pk_comment_originals"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_comment_originals_comment_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "key_version"],
            ["tenant_keys.tenant_id", "tenant_keys.version"],
            name="fk_comment_originals_tenant_id_key_version",
        ),
    )
    op.create_index(
        "ix_comment_originals_tenant_id_key_version", "comment_originals", ["tenant_id", "key_version"]
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("erased_at", _TIME, nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("customer_sha256", sa.String(64), nullable=False),
        sa.Column("certificate", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_tenant_id_id", "erasures", ["tenant_id", "id"])
    op.create_table(
        "gone_comments",
        sa.Column("comment_id", sa.String(40), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("gone_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name="pk_gone_comments"),
        sa.CheckConstraint("cause IN ('erasure', 'retention')", name="ck_gone_comments_cause"),
    )
    op.create_index("ix_gone_comments_tenant_id", "gone_comments", ["tenant_id"])
    for column in _key_columns():
        op.add_column("api_keys", column)


def downgrade() -> None:
    """Drop all of it; sealed originals and certificates are lost."""
    for column in reversed(_key_columns()):
        op.drop_column("api_keys", column.name)
    for table in ("gone_comments", "erasures", "comment_originals", "tenant_keys"):
        op.drop_table(table)


def _key_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("departments", _JSON),
        sa.Column("expires_at", _TIME),
        sa.Column("last_used_at", _TIME),
        sa.Column("replaces", sa.String(40)),
    ]
