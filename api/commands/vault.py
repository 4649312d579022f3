"""The tenants' data keys: ``create-``, ``rotate-`` and ``destroy-tenant-key``, ``rewrap-tenant-keys``."""

import argparse
import sys

from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.clock import utc_now
from api.commands.line import Commands
from api.commands.opening import opened_database
from api.db.engine import Database
from api.db.upgrade import upgrade
from api.settings import Settings
from api.vault import originals, tenant_keys
from api.vault.master import Vault, vault_of
from api.webhooks.resealing import reseal
from api.webhooks.secrets import VaultBox

_OPERATOR = "operator"
_KEY = "tenant_key"


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    create = commands.add_parser("create-tenant-key", help="keep a tenant's originals, sealed, from now on")
    create.add_argument("--tenant", required=True)
    create.set_defaults(command=_create)

    rotate = commands.add_parser("rotate-tenant-key", help="seal a tenant's new originals with a new key")
    rotate.add_argument("--tenant", required=True)
    rotate.add_argument("--reencrypt", action="store_true", help="move the older ones, destroy the older key")
    rotate.set_defaults(command=_rotate)

    destroy = commands.add_parser("destroy-tenant-key", help="make a tenant's originals unreadable for ever")
    destroy.add_argument("--tenant", required=True)
    destroy.add_argument("--yes", action="store_true", help="do it; without it the count is told")
    destroy.set_defaults(command=_destroy)

    rewrap = commands.add_parser(
        "rewrap-tenant-keys", help="seal data keys and webhook secrets with the first operator's key"
    )
    rewrap.set_defaults(command=_rewrap)


def _create(settings: Settings, options: argparse.Namespace) -> int:
    """Make a tenant's first data key."""
    vault = tenant_keys.needed(vault_of(settings))
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            chain.hold(session, options.tenant)
            version = tenant_keys.create(session, vault, options.tenant, utc_now())
            _note(session, options.tenant, "created", version, {})
    sys.stdout.write(f"{options.tenant}: version {version}\n")
    return 0


def _rotate(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new version; with --reencrypt go on until nothing is sealed with an older one."""
    vault = tenant_keys.needed(vault_of(settings))
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            chain.hold(session, options.tenant)
            version = tenant_keys.rotate(session, vault, options.tenant, utc_now())
            _note(session, options.tenant, "rotated", version, {})
        sys.stdout.write(f"{options.tenant}: version {version}\n")
        if options.reencrypt:
            moved, destroyed = reencrypt(database, vault, options.tenant)
            sys.stdout.write(f"{moved} originals sealed anew; versions destroyed: {destroyed or 'none'}\n")
    return 0


def reencrypt(database: Database, vault: Vault, tenant_id: str) -> tuple[int, list[int]]:
    """Seal all originals of a tenant with its current key, and destroy the older versions.

    Parameters
    ----------
    database : Database
        Where they are.
    vault : Vault
        Unwraps the keys.
    tenant_id : str
        Whose originals.

    Returns
    -------
    tuple[int, list[int]]
        How many were moved, and the versions that were destroyed.
    """
    moved = 0
    while True:
        with database.writing() as session:
            count = originals.reencrypt_some(session, vault, tenant_id)
        if not count:
            break
        moved += count
    with database.writing() as session:
        chain.hold(session, tenant_id)
        destroyed = tenant_keys.destroy_unused(session, tenant_id, utc_now())
        for version in destroyed:
            _note(session, tenant_id, "destroyed", version, {"lost": 0})
    return moved, destroyed


def _destroy(settings: Settings, options: argparse.Namespace) -> int:
    """Destroy all versions; asks to be told so."""
    with opened_database(settings) as database:
        upgrade(database)
        if not options.yes:
            with database.reading() as session:
                count = tenant_keys.count_sealed(session, options.tenant)
            sys.stdout.write(f"{count} originals would be lost for ever; repeat with --yes\n")
            return 1
        with database.writing() as session:
            chain.hold(session, options.tenant)
            keys, lost = tenant_keys.destroy(session, options.tenant, utc_now())
            _note(session, options.tenant, "destroyed", None, {"keys": keys, "lost": lost})
    sys.stdout.write(f"{keys} keys destroyed, {lost} originals lost\n")
    return 0


def _rewrap(settings: Settings, _options: argparse.Namespace) -> int:
    """Seal data keys and secrets anew, before an older operator's key is taken away."""
    vault = tenant_keys.needed(vault_of(settings))
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            count = tenant_keys.rewrap(session, vault)
        with database.writing() as session:
            secrets, closed = reseal(session, VaultBox(vault))
    sys.stdout.write(f"{count} data keys and {secrets} secrets sealed with {vault.key_ids()[0]}\n")
    if closed:
        sys.stderr.write(
            f"{closed} secrets of webhooks or sources open with none of {', '.join(vault.key_ids())}; "
            "append the key that sealed them to VOC_ENCRYPTION_KEY, or rotate them\n"
        )
    return 1 if closed else 0


def _note(session: Session, tenant_id: str, action: str, version: int | None, more: dict[str, int]) -> None:
    """Write it into the tenant's audit."""
    after = {"version": version, **more}
    chain.append(session, tenant_id, Entry(_OPERATOR, action, _KEY, "data-key", {}, after, {}), utc_now())
