"""The ground of all tables: naming of constraints, UTC times, JSON."""

from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON on SQLite, JSONB on PostgreSQL."""
NullableJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""The same, where None is the database's NULL."""


class Base(DeclarativeBase):
    """Base of every table class."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; refuse a naive one.

        Parameters
        ----------
        value : datetime | None
            What is stored.
        dialect : Dialect
            Of the connection.

        Returns
        -------
        datetime | None
            Aware UTC on PostgreSQL, naive UTC on SQLite.

        Raises
        ------
        ValueError
            If `value` has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"met a time without a zone ({value.isoformat()}); pass an aware datetime")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a stored time its zone back.

        Parameters
        ----------
        value : datetime | None
            What was stored.
        dialect : Dialect
            Of the connection.

        Returns
        -------
        datetime | None
            Aware, in UTC.
        """
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
