"""Tables of what other systems send in: their sources, and the messages that were seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class IncomingSourceRow(Base):
    """One sender of a tenant: how its payloads become comments, and the secret that it signs with."""

    __tablename__ = "incoming_sources"
    __table_args__ = (Index("ix_incoming_sources_tenant_id_id", "tenant_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)
    only: Mapped[dict[str, Any]] = mapped_column(Json)
    enabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IncomingMessageRow(Base):
    """One message that was taken in, so that the same one again has no second effect."""

    __tablename__ = "incoming_messages"
    __table_args__ = (Index("ix_incoming_messages_source_id_received_at", "source_id", "received_at"),)

    source_id: Mapped[str] = mapped_column(ForeignKey("incoming_sources.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    comment_id: Mapped[str | None] = mapped_column(String(40))
