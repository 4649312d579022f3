"""Adds, changes and removes the senders of a tenant; every change is an entry of the audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import is_id, new_id
from api.db.tables import IncomingSourceRow
from api.errors import NotFoundError
from api.incoming.schemas import SourceChange, SourceIn
from api.keys.service import Caller
from api.paging import Page, newest_first
from api.webhooks.secrets import SecretBox, new_secret, read_secret

SOURCE = "incoming_source"
"""What the audit calls a sender."""


def find(session: Session, tenant_id: str, source_id: str) -> IncomingSourceRow:
    """Find a sender.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    source_id : str
        What the caller sent as its id.

    Returns
    -------
    IncomingSourceRow
        Enabled or not.

    Raises
    ------
    NotFoundError
        If it is not there, was deleted, or is another tenant's.
    """
    row = find_any(session, source_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError()
    return row


def find_any(session: Session, source_id: str) -> IncomingSourceRow | None:
    """Find a sender of whatever tenant: its signature tells whether it is one.

    Parameters
    ----------
    session : Session
        Any session.
    source_id : str
        What was sent as its id.

    Returns
    -------
    IncomingSourceRow | None
        None when it is not there or was deleted.
    """
    row = session.get(IncomingSourceRow, source_id) if is_id("inc", source_id) else None
    return row if row is not None and row.deleted_at is None else None


def list_page(session: Session, tenant_id: str, page: Page) -> tuple[Sequence[IncomingSourceRow], str | None]:
    """List a page of senders, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[IncomingSourceRow], str | None]
        The senders, and the cursor of the next page or None.
    """
    query = select(IncomingSourceRow).where(
        IncomingSourceRow.tenant_id == tenant_id, IncomingSourceRow.deleted_at.is_(None)
    )
    return newest_first(session, query, IncomingSourceRow.id, page)


def add(
    session: Session, box: SecretBox, caller: Caller, body: SourceIn, now: datetime
) -> tuple[IncomingSourceRow, str]:
    """Add a sender.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    box : SecretBox
        Seals the secret.
    caller : Caller
        Who.
    body : SourceIn
        The sender.
    now : datetime
        The present.

    Returns
    -------
    tuple[IncomingSourceRow, str]
        The sender, and its secret.
    """
    secret = new_secret() if body.secret is None else read_secret(body.secret, "/secret")
    chain.hold(session, caller.tenant_id)
    row = IncomingSourceRow(
        id=new_id("inc"),
        tenant_id=caller.tenant_id,
        kind=body.kind,
        name=body.name,
        mapping=_stored(body.mapping),
        only=dict(body.only),
        enabled=True,
        created_at=now,
        updated_at=now,
        secret=box.seal(secret.encode()),
        version=1,
    )
    session.add(row)
    session.flush()
    _note(session, caller, row, "created", {"kind": row.kind, "fields": len(row.mapping)}, now)
    return row, secret


def change(
    session: Session, caller: Caller, source_id: str, body: SourceChange, now: datetime
) -> IncomingSourceRow:
    """Change a sender.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    caller : Caller
        Who.
    source_id : str
        What the caller sent as its id.
    body : SourceChange
        What to change.
    now : datetime
        The present.

    Returns
    -------
    IncomingSourceRow
        As it is now.
    """
    row = _locked(session, caller, source_id)
    if body.mapping is not None:
        row.mapping = _stored(body.mapping)
    if body.only is not None:
        row.only = dict(body.only)
    if body.enabled is not None:
        row.enabled = body.enabled
    _touch(session, row, now)
    _note(session, caller, row, "changed", {"enabled": row.enabled, "fields": len(row.mapping)}, now)
    return row


def remove(session: Session, caller: Caller, source_id: str, now: datetime) -> None:
    """Remove a sender; its secrets are wiped, its comments stay.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    caller : Caller
        Who.
    source_id : str
        What the caller sent as its id.
    now : datetime
        The present.
    """
    row = _locked(session, caller, source_id)
    row.deleted_at, row.enabled, row.secret = now, False, b""
    row.previous_secret = row.previous_until = None
    _touch(session, row, now)
    _note(session, caller, row, "deleted", {}, now)


def rotate(
    session: Session, box: SecretBox, caller: Caller, source_id: str, overlap: timedelta, now: datetime
) -> tuple[IncomingSourceRow, str]:
    """Give a sender a new secret; what the old one signs is believed for a while.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    box : SecretBox
        Seals the secret.
    caller : Caller
        Who.
    source_id : str
        What the caller sent as its id.
    overlap : timedelta
        How long both are believed.
    now : datetime
        The present.

    Returns
    -------
    tuple[IncomingSourceRow, str]
        The sender, and its new secret.
    """
    row = _locked(session, caller, source_id)
    secret = new_secret()
    row.previous_secret, row.previous_until = (row.secret, now + overlap) if overlap else (None, None)
    row.secret = box.seal(secret.encode())
    _touch(session, row, now)
    _note(session, caller, row, "secret_rotated", {}, now)
    return row, secret


def secrets_of(row: IncomingSourceRow, box: SecretBox, now: datetime) -> list[str]:
    """Open the secrets that a sender may sign with now.

    Parameters
    ----------
    row : IncomingSourceRow
        The sender.
    box : SecretBox
        Opens them.
    now : datetime
        The present.

    Returns
    -------
    list[str]
        The current one, and the one before while it is valid.
    """
    sealed = [row.secret]
    if row.previous_secret is not None and row.previous_until is not None and row.previous_until > now:
        sealed.append(row.previous_secret)
    return [box.open(one).decode() for one in sealed]


def _locked(session: Session, caller: Caller, source_id: str) -> IncomingSourceRow:
    """Take the tenant's chain, then find the sender: two changes follow one another."""
    chain.hold(session, caller.tenant_id)
    return find(session, caller.tenant_id, source_id)


def _touch(session: Session, row: IncomingSourceRow, now: datetime) -> None:
    """Count a change."""
    row.updated_at = now
    row.version += 1
    session.flush()


def _stored(mapping: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    """Return a mapping as it is stored: a list for every field."""
    return {name: [given] if isinstance(given, str) else list(given) for name, given in mapping.items()}


def _note(
    session: Session,
    caller: Caller,
    row: IncomingSourceRow,
    action: str,
    after: dict[str, Any],
    now: datetime,
) -> None:
    """Write an entry of the audit."""
    entry = Entry(f"key:{caller.key_id}", action, SOURCE, row.id, {}, after, {})
    chain.append(session, row.tenant_id, entry, now)
