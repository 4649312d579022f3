"""Table of the idempotency keys: which request came under which key, and what it was answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class IdempotencyRow(Base):
    """One key of one tenant.

    While `state` is ``running`` a request holds the key by its `lease`. The answer of a route
    whose work is safe to do again is not kept: `status` is there and `body` is None.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (CheckConstraint("state IN ('running', 'done')", name="state"),)

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    lease: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    headers: Mapped[list[list[str]] | None] = mapped_column(Json)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
