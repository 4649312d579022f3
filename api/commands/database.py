"""Brings the database to a version: ``migrate``."""

import argparse

from api.commands.line import Commands
from api.commands.opening import opened_database
from api.db.upgrade import downgrade, upgrade
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


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database to a version."""
    with opened_database(settings) as database:
        if options.down_to is not None:
            downgrade(database, options.down_to)
        else:
            upgrade(database)
    return 0
