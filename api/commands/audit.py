"""Checks the audit: ``verify-audit``."""

import argparse
import sys

from api.audit import chain
from api.commands.line import Commands
from api.commands.opening import opened_database
from api.errors import ConfigurationError
from api.settings import Settings


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    verify = commands.add_parser("verify-audit", help="check that no entry of the audit was changed")
    verify.add_argument("--tenant", help="one tenant; all without it")
    verify.add_argument("--noted", metavar="N:HASH", help="a head printed earlier; it must be in the chain")
    verify.set_defaults(command=_verify_audit)


def _verify_audit(settings: Settings, options: argparse.Namespace) -> int:
    """Check the audit's chains, and print the head of each to be noted down elsewhere."""
    noted: tuple[int, str] | None = None
    if options.noted is not None:
        number, _, digest = options.noted.partition(":")
        if options.tenant is None or not number.isdecimal() or not digest:
            raise ConfigurationError(
                f"met --noted {options.noted!r}; give --tenant and NUMBER:HASH as they were printed"
            )
        noted = int(number), digest
    whole = True
    with opened_database(settings) as database, database.reading() as session:
        for tenant_id in [options.tenant] if options.tenant else chain.tenants(session):
            verdict = chain.verify(session, tenant_id, noted)
            whole = whole and verdict.broken_at is None
            state = (
                "whole" if verdict.broken_at is None else f"broken at {verdict.broken_at}: {verdict.problem}"
            )
            sys.stdout.write(f"{tenant_id} {verdict.entries}:{verdict.head} {state}\n")
    return 0 if whole else 1
