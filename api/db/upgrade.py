"""Bring a database to a version of the tables; safe when several processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from api.db.engine import Database

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK_KEY = 0x566F_634E_6C70  # any constant number; PostgreSQL's advisory lock of the migrations


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply the migrations that are missing, in one transaction.

    Parameters
    ----------
    database : Database
        The database; other processes wait until this one is done.
    revision : str
        Version to reach.
    """
    with database.write_connection() as connection:
        command.upgrade(_locked_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back, in one transaction.

    Parameters
    ----------
    database : Database
        The database.
    revision : str
        Version to go back to; ``base`` removes all tables.
    """
    with database.write_connection() as connection:
        command.downgrade(_locked_config(connection), revision)


def check_tables(database: Database) -> None:
    """Compare the database with the table classes; raises Alembic's error when they differ.

    Parameters
    ----------
    database : Database
        An upgraded database.
    """
    with database.write_connection() as connection:
        command.check(_locked_config(connection))


def _locked_config(connection: Connection) -> Config:
    """Take the lock (SQLite holds it already by BEGIN IMMEDIATE) and point Alembic at our folder."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
