"""Tables of the staff: teams, their members, and when members are away."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime


class TeamRow(Base):
    """One team of a department.

    `last_member_id` is whose turn it was last (round robin); it is no part of `version`.
    """

    __tablename__ = "teams"
    __table_args__ = (
        CheckConstraint("strategy IN ('round_robin', 'least_loaded')", name="strategy"),
        Index("ix_teams_tenant_id_department", "tenant_id", "department"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    name_ja: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    strategy: Mapped[str] = mapped_column(String(16))
    last_member_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]


class MemberRow(Base):
    """One person of a team; `last_assigned_at` is no part of `version`."""

    __tablename__ = "members"
    __table_args__ = (
        Index("ix_members_tenant_id_id", "tenant_id", "id"),
        Index("ix_members_team_id", "team_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str | None] = mapped_column(Text)
    skills: Mapped[list[str]] = mapped_column(Json)
    languages: Mapped[list[str]] = mapped_column(Json)
    capacity: Mapped[int]
    active: Mapped[bool]
    last_assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]


class AbsenceRow(Base):
    """A time in which a member gets no tickets: from `starts_at`, before `ends_at`."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_member_id_ends_at", "member_id", "ends_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]
