"""Table of the outbox: what happened and has to be told, written with the change itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class EventRow(Base):
    """One event; its id is the id of the message whatever the number of attempts.

    `subject_type` and `subject_id` name the thing that it is about, and `sequence` counts
    the events of that thing from 1, so that a receiver can put them in order.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject_type", "subject_id", "sequence"),
        Index("ix_events_tenant_id_id", "tenant_id", "id"),
        Index("ix_events_tenant_id_occurred_at", "tenant_id", "occurred_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[int]
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
