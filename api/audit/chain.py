"""Appends entries to a tenant's chain, and verifies it.

Every entry holds the hash of the one before, so that a change of an old entry shows in
all later ones. A chain that was cut off at its end is found by its head, and a chain that
was written anew as a whole by a head that was noted down elsewhere (`verify` takes it).

Lock order: a transaction that will write entries takes the chain (`hold`) before it locks
any ticket; two such transactions of one tenant then follow one another.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.db.tables import AuditHeadRow, AuditRow

FIRST_HASH = "0" * 64
"""What the first entry of a chain names as the one before."""
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done.

    Parameters
    ----------
    actor : str
        Who: ``key:ID``, ``worker``, ``operator``.
    action : str
        What, in the past tense: ``opened``, ``unmasked``.
    object_type : str
        Kind of the thing that it was done to, for instance ``ticket``.
    object_id : str
        Its id.
    before : Mapping[str, Any]
        What changed, as it was; JSON values, never a customer's words.
    after : Mapping[str, Any]
        What changed, as it is.
    reason : Mapping[str, Any]
        Why.
    """

    actor: str
    action: str
    object_type: str
    object_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; `broken_at` is the sequence of the first entry that is wrong."""

    tenant_id: str
    entries: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def hold(session: Session, tenant_id: str) -> AuditHeadRow:
    """Take the end of a tenant's chain, and keep others from appending until the commit.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose chain.

    Returns
    -------
    AuditHeadRow
        The head; made when the tenant has none.
    """
    head = _locked_head(session, tenant_id)
    if head is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"tenant_id": tenant_id, "sequence": 0, "hash": FIRST_HASH}
        session.execute(insert(AuditHeadRow).values(**values).on_conflict_do_nothing())
        head = _locked_head(session, tenant_id)
        assert head is not None
    return head


def append(session: Session, tenant_id: str, entry: Entry, now: datetime) -> AuditRow:
    """Write one entry at the end of a tenant's chain.

    Parameters
    ----------
    session : Session
        The session of the deed itself: both are committed, or neither.
    tenant_id : str
        Whose chain.
    entry : Entry
        What was done.
    now : datetime
        When.

    Returns
    -------
    AuditRow
        The entry as it is stored.
    """
    head = hold(session, tenant_id)
    row = AuditRow(
        tenant_id=tenant_id,
        sequence=head.sequence + 1,
        at=now,
        actor=entry.actor,
        action=entry.action,
        object_type=entry.object_type,
        object_id=entry.object_id,
        before=dict(entry.before),
        after=dict(entry.after),
        reason=dict(entry.reason),
        previous_hash=head.hash,
    )
    row.hash = hash_of(row)
    session.add(row)
    head.sequence, head.hash = row.sequence, row.hash
    session.flush()
    return row


def hash_of(row: AuditRow) -> str:
    """Compute the hash of an entry.

    Parameters
    ----------
    row : AuditRow
        The entry; its `hash` is not read.

    Returns
    -------
    str
        Hexadecimal sha256 over all other columns as JSON with sorted keys.
    """
    told = {
        "tenant_id": row.tenant_id,
        "sequence": row.sequence,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "previous_hash": row.previous_hash,
    }
    canonical = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, tenant_id: str, noted: tuple[int, str] | None = None) -> Verdict:
    """Read a tenant's chain from the first entry to the last, and check every link.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose chain.
    noted : tuple[int, str] | None
        Sequence and hash of a head that was noted down earlier; the chain must hold it.

    Returns
    -------
    Verdict
        Where the chain is broken, if it is.
    """
    previous, count, noted_seen = FIRST_HASH, 0, noted is None

    def broken(at: int, problem: str) -> Verdict:
        return Verdict(tenant_id, count, previous, at, problem)

    for row in _entries(session, tenant_id):
        if row.sequence != count + 1:
            return broken(count + 1, f"entry {count + 1} is missing")
        if row.previous_hash != previous:
            return broken(row.sequence, "it does not name the hash of the entry before")
        if row.hash != hash_of(row):
            return broken(row.sequence, "its contents are not those that were hashed")
        previous, count = row.hash, row.sequence
        noted_seen = noted_seen or noted == (row.sequence, row.hash)
    head = session.get(AuditHeadRow, tenant_id)
    if (head.sequence, head.hash) != (count, previous) if head else count > 0:
        return broken(count + 1, "the chain ends before its head: entries were cut off")
    if not noted_seen and noted is not None:
        return broken(noted[0], "the noted head is not in the chain: it was written anew")
    return Verdict(tenant_id, count, previous)


def tenants(session: Session) -> list[str]:
    """List the tenants that have a chain.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    list[str]
        Sorted.
    """
    with_entries = session.scalars(select(AuditRow.tenant_id).distinct()).all()
    return sorted({*with_entries, *session.scalars(select(AuditHeadRow.tenant_id))})


def _locked_head(session: Session, tenant_id: str) -> AuditHeadRow | None:
    return session.scalars(
        select(AuditHeadRow)
        .where(AuditHeadRow.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _entries(session: Session, tenant_id: str) -> Iterator[AuditRow]:
    """Yield the entries in order, a part at a time, and let go of those that were read."""
    last = 0
    while True:
        rows = session.scalars(
            select(AuditRow)
            .where(AuditRow.tenant_id == tenant_id, AuditRow.sequence > last)
            .order_by(AuditRow.sequence)
            .limit(_BATCH)
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].sequence
        session.expunge_all()
