"""Tables of the comments, masked, and of what was said about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class CommentRow(Base):
    """One comment as it was received, personal data masked.

    `masked_ranges` holds ``[sent_start, sent_end, stored_start, stored_end]`` of every
    placeholder, so that spans can be told in the text as it was sent.
    """

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "source", "external_id"),
        Index("ix_comments_tenant_id_id", "tenant_id", "id"),
        Index("ix_comments_tenant_id_customer_id", "tenant_id", "customer_id"),
        Index("ix_comments_tenant_id_received_at_id", "tenant_id", "received_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(200))
    masked_text: Mapped[str] = mapped_column(Text)
    masked_ranges: Mapped[list[list[int]]] = mapped_column(Json)
    lang: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str | None] = mapped_column(String(200))
    industry: Mapped[str | None] = mapped_column(String(200))
    touchpoint: Mapped[str | None] = mapped_column(String(200))
    customer_id: Mapped[str | None] = mapped_column(String(200))
    written_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    nps: Mapped[int | None]
    csat: Mapped[float | None] = mapped_column(Double)
    ces: Mapped[float | None] = mapped_column(Double)
    extra: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnalysisRow(Base):
    """One analysis of one comment by one model; the current one is marked, the earlier ones stay.

    The spans in `body` count code points of the stored, masked text. `made_by` says what took
    part (`api.comments.made_by`); None on rows from before it was written down.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        Index("ix_analyses_comment_id", "comment_id"),  # SQLite finds nothing by the partial one
        Index(
            "uq_analyses_current",
            "comment_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    is_current: Mapped[bool]
    model_version: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    made_by: Mapped[dict[str, Any] | None] = mapped_column(Json)
    analyzed_at: Mapped[datetime] = mapped_column(UtcDateTime)
