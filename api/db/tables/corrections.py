"""Tables of the corrections that people make of comments' labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, NullableJson, UtcDateTime

_STANDING = text("ended_at IS NULL")


class CorrectionRow(Base):
    """One person's label of one comment for one task, beside what the model had said.

    It stands until the same person says something else of the same comment and task
    (`ended_how` is ``superseded``) or it is withdrawn. Several people's stand side by side; the
    newest that stands is in force. `label` is JSON's null for "no theme". `model_label` has the
    shape of `label`; it is None where nothing is known of what the model said.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint(
            "task IN ('sentiment', 'aspects', 'departments', 'intent', 'urgency', 'churn', 'theme')",
            name="task",
        ),
        CheckConstraint("ended_how IN ('superseded', 'withdrawn')", name="ended_how"),
        Index("ix_corrections_tenant_id_id", "tenant_id", "id"),
        Index("ix_corrections_comment_id_task", "comment_id", "task"),
        Index(
            "uq_corrections_standing",
            "comment_id",
            "task",
            "annotator",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    task: Mapped[str] = mapped_column(String(16))
    label: Mapped[Any] = mapped_column(Json, nullable=False)
    annotator: Mapped[str] = mapped_column(String(100))
    actor: Mapped[str] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    model_label: Mapped[Any | None] = mapped_column(NullableJson)
    model_version: Mapped[str] = mapped_column(String(200))
    agreed: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_how: Mapped[str | None] = mapped_column(String(16))


class LabelSaltRow(Base):
    """What a tenant's customers are hashed with in the exports of labels; the same in all of them."""

    __tablename__ = "label_salts"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
