"""Tables of the audit: one chain of entries a tenant, and the end of each chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class AuditRow(Base):
    """One thing that was done; the database refuses to change or delete it (triggers).

    `hash` is the sha256 of all other columns, `previous_hash` among them: who changes an
    entry breaks every later one.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_object_id_sequence", "object_id", "sequence"),
        Index("ix_audit_log_tenant_id_at", "tenant_id", "at"),
    )

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[dict[str, Any]] = mapped_column(Json)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The end of a tenant's chain; whoever writes an entry holds this row until the commit."""

    __tablename__ = "audit_heads"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
