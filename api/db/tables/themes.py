"""Tables of the themes: the tenants' models, the vectors of comments, their themes, and queued fits."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime

_CURRENT = text("is_current")
_UNFINISHED = text("state IN ('queued', 'running')")


class ThemeModelRow(Base):
    """One revision of a tenant's themes; the current one is marked, the older ones are its history.

    `arrays_of` is the revision whose row holds the arrays: an edit that moves no theme stores none.
    """

    __tablename__ = "theme_models"
    __table_args__ = (
        Index(
            "uq_theme_models_current",
            "tenant_id",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_current: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    arrays: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    arrays_of: Mapped[int]
    action: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentVectorRow(Base):
    """The vector of a stored comment as themes compare it: half-precision floats, little-endian.

    It is that of the masked text with the tenant's synonyms applied; when the dictionary
    changes, only texts in which it changes something are embedded again.
    """

    __tablename__ = "comment_vectors"
    __table_args__ = (Index("ix_comment_vectors_tenant_id_comment_id", "tenant_id", "comment_id"),)

    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    encoder: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    meaningful: Mapped[bool]
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class CommentThemeRow(Base):
    """One theme of one comment, by the tenant's current model; rank 0 is the best."""

    __tablename__ = "comment_themes"
    __table_args__ = (
        CheckConstraint("origin IN ('learnt', 'rule', 'person')", name="origin"),
        Index("ix_comment_themes_tenant_id_theme_id_comment_id", "tenant_id", "theme_id", "comment_id"),
        Index("ix_comment_themes_tenant_id_comment_id", "tenant_id", "comment_id"),
    )

    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    theme_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    rank: Mapped[int]
    similarity: Mapped[float] = mapped_column(Double)
    origin: Mapped[str] = mapped_column(String(8))


class ThemeFitRow(Base):
    """A fit that was asked for; the worker takes it. A tenant has one unfinished fit at most."""

    __tablename__ = "theme_fits"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed')", name="state"),
        Index("ix_theme_fits_state_requested_at", "state", "requested_at"),
        Index(
            "uq_theme_fits_unfinished",
            "tenant_id",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    actor: Mapped[str] = mapped_column(String(100))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
