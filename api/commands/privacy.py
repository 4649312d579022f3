"""Erasure and retention: ``erase-customer``, ``export-erasures``, ``replay-erasures``, ``retention``."""

import argparse
import json
import sys
from pathlib import Path

from sqlalchemy import select

from api.clock import utc_now
from api.commands.line import Commands
from api.commands.opening import opened_database
from api.db.tables import ErasureRow
from api.db.upgrade import upgrade
from api.errors import ConfigurationError
from api.privacy import erasing, replaying
from api.privacy.retention import count_due, remove_some, rules_of
from api.settings import Settings
from api.vault.master import vault_of


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    erase = commands.add_parser("erase-customer", help="erase a customer; prints the certificate")
    erase.add_argument("--tenant", required=True)
    erase.add_argument("--customer-id", help="as it was sent; without it, one line of standard input")
    erase.set_defaults(command=_erase)

    export = commands.add_parser("export-erasures", help="print all certificates, to be kept elsewhere")
    export.set_defaults(command=_export)

    replay = commands.add_parser("replay-erasures", help="erase again after a backup was restored")
    replay.add_argument("--from", dest="source", type=Path, help="what export-erasures printed")
    replay.set_defaults(command=_replay)

    retention = commands.add_parser("retention", help="remove what is older than VOC_RETENTION_..._DAYS")
    retention.add_argument("--dry-run", action="store_true", help="count only")
    retention.set_defaults(command=_retention)


def _erase(settings: Settings, options: argparse.Namespace) -> int:
    """Erase a customer; the id may come by standard input, where no list of processes shows it."""
    customer_id = options.customer_id
    if customer_id is None:
        customer_id = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not customer_id.strip() or len(customer_id) > 200:
        raise ConfigurationError("a customer's id has 1 to 200 characters; pass --customer-id or one line")
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            certificate = erasing.erase(
                session,
                options.tenant,
                customer_id,
                actor=replaying.OPERATOR,
                vault=vault_of(settings),
                now=utc_now(),
            )
    sys.stdout.write(json.dumps(certificate, ensure_ascii=False) + "\n")
    return 0


def _export(settings: Settings, _options: argparse.Namespace) -> int:
    """Print the certificates of all tenants, one a line."""
    with opened_database(settings) as database, database.reading() as session:
        for certificate in session.scalars(select(ErasureRow.certificate).order_by(ErasureRow.id)):
            sys.stdout.write(json.dumps(certificate, ensure_ascii=False) + "\n")
    return 0


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    """Erase again what the certificates name, as far as it is older than they are."""
    certificates = []
    if options.source is not None:
        try:
            with options.source.open(encoding="utf-8") as lines:
                certificates = list(replaying.read_certificates(lines))
        except OSError as error:
            raise ConfigurationError(f"{options.source}: {error.strerror}") from None
    with opened_database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            known = replaying.remember(session, certificates)
        done = replaying.replay(database, utc_now())
    sys.stdout.write(
        f"{done.certificates} certificates ({known} new), {done.customers} customers found again, "
        f"{done.comments} comments erased\n"
    )
    return 0


def _retention(settings: Settings, options: argparse.Namespace) -> int:
    """Remove what is due now, or count it."""
    rules = rules_of(settings)
    if not rules:
        sys.stdout.write("nothing is limited: set VOC_RETENTION_..._DAYS\n")
        return 0
    with opened_database(settings) as database:
        upgrade(database)
        now = utc_now()
        for rule in rules:
            with database.reading() as session:
                due = count_due(session, rule, now)
            for tenant_id, count in sorted(due.items()):
                sys.stdout.write(f"{rule.name} older than {rule.days} days, {tenant_id}: {count}\n")
            if not due:
                sys.stdout.write(f"{rule.name} older than {rule.days} days: none\n")
            while not options.dry_run and remove_some(database, rule, now):
                pass
    return 0
