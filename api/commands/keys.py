"""API keys: ``create-key``, ``list-keys``, ``rotate-key``, ``revoke-key``."""

import argparse
import sys
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.service import note
from api.audit import chain
from api.clock import utc_now
from api.commands.line import Commands, positive
from api.commands.opening import opened_database
from api.db.tables import ApiKeyRow
from api.db.upgrade import upgrade
from api.errors import ConfigurationError
from api.keys import repository
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
    create.add_argument("--scopes", required=True, help="comma-separated: " + ",".join(keys.Scope))
    create.add_argument("--departments", help="comma-separated ids; the key sees only what belongs to them")
    create.add_argument("--expires-days", type=positive, help="the key ends after so many days")
    create.set_defaults(command=_create_key)

    listing = commands.add_parser("list-keys", help="show the keys, without their secrets")
    listing.add_argument("--tenant", help="one tenant; all without it")
    listing.set_defaults(command=_list_keys)

    rotate = commands.add_parser("rotate-key", help="make a key in the place of another; prints it")
    rotate.add_argument("key_id")
    rotate.add_argument("--overlap-hours", type=_hours, default=24.0, help="how long the older key works on")
    rotate.set_defaults(command=_rotate_key)

    revoke = commands.add_parser("revoke-key", help="make an API key useless")
    revoke.add_argument("key_id")
    revoke.set_defaults(command=_revoke_key)


def _create_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key and print it, the only time it can be seen."""
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            now = utc_now()
            key_id, secret = keys.create(
                session,
                tenant_id=options.tenant,
                name=options.name,
                scopes=options.scopes.split(","),
                departments=None if options.departments is None else options.departments.split(","),
                expires_at=None
                if options.expires_days is None
                else now + timedelta(days=options.expires_days),
                now=now,
            )
            _note(session, key_id, "created", now)
    sys.stdout.write(f"{key_id} {secret}\n")
    return 0


def _list_keys(settings: Settings, options: argparse.Namespace) -> int:
    """Show keys: one line each, columns by tabs."""
    with opened_database(settings) as database, database.reading() as session:
        sys.stdout.write("id\ttenant\tscopes\tdepartments\tstate\tlast used\tname\n")
        for row in repository.list_all(session, options.tenant):
            state = f"until {row.expires_at:%Y-%m-%d %H:%M}Z" if row.expires_at else "no end"
            if row.revoked_at is not None:
                state = "revoked"
            elif row.expires_at is not None and row.expires_at <= utc_now():
                state = "ended"
            used = f"{row.last_used_at:%Y-%m-%d %H}h" if row.last_used_at else "never"
            of = "all" if row.departments is None else ",".join(row.departments)
            columns = (row.id, row.tenant_id, ",".join(row.scopes), of, state, used, row.name)
            sys.stdout.write("\t".join(columns) + "\n")
    return 0


def _rotate_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key in the place of another one and print it, the only time it can be seen."""
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            now = utc_now()
            old = _held(session, options.key_id)
            if old is None or old.revoked_at is not None or (old.expires_at and old.expires_at <= now):
                raise ConfigurationError(f"no key {options.key_id!r} that could be rotated; see list-keys")
            key_id, secret, ends_at = keys.rotate(session, old, timedelta(hours=options.overlap_hours), now)
            _note(session, key_id, "rotated", now)
    sys.stdout.write(f"{key_id} {secret}\n")
    sys.stderr.write(f"{options.key_id} ends at {ends_at:%Y-%m-%d %H:%M}Z\n")
    return 0


def _revoke_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key useless from now on."""
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            now = utc_now()
            _held(session, options.key_id)
            if not keys.revoke(session, options.key_id, now):
                raise ConfigurationError(f"no key {options.key_id!r} that could be revoked; check the id")
            _note(session, options.key_id, "revoked", now)
    return 0


def _note(session: Session, key_id: str, action: str, now: datetime) -> None:
    """Write it into the audit of the key's tenant."""
    row = repository.find(session, key_id)
    assert row is not None
    note(session, row, "operator", action, now)


def _held(session: Session, key_id: str) -> ApiKeyRow | None:
    """Find a key; the chain of its tenant is taken before the key, as everywhere."""
    tenant_id = session.scalars(select(ApiKeyRow.tenant_id).where(ApiKeyRow.id == key_id)).one_or_none()
    if tenant_id is None:
        return None
    chain.hold(session, tenant_id)
    return repository.find(session, key_id)


def _hours(text: str) -> float:
    """Read hours from 0 to 30 days."""
    number = float(text)
    if not 0 <= number <= 720:
        raise argparse.ArgumentTypeError(f"met {text}, expected hours from 0 to 720")
    return number
