"""The tenants' data keys: made, followed by newer ones, destroyed; each is wrapped by the operator's key."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.db.tables import CommentOriginalRow, TenantKeyRow
from api.errors import ConfigurationError
from api.vault.cipher import KEY_BYTES
from api.vault.master import HOW_TO_MAKE, Vault


@dataclass(frozen=True, slots=True)
class DataKey:
    """One version of a tenant's data key, unwrapped."""

    tenant_id: str
    version: int
    secret: bytes = field(repr=False)


def create(session: Session, vault: Vault, tenant_id: str, now: datetime) -> int:
    """Give a tenant its data key; from then on the originals of its comments are kept, sealed.

    Parameters
    ----------
    session : Session
        A writing session.
    vault : Vault
        Wraps the key.
    tenant_id : str
        Whose key.
    now : datetime
        The present.

    Returns
    -------
    int
        Version of the key.

    Raises
    ------
    ConfigurationError
        If the tenant has a key, or its name cannot be used.
    """
    if not tenant_id.strip() or len(tenant_id) > 64:
        raise ConfigurationError(f"met tenant {tenant_id!r}; a tenant has 1 to 64 characters")
    held = _current(session, tenant_id)
    if held is not None:
        raise ConfigurationError(
            f"tenant {tenant_id!r} has a data key (version {held.version}); "
            "use rotate-tenant-key for a new one"
        )
    return _add(session, vault, tenant_id, now)


def rotate(session: Session, vault: Vault, tenant_id: str, now: datetime) -> int:
    """Give a tenant a new version of its data key; older ones only open what they sealed.

    Parameters
    ----------
    session : Session
        A writing session.
    vault : Vault
        Wraps the key.
    tenant_id : str
        Whose key.
    now : datetime
        The present.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    ConfigurationError
        If the tenant has no key.
    """
    held = _current(session, tenant_id)
    if held is None:
        raise ConfigurationError(f"tenant {tenant_id!r} has no data key; make one with create-tenant-key")
    held.retired_at = now
    session.flush()
    return _add(session, vault, tenant_id, now)


def destroy(session: Session, tenant_id: str, now: datetime) -> tuple[int, int]:
    """Destroy all data keys of a tenant, and what they sealed: no original can be read again.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose keys.
    now : datetime
        The present.

    Returns
    -------
    tuple[int, int]
        Keys that were destroyed, and originals that are lost.

    Raises
    ------
    ConfigurationError
        If the tenant has no key.
    """
    rows = session.scalars(
        select(TenantKeyRow)
        .where(TenantKeyRow.tenant_id == tenant_id, TenantKeyRow.destroyed_at.is_(None))
        .order_by(TenantKeyRow.version)
        .with_for_update()
    ).all()
    if not rows:
        raise ConfigurationError(f"tenant {tenant_id!r} has no data key; check the name")
    for row in rows:
        _destroy(row, now)
    lost = count_sealed(session, tenant_id)
    session.execute(
        delete(CommentOriginalRow)
        .where(CommentOriginalRow.tenant_id == tenant_id)
        .execution_options(synchronize_session=False)
    )
    return len(rows), lost


def destroy_unused(session: Session, tenant_id: str, now: datetime) -> list[int]:
    """Destroy the older versions of a tenant's key that nothing is sealed with any more.

    Parameters
    ----------
    session : Session
        A writing session; whoever is sealing with one of them is waited for.
    tenant_id : str
        Whose keys.
    now : datetime
        The present.

    Returns
    -------
    list[int]
        The versions that were destroyed.
    """
    rows = session.scalars(
        select(TenantKeyRow)
        .where(
            TenantKeyRow.tenant_id == tenant_id,
            TenantKeyRow.retired_at.is_not(None),
            TenantKeyRow.destroyed_at.is_(None),
        )
        .order_by(TenantKeyRow.version)
        .with_for_update()
    ).all()
    unused = [row for row in rows if not count_sealed(session, tenant_id, row.version)]
    for row in unused:
        _destroy(row, now)
    return [row.version for row in unused]


def current(session: Session, vault: Vault, tenant_id: str) -> DataKey | None:
    """Unwrap the key that seals new originals, and keep it from being destroyed until the commit.

    Parameters
    ----------
    session : Session
        A writing session.
    vault : Vault
        Unwraps the key.
    tenant_id : str
        Whose key.

    Returns
    -------
    DataKey | None
        None when the tenant keeps no originals.
    """
    row = _current(session, tenant_id, shared=True)
    return None if row is None else _unwrap(vault, row)


def find(session: Session, vault: Vault, tenant_id: str, version: int) -> DataKey | None:
    """Unwrap one version of a tenant's key.

    Parameters
    ----------
    session : Session
        Any session.
    vault : Vault
        Unwraps the key.
    tenant_id : str
        Whose key.
    version : int
        Which one.

    Returns
    -------
    DataKey | None
        None when it was destroyed.
    """
    row = session.get(TenantKeyRow, (tenant_id, version), populate_existing=True)
    return None if row is None else _unwrap(vault, row)


def rewrap(session: Session, vault: Vault) -> int:
    """Wrap all data keys with the operator's first key, so that the older ones can be taken away.

    Parameters
    ----------
    session : Session
        A writing session.
    vault : Vault
        Has the older keys and the new one.

    Returns
    -------
    int
        How many were wrapped anew.
    """
    rows = session.scalars(
        select(TenantKeyRow)
        .where(TenantKeyRow.wrapped_key.is_not(None))
        .order_by(TenantKeyRow.tenant_id, TenantKeyRow.version)
        .with_for_update()
    ).all()
    stale = [row for row in rows if row.wrapped_key is not None and not vault.is_newest(row.wrapped_key)]
    for row in stale:
        key = _unwrap(vault, row)
        assert key is not None
        row.wrapped_key = vault.seal(key.secret, _purpose(row.tenant_id, row.version))
    return len(stale)


def check(session: Session, vault: Vault | None) -> None:
    """Make sure at start that the operator's keys open all data keys.

    Parameters
    ----------
    session : Session
        Any session on an upgraded database.
    vault : Vault | None
        The operator's keys.

    Raises
    ------
    ConfigurationError
        If a key is missing; names its id.
    """
    wrapped = session.scalars(
        select(TenantKeyRow.wrapped_key).where(TenantKeyRow.wrapped_key.is_not(None))
    ).all()
    closed = sorted({key[:4].hex() for key in wrapped if key and (vault is None or not vault.opens(key))})
    if not closed:
        return
    if vault is None:
        raise ConfigurationError(
            "VOC_ENCRYPTION_KEY is not set, and tenants' data keys are wrapped with the key "
            f"{', '.join(closed)}; set it to that key (not to a new one)"
        )
    raise ConfigurationError(
        f"VOC_ENCRYPTION_KEY lacks the key {', '.join(closed)} that tenants' data keys are wrapped with "
        f"(it has {', '.join(vault.key_ids())}); append that key after a comma"
    )


def needed(vault: Vault | None) -> Vault:
    """Insist on the operator's key.

    Parameters
    ----------
    vault : Vault | None
        The vault of the process.

    Returns
    -------
    Vault
        The same.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    if vault is None:
        raise ConfigurationError(f"VOC_ENCRYPTION_KEY is not set; make a key with {HOW_TO_MAKE} and set it")
    return vault


def count_sealed(session: Session, tenant_id: str, version: int | None = None) -> int:
    """Count a tenant's sealed originals.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose.
    version : int | None
        Those of one version of the key; None counts all.

    Returns
    -------
    int
        The number.
    """
    query = (
        select(func.count()).select_from(CommentOriginalRow).where(CommentOriginalRow.tenant_id == tenant_id)
    )
    if version is not None:
        query = query.where(CommentOriginalRow.key_version == version)
    return session.scalar(query) or 0


def _current(session: Session, tenant_id: str, *, shared: bool = False) -> TenantKeyRow | None:
    return session.scalars(
        select(TenantKeyRow)
        .where(
            TenantKeyRow.tenant_id == tenant_id,
            TenantKeyRow.retired_at.is_(None),
            TenantKeyRow.destroyed_at.is_(None),
        )
        .with_for_update(read=shared)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _add(session: Session, vault: Vault, tenant_id: str, now: datetime) -> int:
    last = session.scalar(select(func.max(TenantKeyRow.version)).where(TenantKeyRow.tenant_id == tenant_id))
    version = (last or 0) + 1
    wrapped = vault.seal(secrets.token_bytes(KEY_BYTES), _purpose(tenant_id, version))
    session.add(TenantKeyRow(tenant_id=tenant_id, version=version, wrapped_key=wrapped, created_at=now))
    session.flush()
    return version


def _destroy(row: TenantKeyRow, now: datetime) -> None:
    row.wrapped_key, row.destroyed_at = None, now
    row.retired_at = row.retired_at or now


def _unwrap(vault: Vault, row: TenantKeyRow) -> DataKey | None:
    if row.wrapped_key is None:
        return None
    secret = vault.unseal(row.wrapped_key, _purpose(row.tenant_id, row.version))
    return DataKey(row.tenant_id, row.version, secret)


def _purpose(tenant_id: str, version: int) -> str:
    return f"data key {version} of {tenant_id}"
