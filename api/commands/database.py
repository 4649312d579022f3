"""Brings the database to a version, and copies it: ``migrate``, ``backup``."""

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from api.commands.line import Commands
from api.commands.opening import opened_database
from api.db.upgrade import downgrade, upgrade
from api.errors import ConfigurationError
from api.settings import Settings


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    migrate = commands.add_parser("migrate", help="bring the database to a version")
    migrate.add_argument("--down-to", metavar="REVISION", help="take migrations back, 'base' for all")
    migrate.set_defaults(command=_migrate)

    backup = commands.add_parser("backup", help="copy a SQLite database, also while the service runs")
    backup.add_argument("copy", type=Path, metavar="FILE", help="the copy; must not exist")
    backup.set_defaults(command=_backup)


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database to a version."""
    with opened_database(settings) as database:
        if options.down_to is not None:
            downgrade(database, options.down_to)
        else:
            upgrade(database)
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    """Copy the database as it stands at one moment, and check the copy."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise ConfigurationError("backup copies SQLite files; PostgreSQL has pg_dump (docs/operations.md)")
    source, copy = Path(str(url.database)), options.copy
    if not source.exists() or copy.exists():
        raise ConfigurationError(
            f"{source} must exist and {copy} must not; give a new file, or mend VOC_DATABASE_URL"
        )
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(copy)) as to:
        from_.backup(to)
        [verdict] = to.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise ConfigurationError(f"the copy is damaged ({verdict}); check the disk of {source}")
    return 0
