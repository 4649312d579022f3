"""What the operator sets: one class, read from the environment with the prefix ``VOC_``."""

from pathlib import Path
from typing import Literal

from limits import parse_many
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings of the service; every one is described in docs/operations.md."""

    model_config = SettingsConfigDict(
        env_prefix="VOC_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = "sqlite:///var/voc.sqlite3"
    database_pool_size: int = Field(default=20, ge=1, le=200)
    database_wait_s: float = Field(default=15.0, gt=0, le=300)
    bootstrap_key: SecretStr | None = None
    encryption_key: SecretStr | None = None
    retention_comments_days: int | None = Field(default=None, ge=1)
    retention_originals_days: int | None = Field(default=None, ge=1)
    retention_closed_tickets_days: int | None = Field(default=None, ge=1)
    retention_deliveries_days: int | None = Field(default=None, ge=1)
    models_dir: Path | None = None
    tier: Literal["default", "fast"] = "default"
    models_check_s: float = Field(default=10.0, ge=0, le=3600)
    analysis_processes: int = Field(default=1, ge=0, le=64)
    analysis_queue: int = Field(default=10_000, ge=100, le=1_000_000)
    key_cache_s: float = Field(default=5.0, ge=0, le=60)
    config_dir: Path = _CHECKOUT / "config"
    max_body_bytes: int = Field(default=5_000_000, ge=1_000)
    idempotency_ttl_h: float = Field(default=24.0, gt=0, le=720)
    rate_limits: str = "300000/minute"
    rate_limit_storage: str = "memory://"
    job_max_documents: int = Field(default=1_000_000, ge=1)
    job_max_bytes: int = Field(default=1_000_000_000, ge=1_000)
    job_results_days: float = Field(default=7, gt=0, le=3650)
    rescore_comments_per_s: float = Field(default=50.0, ge=0, le=100_000)
    worker_interval_s: float = Field(default=5.0, gt=0, le=3600)
    otlp_endpoint: str | None = None
    webhook_allow_http: bool = False
    webhook_allow_private: str | None = None
    webhook_ports: str | None = None
    webhook_timeout_s: float = Field(default=15.0, gt=0, le=60)
    webhook_concurrency: int = Field(default=100, ge=1, le=1000)
    webhook_endpoint_concurrency: int = Field(default=4, ge=1, le=100)
    webhook_disable_after_days: float = Field(default=5.0, gt=0, le=365)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        """Accept a SQLite file or PostgreSQL by psycopg; say what to write otherwise."""
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError(
                "not a database URL; write sqlite:///path/to/file or postgresql://user:password@host/database"
            ) from None
        if url.drivername in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        if url.drivername == "postgresql+psycopg":
            return value
        if url.drivername in ("sqlite", "sqlite+pysqlite"):
            if url.database in (None, "", ":memory:"):
                raise ValueError(
                    "SQLite needs a file (sqlite:///path/to/file): memory is not shared by threads"
                )
            return value
        raise ValueError(f"database {url.drivername!r} is not supported; use sqlite or postgresql+psycopg")

    @field_validator("rate_limits")
    @classmethod
    def _known_limits(cls, value: str) -> str:
        """Accept what the library reads; empty for no limits."""
        try:
            if value.strip():
                parse_many(value)
        except ValueError:
            raise ValueError(
                "not a list of limits; write for instance 600/minute;20000/hour, or nothing for no limits"
            ) from None
        return value.strip()

    @field_validator("rate_limit_storage")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        """Accept memory and Redis."""
        if value.partition("://")[0] not in ("memory", "redis", "rediss", "redis+unix"):
            raise ValueError(
                "write memory://, redis://host:6379/0, rediss://... or redis+unix:///path/socket"
            )
        return value

    @field_validator("bootstrap_key", "encryption_key")
    @classmethod
    def _blank_is_unset(cls, value: SecretStr | None) -> SecretStr | None:
        """Treat an empty key as none, so that an empty variable never opens the door."""
        if value is None or not value.get_secret_value().strip():
            return None
        return value
