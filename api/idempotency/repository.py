"""Reads and writes the table of the idempotency keys."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from api.db.tables import IdempotencyRow


def find(session: Session, tenant_id: str, key: str) -> IdempotencyRow | None:
    """Find a key.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    key : str
        What the caller sent.

    Returns
    -------
    IdempotencyRow | None
        None when the tenant has not used it.
    """
    return session.get(IdempotencyRow, (tenant_id, key))


def add(session: Session, row: IdempotencyRow) -> None:
    """Store a new key.

    Parameters
    ----------
    session : Session
        A writing session; raises IntegrityError when the key is there already.
    row : IdempotencyRow
        The key, running.
    """
    session.add(row)
    session.flush()


def take_over(session: Session, row: IdempotencyRow, *, fingerprint: str, lease: str, now: datetime) -> bool:
    """Give a key to another request, as long as it still is as it was read.

    Parameters
    ----------
    session : Session
        A writing session.
    row : IdempotencyRow
        The key as it was read.
    fingerprint : str
        The new request.
    lease : str
        The new lease.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when somebody else changed it in the meantime.
    """
    done = session.execute(
        update(IdempotencyRow)
        .where(_is(row.tenant_id, row.key, row.lease), IdempotencyRow.state == row.state)
        .values(
            fingerprint=fingerprint,
            lease=lease,
            state="running",
            started_at=now,
            status=None,
            headers=None,
            body=None,
        )
        .returning(IdempotencyRow.key)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def finish(
    session: Session,
    tenant_id: str,
    key: str,
    lease: str,
    *,
    status: int,
    headers: list[list[str]] | None,
    body: bytes | None,
) -> bool:
    """Write the answer under a key, as long as the lease is held.

    Parameters
    ----------
    session : Session
        The session of the effect.
    tenant_id : str
        The caller's tenant.
    key : str
        The key.
    lease : str
        What the request holds it by.
    status : int
        Status of the answer.
    headers : list[list[str]] | None
        Names and values; None when the answer is not kept.
    body : bytes | None
        The answer; None when it is not kept.

    Returns
    -------
    bool
        False when the lease is lost.
    """
    done = session.execute(
        update(IdempotencyRow)
        .where(_is(tenant_id, key, lease), IdempotencyRow.state == "running")
        .values(state="done", status=status, headers=headers, body=body)
        .returning(IdempotencyRow.key)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def release(session: Session, tenant_id: str, key: str, lease: str) -> None:
    """Forget a key whose request had no effect.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        The caller's tenant.
    key : str
        The key.
    lease : str
        What the request held it by; nothing happens when another holds it.
    """
    session.execute(
        delete(IdempotencyRow)
        .where(_is(tenant_id, key, lease), IdempotencyRow.state == "running")
        .execution_options(synchronize_session=False)
    )


def delete_before(session: Session, at: datetime, limit: int) -> int:
    """Delete the oldest keys.

    Parameters
    ----------
    session : Session
        A writing session.
    at : datetime
        Keys that were first sent before this go.
    limit : int
        Most keys at once.

    Returns
    -------
    int
        How many went.
    """
    query = select(IdempotencyRow).where(IdempotencyRow.started_at < at).order_by(IdempotencyRow.started_at)
    rows = session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def with_bodies(session: Session, tenant_id: str) -> list[IdempotencyRow]:
    """List the keys of a tenant whose answers are kept, for changing.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        The tenant.

    Returns
    -------
    list[IdempotencyRow]
        The rows, locked on PostgreSQL.
    """
    query = select(IdempotencyRow).where(
        IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.body.is_not(None)
    )
    return list(session.scalars(query.with_for_update()))


def _is(tenant_id: str, key: str, lease: str) -> ColumnElement[bool]:
    """Select one key by its lease."""
    return and_(
        IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.key == key, IdempotencyRow.lease == lease
    )
