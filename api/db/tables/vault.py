"""Tables of the vault: the tenants' data keys, wrapped, and what masking took away from comments, sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, UtcDateTime

_CURRENT = text("retired_at IS NULL AND destroyed_at IS NULL")


class TenantKeyRow(Base):
    """One version of a tenant's data key; without `wrapped_key` nothing that it sealed can be read again."""

    __tablename__ = "tenant_keys"
    __table_args__ = (
        Index(
            "uq_tenant_keys_current",
            "tenant_id",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CommentOriginalRow(Base):
    """What masking took away from one comment, sealed with one version of the tenant's key."""

    __tablename__ = "comment_originals"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "key_version"], ["tenant_keys.tenant_id", "tenant_keys.version"]),
        Index("ix_comment_originals_tenant_id_key_version", "tenant_id", "key_version"),
    )

    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
