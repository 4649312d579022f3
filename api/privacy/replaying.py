"""Erases again, after a backup was restored, what had been erased since the backup was made."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.engine import Database
from api.db.ids import is_id
from api.db.tables import CommentRow, ErasureRow, TicketRow
from api.errors import ConfigurationError
from api.privacy.certificates import hash_customer
from api.privacy.erasing import ERASURE, hold, remove

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did."""

    certificates: int
    customers: int
    comments: int


def read_certificates(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read certificates that were kept outside of the database.

    Parameters
    ----------
    lines : Iterable[str]
        One certificate as JSON a line, as ``export-erasures`` writes them.

    Yields
    ------
    dict[str, Any]
        The certificates.

    Raises
    ------
    ConfigurationError
        If a line is none; names the line.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            certificate = json.loads(line)
            is_one = (
                is_id("era", certificate["id"])
                and bool(certificate["tenant"])
                and len(bytes.fromhex(certificate["salt"])) == 32
                and len(certificate["customer_sha256"]) == 64
                and datetime.fromisoformat(certificate["erased_at"]).tzinfo is not None
            )
        except (ValueError, KeyError, TypeError):
            is_one = False
        if not is_one:
            raise ConfigurationError(
                f"line {number} is no certificate of an erasure; pass what export-erasures wrote"
            )
        yield certificate


def remember(session: Session, certificates: Iterable[dict[str, Any]]) -> int:
    """Store certificates that the restored database does not know.

    Parameters
    ----------
    session : Session
        A writing session.
    certificates : Iterable[dict[str, Any]]
        From outside.

    Returns
    -------
    int
        How many were new.
    """
    count = 0
    for one in certificates:
        if session.get(ErasureRow, one["id"]) is not None:
            continue
        session.add(
            ErasureRow(
                id=one["id"],
                tenant_id=one["tenant"],
                erased_at=datetime.fromisoformat(one["erased_at"]),
                salt=one["salt"],
                customer_sha256=one["customer_sha256"],
                certificate=one,
            )
        )
        session.flush()
        count += 1
    return count


def replay(database: Database, now: datetime) -> Replayed:
    """Erase every customer of a stored certificate, as far as received before the certificate.

    Parameters
    ----------
    database : Database
        A database that was restored, with all certificates in it (`remember`).
    now : datetime
        The present.

    Returns
    -------
    Replayed
        What was found; nothing in a database that was not restored.
    """
    with database.reading() as session:
        tenants = session.scalars(
            select(ErasureRow.tenant_id).distinct().order_by(ErasureRow.tenant_id)
        ).all()
    certificates = customers = comments = 0
    for tenant_id in tenants:
        with database.reading() as session:
            rows = session.scalars(
                select(ErasureRow).where(ErasureRow.tenant_id == tenant_id).order_by(ErasureRow.id)
            ).all()
            found = list(_matches(session, tenant_id, rows))
        certificates += len(rows)
        for row, customer_id in found:
            with database.writing() as session:
                hold(session, tenant_id)
                counts = remove(
                    session,
                    tenant_id,
                    customer_id,
                    erasure_id=row.id,
                    actor=OPERATOR,
                    now=now,
                    until=row.erased_at,
                )
                if not any(counts.values()):
                    continue
                entry = Entry(OPERATOR, "erasure_replayed", ERASURE, row.id, {}, {"counts": counts}, {})
                chain.append(session, tenant_id, entry, now)
            customers += 1
            comments += counts[CommentRow.__tablename__]
    return Replayed(certificates, customers, comments)


def _matches(
    session: Session, tenant_id: str, rows: Iterable[ErasureRow]
) -> Iterator[tuple[ErasureRow, str]]:
    """Find the customers of certificates by their salted hashes; every id is tried with every salt."""
    wanted = list(rows)
    named = union(
        select(CommentRow.customer_id).where(CommentRow.tenant_id == tenant_id),
        select(TicketRow.customer_id).where(TicketRow.tenant_id == tenant_id),
    )
    for customer_id in session.scalars(named):
        for row in wanted:
            if customer_id is not None and hash_customer(row.salt, customer_id) == row.customer_sha256:
                yield row, customer_id
