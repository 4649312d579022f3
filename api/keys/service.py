"""Makes, checks and revokes API keys; only the sha256 of a key is kept.

A key holds 256 bits of chance, so that a plain hash cannot be searched backwards;
a slow password hash would only slow every request down.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import ApiKeyRow
from api.errors import ConfigurationError
from api.keys import repository

BOOTSTRAP_TENANT = "default"
_MAX_TENANT = 64
_MAX_NAME = 200


class Scope(StrEnum):
    """What a key may do."""

    SCORE = "score"
    """Have comments analysed; nothing is stored."""
    READ = "read"
    """Read stored comments, analyses, themes and tickets."""
    TICKET = "ticket"
    """Store comments, which may open tickets; work on tickets; correct a comment's theme."""
    ADMIN = "admin"
    """Change the tenant's themes."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the key, its tenant and its scopes."""

    key_id: str
    tenant_id: str
    scopes: frozenset[Scope]


def authenticate(session: Session, secret: str, bootstrap_key: str | None) -> Caller | None:
    """Find out whose key this is.

    Parameters
    ----------
    session : Session
        A reading session; not touched when the bootstrap key matches.
    secret : str
        The key as it was sent.
    bootstrap_key : str | None
        The operator's key for the tenant ``default`` with all scopes, if there is one.

    Returns
    -------
    Caller | None
        None when the key is unknown or revoked.
    """
    operator = bootstrap_caller(secret, bootstrap_key)
    if operator is not None:
        return operator
    digest = hash_secret(secret)
    row = repository.find_by_hash(session, digest)
    if row is None or not hmac.compare_digest(digest, row.secret_sha256):
        return None
    known = {scope.value: scope for scope in Scope}
    return Caller(row.id, row.tenant_id, frozenset(known[name] for name in row.scopes if name in known))


def bootstrap_caller(secret: str, bootstrap_key: str | None) -> Caller | None:
    """Tell whether this is the operator's key; needs no database.

    Parameters
    ----------
    secret : str
        The key as it was sent.
    bootstrap_key : str | None
        The operator's key, if there is one.

    Returns
    -------
    Caller | None
        Of the tenant ``default`` with all scopes; None when it is another key.
    """
    if bootstrap_key is None or not hmac.compare_digest(hash_secret(secret), hash_secret(bootstrap_key)):
        return None
    return Caller("bootstrap", BOOTSTRAP_TENANT, frozenset(Scope))


def create(
    session: Session, *, tenant_id: str, name: str, scopes: Iterable[str], now: datetime
) -> tuple[str, str]:
    """Make a new key.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Tenant that the key belongs to.
    name : str
        What the key is for, for people.
    scopes : Iterable[str]
        What the key may do.
    now : datetime
        The present.

    Returns
    -------
    tuple[str, str]
        Id of the key and the key itself; the latter cannot be had again.

    Raises
    ------
    ConfigurationError
        If the tenant, the name or a scope cannot be used.
    """
    wanted = sorted(set(scopes))
    legal = [scope.value for scope in Scope]
    unknown = [scope for scope in wanted if scope not in legal]
    if unknown or not wanted:
        raise ConfigurationError(f"met scopes {wanted}; give one or more of {', '.join(legal)}")
    if not tenant_id.strip() or len(tenant_id) > _MAX_TENANT or len(name) > _MAX_NAME:
        raise ConfigurationError(
            f"a tenant has 1 to {_MAX_TENANT} characters and a name at most {_MAX_NAME}; shorten them"
        )
    secret = f"voc_{secrets.token_urlsafe(32)}"
    row = ApiKeyRow(
        id=new_id("key"),
        tenant_id=tenant_id,
        name=name,
        secret_sha256=hash_secret(secret),
        scopes=wanted,
        created_at=now,
    )
    repository.add(session, row)
    return row.id, secret


def hash_secret(secret: str) -> str:
    """Hash a key for storage and comparison.

    Parameters
    ----------
    secret : str
        The key.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def revoke(session: Session, key_id: str, now: datetime) -> bool:
    """Make a key useless.

    Parameters
    ----------
    session : Session
        A writing session.
    key_id : str
        Id of the key.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when there is no such key, or it was revoked before.
    """
    return repository.revoke(session, key_id, now)
