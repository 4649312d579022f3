"""Reads and writes the table of API keys."""

from datetime import datetime

from sqlalchemy import select
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
