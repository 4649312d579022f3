"""Reads and writes the table of API keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from api.db.tables import ApiKeyRow


def find_by_hash(session: Session, secret_sha256: str) -> ApiKeyRow | None:
    """Find the key with this hash that is not revoked.

    Parameters
    ----------
    session : Session
        Any session.
    secret_sha256 : str
        Hexadecimal sha256 of the secret.

    Returns
    -------
    ApiKeyRow | None
        The key.
    """
    return session.scalars(
        select(ApiKeyRow).where(ApiKeyRow.secret_sha256 == secret_sha256, ApiKeyRow.revoked_at.is_(None))
    ).one_or_none()


def add(session: Session, row: ApiKeyRow) -> None:
    """Store a new key.

    Parameters
    ----------
    session : Session
        A writing session.
    row : ApiKeyRow
        The key, by its hash.
    """
    session.add(row)
    session.flush()


def revoke(session: Session, key_id: str, at: datetime) -> bool:
    """Mark a key as revoked.

    Parameters
    ----------
    session : Session
        A writing session.
    key_id : str
        Id of the key.
    at : datetime
        The present.

    Returns
    -------
    bool
        False when there is no such key, or it was revoked before.
    """
    row = session.get(ApiKeyRow, key_id)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = at
    return True


def find(session: Session, key_id: str, tenant_id: str | None = None) -> ApiKeyRow | None:
    """Find a key by its id, and keep others from changing it.

    Parameters
    ----------
    session : Session
        A writing session.
    key_id : str
        Id of the key.
    tenant_id : str | None
        Whose key it has to be; None for anybody's (the operator's command).

    Returns
    -------
    ApiKeyRow | None
        None when there is none.
    """
    query = select(ApiKeyRow).where(ApiKeyRow.id == key_id).with_for_update()
    if tenant_id is not None:
        query = query.where(ApiKeyRow.tenant_id == tenant_id)
    return session.scalars(query).one_or_none()


def list_all(session: Session, tenant_id: str | None) -> Sequence[ApiKeyRow]:
    """List keys, oldest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str | None
        Whose; None for all tenants'.

    Returns
    -------
    Sequence[ApiKeyRow]
        Revoked and ended ones too.
    """
    query = select(ApiKeyRow).order_by(ApiKeyRow.id)
    if tenant_id is not None:
        query = query.where(ApiKeyRow.tenant_id == tenant_id)
    return session.scalars(query).all()


def note_use(session: Session, key_id: str, now: datetime, unless_since: datetime) -> None:
    """Write down that a key was used, unless somebody did so lately.

    Parameters
    ----------
    session : Session
        A writing session.
    key_id : str
        Id of the key.
    now : datetime
        The present.
    unless_since : datetime
        A use after this is news enough.
    """
    session.execute(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.id == key_id,
            or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at <= unless_since),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )
