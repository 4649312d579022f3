"""The databases of the service's tests."""

from tests.api.conftest import (
    analyzer,
    clock,
    database,
    database_url,
    make_app,
    postgres,
    postgres_emptied,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "analyzer",
    "clock",
    "database",
    "database_url",
    "make_app",
    "postgres",
    "postgres_emptied",
    "sqlite_template",
    "sqlite_url",
]
