"""Tables of what is gone: certificates of erasures, and the ids of comments that were deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class ErasureRow(Base):
    """One erasure of one customer, by a salted hash of the customer's id."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_tenant_id_id", "tenant_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    salt: Mapped[str] = mapped_column(String(64))
    customer_sha256: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[dict[str, Any]] = mapped_column(Json)


class GoneCommentRow(Base):
    """The id of a comment that was deleted; it links to nothing, neither to a customer nor to an erasure."""

    __tablename__ = "gone_comments"
    __table_args__ = (
        CheckConstraint("cause IN ('erasure', 'retention')", name="cause"),
        Index("ix_gone_comments_tenant_id", "tenant_id"),
    )

    comment_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    cause: Mapped[str] = mapped_column(String(16))
    gone_at: Mapped[datetime] = mapped_column(UtcDateTime)
