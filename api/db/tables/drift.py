"""Table of the weeks as drift compares them: counts and sums, never a text."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class DriftWeekRow(Base):
    """One ended week of a tenant's comments, by its Monday in the calendar's zone.

    `findings` holds what was found, by view: ``all``, ``ja``, ``en``. `received_until` is when the
    last comment of the week had come that the profile counts, `rescored_at` when a comment of the week
    was analysed again last that the profile may not know of.
    """

    __tablename__ = "drift_weeks"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    comments: Mapped[int]
    model_version: Mapped[str] = mapped_column(String(200))
    received_until: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rescored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    profile: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    findings: Mapped[dict[str, Any]] = mapped_column(Json)
