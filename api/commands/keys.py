"""Makes and revokes API keys: ``create-key``, ``revoke-key``."""

import argparse
import sys

from api.clock import utc_now
from api.commands.line import Commands
from api.commands.opening import opened_database
from api.db.upgrade import upgrade
from api.errors import ConfigurationError
from api.keys import service as keys
from api.settings import Settings


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    create = commands.add_parser("create-key", help="make an API key; prints its id and the key")
    create.add_argument("--tenant", default=keys.BOOTSTRAP_TENANT)
    create.add_argument("--name", default="", help="what the key is for")
    create.add_argument("--scopes", required=True, help="comma-separated: score,read,ticket,admin")
    create.set_defaults(command=_create_key)

    revoke = commands.add_parser("revoke-key", help="make an API key useless")
    revoke.add_argument("key_id")
    revoke.set_defaults(command=_revoke_key)


def _create_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key and print it, the only time it can be seen."""
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            key_id, secret = keys.create(
                session,
                tenant_id=options.tenant,
                name=options.name,
                scopes=options.scopes.split(","),
                now=utc_now(),
            )
    sys.stdout.write(f"{key_id} {secret}\n")
    return 0


def _revoke_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key useless from now on."""
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            if not keys.revoke(session, options.key_id, utc_now()):
                raise ConfigurationError(f"no key {options.key_id!r} that could be revoked; check the id")
    return 0
