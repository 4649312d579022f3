"""Table of the workers' heartbeats."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, UtcDateTime


class WorkerRow(Base):
    """One worker process and its last completed pass."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pass_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pass_ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    passes: Mapped[int]
