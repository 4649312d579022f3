"""Table of the tenants' own opening rules, version by version."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, UtcDateTime


class PolicyVersionRow(Base):
    """One version of a tenant's opening rules; it is never changed.

    `content` is canonical JSON (sorted keys, ASCII), `sha256` its hash. In force is the
    version whose `effective_at` came last; of two at the same moment the higher number.
    """

    __tablename__ = "policy_versions"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)
