"""Table of the API keys; a key itself is never stored."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, NullableJson, UtcDateTime


class ApiKeyRow(Base):
    """One key of one tenant, by the sha256 of its secret.

    `departments` is None for a key that reads the whole tenant. `last_used_at` is at most an
    hour behind. `replaces` is the key that this one took the place of.
    """

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    departments: Mapped[list[str] | None] = mapped_column(NullableJson)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaces: Mapped[str | None] = mapped_column(String(40))
