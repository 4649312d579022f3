"""What the operator sets: one class, read from the environment with the prefix ``VOC_``."""

from pathlib import Path
from typing import Literal

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
    models_dir: Path | None = None
    config_dir: Path = _CHECKOUT / "config"
    max_body_bytes: int = Field(default=5_000_000, ge=1_000)
    worker_interval_s: float = Field(default=5.0, gt=0, le=3600)
    encryption_key: SecretStr | None = None
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

    @field_validator("bootstrap_key", "encryption_key")
    @classmethod
    def _blank_is_unset(cls, value: SecretStr | None) -> SecretStr | None:
        """Treat an empty key as none, so that an empty variable never opens the door."""
        if value is None or not value.get_secret_value().strip():
            return None
        return value
