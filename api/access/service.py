"""Makes, rotates and revokes a tenant's keys, each in the audit; no key gives what it has not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.access.errors import KeyEndedError, KeyReachError
from api.access.schemas import KeyIn
from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import is_id
from api.db.tables import ApiKeyRow
from api.errors import Bilingual, Fault, InvalidRequestError, NotFoundError
from api.keys import repository
from api.keys import service as keys
from api.keys.service import Caller

_KEY = "key"


def list_keys(session: Session, caller: Caller) -> Sequence[ApiKeyRow]:
    """List the keys of the caller's tenant.

    Parameters
    ----------
    session : Session
        Any session.
    caller : Caller
        Who asks.

    Returns
    -------
    Sequence[ApiKeyRow]
        Oldest first.
    """
    return repository.list_all(session, caller.tenant_id)


def create(session: Session, caller: Caller, wanted: KeyIn, now: datetime) -> tuple[ApiKeyRow, str]:
    """Make a key.

    Parameters
    ----------
    session : Session
        A writing session.
    caller : Caller
        Who asks; the new key may do no more, and lives no longer.
    wanted : KeyIn
        The key.
    now : datetime
        The present.

    Returns
    -------
    tuple[ApiKeyRow, str]
        The key and its secret.

    Raises
    ------
    InvalidRequestError
        If it would have ended already.
    """
    if wanted.expires_at is not None and wanted.expires_at <= now:
        fault = Bilingual("the key would have ended already", "有効期限が過去の日時です")
        raise InvalidRequestError([Fault("/expires_at", fault)])
    scopes = sorted(scope.value for scope in wanted.scopes)
    _check_reach(caller, scopes, wanted.departments, wanted.expires_at)
    chain.hold(session, caller.tenant_id)
    key_id, secret = keys.create(
        session,
        tenant_id=caller.tenant_id,
        name=wanted.name,
        scopes=scopes,
        departments=wanted.departments,
        expires_at=wanted.expires_at,
        now=now,
    )
    row = _find(session, caller.tenant_id, key_id)
    note(session, row, f"key:{caller.key_id}", "created", now)
    return row, secret


def rotate(
    session: Session, caller: Caller, key_id: str, overlap: timedelta, now: datetime
) -> tuple[ApiKeyRow, str]:
    """Make a key in the place of another one, which ends a little later.

    Parameters
    ----------
    session : Session
        A writing session.
    caller : Caller
        Who asks; sees the new secret, and so must be able to do all that the key can.
    key_id : str
        What the caller sent as the id of the older key.
    overlap : timedelta
        How long both work.
    now : datetime
        The present.

    Returns
    -------
    tuple[ApiKeyRow, str]
        The new key and its secret.

    Raises
    ------
    KeyEndedError
        If the older key is revoked or has ended.
    """
    chain.hold(session, caller.tenant_id)
    old = _find(session, caller.tenant_id, key_id)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyEndedError()
    _check_reach(caller, old.scopes, old.departments, old.expires_at)
    return rotate_row(session, old, overlap, f"key:{caller.key_id}", now)


def rotate_row(
    session: Session, old: ApiKeyRow, overlap: timedelta, actor: str, now: datetime
) -> tuple[ApiKeyRow, str]:
    """Rotate a key that was found and may be rotated.

    Parameters
    ----------
    session : Session
        A writing session.
    old : ApiKeyRow
        The older key.
    overlap : timedelta
        How long both work.
    actor : str
        For the audit.
    now : datetime
        The present.

    Returns
    -------
    tuple[ApiKeyRow, str]
        The new key and its secret.
    """
    new_id, secret, _ = keys.rotate(session, old, overlap, now)
    row = _find(session, old.tenant_id, new_id)
    note(session, row, actor, "rotated", now)
    return row, secret


def revoke(session: Session, caller: Caller, key_id: str, now: datetime) -> ApiKeyRow:
    """Make a key useless.

    Parameters
    ----------
    session : Session
        A writing session.
    caller : Caller
        Who asks.
    key_id : str
        What the caller sent as its id.
    now : datetime
        The present.

    Returns
    -------
    ApiKeyRow
        The key; one that was revoked before stays as it is.
    """
    chain.hold(session, caller.tenant_id)
    row = _find(session, caller.tenant_id, key_id)
    if keys.revoke(session, row.id, now):
        note(session, row, f"key:{caller.key_id}", "revoked", now)
    return row


def note(session: Session, row: ApiKeyRow, actor: str, action: str, now: datetime) -> None:
    """Write what was done to a key into the audit; its name stays out, it may be a person's.

    Parameters
    ----------
    session : Session
        The session of the change.
    row : ApiKeyRow
        The key after the change.
    actor : str
        Who.
    action : str
        ``created``, ``rotated`` or ``revoked``.
    now : datetime
        The present.
    """
    after = {
        "scopes": list(row.scopes),
        "departments": row.departments,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "replaces": row.replaces,
    }
    chain.append(session, row.tenant_id, Entry(actor, action, _KEY, row.id, {}, after, {}), now)


def _find(session: Session, tenant_id: str, key_id: str) -> ApiKeyRow:
    row = repository.find(session, key_id, tenant_id) if is_id("key", key_id) else None
    if row is None:
        raise NotFoundError()
    return row


def _check_reach(
    caller: Caller, scopes: Sequence[str], departments: Sequence[str] | None, expires_at: datetime | None
) -> None:
    """Refuse a key that could do what the caller cannot."""
    beyond = set(scopes) - {scope.value for scope in caller.scopes}
    wider = caller.departments is not None and (
        departments is None or not set(departments) <= caller.departments
    )
    longer = caller.expires_at is not None and (expires_at is None or expires_at > caller.expires_at)
    if beyond or wider or longer:
        raise KeyReachError()
